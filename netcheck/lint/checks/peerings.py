"""Peerings that do not do what their owner may assume.

Microsoft Learn, "Create, change, or delete a virtual network peering": a peering works when both sides have it and are
Connected; `allowVirtualNetworkAccess` changes what `VirtualNetwork` covers and blocks nothing by itself; packets that
the other network only forwards are dropped unless the receiving side's peering says `allowForwardedTraffic`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.address import FAMILIES, AddressRange
from netcheck.model.names import key, last_segment
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import Peering, VirtualNetwork
from netcheck.policy.peering import live_peerings, peerings_back
from netcheck.policy.resolve import to_set
from netcheck.questions.finding import Finding, Related


def _find(linted: Linted) -> Iterator[Finding]:
    for network in linted.site.virtual_networks:
        for peering in network.peerings:
            peer = linted.site.virtual_network(last_segment(peering.remote_virtual_network))
            name = f"peering `{peering.name}` of `{network.name}`"
            if "{" in f"{network.name}{peering.remote_virtual_network}":  # an expression, whose value no file gives
                continue
            if not peering.is_connected:
                yield HALF.about(network.name, peering.at, f"{name} is not connected: no packet takes it")
            elif peer is not None:
                yield from _with_peer(network, peering, peer, name)
            if not peering.allows_virtual_network_access:
                message = (
                    f"{name} does not allow virtual network access: that takes the peer out of `VirtualNetwork`, and "
                    "rules that name its addresses still let them pass"
                )
                yield HALF.about(network.name, peering.at, message, severity=Severity.NOTE)


def _with_peer(network: VirtualNetwork, peering: Peering, peer: VirtualNetwork, name: str) -> Iterator[Finding]:
    backs = peerings_back(peer, network)
    if not backs:
        states = peer.states_peerings or bool(peer.peerings)
        message = f"{name} has no other half: `{peer.name}` lists no peering back, and a peering needs both"
        severity = Severity.WARNING if states else Severity.NOTE
        yield HALF.about(network.name, peering.at, message, severity=severity, related=[Related(peer.name, peer.at)])
    if peering.uses_remote_gateways and backs and not any(back.allows_gateway_transit for back in backs):
        message = f"{name} uses the gateway of `{peer.name}`, whose peering back does not allow gateway transit"
        yield HALF.about(network.name, peering.at, message, related=[Related(one.name, one.at) for one in backs])


def _forwarded(linted: Linted) -> Iterator[Finding]:
    """Yield the peerings that drop what an appliance in the peer is routed to forward."""
    told: set[tuple[str, str]] = set()
    for origin, route in _routes_to_appliances(linted):
        for network in linted.site.virtual_networks:
            for peering, hub in live_peerings(linted.site, network):
                is_way = hub is not None and hub is not origin and _holds(hub, route) and network is not origin
                at = (network.name, peering.name)
                if is_way and not peering.allows_forwarded_traffic and at not in told and _leads_to(route, network):
                    told.add(at)
                    message = (
                        f"peering `{peering.name}` of `{network.name}` does not allow forwarded traffic: what route "
                        f"`{route.name}` sends from `{origin.name}` to an appliance in `{hub.name if hub else ''}` is "
                        "dropped on its way here"
                    )
                    related = [Related(route.name, route.at, f"a route of `{origin.name}`")]
                    yield FORWARDED.about(network.name, peering.at, message, related=related)


def _routes_to_appliances(linted: Linted) -> Iterator[tuple[VirtualNetwork, Route]]:
    """Yield each route to an appliance with a network whose subnets use it."""
    for network in linted.site.virtual_networks:
        names = dict.fromkeys(key(subnet.route_table) for subnet in network.subnets if subnet.route_table)
        for table in (linted.site.route_table(name) for name in names):
            for route in table.routes if table is not None else ():
                if route.next_hop is NextHop.VIRTUAL_APPLIANCE and isinstance(route.prefix, AddressRange):
                    yield network, route


def _holds(network: VirtualNetwork, route: Route) -> bool:
    """Return whether the route's appliance is in a network."""
    hop = route.next_hop_address
    return hop is not None and any(not to_set([hop], f) - to_set(network.address_space, f) for f in (hop.family,))


def _leads_to(route: Route, network: VirtualNetwork) -> bool:
    assert isinstance(route.prefix, AddressRange)
    return any(to_set([route.prefix], f) & to_set(network.address_space, f) for f in FAMILIES)


HALF = Check(code="NC233", kind="peering", severity=Severity.WARNING, find=_find)
FORWARDED = Check(code="NC234", kind="forwarded-traffic", severity=Severity.WARNING, find=_forwarded)
