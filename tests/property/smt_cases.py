"""One list after another put to the engine and to the bit-vector encoding: groups, host firewalls, routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from random import Random

import z3

from netcheck.model.address import AddressRange, Family
from netcheck.model.flow import Flow
from netcheck.model.ports import ICMP, TCP, UDP
from netcheck.model.rules import Direction
from netcheck.model.site import (
    NetworkInterface,
    RouteTable,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Onward, Way, judge_route
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet, box
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER
from tests.oracle.smt import Facts, Formula, Header, any_header, encode_nsg, is_documented
from tests.oracle.smt_host import Machine, encode_windows_firewall
from tests.oracle.smt_routes import Routed, Table, encode_routes
from tests.property.smt_compare import Comparison, Mismatch, parts_of
from tests.property.smt_lists import draw_group, draw_windows_firewall
from tests.property.smt_networks import draw_routed_site
from tests.property.strategies import HERE, Drawn, number, prefix_around
from tests.property.test_oracle_nsg import engine, engine_rulings, oracle_rulings
from tests.property.test_oracle_nsg import header as header_of

ANYTHING = z3.BoolVal(True)


def draw_question(random: Random, header: Header) -> tuple[PacketSet, Formula]:
    """Draw all headers of a family or those of one protocol, as the engine and as the encoding has them."""
    protocol = random.choice((None, None, None, TCP, UDP, ICMP))
    if protocol is None:
        return box(header.family), ANYTHING
    return box(header.family, protocols=IntervalSet.point(protocol)), header.protocol == protocol


def compare_groups(seed: str) -> Iterator[Mismatch]:
    """Yield where engine, encoding and reference decider differ about a group drawn from a seed."""
    random = Random(seed)
    drawn = draw_group(random)
    for direction in Direction:
        yield from compare_group(random, drawn, drawn, direction)


def compare_group(random: Random, drawn: Drawn, asked: Drawn, direction: Direction) -> Iterator[Mismatch]:
    """Compare what the engine says about one drawn group with what the two others say about another."""
    header, facts = any_header(drawn.universe.family), Facts()
    packets, question = draw_question(random, header)
    result = engine(asked, direction, packets)
    outcomes = encode_nsg(drawn.nsg, direction, header, drawn.end, facts)
    comparison = Comparison(header, facts, question, is_documented(header, direction))
    yield from comparison.rulings(parts_of([result]), outcomes)
    for flow in boundary_flows(random, drawn):
        if header_of(flow) in packets and engine_rulings(result, flow) != oracle_rulings(drawn, direction, flow):
            yield Mismatch("the reference decider says otherwise", flow)


def boundary_flows(random: Random, drawn: Drawn, count: int = 8) -> Iterator[Flow]:
    """Yield flows on and next to the ends of what the rules name; none between a machine and itself or the platform."""
    family = drawn.universe.family
    rules = drawn.nsg.rules
    sources = near([e for rule in rules for e in rule.sources if isinstance(e, AddressRange)], family)
    destinations = near([e for rule in rules for e in rule.destinations if isinstance(e, AddressRange)], family)
    ports = [
        end + step for rule in rules for p in rule.destination_ports for end in (p.first, p.last) for step in (0, 1)
    ]
    for _ in range(count):
        protocol = random.choice((TCP, TCP, TCP, UDP, ICMP))
        source, destination = random.choice(sources), random.choice(destinations)
        sport, dport = (random.choice((443, 50000)), random.choice(ports) % 65536) if protocol != ICMP else (0, 0)
        if source != destination and destination not in (WIRE_SERVER, INSTANCE_METADATA):
            yield Flow(family, protocol, source, sport, destination, dport)


def near(ranges: list[AddressRange], family: Family) -> list[int]:
    """Return the ends of ranges and their neighbours."""
    top = 2 ** (32 if family == 4 else 128) - 1
    ends = [end + step for r in ranges if r.family == family for end in (r.first, r.last) for step in (-1, 0, 1)]
    return [end for end in ends if 0 <= end <= top] or [0, top]


def compare_host_firewalls(seed: str) -> Iterator[Mismatch]:
    """Yield where engine and encoding differ about a Windows firewall drawn from a seed."""
    random = Random(seed)
    family: Family = random.choice((4, 4, 6))
    firewall = draw_windows_firewall(random, family)
    for direction in Direction:
        yield from compare_host_firewall(random, firewall, firewall, direction, family)


def compare_host_firewall(
    random: Random, firewall: WindowsFirewall, asked: WindowsFirewall, direction: Direction, family: Family
) -> Iterator[Mismatch]:
    """Compare what the engine says about one firewall with what the encoding says about another."""
    header, facts = any_header(family), Facts()
    prefixes = prefix_around(number("10.0.0.0"), 4, 24), prefix_around(number("fd00::"), 6, 64)
    subnet = Subnet(name="s", virtual_network="v", prefixes=prefixes, at=HERE)
    address = prefix_around(number("10.0.0.4"), 4, 32)
    nic = NetworkInterface(name="nic", subnet="v/s", addresses=(address,), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Windows", interfaces=(nic,), at=HERE, host_firewall=asked)
    packets, question = draw_question(random, header)
    results = judge_host_firewall(vm, nic, subnet, direction, packets, AddressBook(Site(file="drawn.yaml")))
    outcomes = encode_windows_firewall(Machine("vm", firewall, prefixes), direction, header, facts)
    yield from Comparison(header, facts, question, ANYTHING).rulings(parts_of(results), outcomes)


def compare_route_tables(seed: str) -> Iterator[Mismatch]:
    """Yield where engine and encoding differ about routes drawn from a seed."""
    random = Random(seed)
    site = draw_routed_site(random)
    yield from compare_routes(random, site, site, random.choice((4, 4, 6)))


def compare_routes(random: Random, site: Site, asked: Site, family: Family) -> Iterator[Mismatch]:
    """Compare what the engine says about the subnet of one site with what the encoding says about that of another."""
    header, facts = any_header(family), Facts()
    packets, question = draw_question(random, header)
    result, onward = judge_route(asked.virtual_networks[0].subnets[0], packets, AddressBook(asked))
    routed = encode_routes(table_of(site), header, facts)
    comparison = Comparison(header, facts, question, ANYTHING)
    yield from comparison.rulings(parts_of([result]), routed.outcomes)
    yield from compare_ways(onward, routed, comparison)


def compare_ways(onward: Iterable[Onward], routed: Routed, comparison: Comparison) -> Iterator[Mismatch]:
    """Compare where packets are behind a route: each way holds those that take it in some world, and no others."""
    ways: dict[tuple[Way, str], Formula] = {
        (Way.INTERNET, ""): routed.leaves,
        (Way.LOCAL, ""): routed.inside,
        (Way.DROPPED, ""): routed.dropped,
    }
    ways |= {(Way.APPLIANCE, address): formula for address, formula in routed.appliances.items()}
    said = {way: [o.branch for o in onward if (o.way, host_of(o.address)) == way] for way in ways}
    assert sum(map(len, said.values())) == len(list(onward)), "packets are said to go where no route leads"
    for (way, address), formula in ways.items():
        claim = f"to go by {way} {address}".rstrip()
        branches = said[way, address]
        missed = z3.And(formula, *(z3.Not(comparison.of(one.packets)) for one in branches))
        yield from comparison.never(missed, f"packets are not said {claim}")
        for one in branches:
            yield from comparison.in_some_world(one.packets, formula, f"packets are said {claim}")
            if one.is_certain:
                yield from comparison.in_every_world(one.packets, formula, f"packets are said {claim} in every world")


def host_of(address: AddressRange | None) -> str:
    """Return the address of an appliance as text."""
    return str(ip_address(address.first)) if address is not None else ""


def table_of(site: Site) -> Table:
    """Return what the encoding wants to know of the first subnet of a drawn site."""
    network, *others = site.virtual_networks
    assert site.tags is not None
    tags = {name: [as_range(text) for text in entry.prefixes] for name, entry in site.tags.entries.items()}
    services = {"Microsoft.Storage": "storage", "Microsoft.Sql": "sql"}
    behind = [prefix for other in others for prefix in other.address_space]
    knows_reach = network.states_peerings and not network.has_gateway and not borrowed(site)
    return Table(
        space=network.address_space,
        routes=site.route_tables[0].routes,
        peers=tuple((one.name, prefix) for one in network.peerings for prefix in behind),
        learned=() if site.route_tables[0].disables_gateway_routes else learned_of(site),
        endpoints={service: tags.get(services[service]) for service in network.subnets[0].service_endpoints},
        tags=tags,
        has_policies=bool(network.subnets[0].service_endpoint_policies),
        reach=(*network.address_space, *behind) if knows_reach else None,
    )


def borrowed(site: Site) -> list[VirtualNetwork]:
    """Return the peers whose gateway the first network uses: it asks for it, and they lend it."""
    network, *others = site.virtual_networks
    if not any(one.uses_remote_gateways for one in network.peerings):
        return []
    return [other for other in others if any(one.allows_gateway_transit for one in other.peerings)]


def learned_of(site: Site) -> tuple[AddressRange, ...] | None:
    """Return what the first network learned from its own gateway and from those it borrows; None: nobody says."""
    owners = [one for one in site.virtual_networks[:1] if one.has_gateway] + borrowed(site)
    if any(one.gateway_prefixes is None for one in owners):
        return None
    return tuple(prefix for one in owners for prefix in one.gateway_prefixes or ())


def as_range(text: str) -> AddressRange:
    """Return a prefix as the model has it."""
    address, length = text.split("/")
    return prefix_around(number(address), 6 if ":" in text else 4, int(length))


def swap(table: RouteTable) -> RouteTable:
    """Return a table in which the first two routes have each other's prefix."""
    one, other, *rest = table.routes
    return replace(table, routes=(replace(one, prefix=other.prefix), replace(other, prefix=one.prefix), *rest))
