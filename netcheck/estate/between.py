"""All pairs of plain classes for one cell of packets: NSGs on both sides, and the plain ways between them.

Sources are taken network by network, because the routes of a network reach few of the others. What the NSGs at the
destinations let in is cut together for all sources of a network, so that no pair is ever looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.filters import About, Lookup, RuleSet
from netcheck.estate.groups import Group, grouped, received
from netcheck.estate.passage import Passage, Relayed, all_of
from netcheck.estate.question import Cell
from netcheck.estate.states import Filter, State, settled
from netcheck.estate.ways import Way, Ways
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import Subnet

MOST_KEPT = 4_000
"""Filters, and lists of groups, of a direction that are kept for the next cell; each holds some rows of bits."""


class Sent(NamedTuple):
    """What becomes of the packets of some classes: where they get through, where that is open, and where not known.

    To all other plain classes nothing gets through.
    """

    reached: int
    open: int
    unclear: int


class _Lists:
    """The lists of rules that all NSGs have in one direction."""

    def __init__(self, lookup: Lookup, direction: Direction) -> None:
        self._lookup, self._direction = lookup, direction
        self._nsgs = {key(one.name): one for one in lookup.estate.site.network_security_groups}
        self._rules: dict[str, RuleSet] = {}
        self._filters: dict[tuple[About, int], Filter] = {}
        self._cell: Cell | None = None
        self._about: dict[str, About] = {}
        self.groups: dict[tuple[object, ...], list[Group]] = {}

    def filter(self, nsg: str, subnet: Subnet, cell: Cell) -> Filter | None:
        """Return what an NSG does with packets of a cell in a subnet; None where there is no NSG."""
        if not nsg:
            return None
        if self._cell is not cell:
            self._cell, self._about = cell, {}
        view = self._lookup.view(subnet)
        about = self._about.get(nsg)
        if about is None:
            if nsg not in self._rules:
                self._rules[nsg] = RuleSet(self._nsgs[nsg], self._direction, self._lookup)
            about = self._about[nsg] = self._rules[nsg].about(cell)
        at = about, view.number
        found = self._filters.get(at)
        if found is None:
            if len(self._filters) > MOST_KEPT:
                self._filters.clear()
            found = self._filters[at] = Filter(self._rules[nsg].clauses(about, view), self._lookup.full)
        return found


class Plain:
    """The plain classes of an estate, ready to be asked about cells."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup, self.ways = lookup, Ways(lookup)
        self._lists = {direction: _Lists(lookup, direction) for direction in Direction}
        placed: dict[tuple[str, str], list[int]] = {}
        for held in self.ways.members.values():
            for number in bits.each(held):
                one = lookup.estate.classes[number]
                placed.setdefault((one.subnet, one.nsg), []).append(number)
        self._placed: dict[str, dict[str, int]] = {}
        for (subnet, nsg), numbers in placed.items():
            self._placed.setdefault(subnet, {})[nsg] = bits.of(numbers, lookup.size)

    def judge(self, cell: Cell) -> dict[Sent, int]:
        """Return the plain classes by what becomes of their packets of a cell."""
        one = _OneCell(self, cell)
        found: dict[Sent, int] = {}
        for network in self.ways.networks:
            for sent, classes in one.from_network(network):
                found[sent] = found.get(sent, 0) | classes
        return found

    def subnets(self) -> Iterator[tuple[Subnet, dict[str, int]]]:
        """Yield each subnet that holds plain classes, with these by the NSG of their NICs."""
        for name, by_nsg in self._placed.items():
            yield self.ways.subnets[name], by_nsg

    def groups(self, subnet: Subnet, by_nsg: dict[str, int], direction: Direction, cell: Cell) -> Sequence[Group]:
        """Return the classes of a subnet by what its NSG and those of their NICs do with their packets of a cell.

        Many cells find the same rules there, and so the same groups.
        """
        lists = self._lists[direction]
        on_subnet = lists.filter(key(subnet.network_security_group), subnet, cell)
        on_nics = [(lists.filter(nsg, subnet, cell), classes) for nsg, classes in by_nsg.items()]
        at = key(subnet.full_name), on_subnet, tuple(one for one, _ in on_nics)
        found = lists.groups.get(at)
        if found is None:
            if len(lists.groups) > MOST_KEPT:
                lists.groups.clear()
            found = lists.groups[at] = list(grouped(on_subnet, on_nics))
        return found

    def grouped(self, subnet: Subnet, nsg: str, members: int, direction: Direction, cell: Cell) -> Iterator[Group]:
        """Yield some classes by what the NSGs before one NIC do with what they send through it, or is sent to them."""
        lists = self._lists[direction]
        on_subnet = lists.filter(key(subnet.network_security_group), subnet, cell)
        return grouped(on_subnet, [(lists.filter(nsg, subnet, cell), members)])


class _OneCell:
    def __init__(self, plain: Plain, cell: Cell) -> None:
        self._plain, self._cell = plain, cell
        self._out: dict[str, list[tuple[Way, Sequence[Group]]]] = {}
        self._in: list[Group] = []
        for subnet, by_nsg in plain.subnets():
            sent = plain.groups(subnet, by_nsg, Direction.OUTBOUND, cell)
            self._out.setdefault(key(subnet.virtual_network), []).append((plain.ways.of(subnet), sent))
            self._in += plain.groups(subnet, by_nsg, Direction.INBOUND, cell)

    def from_network(self, network: str) -> Iterator[tuple[Sent, int]]:
        """Yield what becomes of the packets of the classes in one network."""
        by_relays: dict[Relayed, dict[tuple[State, Way], int]] = {}
        for way, groups in self._out.get(network, ()):
            senders = by_relays.setdefault(way.relayed, {})
            goals = way.plain | all_of(way.relayed)
            for group in groups:
                at = group.state.within(goals), way
                senders[at] = senders.get(at, 0) | group.classes
        for relayed, senders in by_relays.items():
            yield from self._sent(relayed, senders)

    def _sent(self, relayed: Relayed, senders: dict[tuple[State, Way], int]) -> Iterator[tuple[Sent, int]]:
        """Yield what becomes of the packets of classes whose routes lead through the same appliances."""
        everyone = goals = 0
        for (_, way), classes in senders.items():
            everyone |= classes
            goals |= way.plain
        receivers = received(self._in, everyone, goals | all_of(relayed))
        unclear = 0
        for relay, through in relayed:
            passage = Passage(self._plain, relay, through, self._cell)
            receivers = passage.sent_on(receivers, everyone)
            unclear |= passage.unclear
        for (state, way), classes in senders.items():
            for incoming, others in receivers.items():
                both = classes & others
                if both:
                    yield _joined(state, incoming, way.unclear | unclear), both


def _joined(out: State, incoming: State, unclear: int) -> Sent:
    whole = out.then(incoming)
    reached, is_open = whole.passed, 0
    for hops, classes in whole.waiting:
        answer = settled(hops)
        if answer is None:
            is_open |= classes
        elif answer:
            reached |= classes
    return Sent(reached & ~unclear, is_open & ~unclear, unclear)
