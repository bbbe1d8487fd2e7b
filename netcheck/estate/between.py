"""All pairs of plain classes for one cell of packets: NSGs on both sides, and the plain ways between them.

Sources are taken network by network, because the routes of a network reach few of the others. What the NSGs at the
destinations let in is cut together for all sources of a network, so that no pair is ever looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.filters import About, Lookup, RuleSet
from netcheck.estate.question import Cell
from netcheck.estate.relays import Relay
from netcheck.estate.states import Filter, Hops, State, settled
from netcheck.estate.ways import Way, Ways
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import Subnet

MOST_KEPT = 4_000
"""Filters, and lists of groups, of a direction that are kept for the next cell; each holds some rows of bits."""
_EVERYWHERE = -1
"""Every class, as bits: where there is no NSG, packets pass to and from all of them."""


class Group(NamedTuple):
    """Plain classes that NSGs treat alike, and what these do with what they send, or what is sent to them."""

    classes: int
    state: State


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
            found = lists.groups[at] = list(_grouped(on_subnet, on_nics))
        return found

    def grouped(self, subnet: Subnet, nsg: str, members: int, direction: Direction, cell: Cell) -> Iterator[Group]:
        """Yield some classes by what the NSGs before one NIC do with what they send through it, or is sent to them."""
        lists = self._lists[direction]
        on_subnet = lists.filter(key(subnet.network_security_group), subnet, cell)
        return _grouped(on_subnet, [(lists.filter(nsg, subnet, cell), members)])


def _grouped(on_subnet: Filter | None, on_nics: Sequence[tuple[Filter | None, int]]) -> Iterator[Group]:
    members = 0
    for _, classes in on_nics:
        members |= classes
    outer = on_subnet.states(members) if on_subnet is not None else None
    for one, classes in on_nics:
        inner = one.states(classes) if one is not None else None
        if inner is None or outer is None:
            free = [(classes, State(_EVERYWHERE))]
            for some, state in inner or outer or free:
                if some & classes:
                    yield Group(some & classes, state)
            continue
        for some, state in inner:
            for others, whole in outer:
                if some & others:
                    yield Group(some & others, state.then(whole))


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
        by_relays: dict[_Relayed, dict[tuple[State, Way], int]] = {}
        for way, groups in self._out.get(network, ()):
            senders = by_relays.setdefault(way.relayed, {})
            goals = way.plain | _all_of(way.relayed)
            for group in groups:
                at = group.state.within(goals), way
                senders[at] = senders.get(at, 0) | group.classes
        for relayed, senders in by_relays.items():
            yield from self._sent(relayed, senders)

    def _sent(self, relayed: _Relayed, senders: dict[tuple[State, Way], int]) -> Iterator[tuple[Sent, int]]:
        """Yield what becomes of the packets of classes whose routes lead through the same appliances."""
        everyone = goals = 0
        for (_, way), classes in senders.items():
            everyone |= classes
            goals |= way.plain
        receivers = _received(self._in, everyone, goals | _all_of(relayed))
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


_Relayed = tuple[tuple[Relay, int], ...]


def _all_of(relayed: _Relayed) -> int:
    found = 0
    for _, classes in relayed:
        found |= classes
    return found


class Passage:
    """What an appliance does with the packets of a cell that are sent to some classes through it.

    What would go through a second one, or through itself again, is `unclear`: only the walk can tell. That holds of
    what the appliance itself sends as well, since its subnet has the same routes.
    """

    def __init__(self, plain: Plain, relay: Relay, through: int, cell: Cell) -> None:
        self._plain, self._relay, self._through, self._cell = plain, relay, through, cell
        onward = plain.ways.of(relay.subnet)
        self.unclear = through & (onward.unclear | _all_of(onward.relayed)) if relay.forwards else 0
        self._goals = through & onward.plain if relay.forwards else 0

    def sent_on(self, parts: dict[State, int], senders: int) -> dict[State, int]:
        """Return senders by where their packets get through, given where all else on the way lets them through."""
        found: dict[State, int] = {}
        for state, some in self._passed(senders).items():
            for known, others in parts.items():
                both = some & others
                if both:
                    whole = known.within(~self._through).beside(known.within(self._goals).then(state))
                    found[whole] = found.get(whole, 0) | both
        return found

    def _passed(self, senders: int) -> dict[State, int]:
        """Return senders by where the appliance sends their packets on: by the NSGs before it, either way, and by the
        peers behind it."""
        relay, goals = self._relay, self._goals
        into = self._plain.grouped(relay.subnet, relay.nsg, goals, Direction.INBOUND, self._cell)
        out = self._plain.grouped(relay.subnet, relay.nsg, senders, Direction.OUTBOUND, self._cell)
        parts = _received(into, senders, goals)
        found: dict[State, int] = {}
        for group in out:
            for home, closed in ((relay.at_home, 0), (~relay.at_home, relay.closed)):
                state = group.state.within(goals & ~closed)
                for incoming, some in parts.items():
                    both = some & group.classes & home
                    if both:
                        whole = incoming.then(state)
                        found[whole] = found.get(whole, 0) | both
        return found


def _received(groups: Iterable[Group], senders: int, goals: int) -> dict[State, int]:
    """Return some senders by what filters at the destinations let in from them; the states are over destinations.

    The groups are classes of destinations, with states over the senders.
    """
    taken: dict[tuple[Hops, int], int] = {}
    for group in groups:
        classes = group.classes & goals
        if classes:
            for hops, some in (((), group.state.passed), *group.state.waiting):
                at = hops, some & senders
                if at[1]:
                    taken[at] = taken.get(at, 0) | classes
    parts: dict[State, int] = {State(0): senders} if senders else {}
    for (hops, some), classes in taken.items():
        parts = _cut(parts, some, hops, classes)
    return parts


def _cut(parts: dict[State, int], some: int, hops: Hops, classes: int) -> dict[State, int]:
    """Let some senders of each part reach further classes, after the hops that these wait for."""
    found: dict[State, int] = {}
    for state, senders in parts.items():
        inside = senders & some
        if inside:
            more = State(state.passed | classes, state.waiting)
            if hops:
                waiting = dict(state.waiting)
                waiting[hops] = waiting.get(hops, 0) | classes
                more = State(state.passed, tuple(waiting.items()))
            found[more] = found.get(more, 0) | inside
        if inside != senders:
            found[state] = found.get(state, 0) | (senders ^ inside)
    return found


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
