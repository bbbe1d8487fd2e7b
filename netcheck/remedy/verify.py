"""The proof of a plan: what its edits open and close, for all packets, in every world.

Only packets that an edited rule matches can change their fate, so the comparison is made on those, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.model.address import FAMILIES
from netcheck.model.names import is_same
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkSecurityGroup, Site, Subnet
from netcheck.policy.balancers import balancers_of
from netcheck.policy.decision import HopKind, HopPart
from netcheck.policy.facts import is_consistent
from netcheck.policy.nsg import applied_to, judge_nsg
from netcheck.policy.nsgrule import NsgContext, rule_clauses
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.remedy.edits import Edit, computed_for
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of NSG rules does to packets: those it may open and those it may close."""

    opened: PacketSet
    closed: PacketSet


def effect_of(before: Site, after: Site, edits: Sequence[Edit], like: AddressBook) -> Effect:
    """Return what changes for packets that pass the changed NSGs, wherever they are applied."""
    opened = closed = ps.EMPTY_PACKETS
    for nsg_name, direction in dict.fromkeys((edit.nsg, edit.rule.direction) for edit in edits):
        own = [edit for edit in edits if edit.nsg == nsg_name and edit.rule.direction is direction]
        for view in _views(before, after, nsg_name):
            one = _effect_at(before, after, direction, view, own, like)
            opened, closed = opened | one.opened, closed | one.closed
    return Effect(opened, closed)


class _View(NamedTuple):
    """The rules of one NSG without and with the edits, as one subnet sees them, or as computed for one NIC."""

    old: NetworkSecurityGroup
    new: NetworkSecurityGroup
    subnet: Subnet | None
    nic: str = ""


def _views(before: Site, after: Site, nsg_name: str) -> Iterator[_View]:
    old, new = before.nsg(nsg_name), after.nsg(nsg_name)
    if old is not None and new is not None:
        subnets: list[Subnet | None] = [*applied_to(before, nsg_name)] or [None]
        yield from (_View(old, new, subnet) for subnet in subnets)
    for (nic, was), (_, now) in zip(computed_for(before, nsg_name), computed_for(after, nsg_name), strict=True):
        yield _View(was, now, before.subnet(nic.subnet), nic.name)


def _effect_at(
    before: Site, after: Site, direction: Direction, view: _View, edits: Sequence[Edit], like: AddressBook
) -> Effect:
    subnet, hop = view.subnet, HopKind.SUBNET_NSG
    scope = ps.EMPTY_PACKETS
    context = NsgContext(AddressBook(after, like=like), subnet, hop, view.nic)
    for edit in edits:
        scope = scope | _matched(edit, context)
    if subnet is not None:
        scope = scope & _seen_by(before, subnet, direction)
    was = judge_nsg(view.old, direction, scope, NsgContext(AddressBook(before, like=like), subnet, hop, view.nic))
    now = judge_nsg(view.new, direction, scope, context)
    opened = closed = ps.EMPTY_PACKETS
    for packets, old_part, new_part in _overlay(was.parts, now.parts):
        if _may_turn(old_part, new_part, to=True):
            opened = opened | packets
        if _may_turn(old_part, new_part, to=False):
            closed = closed | packets
    return Effect(opened, closed)


def _seen_by(site: Site, subnet: Subnet, direction: Direction) -> PacketSet:
    """An NSG sees outbound packets of its own subnet's addresses, and inbound packets to them.

    Where somebody forwards, or a load balancer leaves the destination as it is (floating IP), it sees others as well.
    """
    nics = [nic for vm in site.virtual_machines for nic in vm.interfaces if is_same(nic.subnet, subnet.full_name)]
    if any(nic.has_ip_forwarding for nic in nics) or any(
        rule.has_floating_ip for nic in nics for balancer, _ in balancers_of(site, nic) for rule in balancer.rules
    ):
        return ps.EVERYTHING
    whole = ps.EMPTY_PACKETS
    for family in FAMILIES:
        own = to_set(subnet.prefixes, family)
        if own and direction is Direction.OUTBOUND:
            whole = whole | ps.box(family, sources=own)
        elif own:
            whole = whole | ps.box(family, destinations=own)
    return whole


def _matched(edit: Edit, context: NsgContext) -> PacketSet:
    """Return the packets that the rule of an edit may match, as it is to be or as it was."""
    whole = ps.EMPTY_PACKETS
    for rule in [edit.rule] if edit.replaces is None else [edit.rule, edit.replaces]:
        for family in FAMILIES:
            for clause in rule_clauses(rule, 0, family, context, edit.nsg):
                box = clause.box
                whole = whole | ps.box(
                    family, box.protocols, box.destination_ports, box.source_ports, box.sources, box.destinations
                )
    return whole


def _overlay(was: Sequence[HopPart], now: Sequence[HopPart]) -> Iterator[tuple[PacketSet, HopPart, HopPart]]:
    for old in was:
        for new in now:
            shared = old.packets & new.packets
            if shared:
                yield shared, old, new


def _may_turn(old: HopPart, new: HopPart, to: bool) -> bool:
    """Return whether in some world the packets' fate turns from the opposite to `to`."""
    return any(
        before.passes is not to and after.passes is to and is_consistent((before.when, after.when))
        for before in old.cases
        for after in new.cases
    )
