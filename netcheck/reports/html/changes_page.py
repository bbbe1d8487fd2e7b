"""What changed between the matrices of two sites, as a page: who reaches whom now and did not, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.estate import bits
from netcheck.estate.changes import Change, MatrixChanges, OutwardChange
from netcheck.estate.grouping import Group
from netcheck.estate.outside import Outcome
from netcheck.reports.html.groups import GROUPS, group_keys, group_links, group_row, left_out, names_note
from netcheck.reports.html.markup import Content, element, name
from netcheck.reports.html.names import names_cell, names_limit
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.html.parts import badge, filter_box, lines, number, row, table
from netcheck.reports.matrix_words import asked_words, cell_words, deciders

CHANGES = 500
PORTS = 200


def changes_page(changes: MatrixChanges, assets: Assets) -> str:
    """Return the page of what changed."""
    lead = [element("p", f"{asked_words(changes.ask)}: ", name(changes.old), " before, ", name(changes.new), " now.")]
    sections = []
    if not changes:
        lead.append(element("p", "No pair of VMs changed, and nothing that VMs send to outside."))
    else:
        sections.append(Section("groups", "VMs whose packets fare otherwise", [*_groups(changes)]))
    if changes.changes:
        sections.append(Section("pairs", "Between VMs", [*_changes(changes)]))
    if changes.outside:
        sections.append(Section("outside", "To outside", [*_outside(changes)]))
    return page(f"What changed from {changes.old} to {changes.new}", lead, sections, assets)


def _groups(changes: MatrixChanges) -> Iterator[Content]:
    shown = changes.groups[:GROUPS]
    limit = names_limit([len(group.machines) for group in shown])
    others = [anchor for anchor, some in (("pairs-table", changes.changes), ("outside-table", changes.outside)) if some]
    yield filter_box("Find a VM", "groups", ["groups-table", *others], "find")
    rows = (
        group_row(at, group, [number(len(group.machines)), names_cell(_names(changes, group), limit)])
        for at, group in enumerate(shown)
    )
    yield table("Who is in each group", ["group", "VMs", "names"], rows, anchor="groups-table")
    yield from left_out(len(changes.groups) - len(shown), "groups")
    yield from names_note(shown, limit)


def _names(changes: MatrixChanges, group: Group) -> list[str]:
    return [changes.names[at] for at in group.machines]


def _changes(changes: MatrixChanges) -> Iterator[Content]:
    heads = ["packets", "from", "to", "before", "now", "pairs"]
    rows = (_change(changes, one) for one in changes.changes[:CHANGES])
    yield table("Pairs of VMs with another verdict", heads, rows, anchor="pairs-table")
    yield from left_out(len(changes.changes) - CHANGES, "changes")


def _change(changes: MatrixChanges, one: Change) -> ET.Element:
    senders, receivers = [*bits.each(one.senders)], [*bits.each(one.receivers)]
    whom = group_links(changes.groups, senders), group_links(changes.groups, receivers)
    verdicts = badge(one.before), badge(one.after)
    keys = group_keys(sorted({*senders, *receivers}))
    return row(cell_words(one.cell, PORTS), *whom, *verdicts, number(one.pairs), key=keys)


def _outside(changes: MatrixChanges) -> Iterator[Content]:
    heads = ["to", "from", "before", "now"]
    rows = (_outward(changes, one) for one in changes.outside[:CHANGES])
    yield table("Packets to outside that fare otherwise", heads, rows, anchor="outside-table")
    yield from left_out(len(changes.outside) - CHANGES, "changes")


def _outward(changes: MatrixChanges, one: OutwardChange) -> ET.Element:
    senders = [*bits.each(one.senders)]
    sides = _side(one.before), _side(one.after)
    return row(name(one.label), group_links(changes.groups, senders), *sides, key=group_keys(senders))


def _side(outcome: Outcome | None) -> Sequence[Content]:
    """Return the verdict on one side, and who decided it."""
    return [badge(None)] if outcome is None else [badge(outcome.verdict), *lines(deciders([outcome]))]
