"""What changed between the matrices of two sites, as text, CSV and JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from netcheck.estate import bits
from netcheck.estate.changes import Change, MatrixChanges, OutwardChange
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import labels
from netcheck.estate.outside import Outcome
from netcheck.questions.answer import FORMAT
from netcheck.reports.matrix_text import fitted
from netcheck.reports.matrix_words import (
    asked_words,
    cell_ports,
    cell_protocols,
    cell_source_ports,
    cell_words,
    cut,
    deciders,
    verdict_word,
)
from netcheck.reports.text import WIDTH

SHOWN = 40
HEAD = ("protocol", "ports", "source_ports", "from", "to", "before", "after")


def changes_text(changes: MatrixChanges, sites: str = "OLD NEW", width: int = WIDTH) -> str:
    """Return the text: which VMs reach which now, and did not before, and the other way round.

    `sites` stands in the command to type next, "" for none.
    """
    lines = [f"{asked_words(changes.ask)}: {changes.old} before, {changes.new} after"]
    if not changes:
        lines.append("no pair of VMs changed")
    else:
        lines += ["", "groups of VMs", *_groups(changes), "", *_changes(changes), *_outside(changes)]
    lines += ["", f"next: netcheck diff {sites}"] if sites else []
    return fitted(lines, width)


def _groups(changes: MatrixChanges) -> Iterator[str]:
    for group in changes.groups[:SHOWN]:
        names = _names(changes, group)
        yield cut(f"  {group.label:<3} {len(names):>6,} VM{'s' if len(names) != 1 else ' '}  {', '.join(names)}", WIDTH)
    if len(changes.groups) > SHOWN:
        yield f"  and {len(changes.groups) - SHOWN:,} more; `-o csv` and `-o json` list all of them"


def _changes(changes: MatrixChanges) -> Iterator[str]:
    for one in changes.changes[:SHOWN]:
        yield cell_words(one.cell, 30)
        yield f"  {verdict_word(one.before)} before, {verdict_word(one.after)} now: {one.pairs:,} pairs"
        whom = ", ".join(labels(changes.groups, one.senders)), ", ".join(labels(changes.groups, one.receivers))
        yield cut(f"  from {whom[0]} to {whom[1]}", WIDTH)
    if len(changes.changes) > SHOWN:
        yield f"and {len(changes.changes) - SHOWN:,} more; `-o csv` and `-o json` list all of them"


def _outside(changes: MatrixChanges) -> Iterator[str]:
    for one in changes.outside:
        yield f"to {one.label}: {_outcome(one.before)} before, {_outcome(one.after)} now"
        yield cut(f"  from {', '.join(labels(changes.groups, one.senders))}", WIDTH)
        for word, outcome in (("before", one.before), ("now", one.after)):
            if outcome is not None:
                yield from (f"    {word}: {who}" for who in deciders([outcome]))


def _outcome(outcome: Outcome | None) -> str:
    return verdict_word(outcome.verdict if outcome is not None else None)


def _names(changes: MatrixChanges, group: Group) -> list[str]:
    return [changes.names[number] for number in group.machines]


def changes_csv(changes: MatrixChanges, with_pairs: bool = False) -> str:
    """Return a line for each pair of groups, or of VMs, and kind of ports that changed."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for one in changes.changes:
        ports = cell_protocols(one.cell), cell_ports(one.cell), cell_source_ports(one.cell)
        for source in _listed(changes, one.senders, with_pairs):
            for target in _listed(changes, one.receivers, with_pairs):
                if source != target or not with_pairs:
                    writer.writerow((*ports, source, target, verdict_word(one.before), verdict_word(one.after)))
    protocol, asked = changes.ask.protocol.lower(), ",".join(changes.ask.ports)
    for other in changes.outside:
        for source in _listed(changes, other.senders, with_pairs):
            writer.writerow((protocol, asked, "", source, other.label, _outcome(other.before), _outcome(other.after)))
    return text.getvalue()


def _listed(changes: MatrixChanges, groups: int, with_pairs: bool) -> list[str]:
    chosen = [changes.groups[number] for number in bits.each(groups)]
    return [name for one in chosen for name in (_names(changes, one) if with_pairs else [one.label])]


def changes_dict(changes: MatrixChanges) -> dict[str, object]:
    """Return the changes as JSON."""
    return {
        "format": FORMAT,
        "old": changes.old,
        "new": changes.new,
        "groups": [{"name": group.label, "vms": _names(changes, group)} for group in changes.groups],
        "changes": [_change_dict(changes, one) for one in changes.changes],
        "outside": [_outside_dict(changes, one) for one in changes.outside],
    }


def _change_dict(changes: MatrixChanges, one: Change) -> dict[str, object]:
    return {
        "protocol": cell_protocols(one.cell),
        "ports": cell_ports(one.cell) or None,
        "sourcePorts": cell_source_ports(one.cell) or None,
        "from": labels(changes.groups, one.senders),
        "to": labels(changes.groups, one.receivers),
        "before": verdict_word(one.before),
        "after": verdict_word(one.after),
        "pairs": one.pairs,
    }


def _outside_dict(changes: MatrixChanges, one: OutwardChange) -> dict[str, object]:
    sides = {
        name: None
        if outcome is None
        else {"verdict": str(outcome.verdict), "decisions": [d.to_dict() for d in outcome.decided_by]}
        for name, outcome in (("before", one.before), ("after", one.after))
    }
    return {"to": one.label, "from": labels(changes.groups, one.senders), **sides}
