"""Reading of nodes that Terraform wrote: fields by name, and where its faults go."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.diagnostics import Collector, Severity
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence, Unknown, describe, made_mapping, shorten

EMPTY = Mapping((), 0)
_ADVICE = "give the output of `terraform show -json` unchanged"


@dataclass(frozen=True, slots=True)
class Faults:
    """Where the faults of one file go."""

    document: Document
    collector: Collector

    def error(self, node: Node, message: str, advice: str = _ADVICE) -> None:
        """Collect an error: the file has not the shape that Terraform writes."""
        self.collector.add(self.document.fault(node, "NC189", message, advice))

    def incomplete(self, node: Node, message: str, advice: str = "") -> None:
        """Collect a warning: the file does not hold everything that will exist."""
        self.collector.add(self.document.fault(node, "NC189", message, advice, severity=Severity.WARNING))

    def conflict(self, node: Node, message: str, advice: str, other: Node, said: str) -> None:
        """Collect a warning: two resources of the file set the same thing."""
        related = ((self.document.source(other), said),)
        found = self.document.fault(node, "NC190", message, advice, related, severity=Severity.WARNING)
        self.collector.add(found)

    def unplaced(self, node: Node, message: str, advice: str = "") -> None:
        """Collect a warning: netcheck does not know what a part of the file does."""
        self.collector.add(self.document.fault(node, "NC191", message, advice, severity=Severity.WARNING))

    def mapping(self, parent: Mapping, name: str) -> Mapping | None:
        """Return a field that holds a mapping; None when it is not set, or after collecting an error."""
        node = field(parent, name)
        if node is None or isinstance(node, Mapping):
            return node
        self.error(node, f"`{name}` must be a mapping, not {shorten(describe(node))}")
        return None

    def mappings(self, parent: Mapping, name: str) -> list[Mapping]:
        """Return a field that holds a list of mappings; collect an error for whatever else it holds."""
        node = field(parent, name)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.error(node, f"`{name}` must be a list, not {shorten(describe(node))}")
            return []
        for item in node.items:
            if not isinstance(item, Mapping):
                self.error(item, f"`{name}` must hold mappings, not {shorten(describe(item))}")
        return [item for item in node.items if isinstance(item, Mapping)]


def field(mapping: Mapping, name: str) -> Node | None:
    """Return the value of a key, or None when there is no such key or it is null."""
    pairs = iter(mapping.children)
    for key, value in zip(pairs, pairs, strict=True):
        if isinstance(key, Scalar) and key.text == name:
            return None if isinstance(value, Scalar) and value.is_null else value
    return None


def text(mapping: Mapping, name: str) -> str:
    """Return the text of a field, "" when it is not set or not known."""
    node = field(mapping, name)
    return node.text if isinstance(node, Scalar) else ""


def is_true(node: Node | None) -> bool:
    """Return whether a node is the word `true`."""
    return isinstance(node, Scalar) and node.is_plain and node.text == "true"


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the elements of a list, none for anything else."""
    return node.items if isinstance(node, Sequence) else ()


def texts(node: Node | None) -> list[str]:
    """Return the texts a list holds."""
    return [item.text for item in items(node) if isinstance(item, Scalar)]


def is_same(one: Node | None, other: Node | None) -> bool:
    """Return whether two nodes say the same, wherever they stand."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        mine = {name.text: value for name, value in one.entries}
        theirs = {name.text: value for name, value in other.entries}
        return mine.keys() == theirs.keys() and all(is_same(value, theirs[name]) for name, value in mine.items())
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(is_same(mine, theirs) for mine, theirs in pairs)
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.text, one.is_plain) == (other.text, other.is_plain)
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        return one.text == other.text
    return one is None and other is None


def as_reference(value: Node) -> Mapping:
    """Return a resource ID as Azure's REST interface holds one: `{id: …}`."""
    return made_mapping([("id", value)], value)


def moved(node: Node, at: Scalar | Unknown) -> Node:
    """Return a node that was read from inside a text, as standing where that text stands."""
    if isinstance(node, Mapping):
        return Mapping(tuple(moved(child, at) for child in node.children), at.start)
    if isinstance(node, Sequence):
        return Sequence(tuple(moved(item, at) for item in node.items), at.start)
    return node._replace(start=at.start, end=at.end)
