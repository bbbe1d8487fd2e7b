"""NSGs and route tables as a site file spells them."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.address import (
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    ServiceTag,
    Unresolved,
    address_text,
)
from netcheck.model.expressions import NOT_KNOWN, to_expression
from netcheck.model.names import last_segment
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.rules import NextHop, NsgRule, Route
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, RouteTable
from netcheck.questions.digest import own_defaults
from netcheck.reports._site_file_values import (
    Entry,
    Value,
    one_or_many,
    prefix_texts,
    protocol_text,
    set_only,
)

NSG_PROTOCOLS: dict[tuple[int, ...], str] = {
    (): "*",
    (6,): "Tcp",
    (17,): "Udp",
    (1, 58): "Icmp",
    (58,): "Icmpv6",
    (50,): "Esp",
    (51,): "Ah",
}


def nsg_entry(nsg: NetworkSecurityGroup, model: DeploymentModel) -> Entry:
    """Return an NSG; default rules are listed only where they are not the platform's own."""
    defaults = [_rule_entry(rule) for rule in own_defaults(nsg, model)]
    return {
        "name": nsg.name,
        **set_only(resourceGroup=nsg.resource_group, location=nsg.location),
        "securityRules": [_rule_entry(rule) for rule in nsg.rules],
        **set_only(defaultSecurityRules=defaults),
    }


def _rule_entry(rule: NsgRule) -> Entry:
    return {
        "name": rule.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": protocol_text(rule.protocol, NSG_PROTOCOLS),
        **_side("source", rule.sources),
        **_ports("sourcePortRange", rule.source_ports),
        **_side("destination", rule.destinations),
        **_ports("destinationPortRange", rule.destination_ports),
        **set_only(description=rule.description, uncertain=rule.unknown),
    }


def _side(side: str, endpoints: Iterable[Endpoint]) -> Entry:
    texts: list[Value] = []
    groups: list[Value] = []
    for one in endpoints:
        match one:
            case AddressRange():
                texts += prefix_texts([one])
            case AnyAddress() | ServiceTag():
                texts.append(str(one))
            case ApplicationSecurityGroup(name=name):
                groups.append(last_segment(name))
            case Unresolved(text=text):
                texts.append(to_expression(text))
    found = one_or_many(f"{side}AddressPrefix", f"{side}AddressPrefixes", list(dict.fromkeys(texts)))
    return {**found, **set_only(**{f"{side}ApplicationSecurityGroups": groups})}


def _ports(name: str, ranges: Iterable[PortRange]) -> Entry:
    texts = dict.fromkeys("*" if one == ALL_PORTS else str(one) for one in ranges)
    return one_or_many(name, f"{name}s", list(texts))


def table_entry(table: RouteTable) -> Entry:
    """Return a route table."""
    disables = set_only(disableBgpRoutePropagation=table.disables_gateway_routes)
    return {"name": table.name, **disables, "routes": [_route_entry(route) for route in table.routes]}


def _route_entry(route: Route) -> Entry:
    entry: Entry = {
        "name": route.name,
        "addressPrefix": _route_prefix(route.prefix),
        "nextHopType": str(route.next_hop),
    }
    if route.next_hop is NextHop.VIRTUAL_APPLIANCE:
        entry["nextHopIpAddress"] = address_text(route.next_hop_address) if route.next_hop_address else NOT_KNOWN
    return {**entry, **set_only(uncertain=route.unknown)}


def _route_prefix(prefix: AddressRange | ServiceTag | Unresolved) -> str:
    return to_expression(prefix.text) if isinstance(prefix, Unresolved) else str(prefix)
