"""What netcheck says about its input: a place, a code, one fact, one piece of advice."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a user's file.

    `line` and `column` count from 1; 0 means the whole file. `pointer` is a JSON pointer, used where
    a file was read without line numbers (large published JSON), and beside them where the file has no line breaks.
    """

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}#{self.pointer}" if self.pointer else self.file


NOWHERE = Source("-")


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops the run, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One fact about the input, with its place.

    `message` is lower case, one line, without a full stop, user text in back-ticks; `help` is the advice.
    `length` is the number of characters to underline. `excerpt` is the source line, kept so that
    whoever prints the diagnostic needs no second look at the file.
    """

    code: str
    severity: Severity
    message: str
    at: Source
    help: str = ""
    length: int = 1
    excerpt: str = ""
    related: tuple[tuple[Source, str], ...] = ()

    def render(self) -> str:
        """Return the diagnostic as people and editors read it: place, code, message, line, caret, help."""
        inside = f" ({self.at.pointer})" if self.at.line and self.at.pointer else ""
        lines = [f"{self.at}{inside}: {self.severity}[{self.code}]: {self.message}"]
        if self.excerpt and self.at.line:
            gutter = f"{self.at.line:>5} | "
            start = max(0, self.at.column - 1)
            caret = "^" + "~" * (min(self.length, max(1, len(self.excerpt) - start)) - 1)
            shown = self.excerpt.expandtabs(1)
            if len(shown) > 160:  # a minified file: show the neighbourhood of the fault
                left = max(0, start - 60)
                shown, start, caret = shown[left : left + 160], start - left, caret[:80]
            lines += [gutter + printable(shown), " " * (len(gutter) - 2) + "| " + " " * start + caret]
        lines += [f"  note: {place}: {text}" for place, text in self.related]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


def printable(text: str) -> str:
    """Return text with control characters shown: a hostile file or name must not drive the reader's terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class Collector:
    """Gathers the diagnostics of one reading, so that all faults of a file are reported at once."""

    def __init__(self) -> None:
        self._items: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep one more diagnostic; the same one is kept once."""
        self._items.setdefault(diagnostic)

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep what another reading found."""
        for one in diagnostics:
            self.add(one)

    def refuse(self, file: str, code: str, message: str, advice: str = "") -> None:
        """Keep an error about a file as a whole, or about a folder."""
        self.add(Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(file), help=advice))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._items, key=lambda d: (d.at.file, d.at.line, d.at.column, d.code, d.message)))

    @property
    def has_errors(self) -> bool:
        """Whether anything gathered so far must stop the run."""
        return self.has_errors_beside(())

    def has_errors_beside(self, codes: Container[str]) -> bool:
        """Return whether there are errors other than those of some codes."""
        return any(d.severity is Severity.ERROR and d.code not in codes for d in self._items)
