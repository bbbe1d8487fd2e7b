"""What Azure computed for a NIC against what netcheck makes of the site's own rules and routes: the sets that differ.

Only what is certain on both sides is a difference: where either is open because of a fact, the other may be the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netcheck.model.address import Family, address_text
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, NextHop
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Subnet
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.decision import Decision, HopKind, HopPart
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.nsg import PLATFORM_PACKETS, clauses_for, judge_nsg, rule_lists
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routetable import route_table
from netcheck.policy.userroutes import Entry
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES, EMPTY_PACKETS, PacketSet


class Level(NamedTuple):
    """One level of a NIC: the NSG that the site has there and the one that Azure computed, as its subnet sees them."""

    own: NetworkSecurityGroup
    computed: NetworkSecurityGroup
    hop: HopKind
    subnet: Subnet
    nic: NetworkInterface


class RuleDifference(NamedTuple):
    """Packets that the site's NSG and Azure's list certainly treat unlike, and who decides about them on each side."""

    packets: PacketSet
    own: tuple[Decision, ...]
    computed: tuple[Decision, ...]


class RouteDifference(NamedTuple):
    """Addresses with another next hop in the site's table than in Azure's; None: no route of Azure's takes them."""

    family: Family
    addresses: IntervalSet
    own: Entry
    computed: Entry | None


def families_of(nic: NetworkInterface) -> tuple[Family, ...]:
    """Return the families that a NIC has addresses of: of others Azure lists no route, and no packet meets a rule."""
    return tuple(sorted({one.family for one in nic.addresses} | set(nic.open_families)))


def compare_level(level: Level, direction: Direction, book: AddressBook) -> tuple[RuleDifference, ...]:
    """Return what one NSG does otherwise in Azure's list than by its own rules, by who decides on each side.

    Packets to the platform are left out: Azure's lists do not show what `AzurePlatform*` rules do with them. Raise
    QuestionError when the rules overlap in too many ways.
    """
    packets = EMPTY_PACKETS
    for family in families_of(level.nic):
        packets = packets | ps.box(family)
    if direction is Direction.OUTBOUND:
        packets = packets - PLATFORM_PACKETS
    own = NsgContext(book, level.subnet, level.hop)
    computed = NsgContext(book, level.subnet, level.hop, level.nic.name)
    rules = (
        _rules(level.own, direction, own, packets),
        _rules(level.computed, direction, computed, packets),
    )
    difference = compare_rules(*rules, packets)
    found: dict[tuple[tuple[Decision, ...], tuple[Decision, ...]], PacketSet] = {}
    for change in (Change.OPENED, Change.CLOSED):
        changed = difference.packets(change)
        ours = judge_nsg(level.own, direction, changed, own).parts if changed else ()
        azures = judge_nsg(level.computed, direction, changed, computed).parts if changed else ()
        for part in ours:
            for other in azures:
                shared = part.packets & other.packets
                if shared:
                    at = _deciders(part), _deciders(other)
                    found[at] = found.get(at, EMPTY_PACKETS) | shared
    return tuple(RuleDifference(packets, *deciders) for deciders, packets in found.items())


def _rules(nsg: NetworkSecurityGroup, direction: Direction, context: NsgContext, packets: PacketSet) -> Rules:
    clauses: list[Clause] = []
    allowing: dict[int, bool] = {NO_RULE: True}  # what no rule matches is not subject to the NSG
    for one in rule_lists(nsg, direction, context, packets):  # without the platform's packets it is one
        clauses += clauses_for(nsg, direction, one, context)
        allowing |= {number: rule.access is Access.ALLOW for number, rule in enumerate(one.rules)}
    return Rules(clauses, allowing.__getitem__)


def _deciders(part: HopPart) -> tuple[Decision, ...]:
    return tuple(dict.fromkeys(case.decision for case in part.cases if case.decision is not None))


def compare_routes(subnet: Subnet, nic: NetworkInterface, book: AddressBook) -> tuple[RouteDifference, ...]:
    """Return the addresses that the site's table and Azure's routes send to another next hop, by route on each side.

    The platform's addresses are left out, which neither routes.
    """
    ours, azures = route_table(subnet, None, book), route_table(subnet, nic, book)
    found: dict[tuple[object, ...], RouteDifference] = {}
    for family in families_of(nic):
        theirs = list(_certain(azures, family))
        for own, addresses in _certain(ours, family):
            for computed, others in theirs:
                shared = addresses & others
                if own is not None and shared and next_hop(own) != next_hop(computed):
                    at = (family, *_identity(own), *_identity(computed))
                    known = found.get(at)
                    whole = shared if known is None else known.addresses | shared
                    found[at] = RouteDifference(family, whole, own, computed)
    return tuple(found.values())


def _certain(entries: Sequence[Entry], family: Family) -> Iterator[tuple[Entry | None, IntervalSet]]:
    """Yield the addresses that have one next hop in every world, with the first route that takes them there."""
    clauses = [
        Clause(number, ps.whole_box(family)._replace(destinations=entry.addresses), entry.facts)
        for number, entry in enumerate(entries)
        if entry.family == family
    ]
    routed = ps.box(family, destinations=ALL_ADDRESSES[family] - PLATFORM[family])
    for part in decide(clauses, routed, NO_RULE):
        taken = [None if case.rule == NO_RULE else entries[case.rule] for case in part.cases]
        if len({next_hop(entry) for entry in taken}) == 1:
            yield taken[0], part.packets.project("destinations")[family]


def next_hop(entry: Entry | None) -> str:
    """Return the next hop as Azure's table shows it: its type, with the address of an appliance.

    A route to an appliance that nobody holds drops packets, and is listed as it is written. What no route takes is
    dropped as well.
    """
    if entry is None:
        return str(NextHop.NONE)
    if entry.next_hop_address is None:
        return str(entry.next_hop)
    is_lost = entry.next_hop is NextHop.NONE
    kind = NextHop.VIRTUAL_APPLIANCE if is_lost else entry.next_hop
    return f"{kind} {address_text(entry.next_hop_address)}"


def _identity(entry: Entry | None) -> tuple[str, str, str]:
    return ("", "", "") if entry is None else (key(entry.name), next_hop(entry), entry.at)
