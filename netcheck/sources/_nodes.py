"""What a YAML or JSON file is read into: nodes that know their place and whose scalars are still text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

from netcheck.diagnostics import Diagnostic, Severity, Source, printable

DEPTH_LIMIT = 64
"""Levels of nesting; no site needs more, and code that walks a tree must not run out of stack."""
_LINE_END = re.compile(r"\r\n?|\n")
_LONGEST_MESSAGE = 400
_LONG_LINE = 1000
"""Characters; no person writes such a line, and a column of it leads nowhere."""
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


# Named tuples, because a file of 10 MB has 600,000 nodes and a frozen dataclass takes four times as long to build.
class Scalar(NamedTuple):
    """A scalar, untyped: YAML 1.1 would read `22:30` as 1350, `no` as false and `0100` as 64.

    `is_plain` tells an unquoted text (or a JSON number or word) from a quoted one. `start` and `end` are
    offsets into the file's text, in characters.
    """

    text: str
    is_plain: bool
    start: int
    end: int

    @property
    def is_null(self) -> bool:
        """Whether the file says null: unquoted `~`, `null` or nothing at all."""
        return self.is_plain and self.text in _NULLS


class Sequence(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    start: int


class Mapping(NamedTuple):
    """A mapping: keys and values in turn, as they stand in the file; keys are scalars and differ.

    Kept flat, since most mappings of a big file are read once: a dict and a pair per entry would double the time.
    """

    children: tuple[Node, ...]
    start: int

    @property
    def entries(self) -> list[tuple[Scalar, Node]]:
        """The keys, which know where they stand, and their values."""
        pairs = iter(self.children)
        return [(name, value) for name, value in zip(pairs, pairs, strict=True) if isinstance(name, Scalar)]


class Unknown(NamedTuple):
    """A value that a file does not give: a template expression, or what a plan knows only after it was applied.

    `text` is what stands for it, spelled the same wherever it is the same value, so that a name or reference that is
    not known still matches itself. `reason` says why it is not known, as part of a sentence.
    """

    text: str
    reason: str
    start: int
    end: int


Node = Scalar | Sequence | Mapping | Unknown


def describe(node: Node) -> str:
    """Return what a node is, for a message."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Unknown):
        return f"the unknown `{shorten(node.text)}`"
    return "null" if node.is_null else f"`{node.text}`"


def is_absent(node: Node) -> bool:
    """Return whether Azure's exports mean "not set": null, `""` or `[]`."""
    if isinstance(node, Scalar):
        return not node.text or (node.is_plain and node.text in _NULLS)
    return isinstance(node, Sequence) and not node.items


def shorten(text: str) -> str:
    """Return a user's text as a message may hold it."""
    return text if len(text) <= 80 else f"{text[:77]}..."


def made_mapping(entries: Iterable[tuple[str, Node]], at: Node) -> Mapping:
    """Return a mapping put together by a reader: its keys stand where their values do, itself at `at`."""
    children: list[Node] = []
    for name, value in entries:
        children += (Scalar(name, False, value.start, value.start + 1), value)
    return Mapping(tuple(children), at.start)


def made_text(text: str, at: Node) -> Scalar:
    """Return a text put together by a reader, which stands for what is at `at`."""
    return Scalar(text, False, at.start, end_of(at))


def made_unknown(text: str, reason: str, at: Node) -> Unknown:
    """Return what stands for a value that is not known, at what it would be read from."""
    return Unknown(text, reason, at.start, end_of(at))


def end_of(node: Node) -> int:
    """Return where a node ends, as far as a message has to know."""
    return node.end if isinstance(node, Scalar | Unknown) else node.start + 1


def text_of(node: Node | None) -> str:
    """Return the text of a scalar or of what stands for one that is not known, "" for anything else."""
    return node.text if isinstance(node, Scalar | Unknown) else ""


def to_mapping(children: list[Node], start: int, report: Callable[[Node, Scalar | None], None]) -> Mapping:
    """Return keys and values in turn as a mapping; `report` hears of a key that cannot be one or stands twice.

    The first of two equal keys is kept, so that reading can go on and find more faults.
    """
    names = children[::2]
    texts = {name.text for name in names if type(name) is Scalar}
    if len(texts) == len(names) and "<<" not in texts:
        return Mapping(tuple(children), start)
    kept: dict[str, tuple[Scalar, Node]] = {}
    for name, value in zip(names, children[1::2], strict=True):
        if not isinstance(name, Scalar) or name.text == "<<":
            report(name, None)
        elif name.text in kept:
            report(name, kept[name.text][0])
        else:
            kept[name.text] = (name, value)
    return Mapping(tuple(node for pair in kept.values() for node in pair), start)


class Document:
    """One file: its name as the user gave it, its text, and where offsets stand in it.

    Offsets of nodes begin with `base`, so that nodes of several files can stand in one tree and still know their file.
    `is_export`: the file was written by a program; keys that netcheck does not know are no misspellings. `shown` is the
    text as a person knows it, where `text` has blanks for what is not read (comments). `root` is what the text was
    parsed into, where that is known: a fault in a file without line breaks is also told as a JSON pointer.
    """

    __slots__ = ("_starts", "base", "file", "is_export", "root", "shown", "text")

    def __init__(self, file: str, text: str, base: int = 0, shown: str = "") -> None:
        self.file, self.text, self.base, self.is_export, self.shown = file, text, base, False, shown or text
        self.root: Node | None = None
        self._starts: list[int] = []

    def source_at(self, offset: int) -> Source:
        """Return the line and column of an offset of the text, both counted from 1."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return Source(self.file, line, offset - starts[line - 1] + 1)

    def source(self, node: Node) -> Source:
        """Return the place of a node."""
        return self.source_at(node.start - self.base)

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1."""
        starts = self._line_starts()
        end = starts[number] if number < len(starts) else len(self.shown)
        return self.shown[starts[number - 1] : end].rstrip("\r\n")

    def fault(
        self,
        node: Node,
        code: str,
        message: str,
        advice: str = "",
        related: tuple[tuple[Source, str], ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> Diagnostic:
        """Return a diagnostic about a node, with its line."""
        at = self.source(node)
        line = self.line(at.line)
        if len(line) > _LONG_LINE and self.root is not None:
            at = Source(at.file, at.line, at.column, pointer_to(self.root, node.start))
        return Diagnostic(
            code=code,
            severity=severity,
            message=printable(message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 3]}..."),
            at=at,
            help=printable(advice),
            length=_length(node),
            excerpt=line,
            related=related,
        )

    def duplicate(self, name: Scalar, first: Scalar) -> Diagnostic:
        """Return the diagnostic for a key that stands twice in one mapping."""
        return _duplicate(self, name, first)

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        return self._starts


class Library:
    """All files of one site: which of them a node stands in shows in its offset."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._bases: list[int] = []

    def open(self, file: str, text: str, shown: str = "") -> Document:
        """Add a file, whose nodes have the offsets after those of the files before."""
        last = self._documents[-1] if self._documents else None
        document = Document(file, text, last.base + len(last.text) + 2 if last else 0, shown)
        self._documents.append(document)
        self._bases.append(document.base)
        return document

    def of(self, node: Node) -> Document:
        """Return the document a node stands in."""
        if len(self._documents) == 1:
            return self._documents[0]
        return self._documents[bisect_right(self._bases, node.start) - 1]

    def source(self, node: Node) -> Source:
        """Return the place of a node."""
        return self.of(node).source(node)

    def fault(
        self,
        node: Node,
        code: str,
        message: str,
        advice: str = "",
        related: tuple[tuple[Source, str], ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> Diagnostic:
        """Return a diagnostic about a node, with its line."""
        return self.of(node).fault(node, code, message, advice, related, severity)

    def duplicate(self, name: Scalar, first: Scalar) -> Diagnostic:
        """Return the diagnostic for a key that stands twice in one mapping."""
        return _duplicate(self, name, first)


def pointer_to(root: Node, offset: int) -> str:
    """Return the JSON pointer (RFC 6901) of the innermost value of a parsed file that begins at or before an offset."""
    parts: list[str] = []
    node = root
    while isinstance(node, Mapping | Sequence):
        members: list[tuple[str, Node, int]]
        if isinstance(node, Mapping):
            escaped = [(name.text.replace("~", "~0").replace("/", "~1"), value, name) for name, value in node.entries]
            members = [(name, value, place.start) for name, value, place in escaped]
        else:
            members = [(str(i), item, item.start) for i, item in enumerate(node.items)]
        before = [member for member in members if member[2] <= offset]
        if not before or (offset == node.start and before[-1][2] > offset):
            break
        name, node, _ = before[-1]
        parts.append(name)
    return "".join(f"/{part}" for part in parts)


def _length(node: Node) -> int:
    """Return how many characters to underline: a scalar, or the first key of a block mapping."""
    if isinstance(node, Scalar | Unknown):
        return max(1, node.end - node.start)
    if isinstance(node, Mapping) and node.children:
        first = node.children[0]
        return first.end - first.start if isinstance(first, Scalar) and first.start == node.start else 1
    return 1


def _duplicate(places: Document | Library, name: Scalar, first: Scalar) -> Diagnostic:
    message = f"key `{shorten(name.text)}` stands twice in one mapping"
    related = ((places.source(first), "the first one stands here"),)
    return places.fault(name, "NC110", message, "keep one of the two", related)
