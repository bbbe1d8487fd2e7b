"""Our engine on a load file, fed from the same prefixes as the peers.

    python -m tests.bench.ours LOADFILE b1

`compile` turns prefix texts into sets and rules into clauses; `ask` is the evaluation, deciding rules included.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import parse_prefix
from netcheck.policy.firstmatch import Clause, decide
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box, PacketSet, box
from tests.bench.peers.common import Outcome, Piece, Stopwatch, digest_b1, probes, run
from tests.bench.plain import Addresses, Load, Question, Spans, boxes

UNMATCHED = -2


class Reader:
    """Makes sets of what a load says, each different one once; for every family it reads the prefixes anew."""

    def __init__(self, load: Load, family: int) -> None:
        self._load, self._family = load, family
        self._sides: dict[int, IntervalSet] = {}
        self._spans: dict[Spans, IntervalSet] = {}

    def addresses(self, side: Addresses) -> IntervalSet:
        """Return one side of a rule, read from its prefixes."""
        known = self._sides.get(id(side))
        if known is None:
            texts = [text for text in side.prefixes if (":" in text) == (self._family == 6)]
            ranges = [parse_prefix(text)[0] for text in texts]
            known = self._sides[id(side)] = IntervalSet.of((r.first, r.last) for r in ranges)
        return known

    def numbers(self, spans: Spans) -> IntervalSet:
        """Return protocols or ports."""
        known = self._spans.get(spans)
        if known is None:
            known = self._spans[spans] = IntervalSet.of(spans)
        return known

    def clauses(self, rules: str = "rules") -> list[Clause]:
        """Return one of the load's rule lists, as the evaluator takes it."""
        return list(self._clauses(rules))

    def _clauses(self, rules: str) -> Iterator[Clause]:
        for index, rule in enumerate(getattr(self._load, rules)):
            for protocols, destination_ports, source_ports, _, _ in boxes(rule, self._family, self._load.ported):
                fields = (self.numbers(protocols), self.numbers(destination_ports), self.numbers(source_ports))
                yield Clause(
                    index, Box(self._family, *fields, self.addresses(rule.source), self.addresses(rule.destination))
                )


def asked_packets(question: Question) -> PacketSet:
    """Return the packets of B1, at every source port."""
    destinations = IntervalSet.of((r.first, r.last) for r in (parse_prefix(text)[0] for text in question.prefixes))
    return box(
        4,
        protocols=IntervalSet.point(6),
        destination_ports=IntervalSet.of((port, port) for port in question.ports),
        sources=IntervalSet.point(question.source),
        destinations=destinations,
    )


def b1(load: Load) -> Outcome:
    """Answer B1, for all source ports at once."""
    watch = Stopwatch()
    clauses, asked = Reader(load, 4).clauses(), asked_packets(load.question)
    compiled = watch.lap()
    parts = decide(clauses, asked, UNMATCHED)
    found = [(part.cases[0].rule, list(part.packets.boxes())) for part in parts]
    seconds = watch.lap()
    assert all(len(part.cases) == 1 for part in parts)
    answers = {
        (port, source_port): [
            Piece(first, last, rule != UNMATCHED and load.rules[rule].allow, rule)
            for rule, boxes_ in found
            for one in boxes_
            if port in one.destination_ports and source_port in one.source_ports
            for first, last in one.destinations.spans()
        ]
        for port, source_port in probes(load.question)
    }
    return Outcome(compiled, seconds, digest_b1(load.question, answers))


if __name__ == "__main__":
    run("ours", {"b1": b1})
