"""An Azure Firewall as plain loops: network rules, then application rules, else deny.

Microsoft Learn, "Azure Firewall rule processing logic".
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import AnyAddress, Endpoint
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from tests.oracle.reference import End, matches
from tests.oracle.worlds import World, answer


def lets_through(firewall: AzureFirewall, flow: Flow, end: End, world: World) -> bool:
    """Return whether a firewall passes a flow; what host names a packet is for, nobody knows."""
    if firewall.unknown:
        return answer(world, "firewall passes", firewall.name)
    for kind in (FirewallNetworkRule, FirewallApplicationRule):
        for collection in in_order(firewall, kind):
            if any(applies(firewall, rule, flow, end, world) for rule in collection.rules):
                return collection.access is Access.ALLOW
    return False


def in_order(firewall: AzureFirewall, kind: type) -> list[RuleCollection]:
    """Return the collections of a kind in the order of evaluation."""
    found = [one for one in firewall.collections if any(isinstance(rule, kind) for rule in one.rules)]
    return sorted(found, key=lambda one: one.order)


def applies(firewall: AzureFirewall, rule: FirewallRule, flow: Flow, end: End, world: World) -> bool:
    """Return whether a rule matches a flow on its way to somewhere else; DNAT rules never do."""
    if isinstance(rule, FirewallNetworkRule):
        return any(network_match(firewall, rule, one, flow, end, world) for one in rule.protocols)
    if not isinstance(rule, FirewallApplicationRule) or flow.protocol != TCP:
        return False
    if flow.destination_port not in {port for _, port in rule.ports}:
        return False
    anywhere = (AnyAddress(),)
    if not fits(firewall, rule, Protocol((TCP,)), (rule.sources, anywhere), (ALL_PORTS,), flow, end, world):
        return False
    return "*" in rule.hosts or is_named(rule.hosts, flow, world)


def network_match(
    firewall: AzureFirewall, rule: FirewallNetworkRule, protocol: Protocol, flow: Flow, end: End, world: World
) -> bool:
    """Return whether a network rule matches: by address, or because a host it names has that address."""
    if fits(firewall, rule, protocol, (rule.sources, rule.destinations), rule.ports, flow, end, world):
        return True
    anywhere = (AnyAddress(),)
    is_possible = bool(rule.hosts) and fits(
        firewall, rule, protocol, (rule.sources, anywhere), rule.ports, flow, end, world
    )
    return is_possible and is_named(rule.hosts, flow, world)


def is_named(hosts: Sequence[str], flow: Flow, world: World) -> bool:
    """Return whether a flow is for one of some hosts: the same name in two rules is one unknown."""
    return any(answer(world, "host", host.casefold(), flow.destination) for host in hosts)


def fits(
    firewall: AzureFirewall,
    rule: FirewallRule,
    protocol: Protocol,
    places: tuple[Sequence[Endpoint], Sequence[Endpoint]],
    ports: tuple[PortRange, ...],
    flow: Flow,
    end: End,
    world: World,
) -> bool:
    """Return whether the fields fit, as those of a group's rule do."""
    same = NsgRule(
        name=rule.name,
        priority=100,
        direction=Direction.OUTBOUND,
        access=Access.ALLOW,
        protocol=protocol,
        sources=tuple(places[0]),
        source_ports=(ALL_PORTS,),
        destinations=tuple(places[1]),
        destination_ports=ports,
        at=rule.at,
        unknown=rule.unknown,
    )
    return matches(same, flow, NetworkSecurityGroup(name=firewall.name, rules=(), at=firewall.at), end, world)
