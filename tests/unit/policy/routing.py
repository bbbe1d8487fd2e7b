"""Sites with one routed subnet, and what the tests of routes ask about them."""

from __future__ import annotations

from typing import Any

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, ServiceTag, parse_address, parse_prefix
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import RouteTable, Site, Subnet, VirtualNetwork
from netcheck.model.tags import TagTable
from netcheck.policy.branches import Branch
from netcheck.policy.decision import HopKind, HopPart, HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Onward, Way, judge_route
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet
from tests.property.strategies import tag

SUBNET_PLACE, NETWORK_PLACE, ROUTE_PLACE = (
    Source("site.yaml", 5, 7),
    Source("site.yaml", 3, 5),
    Source("site.yaml", 9, 3),
)
PEER_PLACE = Source("site.yaml", 20, 5)
TAGS = {
    "Storage": ("20.60.0.0/24", "2603:1030:1::/48"),
    "Storage.WestUS": ("20.60.0.0/24",),
    "AzureCloud": ("20.60.0.0/24",),
    "AzureCloud.westus": ("20.60.0.0/24",),
}
Said = tuple[dict[str, bool | str], bool, str, str, str]
"""The facts of a case by name, whether packets pass, the rule, its place, the note."""


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def route(name: str, where: str, hop: NextHop, address: str = "") -> Route:
    """Return a user-defined route; `where` is a prefix or a service tag."""
    target = prefix(where) if where[0].isdigit() or ":" in where else ServiceTag(where)
    gateway = parse_address(address) if address else None
    return Route(name=name, prefix=target, next_hop=hop, next_hop_address=gateway, at=ROUTE_PLACE)


def site(
    *routes: Route,
    space: tuple[str, ...] = ("10.0.0.0/16", "fd00::/56"),
    endpoints: tuple[str, ...] = (),
    others: tuple[VirtualNetwork, ...] = (),
    tags: dict[str, tuple[str, ...]] | None = None,
    **more: Any,
) -> Site:
    """Return a site with a subnet `V/A` in the first network, and tags where they are given."""
    subnet = Subnet(
        name="A",
        virtual_network="V",
        prefixes=(),
        at=SUBNET_PLACE,
        route_table="rt" if routes else "",
        service_endpoints=endpoints,
    )
    network = VirtualNetwork(
        name="V", address_space=tuple(prefix(p) for p in space), subnets=(subnet,), at=NETWORK_PLACE, **more
    )
    entries = {name.lower(): tag(name, texts, ("API", "NSG")) for name, texts in (tags or {}).items()}
    return Site(
        file="site.yaml",
        virtual_networks=(network, *others),
        route_tables=(RouteTable(name="rt", routes=routes, at=ROUTE_PLACE),),
        tags=TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=entries)
        if tags is not None
        else None,
    )


def to(*addresses: str) -> PacketSet:
    """Return TCP from anywhere to some addresses."""
    found = ps.EMPTY_PACKETS
    for text in addresses:
        one = prefix(text)
        found = found | ps.box(one.family, IntervalSet.point(6), destinations=IntervalSet.span(one.first, one.last))
    return found


def onwards(one: Site, packets: PacketSet) -> tuple[Onward, ...]:
    """Return where packets are behind the routes of the subnet."""
    return judge_route(one.virtual_networks[0].subnets[0], packets, AddressBook(one))[1]


def judged(one: Site, packets: PacketSet) -> tuple[HopResult, tuple[Branch, ...]]:
    """Return what the routes of the subnet do with packets; the parts cover them without overlap."""
    result, onward = judge_route(one.virtual_networks[0].subnets[0], packets, AddressBook(one))
    assert (result.hop, result.direction, result.resource) == (HopKind.ROUTE, "Outbound", "V/A")
    assert result.packets == packets
    assert sum(part.packets.count() for part in result.parts) == packets.count()
    return result, tuple(way.branch for way in onward if way.way is Way.INTERNET)


def said(part: HopPart) -> list[Said]:
    """Return the cases of a part."""
    found: list[Said] = []
    for case in part.cases:
        decision = case.decision
        assert decision is not None
        assert (decision.hop, decision.direction, decision.resource) == (HopKind.ROUTE, "Outbound", "V/A")
        when = {fact.name: value for fact, value in case.when}
        found.append((when, decision.passes, decision.rule, decision.at, decision.note))
    return found


def taken(one: Site, address: str) -> list[Said]:
    """Return the cases of the packets to one address."""
    [part] = judged(one, to(address))[0].parts
    return said(part)


def reasons(one: Site, address: str) -> list[tuple[str, str, str, str]]:
    """Return name, side, reason and place of the facts that packets to an address wait for."""
    [part] = judged(one, to(address))[0].parts
    facts = dict.fromkeys(fact for case in part.cases for fact, _ in case.when)
    return sorted((fact.name, fact.side, fact.reason, str(fact.at)) for fact in facts)


SYSTEM_INTERNET: Said = ({}, True, "system route", "", "next hop Internet")
SYSTEM_NONE: Said = ({}, False, "system route", "", "next hop None")
SYSTEM_LOCAL: Said = ({}, True, "system route", "", "next hop VnetLocal")
