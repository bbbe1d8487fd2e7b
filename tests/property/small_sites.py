"""Small whole sites for the property tests, and what plain loops say about one flow in them.

One or two virtual networks of eight and four addresses, network security groups on every level, host firewalls, a
proxy, route tables, every kind of egress. `expected_verdict` follows one flow along its path with the reference decider
and lists of its own; it shares nothing with the engine but the values of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from hypothesis import strategies as st

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.names import is_same
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PORTED, TCP, PortRange, Protocol
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
from tests.oracle.reference import WIRE_SERVER, End, Stage, decide_path
from tests.oracle.worlds import World, answer, every_world
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
RESERVED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


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
    return WindowsFirewall(rules=(*drawn, *extra), at=HERE, is_enabled=draw(st.sampled_from((True, True, False))))


ROUTES = (  # one that drops, one that sends private addresses to the Internet, one to an appliance
    Route(name="drop", prefix=prefix("20.60.0.0/32"), next_hop=NextHop.NONE, next_hop_address=None, at=HERE),
    Route(name="pierce", prefix=prefix("10.9.0.0/16"), next_hop=NextHop.INTERNET, next_hop_address=None, at=HERE),
    Route(
        name="firewall",
        prefix=prefix("0.0.0.0/0"),
        next_hop=NextHop.VIRTUAL_APPLIANCE,
        next_hop_address=prefix("10.1.0.6/32"),
        at=HERE,
    ),
)


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
            route_table="table" if name == "a" and has_table else "",
            nat_gateway=draw(st.sampled_from(("", "", "nat"))),
            default_outbound_access=draw(st.sampled_from((True, True, False, None))),
        )

    def machine(name: str, place: str, address: str, *asgs: str, is_proxy: bool = False) -> VirtualMachine:
        public = draw(st.sampled_from(((), (), (PublicIp(4, prefix("203.0.113.10/32")),), (PublicIp(4),))))
        nic = NetworkInterface(
            name=f"{name}-nic",
            subnet=place,
            addresses=(prefix(f"{address}/32"),),
            at=HERE,
            network_security_group=group(f"nsg-{name}"),
            public_ips=public,
            application_security_groups=asgs,
        )
        server = ProxyServer(port=PROXY_PORT, at=HERE) if is_proxy else None
        firewall = draw(host_firewalls())
        return VirtualMachine(
            name=name, os_type="Windows", interfaces=(nic,), at=HERE, host_firewall=firewall, proxy_server=server
        )

    has_table = draw(st.sampled_from((True, False, False)))
    chosen = draw(st.lists(st.sampled_from(ROUTES), max_size=2, unique_by=lambda r: r.name)) if has_table else []
    subnets = (subnet("v1", "a", "10.1.0.0/30"), subnet("v1", "b", "10.1.0.4/30"))
    is_proxy = draw(st.booleans())
    machines = [
        machine("vm-a", "v1/a", "10.1.0.1", "asg-app"),
        machine("vm-b", "v1/b", "10.1.0.5", is_proxy=is_proxy),
    ]
    links = draw(st.sampled_from(("none", "both", "closed"))) if has_second else "none"
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
        route_tables=(RouteTable(name="table", routes=tuple(chosen), at=HERE),) if has_table else (),
        virtual_machines=tuple(machines),
        tags=tag_table(),
    )


def peerings(remote: str, links: str) -> tuple[Peering, ...]:
    """Return the peering with another network: none, open, or with virtual network access switched off."""
    if links == "none":
        return ()
    is_open = links == "both"
    return (
        Peering(name=f"to-{remote}", remote_virtual_network=remote, at=HERE, allows_virtual_network_access=is_open),
    )


def is_in(address: int, *texts: str) -> bool:
    """Return whether an address is in one of some prefixes."""
    return any(ip_address(address) in ip_network(text) for text in texts)


def within(address: int, ranges: tuple[AddressRange, ...]) -> bool:
    """Return whether an address is in one of some ranges."""
    return any(r.first <= address <= r.last for r in ranges)


def network_of(site: Site, address: int) -> VirtualNetwork | None:
    """Return the network whose space holds an address."""
    return next((n for n in site.virtual_networks if within(address, n.address_space)), None)


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
    routed = [r.prefix for r in routes_of(site, subnet) if isinstance(r.prefix, AddressRange)]
    if any(r.next_hop is NextHop.VIRTUAL_APPLIANCE for r in routes_of(site, subnet)):
        space = [(0, 2**32 - 1)]  # a default route to an appliance makes the tag everything
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
        "virtualnetwork": {4: [(r.first, r.last) for r in routed]},
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
    outcomes = set(every_world(lambda world: passes(site, flow, world)))
    return {frozenset({True}): "reachable", frozenset({False}): "blocked"}.get(frozenset(outcomes), "undetermined")


def passes(site: Site, flow: Flow, world: World) -> bool:
    """Return whether a flow gets through in one world. Every hop is asked, so that worlds are complete."""
    source, destination = subnet_of(site, flow.source), subnet_of(site, flow.destination)
    is_routed_inside = True
    hops: list[bool] = []
    if source is not None:
        hops += [host_firewall(site, flow, Direction.OUTBOUND, world)]
        hops += list(route(site, source, flow, world))
        origin, goal = network_of(site, flow.source), network_of(site, flow.destination)
        assert origin is not None
        peers = {p.remote_virtual_network for p in origin.peerings}
        is_routed_inside = goal is not None and (goal.name == origin.name or goal.name in peers)
    else:
        hops += [way_in(site, flow, world)]
    meets = end_of(site, flow.destination) if destination is not None and is_routed_inside else None
    stages: list[Stage] = decide_path(flow, end_of(site, flow.source), meets, world)
    hops += [stage.ruling.access is Access.ALLOW for stage in stages]
    if meets is not None:
        hops += [host_firewall(site, flow, Direction.INBOUND, world)]
    return all(hops)


def way_in(site: Site, flow: Flow, world: World) -> bool:
    """From outside only a NIC with a public address is certain to be met, and by public sources only."""
    vm = machine_of(site, flow.destination)
    is_public = any(first <= flow.source <= last for first, last in internet.POSSIBLE)
    if vm is not None and vm.interfaces[0].public_ips and is_public:
        return True
    return answer(world, "way in", flow.destination)


def route(site: Site, subnet: Subnet, flow: Flow, world: World) -> Iterator[bool]:
    """Yield what the route and, for next hop Internet, the egress say: longest prefix, user-defined first on a tie."""
    network = next(n for n in site.virtual_networks if n.name == subnet.virtual_network)
    lines: list[tuple[AddressRange, int, str]] = [(prefix("0.0.0.0/0"), 1, "Internet")]
    lines += [(prefix(text), 1, "None") for text in RESERVED]
    lines += [(space, 1, "VnetLocal") for space in network.address_space]
    for peering in network.peerings:
        peer = next(n for n in site.virtual_networks if n.name == peering.remote_virtual_network)
        lines += [(space, 1, "VNetPeering") for space in peer.address_space]
    lines += [
        (one.prefix, 0, str(one.next_hop)) for one in routes_of(site, subnet) if isinstance(one.prefix, AddressRange)
    ]
    fitting = [line for line in lines if within(flow.destination, (line[0],))]
    hop = min(fitting, key=lambda line: (line[0].last - line[0].first, line[1]))[2]
    if hop == "None":
        yield False
    elif hop == "VirtualAppliance":
        yield answer(world, "appliance forwards")
    elif hop == "Internet" and not any(first <= flow.destination <= last for first, last in internet.POSSIBLE):
        yield answer(world, "what is sent to the Internet for a private address arrives")
    elif hop == "Internet":
        yield egress(site, subnet, flow, world)


def egress(site: Site, subnet: Subnet, flow: Flow, world: World) -> bool:
    """NAT gateway (TCP and UDP only), public address, default outbound access unless the subnet is private."""
    vm = machine_of(site, flow.source)
    if subnet.nat_gateway:
        return flow.protocol in PORTED
    if vm is not None and vm.interfaces[0].public_ips:
        return True
    if subnet.default_outbound_access is False:
        return False
    if site.deployment_model is DeploymentModel.CLASSIC or subnet.default_outbound_access:
        return True
    return answer(world, "default outbound access", subnet.full_name)


def host_firewall(site: Site, flow: Flow, direction: Direction, world: World) -> bool:
    """Return what the firewall in a VM does: block before allow; by default inbound is blocked, outbound allowed."""
    is_in_ = direction is Direction.INBOUND
    vm = machine_of(site, flow.destination if is_in_ else flow.source)
    if vm is None or isinstance(vm.host_firewall, NoHostFirewall):
        return True
    if vm.host_firewall is None:
        if is_in_ and vm.proxy_server and (flow.protocol, flow.destination_port) == (TCP, vm.proxy_server.port):
            return answer(world, "step B", vm.name)
        return True
    assert isinstance(vm.host_firewall, WindowsFirewall)
    if not vm.host_firewall.is_enabled:
        return True
    local, remote = (flow.destination_port, flow.source_port) if is_in_ else (flow.source_port, flow.destination_port)
    other = flow.source if is_in_ else flow.destination
    actions = {
        rule.action
        for rule in vm.host_firewall.rules
        if rule.is_enabled
        and rule.direction is direction
        and (not rule.protocol.numbers or flow.protocol in rule.protocol.numbers)
        and any(span.first <= local <= span.last for span in rule.local_ports)
        and any(span.first <= remote <= span.last for span in rule.remote_ports)
        and (not rule.remote_addresses or within(other, rule.remote_addresses))
    }
    if HostAction.BLOCK in actions:
        return False
    return HostAction.ALLOW in actions or not is_in_
