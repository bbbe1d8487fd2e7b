"""The elements of an export as resources: type, name, ID and parent are looked up, the nodes stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netcheck.model.names import key, last_segment
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, describe, is_absent, made_text, shorten
from netcheck.sources._resources import Opening, Resource
from netcheck.sources.exports.fields import Fault, Fields, fields_of, list_at, parent_of, text_at, without_faults
from netcheck.sources.exports.types import CHILD_TYPES, RULE_TYPES, identity_of, lacking, type_of

_INVENTORY_ADVICE = (
    "export the resource itself: `az network ... list`, `Get-AzResource -ExpandProperties`, "
    "or a graph query that projects `properties`"
)
_TEXT_ADVICE = "export JSON, not CSV: `az graph query` keeps `properties` as it is"


class Element(NamedTuple):
    """One element of an export whose kind is known: its node, its fields by folded key, and its type."""

    node: Mapping
    fields: Fields
    type: str

    @property
    def is_rule(self) -> bool:
        """Whether this is a security rule, the user's or Azure's own."""
        return self.type in RULE_TYPES


def is_resource(node: Node) -> bool:
    """Return whether an element of an export is an Azure resource."""
    return isinstance(node, Mapping) and bool(type_of(fields_of(node)))


def read_elements(document: Document, nodes: Iterable[Node], opening: Opening) -> list[Element]:
    """Return the elements of a list whose kind is known; collect an error for each other one."""
    return without_faults(document, map(_read_element, nodes), opening)


def _read_element(node: Node) -> Element | Fault:
    fields = fields_of(node) if isinstance(node, Mapping) else {}
    kind = type_of(fields)
    if not isinstance(node, Mapping) or not kind:
        return _stranger(node)
    return _missing(node, kind, fields) or Element(node, fields, kind)


def _stranger(node: Node) -> Fault:
    advice = "a resource has an `id`, or a `type` and a `name`; take out what was added by hand"
    if isinstance(node, Mapping):
        message = "this element of the export is no Azure resource: neither type, ID nor fields are of one"
    else:
        message = f"this element of the export is no Azure resource but {shorten(describe(node))}"
    return Fault(node, "NC169", message, advice)


def _missing(node: Mapping, kind: str, fields: Fields) -> Fault | None:
    """Return what an element does not say of itself, or None for a whole one."""
    held = fields.get("properties")
    if isinstance(held, Scalar) and not is_absent(held):
        return Fault(held, "NC168", "`properties` is a text, not a mapping", _TEXT_ADVICE)
    lacks = lacking(kind, fields)
    if not lacks:
        return None
    name = shorten(name_of(fields) or kind)
    message = f"`{name}` lacks `{lacks}`: this is an entry of an inventory, not the resource"
    return Fault(node, "NC168", message, _INVENTORY_ADVICE)


def name_of(fields: Fields) -> str:
    """Return the name of an element as it stands, or the last part of its ID."""
    return text_at(fields, "name", "resourcename") or last_segment(identity_of(fields))


def to_resources(document: Document, elements: Iterable[Element], opening: Opening) -> Iterator[Resource]:
    """Yield each element as a resource, and after it the resources an export nests under `resources`."""
    for element in elements:
        yield _to_resource(element)
        nested = list_at(element.fields, "resources")
        if nested:  # as deep as files nest: at most 64 levels
            yield from to_resources(document, read_elements(document, nested, opening), opening)


def _to_resource(element: Element) -> Resource:
    """Return one element as a resource; a child has its own name, where `Get-AzResource` says `VNET/SUBNET`."""
    fields, kind = element.fields, element.type
    identity, name = identity_of(fields), name_of(fields)
    parent = ""
    if kind in CHILD_TYPES:
        parent = parent_of(identity)
        if "/" in name and not parent:
            parent = name.rpartition("/")[0]
        name = last_segment(name)
    return Resource(type=kind, node=_named(element, name), name=name, id=identity, parent=parent)


def _named(element: Element, name: str) -> Mapping:
    """Return the node, with its `name` set right where the readers of a site would not find it."""
    if not name or text_at(element.fields, "name") == name:
        return element.node
    kept: list[Node] = []
    for entry, value in element.node.entries:
        if key(entry.text) != "name":
            kept += (entry, value)
    at = element.fields.get("name", element.node)
    return Mapping((Scalar("name", False, at.start, at.start + 1), made_text(name, at), *kept), element.node.start)
