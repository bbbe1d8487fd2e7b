"""What an appliance does with packets that routes lead through it: what stands before it, where it sends them on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netcheck.estate.groups import Group, received
from netcheck.estate.question import Cell
from netcheck.estate.relays import FirewallRelay, Relay, VmRelay
from netcheck.estate.states import State, settled
from netcheck.model.rules import Direction
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet

if TYPE_CHECKING:
    from netcheck.estate.between import Plain

Relayed = tuple[tuple[Relay, int], ...]
"""Appliances, with the classes to which they have to send packets on."""


def all_of(relayed: Relayed) -> int:
    """Return the classes behind some appliances."""
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
        self.unclear = through & (onward.unclear | all_of(onward.relayed)) if relay.forwards else 0
        self._goals = through & onward.plain if relay.forwards else 0

    def sent_on(self, parts: dict[State, int], senders: int) -> dict[State, int]:
        """Return senders by where their packets get through, given where all else on the way lets them through."""
        found: dict[State, int] = {}
        for state, some in self._to_peers(senders).items():
            for known, others in parts.items():
                both = some & others
                if both:
                    whole = known.within(~self._through).beside(known.within(self._goals).then(state))
                    found[whole] = found.get(whole, 0) | both
        return found

    def _to_peers(self, senders: int) -> dict[State, int]:
        """Return senders by where their packets come: peers may take only what the appliance's own network sends."""
        found: dict[State, int] = {}
        for state, some in self._passed(senders).items():
            for home, closed in ((self._relay.at_home, 0), (~self._relay.at_home, self._relay.closed)):
                if some & home:
                    whole = state.within(self._goals & ~closed)
                    found[whole] = found.get(whole, 0) | (some & home)
        return found

    def _passed(self, senders: int) -> dict[State, int]:
        match self._relay:
            case VmRelay() as relay:
                return self._by_nsgs(relay, senders)
            case FirewallRelay() as relay:
                return received(self._by_rules(relay), senders, self._goals)

    def _by_nsgs(self, relay: VmRelay, senders: int) -> dict[State, int]:
        """Return senders by what the NSGs before a NIC let through, which packets meet on their way in and out."""
        into = self._plain.grouped(relay.subnet, relay.nsg, self._goals, Direction.INBOUND, self._cell)
        parts = received(into, senders, self._goals)
        found: dict[State, int] = {}
        for group in self._plain.grouped(relay.subnet, relay.nsg, senders, Direction.OUTBOUND, self._cell):
            for incoming, some in parts.items():
                both = some & group.classes
                if both:
                    whole = incoming.then(group.state)
                    found[whole] = found.get(whole, 0) | both
        return found

    def _by_rules(self, relay: FirewallRelay) -> Iterator[Group]:
        """Yield destinations by what an Azure Firewall lets through to them; of names asked for nothing is known."""
        from netcheck.policy.azfirewall import judge_azure_firewall  # many sites have none

        lookup = self._plain.lookup
        packets = _packets_at(self._cell)
        for part in judge_azure_firewall(relay.firewall, packets, lookup.estate.book, (), relay.subnet).parts:
            hop = tuple((case.when, case.decision.passes) for case in part.cases if case.decision is not None)
            answer = settled((hop,))
            for box in part.packets.boxes():
                sources = lookup.within(box.sources)
                if answer is None:
                    yield Group(lookup.within(box.destinations), State(0, (((hop,), sources),)))
                elif answer:
                    yield Group(lookup.within(box.destinations), State(sources))


def _packets_at(cell: Cell) -> ps.PacketSet:
    """Return the packets of one protocol and one pair of ports that stand for a cell."""
    protocol, port, source_port = (IntervalSet.point(value) for value in cell.point)
    return ps.box(4, protocol, port, source_port)
