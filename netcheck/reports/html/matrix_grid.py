"""The table of verdicts of a matrix: rows send, columns receive.

A cell holds the word of its verdict, for readers of all kinds and for whoever copies it; the style sheet draws the sign
of the verdict in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from netcheck.estate import bits
from netcheck.estate.asked import By
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import Matrix
from netcheck.estate.rows import NOTHING, Row
from netcheck.path.leg import Verdict
from netcheck.reports.html.groups import SHOWN_LABELS
from netcheck.reports.html.markup import element, fill, name
from netcheck.reports.html.names import FIRST_NAMES
from netcheck.reports.html.parts import note, table
from netcheck.reports.matrix_words import cut, members

LONG = 3
"""Labels of more letters head their columns from bottom to top."""
WIDTH = 40


class Ends(NamedTuple):
    """The groups that send, and those that receive, by their numbers."""

    senders: Sequence[int]
    receivers: Sequence[int]


def ends(matrix: Matrix) -> Ends:
    """Return the groups between which there are packets of the question."""
    whole = NOTHING
    for row in matrix.rows:
        whole = whole.also(row)
    senders = [at for at, row in enumerate(matrix.rows) if any(row)]
    return Ends(senders, [*bits.each(whole.reached | whole.blocked | whole.open)])


def silent(matrix: Matrix) -> list[ET.Element]:
    """Return the lines about groups that are no row, or no column: no packet of the question goes from or to them."""
    found = ends(matrix)
    everyone = range(len(matrix.groups))
    parts = (("from", set(found.senders)), ("to", set(found.receivers)))
    told = []
    for word, some in parts:
        without = [matrix.groups[at].label for at in everyone if at not in some]
        if without and some:
            more = f" and {len(without) - SHOWN_LABELS:,} more" if len(without) > SHOWN_LABELS else ""
            told.append(note(f"There is no packet {word}: {', '.join(without[:SHOWN_LABELS])}{more}."))
    return told


def grid(matrix: Matrix, title: str, rows: Sequence[Row], side: int, anchor: str) -> ET.Element:
    """Return the table of verdicts about some packets, of the first `side` senders and receivers."""
    senders, receivers = (some[:side] for some in ends(matrix))
    titles = {at: _title(matrix, matrix.groups[at]) for at in {*senders, *receivers}}
    is_long = any(len(matrix.groups[at].label) > LONG for at in receivers)
    heads = [element("td", "from \\ to", classes="corner")]
    for at in receivers:
        label, classes = name(cut(matrix.groups[at].label, WIDTH)), "tall" if is_long else ""
        heads.append(element("th", label, scope="col", title=titles[at], classes=classes))
    lines = [_line(matrix, rows[at], at, receivers, titles[at]) for at in senders]
    return table(f"From (rows) to (columns): {title}", heads, lines, anchor=anchor, classes="grid")


def _title(matrix: Matrix, group: Group) -> str:
    """Return the first names of a group, where its label says nothing of them."""
    if matrix.ask.by is By.VM:
        return group.label
    names = members(matrix, group)[: FIRST_NAMES + 1]
    more = ", …" if len(names) > FIRST_NAMES else ""
    return ", ".join(names[:FIRST_NAMES]) + more


def _line(matrix: Matrix, sent: Row, sender: int, receivers: Sequence[int], title: str) -> ET.Element:
    group = matrix.groups[sender]
    head = element("th", name(cut(group.label, WIDTH)), scope="row", title=title)
    if matrix.ask.by is By.ALIKE:
        fill(head, [" ", element("span", name(cut(title, WIDTH)), classes="soft")])
    words = {goal: str(verdict) for verdict, goals in sent.by_verdict().items() for goal in bits.each(goals)}
    line = element("tr", head, data_key=sender)
    for at in receivers:
        cell = ET.SubElement(line, "td")
        cell.text = words.get(at) or ("itself" if at == sender and len(group.machines) == 1 else "no packet")
        if cell.text != Verdict.BLOCKED:  # most are: what has no class is shown as blocked, and takes half the room
            cell.set("class", cell.text[0])
    return line
