"""The child elements of an element: each is asked for by name, and what nobody asked for is reported."""

from __future__ import annotations

from netcheck.sources._faults import INCOMPLETE, NOT_KNOWN, Faults
from netcheck.sources._nodes import Scalar, shorten
from netcheck.sources.classic.xml_nodes import Element


class Fields:
    """One element being read. Call `finish` when everything known has been asked for."""

    def __init__(self, faults: Faults, element: Element) -> None:
        self.faults, self.element = faults, element
        self._by_name: dict[str, list[Element]] = {}
        for child in element.children:
            self._by_name.setdefault(child.name, []).append(child)
        self._asked: set[str] = set()

    def every(self, name: str) -> list[Element]:
        """Return all children of a name."""
        self._asked.add(name)
        return self._by_name.get(name, [])

    def one(self, name: str) -> Element | None:
        """Return the only child of a name, or None (a null one too); a second one is an error: either may count."""
        found = self.every(name)
        if len(found) > 1:
            message = f"`{name}` stands twice in one `{shorten(self.element.name)}`"
            self.faults.error(
                found[1].node, INCOMPLETE, message, "keep one of the two", (found[0].node, "the first one")
            )
        return found[0] if found and not found[0].is_nil else None

    def text(self, name: str) -> Scalar | None:
        """Return the text of the only child of a name, or None where there is none or it is empty."""
        found = self.one(name)
        return found.text if found is not None and found.text.text else None

    def name(self, tag: str = "Name") -> Scalar | None:
        """Return the name with its blanks; collect an error when there is none."""
        found = self.named(tag)
        if found is None:
            message = f"`{shorten(self.element.name)}` lacks `{tag}`"
            self.faults.error(self.element.node, INCOMPLETE, message, "export it again, and leave nothing out")
        return found

    def named(self, tag: str) -> Scalar | None:
        """Return the name of another resource, with its blanks, or None where there is none or it is empty."""
        found = self.one(tag)
        return found.exact if found is not None and found.exact.text else None

    def inner(self, name: str, *path: str) -> list[Element]:
        """Return the elements at the end of a path: all of its last name, in the only one of the name before it."""
        if not path:
            return self.every(name)
        found = self.one(name)
        return listed(self.faults, found, *path) if found is not None else []

    def attribute(self, name: str) -> Scalar | None:
        """Return an attribute; it is placed where its element stands."""
        self._asked.add(f"@{name}")
        text = self.element.attributes.get(name)
        return Scalar(text, False, self.element.node.start, self.element.node.start + 1) if text else None

    def ignore(self, *names: str) -> None:
        """Accept elements, and `@attributes`, that decide nothing about packets."""
        self._asked.update(names)

    def finish(self) -> None:
        """Report each element, attribute and text that nobody asked for."""
        where = shorten(self.element.name)
        for name, found in self._by_name.items():
            if name not in self._asked:
                message = f"element `{shorten(name)}` in `{where}` is not known and is left out"
                self.faults.warning(found[0].node, NOT_KNOWN, message)
        for name in self.element.attributes:
            if f"@{name}" not in self._asked:
                message = f"attribute `{shorten(name)}` of `{where}` is not known and is left out"
                self.faults.warning(self.element.node, NOT_KNOWN, message)
        text = self.element.text
        if text.text:
            message = f"text `{shorten(text.text)}` in `{where}` is not known and is left out"
            self.faults.warning(text, NOT_KNOWN, message)


def listed(faults: Faults, element: Element, name: str, *path: str) -> list[Element]:
    """Return the elements at the end of a path that begins in an element; what else stands in it is reported."""
    fields = Fields(faults, element)
    items = fields.inner(name, *path)
    fields.finish()
    return items
