"""XML text to elements that know where they stand: no DOCTYPE, no entities of its own, nesting bounded."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netcheck.errors import InputError
from netcheck.sources._faults import NOT_READABLE, Faults
from netcheck.sources._nodes import DEPTH_LIMIT, Mapping, Node, Scalar, shorten

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PADDING = re.compile(r"\A[ \t]*[\r\n]\s*|[ \t]*[\r\n]\s*\Z")


@dataclass(slots=True)
class Element:
    """One element. `name` has no namespace; attributes of another namespace, such as `i:type`, are left out.

    `start` is the offset of its tag; `text_start` and `text_end` are those of what stands in it besides elements.
    `is_nil`: it says `i:nil="true"`, as for a value that is not set.
    """

    name: str
    start: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    text_start: int = -1
    text_end: int = -1
    is_nil: bool = False

    @property
    def node(self) -> Node:
        """The place of the element, to point messages at."""
        return Scalar(self.name, False, self.start, self.start + len(self.name) + 1)

    @property
    def spot(self) -> Node:
        """The place of the element, for a mapping that is made of it."""
        return Mapping((), self.start)

    @property
    def exact(self) -> Scalar:
        """The text with its blanks: Azure keeps one at the end of a rule's name. Line ends around it are layout."""
        return self._scalar(_PADDING.sub("", "".join(self.pieces)))

    @property
    def text(self) -> Scalar:
        """The text without blanks around it."""
        return self._scalar("".join(self.pieces).strip())

    def _scalar(self, text: str) -> Scalar:
        if self.text_start < 0:
            return Scalar(text, False, self.start, self.start + len(self.name) + 1)
        return Scalar(text, False, self.text_start, max(self.text_end, self.text_start + 1))


def parse_xml(faults: Faults) -> Element:
    """Return the root element of a document's text; raise InputError where it is not well-formed or not harmless.

    Rules: "Extensible Markup Language (XML) 1.0". A DOCTYPE is refused before anything in it is expanded.
    """
    return _Builder(faults).build()


class _Offsets:
    """Turns expat's places, which are bytes of UTF-8, into characters."""

    def __init__(self, text: str) -> None:
        self._ends: list[int] = []
        self._extras: list[int] = [0]
        if not text.isascii():
            for found in _NOT_ASCII.finditer(text):
                width = len(found[0].encode("utf-8", "replace"))
                self._ends.append(found.start() + self._extras[-1] + width)
                self._extras.append(self._extras[-1] + width - 1)

    def characters(self, byte: int) -> int:
        """Return the offset of the character that begins at a byte."""
        return byte - self._extras[bisect_right(self._ends, byte)]


class _Builder:
    """One pass of expat over the text."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._text = faults.document.text
        self._offsets = _Offsets(self._text)
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._parser = self._make_parser()

    def _make_parser(self) -> XMLParserType:
        from xml.parsers import expat  # 3 ms that a file of another format does without

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def build(self) -> Element:
        """Parse, and return the root."""
        from xml.parsers import expat

        try:
            self._parser.Parse(self._text, True)
        except expat.ExpatError as error:
            place = self._faults.place(self._offsets.characters(self._parser.ErrorByteIndex))
            self._faults.fatal(place, NOT_READABLE, f"not valid XML: {expat.ErrorString(error.code)}")
        except UnicodeEncodeError as error:
            self._faults.fatal(self._faults.place(error.start), NOT_READABLE, "not valid XML: half a surrogate pair")
        if self._root is None:  # expat does not end without a root
            raise InputError(self._faults.collector)
        return self._root

    def _here(self) -> int:
        return self._offsets.characters(self._parser.CurrentByteIndex) + self._faults.document.base

    def _doctype(self, *_: object) -> None:
        here = self._here() - self._faults.document.base  # expat has read up to its name, or to its end
        place = self._faults.place(max(0, self._text.rfind("<!DOCTYPE", 0, here + 9)))
        self._faults.fatal(place, NOT_READABLE, "a DOCTYPE is refused", "delete it: Azure's exports have none")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        own = {key: value for key, value in attributes.items() if " " not in key}
        element = Element(name.rpartition(" ")[2], self._here(), own)
        element.is_nil = attributes.get(_NIL, "").strip() in ("true", "1")
        if len(self._stack) >= DEPTH_LIMIT:
            message = f"element `{shorten(element.name)}` is nested more than {DEPTH_LIMIT} levels deep"
            self._faults.fatal(element.node, NOT_READABLE, message)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._root = element
        self._stack.append(element)

    def _characters(self, data: str) -> None:
        element = self._stack[-1]
        if element.text_start < 0 and not data.isspace():
            element.text_start = self._here() + len(data) - len(data.lstrip())
        if element.text_start >= 0 and not data.isspace():
            element.text_end = self._here() + len(data.rstrip())
        element.pieces.append(data)

    def _end(self, _name: str) -> None:
        self._stack.pop()
