"""Small networks drawn from a seed, made so that packets take every kind of way through them.

Up to three virtual networks, the first of them a hub: with an appliance, two of them behind a load balancer, an Azure
Firewall, or nothing; the second may have an appliance as well. Route tables lead through these, around them and into
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from netcheck.model.address import AddressRange, Family, ServiceTag
from netcheck.model.names import key
from netcheck.model.network import (
    EndpointPolicies,
    NetworkInterface,
    Peering,
    PublicIp,
    PublicIpSku,
    RouteTable,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.model.ports import ANY_PROTOCOL, TCP, Protocol
from netcheck.model.rules import NextHop, Route
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer, OutboundRule, PrivateEndpoint
from netcheck.model.site import DeploymentModel, Site
from tests.property.strategies import HERE
from tests.property.walk_computed import draw_computed_groups, draw_computed_routes
from tests.property.walk_rules import (
    draw_admin_rules,
    draw_firewall,
    draw_group,
    draw_host_firewall,
    prefix,
    tag_table,
)

T = TypeVar("T")
CENTERS = ("none", *("nva",) * 3, *("two nics",) * 2, *("balanced",) * 6, *("firewall",) * 4)
OUTSIDE = ("20.60.1.5", "20.60.1.5", "20.60.7.7", "20.150.0.5", "8.8.8.8", "13.96.0.1", "25.33.80.5", "203.0.113.9")
ELSEWHERE = ("10.50.0.5", "10.9.0.9", "192.168.7.7")


@dataclass
class Plan:
    """What is drawn before anything is built: which networks, what stands in the hub, which addresses are in play."""

    random: Random
    networks: int
    center: str
    has_v6: bool
    is_classic: bool
    has_second: bool = False
    spaces: dict[int, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        """Return true so often."""
        return self.random.random() < share

    def pick(self, *values: T) -> T:
        """Return one of some values."""
        return self.random.choice(values)

    def address(self, network: int, subnet: int, host: int, family: int = 4) -> str:
        """Return the address of a host in a subnet."""
        if family == 6:
            return f"fd00:{network}:0:{subnet}::{host:x}"
        return f"{self.spaces[network]}.{subnet}.{host}"

    def places(self) -> list[AddressRange]:
        """Return prefixes around the addresses in play, for rules."""
        found = ["20.60.1.0/24", "20.60.0.0/16", "8.8.8.8/32", "10.0.0.0/8", "10.50.0.0/16"]
        for network in range(1, self.networks + 1):
            found += [f"{self.spaces[network]}.0.0/16", f"{self.spaces[network]}.0.0/24"]
            found += [f"{self.address(network, subnet, 4)}/32" for subnet in (0, 1, 2)]
        return [prefix(text) for text in found] + ([prefix("fd00:1::/48"), prefix("::/0")] if self.has_v6 else [])


def draw_network(random: Random) -> Site:
    """Return a small site; the same state of `random` gives the same one."""
    plan = Plan(
        random, random.choice((1, 2, 2, 3)), random.choice(CENTERS), random.random() < 0.3, random.random() < 0.03
    )
    plan.has_second = plan.networks > 1 and plan.chance(0.6)
    plan.spaces = {1: "10.1", 2: "10.2", 3: plan.pick("10.3", "10.3", "172.16", "51.4")}
    places = plan.places()
    groups = tuple(draw_group(random, f"nsg-{n}", places) for n in range(random.choice((0, 1, 2, 3))))
    plan.groups = [group.name for group in groups]
    networks = tuple(draw_virtual_network(plan, n) for n in range(1, plan.networks + 1))
    networks = tuple(
        replace(one, peerings=peerings) for one, peerings in zip(networks, draw_peerings(plan), strict=True)
    )
    names = [network.name for network in networks]
    machines = tuple(with_computed(plan, vm, networks) for vm in draw_machines(plan))
    firewall = draw_firewall(random, "net-1/AzureFirewallSubnet", plan.address(1, 3, 4), places)
    return Site(
        file="drawn.yaml",
        deployment_model=DeploymentModel.CLASSIC if plan.is_classic else DeploymentModel.RESOURCE_MANAGER,
        virtual_networks=networks,
        network_security_groups=groups,
        route_tables=tuple(draw_table(plan, name) for name in ("table-0", "table-1", "table-2")),
        virtual_machines=machines,
        application_security_groups=("asg-app",),
        private_endpoints=tuple(draw_endpoints(plan)),
        load_balancers=() if plan.is_classic else tuple(draw_balancers(plan)),
        admin_rules=draw_admin_rules(random, places, names) if plan.chance(0.3) else (),
        azure_firewalls=(firewall,) if plan.center == "firewall" else (),
        tags=tag_table(),
    )


def draw_virtual_network(plan: Plan, number: int) -> VirtualNetwork:
    """Return a network without its peerings; the hub may have a gateway, and nobody may know what it learned."""
    space = plan.spaces[number]
    texts = plan.pick((f"{space}.0.0/16",), (f"{space}.0.0/16",), (f"{space}.0.0/22",), (f"{space}.0.0/17",))
    names = ["a", "b"] + (["nva", "AzureFirewallSubnet"] if number == 1 else ["c"] if plan.chance(0.3) else [])
    has_gateway = number == 1 and plan.chance(0.3)
    told = plan.pick(("10.50.0.0/16",), ("10.50.0.0/16", "203.0.113.0/24"), ("10.50.0.0/16", "20.60.1.0/25"), None)
    return VirtualNetwork(
        name=f"net-{number}",
        address_space=tuple(prefix(text) for text in (*texts, *([f"fd00:{number}::/48"] if plan.has_v6 else []))),
        subnets=tuple(draw_subnet(plan, number, position, name) for position, name in enumerate(names)),
        at=HERE,
        has_gateway=has_gateway,
        states_peerings=plan.chance(0.6),
        gateway_prefixes=None if told is None or not has_gateway else tuple(prefix(text) for text in told),
    )


def draw_subnet(plan: Plan, network: int, position: int, name: str) -> Subnet:
    is_firewall = name == "AzureFirewallSubnet"
    v6 = (prefix(f"fd00:{network}:0:{position}::/64"),) if plan.has_v6 else ()
    has_table = plan.chance(0.25 if is_firewall else 0.4 if name == "nva" else 0.85)
    return Subnet(
        name=name,
        virtual_network=f"net-{network}",
        prefixes=(prefix(f"{plan.spaces[network]}.{position}.0/24"), *v6),
        at=HERE,
        network_security_group="" if is_firewall else draw_name(plan, 0.15 if name == "nva" else 0.4),
        route_table=f"table-{plan.random.randrange(3)}" if has_table else "",
        nat_gateway="nat" if plan.chance(0.15) and not is_firewall else "",
        service_endpoints=("Microsoft.Storage",) if plan.chance(0.3) else (),
        service_endpoint_policies=("policy",) if plan.chance(0.2) else (),
        default_outbound_access=None if plan.is_classic else plan.pick(True, True, False, None),
        private_endpoint_policies=plan.pick(*EndpointPolicies),
    )


def draw_name(plan: Plan, share: float) -> str:
    """Return a group's name, or none."""
    return plan.random.choice(plan.groups) if plan.groups and plan.chance(share) else ""


def draw_peerings(plan: Plan) -> list[tuple[Peering, ...]]:
    """Return each network's peerings: all with the hub, the second sometimes with the third."""
    found: dict[int, list[Peering]] = {n: [] for n in range(1, plan.networks + 1)}
    pairs = [(1, n) for n in range(2, plan.networks + 1)] + (
        [(2, 3)] if plan.networks == 3 and plan.chance(0.2) else []
    )
    for one, other in pairs:
        kind = plan.pick("both", "both", "both", "both", "both", "both", "first", "second", "down", "none")
        transit = plan.chance(0.5)
        if kind in ("both", "down", "first"):
            found[one].append(draw_peering(plan, other, lends=transit, is_up=kind != "down"))
        if kind in ("both", "down", "second"):
            found[other].append(draw_peering(plan, one, borrows=transit and one == 1 and kind == "both"))
    if plan.chance(0.1):
        absent = replace(draw_peering(plan, 9), remote_address_space=(prefix("10.9.0.0/16"),))
        plan.random.choice(list(found.values())).append(absent)
    return [tuple(peerings) for peerings in found.values()]


def draw_peering(plan: Plan, to: int, lends: bool = False, borrows: bool = False, is_up: bool = True) -> Peering:
    return Peering(
        name=f"to-{to}",
        remote_virtual_network=f"net-{to}",
        at=HERE,
        is_connected=is_up,
        allows_virtual_network_access=plan.chance(0.85),
        allows_forwarded_traffic=plan.chance(0.65),
        allows_gateway_transit=lends,
        uses_remote_gateways=borrows,
    )


def draw_machines(plan: Plan) -> Iterator[VirtualMachine]:
    """Yield a VM in each of the first two subnets of each network, and the hub's appliances."""
    for network in range(1, plan.networks + 1):
        for position, letter in enumerate("ab"):
            if letter == "a" or plan.chance(0.7):
                nic = draw_nic(plan, f"nic-{network}{letter}", network, position, letter, 4)
                yield draw_machine(plan, f"vm-{network}{letter}", (nic,), 0.15)
    if plan.center in ("nva", "two nics", "balanced"):
        nics = [draw_nic(plan, "nva-nic", 1, 2, "nva", 4, forwards=0.88)]
        if plan.center == "two nics":
            nics.append(draw_nic(plan, "nva-nic-2", 1, plan.pick(0, 1), "", 5, forwards=0.8))
        yield draw_machine(plan, "nva", tuple(nics), 0.05)
    if plan.has_second:
        yield draw_machine(plan, "nva-2", (draw_nic(plan, "nva-2-nic", 2, 1, "b", 6, forwards=0.9),), 0.05)
    if plan.center == "balanced" and plan.chance(0.8):
        yield draw_machine(plan, "nva-b", (draw_nic(plan, "nva-b-nic", 1, 2, "nva", 6, forwards=0.88),), 0.05)


def with_computed(plan: Plan, vm: VirtualMachine, networks: tuple[VirtualNetwork, ...]) -> VirtualMachine:
    """Return a VM for some of whose NICs Azure computed rules or routes."""
    return replace(vm, interfaces=tuple(compute(plan, nic, networks) for nic in vm.interfaces))


def compute(plan: Plan, nic: NetworkInterface, networks: tuple[VirtualNetwork, ...]) -> NetworkInterface:
    own = next(one for one in networks if nic.subnet.startswith(f"{one.name}/"))
    if plan.chance(0.06):
        inside = [space for one in networks for space in one.address_space if one is own or plan.chance(0.7)]
        groups = draw_computed_groups(plan.random, nic.name, plan.places(), inside)
        nic = replace(nic, effective_nsgs=groups)
    if plan.chance(0.06):
        named = {peering.remote_virtual_network for peering in own.peerings}
        peers = [space for one in networks if one.name in named for space in one.address_space]
        appliances = [plan.address(1, 2, 4), plan.address(1, 2, 10), plan.address(1, 3, 4), plan.address(1, 0, 4)]
        routes = draw_computed_routes(plan.random, own.address_space, peers, appliances)
        nic = replace(nic, effective_routes=routes)
    return nic


def draw_machine(plan: Plan, name: str, nics: tuple[NetworkInterface, ...], described: float) -> VirtualMachine:
    firewall = draw_host_firewall(plan.random, described)
    return VirtualMachine(name=name, os_type="Linux", interfaces=nics, at=HERE, host_firewall=firewall)


def draw_nic(
    plan: Plan, name: str, network: int, position: int, subnet: str, host: int, forwards: float = 0.02
) -> NetworkInterface:
    public: tuple[PublicIp, ...] = ()
    if plan.chance(0.2):
        with_public: tuple[Family, ...] = (4, 6) if plan.has_v6 and plan.chance(0.6) else (4,)
        sku = plan.pick(PublicIpSku.STANDARD, PublicIpSku.STANDARD, PublicIpSku.BASIC, None)
        other = sku if plan.chance(0.9) else PublicIpSku.BASIC
        public = tuple(PublicIp(family, sku=sku) for family in with_public)
        public += () if other is sku else (PublicIp(4, sku=other),)
    in_hub = plan.center == "balanced" and network == 1 and name.startswith("nva") and plan.chance(0.9)
    pools = ["ilb/pool"] if in_hub or (network == 1 and plan.chance(0.05)) else []
    pools += ["plb/pool"] if plan.chance(0.15) else []
    families = (4, 6) if plan.has_v6 and plan.chance(0.9) else (4,)
    return NetworkInterface(
        name=name,
        subnet=f"net-{network}/{subnet or 'ab'[position]}",
        addresses=tuple(prefix(plan.address(network, position, host, family)) for family in families),
        at=HERE,
        network_security_group=draw_name(plan, 0.3),
        public_ips=public,
        application_security_groups=("asg-app",) if network == 1 and plan.chance(0.3) else (),
        is_primary=True,
        has_ip_forwarding=plan.chance(forwards),
        backend_pools=tuple(pools),
        has_default_outbound=plan.pick(True, False) if plan.chance(0.08) else None,
    )


def draw_table(plan: Plan, name: str) -> RouteTable:
    """Return up to four routes of different prefixes; most lead to what stands in the hub."""
    texts = ["0.0.0.0/0"] * 5 + ["10.0.0.0/8"] * 3 + ["20.60.0.0/16", "20.60.1.0/24", "8.8.8.0/24"]
    texts += ["Storage", "Storage.WestUS", "AzureCloud", f"{plan.address(1, 1, 20)}/32"]
    for network in range(1, plan.networks + 1):
        texts += [f"{plan.spaces[network]}.0.0/16", f"{plan.spaces[network]}.{plan.pick(0, 1)}.0/24"]
    if plan.has_v6:
        texts += ["::/0", "::/0", "fd00::/16", f"fd00:{plan.networks}::/48"]
    chosen = dict.fromkeys(plan.random.sample(texts, plan.pick(1, 2, 3, 4, 5)))
    routes = tuple(draw_route(plan, f"route-{n}", text) for n, text in enumerate(chosen))
    return RouteTable(name=name, routes=routes, at=HERE, disables_gateway_routes=plan.chance(0.2))


def draw_route(plan: Plan, name: str, text: str) -> Route:
    is_tag = text[0] in "SA"
    hops = [NextHop.VIRTUAL_APPLIANCE] * 12 + [NextHop.NONE, NextHop.VNET_LOCAL, NextHop.VNET_LOCAL]
    hops += [NextHop.INTERNET, NextHop.INTERNET, NextHop.VIRTUAL_NETWORK_GATEWAY]
    hop = NextHop.INTERNET if is_tag and plan.chance(0.4) else plan.random.choice(hops)
    family = 6 if ":" in text else 4
    return Route(
        name=name,
        prefix=ServiceTag(text) if is_tag else prefix(text),
        next_hop=hop,
        next_hop_address=prefix(appliance_address(plan, family)) if hop is NextHop.VIRTUAL_APPLIANCE else None,
        at=HERE,
        unknown="something" if plan.chance(0.02) else "",
    )


def appliance_address(plan: Plan, family: int) -> str:
    """Return where a route to an appliance leads: to what stands in the hub, but not always."""
    if plan.has_second and plan.chance(0.3):
        return plan.address(2, 1, 6, family)
    if plan.chance(0.08):
        return plan.address(1, 0, plan.pick(4, 200), family)
    if family == 6:
        return plan.address(1, 2, 4, 6)
    if plan.center == "balanced":
        return plan.address(1, 2, plan.pick(10, 10, 10, 4))
    if plan.center == "firewall":
        return plan.address(1, 3, 4)
    if plan.center == "two nics" and plan.chance(0.2):
        return plan.address(1, plan.pick(0, 1), 5)
    return plan.address(1, 2, 4)


def draw_endpoints(plan: Plan) -> Iterator[PrivateEndpoint]:
    """Yield a private endpoint in the second subnet of one network, in most sites."""
    if plan.chance(0.7):
        network = plan.random.randrange(1, plan.networks + 1)
        yield PrivateEndpoint(
            name="endpoint",
            subnet=f"net-{network}/b",
            addresses=(prefix(plan.address(network, 1, 20)),),
            at=HERE,
            service="account",
            groups=("blob",),
            is_approved=plan.pick(True, True, None, False),
        )


def draw_balancers(plan: Plan) -> Iterator[LoadBalancer]:
    """Yield the private load balancer, in front of the appliances or of VMs, and the public one."""
    address, subnet = prefix(plan.address(1, 2, 10)), "net-1/nva"
    ports = plan.pick((443, 443), (443, 8080), (80, 80))
    rules: list[BalancingRule] = []
    if plan.chance(0.85 if plan.center == "balanced" else 0.3):
        rules.append(BalancingRule(name="all", frontend="front", pool="pool", at=HERE))
    elif plan.chance(0.8):
        rules.append(balancing(plan, "web", "front", *ports))
    yield LoadBalancer(
        name="ilb",
        at=HERE,
        frontends=(Frontend(name="front", at=HERE, address=address, subnet=subnet),),
        pools=("pool",),
        rules=tuple(rules),
        is_standard=plan.pick(True, True, False, None),
        unknown="something" if plan.chance(0.02) else "",
    )
    outbound = OutboundRule(name="out", pool="pool", at=HERE, protocol=plan.pick(ANY_PROTOCOL, Protocol((TCP,))))
    yield LoadBalancer(
        name="plb",
        at=HERE,
        frontends=(Frontend(name="public", at=HERE, is_public=True),),
        pools=("pool",),
        rules=(balancing(plan, "in", "public", *ports),) if plan.chance(0.7) else (),
        outbound_rules=(outbound,) if plan.chance(0.4) else (),
        is_standard=plan.pick(True, True, False, None),
    )


def balancing(plan: Plan, name: str, frontend: str, port: int, backend_port: int) -> BalancingRule:
    return BalancingRule(
        name=name,
        frontend=frontend,
        pool="pool",
        at=HERE,
        protocol=Protocol((TCP,)),
        frontend_port=port,
        backend_port=backend_port,
        has_floating_ip=port == backend_port and plan.chance(0.1),
        gives_outbound=plan.chance(0.6),
    )


def destinations(site: Site) -> list[AddressRange]:
    """Return what is worth asking about: every address that somebody holds, and some that nobody in the site does."""
    found = [address for vm in site.virtual_machines for nic in vm.interfaces for address in nic.addresses]
    found += [address for one in site.private_endpoints for address in one.addresses] * 2
    found += [f.address for b in site.load_balancers for f in b.frontends if f.address]
    found += [prefix(text) for text in (*OUTSIDE, *ELSEWHERE)]
    for network in site.virtual_networks:
        first = network.address_space[0].first
        found += [AddressRange(4, first + host, first + host) for host in (77, 0x3FE)]  # of nobody; in no subnet
    if any(one.family == 6 for network in site.virtual_networks for one in network.address_space):
        found += [prefix(text) for text in ("2603:1030::5", "fd00:1::4d", "fd99::9")]
    return found


def sources(site: Site) -> list[NetworkInterface]:
    """Return the NICs that may ask; those whose subnet has a route table more often."""
    tables = {key(s.full_name): bool(s.route_table) for n in site.virtual_networks for s in n.subnets}
    nics = [nic for vm in site.virtual_machines for nic in vm.interfaces]
    return nics + [nic for nic in nics if tables[key(nic.subnet)]] * 2
