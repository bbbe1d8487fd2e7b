"""Places in a user's files, as formats for other programs want them: file, line and column apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netcheck.diagnostics import Source

_PLACE = re.compile(r"(?P<file>.*):(?P<line>[0-9]+):(?P<column>[0-9]+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a user's file; line and column count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0


def place_of(text: str) -> Place:
    """Return the place that a decision names: `file:line:column`, or a file with a JSON pointer."""
    found = _PLACE.match(text)
    if found is not None:
        return Place(found["file"], int(found["line"]), int(found["column"]))
    return Place(text.partition("#/")[0])


def place_in(source: Source) -> Place:
    """Return the place of something that was read from a file."""
    return Place(source.file, source.line, source.column)
