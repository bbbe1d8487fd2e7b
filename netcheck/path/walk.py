"""Pushing a packet set along the graph: every hop is asked about all the packets that come to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Subnet, VirtualMachine
from netcheck.path.arriving import arrive
from netcheck.path.graph import (
    Node,
    hops_between,
    known_addresses,
    network_node,
    nic_node,
    possible_holders,
    subnet_node,
    vm_node,
)
from netcheck.path.hops import WITHOUT_EFFECT, Origin, unmodelled_hop
from netcheck.path.leaving import leave
from netcheck.path.passing import Passage, part_of, to
from netcheck.policy.branches import Branch
from netcheck.policy.decision import HopResult
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.resolve import AddressBook, by_family
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Start:
    """Where packets begin: a NIC of a VM, a subnet (an address that no NIC holds), or outside the site.

    `hosts` are the names that they are sent for: full names, or suffixes with a leading dot; none where no name is
    known.
    """

    packets: PacketSet
    vm: VirtualMachine | None = None
    nic: NetworkInterface | None = None
    subnet: Subnet | None = None
    is_relay: bool = False
    hosts: tuple[str, ...] = ()


def walk(graph: nx.DiGraph[Node], book: AddressBook, start: Start) -> tuple[HopResult, ...]:
    """Return what each hop on the way does with the packets, in travel order."""
    is_from_outside = start.nic is None and start.subnet is None
    origin = Origin(start.vm, start.nic, start.is_relay)
    passage = Passage(graph, book, origin, start.hosts, is_from_outside)
    branch = Branch(start.packets)
    return tuple(result for result in _walk(passage, start, branch) if result.parts)


def _walk(passage: Passage, start: Start, branch: Branch) -> Iterator[HopResult]:
    for one in passage.book.site.unmodelled:
        if key(one.name) not in WITHOUT_EFFECT:
            yield from passage.through((unmodelled_hop(one),), Branch(start.packets - PLATFORM_PACKETS))
    if start.vm is not None and start.nic is not None:
        nic = nic_node(start.vm.name, start.nic.name)
        yield from passage.through(hops_between(passage.graph, vm_node(start.vm.name), nic), branch)
        yield from leave(passage, subnet_node(start.nic.subnet), nic, branch, frozenset([nic]))
    elif start.subnet is not None:
        subnet = subnet_node(start.subnet.full_name)
        for addresses, possible in possible_holders(passage.graph, subnet):
            some = part_of(branch, ps.with_addresses("sources", addresses.items()))
            yield from passage.through((possible,), some)
        yield from leave(passage, subnet, None, branch, frozenset())
    else:
        yield from _from_outside(passage, branch)


def _from_outside(passage: Passage, branch: Branch) -> Iterator[HopResult]:
    for network in passage.book.site.virtual_networks:
        yield from arrive(passage, network_node(network.name), branch)
    left = branch._replace(packets=branch.packets - to(known_addresses(passage.graph, "held")))
    for firewall in passage.book.site.azure_firewalls:
        from netcheck.path.translating import into_firewall  # few sites have one

        own = to(by_family(firewall.public_ips))
        here = subnet_node(firewall.subnet), ("firewall", key(firewall.name))
        if left.packets & own:
            yield from into_firewall(passage, *here, part_of(left, own), firewall.public_ips)
            left = left._replace(packets=left.packets - own)
    reason = "the site shows no way from outside to these addresses"
    yield from passage.nowhere(left, "way in", reason)
