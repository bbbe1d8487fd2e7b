"""Route tables, as Azure checks them: Microsoft Learn, "Virtual network traffic routing"."""

from __future__ import annotations

from dataclasses import replace

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, ServiceTag, Unresolved
from netcheck.model.expressions import is_expression
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import RouteTable
from netcheck.sources._nodes import Node, Scalar, Unknown, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, attach_all, is_printed_by_azure
from netcheck.sources._uncertain import doubt, is_open, unresolved

_NEXT_HOPS = {
    "VirtualAppliance": NextHop.VIRTUAL_APPLIANCE,
    "VirtualNetworkGateway": NextHop.VIRTUAL_NETWORK_GATEWAY,
    "VnetLocal": NextHop.VNET_LOCAL,
    "Internet": NextHop.INTERNET,
    "None": NextHop.NONE,
}


def read_route_table(scope: Scope, record: Record) -> RouteTable:
    """Read one route table; two routes of one table cannot have the same prefix."""
    name = record.name()
    scope.declare("route table", name, record.node)
    if is_printed_by_azure(record):
        scope.lists_all("route table", name)
    stated = record.get("routes")
    if isinstance(stated, Unknown):
        routes = unread_routes(doubt("routes", stated), scope.reader.source(stated))
    else:
        routes = _read_routes(scope, record)
    if doubts := "; ".join(text for text in (record.text("uncertain"), record.text("unsureRoutes")) if text):
        routes = tuple(replace(route, unknown=route.unknown or doubts) for route in routes)
    attach_all(scope, record, "route table", name)
    disables = record.boolean("disableBgpRoutePropagation")
    record.ignore(*EXPORT_KEYS, "subnets", "disablePeeringRoute")
    record.finish()
    at = scope.reader.source(record.node)
    return RouteTable(name=name, routes=routes, disables_gateway_routes=bool(disables), at=at)


def _read_routes(scope: Scope, table: Record) -> tuple[Route, ...]:
    routes: list[Route] = []
    places: dict[object, Node] = {}
    for item in table.items("routes"):
        if isinstance(item, Unknown):
            routes += unread_routes(doubt("routes", item), scope.reader.source(item))
            continue
        inner = scope.reader.record(item, "a route")
        if inner is None:
            continue
        node = inner.get("addressPrefix") or inner.node
        for route in _read_route(scope, inner):
            routes.append(route)
            if inner.get("uncertain") is not None:  # it may be one of several alternatives
                continue
            first = places.setdefault(route.prefix, node)
            if first is not node:
                related = ((scope.reader.source(first), "the first one stands here"),)
                message = f"two routes of one table have the prefix `{route.prefix}`"
                scope.reader.error(node, "NC130", message, related=related)
    return tuple(routes)


def _read_route(scope: Scope, record: Record) -> tuple[Route, ...]:
    """Read one route; of an unknown next hop, return the routes that stand for it. Empty after an error."""
    name = record.name()
    node = record.required("addressPrefix")
    prefix = _route_prefix(scope, node) if node is not None else None
    hop_node = record.get("nextHopType")
    uncertain = record.text("uncertain")
    if isinstance(hop_node, Unknown):
        record.ignore(*EXPORT_KEYS, "hasBgpOverride", "nextHopIpAddress")
        record.finish()
        reason = "; ".join(text for text in (uncertain, doubt("nextHopType", hop_node)) if text)
        return () if prefix is None else open_routes(name, prefix, reason, scope.reader.source(record.node))
    next_hop = record.required_word("nextHopType", _NEXT_HOPS)
    address_node = record.get("nextHopIpAddress")
    address = None
    if next_hop is NextHop.VIRTUAL_APPLIANCE:
        address_node = record.required("nextHopIpAddress", "the private address of the appliance or its load balancer")
        address = _next_hop_address(scope, address_node)
        if address is None and not is_open(address_node):
            return ()
    elif address_node is not None and next_hop is not None:
        message = f"`nextHopIpAddress` does not go with next hop `{next_hop}`"
        record.reader.error(address_node, "NC139", message, "only `VirtualAppliance` has an address")
    record.ignore(*EXPORT_KEYS, "hasBgpOverride", "nextHopIpAddress")
    doubts = [f"netcheck does not know what `{shorten(name)}` means" for name in record.finish()]
    if not name or prefix is None or next_hop is None:
        return ()
    route = Route(
        name=name,
        prefix=prefix,
        next_hop=next_hop,
        next_hop_address=address,
        at=scope.reader.source(record.node),
        unknown="; ".join(text for text in (uncertain, *doubts) if text),
    )
    return (route,)


def _next_hop_address(scope: Scope, node: Node | None) -> AddressRange | None:
    """Return the address of the appliance; where it is not known, the model ends at it all the same."""
    return None if node is None or is_open(node) else scope.address(node, "nextHopIpAddress")


def _route_prefix(scope: Scope, node: Node) -> AddressRange | ServiceTag | Unresolved | None:
    if isinstance(node, Unknown) or (isinstance(node, Scalar) and is_expression(node.text)):
        return unresolved(node, "addressPrefix")
    if not isinstance(node, Scalar) or not node.text[:1].isalpha() or ":" in node.text:
        return scope.prefix(node, "addressPrefix")
    endpoint = scope.endpoint(node)
    return endpoint if isinstance(endpoint, AddressRange | ServiceTag) else None


def unread_routes(reason: str, at: Source) -> tuple[Route, ...]:
    """Return what stands for routes that nobody can read: each packet may be dropped, sent out, or left alone."""
    return open_routes("unknown routes", Unresolved("unknown routes", reason), reason, at)


def open_routes(
    name: str, prefix: AddressRange | ServiceTag | Unresolved, reason: str, at: Source
) -> tuple[Route, ...]:
    """Return what stands for a route whose next hop is not known: it may drop packets or let them go anywhere."""
    return tuple(
        Route(name=f"{name} ({hop})", prefix=prefix, next_hop=hop, next_hop_address=None, at=at, unknown=reason)
        for hop in (NextHop.NONE, NextHop.INTERNET)
    )
