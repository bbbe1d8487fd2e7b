"""The routes Azure computed for one NIC, as `az network nic show-effective-route-table` prints them.

Microsoft Learn, "Diagnose a virtual machine routing problem", "Get-AzEffectiveRouteTable"; REST type EffectiveRoute.
One route may have hundreds of prefixes, and routes that lost against others are listed too (`state: Invalid`).
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._nodes import (
    Document,
    Mapping,
    Node,
    Sequence,
    describe,
    is_absent,
    made_mapping,
    made_text,
    shorten,
)
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import EFFECTIVE_ROUTES, Association, Opening, Resource
from netcheck.sources.exports.fields import Fault, is_complete, is_cut_off, items_of, node_at, stem_of, without_faults

_NECESSARY = ("addressPrefix", "nextHopType", "state")
_LISTS = {"addressprefix": "addressPrefix", "nexthopipaddress": "nextHopIpAddress"}
_PLAIN_LISTS = ("addressprefixtext", "nexthopipaddresstext", "destinationservicetagstext")  # PowerShell's doubles


def is_effective_routes(root: Node) -> bool:
    """Return whether a file holds effective routes: a list, a page or one of them."""
    return any({"addressprefix", "nexthoptype", "state"} <= top_fields(item).keys() for item in items_of(root))


def read_effective_routes(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return all routes of the file as one resource, called as the file is: they do not say which NIC they are of."""
    if is_cut_off(document, opening) or not is_complete(document, top_fields(root), opening):
        return []
    items = items_of(root)
    routes = without_faults(document, map(_read_route, items), opening)
    name = stem_of(document)
    value = Sequence(tuple(routes), root.start)
    node = made_mapping([("name", made_text(name, items[0])), ("value", value)], root)
    return [Resource(type=EFFECTIVE_ROUTES, node=node, name=name)]


def _read_route(item: Node) -> Mapping | Fault:
    if not isinstance(item, Mapping):
        return Fault(item, "NC197", f"an effective route must be a mapping, not {shorten(describe(item))}")
    fields = top_fields(item)
    missing = [name for name in _NECESSARY if node_at(fields, key(name)) is None]
    if missing:
        return Fault(item, "NC197", f"an effective route lacks `{missing[0]}`")
    entries = [_entry(name.text, value) for name, value in item.entries if key(name.text) not in _PLAIN_LISTS]
    return made_mapping(entries, item)


def _entry(name: str, value: Node) -> tuple[str, Node]:
    """Return a field; prefixes and next hops are lists, however they are printed."""
    plural = _LISTS.get(key(name))
    if plural is None or isinstance(value, Sequence):
        return plural or name, value
    return plural, Sequence(() if is_absent(value) else (value,), value.start)
