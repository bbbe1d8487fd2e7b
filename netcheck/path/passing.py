"""Pushing packets through the hops of one place: admin rules, network security groups and whatever else stands there.

Packets that one hop blocks are still shown to the hops behind it, so that all blockers are found, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from netcheck.model.address import FAMILIES
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Subnet
from netcheck.path.graph import Destinations, Node
from netcheck.path.hops import Hop, NsgHop, Origin, UnmodelledHop, evaluate
from netcheck.policy.branches import Branch, tell, together
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:
    import networkx as nx

_LEVELS = {HopKind.NIC_NSG: "networkInterface", HopKind.SUBNET_NSG: "subnet"}
_MANAGER = "networkManager"
"""The values of `Level`, whose file is not loaded where Azure computed nothing."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What every step of a walk needs: the graph, what names mean, where the packets come from.

    `hosts` are the names that the packets are sent for, as far as they are known: Azure Firewalls decide by them.
    """

    graph: nx.DiGraph[Node]
    book: AddressBook
    origin: Origin
    hosts: tuple[str, ...] = ()
    is_from_outside: bool = False

    def through(self, hops: Sequence[Hop], branch: Branch) -> Iterator[HopResult]:
        """Yield what hops do with the packets of a branch, one after the other."""
        for hop in hops:
            for result in evaluate(hop, branch.packets, self.book, self.origin):
                yield tell(branch, result)

    def nowhere(self, packets: Branch, name: str, reason: str) -> Iterator[HopResult]:
        """Yield an open hop where the model ends."""
        if packets.packets:
            yield from self.through((UnmodelledHop(name, "", reason),), packets)


class Screened(NamedTuple):
    """What admin rules do with packets, and the branches in which network security groups are looked at after them."""

    results: tuple[HopResult, ...]
    to_nsgs: tuple[Branch, ...]


def screen(
    passage: Passage, subnet: Subnet, direction: Direction, branch: Branch, nic: NetworkInterface | None = None
) -> Screened:
    """Push packets through the security admin rules that apply where they leave or enter a subnet.

    What Azure computed for the NIC stands in place of what the site has.
    """
    computed = computed_managers(nic) if nic is not None else []
    if not computed and not passage.book.site.admin_rules:
        return Screened((), (branch,))
    from netcheck.policy.adminrules import is_exempt, judge_admin_rules, judge_computed, rules_for  # few sites have any

    if computed:
        judged = judge_computed(computed, direction, branch.packets, passage.book, subnet)
        name = nic.name if nic is not None else ""
        judged = judged._replace(result=judged.result._replace(nic=name))
    else:
        rules = rules_for(passage.book.site, subnet.virtual_network)
        if not rules or is_exempt(subnet):
            return Screened((), (branch,))
        judged = judge_admin_rules(rules, direction, branch.packets, passage.book, subnet)
    onward = (branch.also(one) for one in judged.to_nsgs)
    return Screened((tell(branch, judged.result),), tuple(one for one in onward if one.packets and one.when))


def through_nsg(passage: Passage, hop: Hop, branches: Sequence[Branch]) -> Iterator[HopResult]:
    """Yield what one network security group does in the branches in which it is looked at."""
    found = [
        tell(branch, result)
        for branch in branches
        if branch.packets
        for result in evaluate(hop, branch.packets, passage.book, passage.origin)
    ]
    yield from together(found)


def filters(
    passage: Passage, subnet: Subnet, nic: NetworkInterface | None, hops: Sequence[Hop], branch: Branch
) -> Iterator[HopResult]:
    """Push packets through everything that filters them between a NIC and the routes of its subnet, either way.

    `hops` are the network security groups in travel order. What Azure computed for the NIC stands in their place.
    """
    nsgs = [hop for hop in hops if isinstance(hop, NsgHop)]
    if not nsgs:
        return
    direction = nsgs[0].direction
    if nic is not None and nic.effective_nsgs is not None:
        nsgs = _computed(nic, subnet, nsgs)
    screened = screen(passage, subnet, direction, branch, nic)
    yield from screened.results
    for hop in nsgs:
        yield from through_nsg(passage, hop, screened.to_nsgs)


def _computed(nic: NetworkInterface, subnet: Subnet, nsgs: Sequence[NsgHop]) -> list[NsgHop]:
    """Return the levels as Azure computed them, in the order of travel; a level it does not list has no NSG."""
    found = []
    for hop in nsgs:
        nsg = computed_nsg(nic, hop.kind)
        name = nsg.name if nsg is not None else ""
        found.append(NsgHop(name, hop.kind, subnet, hop.direction, nsg, nic.name))
    return found


def computed_nsg(nic: NetworkInterface, kind: HopKind) -> NetworkSecurityGroup | None:
    """Return the rules of a level as Azure computed them for a NIC."""
    return next((one.nsg for one in nic.effective_nsgs or () if one.level == _LEVELS[kind]), None)


def computed_managers(nic: NetworkInterface) -> list[NetworkSecurityGroup]:
    """Return the rules of network managers as Azure computed them for a NIC."""
    return [one.nsg for one in nic.effective_nsgs or () if one.level == _MANAGER]


def to(destinations: Destinations | None) -> PacketSet:
    """Return all packets to some destinations; None means all."""
    if destinations is None:
        return ps.EVERYTHING
    return ps.with_addresses("destinations", destinations.items())


def part_of(branch: Branch, packets: PacketSet) -> Branch:
    """Return those packets of a branch that are among some."""
    return branch._replace(packets=branch.packets & packets)


def destinations_of(packets: PacketSet) -> Destinations:
    """Return where packets are for, per family."""
    found = packets.project("destinations")
    return {family: found[family] for family in FAMILIES}
