"""The text on groups and nodes, in lines that fit the columns of a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netcheck.path.leg import Verdict
from netcheck.reports.picture.lettering import wrapped
from netcheck.reports.picture.scene import Group, Node, NodeKind
from netcheck.reports.picture.style import NAME_SIZE, TEXT_SIZE

WIDTH = 208
"""How wide nodes are, and the columns that they stand in."""
PAD, LINE = 10, 15
ROOM = WIDTH - 2 * PAD
SIGN_ROOM = 22


class LabelLine(NamedTuple):
    """One line: its text, the class of its look, and the verdict whose sign stands before it."""

    text: str
    css: str = ""
    sign: Verdict | None = None
    is_marked: bool = False


Label = tuple[LabelLine, ...]


def label_of(one: Group | Node, more: Sequence[str] = ()) -> Label:
    """Return the lines on a group or node: what it is, its name, its facts and more of them, the marks of the path."""
    return tuple(_lines(one, more))


def _lines(one: Group | Node, more: Sequence[str]) -> Iterator[LabelLine]:
    if one.kind is NodeKind.PLACE:
        yield from (LabelLine(line, "name") for line in wrapped(one.name, ROOM - 20, NAME_SIZE, 2, is_bold=True))
    else:
        yield LabelLine(str(one.kind), "muted")
        yield LabelLine(one.name, "name")
    for text in (*one.lines, *more):
        yield from (LabelLine(line) for line in wrapped(text, ROOM, TEXT_SIZE, 2))
    for mark in one.marks:
        for number, line in enumerate(wrapped(mark.text, ROOM - SIGN_ROOM, TEXT_SIZE, 3, is_bold=True)):
            yield LabelLine(line, f"word {mark.verdict}", mark.verdict if number == 0 else None, True)


def height_of(label: Label) -> int:
    """Return how high a box with a label is, at least."""
    return LINE * len(label) + 2 * PAD - 2
