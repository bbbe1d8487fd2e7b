"""One list after another put to the engine and to the bit-vector encoding: groups, host firewalls, routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import z3

from netcheck.model.address import AddressRange, Family
from netcheck.model.flow import Flow
from netcheck.model.ports import ICMP, TCP, UDP
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, RouteTable, Site, Subnet, VirtualMachine, WindowsFirewall
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Way, judge_route
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet, box
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER
from tests.oracle.smt import Facts, Formula, Header, any_header, encode_nsg, is_documented
from tests.oracle.smt_host import Machine, encode_windows_firewall
from tests.oracle.smt_routes import Table, encode_routes
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
    outcomes, leaves = encode_routes(table_of(site), header, facts)
    comparison = Comparison(header, facts, question, ANYTHING)
    yield from comparison.rulings(parts_of([result]), outcomes)
    for one in (way.branch for way in onward if way.way is Way.INTERNET):
        yield from comparison.in_some_world(one.packets, leaves, "packets are said to leave for the Internet")
        if not one.unless:
            yield from comparison.in_every_world(one.packets, leaves, "packets are said to leave in every world")


def table_of(site: Site) -> Table:
    """Return what the encoding wants to know of the first subnet of a drawn site."""
    network = site.virtual_networks[0]
    assert site.tags is not None
    tags = {name: [as_range(text) for text in entry.prefixes] for name, entry in site.tags.entries.items()}
    services = {"Microsoft.Storage": "storage", "Microsoft.Sql": "sql"}
    return Table(
        space=network.address_space,
        routes=site.route_tables[0].routes,
        peers=tuple(
            (one.name, prefix) for one in network.peerings for prefix in site.virtual_networks[1].address_space
        ),
        learned=None if network.has_gateway and network.gateway_prefixes is None else network.gateway_prefixes or (),
        endpoints={service: tags.get(services[service]) for service in network.subnets[0].service_endpoints},
        tags=tags,
    )


def as_range(text: str) -> AddressRange:
    """Return a prefix as the model has it."""
    address, length = text.split("/")
    return prefix_around(number(address), 6 if ":" in text else 4, int(length))


def swap(table: RouteTable) -> RouteTable:
    """Return a table in which the first two routes have each other's prefix."""
    one, other, *rest = table.routes
    return replace(table, routes=(replace(one, prefix=other.prefix), replace(other, prefix=one.prefix), *rest))
