"""From classes to what is no VM of the site: the Internet, service tags, addresses, host names.

Every verdict is that of `reach` for one VM of a class. Plain classes that no outbound rule about the target tells apart
share one walk, as long as nothing behind the routes looks at source addresses again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.classes import Estate
from netcheck.estate.filters import Lookup
from netcheck.estate.judging import Progress, Spread
from netcheck.estate.walked import origins_of
from netcheck.model.address import FAMILIES, AddressRange, ApplicationSecurityGroup, Endpoint
from netcheck.model.names import key
from netcheck.model.rules import Direction, NextHop
from netcheck.model.site import NetworkInterface, Subnet
from netcheck.path.leg import Verdict, combine
from netcheck.policy.decision import Decision
from netcheck.policy.resolve import builtin_name, by_family
from netcheck.questions.asking import Asking
from netcheck.questions.places import Addresses, Target, find_target
from netcheck.questions.reach import direct_parts
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import PacketSet


class Outcome(NamedTuple):
    """What becomes of the packets of a class to one target, and who decides about those that do not get through.

    `packets` are those that get through, and those of which it is open, from any source: classes of one verdict may
    differ in them.
    """

    verdict: Verdict
    decided_by: tuple[Decision, ...]
    packets: tuple[PacketSet, PacketSet]


class Goal(NamedTuple):
    """A target that is no VM, and the classes by what becomes of their packets to it."""

    label: str
    outcomes: dict[Outcome, int]

    def of(self, sender: int) -> Outcome | None:
        """Return the outcome of a class; None where it was not asked about."""
        return next((one for one, classes in self.outcomes.items() if classes >> sender & 1), None)


class Outward:
    """An estate ready to be asked about targets outside of its VMs."""

    def __init__(self, estate: Estate, asking: Asking, protocols: IntervalSet, ports: IntervalSet) -> None:
        self._estate, self._asking = estate, asking
        self._protocols, self._ports = protocols, ports
        self._lookup = Lookup(estate)
        self._targets: dict[tuple[str, int], Target] = {}
        self._subnets = {key(s.full_name): s for n in estate.site.virtual_networks for s in n.subnets}
        self._nsgs = {key(one.name): one for one in estate.site.network_security_groups}
        spaces = [prefix for network in estate.site.virtual_networks for prefix in network.address_space]
        spaces += [p for n in estate.site.virtual_networks for one in n.peerings for p in one.remote_address_space]
        self._inside = by_family(spaces)

    def goals(self, labels: Sequence[str], senders: int, progress: Progress, spread: Spread) -> tuple[Goal, ...]:
        """Return, for each target, the classes by what becomes of their packets to it."""
        return tuple(self._goal(label, senders, progress, spread) for label in labels)

    def _goal(self, label: str, senders: int, progress: Progress, spread: Spread) -> Goal:
        groups = list(self._alike(label, senders))
        tell = partial(progress, whole=len(groups), what=f"to {label}")
        outcomes = spread(lambda number: self._outcome(label, groups[number][0]), len(groups), tell)
        found: dict[Outcome, int] = {}
        for outcome, (_, classes) in zip(outcomes, groups, strict=True):
            found[outcome] = found.get(outcome, 0) | classes
        return Goal(label, found)

    def _outcome(self, label: str, sender: int) -> Outcome:
        vm = self._estate.machine(sender)
        target = self._target(label, self._view(sender))
        parts = direct_parts(self._asking, origins_of(vm), target, self._protocols, self._ports)
        verdict = combine(part.verdict for part in parts)
        telling = [p for p in parts if p.verdict is not Verdict.REACHABLE] or list(parts)
        decisions = dict.fromkeys(_in_general(d, vm.interfaces) for part in telling for d in part.decided_by)
        through, is_open = (
            _from_anywhere(part.packets for part in parts if part.verdict is one)
            for one in (Verdict.REACHABLE, Verdict.UNDETERMINED)
        )
        return Outcome(verdict, tuple(decisions), (through, is_open))

    def _target(self, label: str, subnet: Subnet | None) -> Target:
        """Return a target as a subnet sees it, which is the same for all but where it is what `VirtualNetwork` is."""
        where = subnet if any(builtin_name(word.strip()) == "virtualnetwork" for word in label.split(",")) else None
        at = label, id(where)
        if at not in self._targets:
            self._targets[at] = find_target(self._asking.book, label, where)
        return self._targets[at]

    def _view(self, sender: int) -> Subnet | None:
        """Return the subnet whose `VirtualNetwork` is meant; a VM in several has none, as for `reach`."""
        nics = self._estate.machine(sender).interfaces
        found = {key(nic.subnet) for nic in nics}
        return self._subnets.get(found.pop()) if len(found) == 1 else None

    def _alike(self, label: str, senders: int) -> Iterator[tuple[int, int]]:
        """Yield one class of each group that behaves alike, with the group."""
        plain = senders & bits.run(0, self._estate.plain)
        if self._looks_again(label):
            plain = 0
        by_outward: dict[Hashable, list[int]] = {}
        for number in bits.each(plain):
            by_outward.setdefault(self._estate.classes[number].outward, []).append(number)
        for numbers in by_outward.values():
            members = bits.of(numbers, self._estate.plain)
            for group in self._cut(label, numbers[0], members):
                yield next(bits.each(group)), group
        for number in bits.each(senders & ~plain):
            yield number, 1 << number

    def _looks_again(self, label: str) -> bool:
        """Return whether packets may meet rules about their source behind the routes of their own subnet."""
        site = self._estate.site
        hops = {route.next_hop for table in site.route_tables for route in table.routes}
        if site.admin_rules or site.azure_firewalls or site.load_balancers or site.private_endpoints:
            return True
        if builtin_name(label) == "virtualnetwork":  # another set in each subnet, and there are NICs in it
            return True
        target = self._target(label, None).addresses
        return NextHop.VIRTUAL_APPLIANCE in hops or any(target.get(f, EMPTY) & self._inside[f] for f in FAMILIES)

    def _cut(self, label: str, number: int, members: int) -> list[int]:
        """Cut classes of one subnet and NSG by the outbound rules that may be about the target."""
        one = self._estate.classes[number]
        subnet = self._subnets.get(one.subnet)
        if subnet is None:
            return [1 << position for position in bits.each(members)]
        view = self._lookup.view(subnet)
        target = self._target(label, None).addresses
        groups = [members]
        for name in {one.nsg: 0, key(subnet.network_security_group): 0}:
            nsg = self._nsgs.get(name)
            for rule in (*nsg.rules, *nsg.default_rules) if nsg is not None else ():
                if rule.direction is Direction.OUTBOUND and _may_be_about(rule.destinations, target):
                    for held in self._lookup.held(rule.sources, "source", view):
                        groups = [part for group in groups for part in (group & held.classes, group & ~held.classes)]
                        groups = [group for group in groups if group]
        return groups


def _may_be_about(endpoints: Sequence[Endpoint], target: Addresses) -> bool:
    """Return whether a rule's destinations may hold something of a target in which no NIC is; a tag always may."""
    return any(
        IntervalSet.span(one.first, one.last) & target.get(one.family, EMPTY)
        if isinstance(one, AddressRange)
        else not isinstance(one, ApplicationSecurityGroup)
        for one in endpoints
    )


def _from_anywhere(several: Iterable[PacketSet]) -> PacketSet:
    """Return packets without regard to their source."""
    found = ps.EMPTY_PACKETS
    for packets in several:
        for one in packets.boxes():
            found = found | ps.box(
                one.family, one.protocols, one.destination_ports, one.source_ports, destinations=one.destinations
            )
    return found


def _in_general(decision: Decision, nics: Sequence[NetworkInterface]) -> Decision:
    """Return a decision about one VM as it is about all that behave alike: without the name of a NIC."""
    note = decision.note
    for nic in nics:
        note = note.replace(nic.name, "the NIC")
    return replace(decision, note=note)
