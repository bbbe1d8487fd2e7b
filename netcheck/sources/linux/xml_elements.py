"""Small XML files of Linux firewalls as elements with their lines; a DOCTYPE is refused, since it can expand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from netcheck.diagnostics import Source


class XmlError(ValueError):
    """A file is not well-formed, or has a DOCTYPE; `at` is the place."""

    def __init__(self, message: str, at: Source) -> None:
        super().__init__(message)
        self.at = at


@dataclass(slots=True)
class Element:
    """One element: name, attributes, place, the elements in it. Text between elements decides nothing here."""

    name: str
    attributes: Mapping[str, str]
    at: Source
    children: list[Element] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def each(self, name: str) -> Iterator[Element]:
        """Yield the elements in it that have a name."""
        return (child for child in self.children if child.name == name)


def read_elements(text: str, path: str) -> Element:
    """Return the root of a file; raise XmlError."""
    parser = expat.ParserCreate()
    top = Element("", {}, Source(path))
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, Source(path, parser.CurrentLineNumber, 1))
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def refuse(*_: object) -> None:
        raise XmlError("a DOCTYPE is not read", Source(path, parser.CurrentLineNumber, 1))

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise XmlError(
            f"not well-formed XML: {expat.errors.messages[error.code]}", Source(path, error.lineno, 1)
        ) from None
    return top.children[0]
