"""Route tables of the classic model, and the routes in effect on one of its VMs.

Shapes: Azure service management, "Get Route Table", "Get Effective Route Table"; next hop types of
cmdlet `Set-AzureRoute`.
"""

from __future__ import annotations

from netcheck.sources._faults import Faults
from netcheck.sources._file_names import base_name
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, made_mapping, made_text, shorten
from netcheck.sources._resources import EFFECTIVE_ROUTES, ROUTE_TABLE, Association, Resource
from netcheck.sources.classic.elements import Fields, listed
from netcheck.sources.classic.xml_nodes import Element

_NEXT_HOPS = {
    "vpngateway": "VirtualNetworkGateway",
    "vnetlocal": "VnetLocal",
    "internet": "Internet",
    "virtualappliance": "VirtualAppliance",
    "null": "None",
}
_SOURCES = {"vpngateway": "VirtualNetworkGateway"}


def read_route_table(faults: Faults, element: Element) -> list[Resource | Association]:
    """Read one route table; one that comes without `RouteList` was asked for without detail, and has unknown routes."""
    fields = Fields(faults, element)
    name = fields.name()
    held = fields.one("RouteList")
    location = fields.text("Location")
    fields.ignore("Label", "Id", "State")
    fields.finish()
    if name is None:
        return []
    entries: list[tuple[str, Node]] = [("name", name)]
    if location is not None:
        entries.append(("location", location))
    if held is None:
        reason = f"the export of route table `{shorten(name.text)}` lists no routes (its detail level is not `Full`)"
        entries.append(("routes", Unknown(f"routes of {name.text}", reason, element.start, element.start + 1)))
    else:
        routes = tuple(_read_route(faults, route) for route in listed(faults, held, "Route"))
        entries.append(("routes", Sequence(routes, held.start)))
    return [Resource(type=ROUTE_TABLE, node=made_mapping(entries, element.spot), name=name.text)]


def _read_route(faults: Faults, element: Element) -> Mapping:
    fields = Fields(faults, element)
    entries: list[tuple[str, Node]] = []
    name = fields.name()
    if name is not None:
        entries.append(("name", name))
    prefix = fields.text("AddressPrefix")
    if prefix is not None:
        entries.append(("addressPrefix", prefix))
    hop = fields.one("NextHopType")
    if hop is not None:
        inner = Fields(faults, hop)
        kind, address = inner.text("Type"), inner.text("IpAddress")
        inner.finish()
        if kind is not None:
            entries.append(("nextHopType", _spelled(kind, _NEXT_HOPS)))
        if address is not None:
            entries.append(("nextHopIpAddress", address))
    fields.ignore("State")
    fields.finish()
    return made_mapping(entries, element.spot)


def _spelled(node: Scalar, words: dict[str, str]) -> Scalar:
    """Return a word of the classic model as the REST interface of today spells it; another word stays as it is."""
    word = words.get(node.text.casefold())
    return node if word is None else made_text(word, node)


def read_effective_routes(faults: Faults, element: Element) -> list[Resource | Association]:
    """Read the routes in effect on one NIC, which the reply does not name; the resource is called as its file.

    An empty list was recorded for a NIC whose VM did not run: which routes are in effect is then not known.
    """
    fields = Fields(faults, element)
    held = fields.one("EffectiveRouteList")
    fields.finish()
    items: tuple[Node, ...] = ()
    if held is not None:
        items = tuple(_read_effective(faults, route) for route in listed(faults, held, "EffectiveRoute"))
    name = base_name(faults.document.file)
    value: Node = Sequence(items, (held or element).start)
    if not items:
        reason = "the reply lists no routes, as it does while the VM is not running"
        value = Unknown(f"effective routes of {name}", reason, element.start, element.start + 1)
    node = made_mapping([("value", value)], element.spot)
    return [Resource(type=EFFECTIVE_ROUTES, node=node, name=name)]


def _read_effective(faults: Faults, element: Element) -> Mapping:
    fields = Fields(faults, element)
    entries: list[tuple[str, Node]] = []
    for tag, name in (("Name", "name"), ("Source", "source"), ("Status", "state")):
        found = fields.text(tag)
        if found is not None:
            entries.append((name, _spelled(found, _SOURCES) if tag == "Source" else found))
    prefixes = tuple(item.text for item in fields.inner("AddressPrefixes", "AddressPrefix"))
    entries.append(("addressPrefix", Sequence(prefixes, element.start)))
    hop = fields.one("EffectiveNextHop")
    if hop is not None:
        inner = Fields(faults, hop)
        kind = inner.text("Type")
        if kind is not None:
            entries.append(("nextHopType", _spelled(kind, _NEXT_HOPS)))
        addresses = tuple(item.text for item in inner.inner("IpAddresses", "IpAddress"))
        inner.finish()
        entries.append(("nextHopIpAddress", Sequence(addresses, hop.start)))
    fields.finish()
    return made_mapping(entries, element.spot)
