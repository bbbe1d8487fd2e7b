"""The one evaluator of ordered rule lists: NSGs, host firewalls, routes.

The first matching rule decides. Evaluation starts from the packets asked about, walks their diagram level by
level keeping the candidate rules as bits of an integer, and on the last level lets the candidates paint the
destinations in order. What paints a packet is its deciding rule; nothing is reconstructed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.errors import QuestionError
from netcheck.policy.facts import ANY_WORLD, Case, Cases, Fact, World
from netcheck.sets.atoms import AtomTable, SplitTable
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import Box, Node, PacketSet, make_node

MOST_FACTS = 24
"""Facts followed exactly for one packet; beyond, each use of a fact is taken on its own (sound, more cautious)."""
MOST_FORKS = 20_000
MOST_CELLS = 400_000
"""Cells of the question that are looked at before it is given up as too complex: about half a minute."""


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
    The parts are disjoint and together exactly `packets`. A part whose cases name several rules depends on facts
    that are not known; the cases of a part cover all worlds. Raise QuestionError when that would take too long.
    """
    found: dict[Cases, dict[int, Node]] = {}
    for family in (4, 6):
        question = packets.node(family)
        if question:
            run = _Run([c for c in clauses if c.box.family == family], question, otherwise)
            for cases, node in run.split_all().items():
                found.setdefault(cases, {})[family] = node
    return tuple(Part(PacketSet(nodes.get(4, ()), nodes.get(6, ())), cases) for cases, nodes in found.items())


class _Run:
    """One evaluation for one family: the clauses clipped to the question, and the tables built from them."""

    def __init__(self, clauses: Sequence[Clause], question: Node, otherwise: int) -> None:
        self._question, self._otherwise, self._forks = question, otherwise, 0
        asked = _values_by_level(question)
        extents = [union(sets) for sets in asked]
        live: list[Clause] = []
        fields: list[list[IntervalSet]] = []
        seen: dict[tuple[int, IntervalSet], IntervalSet] = {}
        for clause in clauses:
            clipped = _clip(clause.box, extents, seen)
            if clipped:
                live.append(clause)
                fields.append(clipped)
        self._rules = [clause.rule for clause in live]
        self._when = [clause.when for clause in live]
        self._tables = [SplitTable([f[level] for f in fields], extents[level]) for level in range(4)]
        self._atoms = AtomTable(asked[4], (f[4] for f in fields))
        self._bits = [self._atoms.bits(f[4]) for f in fields]
        self._all = (1 << len(live)) - 1
        self._final_after = [_final_mask(self._when, fields, extents, level) for level in range(4)]
        self._memo: dict[tuple[int, int], dict[Cases, Node]] = {}

    def split_all(self) -> dict[Cases, Node]:
        return self._split(0, self._question, self._all)

    def _split(self, level: int, node: Node, candidates: int) -> dict[Cases, Node]:
        known = self._memo.get((id(node), candidates))
        if known is not None:
            return known
        if len(self._memo) >= MOST_CELLS:
            raise QuestionError("NC316", "the rules cut these packets into too many pieces", "ask about fewer packets")
        if isinstance(node, IntervalSet):
            painted = self._paint(candidates, self._atoms.bits(node), ANY_WORLD)
            result: dict[Cases, Node] = {cases: self._atoms.decode(bits) for cases, bits in painted.items()}
        else:
            parts: dict[Cases, dict[Node, list[IntervalSet]]] = {}
            for values, child in node:
                for piece, left in self._tables[level].split(values, candidates):
                    for cases, below in self._split(level + 1, child, self._until_final(level, left)).items():
                        parts.setdefault(cases, {}).setdefault(below, []).append(piece)
            result = {
                cases: make_node({below: union(pieces) for below, pieces in edges.items()})
                for cases, edges in parts.items()
            }
        self._memo[id(node), candidates] = result
        return result

    def _until_final(self, level: int, candidates: int) -> int:
        """Drop the candidates behind one that takes all that is left: they can decide nothing."""
        final = candidates & self._final_after[level]
        return candidates & (((final & -final) << 1) - 1) if final else candidates

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


def _clip(
    box: Box, extents: Sequence[IntervalSet], seen: dict[tuple[int, IntervalSet], IntervalSet]
) -> list[IntervalSet] | None:
    """Return the fields of the box inside the question, or None when they miss it; `seen` spares doing one twice."""
    clipped: list[IntervalSet] = []
    for level, (one, extent) in enumerate(zip(box[1:], extents, strict=True)):
        shared = seen.get((level, one))
        if shared is None:
            shared = one & extent
            shared = seen[level, one] = extent if shared == extent else shared
        if not shared:
            return None
        clipped.append(shared)
    return clipped


def _final_mask(
    when: Sequence[tuple[Fact, ...]], fields: Sequence[list[IntervalSet]], extents: Sequence[IntervalSet], level: int
) -> int:
    """Return the clauses that, once the fields up to `level` match, match whatever the other fields are."""
    mask = 0
    for position, clipped in enumerate(fields):
        if not when[position] and all(clipped[later] is extents[later] for later in range(level + 1, 5)):
            mask |= 1 << position
    return mask


def _values_by_level(node: Node) -> list[list[IntervalSet]]:
    """Return, level by level, the different value sets that occur in a diagram."""
    levels: list[list[IntervalSet]] = [[] for _ in range(5)]
    layer: list[Node] = [node]
    for level in range(5):
        below: dict[int, Node] = {}
        for one in layer:
            if isinstance(one, IntervalSet):
                levels[level].append(one)
                continue
            for values, child in one:
                levels[level].append(values)
                below[id(child)] = child
        layer = list(below.values())
    return [list(dict.fromkeys(sets)) or [EMPTY] for sets in levels]
