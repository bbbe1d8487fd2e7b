"""Tables of fixed columns whose cells wrap, as PowerShell prints them.

Where a cell is too long for its column, PowerShell (Format-Table -Wrap) breaks it at a blank, or inside of a word that
alone is longer than the column is wide; in the latter case the line fills the column to its last character.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

FIELDS = (
    "Name",
    "Priority",
    "Action",
    "SourceAddressPrefix",
    "SourcePortRange",
    "DestinationAddressPrefix",
    "DestinationPortRange",
    "Protocol",
)
_HEADER = re.compile(
    r"[ \t]*(Name)[ \t]+(Priority)[ \t]+(Action)[ \t]+(Source Address(?: Prefix)?)[ \t]+(Source Port(?: Range)?)"
    r"[ \t]+(Destination(?: Address(?: Prefix)?)?)[ \t]+(Destination(?: Port(?: Range)?)?)[ \t]+(Protocol)[ \t]*\Z"
)
HEADER_WORDS = frozenset(("", "Prefix", "Range", "Address Prefix", "Port Range", "Address", "Port"))
"""What the second line of a header holds."""


class Piece(NamedTuple):
    """What stands in one column of one line; `start` is its offset in the line. `is_full`: it fills the column."""

    text: str
    start: int
    is_full: bool


class Columns:
    """Where the columns of one table begin."""

    def __init__(self, starts: tuple[int, ...]) -> None:
        self._starts = starts

    def pieces(self, line: str) -> list[Piece] | None:
        """Return the columns of a line; None when its text does not keep to them, as in a table that was edited."""
        line = line.rstrip()
        if line[: self._starts[0]].strip():
            return None
        found = []
        ends = (*self._starts[1:], len(line) + 1)
        for index, (start, end) in enumerate(zip(self._starts, ends, strict=True)):
            if index and start <= len(line) and not line[start - 1 : start].isspace():
                return None
            found.append(self._piece(line, start, end - 1, is_last=index == len(self._starts) - 1))
        return found

    @staticmethod
    def _piece(line: str, start: int, end: int, *, is_last: bool) -> Piece:
        text = line[start:end].rstrip()
        return Piece(text, start, not is_last and len(text) == end - start)


def find_columns(line: str) -> Columns | None:
    """Return the columns that a header line shows, or None for any other line."""
    found = _HEADER.match(line) if len(line) < 2000 else None
    return None if found is None else Columns(tuple(found.start(index) for index in range(1, len(FIELDS) + 1)))


def joined_words(pieces: list[Piece]) -> tuple[str, bool]:
    """Return a wrapped name, and whether it could also be read with a blank where a line was full."""
    text, is_doubtful = pieces[0].text.strip(), False
    for before, piece in pairwise(pieces):
        if not before.is_full:
            text = f"{text} {piece.text.strip()}"
        else:
            is_doubtful = is_doubtful or not piece.text[:1].isspace()
            text += piece.text
    return text, is_doubtful


def joined(pieces: list[Piece]) -> str | None:
    """Return a wrapped value, which has no blanks; None when a line goes on that had room left."""
    if any(not before.is_full for before in pieces[:-1]):
        return None
    return "".join(piece.text.strip() for piece in pieces)
