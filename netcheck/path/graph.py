"""The site as a graph: VMs, NICs, subnets, virtual networks and the world outside; its edges carry the hops.

networkx appears in this file only. An edge `up` leads from a VM towards its virtual network, `across` between virtual
networks (`perhaps`: by a peering that only one side states), `down` towards a VM, `special` to whatever else holds
addresses of a subnet (private endpoints, frontends of load balancers, Azure Firewalls), `out` to the world outside.
`carries` are the destination addresses that take the edge (None: all).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.names import key, last_segment
from netcheck.model.rules import Direction
from netcheck.model.site import (
    LoadBalancer,
    NetworkInterface,
    Peering,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.path.hops import Hop, HostFirewallHop, NsgHop, PeeringHop, RouteHop, UnmodelledHop
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.peering import is_peering, live_peerings, peer_space, peerings_back, unstated_peers
from netcheck.policy.resolve import by_family
from netcheck.sets.intervals import IntervalSet

if TYPE_CHECKING:
    import networkx as nx

Node = tuple[str, str]
Destinations = dict[Family, IntervalSet]
FEW = 64
"""Up to so many addresses are looked up one by one; more are compared with every NIC of the subnet."""
OUTSIDE: Node = ("outside", "")


def vm_node(name: str) -> Node:
    """Return the node of a VM."""
    return "vm", key(name)


def nic_node(vm: str, nic: str) -> Node:
    """Return the node of a NIC; NIC names are told apart by their VM."""
    return "nic", f"{key(vm)}/{key(nic)}"


def subnet_node(full_name: str) -> Node:
    """Return the node of a subnet."""
    return "subnet", key(full_name)


def network_node(name: str) -> Node:
    """Return the node of a virtual network."""
    return "vnet", key(name)


def build_graph(site: Site, placed: NetworkInterface | None = None) -> nx.DiGraph[Node]:
    """Return the graph of a site.

    `placed` is the NIC that packets to its subnet's free addresses are for, where its own address is not known. For any
    other such NIC it is open whether it is the one that holds an address.
    """
    import networkx as nx  # a tenth of a second of start-up: only path questions pay for it

    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_node(OUTSIDE, label="Internet and Azure services")
    for network in site.virtual_networks:
        _add_network(graph, site, network)
    for vm in site.virtual_machines:
        _add_vm(graph, site, vm, placed)
    _add_services(graph, site)
    nics = [nic for vm in site.virtual_machines for nic in vm.interfaces]
    graph.graph["held"] = by_family(
        address for nic in nics for address in (nic.addresses if nic is placed else nic.certain_addresses)
    )
    public = [one.address for nic in nics for one in nic.public_ips]
    public += [one.address for balancer in site.load_balancers for one in balancer.frontends if one.is_public]
    public += [address for firewall in site.azure_firewalls for address in firewall.public_ips]
    graph.graph["public"] = by_family(address for address in public if address is not None)
    return graph


def _add_network(graph: nx.DiGraph[Node], site: Site, network: VirtualNetwork) -> None:
    here = network_node(network.name)
    graph.add_node(here, label=network.name, space=by_family(network.address_space))
    _link(graph, here, OUTSIDE, "out", carries=None, hops=())
    for subnet in network.subnets:
        node = subnet_node(subnet.full_name)
        graph.add_node(node, label=subnet.full_name, subnet=subnet)
        _link(graph, node, here, "up", carries=None, hops=_leave(subnet))
        hops = (NsgHop(subnet.network_security_group, HopKind.SUBNET_NSG, subnet, Direction.INBOUND),)
        _link(graph, here, node, "down", carries=by_family(subnet.prefixes), hops=hops)
    for peering, peer in live_peerings(site, network):
        _add_peering(graph, network, peering, peer)
    for other in unstated_peers(site, network):
        crossing = tuple(PeeringHop(network, other.name, back) for back in peerings_back(other, network)[:1])
        _link(graph, here, network_node(other.name), "perhaps", carries=by_family(other.address_space), hops=crossing)
        graph.edges[here, network_node(other.name)]["fact"] = is_peering(network, other)


def _add_peering(
    graph: nx.DiGraph[Node], network: VirtualNetwork, peering: Peering, peer: VirtualNetwork | None
) -> None:
    """A peer outside the site, or one that does not peer back, has rules of its own that nobody can see here."""
    name = last_segment(peering.remote_virtual_network)
    space = peer_space(peering, peer)
    node = network_node(name)
    hops: tuple[Hop, ...] = ()
    if peer is None:
        graph.add_node(node, label=name)
        reason = f"virtual network `{name}` behind peering `{peering.name}` at {peering.at} is not in the site"
        hops = (UnmodelledHop(name, str(peering.at), reason),)
    elif backs := peerings_back(peer, network):
        hops = (PeeringHop(network, peer.name, backs[0]),)
    else:
        reason = f"peering `{peering.name}` at {peering.at} is stated on one side only: `{name}` does not peer back"
        missing = replace(is_peering(peer, network), reason=reason)
        hops = (UnmodelledHop(peering.name, str(peering.at), reason, fact=missing),)
    _link(graph, network_node(network.name), node, "across", carries=by_family(space), hops=hops)


def _add_vm(graph: nx.DiGraph[Node], site: Site, vm: VirtualMachine, placed: NetworkInterface | None) -> None:
    here = vm_node(vm.name)
    graph.add_node(here, label=vm.name, vm=vm)
    for nic in vm.interfaces:
        subnet = site.subnet(nic.subnet)
        if subnet is None:
            continue
        node = nic_node(vm.name, nic.name)
        graph.add_node(node, label=nic.name, nic=nic, vm=vm)
        outbound = (NsgHop(nic.network_security_group, HopKind.NIC_NSG, subnet, Direction.OUTBOUND),)
        _link(graph, here, node, "up", carries=None, hops=_host(vm, nic, subnet, Direction.OUTBOUND))
        _link(graph, node, subnet_node(subnet.full_name), "up", carries=None, hops=outbound)
        inbound: tuple[Hop, ...] = (NsgHop(nic.network_security_group, HopKind.NIC_NSG, subnet, Direction.INBOUND),)
        held = nic.addresses if nic is placed else nic.certain_addresses
        if nic.open_addresses:
            graph.nodes[subnet_node(subnet.full_name)]["is_searched"] = True
            if placed is None or placed.subnet != nic.subnet:  # else the address is that of `placed`
                _add_possible_holder(graph, vm, nic, subnet)
        else:
            holders = graph.nodes[subnet_node(subnet.full_name)].setdefault("holders", {})
            holders.update({(a.family, value): node for a in held for value in range(a.first, a.last + 1)})
        _link(graph, subnet_node(subnet.full_name), node, "down", carries=by_family(held), hops=inbound)
        if nic.effective_nsgs is not None:
            graph.nodes[subnet_node(subnet.full_name)].setdefault("special", []).append(node)
        _link(graph, node, here, "down", carries=None, hops=_host(vm, nic, subnet, Direction.INBOUND))


def _add_services(graph: nx.DiGraph[Node], site: Site) -> None:
    """Add what holds addresses of a subnet and is no NIC of a VM: each is judged by rules of its own."""
    for endpoint in site.private_endpoints:
        node = ("endpoint", key(endpoint.name))
        _add_holder(graph, endpoint.subnet, node, endpoint.addresses, endpoint, str(endpoint.at))
    for balancer in site.load_balancers:
        for frontend in (one for one in balancer.frontends if not one.is_public):
            node = ("frontend", key(f"{balancer.name}/{frontend.name}"))
            held = () if frontend.address is None else (frontend.address,)
            where = frontend.subnet or (_subnet_of(site, balancer, held[0]) if held else "")
            _add_holder(graph, where, node, held, (balancer, frontend), str(frontend.at))
    for firewall in site.azure_firewalls:
        node = ("firewall", key(firewall.name))
        _add_holder(graph, firewall.subnet, node, firewall.addresses, firewall, str(firewall.at))


def _subnet_of(site: Site, balancer: LoadBalancer, address: AddressRange) -> str:
    """Return the subnet of a frontend that does not name it: that of the members of its pools which holds it."""
    pools = {key(f"{balancer.name}/{pool}") for pool in balancer.pools}
    networks = {
        key(subnet.virtual_network)
        for vm in site.virtual_machines
        for nic in vm.interfaces
        if pools & {key(one) for one in nic.backend_pools} and (subnet := site.subnet(nic.subnet)) is not None
    }
    found = [
        subnet.full_name
        for network in site.virtual_networks
        if not networks or key(network.name) in networks
        for subnet in network.subnets
        if any(p.family == address.family and p.first <= address.first <= p.last for p in subnet.prefixes)
    ]
    return found[0] if len(found) == 1 else ""


def _add_holder(
    graph: nx.DiGraph[Node], subnet: str, node: Node, addresses: Sequence[AddressRange], what: object, at: str
) -> None:
    """One whose address no file states may hold each that no NIC holds; NSGs may have no say about packets to it."""
    where = subnet_node(subnet)
    if where not in graph:
        return
    graph.add_node(node, label=node[1], what=what)
    if addresses:
        graph.add_edge(where, node, way="special", carries=by_family(addresses), hops=())
        graph.nodes[where].setdefault("special", []).append(node)
        return
    free = by_family(graph.nodes[where]["subnet"].prefixes)
    for other in (*successors(graph, where, "down"), *successors(graph, where, "special")):
        held = carried(graph, where, other)
        free = {family: free[family] - held[family] for family in FAMILIES} if held is not None else free
    reason = f"the {node[0]} `{node[1]}` at {at} may hold the address: no file states the one it has"
    graph.nodes[where]["is_searched"] = True
    _link(graph, where, ("possible", node[1]), "down", free, (UnmodelledHop(node[1], at, reason, True),))


def _add_possible_holder(graph: nx.DiGraph[Node], vm: VirtualMachine, nic: NetworkInterface, subnet: Subnet) -> None:
    """Where a NIC with rules of its own may be the one that holds an address, what happens there is open."""
    if not nic.network_security_group and vm.host_firewall is None and not nic.public_ips:
        return
    node: Node = ("possible", f"{key(vm.name)}/{key(nic.name)}")
    graph.add_node(node, label=nic.name)
    reason = (
        f"NIC `{nic.name}` at {nic.at} may hold the address: Azure chooses it, and the files do not say which it is"
    )
    # A public IP address may be a way out that the subnet does not have; all else can only stop packets.
    hop = UnmodelledHop(f"address of {nic.name}", str(nic.at), reason, bool(nic.public_ips))
    addresses = by_family(nic.open_addresses)
    _link(graph, subnet_node(subnet.full_name), node, "down", carries=addresses, hops=(hop,))
    graph.nodes[subnet_node(subnet.full_name)].setdefault("possible", []).append((addresses, hop))


def possible_holders(graph: nx.DiGraph[Node], subnet: Node) -> Sequence[tuple[Destinations, UnmodelledHop]]:
    """Return, for NICs of a subnet that may hold an address, which addresses these are and the hop that says so."""
    found: Sequence[tuple[Destinations, UnmodelledHop]] = graph.nodes[subnet].get("possible", ())
    return found


def _host(
    vm: VirtualMachine, nic: NetworkInterface, subnet: Subnet, direction: Direction
) -> tuple[HostFirewallHop, ...]:
    return (HostFirewallHop(vm, nic, subnet, direction),)


def _leave(subnet: Subnet) -> tuple[Hop, ...]:
    """After the NIC's NSG come the subnet's NSG and routes (Microsoft Learn, "How NSGs filter network traffic")."""
    return NsgHop(subnet.network_security_group, HopKind.SUBNET_NSG, subnet, Direction.OUTBOUND), RouteHop(subnet)


def hops_between(graph: nx.DiGraph[Node], one: Node, other: Node) -> tuple[Hop, ...]:
    """Return the hops that packets pass on an edge, in travel order."""
    found: tuple[Hop, ...] = graph.edges[one, other]["hops"]
    return found


def _link(
    graph: nx.DiGraph[Node], one: Node, other: Node, way: str, carries: Destinations | None, hops: tuple[Hop, ...]
) -> None:
    """Add an edge, and list it by its way: a subnet has thousands of ways down and one up."""
    graph.add_edge(one, other, way=way, carries=carries, hops=hops)
    graph.nodes[one].setdefault(way, []).append(other)


def waits_for(graph: nx.DiGraph[Node], one: Node, other: Node) -> Fact | None:
    """Return the fact without which an edge is not there; None for one that certainly is."""
    found: Fact | None = graph.edges[one, other].get("fact")
    return found


def carried(graph: nx.DiGraph[Node], one: Node, other: Node) -> Destinations | None:
    """Return the destinations that take an edge; None means all."""
    found: Destinations | None = graph.edges[one, other]["carries"]
    return found


def known_addresses(graph: nx.DiGraph[Node], kind: str) -> Destinations:
    """Return the addresses of the site: `held` by NICs, `public` as public IP addresses of whatever has one."""
    found: Destinations = graph.graph[kind]
    return found


def holder_at(graph: nx.DiGraph[Node], network: Node, address: AddressRange) -> tuple[Node, Node] | None:
    """Return who holds an address of a virtual network, and in which subnet; None where that is not certain."""
    wanted = by_family([address])
    for subnet in successors(graph, network, "down"):
        carries = carried(graph, network, subnet)
        if carries is not None and carries[address.family] & wanted[address.family]:
            for one in (*successors(graph, subnet, "special"), *below(graph, subnet, wanted)):
                held = carried(graph, subnet, one)
                if one[0] != "possible" and held is not None and held[address.family] & wanted[address.family]:
                    return subnet, one
    return None


def successors(graph: nx.DiGraph[Node], node: Node, way: str) -> Sequence[Node]:
    """Return the successors of a node along edges of one way, in the order of the site."""
    found: Sequence[Node] = graph.nodes[node].get(way, ())
    return found


def below(graph: nx.DiGraph[Node], node: Node, destinations: Destinations) -> Iterator[Node]:
    """Yield the nodes below one that some of the destinations lead to; a few addresses of a subnet are looked up."""
    holders = graph.nodes[node].get("holders", {})
    if (
        holders
        and not graph.nodes[node].get("is_searched")
        and sum(addresses.size for addresses in destinations.values()) <= FEW
    ):
        asked = (
            (f, a)
            for f, values in destinations.items()
            for first, last in values.spans()
            for a in range(first, last + 1)
        )
        yield from dict.fromkeys(holders[at] for at in asked if at in holders)
        return
    for one in successors(graph, node, "down"):
        carries = carried(graph, node, one)
        if carries is None or any(destinations[family] & carries[family] for family in FAMILIES):
            yield one
