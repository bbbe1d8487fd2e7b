"""Pushing a packet set along the graph: every hop is asked about all the packets that come to it.

Packets that one hop blocks are still shown to the hops behind it, so that all blockers are found, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.model.address import FAMILIES
from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Subnet, VirtualMachine
from netcheck.path.graph import (
    Destinations,
    Node,
    below,
    carried,
    hops_between,
    known_addresses,
    network_node,
    nic_node,
    possible_holders,
    subnet_node,
    successors,
    vm_node,
)
from netcheck.path.hops import WITHOUT_EFFECT, Hop, IngressHop, Origin, UnmodelledHop, evaluate, unmodelled_hop
from netcheck.policy.decision import HopResult
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Start:
    """Where packets begin: a NIC of a VM, a subnet (an address that no NIC holds), or outside the site."""

    packets: PacketSet
    vm: VirtualMachine | None = None
    nic: NetworkInterface | None = None
    subnet: Subnet | None = None
    is_relay: bool = False


def walk(graph: nx.DiGraph[Node], book: AddressBook, start: Start) -> tuple[HopResult, ...]:
    """Return what each hop on the way does with the packets, in travel order."""
    return tuple(result for result in _Walker(graph, book, start).run() if result.parts)


class _Walker:
    def __init__(self, graph: nx.DiGraph[Node], book: AddressBook, start: Start) -> None:
        self._graph, self._book, self._start = graph, book, start
        self._origin = Origin(start.vm, start.nic, start.is_relay)

    def run(self) -> Iterator[HopResult]:
        start = self._start
        for one in self._book.site.unmodelled:
            if key(one.name) not in WITHOUT_EFFECT:
                yield from self._hops((unmodelled_hop(one),), start.packets - PLATFORM_PACKETS)
        if start.vm is not None and start.nic is not None:
            nic = nic_node(start.vm.name, start.nic.name)
            subnet = subnet_node(start.nic.subnet)
            yield from self._edge(vm_node(start.vm.name), nic, start.packets)
            yield from self._edge(nic, subnet, start.packets)
            yield from self._leave_subnet(subnet)
        elif start.subnet is not None:
            subnet = subnet_node(start.subnet.full_name)
            for addresses, possible in possible_holders(self._graph, subnet):
                yield from self._hops((possible,), start.packets & ps.with_addresses("sources", addresses.items()))
            yield from self._leave_subnet(subnet)
        else:
            for network in self._book.site.virtual_networks:
                yield from self._descend(network_node(network.name), start.packets)
            reason = "the site shows no way from outside to these addresses"
            yield from self._nowhere(start.packets - _to(known_addresses(self._graph, "held")), "way in", reason)

    def _leave_subnet(self, subnet: Node) -> Iterator[HopResult]:
        """Go up to the virtual network, then down to whatever in it, or in a peer of it, holds the destination."""
        packets = self._start.packets
        for network in successors(self._graph, subnet, "up"):
            yield from self._edge(subnet, network, packets)
            inside = packets - PLATFORM_PACKETS
            yield from self._descend(network, inside)
            yield from self._unheld(network, inside)
            for peer in successors(self._graph, network, "across"):
                part = inside & _to(carried(self._graph, network, peer))
                if part:
                    yield from self._edge(network, peer, part)
                    yield from self._descend(peer, part)

    def _unheld(self, network: Node, packets: PacketSet) -> Iterator[HopResult]:
        """Judge packets for which the graph has no end: space without a subnet, and other NICs' public addresses."""
        of_subnets = ps.EMPTY_PACKETS
        for subnet in successors(self._graph, network, "down"):
            of_subnets = of_subnets | _to(carried(self._graph, network, subnet))
        space = _to(self._graph.nodes[network].get("space", {}))
        reason = f"no subnet of virtual network `{self._graph.nodes[network]['label']}` holds these addresses"
        yield from self._nowhere((packets & space) - of_subnets, "address without subnet", reason)
        reason = "the destination is the public IP address of a NIC of the site: ask for the NIC itself"
        public = packets & _to(known_addresses(self._graph, "public"))
        yield from self._nowhere(public, "public IP address", reason)

    def _nowhere(self, packets: PacketSet, name: str, reason: str) -> Iterator[HopResult]:
        if packets:
            yield from self._hops((UnmodelledHop(name, "", reason),), packets)

    def _descend(self, node: Node, packets: PacketSet) -> Iterator[HopResult]:
        destinations = packets.project("destinations")
        for one in below(self._graph, node, {family: destinations[family] for family in FAMILIES}):
            part = packets & _to(carried(self._graph, node, one))
            if part:
                yield from self._way_in(one, part)
                yield from self._edge(node, one, part)
                yield from self._descend(one, part)

    def _way_in(self, node: Node, packets: PacketSet) -> Iterator[HopResult]:
        """Packets from outside need a way to the NIC that they are for."""
        is_from_outside = self._start.subnet is None and self._start.nic is None
        if is_from_outside and node[0] == "nic":
            yield from self._hops((IngressHop(self._graph.nodes[node]["nic"]),), packets)

    def _edge(self, one: Node, other: Node, packets: PacketSet) -> Iterator[HopResult]:
        yield from self._hops(hops_between(self._graph, one, other), packets)

    def _hops(self, hops: Sequence[Hop], packets: PacketSet) -> Iterator[HopResult]:
        for hop in hops:
            yield from evaluate(hop, packets, self._book, self._origin)


def _to(destinations: Destinations | None) -> PacketSet:
    if destinations is None:
        return ps.EVERYTHING
    return ps.with_addresses("destinations", destinations.items())
