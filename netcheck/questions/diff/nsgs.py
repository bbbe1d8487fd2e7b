"""What a change of an NSG does at that NSG alone: which packets it now lets pass and which no longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.path.leg import Region, cut
from netcheck.policy.decision import HopKind
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.nsg import RuleList, clauses_for, judge_nsg, rule_lists
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.resolve import AddressBook
from netcheck.questions.diff.changed import Changed, changes
from netcheck.questions.filter import view_of
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet


class NsgSide:
    """One of two sites whose NSGs are compared. `vnet` says what `VirtualNetwork` means where NSGs stand alone."""

    def __init__(self, site: Site, vnet: Sequence[AddressRange] | None = None) -> None:
        self.site = site
        self._book = AddressBook(site, vnet)
        self._has_vnet = vnet is not None

    def context(self, nsg: NetworkSecurityGroup) -> NsgContext:
        """Return where an NSG is applied; raise QuestionError when that is in networks that could differ."""
        return NsgContext(self._book, None if self._has_vnet else view_of(self.site, nsg), HopKind.SUBNET_NSG)


def nsg_changes(
    label: str, old: tuple[NsgSide, NetworkSecurityGroup | None], new: tuple[NsgSide, NetworkSecurityGroup | None]
) -> Iterator[Changed]:
    """Yield what differs between two NSGs, inbound and outbound. An NSG that is not there lets everything pass."""
    for direction in Direction:
        packets = _differing(old, new, direction)
        if packets:
            before, after = (_regions(side, nsg, direction, packets) for side, nsg in (old, new))
            yield from changes(f"{label} {direction}", before, after)


def _regions(
    side: NsgSide, nsg: NetworkSecurityGroup | None, direction: Direction, packets: PacketSet
) -> tuple[Region, ...]:
    return cut(packets, [] if nsg is None else [judge_nsg(nsg, direction, packets, side.context(nsg))])


def _differing(
    old: tuple[NsgSide, NetworkSecurityGroup | None],
    new: tuple[NsgSide, NetworkSecurityGroup | None],
    direction: Direction,
) -> PacketSet:
    """Return the packets that the two lists of rules may treat differently."""
    if old[1] is None or new[1] is None:
        return ps.EVERYTHING
    lists = [
        {one.name: (one, _rules(nsg, direction, one, context)) for one in rule_lists(nsg, direction, context)}
        for nsg, context in ((nsg, side.context(nsg)) for side, nsg in (old, new) if nsg is not None)
    ]
    found = ps.EMPTY_PACKETS
    for name, (one, rules) in lists[0].items():
        difference = compare_rules(rules, lists[1][name][1], one.packets)
        for change in Change:
            found = found | difference.packets(change)
    return found


def _rules(nsg: NetworkSecurityGroup, direction: Direction, one: RuleList, context: NsgContext) -> Rules:
    allowing = [rule.access is Access.ALLOW for rule in one.rules]
    # Platform addresses that no rule names are not subject to NSGs.
    passes_rest = bool(one.name)
    return Rules(
        clauses_for(nsg, direction, one, context),
        lambda number: passes_rest if number == NO_RULE else allowing[number],
    )


def pairs_by_name(
    old: Sequence[NetworkSecurityGroup], new: Sequence[NetworkSecurityGroup]
) -> Iterator[tuple[str, NetworkSecurityGroup | None, NetworkSecurityGroup | None]]:
    """Yield the NSGs of two sites by name; where each has but one, these are compared whatever they are called."""
    if len(old) == len(new) == 1:
        names = list(dict.fromkeys((old[0].name, new[0].name)))
        yield names[0] if len(names) == 1 or key(names[0]) == key(names[1]) else " -> ".join(names), old[0], new[0]
        return
    before, after = ({key(nsg.name): nsg for nsg in side} for side in (old, new))
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        told = now or was
        assert told is not None
        yield told.name, was, now
