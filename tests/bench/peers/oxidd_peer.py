"""OxiDD, the fastest decision-diagram library tried: rules as BCDDs, one thread, exact counts.

    python -m tests.bench.peers.oxidd_peer LOADFILE b1|permitted|b2|b3

Variable order: destination, source, protocol, destination port, source port (the best of those tried). Every different
span list is made into a diagram once, bottom up, and a rule is the conjunction of its fields from the last variable to
the first. `compile` is that; `ask` is the fold over the rules: backward for the permitted set, forward for dead rules.
Setting up the manager and its caches is not timed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.peers.common import (
    Outcome,
    Piece,
    Stopwatch,
    digest_b1,
    digest_b2,
    digest_b3,
    library,
    probes,
    run,
)
from tests.bench.plain import BITS, Load, PlainBox, PlainRule, Span, Spans, boxes, overlap

_bcdd = library("oxidd.bcdd")
MOST_NODES, CACHE = 1 << 26, 1 << 22
"""Room for inner nodes and for the apply cache, in entries; beyond, the library gives up."""
_ORDER = (4, 3, 0, 1, 2)
"""The fields of a box in the order of the variables."""


class Universe:
    """The packets of one family as the assignments of one manager's variables."""

    def __init__(self, family: int, ported: Spans) -> None:
        widths = [BITS[family], BITS[family], 8, 16, 16]
        self.family, self._ported, self.variables = family, ported, sum(widths)
        self.manager = _bcdd.BCDDManager(MOST_NODES, CACHE, 1)
        self.manager.add_vars(self.variables)
        self.true, self.false = self.manager.true(), self.manager.false()
        starts = [sum(widths[:i]) for i in range(5)]
        self._fields = {field: (starts[i], widths[i]) for i, field in enumerate(_ORDER)}
        self._variables = [self.manager.var(i) for i in range(self.variables)]
        self._known: dict[tuple[int, Spans], Any] = {}

    def field(self, field: int, spans: Spans) -> Any:
        """Return the packets whose field of a box lies in the spans."""
        at = (field, spans)
        if at not in self._known:
            start, width = self._fields[field]
            self._known[at] = self._values(start, width, spans)
        return self._known[at]

    def _values(self, variable: int, bits: int, spans: Sequence[Span]) -> Any:
        """Return the numbers of `bits` bits in sorted spans, the first bit being `variable`."""
        if not spans:
            return self.false
        if spans[0] == (0, (1 << bits) - 1):
            return self.true
        half = 1 << (bits - 1)
        low = [(first, min(last, half - 1)) for first, last in spans if first < half]
        high = [(max(first, half) - half, last - half) for first, last in spans if last >= half]
        return self._variables[variable].ite(
            self._values(variable + 1, bits - 1, high), self._values(variable + 1, bits - 1, low)
        )

    def box(self, box: PlainBox) -> Any:
        """Return the packets of a box."""
        found = self.true
        for field in reversed(_ORDER):
            found = self.field(field, box[field]) & found
        return found

    def rule(self, rule: PlainRule) -> Any:
        """Return the packets that a rule matches."""
        found = self.false
        for box in boxes(rule, self.family, self._ported):
            found = found | self.box(box)
        return found

    def count(self, packets: Any) -> int:
        """Return the exact number of packets in a set."""
        return int(packets.sat_count(self.variables))


def permitted(universe: Universe, allows: Iterable[bool], matched: Sequence[Any]) -> Any:
    """Return what a rule list lets through: the backward fold."""
    found = universe.false
    for allow, packets in zip(reversed(list(allows)), reversed(matched), strict=True):
        found = found | packets if allow else found & ~packets
    return found


def destinations(packets: Any, base: int = 0, bits: int = 32) -> list[Span]:
    """Return the addresses of a set in which all other fields are fixed; they are its first variables."""
    if not packets.satisfiable():
        return []
    if bits == 0:
        return [(base, base)]
    level = packets.node_level()
    if level is None or level >= 32:
        return [(base, base + (1 << bits) - 1)]
    if level > 32 - bits:
        high = low = packets
    else:
        high, low = packets.cofactors()
    half = 1 << (bits - 1)
    return [*destinations(low, base, bits - 1), *destinations(high, base + half, bits - 1)]


def b1(load: Load) -> Outcome:
    """Answer B1: fold the rules over the packets asked about."""
    question = load.question
    universe, watch = Universe(4, load.ported), Stopwatch()
    matched = [universe.rule(rule) for rule in load.rules]
    compiled = watch.lap()
    found = {}
    for port, source_port in probes(question):
        points = (question.source, question.source), (port, port), (source_port, source_port)
        asked = universe.box((((6, 6),), (points[1],), (points[2],), (points[0],), question.asked))
        allowed = permitted(universe, [rule.allow for rule in load.rules], [one & asked for one in matched]) & asked
        found[port, source_port] = (allowed, asked & ~allowed)
    seconds = watch.lap()
    answers = {
        at: [
            Piece(first, last, allow)
            for allow, packets in ((True, allowed), (False, denied))
            for first, last in overlap(tuple(destinations(packets)), question.asked)
        ]
        for at, (allowed, denied) in found.items()
    }
    return Outcome(compiled, seconds, digest_b1(question, answers))


def permitted_set(load: Load) -> Outcome:
    """Compile the first list alone and count what it permits."""
    compiled = asked = 0.0
    counts: dict[int, int] = {}
    nodes = []
    for family in load.families():
        universe, watch = Universe(family, load.ported), Stopwatch()
        matched = [universe.rule(rule) for rule in load.rules]
        compiled += watch.lap()
        found = permitted(universe, [rule.allow for rule in load.rules], matched)
        counts[family] = universe.count(found)
        asked += watch.lap()
        nodes.append(f"ipv{family}: {found.node_count()} nodes")
    return Outcome(compiled, asked, digest_b2(counts), ", ".join(nodes))


def b2(load: Load) -> Outcome:
    """Compile both lists, fold both, and count what they permit and where they differ."""
    compiled = asked = 0.0
    counts: dict[str, dict[int, int]] = {"permitted": {}, "opened": {}, "closed": {}}
    for family in load.families():
        universe, watch = Universe(family, load.ported), Stopwatch()
        lists = [(rules, [universe.rule(rule) for rule in rules]) for rules in (load.rules, load.other)]
        compiled += watch.lap()
        before, after = (permitted(universe, [rule.allow for rule in rules], matched) for rules, matched in lists)
        differing = before ^ after
        found = {"permitted": before, "opened": differing & after, "closed": differing & before}
        for name, packets in found.items():
            counts[name][family] = universe.count(packets)
        asked += watch.lap()
    return Outcome(compiled, asked, digest_b2(**counts))


def b3(load: Load) -> Outcome:
    """Find the rules that decide nothing, and those that decide less than they match: the forward fold."""
    compiled = asked = 0.0
    alive: set[int] = set()
    overlapped: set[int] = set()
    for family in load.families():
        universe, watch = Universe(family, load.ported), Stopwatch()
        matched = [universe.rule(rule) for rule in load.rules]
        compiled += watch.lap()
        covered = universe.false
        for index, packets in enumerate(matched):
            taken = packets & covered
            if taken != packets:
                alive.add(index)
                covered = covered | packets
            if taken != universe.false:
                overlapped.add(index)
        asked += watch.lap()
    dead = set(range(len(load.rules))) - alive
    return Outcome(compiled, asked, digest_b3(len(load.rules), dead, alive & overlapped))


if __name__ == "__main__":
    run("oxidd_peer", {"b1": b1, "permitted": permitted_set, "b2": b2, "b3": b3})
