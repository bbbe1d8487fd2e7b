"""A matrix as text: the groups, a table of signs, and what goes to outside."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from netcheck.estate.asked import By
from netcheck.estate.matrix import Matrix, labels
from netcheck.path.leg import Verdict
from netcheck.reports.matrix_words import (
    HEADS,
    cell_words,
    cut,
    deciders,
    members,
    next_words,
    summary_words,
    verdict_word,
    vms,
    where,
)
from netcheck.reports.text import WIDTH, join

SHOWN_GROUPS = 18
NAME = 14
SHOWN_NAMES = 3
SHOWN_SLICES = 12
SHOWN_NOTES = 5
SIGNS = {Verdict.REACHABLE: "+", Verdict.BLOCKED: ".", Verdict.PARTIAL: "~", Verdict.UNDETERMINED: "?", None: " "}


def matrix_text(matrix: Matrix, site_name: str = "SITE", width: int = WIDTH) -> str:
    """Return the text of a matrix; `site_name` stands in the command to type next."""
    lines = [*_summary(matrix), "", *_groups(matrix), "", *_table(matrix, width), *_slices(matrix), *_outside(matrix)]
    lines += ["", *_notes(matrix)] if matrix.notes else []
    following = next_words(matrix)
    lines += ["", f"next: netcheck reach {site_name} {shlex.join(following)}"] if following else []
    return fitted(lines, width)


def fitted(lines: Iterable[str], width: int) -> str:
    """Return lines as text, without blanks at their ends."""
    return join((line.rstrip() for line in lines), width)


def _summary(matrix: Matrix) -> Iterator[str]:
    yield summary_words(matrix)
    for verdict, count in matrix.pairs.items():
        if count:
            yield f"  {verdict_word(verdict):<13} {count:>15,}"


def _groups(matrix: Matrix) -> Iterator[str]:
    yield HEADS[matrix.ask.by]
    width = max((len(group.label) for group in matrix.groups[:SHOWN_GROUPS]), default=1)
    for group in matrix.groups[:SHOWN_GROUPS]:
        names = members(matrix, group)
        count = vms(len(names))
        told = f"  {group.label:<{min(width, 30)}}  {count:<9}"
        if matrix.ask.by is By.VM:
            told = f"  {group.label:<{min(width, 30)}} "
            names = []
        yield _fitted(told, names, where(matrix, group) if matrix.ask.by is not By.SUBNET else [])
    yield from _more(matrix)


def _fitted(head: str, names: Sequence[str], subnets: Sequence[str]) -> str:
    """Return a line with as many names as there is room for, three at most."""
    places = subnets[0] if len(subnets) == 1 else f"{len(subnets)} subnets" if subnets else ""
    tail = f" ({places})" if places and names else f" {places}" if places else ""
    for shown in range(min(SHOWN_NAMES, len(names)), -1, -1):
        more = ", …" if shown and shown < len(names) else ""
        line = f"{head} {', '.join(names[:shown])}{more}{tail}"
        if len(line) <= WIDTH:
            return line
    return f"{head}{tail}"[:WIDTH]


def _more(matrix: Matrix) -> Iterator[str]:
    left = len(matrix.groups) - SHOWN_GROUPS
    if left > 0:
        yield f"  and {left:,} more; `-o csv` and `-o json` list all of them"


def _table(matrix: Matrix, width: int) -> Iterator[str]:
    """Lines send, columns receive; with long labels both are numbered, and what is too wide is told in parts."""
    groups = matrix.groups[:SHOWN_GROUPS]
    is_short = all(len(group.label) <= 3 for group in groups)
    heads = [group.label if is_short else str(number + 1) for number, group in enumerate(groups)]
    names = heads if is_short else [f"{cut(g.label, NAME):<{NAME}}{n + 1:>3}" for n, g in enumerate(groups)]
    first = max((len(name) for name in names), default=1)
    cell = max((len(head) for head in heads), default=1) + 1
    yield "from (lines) to (columns): + reachable  . blocked  ~ partial  ? undetermined"
    at_once = max(1, (width - 2 - first) // cell)
    for start in range(0, max(len(groups), 1), at_once):
        goals = range(start, min(start + at_once, len(groups)))
        yield f"  {'':<{first}}" + "".join(f"{heads[goal]:>{cell}}" for goal in goals)
        for number, name in enumerate(names):
            signs = "".join(f"{SIGNS[matrix.verdict(number, goal)]:>{cell}}" for goal in goals)
            yield f"  {name:<{first}}{signs}"


def _slices(matrix: Matrix) -> Iterator[str]:
    """Where ports differ, say for each kind of ports which groups reach which."""
    if len(matrix.slices) < 2:
        return
    yield ""
    yield "by ports"
    for one in matrix.slices[:SHOWN_SLICES]:
        yield cut(f"  {cell_words(one.cell, 60)}", WIDTH)
        for number, row in enumerate(one.rows[:SHOWN_GROUPS]):
            reached = row.by_verdict()[Verdict.REACHABLE]
            if reached:
                told = ", ".join(labels(matrix.groups, reached)[:SHOWN_GROUPS])
                yield cut(f"    {matrix.groups[number].label} reaches {told}", WIDTH)
    left = len(matrix.slices) - SHOWN_SLICES
    if left > 0:
        yield f"  and {left:,} more kinds of ports; `-o csv` and `-o json` list all of them"


def _outside(matrix: Matrix) -> Iterator[str]:
    for number, (label, outcomes) in enumerate(matrix.outside):
        yield ""
        yield f"to {label}"
        by_answer: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for sender, group in enumerate(matrix.groups):
            if outcomes[sender]:
                at = verdict_word(matrix.outside_verdict(number, sender)), tuple(deciders(outcomes[sender]))
                by_answer.setdefault(at, []).append(group.label)
        for (word, who), found in by_answer.items():
            yield cut(f"  {word:<12} {', '.join(found)}", WIDTH)
            yield from (f"    {one}" for one in who)


def _notes(matrix: Matrix) -> Iterator[str]:
    for note in matrix.notes[:SHOWN_NOTES]:
        yield f"note: {note}"
    if len(matrix.notes) > SHOWN_NOTES:
        yield f"note: and {len(matrix.notes) - SHOWN_NOTES:,} more; `-o json` lists all of them"
