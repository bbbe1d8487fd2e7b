"""The side of the destination: down from a virtual network to whatever holds the addresses that packets are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, PrivateEndpoint, Subnet
from netcheck.path.graph import Node, below, carried, hops_between, successors
from netcheck.path.hops import IngressHop, NsgHop
from netcheck.path.passing import Passage, destinations_of, filters, part_of, screen, through_nsg, to
from netcheck.policy.branches import Branch, tell
from netcheck.policy.decision import Decision, HopKind, HopResult, settled
from netcheck.policy.waysin import guard_of
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

if TYPE_CHECKING:
    from netcheck.model.services import Frontend, LoadBalancer


def arrive(passage: Passage, network: Node, branch: Branch, seen: frozenset[Node] = frozenset()) -> Iterator[HopResult]:
    """Push packets from a virtual network down to the NICs and services in it that they are for.

    `seen` are the NICs they have been at on their way.
    """
    graph = passage.graph
    left = branch.packets & to(graph.nodes[network].get("space", {}))
    for subnet in below(graph, network, destinations_of(branch.packets)):
        part = part_of(branch, to(carried(graph, network, subnet)))
        left = left - part.packets
        if part.packets:
            yield from _into_subnet(passage, network, subnet, part, seen)
    if not passage.is_from_outside:
        reason = f"no subnet of virtual network `{graph.nodes[network]['label']}` holds these addresses"
        yield from passage.nowhere(part_of(branch, left), "address without subnet", reason)


def _into_subnet(
    passage: Passage, network: Node, node: Node, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """What stands in a subnet under rules of its own goes first; all others share the subnet's rules."""
    graph = passage.graph
    subnet: Subnet = graph.nodes[node]["subnet"]
    hops = hops_between(graph, network, node)
    for special in successors(graph, node, "special"):
        own = part_of(branch, to(carried(graph, node, special)))
        if own.packets:
            branch = branch._replace(packets=branch.packets - own.packets)
            yield from _into_special(passage, node, special, hops, own, seen)
    if not branch.packets:
        return
    screened = screen(passage, subnet, Direction.INBOUND, branch)
    yield from screened.results
    for hop in hops:
        yield from through_nsg(passage, hop, screened.to_nsgs)
    for child in below(graph, node, destinations_of(branch.packets)):
        here = to(carried(graph, node, child))
        part = part_of(branch, here)
        if part.packets:
            yield from _way_in(passage, child, part)
            for hop in hops_between(graph, node, child):
                if isinstance(hop, NsgHop):
                    yield from through_nsg(passage, hop, [part_of(one, here) for one in screened.to_nsgs])
                else:
                    yield from passage.through((hop,), part)
            yield from _into_vm(passage, child, part)


def _way_in(passage: Passage, node: Node, branch: Branch) -> Iterator[HopResult]:
    """Packets from outside need a way to the NIC that they are for."""
    if passage.is_from_outside and node[0] == "nic":
        nic: NetworkInterface = passage.graph.nodes[node]["nic"]
        [above] = successors(passage.graph, node, "up")
        subnet: Subnet = passage.graph.nodes[above]["subnet"]
        skips = EMPTY_PACKETS
        if not guard_of(passage.book.site, nic, subnet).is_there:
            skips = _skipping_nsgs(passage, subnet, nic, branch.packets)
        yield from passage.through((IngressHop(nic, subnet, skips),), branch)


def _skipping_nsgs(passage: Passage, subnet: Subnet, nic: NetworkInterface, packets: PacketSet) -> PacketSet:
    """Return the packets for which `AlwaysAllow` may decide, so that it is not for certain that NSGs are asked."""
    computed = nic if nic.effective_nsgs is not None else None
    for one in screen(passage, subnet, Direction.INBOUND, Branch(packets), computed).to_nsgs:
        packets = packets - one.packets if one.is_certain else packets
    return packets


def _into_vm(passage: Passage, nic: Node, branch: Branch) -> Iterator[HopResult]:
    for vm in successors(passage.graph, nic, "down"):
        yield from passage.through(hops_between(passage.graph, nic, vm), branch)


def into_nic(passage: Passage, subnet: Node, node: Node, branch: Branch) -> Iterator[HopResult]:
    """Push packets through what stands before one NIC: admin rules, the subnet's NSG, its own."""
    graph = passage.graph
    nic: NetworkInterface = graph.nodes[node]["nic"]
    [network] = successors(graph, subnet, "up")
    hops = (*hops_between(graph, network, subnet), *hops_between(graph, subnet, node))
    yield from filters(passage, graph.nodes[subnet]["subnet"], nic, hops, branch)


def deliver(passage: Passage, subnet: Node, node: Node, branch: Branch) -> Iterator[HopResult]:
    """Push packets that are for a NIC through everything before it and into its VM."""
    yield from _way_in(passage, node, branch)
    yield from into_nic(passage, subnet, node, branch)
    yield from _into_vm(passage, node, branch)


def _into_special(
    passage: Passage, subnet: Node, node: Node, hops: Sequence[object], branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    held = passage.graph.nodes[node]
    match node[0]:
        case "endpoint":
            yield from _into_endpoint(passage, held["what"], hops, branch, passage.graph.nodes[subnet]["subnet"])
        case "frontend":
            from netcheck.path.balancing import into_frontend

            found: tuple[LoadBalancer, Frontend] = held["what"]
            yield from into_frontend(passage, *found, branch, seen)
        case "firewall":
            from netcheck.path.translating import into_firewall

            yield from into_firewall(passage, subnet, node, branch, held["what"].addresses)
        case _:
            yield from deliver(passage, subnet, node, branch)


def _into_endpoint(
    passage: Passage, endpoint: PrivateEndpoint, hops: Sequence[object], branch: Branch, subnet: Subnet
) -> Iterator[HopResult]:
    """NSGs of the endpoint's subnet apply only where the subnet says so, admin rules never (Microsoft Learn, "Manage
    network policies for private endpoints", "Security admin rules in Azure Virtual Network Manager")."""
    if subnet.private_endpoint_policies.obeys_nsg:
        for hop in hops:
            if isinstance(hop, NsgHop):
                yield from through_nsg(passage, hop, (branch,))
    is_refused = endpoint.is_approved is False
    decision = Decision(
        hop=HopKind.PRIVATE_ENDPOINT,
        passes=not is_refused,
        direction="Inbound",
        resource=endpoint.name,
        at=str(endpoint.at),
        note="the connection is not approved" if is_refused else f"stands for {endpoint.service or 'a service'}",
    )
    result = HopResult(HopKind.PRIVATE_ENDPOINT, "Inbound", endpoint.name, (settled(branch.packets, decision),))
    yield tell(branch, result)
