"""XML text to a tree of elements that know their place; a DOCTYPE is refused, whatever it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_DEPTH_LIMIT = 64


class XmlError(ValueError):
    """A text is not well-formed (`is_broken`), has a DOCTYPE or is nested too deeply; `at` is the place."""

    def __init__(self, message: str, at: Source, *, is_broken: bool = False) -> None:
        super().__init__(message)
        self.at, self.is_broken = at, is_broken


@dataclass(slots=True)
class Element:
    """One element: its name, its attributes, its place, its text without that of the elements in it, and those."""

    name: str
    attributes: Mapping[str, str]
    at: Source
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def each(self, name: str) -> Iterator[Element]:
        """Yield the elements in it that have a name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> str:
        """Return the text of the first element in it that has a name, "" where there is none."""
        return next((child.text.strip() for child in self.each(name)), "")


def read_xml(text: str, path: str, *, drops_prefixes: bool = False) -> Element:
    """Return the root of a document, its names with or without the prefixes of namespaces; raise XmlError.

    Rules: "Extensible Markup Language (XML) 1.0". Nothing that a DOCTYPE declares is expanded.
    """
    return _Builder(path, drops_prefixes=drops_prefixes).build(text)


class _Builder:
    """One pass of expat over the text."""

    def __init__(self, path: str, *, drops_prefixes: bool) -> None:
        self._path, self._drops_prefixes = path, drops_prefixes
        self._top = Element("", {}, Source(path))
        self._stack = [self._top]
        self._parser = self._make_parser()

    def _make_parser(self) -> XMLParserType:
        from xml.parsers import expat  # 3 ms that a file of another format does without

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda _: self._stack.pop()
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def build(self, text: str) -> Element:
        """Parse, and return the root; expat does not end without one."""
        from xml.parsers import expat

        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            at = Source(self._path, error.lineno, error.offset + 1)
            raise XmlError(f"not well-formed XML: {expat.ErrorString(error.code)}", at, is_broken=True) from None
        return self._top.children[0]

    def _here(self) -> Source:
        return Source(self._path, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def _doctype(self, *_: object) -> None:
        raise XmlError("a DOCTYPE is refused", self._here())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > _DEPTH_LIMIT:
            raise XmlError("nested too deeply", self._here())
        if self._drops_prefixes:
            name = name.rpartition(":")[2]
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        element = Element(name, attributes, self._here())
        self._stack[-1].children.append(element)
        self._stack.append(element)

    def _characters(self, text: str) -> None:
        self._stack[-1].text += text
