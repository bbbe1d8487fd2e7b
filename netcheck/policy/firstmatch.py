"""The one evaluator of ordered rule lists: NSGs, host firewalls, routes.

The first matching rule decides. Evaluation starts from the packets asked about, walks their diagram field by field
keeping the candidate rules as bits of an integer (see `policy.tablewalk`), and on the last field lets the candidates
paint the destinations in order. What paints a packet is its deciding rule; nothing is reconstructed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.policy.facts import ANY_WORLD, Case, Cases, Fact, World
from netcheck.policy.table import LAST, RuleTable
from netcheck.policy.tablewalk import Walk
from netcheck.sets.packets import Box, Node, PacketSet, first_values

MOST_FACTS = 24
"""Facts followed exactly for one packet; beyond, each use of a fact is taken on its own (sound, more cautious)."""
MOST_FORKS = 20_000


class Clause(NamedTuple):
    """Part of what a rule matches: a box, provided that every fact in `when` holds."""

    rule: int
    box: Box
    when: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Packets that share their cases: one case, or one for each world in which another rule decides."""

    packets: PacketSet
    cases: Cases


def decide(clauses: Sequence[Clause], packets: PacketSet, otherwise: int) -> tuple[Part, ...]:
    """Split `packets` by what an ordered rule list does with them.

    `clauses` are in the order in which the rules are looked at; `otherwise` stands for "no rule matched".
    The parts are disjoint and together exactly `packets`, in the order of their first packets. A part whose cases name
    several rules depends on facts that are not known; the cases of a part cover all worlds. Raise QuestionError when
    that would take too long.
    """
    found: dict[Cases, dict[int, Node]] = {}
    for family, own, question in by_family(clauses, packets):
        decided = _decide(own, question, otherwise)
        for cases, node in sorted(decided.items(), key=lambda one: first_values(one[1])):
            found.setdefault(cases, {})[family] = node
    return tuple(Part(PacketSet(nodes.get(4, ()), nodes.get(6, ())), cases) for cases, nodes in found.items())


def by_family(clauses: Sequence[Clause], packets: PacketSet) -> Iterator[tuple[int, list[Clause], Node]]:
    """Yield each family that is asked about, with its clauses and the packets asked about."""
    for family in (4, 6):
        question = packets.node(family)
        if question:
            yield family, [clause for clause in clauses if clause.box.family == family], question


def _decide(clauses: Sequence[Clause], question: Node, otherwise: int) -> dict[Cases, Node]:
    table = RuleTable([c.box for c in clauses], [not c.when for c in clauses], question)
    painter = Painter([clauses[position] for position in table.kept], table.fields[LAST].bits, otherwise)
    if painter.waiting:
        return {cases: found.packets() for cases, found in Walk(table, painter.cases).run().items()}
    settled = Walk(table, painter.rules).run()
    return {(Case(ANY_WORLD, rule),): found.packets() for rule, found in settled.items()}


class Painter:
    """Lets rules take destinations in order. `bits` are the destination atoms of each clause."""

    def __init__(self, clauses: Sequence[Clause], bits: Sequence[int], otherwise: int) -> None:
        self._rules = [clause.rule for clause in clauses]
        self._when = [clause.when for clause in clauses]
        self._bits, self._otherwise, self._forks = bits, otherwise, 0
        self.waiting = sum(1 << position for position, when in enumerate(self._when) if when)
        """The clauses that wait for facts."""

    def rules(self, candidates: int, left: int) -> dict[int, int]:
        """Return the destinations that each rule decides; no clause may wait for a fact."""
        out: dict[int, int] = {}
        bits, rules = self._bits, self._rules
        while candidates and left:
            lowest = candidates & -candidates
            candidates ^= lowest
            clause = lowest.bit_length() - 1
            hit = left & bits[clause]
            if hit:
                left ^= hit
                rule = rules[clause]
                out[rule] = out.get(rule, 0) | hit
        if left:
            out[self._otherwise] = out.get(self._otherwise, 0) | left
        return out

    def cases(self, candidates: int, left: int) -> dict[Cases, int]:
        """Return the destinations by who decides them in which world."""
        if not candidates & self.waiting:
            return {(Case(ANY_WORLD, rule),): bits for rule, bits in self.rules(candidates, left).items()}
        return self._paint(candidates, left, ANY_WORLD)

    def _paint(self, candidates: int, left: int, world: World) -> dict[Cases, int]:
        """Let the candidates take their destinations in order; fork where a fact decides whether one matches."""
        out: dict[Cases, int] = {}
        while candidates and left:
            lowest = candidates & -candidates
            clause = lowest.bit_length() - 1
            hit = left & self._bits[clause]
            if hit:
                open_facts = _open_facts(self._when[clause], world)
                if open_facts is None:
                    candidates ^= lowest
                    continue
                left ^= hit
                if not open_facts:
                    _add(out, (Case(world, self._rules[clause]),), hit)
                elif len(world) >= MOST_FACTS or self._forks >= MOST_FORKS:
                    for cases, bits in self._paint_cautiously(candidates, hit, world).items():
                        _add(out, cases, bits)
                else:
                    self._forks += 1
                    fact = open_facts[0]
                    yes = self._paint(candidates, hit, world | {(fact, True)})
                    no = self._paint(candidates ^ lowest, hit, world | {(fact, False)})
                    for cases, bits in _overlay(yes, no, world).items():
                        _add(out, cases, bits)
            candidates ^= lowest
        if left:
            _add(out, (Case(world, self._otherwise),), left)
        return out

    def _paint_cautiously(self, candidates: int, left: int, world: World) -> dict[Cases, int]:
        """Collect every rule that could decide, without following which facts go together."""
        regions: dict[tuple[int, ...], int] = {(): left}
        done: dict[tuple[int, ...], int] = {}
        while candidates and regions:
            lowest = candidates & -candidates
            candidates ^= lowest
            clause = lowest.bit_length() - 1
            open_facts = _open_facts(self._when[clause], world)
            if open_facts is None:
                continue
            for rules, bits in list(regions.items()):
                hit = bits & self._bits[clause]
                if hit:
                    _take(regions, rules, hit)
                    more = tuple(dict.fromkeys((*rules, self._rules[clause])))
                    target = regions if open_facts else done
                    target[more] = target.get(more, 0) | hit
        for rules, bits in regions.items():
            more = tuple(dict.fromkeys((*rules, self._otherwise)))
            done[more] = done.get(more, 0) | bits
        return {tuple(Case(world, rule) for rule in rules): bits for rules, bits in done.items()}


def _take(regions: dict[tuple[int, ...], int], rules: tuple[int, ...], hit: int) -> None:
    regions[rules] ^= hit
    if not regions[rules]:
        del regions[rules]


def _open_facts(when: tuple[Fact, ...], world: World) -> tuple[Fact, ...] | None:
    """Return the facts of `when` that the world leaves open; None when it denies one of them."""
    if not when:
        return ()
    if any((fact, False) in world for fact in when):
        return None
    return tuple(fact for fact in when if (fact, True) not in world)


def _overlay(yes: dict[Cases, int], no: dict[Cases, int], world: World) -> dict[Cases, int]:
    """Join the two halves of a fork; a packet that one rule decides in both is settled."""
    out: dict[Cases, int] = {}
    for yes_cases, yes_bits in yes.items():
        for no_cases, no_bits in no.items():
            shared = yes_bits & no_bits
            if shared:
                cases = yes_cases + no_cases
                if all(case.rule == cases[0].rule for case in cases):
                    cases = (Case(world, cases[0].rule),)
                _add(out, cases, shared)
    return out


def _add(out: dict[Cases, int], cases: Cases, bits: int) -> None:
    out[cases] = out.get(cases, 0) | bits
