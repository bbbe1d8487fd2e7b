"""Random route tables and whole networks of full size, each drawn from one seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from netcheck.model.address import AddressRange, ServiceTag
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import (
    DeploymentModel,
    HostFirewall,
    NetworkInterface,
    NetworkSecurityGroup,
    NoHostFirewall,
    Peering,
    ProxyServer,
    PublicIp,
    RouteTable,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.model.tags import TagTable
from tests.property.smt_lists import draw_prefix, draw_rules, draw_windows_firewall
from tests.property.strategies import HERE, number, prefix_around, tag, text_of

HOPS = (NextHop.INTERNET, NextHop.NONE, NextHop.VIRTUAL_APPLIANCE, NextHop.VIRTUAL_NETWORK_GATEWAY, NextHop.VNET_LOCAL)
ROUTE_TAGS = ("Storage", "Storage.WestUS", "AzureCloud", "AzureCloud.westus", "Sql", "Contoso")

PLACES = {"a": ("v", "10.0.0.4"), "b": ("v", "10.0.0.132"), "hub": ("w", "172.16.1.4")}
"""The subnets of whole sites: the network of each, and the address of the VM in it."""
APPLIANCES = ("10.0.0.132", "172.16.1.4", "10.0.0.132", "172.16.1.4", "10.0.0.4", "10.0.0.6", "192.0.2.9", "")
"""Next hops in whole sites: mostly the VMs, then an address that nobody holds, one out of reach, none that is known."""


def draw_routes(random: Random, count: int) -> tuple[Route, ...]:
    """Draw user-defined routes of both families; no two of a table have one prefix, as Azure has it."""
    found: dict[AddressRange | ServiceTag, Route] = {}
    for place in range(count):
        prefix: AddressRange | ServiceTag = draw_prefix(random, random.choice((4, 4, 6)))
        if random.random() < 0.15:
            prefix = ServiceTag(random.choice(ROUTE_TAGS))
        next_hop = random.choice(HOPS)
        appliance = random.choice(("10.0.0.6", "10.0.0.7", "10.0.0.7", "192.0.2.9", ""))
        found[prefix] = draw_route(random, f"route-{place}", prefix, next_hop, appliance)
    return tuple(found.values())


def draw_route(
    random: Random, name: str, prefix: AddressRange | ServiceTag, next_hop: NextHop, appliance: str
) -> Route:
    """Draw a route; something of it may not be read. The address of an appliance is empty where no file has it."""
    is_to_appliance = next_hop is NextHop.VIRTUAL_APPLIANCE and appliance != ""
    is_read = isinstance(prefix, ServiceTag) or random.random() < 0.9
    return Route(
        name=name,
        prefix=prefix,
        next_hop=next_hop,
        next_hop_address=prefix_around(number(appliance), 4, 32) if is_to_appliance else None,
        at=HERE,
        unknown="" if is_read else "a field that nobody reads",
    )


def draw_tag_table(random: Random) -> TagTable:
    """Draw what some of the tags that routes may name hold, in both families; `Contoso` is never there."""
    names = [name for name in ROUTE_TAGS[:-1] if random.random() < 0.6]
    texts = {name: [text_of(draw_prefix(random, f)) for f in (4, 4, 6)] for name in names}
    entries = {name.casefold(): tag(name, tuple(texts[name]), ("API", "NSG")) for name in names}
    return TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=entries)


def draw_routed_site(random: Random) -> Site:
    """Draw a virtual network `v` with one subnet `s` and its routes: user-defined, learned, of peers and services."""
    space = (prefix_around(number("10.0.0.0"), 4, random.choice((24, 24, 8))), prefix_around(number("fd00::"), 6, 64))
    subnet = Subnet(
        name="s",
        virtual_network="v",
        prefixes=(prefix_around(number("10.0.0.0"), 4, 24), space[1]),
        at=HERE,
        route_table="table",
        service_endpoints=tuple(s for s in ("Microsoft.Storage", "Microsoft.Sql") if random.random() < 0.3),
        service_endpoint_policies=random.choice(((), (), ("policy",))),
    )
    is_peered, has_gateway = random.random() < 0.4, random.random() < 0.4
    borrows = not has_gateway and random.random() < 0.5  # Azure refuses both
    link = Peering(name="to-peer", remote_virtual_network="peer", at=HERE, uses_remote_gateways=borrows)
    network = VirtualNetwork(
        name="v",
        address_space=space,
        subnets=(subnet,),
        at=HERE,
        peerings=(link,) if is_peered else (),
        has_gateway=has_gateway,
        gateway_prefixes=draw_learned(random) if has_gateway else None,
        states_peerings=random.random() < 0.5,
    )
    table = RouteTable(
        name="table",
        routes=draw_routes(random, random.randint(5, 30)),
        at=HERE,
        disables_gateway_routes=random.random() < 0.2,
    )
    return Site(
        file="drawn.yaml",
        virtual_networks=(network, draw_peer(random)) if is_peered else (network,),
        route_tables=(table,),
        tags=draw_tag_table(random),
    )


def draw_learned(random: Random) -> tuple[AddressRange, ...] | None:
    """Draw what a gateway learned; None where no file says."""
    prefixes = tuple(draw_prefix(random, random.choice((4, 4, 6))) for _ in range(random.randrange(6)))
    return random.choice((prefixes, prefixes, None))


def draw_peer(random: Random) -> VirtualNetwork:
    """Draw a network that peers with `v`, and may have a gateway and lend it."""
    has_gateway = random.random() < 0.5
    transit = random.random() < 0.6
    return VirtualNetwork(
        name="peer",
        address_space=(prefix_around(number("172.16.0.0"), 4, 16), prefix_around(number("fd00:1::"), 6, 64)),
        subnets=(),
        at=HERE,
        peerings=(Peering(name="to-v", remote_virtual_network="v", at=HERE, allows_gateway_transit=transit),),
        has_gateway=has_gateway,
        gateway_prefixes=draw_learned(random) if has_gateway else None,
    )


def draw_path_site(random: Random) -> Site:
    """Draw subnets `a` and `b` of one network, mostly `hub` of a peer too, with a VM each: `vm-a`, `vm-b`, `vm-hub`.

    On every level there is a group, a firewall, routes or none; routes lead to the other VMs, among other places.
    """
    is_peered = random.random() < 0.7
    subnets = tuple(draw_path_subnet(random, *PLACES[name]) for name in ("a", "b", *(("hub",) if is_peered else ())))
    machines = tuple(draw_machine(random, f"vm-{one.name}", one, PLACES[one.name][1]) for one in subnets)
    groups = {*(one.network_security_group for one in subnets), *(vm.primary.network_security_group for vm in machines)}
    tables = {one.route_table for one in subnets} - {""}
    near, far = (tuple(one for one in subnets if one.virtual_network == name) for name in ("v", "w"))
    networks = [draw_path_network(random, "v", (prefix_around(number("10.0.0.0"), 4, random.choice((24, 16))),), near)]
    if is_peered:
        networks.append(draw_path_network(random, "w", (prefix_around(number("172.16.1.0"), 4, 24),), far))
        networks = [replace(one, peerings=(draw_peering(random, one.name),)) for one in networks]
    return Site(
        file="drawn.yaml",
        deployment_model=random.choice(tuple(DeploymentModel)),
        virtual_networks=tuple(networks),
        network_security_groups=tuple(
            NetworkSecurityGroup(name=name, rules=draw_rules(random, 4, random.randint(3, 12)), at=HERE)
            for name in sorted(groups - {""})
        ),
        route_tables=tuple(RouteTable(name=name, routes=draw_plain_routes(random), at=HERE) for name in sorted(tables)),
        virtual_machines=machines,
        tags=draw_tag_table(random),
    )


def draw_path_subnet(random: Random, network: str, address: str) -> Subnet:
    """Draw the subnet around the address of a VM."""
    [name] = (name for name, place in PLACES.items() if place == (network, address))
    return Subnet(
        name=name,
        virtual_network=network,
        prefixes=(prefix_around(number(address), 4, 25),),
        at=HERE,
        network_security_group=random.choice((f"nsg-{name}", f"nsg-{name}", f"nsg-{name}", "")),
        route_table=random.choice((f"table-{name}", "")) if name == "a" else random.choice((f"table-{name}", "", "")),
        nat_gateway=random.choice(("", "", "nat")),
        default_outbound_access=random.choice((True, True, False, None)),
    )


def draw_path_network(
    random: Random, name: str, space: tuple[AddressRange, ...], subnets: tuple[Subnet, ...]
) -> VirtualNetwork:
    """Draw a network of which the site may show all peerings."""
    return VirtualNetwork(
        name=name, address_space=space, subnets=subnets, at=HERE, states_peerings=random.random() < 0.5
    )


def draw_peering(random: Random, network: str) -> Peering:
    """Draw the peering of `v` with `w` or that of `w` with `v`."""
    other = "w" if network == "v" else "v"
    return Peering(
        name=f"to-{other}",
        remote_virtual_network=other,
        at=HERE,
        allows_virtual_network_access=random.random() < 0.8,
        allows_forwarded_traffic=random.random() < 0.6,
    )


def draw_plain_routes(random: Random) -> tuple[Route, ...]:
    """Draw IPv4 routes by prefix: some anywhere, some for all addresses or those of the VMs, to other VMs."""
    routes = [
        route
        for route in draw_routes(random, random.randint(0, 5))
        if isinstance(route.prefix, AddressRange) and route.prefix.family == 4
    ]
    found = {route.prefix: route for route in routes}
    for place in range(random.randrange(4)):
        text = random.choice(("0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/25", "10.0.0.128/25", "172.16.1.0/24", "20.0.0.0/6"))
        address, length = text.split("/")
        prefix = prefix_around(number(address), 4, int(length))
        next_hop = random.choice((NextHop.VIRTUAL_APPLIANCE,) * 5 + HOPS)
        found[prefix] = draw_route(random, f"onward-{place}", prefix, next_hop, random.choice(APPLIANCES))
    return tuple(found.values())


def draw_machine(random: Random, name: str, subnet: Subnet, address: str) -> VirtualMachine:
    """Draw a VM with one NIC; it may run a proxy, have a public address, and a host firewall."""
    nic = NetworkInterface(
        name=f"{name}-nic",
        subnet=subnet.full_name,
        addresses=(prefix_around(number(address), 4, 32),),
        at=HERE,
        network_security_group=random.choice((f"nsg-{name}", f"nsg-{name}", f"nsg-{name}", "")),
        has_ip_forwarding=random.random() < 0.7,
        public_ips=random.choice(
            ((), (), (PublicIp(4, prefix_around(number("203.0.113.10"), 4, 32)),), (PublicIp(4),))
        ),
        application_security_groups=("asg-app",) if name == "vm-a" else (),
    )
    firewalls: tuple[HostFirewall | None, ...] = (None, NoHostFirewall(at=HERE), draw_windows_firewall(random, 4))
    return VirtualMachine(
        name=name,
        os_type="Windows",
        interfaces=(nic,),
        at=HERE,
        host_firewall=random.choice(firewalls),
        proxy_server=ProxyServer(port=8080, at=HERE) if random.random() < 0.3 else None,
    )
