"""The side of the source: out of a NIC and its subnet, and along the routes to wherever they lead.

A route to an appliance begins the way anew at the appliance: the filters before it see the packets as they were sent,
and the routes of its own subnet lead on (Microsoft Learn, "Virtual network traffic routing").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.model.address import address_text
from netcheck.model.site import NetworkInterface, Subnet, VirtualMachine
from netcheck.path.arriving import arrive
from netcheck.path.graph import Node, carried, holder_at, hops_between, known_addresses, successors, waits_for
from netcheck.path.passing import Passage, filters, part_of, to
from netcheck.policy.branches import Branch, tell
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.egress import judge_egress
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import by_family
from netcheck.policy.routes import Onward, Way, judge_route

if TYPE_CHECKING:
    from netcheck.model.site import AzureFirewall

MOST_APPLIANCES = 8
"""Appliances followed on one way; what goes through more is left open."""


def leave(
    passage: Passage, subnet: Node, nic: Node | None, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """Push packets out of a NIC (or of an address of a subnet that no NIC holds) to wherever they lead.

    `seen` are the NICs the packets have been at: one that they come to again is a loop.
    """
    graph = passage.graph
    [network] = successors(graph, subnet, "up")
    hops = (*(hops_between(graph, nic, subnet) if nic is not None else ()), *hops_between(graph, subnet, network))
    own: NetworkInterface | None = graph.nodes[nic]["nic"] if nic is not None else None
    yield from filters(passage, graph.nodes[subnet]["subnet"], own, hops, branch)
    vm: VirtualMachine | None = graph.nodes[nic]["vm"] if nic is not None else None
    yield from _along_routes(passage, subnet, _Sender(vm, own), branch, seen)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sends packets out of a subnet: a NIC of a VM, an Azure Firewall, or nobody that is known."""

    vm: VirtualMachine | None = None
    nic: NetworkInterface | None = None
    firewall: AzureFirewall | None = None


def _along_routes(
    passage: Passage, subnet: Node, sender: _Sender, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    graph = passage.graph
    where: Subnet = graph.nodes[subnet]["subnet"]
    [network] = successors(graph, subnet, "up")
    result, onward = judge_route(where, branch.packets, passage.book, sender.nic)
    yield tell(branch, result)
    for one in onward:
        here = branch.also(one.branch)
        match one.way:
            case Way.LOCAL:
                yield from _inside(passage, network, here, seen)
            case Way.DROPPED:
                yield from arrive(passage, network, here, seen)
            case Way.INTERNET:
                yield from _out(passage, where, sender, here)
            case Way.APPLIANCE:
                yield from _to_appliance(passage, network, one, here, seen)


def _out(passage: Passage, subnet: Subnet, sender: _Sender, branch: Branch) -> Iterator[HopResult]:
    """The egress method matters only in the worlds in which the route leads to the Internet."""
    if sender.firewall is not None and not subnet.nat_gateway:
        firewall = sender.firewall
        note = f"public IP address of {firewall.name}" if firewall.has_public_ip else "no public IP address"
        decision = Decision(
            hop=HopKind.EGRESS,
            passes=firewall.has_public_ip,
            direction="Outbound",
            resource=subnet.full_name,
            at=str(firewall.at),
            note=note,
        )
        parts: tuple[HopPart, ...] = (settled(branch.packets, decision),)
        yield tell(branch, HopResult(HopKind.EGRESS, "Outbound", subnet.full_name, parts))
    else:
        yield tell(branch, judge_egress(sender.vm, sender.nic, subnet, branch.packets, passage.book.site))
    reason = "the destination is a public IP address of the site: ask for the NIC or load balancer behind it"
    public = part_of(branch, to(known_addresses(passage.graph, "public")))
    yield from passage.nowhere(public, "public IP address", reason)


def _inside(passage: Passage, network: Node, branch: Branch, seen: frozenset[Node]) -> Iterator[HopResult]:
    """Push packets down to whatever in the network, or in a peer of it, holds the destination."""
    graph = passage.graph
    left = branch.packets - to(graph.nodes[network].get("space", {}))
    yield from arrive(passage, network, branch, seen)
    for peer in _peers(passage, network):
        part, missing = _over(passage, network, peer, part_of(branch, to(carried(graph, network, peer))))
        left = left - part.packets
        if part.packets and missing.when:
            label = graph.nodes[peer]["label"]
            reason = f"the route leads to `{label}`, and whether there is a peering with it is not known"
            yield from passage.nowhere(missing, f"peering with {label}", reason)
        if part.packets and part.when:
            yield from passage.through(hops_between(graph, network, peer), part)
            yield from arrive(passage, peer, part, seen)
            yield from _beyond_peer(passage, peer, part)
    reason = (
        f"the route keeps packets within reach of `{graph.nodes[network]['label']}`, and nothing there has the address"
    )
    yield from passage.nowhere(part_of(branch, left), "address within reach", reason)


def _beyond_peer(passage: Passage, peer: Node, branch: Branch) -> Iterator[HopResult]:
    """Judge packets that a peering's address space sends to a peer which does not have them."""
    held = passage.graph.nodes[peer]
    if "space" in held:
        beyond = branch._replace(packets=branch.packets - to(held["space"]))
        reason = f"virtual network `{held['label']}` does not have these addresses of its peering"
        yield from passage.nowhere(beyond, "address outside the peer", reason)


def _peers(passage: Passage, network: Node) -> tuple[Node, ...]:
    return (*successors(passage.graph, network, "across"), *successors(passage.graph, network, "perhaps"))


def _over(passage: Passage, network: Node, peer: Node, branch: Branch) -> tuple[Branch, Branch]:
    """Return the packets in the worlds in which a peering is there to cross, and in those in which it is not."""
    fact = waits_for(passage.graph, network, peer)
    if fact is None:
        return branch, branch._replace(when=(), unless=(*branch.when, *branch.unless))
    there, missing = (frozenset([(fact, True)]),), (frozenset([(fact, False)]),)
    return branch.also(Branch(branch.packets, there, missing)), branch.also(Branch(branch.packets, missing, there))


def _to_appliance(
    passage: Passage, network: Node, onward: Onward, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """Push packets to the next hop of a route, which is in the network itself or in one that it peers with."""
    assert onward.address is not None
    graph = passage.graph
    own = to(by_family([onward.address]))
    arrived = part_of(branch, own)
    if arrived.packets:  # what is for the appliance itself needs nobody to forward it
        yield from _inside(passage, network, arrived, seen)
        branch = branch._replace(packets=branch.packets - own)
    if not branch.packets:
        return
    if len(seen) > MOST_APPLIANCES:
        yield from _not_followed(onward, branch, "the last appliance that is followed")
        return
    from netcheck.path.forwarding import forward  # most sites have no appliance

    found = holder_at(graph, network, onward.address)
    if found is not None:
        yield from forward(passage, *found, onward.address, branch, seen)
        return
    for peer in _peers(passage, network):
        found = holder_at(graph, peer, onward.address)
        if found is not None:
            there, branch = _over(passage, network, peer, branch)
            if there.when:
                yield from passage.through(hops_between(graph, network, peer), there)
                yield from forward(passage, *found, onward.address, there, seen)
            break
    if branch.when:
        yield from _not_followed(onward, branch, "which no file describes")


def _not_followed(onward: Onward, branch: Branch, what: str) -> Iterator[HopResult]:
    """The model ends at an appliance that no file describes: whether the packets get through is open."""
    assert onward.address is not None
    where = address_text(onward.address)
    reason = f"route `{onward.route}` sends the packets to the appliance {where}, {what}"
    yield tell(branch, open_appliance(branch, where, Fact(f"appliance {where} forwards", "", reason)))


def open_appliance(branch: Branch, name: str, fact: Fact) -> HopResult:
    """Return the hop of an appliance of which it is open whether it lets packets through."""
    yes = Decision(hop=HopKind.APPLIANCE, passes=True, resource=name, at=str(fact.at or ""), note="not evaluated")
    no = Decision(hop=HopKind.APPLIANCE, passes=False, resource=name, at=str(fact.at or ""), note="not evaluated")
    return HopResult(HopKind.APPLIANCE, "", name, (depends(branch.packets, fact, yes, no),))


def leave_firewall(
    passage: Passage, subnet: Node, firewall: AzureFirewall, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """Push packets on from an Azure Firewall: its subnet has routes, and neither NSGs nor admin rules."""
    yield from _along_routes(passage, subnet, _Sender(firewall=firewall), branch, seen)
