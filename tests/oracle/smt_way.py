"""The way of packets from a VM as bit-vector formulas: every hop, and for which headers and facts packets come to it.

Follows the same documentation as the reference walker: groups out and in, the routes of each subnet, appliances that
must forward, peerings that must allow what is forwarded. A VM has one NIC here.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple, TypeAlias

import z3

from netcheck.model.address import AddressRange
from netcheck.model.ports import TCP
from netcheck.model.rules import Access, Direction, NextHop, Route
from netcheck.model.site import (
    DeploymentModel,
    NetworkInterface,
    NoHostFirewall,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from tests.oracle import internet
from tests.oracle.reference import WIRE_SERVER, End, Ruling
from tests.oracle.smt import NOT_SUBJECT, Facts, Formula, Header, Outcomes, encode_nsg, is_ported, one_of
from tests.oracle.smt_host import Machine, encode_windows_firewall
from tests.oracle.smt_routes import Table, encode_routes
from tests.oracle.views import published

Spans: TypeAlias = list[tuple[int, int]]
Name: TypeAlias = tuple[str, str, str]
"""What tells a hop from the others of its path: its kind, its direction, the subnet or resource."""

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
ALWAYS, NEVER = z3.BoolVal(True), z3.BoolVal(False)


class Stage(NamedTuple):
    """One hop: its name, the headers and facts for which packets come to it, and what it does with them."""

    name: Name
    comes: Formula
    outcomes: Outcomes


def encode_path(site: Site, vm: VirtualMachine, header: Header, facts: Facts) -> list[Stage]:
    """Return the hops from a VM to anywhere: out through its own levels, and on to where its routes lead."""
    way = Way(site, header, facts)
    way.host(vm, OUT, ALWAYS)
    way.leaves(vm, ALWAYS, (vm.name,))
    return way.stages


class Way:
    """The stages met by the packets of one header, told one after the other.

    `comes` is always that packets come here, whatever hops before say: what one drops is shown to those behind it (what
    a route drops to those in its own network), so that all who drop it are found. `seen` are the VMs packets have
    left, so that every way has an end.
    """

    def __init__(self, site: Site, header: Header, facts: Facts) -> None:
        self.site, self.header, self.facts = site, header, facts
        self.stages: list[Stage] = []

    def leaves(self, vm: VirtualMachine, comes: Formula, seen: tuple[str, ...]) -> None:
        """Tell the groups on the way out, and follow each next hop."""
        subnet = subnet_of(self.site, vm.interfaces[0])
        network = network_of(self.site, subnet.virtual_network)
        self.group(vm.interfaces[0].network_security_group, "nic-nsg", OUT, subnet, comes)
        self.group(subnet.network_security_group, "subnet-nsg", OUT, subnet, comes)
        routed = encode_routes(table_at(self.site, subnet), self.header, self.facts)
        self.stages.append(Stage(("route", str(OUT), subnet.full_name), comes, routed.outcomes))
        self.goes_out(vm, subnet, z3.And(comes, routed.leaves))
        self.goes_inside(network, z3.And(comes, routed.inside))
        self.goes_down(network, z3.And(comes, routed.dropped))
        for address, takes in routed.appliances.items():
            self.goes_by(network, int(ip_address(address)), z3.And(comes, takes), seen)

    def goes_out(self, vm: VirtualMachine, subnet: Subnet, comes: Formula) -> None:
        """Tell the egress of a VM, and that public addresses of the site's own NICs are not followed."""
        carries = carries_out(self.site, vm, subnet, self.header, self.facts)
        self.settles(("egress", str(OUT), subnet.full_name), comes, carries)
        public = [one.address for vm in self.site.virtual_machines for one in vm.interfaces[0].public_ips]
        comes = z3.And(comes, is_to(self.header, [address for address in public if address]))
        self.is_open(("unmodelled", "", "public IP address"), comes)

    def goes_inside(self, network: VirtualNetwork, comes: Formula) -> None:
        """Tell what stands before each address of a network and of those that it peers with."""
        self.goes_down(network, comes)
        for peer in peers_of(self.site, network):
            there = z3.And(comes, is_to(self.header, peer.address_space))
            self.crosses(network, peer, there)
            self.goes_down(peer, there)

    def goes_down(self, network: VirtualNetwork, comes: Formula) -> None:
        """Tell the groups and host firewalls before each address of a network; one in no subnet is nobody's."""
        subnets = [prefix for subnet in network.subnets for prefix in subnet.prefixes]
        is_free = z3.And(is_to(self.header, network.address_space), z3.Not(is_to(self.header, subnets)))
        self.is_open(("unmodelled", "", "address without subnet"), z3.And(comes, is_free))
        for subnet in network.subnets:
            there = z3.And(comes, is_to(self.header, subnet.prefixes))
            self.group(subnet.network_security_group, "subnet-nsg", IN, subnet, there)
            for vm in (vm for vm in self.site.virtual_machines if vm.interfaces[0].subnet == subnet.full_name):
                here = z3.And(comes, is_to(self.header, vm.interfaces[0].addresses))
                self.group(vm.interfaces[0].network_security_group, "nic-nsg", IN, subnet, here)
                self.host(vm, IN, here)

    def goes_by(self, network: VirtualNetwork, address: int, comes: Formula, seen: tuple[str, ...]) -> None:
        """Tell what an appliance does: the VM that holds the next hop's address, or one that nobody knows.

        What is for that address itself has arrived, whoever holds it.
        """
        reach = (network, *peers_of(self.site, network))
        vm = holder_of(self.site, reach, address)
        if vm is None:
            arrives = z3.And(comes, self.header.destination == address)
            self.goes_inside(network, arrives)
            is_near = is_to(self.header, [space for one in reach for space in one.address_space])
            self.is_open(("unmodelled", "", "address within reach"), z3.And(arrives, z3.Not(is_near)))
            forwarded = z3.And(comes, self.header.destination != address)
            self.is_open(("appliance", "", str(ip_address(address))), forwarded)
            return
        subnet = subnet_of(self.site, vm.interfaces[0])
        self.crosses(network, network_of(self.site, subnet.virtual_network), comes)
        is_its_own = is_to(self.header, vm.interfaces[0].addresses)
        self.comes_to(vm, subnet, z3.And(comes, is_its_own))
        self.host(vm, IN, z3.And(comes, is_its_own))
        self.is_forwarded(vm, subnet, z3.And(comes, z3.Not(is_its_own)), seen)

    def is_forwarded(self, vm: VirtualMachine, subnet: Subnet, comes: Formula, seen: tuple[str, ...]) -> None:
        """Tell what a VM does with packets for others; one that has had them before turns them in a circle."""
        nic = vm.interfaces[0]
        if vm.name in seen:
            self.settles(("appliance", "", nic.name), comes, NEVER)
            return
        self.comes_to(vm, subnet, comes)
        self.settles(("appliance", "", nic.name), comes, z3.BoolVal(nic.has_ip_forwarding))
        if vm.host_firewall is not None and not isinstance(vm.host_firewall, NoHostFirewall):
            self.is_open(("appliance", "", vm.name), comes)
        self.leaves(vm, comes, (*seen, vm.name))

    def comes_to(self, vm: VirtualMachine, subnet: Subnet, comes: Formula) -> None:
        """Tell the groups before a VM."""
        self.group(subnet.network_security_group, "subnet-nsg", IN, subnet, comes)
        self.group(vm.interfaces[0].network_security_group, "nic-nsg", IN, subnet, comes)

    def crosses(self, network: VirtualNetwork, peer: VirtualNetwork, comes: Formula) -> None:
        """Tell the receiving side of a peering: what the sending network only forwards needs its leave."""
        if peer is network:
            return
        [back] = (one for one in peer.peerings if one.remote_virtual_network == network.name)
        is_own = one_of(self.header.source, [(r.first, r.last) for r in network.address_space])
        passes_on = z3.Or(is_own, z3.BoolVal(back.allows_forwarded_traffic))
        self.settles(("peering", "", back.name), comes, passes_on)

    def group(self, name: str, kind: str, direction: Direction, subnet: Subnet, comes: Formula) -> None:
        """Tell a group as it is applied in a subnet; a level without group lets everything pass."""
        for group in (nsg for nsg in self.site.network_security_groups if nsg.name == name):
            outcomes = encode_nsg(group, direction, self.header, end_at(self.site, subnet), self.facts)
            self.stages.append(Stage((kind, str(direction), subnet.full_name), comes, outcomes))

    def host(self, vm: VirtualMachine, direction: Direction, comes: Formula) -> None:
        """Tell a host firewall; where a proxy VM does not describe its own, its port may be open or not."""
        name = "host-firewall", str(direction), vm.name
        if isinstance(vm.host_firewall, WindowsFirewall):
            machine = Machine(vm.name, vm.host_firewall, subnet_of(self.site, vm.interfaces[0]).prefixes)
            self.stages.append(Stage(name, comes, encode_windows_firewall(machine, direction, self.header, self.facts)))
        elif vm.host_firewall is None and vm.proxy_server is not None and direction is IN:
            is_to_proxy = z3.And(self.header.protocol == TCP, self.header.destination_port == vm.proxy_server.port)
            is_open = self.facts.answer("the proxy port is open on", vm.name)
            self.settles(name, comes, z3.Or(z3.Not(is_to_proxy), is_open))
        elif vm.host_firewall is None:
            self.settles(name, comes, ALWAYS)

    def is_open(self, name: Name, comes: Formula) -> None:
        """Tell that something nobody knows may let packets pass or not."""
        self.settles(name, comes, self.facts.answer(*name, "lets packets pass"))

    def settles(self, name: Name, comes: Formula, goes_on: Formula) -> None:
        """Tell a hop that has no rules, only a condition."""
        self.stages.append(Stage(name, comes, {NOT_SUBJECT: goes_on, Ruling(Access.DENY, ""): z3.Not(goes_on)}))


def subnet_of(site: Site, nic: NetworkInterface) -> Subnet:
    """Return the subnet of a NIC."""
    return next(s for n in site.virtual_networks for s in n.subnets if s.full_name == nic.subnet)


def network_of(site: Site, name: str) -> VirtualNetwork:
    """Return the virtual network of a name."""
    return next(n for n in site.virtual_networks if n.name == name)


def is_to(header: Header, ranges: Iterable[AddressRange]) -> Formula:
    """Return that the destination is in one of some ranges."""
    return one_of(header.destination, [(r.first, r.last) for r in ranges])


def peers_of(site: Site, network: VirtualNetwork) -> list[VirtualNetwork]:
    """Return the networks that a network peers with; drawn peerings are up on both sides."""
    return [network_of(site, peering.remote_virtual_network) for peering in network.peerings]


def holder_of(site: Site, networks: Iterable[VirtualNetwork], address: int) -> VirtualMachine | None:
    """Return the VM in some networks that holds an address."""
    subnets = {subnet.full_name for network in networks for subnet in network.subnets}
    for vm in site.virtual_machines:
        nic = vm.interfaces[0]
        if nic.subnet in subnets and any(one.first == address for one in nic.addresses):
            return vm
    return None


def carries_out(site: Site, vm: VirtualMachine, subnet: Subnet, header: Header, facts: Facts) -> Formula:
    """Return that a VM's packets leave for the Internet: NAT gateway, public address, default outbound access."""
    if subnet.nat_gateway:
        return is_ported(header)
    if vm.interfaces[0].public_ips:
        return ALWAYS
    if subnet.default_outbound_access is False:
        return NEVER
    if subnet.default_outbound_access or site.deployment_model is DeploymentModel.CLASSIC:
        return ALWAYS
    return facts.answer("default outbound access of", subnet.full_name)


def table_at(site: Site, subnet: Subnet) -> Table:
    """Return what the routes of a subnet are made of."""
    network = network_of(site, subnet.virtual_network)
    peers = peers_of(site, network)
    space = [*network.address_space, *(prefix for peer in peers for prefix in peer.address_space)]
    return Table(
        name=subnet.route_table,
        space=network.address_space,
        routes=routes_of(site, subnet),
        peers=tuple(
            (link.name, one) for link, peer in zip(network.peerings, peers, strict=True) for one in peer.address_space
        ),
        reach=tuple(space) if network.states_peerings else None,
    )


def routes_of(site: Site, subnet: Subnet) -> tuple[Route, ...]:
    """Return the user-defined routes of a subnet."""
    return next((table.routes for table in site.route_tables if table.name == subnet.route_table), ())


def end_at(site: Site, subnet: Subnet) -> End:
    """Return what names mean in a subnet: own and peered space, what routes add, tags, members of groups."""
    network = network_of(site, subnet.virtual_network)
    routes = [route for route in routes_of(site, subnet) if isinstance(route.prefix, AddressRange)]
    space = [(r.first, r.last) for r in network.address_space] + [(WIRE_SERVER, WIRE_SERVER)]
    for peering in network.peerings:
        if peering.allows_virtual_network_access:
            space += [(r.first, r.last) for r in network_of(site, peering.remote_virtual_network).address_space]
    routed = [route for route in routes if route.next_hop is NextHop.VIRTUAL_APPLIANCE and not route.unknown]
    space += prefixes_of(routed)  # Azure's recorded expansions of the tag have what is routed to an appliance
    known: dict[str, dict[int, Spans]] = {
        "virtualnetwork": {4: space},
        "internet": {4: internet.KNOWN},
        "azureloadbalancer": {4: [(WIRE_SERVER, WIRE_SERVER)]},
        **members(site),
    }
    doubtful: dict[str, dict[int, Spans]] = {
        "internet": {4: internet.POSSIBLE},
        "virtualnetwork": {4: prefixes_of(routes)},
    }
    for name, entry in site.tags.entries.items() if site.tags else ():
        is_for_rules = entry.network_features is not None
        known[name], doubtful[name] = (published(entry), {}) if is_for_rules else ({}, published(entry))
    return End(
        known=known,
        doubtful=doubtful,
        scopes={"virtualnetwork": subnet.full_name, "internet": subnet.virtual_network},
        is_classic=site.deployment_model is DeploymentModel.CLASSIC,
    )


def prefixes_of(routes: Iterable[Route]) -> Spans:
    """Return the IPv4 prefixes of routes as (first, last) pairs."""
    prefixes = [route.prefix for route in routes if isinstance(route.prefix, AddressRange)]
    return [(prefix.first, prefix.last) for prefix in prefixes if prefix.family == 4]


def members(site: Site) -> dict[str, dict[int, Spans]]:
    """Return the addresses of each application security group that has a member."""
    found: dict[str, dict[int, Spans]] = {}
    for nic in (vm.interfaces[0] for vm in site.virtual_machines):
        for name in nic.application_security_groups:
            spans = found.setdefault(name.casefold(), {}).setdefault(4, [])
            spans += [(r.first, r.last) for r in nic.addresses]
    return found
