"""Whole paths put to the engine and to the bit-vector encoding: from one VM to anywhere, verdict and every hop.

The encoding is a conjunction of hops, each for the packets that meet it. An unknown that hops share is one boolean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple, TypeAlias

import z3

from netcheck.model.address import AddressRange
from netcheck.model.ports import TCP
from netcheck.model.rules import Access, Direction, NextHop
from netcheck.model.site import (
    DeploymentModel,
    NetworkInterface,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.path.graph import build_graph
from netcheck.path.leg import Verdict, cut
from netcheck.path.walk import Start, walk
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet, box
from tests.oracle import internet
from tests.oracle.reference import WIRE_SERVER, End, Ruling
from tests.oracle.smt import (
    NOT_SUBJECT,
    Facts,
    Formula,
    Header,
    Outcomes,
    any_header,
    encode_nsg,
    is_documented,
    is_ported,
    one_of,
    passes,
)
from tests.oracle.smt_host import Machine, encode_windows_firewall
from tests.oracle.smt_routes import Table, encode_routes
from tests.property.smt_compare import Comparison, Mismatch, parts_of
from tests.property.smt_networks import draw_path_site
from tests.property.strategies import spans_of

Spans: TypeAlias = list[tuple[int, int]]
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
ALWAYS = z3.BoolVal(True)


class Stage(NamedTuple):
    """One hop: its name, the packets that meet it, and what it does with them."""

    name: tuple[str, str, str]
    meets: Formula
    outcomes: Outcomes


def compare_paths(seed: str) -> Iterator[Mismatch]:
    """Yield where engine and encoding differ about the packets of a VM in a site drawn from a seed."""
    site = draw_path_site(Random(seed))
    yield from compare_path(site, site)


def compare_path(site: Site, asked: Site) -> Iterator[Mismatch]:
    """Compare what the engine says about the first VM of one site with what the encoding says about that of another."""
    header, facts = any_header(4), Facts()
    [address] = site.virtual_machines[0].interfaces[0].addresses
    point = IntervalSet.point(address.first)
    packets = box(4, sources=point) - box(4, destinations=point)
    question = z3.And(header.source == address.first, header.destination != address.first)
    vm = asked.virtual_machines[0]
    results = walk(build_graph(asked), AddressBook(asked), Start(packets, vm, vm.primary))
    stages = encode_path(site, site.virtual_machines[0], header, facts)
    judged = is_documented(header, OUT)
    for stage in stages:
        mine = [result for result in results if name_of(result) == stage.name]
        if mine:
            comparison = Comparison(header, facts, z3.And(question, stage.meets), judged)
            yield from comparison.rulings(parts_of(mine), stage.outcomes)
    yield from compare_verdicts(packets, results, stages, Comparison(header, facts, question, judged))


def compare_verdicts(
    packets: PacketSet, results: Iterable[HopResult], stages: Iterable[Stage], comparison: Comparison
) -> Iterator[Mismatch]:
    """Compare the three sets of a verdict: passing in every world, in none, and in some but not in all."""
    goes_through = z3.And([z3.Implies(stage.meets, passes(stage.outcomes)) for stage in stages])
    found = dict.fromkeys(Verdict, EMPTY_PACKETS)
    for region in cut(packets, tuple(results)):
        found[region.verdict] = found[region.verdict] | region.packets
    yield from comparison.partition(list(found.values()))
    yield from comparison.in_every_world(found[Verdict.REACHABLE], goes_through, "said to be reachable")
    yield from comparison.in_every_world(found[Verdict.BLOCKED], z3.Not(goes_through), "said to be blocked")
    for holds in (goes_through, z3.Not(goes_through)):
        yield from comparison.in_some_world(found[Verdict.UNDETERMINED], holds, "said to be undetermined")


def name_of(result: HopResult) -> tuple[str, str, str]:
    """Return what tells a hop from the others of its path; a level without group or firewall has no name."""
    if result.hop in (HopKind.NIC_NSG, HopKind.SUBNET_NSG):
        return str(result.hop), result.direction, result.subnet
    return str(result.hop), result.direction, result.resource


def encode_path(site: Site, vm: VirtualMachine, header: Header, facts: Facts) -> list[Stage]:
    """Return the hops from a VM to anywhere: out through its own levels, in through those of every VM and subnet."""
    subnet = subnet_of(site, vm.interfaces[0])
    network = network_of(site, subnet.virtual_network)
    links = [network_of(site, peering.remote_virtual_network) for peering in network.peerings]
    stages = [
        host_stage(site, vm, OUT, ALWAYS, header, facts),
        group_stage(site, vm.interfaces[0].network_security_group, "nic-nsg", OUT, subnet, ALWAYS, header, facts),
        group_stage(site, subnet.network_security_group, "subnet-nsg", OUT, subnet, ALWAYS, header, facts),
        *route_stages(site, vm, subnet, header, facts),
        *unheld_stages(site, network, header, facts),
    ]
    for one in [subnet for inside in (network, *links) for subnet in inside.subnets]:
        meets = is_to(header, one.prefixes)
        stages.append(group_stage(site, one.network_security_group, "subnet-nsg", IN, one, meets, header, facts))
        for other in site.virtual_machines:
            if other is not vm and other.interfaces[0].subnet == one.full_name:
                nic = other.interfaces[0]
                meets = is_to(header, nic.addresses)
                stages.append(group_stage(site, nic.network_security_group, "nic-nsg", IN, one, meets, header, facts))
                stages.append(host_stage(site, other, IN, meets, header, facts))
    return stages


def subnet_of(site: Site, nic: NetworkInterface) -> Subnet:
    """Return the subnet of a NIC."""
    return next(s for n in site.virtual_networks for s in n.subnets if s.full_name == nic.subnet)


def network_of(site: Site, name: str) -> VirtualNetwork:
    """Return the virtual network of a name."""
    return next(n for n in site.virtual_networks if n.name == name)


def is_to(header: Header, ranges: Iterable[AddressRange]) -> Formula:
    """Return that the destination is in one of some ranges."""
    return one_of(header.destination, [(r.first, r.last) for r in ranges])


def group_stage(
    site: Site, name: str, kind: str, direction: Direction, subnet: Subnet, meets: Formula, header: Header, facts: Facts
) -> Stage:
    """Return the hop of a group as it is applied in a subnet; no group lets everything pass."""
    group = next((nsg for nsg in site.network_security_groups if nsg.name == name), None)
    outcomes = {NOT_SUBJECT: ALWAYS}
    if group is not None:
        outcomes = encode_nsg(group, direction, header, end_at(site, subnet), facts)
    return Stage((kind, str(direction), subnet.full_name), meets, outcomes)


def host_stage(
    site: Site, vm: VirtualMachine, direction: Direction, meets: Formula, header: Header, facts: Facts
) -> Stage:
    """Return the hop of a host firewall; where a proxy VM does not describe its own, its port may be open or not."""
    outcomes: Outcomes = {NOT_SUBJECT: ALWAYS}
    if isinstance(vm.host_firewall, WindowsFirewall):
        near = subnet_of(site, vm.interfaces[0]).prefixes
        machine = Machine(vm.name, vm.host_firewall, near)
        outcomes = encode_windows_firewall(machine, direction, header, facts)
    elif vm.host_firewall is None and vm.proxy_server is not None and direction is IN:
        is_to_proxy = z3.And(header.protocol == TCP, header.destination_port == vm.proxy_server.port)
        goes_on = z3.Or(z3.Not(is_to_proxy), facts.answer("the proxy port is open on", vm.name))
        outcomes = {NOT_SUBJECT: goes_on, Ruling(Access.DENY, ""): z3.Not(goes_on)}
    return Stage(("host-firewall", str(direction), vm.name), meets, outcomes)


def route_stages(site: Site, vm: VirtualMachine, subnet: Subnet, header: Header, facts: Facts) -> Iterator[Stage]:
    """Yield the route and the egress of a VM: NAT gateway, public address, default outbound access."""
    network = network_of(site, subnet.virtual_network)
    peers = [
        (p.name, one) for p in network.peerings for one in network_of(site, p.remote_virtual_network).address_space
    ]
    routes = next((t.routes for t in site.route_tables if t.name == subnet.route_table), ())
    table = Table(space=network.address_space, routes=routes, peers=tuple(peers))
    outcomes, leaves = encode_routes(table, header, facts)
    yield Stage(("route", str(OUT), subnet.full_name), ALWAYS, outcomes)
    if subnet.nat_gateway:
        carries = is_ported(header)
    elif vm.interfaces[0].public_ips:
        carries = ALWAYS
    elif subnet.default_outbound_access is False:
        carries = z3.BoolVal(False)
    elif subnet.default_outbound_access or site.deployment_model is DeploymentModel.CLASSIC:
        carries = ALWAYS
    else:
        carries = facts.answer("default outbound access of", subnet.full_name)
    outcomes = {NOT_SUBJECT: carries, Ruling(Access.DENY, ""): z3.Not(carries)}
    yield Stage(("egress", str(OUT), "not compared by rule"), leaves, outcomes)


def unheld_stages(site: Site, network: VirtualNetwork, header: Header, facts: Facts) -> Iterator[Stage]:
    """Yield what is open because the site shows no end: space without subnet, public addresses of its own NICs."""
    subnets = [prefix for subnet in network.subnets for prefix in subnet.prefixes]
    public = [one.address for vm in site.virtual_machines for one in vm.interfaces[0].public_ips if one.address]
    is_empty = z3.And(is_to(header, network.address_space), z3.Not(is_to(header, subnets)))
    for name, meets in (("address without subnet", is_empty), ("public IP address", is_to(header, public))):
        goes_on = facts.answer(name, "is reached")
        outcomes = {NOT_SUBJECT: goes_on, Ruling(Access.DENY, ""): z3.Not(goes_on)}
        yield Stage(("unmodelled", "", name), meets, outcomes)


def end_at(site: Site, subnet: Subnet) -> End:
    """Return what names mean in a subnet: own and peered space, what routes add, tags, members of groups."""
    network = network_of(site, subnet.virtual_network)
    routes = next((t.routes for t in site.route_tables if t.name == subnet.route_table), ())
    space = [(r.first, r.last) for r in network.address_space] + [(WIRE_SERVER, WIRE_SERVER)]
    for peering in network.peerings:
        if peering.allows_virtual_network_access:
            space += [(r.first, r.last) for r in network_of(site, peering.remote_virtual_network).address_space]
    if any(route.next_hop is NextHop.VIRTUAL_APPLIANCE for route in routes):
        space = [(0, 2**32 - 1)]  # a default route to an appliance makes the tag everything
    known: dict[str, dict[int, Spans]] = {
        "virtualnetwork": {4: space},
        "internet": {4: internet.KNOWN},
        "azureloadbalancer": spans_of(["168.63.129.16/32"]),
        **members(site),
    }
    doubtful: dict[str, dict[int, Spans]] = {
        "internet": {4: internet.POSSIBLE},
        "virtualnetwork": {4: [(r.prefix.first, r.prefix.last) for r in routes if isinstance(r.prefix, AddressRange)]},
    }
    for name, entry in site.tags.entries.items() if site.tags else ():
        is_for_rules = entry.network_features is not None
        known[name] = spans_of(list(entry.prefixes)) if is_for_rules else {}
        doubtful[name] = {} if is_for_rules else spans_of(list(entry.prefixes))
    return End(known=known, doubtful=doubtful, is_classic=site.deployment_model is DeploymentModel.CLASSIC)


def members(site: Site) -> dict[str, dict[int, Spans]]:
    """Return the addresses of each application security group that has a member."""
    found: dict[str, dict[int, Spans]] = {}
    for nic in (vm.interfaces[0] for vm in site.virtual_machines):
        for name in nic.application_security_groups:
            spans = found.setdefault(name.casefold(), {}).setdefault(4, [])
            spans += [(r.first, r.last) for r in nic.addresses]
    return found
