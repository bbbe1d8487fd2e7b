"""Small estates drawn from a seed in which most pairs are plain: NSGs, groups, peerings and simple routes, many VMs.

What waits for facts is drawn often: names nobody knows, tags without a file, peerings that one side states, rules that
could not be read whole. Several VMs stand in one class, and some are told apart by one rule only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from netcheck.model.address import (
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    ServiceTag,
    Unresolved,
    parse_address,
    parse_prefix,
)
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.network import NetworkInterface, Peering, RouteTable, Subnet, VirtualMachine, VirtualNetwork
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, ICMP, TCP, UDP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NextHop, NsgRule, Route
from netcheck.model.site import NetworkSecurityGroup, Site, Unmodelled
from tests.property.strategies import HERE
from tests.property.walk_rules import draw_firewall

SPACES = ("10.1", "10.2", "172.20", "51.4")
NSGS = 3
PORTS = ((443, 443), (22, 22), (80, 443), (1000, 2000), (0, 65535), (0, 65535))


def draw_estate(random: Random) -> Site:
    """Return a small site; the same state of `random` gives the same one."""
    count = random.choice((1, 2, 3, 4))
    groups = tuple(_nsg(random, f"nsg-{n}", count) for n in range(NSGS))
    networks = tuple(_network(random, n, count) for n in range(count))
    subnets = [(n, subnet) for n, network in enumerate(networks) for subnet in network.subnets]
    machines = [_machine(random, number, *random.choice(subnets)) for number in range(random.choice((4, 8, 12)))]
    unmodelled = (Unmodelled(random.choice(("firewallPolicies", "effectiveRoutes")), HERE),)
    return Site(
        file="estate.yaml",
        virtual_networks=networks,
        network_security_groups=groups,
        route_tables=tuple(_table(random, n) for n in range(2)),
        virtual_machines=tuple(machines),
        application_security_groups=("asg-0", "asg-2") if random.random() < 0.7 else (),
        unmodelled=unmodelled if random.random() < 0.1 else (),
    )


def draw_relayed_estate(random: Random) -> Site:
    """Return an estate in which routes lead through VMs or an Azure Firewall: most of the VMs forward, many are in a
    network that peers with all others."""
    site = draw_estate(random)
    machines = list(site.virtual_machines)
    chosen = random.sample(range(len(machines)), random.choice((1, 1, 2)))
    for number in chosen:
        [nic] = machines[number].interfaces
        machines[number] = replace(
            machines[number], interfaces=(replace(nic, has_ip_forwarding=random.random() < 0.9),)
        )
    hops = [machines[number].interfaces[0].addresses[0] for number in chosen]
    firewalls: tuple[AzureFirewall, ...] = ()
    if random.random() < 0.5:
        subnet = random.choice([one for network in site.virtual_networks for one in network.subnets])
        places = [machine.interfaces[0].addresses[0] for machine in machines]
        firewalls = (draw_firewall(random, subnet.full_name, _place(subnet, 200), places),)
        hops = [*hops, parse_address(_place(subnet, 200)), parse_address(_place(subnet, 200))]
    return replace(
        site,
        azure_firewalls=firewalls,
        virtual_machines=tuple(machines),
        virtual_networks=tuple(_peering_with_all(random, one, site.virtual_networks) for one in site.virtual_networks),
        route_tables=tuple(_through(random, table, hops) for table in site.route_tables),
    )


def _place(subnet: Subnet, number: int) -> str:
    return f"{str(subnet.prefixes[0]).rpartition('.')[0]}.{number}"


def _peering_with_all(random: Random, network: VirtualNetwork, others: Sequence[VirtualNetwork]) -> VirtualNetwork:
    numbers = [n for n, other in enumerate(others) if other is not network]
    peerings = [replace(_peering(random, n), allows_forwarded_traffic=random.random() < 0.6) for n in numbers]
    whole = [replace(one, remote_address_space=(), is_connected=True) for one in peerings]
    subnets = [replace(one, route_table=one.route_table or f"table-{random.randrange(2)}") for one in network.subnets]
    is_whole = random.random() < 0.7
    return replace(
        network,
        subnets=tuple(random.choice(pair) for pair in zip(network.subnets, subnets, strict=True)),
        peerings=tuple(whole) if is_whole else network.peerings,
    )


def _through(random: Random, table: RouteTable, hops: Sequence[AddressRange]) -> RouteTable:
    texts = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.2.1.0/24", "172.20.0.0/16", "51.4.0.0/16")
    first = [
        Route(
            name=f"via{n}",
            prefix=parse_prefix(random.choice(texts))[0],
            next_hop=NextHop.VIRTUAL_APPLIANCE,
            next_hop_address=random.choice(hops) if random.random() < 0.9 else parse_address("10.1.0.200"),
            at=HERE,
        )
        for n in range(random.choice((1, 2)))
    ]
    return replace(table, routes=(*first, *table.routes))


def _network(random: Random, number: int, count: int) -> VirtualNetwork:
    space = SPACES[number]
    peers = [n for n in range(count) if n != number and random.random() < 0.7]
    return VirtualNetwork(
        name=f"net-{number}",
        address_space=(parse_prefix(f"{space}.0.0/16")[0],),
        subnets=tuple(
            Subnet(
                name=name,
                virtual_network=f"net-{number}",
                prefixes=(parse_prefix(f"{space}.{place}.0/24")[0],),
                at=HERE,
                network_security_group=f"nsg-{random.randrange(NSGS)}" if random.random() < 0.8 else "",
                route_table=f"table-{random.randrange(2)}" if random.random() < 0.4 else "",
            )
            for place, name in enumerate(("a", "b"))
        ),
        at=HERE,
        peerings=tuple(_peering(random, n) for n in peers),
        states_peerings=random.random() < 0.5,
    )


def _peering(random: Random, number: int) -> Peering:
    whole = (parse_prefix(f"{SPACES[number]}.0.0/16")[0],)
    half = (parse_prefix(f"{SPACES[number]}.0.0/24")[0],)
    return Peering(
        name=f"to-{number}",
        remote_virtual_network=f"net-{number}",
        at=HERE,
        remote_address_space=random.choice(((), (), whole, half)),
        is_connected=random.random() < 0.9,
        allows_virtual_network_access=random.random() < 0.85,
    )


def _table(random: Random, number: int) -> RouteTable:
    def route(name: str) -> Route:
        texts = ("10.0.0.0/8", "10.1.1.0/24", "10.2.0.0/16", "172.20.0.0/16", "51.4.0.0/17", "0.0.0.0/0", "10.1.0.6/32")
        hops = (NextHop.NONE, NextHop.INTERNET, NextHop.VNET_LOCAL, NextHop.VIRTUAL_NETWORK_GATEWAY)
        return Route(
            name=name,
            prefix=parse_prefix(random.choice(texts))[0] if random.random() < 0.9 else Unresolved("{p}", "a variable"),
            next_hop=random.choice(hops),
            next_hop_address=None,
            at=HERE,
            unknown="its condition" if random.random() < 0.1 else "",
        )

    return RouteTable(name=f"table-{number}", routes=tuple(route(f"r{n}") for n in range(random.randrange(3))), at=HERE)


def _machine(random: Random, number: int, network: int, subnet: Subnet) -> VirtualMachine:
    place = 0 if subnet.name == "a" else 1
    groups = [f"asg-{n}" for n in range(3) if random.random() < 0.3]
    nic = NetworkInterface(
        name=f"nic-{number}",
        subnet=subnet.full_name,
        addresses=(parse_address(f"{SPACES[network]}.{place}.{4 + number}"),),
        at=HERE,
        network_security_group=f"nsg-{random.randrange(NSGS)}" if random.random() < 0.2 else "",
        application_security_groups=tuple(groups),
    )
    return VirtualMachine(name=f"vm-{number}", os_type="Linux", interfaces=(nic,), at=HERE)


def _nsg(random: Random, name: str, count: int) -> NetworkSecurityGroup:
    numbers = random.sample(range(100, 4000), random.randrange(8))
    return NetworkSecurityGroup(name=name, rules=tuple(_rule(random, n, count) for n in sorted(numbers)), at=HERE)


def _rule(random: Random, priority: int, count: int) -> NsgRule:
    protocols = (Protocol((TCP,)), Protocol((TCP,)), Protocol((UDP,)), Protocol((ICMP, 58)), ANY_PROTOCOL)
    first, last = random.choice(PORTS)
    return NsgRule(
        name=f"rule-{priority}",
        priority=priority,
        direction=random.choice(tuple(Direction)),
        access=random.choice(tuple(Access)),
        protocol=random.choice(protocols),
        sources=_ends(random, count),
        source_ports=(PortRange(1024, 65535),) if random.random() < 0.1 else (ALL_PORTS,),
        destinations=_ends(random, count),
        destination_ports=(PortRange(first, last),),
        at=HERE,
        unknown="its condition" if random.random() < 0.08 else "",
    )


def _ends(random: Random, count: int) -> tuple[Endpoint, ...]:
    space = SPACES[random.randrange(count)]
    kind = random.random()
    if kind < 0.25:
        return (AnyAddress(),)
    if kind < 0.45:
        return (ServiceTag("VirtualNetwork"),)
    if kind < 0.5:
        return (ServiceTag(random.choice(("Internet", "Storage", "AzureLoadBalancer"))),)
    if kind < 0.65:
        return (ApplicationSecurityGroup(f"asg-{random.randrange(4)}"),)
    if kind < 0.7:
        return (Unresolved(random.choice(("{one}", "{two}")), "a variable"),)
    if kind < 0.85:
        return (parse_address(f"{space}.{random.randrange(2)}.{4 + random.randrange(12)}"),)
    return (parse_prefix(f"{space}.{random.randrange(2)}.0/24")[0], parse_prefix(f"{space}.0.0/30")[0])
