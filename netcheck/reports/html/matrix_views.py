"""The views of a matrix: a table of verdicts of all packets, and one of each kind of ports as far as there is room.

A kind of ports for which a table has no room is a list of who reaches whom, which is shorter; one whose list is too
long as well is left out, and the page says so.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree as ET

from netcheck.estate import bits
from netcheck.estate.matrix import Matrix, Slice
from netcheck.estate.rows import Row
from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import Content, element, joined, name
from netcheck.reports.html.matrix_grid import grid
from netcheck.reports.html.parts import Tab, row, table
from netcheck.reports.matrix_words import cell_words

SIDE = 300
"""Groups of the largest table of verdicts; of more groups nobody reads a table, and a part of it is shown."""
SIDE_OF_MORE = 100
CELLS = 90_000
LABELS = 20_000
VIEWS = 40
"""Tabs that a person may still look through."""
PORTS, MORE_PORTS = 40, 2_000
LISTED = (Verdict.REACHABLE, Verdict.PARTIAL, Verdict.UNDETERMINED)


class Views(NamedTuple):
    """Views with the anchors of their tables, how many groups the tables show, how many kinds of ports are left out."""

    tabs: list[Tab]
    anchors: list[str]
    side: int
    left: int


def views(matrix: Matrix) -> Views:
    """Return the views of a matrix that fit into a page."""
    side = len(matrix.groups) if len(matrix.groups) <= SIDE else SIDE_OF_MORE
    title = "all packets asked about" if matrix.ask.ports else "all ports"
    tabs = [Tab(title, [grid(matrix, title, matrix.rows, side, _anchor(0))])]
    cells, labels = CELLS - side * side, LABELS
    kinds = matrix.slices if len(matrix.slices) > 1 else ()
    for one in kinds:
        words, anchor, length = cell_words(one.cell, PORTS), _anchor(len(tabs)), _length(one)
        if len(tabs) == VIEWS:
            break
        if side * side <= cells:
            cells -= side * side
            tabs.append(Tab(words, [*_in_full(one), grid(matrix, words, one.rows, side, anchor)]))
        elif length <= labels:
            labels -= length
            tabs.append(Tab(words, [*_in_full(one), _listing(matrix, words, one, anchor)]))
    return Views(tabs, [_anchor(number) for number in range(len(tabs))], side, len(kinds) + 1 - len(tabs))


def _anchor(number: int) -> str:
    return f"pairs-{number}"


def _in_full(one: Slice) -> list[ET.Element]:
    """Return the ports that are too many for the name of a tab."""
    words = cell_words(one.cell, MORE_PORTS)
    return [element("p", words)] if words != cell_words(one.cell, PORTS) else []


def _length(one: Slice) -> int:
    """Return how many labels a list holds."""
    return sum(1 + sum(goals.bit_count() for goals in _listed(sent)) for sent in one.rows if any(sent))


def _listed(sent: Row) -> list[int]:
    """Return the groups that a list names: all but those that nothing gets through to."""
    by_verdict = sent.by_verdict()
    return [by_verdict[verdict] for verdict in LISTED]


def _listing(matrix: Matrix, title: str, one: Slice, anchor: str) -> ET.Element:
    """Return the list of who reaches whom, a row a group that sends."""
    rows = (
        row(name(matrix.groups[at].label), *(_labels(matrix, goals) for goals in _listed(sent)), key=str(at))
        for at, sent in enumerate(one.rows)
        if any(sent)
    )
    heads = ["from", *(f"{verdict} to" for verdict in LISTED)]
    return table(f"{title}; all that is not listed is blocked or has no packet", heads, rows, anchor=anchor)


def _labels(matrix: Matrix, goals: int) -> list[Content]:
    return joined(", ", (name(matrix.groups[at].label) for at in bits.each(goals)))
