"""Where the readers of classic exports and of rule tables send what they have to say about a file."""

from __future__ import annotations

from typing import NoReturn

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.sources._nodes import Document, Node, Scalar

NOT_READABLE = "NC192"
"""The file breaks the rules of its format."""
INCOMPLETE = "NC193"
"""A classic export lacks what it must say."""
NOT_KNOWN = "NC194"
"""Something of the file is left out, or taken in one of two possible ways."""
BAD_TABLE = "NC195"
"""A table of rules has not the shape of one."""
BAD_CELL = "NC196"
"""A cell of a table holds what some program made of the value."""


class Faults:
    """A document, and the collector its faults go to."""

    def __init__(self, document: Document, collector: Collector) -> None:
        self.document, self.collector = document, collector

    def error(
        self, node: Node, code: str, message: str, advice: str = "", first: tuple[Node, str] | None = None
    ) -> None:
        """Collect an error about a node; `first` is another place that it has to do with, and what stands there."""
        related = ((self.document.source(first[0]), first[1]),) if first is not None else ()
        self.collector.add(self.document.fault(node, code, message, advice, related))

    def warning(self, node: Node, code: str, message: str, advice: str = "") -> None:
        """Collect a warning about a node."""
        self.collector.add(self.document.fault(node, code, message, advice, severity=Severity.WARNING))

    def fatal(self, node: Node, code: str, message: str, advice: str = "") -> NoReturn:
        """Collect an error after which nothing of the file can be read, and raise InputError."""
        self.error(node, code, message, advice)
        raise InputError(self.collector)

    def place(self, start: int, end: int = 0) -> Scalar:
        """Return a stretch of the text, by offsets into it, as a node that messages can point at."""
        last = max(0, len(self.document.text) - 1)
        start = min(max(start, 0), last)
        base = self.document.base
        return Scalar("", True, start + base, max(end, start + 1) + base)
