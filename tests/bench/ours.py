"""Our engine on a load file, fed from the same prefixes as the peers.

    python -m tests.bench.ours LOADFILE b1|permitted|b2|b3|b3-list|b3-partly

`compile` turns prefix texts into sets and rules into clauses; `ask` is the evaluation, deciding rules included.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

from netcheck.model.address import parse_spans
from netcheck.policy.dead import find_dead, list_dead
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.partly import find_partly_dead
from netcheck.policy.permitted import permitted
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PORTS, ALL_PROTOCOLS, EVERYTHING, Box, PacketSet, box, box_node
from tests.bench.peers.common import (
    Outcome,
    Piece,
    Stopwatch,
    digest_b1,
    digest_b2,
    digest_b3,
    is_candidate,
    probes,
    run,
)
from tests.bench.plain import Addresses, Load, PlainRule, Question, Spans, boxes

UNMATCHED = -2
"""The deciding rule where none matches, as the peers write it."""
NO_RULE = -1


class Reader:
    """Makes sets of what a load says, each different one once.

    For B1 it reads the texts of prefixes, as IPSet does; else it starts from spans, as decision diagrams do.
    """

    def __init__(self, load: Load, family: int, *, reads: bool = False) -> None:
        self._load, self._family, self._reads = load, family, reads
        self._sides: dict[int, IntervalSet] = {}
        self._spans: dict[Spans, IntervalSet] = {}

    def addresses(self, side: Addresses) -> IntervalSet:
        """Return one side of a rule, read from its prefixes, or made of spans where the peers get these."""
        known = self._sides.get(id(side))
        if known is None and not self._reads:
            known = self._sides[id(side)] = IntervalSet.of(side.spans(self._family))
        if known is None:
            spans = parse_spans(text for text in side.prefixes if (":" in text) == (self._family == 6))
            known = self._sides[id(side)] = IntervalSet.of(spans)
        return known

    def numbers(self, spans: Spans) -> IntervalSet:
        """Return protocols or ports."""
        known = self._spans.get(spans)
        if known is None:
            known = self._spans[spans] = IntervalSet.of(spans)
        return known

    def clauses(self, rules: str = "rules", is_wanted: Callable[[PlainRule], bool] = lambda _: True) -> list[Clause]:
        """Return one of the load's rule lists, as the evaluator takes it."""
        return list(self._clauses(rules, is_wanted))

    def _clauses(self, rules: str, is_wanted: Callable[[PlainRule], bool]) -> Iterator[Clause]:
        for index, rule in enumerate(getattr(self._load, rules)):
            if not is_wanted(rule):
                continue
            for protocols, destination_ports, source_ports, _, _ in boxes(rule, self._family, self._load.ported):
                fields = (self.numbers(protocols), self.numbers(destination_ports), self.numbers(source_ports))
                yield Clause(
                    index, Box(self._family, *fields, self.addresses(rule.source), self.addresses(rule.destination))
                )


def asked_packets(question: Question) -> PacketSet:
    """Return the packets of B1, at every source port."""
    return box(
        4,
        protocols=IntervalSet.point(6),
        destination_ports=IntervalSet.of((port, port) for port in question.ports),
        sources=IntervalSet.point(question.source),
        destinations=IntervalSet.of(parse_spans(question.prefixes)),
    )


def b1(load: Load) -> Outcome:
    """Answer B1, for all source ports at once; rules for other ports or sources are not resolved, as in `filter`."""
    watch = Stopwatch()
    at = probes(load.question)
    clauses = Reader(load, 4, reads=True).clauses(
        "rules", lambda rule: any(is_candidate(rule, load.question, *one) for one in at)
    )
    asked = asked_packets(load.question)
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
        for port, source_port in at
    }
    return Outcome(compiled, seconds, digest_b1(load.question, answers))


def whole(load: Load, family: int) -> PacketSet:
    """Return all packets of a family; in filter sets every protocol has ports."""
    every = ALL_ADDRESSES[family]
    if load.ported == ((0, 255),):
        node = box_node(ALL_PROTOCOLS, ALL_PORTS, ALL_PORTS, every, every)
        return PacketSet(v4=node) if family == 4 else PacketSet(v6=node)
    return PacketSet(v4=EVERYTHING.v4) if family == 4 else PacketSet(v6=EVERYTHING.v6)


def permitted_set(load: Load) -> Outcome:
    """Work out the permitted set of the first list, and count it."""
    watch = Stopwatch()
    clauses = {family: Reader(load, family).clauses() for family in load.families()}
    compiled = watch.lap()
    found = {
        family: permitted(one, lambda rule: _allows(load.rules, rule), whole(load, family))
        for family, one in clauses.items()
    }
    counts = {family: one.count_allowed() for family, one in found.items()}
    return Outcome(compiled, watch.lap(), digest_b2(counts))


def _allows(rules: tuple[PlainRule, ...], rule: int) -> bool:
    return rule != NO_RULE and rules[rule].allow


def b2(load: Load) -> Outcome:
    """Work out what the change from the first list to the other opens and closes, and count both."""
    watch = Stopwatch()
    readers = {family: Reader(load, family) for family in load.families()}
    lists = {family: (one.clauses(), one.clauses("other")) for family, one in readers.items()}
    compiled = watch.lap()
    opened, closed = {}, {}
    for family, (old, new) in lists.items():
        change = compare_rules(
            Rules(old, lambda rule: _allows(load.rules, rule)),
            Rules(new, lambda rule: _allows(load.other, rule)),
            whole(load, family),
        )
        opened[family], closed[family] = change.count(Change.OPENED), change.count(Change.CLOSED)
    return Outcome(compiled, watch.lap(), digest_b2({}, opened, closed))


def b3(load: Load) -> Outcome:
    """Find the dead rules, each with its small cover."""
    watch = Stopwatch()
    clauses, packets = _of_all_families(load)
    compiled = watch.lap()
    dead = find_dead(clauses, lambda rule: _allows(load.rules, rule), packets)
    seconds = watch.lap()
    widest = max((len(one.covered_by) for one in dead), default=0)
    note = f"largest cover {widest} rules"
    return Outcome(compiled, seconds, digest_b3(len(load.rules), (one.rule for one in dead)), note)


def b3_list(load: Load) -> Outcome:
    """Find the dead rules alone, as the peers do."""
    watch = Stopwatch()
    clauses, packets = _of_all_families(load)
    compiled = watch.lap()
    dead = list_dead(clauses, packets)
    return Outcome(compiled, watch.lap(), digest_b3(len(load.rules), dead))


def b3_partly(load: Load) -> Outcome:
    """Find how much of each rule earlier ones take."""
    watch = Stopwatch()
    clauses, packets = _of_all_families(load)
    compiled = watch.lap()
    overlaps = find_partly_dead(clauses, packets)
    seconds = watch.lap()
    note = f"{len(overlaps.given_up)} rules given up" if overlaps.given_up else ""
    digest = digest_b3(
        len(load.rules),
        (one.rule for one in overlaps.found if one.is_dead),
        (one.rule for one in overlaps.found if not one.is_dead),
    )
    return Outcome(compiled, seconds, {} if note else digest, note)


def _of_all_families(load: Load) -> tuple[list[Clause], PacketSet]:
    clauses, packets = [], PacketSet()
    for family in load.families():
        clauses += Reader(load, family).clauses()
        packets = packets | whole(load, family)
    return sorted(clauses, key=lambda clause: clause.rule), packets


if __name__ == "__main__":
    gc.disable()  # as the command line does
    run("ours", {"b1": b1, "permitted": permitted_set, "b2": b2, "b3": b3, "b3-list": b3_list, "b3-partly": b3_partly})
