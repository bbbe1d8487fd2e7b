"""XML to a tree of elements that know their line; a DOCTYPE is refused, whatever it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from netcheck.sources.windows.part import Faults

_DEPTH_LIMIT = 64


@dataclass(slots=True)
class Element:
    """One element: its name without the prefix of its namespace, its attributes, its text, its place."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """Yield the children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> str:
        """Return the text of the first child of a name, "" where there is none."""
        return next((child.text.strip() for child in self.all(name)), "")

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class _RefusedError(Exception):
    """The document holds a construct that is refused before it can cost anything."""


def parse_xml(text: str, faults: Faults) -> Element | None:
    """Return the root element, or None after collecting an error."""
    from xml.parsers import expat

    builder = _Builder(faults)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    builder.place = lambda: (parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        message = f"not well-formed XML: {expat.ErrorString(error.code)}"
        faults.unreadable(message, faults.at(error.lineno, error.offset + 1), "give the whole report")
        return None
    except _RefusedError:
        return None
    return builder.root


class _Builder:
    def __init__(self, faults: Faults) -> None:
        self.root: Element | None = None
        self.place: Callable[[], tuple[int, int]] = lambda: (1, 1)
        self._faults = faults
        self._stack: list[Element] = []

    def doctype(self, *_: object) -> None:
        line, column = self.place()
        self._faults.malformed("a DOCTYPE is refused", self._faults.at(line, column), "a report has none")
        raise _RefusedError

    def start(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self.place()
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        element = Element(name.rpartition(":")[2], local, line, column)
        if len(self._stack) >= _DEPTH_LIMIT:
            self._faults.malformed("nested too deeply", self._faults.at(line, column))
            raise _RefusedError
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)

    def end(self, _name: str) -> None:
        self._stack.pop()

    def characters(self, text: str) -> None:
        self._stack[-1].text += text
