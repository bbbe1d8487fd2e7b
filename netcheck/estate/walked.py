"""Pairs of classes judged by the walk itself, one VM standing for each class: right for whatever a site holds.

One walk takes the packets of one VM to all the destinations that are asked about; what it finds is cut by destination
and by cell afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.errors import QuestionError
from netcheck.estate import bits
from netcheck.estate.classes import Estate
from netcheck.estate.question import Cell
from netcheck.estate.rows import NOTHING, Row
from netcheck.model.address import AddressRange
from netcheck.model.site import NetworkInterface, VirtualMachine
from netcheck.path.leg import Region, Verdict
from netcheck.policy.resolve import by_family
from netcheck.questions.asking import Asking
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Origin
from netcheck.sets.intervals import IntervalSet

AT_ONCE = 32
"""Destinations of one walk: with more of them there are more regions, and each hop is compared with every region."""
_Goals = dict[int, tuple[AddressRange, ...]]


class Walker:
    """Walks from class to class. `protocols` and `ports` are those of the whole question."""

    def __init__(self, estate: Estate, asking: Asking, protocols: IntervalSet, ports: IntervalSet) -> None:
        self._estate, self._asking = estate, asking
        self._protocols, self._ports = protocols, ports

    def rows(self, sender: int, goals: int, cells: Sequence[Cell]) -> list[Row]:
        """Return, for each cell, what becomes of packets from one class to some others.

        A class of one VM that is asked about itself is judged as if there were a second VM like it.
        """
        found = [NOTHING] * len(cells)
        origins = origins_of(self._estate.machine(sender))
        for regions, some in self._walks(sender, origins, goals):
            for region in regions:
                verdict = region.verdict
                for number, cell in enumerate(cells):
                    packets = region.packets if len(cells) == 1 else region.packets & cell.packets()
                    reached = packets.project("destinations")
                    hit = [g for g, held in some.items() if any(a.first in reached[a.family] for a in held)]
                    found[number] = found[number].also(_row(verdict, hit))
        nobody_knows = sum(1 << goal for goal in bits.each(goals) if self._is_unclear(goal))
        return [row.also(Row(0, 0, nobody_knows)) for row in found] if nobody_knows else found

    def _walks(self, sender: int, origins: Sequence[Origin], goals: int) -> Iterator[tuple[Sequence[Region], _Goals]]:
        """Yield the regions of each walk, with the addresses that it was for."""
        known: _Goals = {}
        for goal in bits.each(goals):
            if self._is_unclear(goal):
                continue
            nics = self._receiver(sender, goal).interfaces
            held = tuple(address for nic in nics for address in nic.addresses)
            unknown = [nic for nic in nics if nic.has_unknown_address]
            if unknown:
                yield self._walk(origins, {goal: held}, unknown[0]), {goal: held}
            else:
                known[goal] = held
        goals_left = list(known.items())
        for at in range(0, len(goals_left), AT_ONCE):
            some = dict(goals_left[at : at + AT_ONCE])
            yield self._walk(origins, some), some

    def _is_unclear(self, goal: int) -> bool:
        """Return whether a VM has several NICs, and of one of them the address is not known."""
        nics = self._estate.machine(goal).interfaces
        return len(nics) > 1 and any(nic.has_unknown_address for nic in nics)

    def _receiver(self, sender: int, goal: int) -> VirtualMachine:
        """Return who stands for a class; for packets to their own class another one than the sender, if there is."""
        is_own = goal == sender and len(self._estate.classes[goal].members) > 1
        return self._estate.machine(goal, 1 if is_own else 0)

    def _walk(self, origins: Sequence[Origin], goals: _Goals, end: NetworkInterface | None = None) -> Sequence[Region]:
        destinations = by_family(address for held in goals.values() for address in held)
        if not any(packets_from(one.addresses, destinations, self._protocols, self._ports) for one in origins):
            return ()
        return self._asking.leg(origins, destinations, self._protocols, self._ports, end).regions


def origins_of(vm: VirtualMachine) -> tuple[Origin, ...]:
    """Return the places that a VM's packets come from: all its NICs. Raise QuestionError where one has no address."""
    for nic in vm.interfaces:
        if not nic.addresses:
            message = f"subnet `{nic.subnet}` has no free address that NIC `{nic.name}` could get"
            raise QuestionError("NC317", message, "Azure would refuse the NIC; make the subnet larger")
    return tuple(Origin(nic.addresses, vm, nic) for nic in vm.interfaces)


def _row(verdict: Verdict, goals: Sequence[int]) -> Row:
    held = bits.of(goals, max(goals, default=0) + 1)
    match verdict:
        case Verdict.REACHABLE:
            return Row(held, 0, 0)
        case Verdict.BLOCKED:
            return Row(0, held, 0)
        case _:
            return Row(0, 0, held)
