"""Nodes without their places: what two descriptions of one resource have in common, whatever tool printed them."""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, is_absent, made_text

Plain = str | tuple["Plain", ...] | frozenset[tuple[str, "Plain"]]
# What differs between two exports of one unchanged resource.
_VOLATILE = frozenset(
    (
        "etag", "provisioningstate", "resourceguid", "systemdata", "type", "resourcegroup", "apiversion", "tags",
        "subscriptionid", "tenantid", "kind", "location",
        "dependson", "comments", "metadata",
    )
)  # fmt: skip


def plain(node: Node) -> Plain:
    """Return a value that equals that of another node exactly when both say the same.

    Letter case of keys, the level `properties`, and keys that are not set do not matter; nor does what Azure counts
    up, nor the resource's own ID, which a part of another resource may go without.
    """
    return _plain(node, _VOLATILE | {"id"})


def _plain(node: Node, ignored: frozenset[str]) -> Plain:
    match node:
        case Scalar(text=text) | Unknown(text=text):
            return key(text)  # tools do not agree on the letter case of IDs and words
        case Sequence(items=items):
            return tuple(_plain(item, _VOLATILE) for item in items)
        case Mapping():
            return frozenset(
                (key(name.text), _plain(value, _VOLATILE))
                for name, value in hoisted(node)
                if key(name.text) not in ignored and not is_absent(value)
            )


def hoisted(node: Mapping) -> list[tuple[Scalar, Node]]:
    """Return the entries, those below `properties` as if they stood outside."""
    found: list[tuple[Scalar, Node]] = []
    for name, value in node.entries:
        if key(name.text) == "properties" and isinstance(value, Mapping):
            found += hoisted(value)
        else:
            found.append((name, value))
    return found


def top_fields(node: Node | None) -> dict[str, Node]:
    """Return the values of a mapping by folded key, one level; nothing for any other node."""
    return {key(name.text): value for name, value in node.entries} if isinstance(node, Mapping) else {}


def field(node: Mapping, name: str) -> Node | None:
    """Return the value of a key, letter case and the level `properties` aside; None where it is not set."""
    wanted = key(name)
    inner: Mapping | None = None
    pairs = iter(node.children)
    for one, value in zip(pairs, pairs, strict=True):
        assert isinstance(one, Scalar)
        folded = key(one.text)
        if folded == wanted:
            return None if is_absent(value) else value
        if folded == "properties" and isinstance(value, Mapping):
            inner = value
    return field(inner, name) if inner is not None else None


def with_entries(node: Mapping, entries: list[tuple[Scalar, Node]], without: frozenset[str] = frozenset()) -> Mapping:
    """Return a flat copy of a mapping, without some keys (in small letters), and with more entries."""
    kept = [(name, value) for name, value in hoisted(node) if key(name.text) not in without]
    return Mapping(tuple(one for entry in (*kept, *entries) for one in entry), node.start)


def with_field(node: Mapping, name: str, value: Node) -> Mapping:
    """Return a flat copy of a mapping in which a key has this value, whatever it had before."""
    return with_entries(node, [(made_text(name, value), value)], frozenset((key(name),)))


def elements(value: Node | None) -> tuple[Node, ...]:
    """Return the elements of a list; one value counts as a list of it, and none as an empty one."""
    return value.items if isinstance(value, Sequence) else () if value is None else (value,)


def subnets_of(network: Mapping) -> list[Mapping]:
    """Return the subnets that a virtual network lists."""
    subnets = field(network, "subnets")
    return [item for item in subnets.items if isinstance(item, Mapping)] if isinstance(subnets, Sequence) else []


def reference(node: Node | None) -> str:
    """Return the text of a reference: an ID or name, or a mapping that holds one; "" where there is none."""
    if isinstance(node, Mapping):
        return reference(field(node, "id") or field(node, "name"))
    return node.text if isinstance(node, Scalar | Unknown) and not is_absent(node) else ""
