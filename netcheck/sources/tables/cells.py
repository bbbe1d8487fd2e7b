"""Comma-, semicolon- or tab-separated text to rows of cells that know their place.

Format: RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files"; besides it the line `sep=;` of
Excel and the line `#TYPE` of `Export-Csv`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DELIMITERS = ("\t", ";", ",", "|")
_PREAMBLE = re.compile(r"\ufeff?(?:[ \t]*(?:\r\n?|\n))*")
_TYPE_LINE = re.compile(r"\"?#TYPE [^\r\n]*(?:\r\n?|\n)+")
_SEP_LINE = re.compile(r"\"?sep=([,;|\t])\"?[ \t]*(?:\r\n?|\n)+", re.IGNORECASE)
_QUOTED = re.compile(r' *"([^"]*(?:""[^"]*)*)" *')
_LINE = re.compile(r"[^\r\n]*")
_END = re.compile(r"\r\n?|\n|\Z")


class Cell(NamedTuple):
    """One cell. `start` and `end` are offsets into the text, inside of quotes, where blanks at the ends are kept."""

    text: str
    start: int
    end: int


class CellError(ValueError):
    """The text breaks the rules of its format; `offset` is where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def find_start(text: str) -> tuple[int, str]:
    """Return where the header line begins, behind all that may stand before it, and the delimiter or ""."""
    found = _PREAMBLE.match(text)
    start = found.end() if found else 0
    delimiter = ""
    for _ in range(2):  # Export-Csv and Excel may each have added a line
        typed, separated = _TYPE_LINE.match(text, start), _SEP_LINE.match(text, start)
        if typed is not None:
            start = typed.end()
        elif separated is not None:
            start, delimiter = separated.end(), separated[1]
    return start, delimiter or _delimiter_of(first_line(text, start))


def first_line(text: str, start: int) -> str:
    """Return the line that begins at an offset."""
    found = _LINE.match(text, start)
    return found[0] if found else ""


def _delimiter_of(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    best = max(_DELIMITERS, key=bare.count)
    return best if bare.count(best) else ""


def split_rows(text: str, start: int, delimiter: str) -> list[list[Cell]]:
    """Return the rows from an offset on, without blank ones; raise CellError where a quote is not closed."""
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    while start <= len(text):
        cell, start = _cell(text, start, plain)
        row.append(cell)
        if text.startswith(delimiter, start):
            start += 1
            continue
        end = _END.match(text, start)
        if end is None:
            raise CellError("text stands behind the quote that closes a cell", start)
        if any(cell.text for cell in row):
            rows.append(row)
        row = []
        if end.end() == start:  # the end of the text
            break
        start = end.end()
    return rows


def _cell(text: str, start: int, plain: re.Pattern[str]) -> tuple[Cell, int]:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        return Cell(quoted[1].replace('""', '"'), quoted.start(1), quoted.end(1)), quoted.end()
    found = plain.match(text, start)
    raw = found[0] if found else ""
    stripped = raw.strip()
    if stripped.startswith('"'):
        raise CellError("a quote is not closed", start + raw.index('"'))
    begin = start + len(raw) - len(raw.lstrip()) if stripped else start
    return Cell(stripped, begin, begin + len(stripped)), start + len(raw)
