"""A matrix as a page: who is in each group, a table of verdicts for each kind of ports, what goes to outside.

The page stays under a few megabytes whatever the size of the site, and says what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from xml.etree import ElementTree as ET

from netcheck.estate.asked import By
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import Matrix
from netcheck.path.leg import Verdict
from netcheck.reports.html.groups import GROUPS, LEFT, group_keys, group_links, group_row, left_out, names_note
from netcheck.reports.html.markup import Content, element, name
from netcheck.reports.html.matrix_grid import silent
from netcheck.reports.html.matrix_views import Views, views
from netcheck.reports.html.names import names_cell, names_limit
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.html.parts import badge, filter_box, lines, note, number, row, table, tabs
from netcheck.reports.matrix_words import (
    HEADS,
    deciders,
    members,
    summary_words,
    where,
)

ANSWERS = 500
NOTES = 10
MEANT = (
    (Verdict.REACHABLE, "all packets get through"),
    (Verdict.BLOCKED, "none do"),
    (Verdict.PARTIAL, "some do"),
    (Verdict.UNDETERMINED, "a fact that decides is missing"),
)


def matrix_page(matrix: Matrix, assets: Assets) -> str:
    """Return the page of a matrix."""
    shown = views(matrix) if any(matrix.pairs.values()) else None
    anchors = [*(shown.anchors if shown else []), *(f"outside-{target}" for target in range(len(matrix.outside)))]
    sections = [Section("groups", HEADS[matrix.ask.by], [*_groups(matrix, anchors)])]
    if shown:
        sections.append(Section("pairs", "From whom to whom", [*_pairs(matrix, shown)]))
    if matrix.outside:
        sections.append(Section("outside", "To outside", [*_outside(matrix)]))
    return page(f"All pairs of {matrix.site.file}", [*_lead(matrix)], sections, assets)


def _lead(matrix: Matrix) -> Iterator[Content]:
    yield element("p", summary_words(matrix))
    counted = [(verdict, count) for verdict, count in matrix.pairs.items() if count]
    whole = sum(count for _, count in counted)
    rows = [row(badge(verdict), number(count), _share(count, whole)) for verdict, count in counted]
    if rows:
        yield table("Pairs of two VMs by verdict", ["verdict", "pairs", "share"], rows)
    yield from (note(one) for one in matrix.notes[:NOTES])
    yield from left_out(len(matrix.notes) - NOTES, "notes")


def _share(count: int, whole: int) -> ET.Element:
    """A few of many are not none, and not all: neither 0 nor 100 is rounded to."""
    percent = 100 * count / whole
    word = f"{percent:.0f} %" if percent == 100 or 1 <= percent <= 99 else "under 1 %" if percent < 1 else "over 99 %"
    return element("td", word, classes="number")


def _groups(matrix: Matrix, anchors: Sequence[str]) -> Iterator[Content]:
    by = matrix.ask.by
    shown = matrix.groups[:GROUPS]
    limit = names_limit([len(group.machines) for group in shown])
    noun = "VMs" if by is By.VM else "groups"
    yield filter_box("Find a VM or a subnet", noun, ["groups-table", *anchors], "find")
    heads = [*(["VM"] if by is By.VM else ["group", "VMs", "names"]), *(["subnets"] if by is not By.SUBNET else [])]
    rows = (group_row(at, group, _about(matrix, group, limit)) for at, group in enumerate(shown))
    yield table("VMs and where they are" if by is By.VM else "Who is in each group", heads, rows, anchor="groups-table")
    yield from left_out(len(matrix.groups) - len(shown), noun)
    yield from names_note(shown, limit)


def _about(matrix: Matrix, group: Group, limit: int) -> Iterator[ET.Element]:
    if matrix.ask.by is not By.VM:
        yield number(len(group.machines))
        yield names_cell(members(matrix, group), limit)
    if matrix.ask.by is not By.SUBNET:
        yield names_cell(where(matrix, group), limit)


def _pairs(matrix: Matrix, shown: Views) -> Iterator[Content]:
    yield element("ul", *(element("li", badge(verdict), f" {text}") for verdict, text in MEANT), classes="key")
    yield from silent(matrix)
    yield tabs("Packets", shown.tabs, "ports")
    if shown.side < len(matrix.groups):
        yield note(f"The tables of signs show the first {shown.side:,} of {len(matrix.groups):,} groups; {LEFT}")
    yield from left_out(shown.left, "kinds of ports")


def _outside(matrix: Matrix) -> Iterator[Content]:
    left = ANSWERS
    for target, (label, _) in enumerate(matrix.outside):
        answers = _answers(matrix, target)
        rows = [
            row(badge(verdict), group_links(matrix.groups, some), lines(who), key=group_keys(some))
            for (verdict, who), some in islice(answers.items(), left)
        ]
        left -= len(rows)
        yield element("h3", "To ", name(label))
        yield table(f"Packets to {label}", ["verdict", "from", "decided by"], rows, anchor=f"outside-{target}")
        yield from left_out(len(answers) - len(rows), "answers")


def _answers(matrix: Matrix, target: int) -> dict[tuple[Verdict | None, tuple[str, ...]], list[int]]:
    """Return the groups by what becomes of their packets to a target, and by whom."""
    found: dict[tuple[Verdict | None, tuple[str, ...]], list[int]] = {}
    for sender, outcomes in enumerate(matrix.outside[target][1]):
        if outcomes:
            answer = matrix.outside_verdict(target, sender), tuple(deciders(outcomes))
            found.setdefault(answer, []).append(sender)
    return found
