"""The addresses that a question asks about, in order, cut where their fate changes: what an address bar shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from netcheck.model.address import FAMILIES, Family
from netcheck.path.leg import Verdict, combine
from netcheck.questions.answer import Answer
from netcheck.questions.answer import ports as port_texts
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import Box, PacketSet


class Run(NamedTuple):
    """Addresses that follow each other in the range and share a verdict; there may be gaps between them."""

    verdict: Verdict
    addresses: IntervalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRuns:
    """All addresses of one family that are asked about on some ports, in order; neighbours differ in their verdict.

    An address is `partial` where its fate depends on something else than itself and the port: a source port, a
    protocol, one of several sources.
    """

    family: Family
    ports: tuple[str, ...]
    runs: tuple[Run, ...]

    @property
    def size(self) -> int:
        """How many addresses there are."""
        return sum(run.addresses.size for run in self.runs)

    def count(self, verdict: Verdict) -> int:
        """Return how many addresses have a verdict."""
        return sum(run.addresses.size for run in self.runs if run.verdict is verdict)


def runs_of(answer: Answer) -> tuple[AddressRuns, ...]:
    """Return the destinations of an answer by what becomes of packets to them; ports of one fate stand together."""
    return tuple(one for family in FAMILIES for one in _of_family(answer, family))


def _of_family(answer: Answer, family: Family) -> Iterator[AddressRuns]:
    by_runs: dict[tuple[Run, ...], list[IntervalSet]] = {}
    for ports in _port_classes(answer, family):
        fates = _fates(answer, family, ports)
        if fates:
            by_runs.setdefault(tuple(_in_order(fates)), []).append(ports)
    for runs, several in by_runs.items():
        yield AddressRuns(family=family, ports=tuple(port_texts(union(several))), runs=runs)


def _port_classes(answer: Answer, family: Family) -> list[IntervalSet]:
    """Return the ports of a question in classes that no part of the answer cuts."""
    classes: list[IntervalSet] = []
    for part in answer.parts:
        for box in _boxes(part.packets, family):
            fresh = box.destination_ports - union(classes)
            cut = [piece for one in classes for piece in (one & box.destination_ports, one - box.destination_ports)]
            classes = [piece for piece in (*cut, fresh) if piece]
    return classes


def _boxes(packets: PacketSet, family: Family) -> Iterator[Box]:
    return (box for box in packets.boxes() if box.family == family)


def _fates(answer: Answer, family: Family, ports: IntervalSet) -> dict[Verdict, IntervalSet]:
    """Return the destinations by verdict, disjoint."""
    found: dict[frozenset[Verdict], IntervalSet] = {}
    for part in answer.parts:
        asked = (box.destinations for box in _boxes(part.packets, family) if box.destination_ports & ports)
        fresh = union(asked)
        for verdicts, addresses in list(found.items()):
            both = addresses & fresh
            if both and part.verdict not in verdicts:
                found[verdicts] = addresses - both
                joined = verdicts | {part.verdict}
                found[joined] = found.get(joined, EMPTY) | both
        alone = frozenset([part.verdict])
        fresh = fresh - union(found.values())
        found[alone] = found.get(alone, EMPTY) | fresh
    fates: dict[Verdict, IntervalSet] = {}
    for verdicts, addresses in found.items():
        if addresses:
            verdict = combine(verdicts)
            fates[verdict] = fates.get(verdict, EMPTY) | addresses
    return fates


def _in_order(fates: dict[Verdict, IntervalSet]) -> Iterator[Run]:
    """Yield the runs of equal fate in the order of the addresses."""
    spans = sorted((span, verdict) for verdict, addresses in fates.items() for span in addresses.spans())
    for verdict, several in groupby(spans, key=lambda one: one[1]):
        yield Run(verdict, IntervalSet.of(span for span, _ in several))
