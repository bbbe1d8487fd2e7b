"""A matrix for programs: CSV, one line a pair of groups or of VMs, and JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from netcheck.estate import bits
from netcheck.estate.asked import By
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import Matrix, Slice, labels
from netcheck.estate.rows import Row
from netcheck.path.leg import Verdict
from netcheck.questions.answer import FORMAT
from netcheck.reports.matrix_words import (
    cell_ports,
    cell_protocols,
    cell_source_ports,
    deciders,
    members,
    verdict_word,
    where,
)

HEAD = (
    "protocol", "ports", "source_ports", "from", "from_vms", "from_example", "to", "to_vms", "to_example", "verdict",
    "decided_by",
)  # fmt: skip


def matrix_csv(matrix: Matrix, with_pairs: bool = False) -> str:
    """Return a line for each pair of groups, or with `with_pairs` of VMs, and kind of ports."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(matrix_rows(matrix, with_pairs))
    return text.getvalue()


def matrix_rows(matrix: Matrix, with_pairs: bool = False) -> Iterator[Sequence[object]]:
    """Yield what is in the columns of `HEAD` for each pair and kind of ports."""
    for one in matrix.slices:
        yield from _pair_lines(matrix, one) if with_pairs else _group_lines(matrix, one)
    yield from _outside_lines(matrix, with_pairs)


def _group_lines(matrix: Matrix, one: Slice) -> Iterator[Sequence[object]]:
    ports = cell_protocols(one.cell), cell_ports(one.cell), cell_source_ports(one.cell)
    ends = [_end(matrix, group) for group in matrix.groups]
    for sender, row in enumerate(one.rows):
        for goal, verdict in _verdicts(row):
            yield (*ports, *ends[sender], *ends[goal], verdict, "")


def _end(matrix: Matrix, group: Group) -> tuple[str, int, str]:
    return group.label, len(group.machines), matrix.site.virtual_machines[group.machines[0]].name


def _pair_lines(matrix: Matrix, one: Slice) -> Iterator[Sequence[object]]:
    """The groups are those that behave alike: what holds of a pair of them holds of each pair of their VMs."""
    assert matrix.ask.by in (By.ALIKE, By.VM)
    ports = cell_protocols(one.cell), cell_ports(one.cell), cell_source_ports(one.cell)
    names = [members(matrix, group) for group in matrix.groups]
    for sender, row in enumerate(one.rows):
        for goal, verdict in _verdicts(row):
            for source in names[sender]:
                for target in names[goal]:
                    if sender != goal or source != target:
                        yield (*ports, source, 1, source, target, 1, target, verdict, "")


def _verdicts(row: Row) -> Iterator[tuple[int, Verdict]]:
    found = [(goal, verdict) for verdict, goals in row.by_verdict().items() for goal in bits.each(goals)]
    yield from sorted(found)


def _outside_lines(matrix: Matrix, with_pairs: bool) -> Iterator[Sequence[object]]:
    protocol, ports = matrix.ask.protocol.lower(), ",".join(matrix.ask.ports)
    for number, (label, outcomes) in enumerate(matrix.outside):
        for sender, group in enumerate(matrix.groups):
            if not outcomes[sender]:
                continue
            told = verdict_word(matrix.outside_verdict(number, sender)), "; ".join(deciders(outcomes[sender]))
            ends = [(one, 1, one) for one in members(matrix, group)] if with_pairs else [_end(matrix, group)]
            for end in ends:
                yield (protocol, ports, "", *end, label, "", "", *told)


def matrix_dict(matrix: Matrix) -> dict[str, object]:
    """Return a matrix as JSON: groups with their VMs, then for each kind of ports a row a group."""
    ask = matrix.ask
    return {
        "format": FORMAT,
        "question": {
            "kind": "matrix",
            "from": list(ask.sources) or None,
            "to": list(ask.targets) or None,
            "protocol": ask.protocol.lower(),
            "ports": list(ask.ports) or None,
            "by": str(ask.by),
        },
        "pairs": {verdict_word(verdict): count for verdict, count in matrix.pairs.items()},
        "groups": [
            {"name": group.label, "vms": members(matrix, group), "subnets": where(matrix, group)}
            for group in matrix.groups
        ],
        "rows": _rows(matrix, matrix.rows),
        "ports": [
            {
                "protocol": cell_protocols(one.cell),
                "ports": cell_ports(one.cell) or None,
                "sourcePorts": cell_source_ports(one.cell) or None,
                "rows": _rows(matrix, one.rows),
            }
            for one in matrix.slices
        ],
        "outside": [_outside_dict(matrix, number) for number in range(len(matrix.outside))],
        "notes": list(matrix.notes),
    }


def _rows(matrix: Matrix, rows: Sequence[Row]) -> list[dict[str, object]]:
    return [
        {
            "from": matrix.groups[sender].label,
            **{str(v): labels(matrix.groups, goals) for v, goals in row.by_verdict().items() if goals},
        }
        for sender, row in enumerate(rows)
        if any(row)
    ]


def _outside_dict(matrix: Matrix, number: int) -> dict[str, object]:
    label, outcomes = matrix.outside[number]
    rows = []
    for sender, group in enumerate(matrix.groups):
        decisions = dict.fromkeys(decision for one in outcomes[sender] for decision in one.decided_by)
        if outcomes[sender]:
            verdict = verdict_word(matrix.outside_verdict(number, sender))
            decided = [decision.to_dict() for decision in decisions]
            rows.append({"from": group.label, "verdict": verdict, "decisions": decided})
    return {"to": label, "rows": rows}
