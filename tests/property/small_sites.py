"""Small whole sites for the property tests, and what plain loops say about one flow in them.

One or two virtual networks of eight and four addresses, network security groups on every level, host firewalls, a
proxy, route tables, every kind of egress, VMs that forward or not. `expected_verdict` is the reference walker's.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import strategies as st

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.hosts import ProfileSettings, under_all
from netcheck.model.names import is_same
from netcheck.model.network import PublicIpSku
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, HostAction, HostRule, NextHop, NsgRule, Route
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
    WindowsFirewall,
)
from netcheck.model.tags import TagEntry, TagTable
from tests.oracle import internet
from tests.oracle.reference import WIRE_SERVER, End
from tests.oracle.walker import expected
from tests.property.strategies import HERE, Universe, number, rules, spans_of, tag

PROXY_PORT = 8080
UNIVERSE = Universe(
    "small site",
    4,
    tuple(number(a) for a in ("10.1.0.1", "10.1.0.5", "20.60.0.0", "10.2.0.1")),
    ports=(80, 443, PROXY_PORT, 50000),
)
PUBLISHED = {"storage.westus": ["20.60.0.0/31"]}
NOT_FOR_RULES = {"azurebackup.westus": ["20.60.0.2/32"]}


def prefix(text: str) -> AddressRange:
    """Return a prefix, read by the standard library."""
    network = ip_network(text)
    return AddressRange(4, int(network[0]), int(network[-1]))


def tag_table(**more: list[str]) -> TagTable:
    """Return the published tags, with more of them where a test learns one."""
    entries: dict[str, TagEntry] = {
        "storage.westus": tag("Storage.WestUS", tuple(PUBLISHED["storage.westus"]), ("API", "NSG")),
        "azurebackup.westus": tag("AzureBackup.WestUS", tuple(NOT_FOR_RULES["azurebackup.westus"]), None),
    }
    entries |= {name: tag(name.title(), tuple(texts), ("API", "NSG")) for name, texts in more.items()}
    return TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=entries)


@st.composite
def host_firewalls(draw: st.DrawFn) -> HostFirewall | None:
    """Draw no word about a firewall, none at all, or Windows with up to two rules."""
    kind = draw(st.sampled_from(("unsaid", "none", "windows", "windows")))
    if kind == "unsaid":
        return None
    if kind == "none":
        return NoHostFirewall(at=HERE)
    ports = st.sampled_from(((ALL_PORTS,), (PortRange(PROXY_PORT, PROXY_PORT),), (PortRange(80, 443),)))
    places = st.sampled_from(((), (prefix("10.1.0.0/30"),), (prefix("20.60.0.0/31"), prefix("10.2.0.1/32"))))
    drawn = [
        HostRule(
            name=f"host-rule-{position}",
            direction=draw(st.sampled_from(tuple(Direction))),
            action=draw(st.sampled_from((HostAction.ALLOW, HostAction.ALLOW, HostAction.BLOCK))),
            at=HERE,
            protocol=Protocol((TCP,)),
            local_ports=draw(ports),
            remote_ports=draw(ports),
            remote_addresses=draw(places),
            is_enabled=draw(st.sampled_from((True, True, False))),
        )
        for position in range(draw(st.integers(0, 2)))
    ]
    everything = HostRule(
        name="in", direction=Direction.INBOUND, action=HostAction.ALLOW, at=HERE, protocol=ANY_PROTOCOL
    )
    extra = (everything,) if draw(st.booleans()) else ()
    settings = ProfileSettings(is_enabled=draw(st.sampled_from((True, True, False))))
    return WindowsFirewall(rules=(*drawn, *extra), at=HERE, settings=under_all(settings))


VMS, NOBODY = ("10.1.0.5", "10.2.0.1"), "10.1.0.6"
"""The VMs that may be next hops, and an address that nobody holds."""


@st.composite
def route_tables(draw: st.DrawFn, name: str) -> RouteTable:
    """Draw a table: a route that drops, ones that send private addresses to the Internet or keep them, appliances."""
    lines = (
        ("drop", "20.60.0.0/32", NextHop.NONE),
        ("pierce", "10.9.0.0/16", NextHop.INTERNET),
        ("keep", "10.9.0.0/16", NextHop.VNET_LOCAL),
        ("firewall", "0.0.0.0/0", NextHop.VIRTUAL_APPLIANCE),
        ("firewall", "0.0.0.0/0", NextHop.VIRTUAL_APPLIANCE),
        ("steer", "10.1.0.4/30", NextHop.VIRTUAL_APPLIANCE),
    )
    holders = {"firewall": (*VMS, NOBODY), "steer": VMS}
    chosen = draw(st.lists(st.sampled_from(lines), max_size=2, unique_by=lambda line: line[1]))
    routes = [
        Route(
            name=route,
            prefix=prefix(text),
            next_hop=hop,
            next_hop_address=prefix(f"{draw(st.sampled_from(holders[route]))}/32") if route in holders else None,
            at=HERE,
        )
        for route, text, hop in chosen
    ]
    return RouteTable(name=name, routes=tuple(routes), at=HERE)


ENDS: tuple[Endpoint, ...] = (
    AnyAddress(),
    AnyAddress(),
    prefix("10.1.0.0/30"),
    prefix("10.1.0.5/32"),
    prefix("20.60.0.0/31"),
    ServiceTag("Internet"),
    ServiceTag("VirtualNetwork"),
    ServiceTag("Storage.WestUS"),
    ServiceTag("Contoso"),
    ServiceTag("Contoso"),
    ApplicationSecurityGroup("asg-app"),
)


@st.composite
def telling_rules(draw: st.DrawFn) -> tuple[NsgRule, ...]:
    """Draw up to three rules a direction that are likely to match what the questions are about."""
    ports = st.sampled_from((ALL_PORTS, ALL_PORTS, PortRange(443, 443), PortRange(80, 443)))
    one = st.tuples(st.sampled_from(Access), st.sampled_from(ENDS), st.sampled_from(ENDS), ports)
    first = draw(st.sampled_from((101, 1000)))
    return tuple(
        NsgRule(
            name=f"{direction}-{priority}",
            priority=priority,
            direction=direction,
            access=access,
            protocol=ANY_PROTOCOL,
            sources=(source,),
            source_ports=(ALL_PORTS,),
            destinations=(destination,),
            destination_ports=(port,),
            at=HERE,
        )
        for direction in Direction
        for priority, (access, source, destination, port) in enumerate(draw(st.lists(one, max_size=3)), first)
    )


@st.composite
def groups(draw: st.DrawFn, name: str, most: int = 3) -> NetworkSecurityGroup | None:
    """Draw a network security group, or none."""
    kind = draw(st.sampled_from(("none", "any", "telling", "telling")))
    if kind == "none":
        return None
    drawn = draw(rules(UNIVERSE, most=most)) if kind == "any" else draw(telling_rules())
    return NetworkSecurityGroup(name=name, rules=drawn, at=HERE)


@st.composite
def small_sites(draw: st.DrawFn) -> Site:
    """Draw a site of two or three subnets with a VM each; the second one may run a proxy."""
    has_second = draw(st.booleans())
    is_shared = draw(st.sampled_from((True, False, False)))
    found: dict[str, NetworkSecurityGroup] = {}

    def group(name: str) -> str:
        if is_shared and found:
            return draw(st.sampled_from(("", *found)))
        drawn = draw(groups(name))
        if drawn is not None:
            found[name] = drawn
        return name if drawn else ""

    def subnet(network: str, name: str, text: str) -> Subnet:
        return Subnet(
            name=name,
            virtual_network=network,
            prefixes=(prefix(text),),
            at=HERE,
            network_security_group=group(f"nsg-{name}"),
            route_table=f"table-{name}" if f"table-{name}" in tables else "",
            nat_gateway=draw(st.sampled_from(("", "", "nat"))),
            default_outbound_access=draw(st.sampled_from((True, True, False, None))),
        )

    def machine(name: str, place: str, address: str, *asgs: str, is_proxy: bool = False) -> VirtualMachine:
        sku = draw(st.sampled_from((None, PublicIpSku.STANDARD, PublicIpSku.BASIC)))
        public = draw(
            st.sampled_from(((), (), (PublicIp(4, prefix("203.0.113.10/32"), sku),), (PublicIp(4, sku=sku),)))
        )
        nic = NetworkInterface(
            name=f"{name}-nic",
            subnet=place,
            addresses=(prefix(f"{address}/32"),),
            at=HERE,
            network_security_group=group(f"nsg-{name}"),
            public_ips=public,
            application_security_groups=asgs,
            has_ip_forwarding=draw(st.booleans()),
        )
        server = ProxyServer(port=PROXY_PORT, at=HERE) if is_proxy else None
        firewall = draw(host_firewalls())
        return VirtualMachine(
            name=name, os_type="Windows", interfaces=(nic,), at=HERE, host_firewall=firewall, proxy_server=server
        )

    names = draw(st.sampled_from(((), (), (), ("table-a",), ("table-a", "table-b", "table-c"))))
    tables = {name: draw(route_tables(name)) for name in names}
    subnets = (subnet("v1", "a", "10.1.0.0/30"), subnet("v1", "b", "10.1.0.4/30"))
    is_proxy = draw(st.booleans())
    machines = [
        machine("vm-a", "v1/a", "10.1.0.1", "asg-app"),
        machine("vm-b", "v1/b", "10.1.0.5", is_proxy=is_proxy),
    ]
    links = draw(st.sampled_from(("none", "both", "closed", "forwarding"))) if has_second else "none"
    networks = [
        VirtualNetwork(
            name="v1",
            address_space=(prefix("10.1.0.0/29"),),
            subnets=subnets,
            at=HERE,
            peerings=peerings("v2", links),
        )
    ]
    if has_second:
        networks.append(
            VirtualNetwork(
                name="v2",
                address_space=(prefix("10.2.0.0/30"),),
                subnets=(subnet("v2", "c", "10.2.0.0/30"),),
                at=HERE,
                peerings=peerings("v1", links),
            )
        )
        machines.append(machine("vm-c", "v2/c", "10.2.0.1"))
    return Site(
        file="drawn.yaml",
        deployment_model=draw(st.sampled_from(tuple(DeploymentModel))),
        virtual_networks=tuple(networks),
        network_security_groups=tuple(found.values()),
        route_tables=tuple(tables.values()),
        virtual_machines=tuple(machines),
        tags=tag_table(),
    )


def peerings(remote: str, links: str) -> tuple[Peering, ...]:
    """Return the peering with another network: none, open, also for what it forwards, or with access switched off."""
    if links == "none":
        return ()
    return (
        Peering(
            name=f"to-{remote}",
            remote_virtual_network=remote,
            at=HERE,
            allows_virtual_network_access=links != "closed",
            allows_forwarded_traffic=links == "forwarding",
        ),
    )


def is_in(address: int, *texts: str) -> bool:
    """Return whether an address is in one of some prefixes."""
    return any(ip_address(address) in ip_network(text) for text in texts)


def within(address: int, ranges: tuple[AddressRange, ...]) -> bool:
    """Return whether an address is in one of some ranges."""
    return any(r.first <= address <= r.last for r in ranges)


def subnet_of(site: Site, address: int) -> Subnet | None:
    """Return the subnet that holds an address."""
    return next((s for n in site.virtual_networks for s in n.subnets if within(address, s.prefixes)), None)


def machine_of(site: Site, address: int) -> VirtualMachine | None:
    """Return the VM that holds an address; VMs here have one NIC."""
    return next((vm for vm in site.virtual_machines if within(address, vm.interfaces[0].addresses)), None)


def end_of(site: Site, address: int) -> End | None:
    """Return one end of a path as the reference decider wants it; None outside the site."""
    subnet, vm = subnet_of(site, address), machine_of(site, address)
    if subnet is None:
        return None
    network = next(n for n in site.virtual_networks if n.name == subnet.virtual_network)
    space = [(r.first, r.last) for r in network.address_space] + [(WIRE_SERVER, WIRE_SERVER)]
    for peering in network.peerings:
        peer = next(n for n in site.virtual_networks if n.name == peering.remote_virtual_network)
        if peering.allows_virtual_network_access:
            space += [(r.first, r.last) for r in peer.address_space]
    routed = [(r.prefix, r.next_hop) for r in routes_of(site, subnet) if isinstance(r.prefix, AddressRange)]
    space += [(r.first, r.last) for r, hop in routed if hop is NextHop.VIRTUAL_APPLIANCE]
    known: dict[str, dict[int, list[tuple[int, int]]]] = {
        "virtualnetwork": {4: space},
        "internet": {4: internet.KNOWN},
        "azureloadbalancer": spans_of(["168.63.129.16/32"]),
        "asg-app": spans_of(["10.1.0.1/32"]),
        "azurebackup.westus": {4: []},
    }
    table = site.tags
    assert table is not None
    for name in table.entries:
        if name not in NOT_FOR_RULES:
            known[name] = spans_of(list(table.entries[name].prefixes))
    doubtful = {
        "internet": {4: internet.POSSIBLE},
        "virtualnetwork": {4: [(r.first, r.last) for r, _ in routed]},
        "azurebackup.westus": spans_of(NOT_FOR_RULES["azurebackup.westus"]),
    }
    by_name = {nsg.name: nsg for nsg in site.network_security_groups}
    nic_nsg = by_name.get(vm.interfaces[0].network_security_group) if vm else None
    return End(
        known=known,
        doubtful=doubtful,
        nic_nsg=nic_nsg,
        subnet_nsg=by_name.get(subnet.network_security_group),
        is_classic=site.deployment_model is DeploymentModel.CLASSIC,
    )


def routes_of(site: Site, subnet: Subnet) -> tuple[Route, ...]:
    """Return the user-defined routes of a subnet."""
    return next((t.routes for t in site.route_tables if is_same(t.name, subnet.route_table)), ())


def expected_verdict(site: Site, flow: Flow) -> str:
    """Return the verdict about one flow: reachable or blocked where every world agrees, else undetermined."""
    vm = machine_of(site, flow.source)
    return expected(site, flow, vm.interfaces[0] if vm else None)
