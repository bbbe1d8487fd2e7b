"""Load balancers on the way: which members of a pool get packets, as destination and in front of appliances.

Microsoft Learn, "Load Balancer components": a rule sends packets for a port of a frontend to a port of one member,
source address kept. Which member it is depends on a hash, so each may be the one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.address import Family
from netcheck.model.names import key
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer
from netcheck.path.arriving import deliver
from netcheck.path.graph import Node, nic_node, subnet_node
from netcheck.path.passing import Passage, part_of
from netcheck.policy.balancers import Member, member_choice, members, rules_of
from netcheck.policy.branches import Branch, alternatives, tell
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, SeenAs, settled
from netcheck.policy.nsgrule import protocol_set
from netcheck.policy.resolve import to_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet


class Chosen(NamedTuple):
    """One member of a pool with the packets that it gets if it is the one."""

    member: Member
    branch: Branch


def choose(passage: Passage, balancer: LoadBalancer, rule: BalancingRule, branch: Branch) -> Iterator[Chosen]:
    """Yield each member of a rule's pool with the branch in which it gets the packets."""
    found = members(passage.book.site, balancer, rule.pool)
    _, worlds = member_choice(balancer, rule, found)
    for one, here in zip(found, alternatives(branch, worlds), strict=True):
        yield Chosen(one, here)


def into_frontend(
    passage: Passage, balancer: LoadBalancer, frontend: Frontend, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """Push packets that are for a private frontend to the members behind it."""
    if balancer.unknown:
        reason = f"load balancer `{balancer.name}` at {balancer.at}: {balancer.unknown}"
        yield from passage.nowhere(branch, f"load balancer {balancer.name}", reason)
        return
    # No way from outside to a private frontend is ever shown, and a member's own public IP address is none.
    passage = replace(passage, is_from_outside=False)
    left = branch
    for rule in rules_of(balancer, frontend):
        part = part_of(left, _taken(rule))
        if part.packets:
            left = left._replace(packets=left.packets - part.packets)
            yield from _by_rule(passage, balancer, rule, part, seen)
    if left.packets:
        yield tell(left, _told(balancer, left.packets, False, None, f"no rule of frontend {frontend.name} takes them"))


def _taken(rule: BalancingRule) -> PacketSet:
    ports = ps.ALL_PORTS if rule.takes_all_ports else IntervalSet.point(rule.frontend_port)
    protocols = protocol_set(rule.protocol) & ps.PORTED
    return ps.box(4, protocols, ports) | ps.box(6, protocols, ports)


def _by_rule(
    passage: Passage,
    balancer: LoadBalancer,
    rule: BalancingRule,
    branch: Branch,
    seen: frozenset[Node],
) -> Iterator[HopResult]:
    chosen = list(choose(passage, balancer, rule, branch))
    note = f"to {len(chosen)} member{'s' if len(chosen) > 1 else ''} of pool {rule.pool}"
    if not chosen:
        note = f"pool {rule.pool} has no member"
    yield tell(branch, _told(balancer, branch.packets, bool(chosen), rule, note))
    for member, here in chosen:
        yield from _to_member(passage, balancer, rule, member, here, seen)


def _to_member(
    passage: Passage,
    balancer: LoadBalancer,
    rule: BalancingRule,
    member: Member,
    branch: Branch,
    seen: frozenset[Node],
) -> Iterator[HopResult]:
    """Rules behind the load balancer see the member's address and port; what they say is told of the packets sent."""
    vm, nic = member
    node, subnet = nic_node(vm.name, nic.name), subnet_node(nic.subnet)
    if node in seen:
        note = f"{nic.name} cannot reach itself through the load balancer"
        yield tell(branch, _told(balancer, branch.packets, False, rule, note))
        return
    families: tuple[Family, ...] = (4, 6)
    for family in families:
        sent = branch.packets & ps.box(family)
        own = [address for address in nic.certain_addresses if address.family == family]
        if not sent:
            continue
        if not own:
            yield from passage.nowhere(
                part_of(branch, sent), nic.name, f"the address of member `{nic.name}` is not known"
            )
            continue
        port = None if rule.takes_all_ports else IntervalSet.point(rule.backend_port)
        arriving = sent if rule.has_floating_ip else ps.retarget(sent, family, to_set(own[:1], family), port)
        for result in deliver(passage, subnet, node, Branch(arriving)):
            told = _sent(result, sent, rule)
            if not rule.has_floating_ip:
                told = told._replace(seen_as=SeenAs(own[0].first, None if port is None else rule.backend_port))
            yield tell(branch, told)


def _sent(result: HopResult, sent: PacketSet, rule: BalancingRule) -> HopResult:
    """Return what a hop behind the load balancer does, told of the packets as they were sent."""
    if rule.has_floating_ip:
        return result
    parts = []
    for part in result.parts:
        whole = ps.EMPTY_PACKETS
        for family in (4, 6):
            own = sent & ps.box(family)
            if own and part.packets.node(family):
                extent = own.extent(family)
                ports = None if rule.takes_all_ports else extent.destination_ports
                whole = whole | ps.retarget(part.packets, family, extent.destinations, ports)
        parts.append(HopPart(whole & sent, tuple(_about_member(case, rule) for case in part.cases)))
    return result._replace(parts=tuple(parts))


def _about_member(case: HopCase, rule: BalancingRule) -> HopCase:
    """A fact about the destination is another one behind the load balancer, where the destination is the member."""
    when = frozenset(
        (replace(fact, side=f"destination behind {key(rule.name)}") if fact.side == "destination" else fact, value)
        for fact, value in case.when
    )
    return case._replace(when=when)


def _told(balancer: LoadBalancer, packets: PacketSet, passes: bool, rule: BalancingRule | None, note: str) -> HopResult:
    decision = Decision(
        hop=HopKind.LOAD_BALANCER,
        passes=passes,
        direction="Inbound",
        resource=balancer.name,
        rule=rule.name if rule else "",
        at=str(rule.at if rule else balancer.at),
        note=note,
    )
    return HopResult(HopKind.LOAD_BALANCER, "Inbound", balancer.name, (settled(packets, decision),))
