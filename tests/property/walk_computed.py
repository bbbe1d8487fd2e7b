"""What Azure computed for a NIC, drawn: rules with tags expanded, and a table of routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from netcheck.model.address import AddressRange, AnyAddress, Endpoint
from netcheck.model.effective import EffectiveNsg, EffectiveRoute, Level
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL
from netcheck.model.rules import Access, Direction, NextHop, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from tests.property.strategies import HERE
from tests.property.walk_rules import PORTS, PROTOCOLS, prefix

ANYWHERE: tuple[Endpoint, ...] = (AnyAddress(),)


def draw_computed_groups(
    random: Random, name: str, places: Sequence[AddressRange], inside: Sequence[AddressRange]
) -> tuple[EffectiveNsg, ...]:
    """Return the rules of some levels of one NIC; a network manager has no default rules."""
    levels = random.sample(tuple(Level), random.choice((0, 1, 1, 2, 3)))
    return tuple(
        EffectiveNsg(level=level, nsg=draw_expanded(random, name, level, places, inside), at=HERE) for level in levels
    )


def draw_expanded(
    random: Random, name: str, level: Level, places: Sequence[AddressRange], inside: Sequence[AddressRange]
) -> NetworkSecurityGroup:
    rules = tuple(
        computed_rule(random, direction, priority, places)
        for direction in Direction
        for priority in range(100, 100 + random.choice((1, 1, 2, 3)))
    )
    defaults = () if level is Level.MANAGER else default_rules(inside)
    return NetworkSecurityGroup(name=f"computed {name} {level}", rules=rules, at=HERE, default_rules=defaults)


def computed_rule(random: Random, direction: Direction, priority: int, places: Sequence[AddressRange]) -> NsgRule:
    def side() -> tuple[Endpoint, ...]:
        return ANYWHERE if random.random() < 0.6 else tuple(random.sample(places, 2))

    access = random.choice((Access.ALLOW, Access.ALLOW, Access.DENY))
    rule = one_rule(f"{direction}-{priority}", direction, priority, access, side(), side())
    return replace(rule, protocol=random.choice(PROTOCOLS), destination_ports=random.choice(PORTS))


def default_rules(inside: Sequence[AddressRange]) -> tuple[NsgRule, ...]:
    """Return the six default rules with the tags expanded."""
    near, probes = tuple(inside), (prefix("168.63.129.16/32"),)
    public = (prefix("1.0.0.0/8"), prefix("8.0.0.0/7"), prefix("20.0.0.0/8"), prefix("64.0.0.0/2"))
    return (
        one_rule("AllowVnetInBound", Direction.INBOUND, 65000, Access.ALLOW, near, near, True),
        one_rule("AllowAzureLoadBalancerInBound", Direction.INBOUND, 65001, Access.ALLOW, probes, ANYWHERE, True),
        one_rule("DenyAllInBound", Direction.INBOUND, 65500, Access.DENY, ANYWHERE, ANYWHERE, True),
        one_rule("AllowVnetOutBound", Direction.OUTBOUND, 65000, Access.ALLOW, near, near, True),
        one_rule("AllowInternetOutBound", Direction.OUTBOUND, 65001, Access.ALLOW, ANYWHERE, public, True),
        one_rule("DenyAllOutBound", Direction.OUTBOUND, 65500, Access.DENY, ANYWHERE, ANYWHERE, True),
    )


def one_rule(
    name: str,
    direction: Direction,
    priority: int,
    access: Access,
    sources: tuple[Endpoint, ...],
    destinations: tuple[Endpoint, ...],
    is_default: bool = False,
) -> NsgRule:
    return NsgRule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol=ANY_PROTOCOL,
        sources=sources,
        source_ports=(ALL_PORTS,),
        destinations=destinations,
        destination_ports=(ALL_PORTS,),
        at=HERE,
        is_default=is_default,
    )


def draw_computed_routes(
    random: Random, own: Sequence[AddressRange], peers: Sequence[AddressRange], appliances: Sequence[str]
) -> tuple[EffectiveRoute, ...]:
    """Return a table: own space, some peers, up to three other lines, and a default route."""
    found = [one_route("own", "Default", own, NextHop.VNET_LOCAL)]
    if peers and random.random() < 0.8:
        found.append(one_route("peer", "Default", peers, NextHop.VNET_PEERING))
    found += other_routes(random, appliances)
    hop = random.choice((NextHop.INTERNET, NextHop.INTERNET, NextHop.NONE))
    everything = (prefix("0.0.0.0/0"), prefix("::/0"))
    return (*found, one_route("default", "Default", everything, hop))


def one_route(
    name: str, source: str, prefixes: Sequence[AddressRange], hop: NextHop, *addresses: AddressRange, unknown: str = ""
) -> EffectiveRoute:
    return EffectiveRoute(
        name=name,
        source=source,
        prefixes=tuple(prefixes),
        next_hop=hop,
        at=HERE,
        next_hop_addresses=addresses,
        unknown=unknown,
    )


def other_routes(random: Random, appliances: Sequence[str]) -> Iterator[EffectiveRoute]:
    """Yield routes of users and gateways, and that of a service endpoint."""
    texts = ("0.0.0.0/0", "10.0.0.0/8", "20.60.1.0/24", "8.8.8.0/24", "10.1.1.20/32")
    for position, text in enumerate(random.sample(texts, random.choice((0, 1, 2, 3)))):
        covers = [prefix(text)]
        unknown = "something" if random.random() < 0.1 else ""
        kind = random.choice(("appliance", "appliance", "appliance", "gateway", "none", "service"))
        if kind == "appliance":
            held = [prefix(text) for text in random.sample(appliances, random.choice((1, 1, 2)))]
            hop = NextHop.VIRTUAL_APPLIANCE
            yield one_route(f"user-{position}", "User", covers, hop, *held, unknown=unknown)
        elif kind == "gateway":
            yield one_route("gateway", "VirtualNetworkGateway", covers, NextHop.VIRTUAL_NETWORK_GATEWAY)
        elif kind == "none":
            yield one_route(f"user-{position}", "User", covers, NextHop.NONE, unknown=unknown)
        else:
            yield one_route("service", "Default", (prefix("20.60.0.0/16"),), NextHop.SERVICE_ENDPOINT)
