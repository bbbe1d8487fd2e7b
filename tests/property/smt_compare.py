"""Proofs, by a solver, that the engine's packet sets are exactly those of the bit-vector encoding.

Nothing is sampled: a comparison comes back empty when no header of the question and no set of facts tells the two
apart, and otherwise with a header that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import z3

from netcheck.model.flow import Flow
from netcheck.model.rules import Access
from netcheck.policy.decision import HopCase, HopKind, HopResult
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Node, PacketSet
from tests.oracle.reference import Ruling
from tests.oracle.smt import Facts, Formula, Header, Number, Outcomes, is_header, one_of


class Part(NamedTuple):
    """Packets of the engine's answer and everyone it says may decide them."""

    packets: PacketSet
    rulings: frozenset[Ruling]


class Mismatch(NamedTuple):
    """Where the two differ: what the engine says wrongly, and a flow for which it does."""

    claim: str
    flow: Flow

    def __str__(self) -> str:
        return f"{self.claim}, for example {self.flow!r}"


def parts_of(results: Iterable[HopResult]) -> list[Part]:
    """Return the packets of a hop by who may decide them."""
    found: dict[frozenset[Ruling], PacketSet] = {}
    for result in results:
        for part in result.parts:
            rulings = frozenset(ruling_of(case, result.hop) for case in part.cases)
            found[rulings] = found[rulings] | part.packets if rulings in found else part.packets
    return [Part(packets, rulings) for rulings, packets in found.items()]


def ruling_of(case: HopCase, hop: HopKind) -> Ruling:
    """Return who decides in a case; a route is told by its next hop as well as by its name."""
    access = Access.ALLOW if case.passes else Access.DENY
    if case.decision is None:
        return Ruling(access, "")
    decision = case.decision
    return Ruling(access, f"{decision.rule}: {decision.note}" if hop is HopKind.ROUTE else decision.rule)


class Formulas:
    """Turns the engine's sets into formulas; sub-diagrams that sets share stay shared."""

    def __init__(self, header: Header) -> None:
        self._family = header.family
        self._fields = header.protocol, header.destination_port, header.source_port, header.source, header.destination
        self._values: dict[tuple[int, IntervalSet], Formula] = {}
        self._nodes: dict[int, tuple[Node, Formula]] = {}  # holds the node too, so that its id is not used again

    def of(self, packets: PacketSet) -> Formula:
        """Return that the header is in the set."""
        return self._of_node(packets.node(self._family), 0)

    def _of_node(self, node: Node, level: int) -> Formula:
        if isinstance(node, IntervalSet):
            return self._of_values(node, level)
        if id(node) not in self._nodes:
            edges = [z3.And(self._of_values(part, level), self._of_node(child, level + 1)) for part, child in node]
            self._nodes[id(node)] = node, z3.Or(edges)
        return self._nodes[id(node)][1]

    def _of_values(self, values: IntervalSet, level: int) -> Formula:
        if (level, values) not in self._values:
            self._values[level, values] = one_of(self._fields[level], values.spans())
        return self._values[level, values]


class Comparison:
    """Compares answers about one question: the headers for which `asked` holds.

    `judged` narrows what is compared about rulings to what somebody documents; the parts must be exact for all.
    """

    def __init__(self, header: Header, facts: Facts, asked: Formula, judged: Formula) -> None:
        self._header, self._facts = header, facts
        self._asked = z3.And(is_header(header), asked)
        self._judged = z3.And(self._asked, judged)
        self._formulas = Formulas(header)

    def rulings(self, parts: Sequence[Part], outcomes: Outcomes) -> Iterator[Mismatch]:
        """Yield where parts overlap or leave a gap, and where who may decide is too few or too many."""
        yield from self.partition([part.packets for part in parts])
        undecided = z3.And(self._judged, z3.Not(z3.Or(list(outcomes.values()))), *self._facts.laws)
        yield from self._refute(undecided, "the encoding leaves open who decides")
        yield from self._too_few(parts, outcomes)
        open_parts = [part for part in parts if len(part.rulings) > 1]
        for ruling, sets in self._by_ruling(open_parts).items():
            claim = f"{ruling} is said to decide in some world"
            yield from self.in_some_world(z3.Or(sets), outcomes.get(ruling, z3.BoolVal(False)), claim)

    def partition(self, sets: Sequence[PacketSet]) -> Iterator[Mismatch]:
        """Yield a header that is in two sets, in none, or not in the question at all."""
        twice, seen = [], z3.BoolVal(False)
        for one in map(self._formulas.of, sets):
            twice.append(z3.And(seen, one))
            seen = z3.Or(seen, one)
        yield from self._refute(z3.Or(twice), "two parts hold a packet")
        yield from self._refute(seen != self._asked, "the parts are not the question")

    def of(self, packets: PacketSet) -> Formula:
        """Return that the header is in a set."""
        return self._formulas.of(packets)

    def never(self, holds: Formula, claim: str) -> Iterator[Mismatch]:
        """Yield a packet for which a formula holds in some world."""
        yield from self._refute(z3.And(self._judged, holds, *self._facts.laws), claim)

    def in_every_world(self, packets: PacketSet, holds: Formula, claim: str) -> Iterator[Mismatch]:
        """Yield a packet of the set for which a formula fails in some world."""
        doubt = z3.And(self._judged, self._formulas.of(packets), z3.Not(holds), *self._facts.laws)
        yield from self._refute(doubt, claim)

    def in_some_world(self, packets: PacketSet | Formula, holds: Formula, claim: str) -> Iterator[Mismatch]:
        """Yield a packet for which a formula holds in no world.

        A header is looked for that no world tried so far makes hold, then a world that does for that header: either
        there is none, or it joins the worlds tried. There are finitely many, so the search ends, with a proof.
        """
        inside = self._formulas.of(packets) if isinstance(packets, PacketSet) else packets
        headers, worlds = z3.SolverFor("QF_BV"), z3.SolverFor("QF_BV")
        headers.add(self._judged, inside)
        worlds.add(holds, *self._facts.laws)
        while is_satisfiable(headers):
            found = headers.model()
            if not is_satisfiable(worlds, *[field == value for field, value in self._values(found)]):
                yield Mismatch(claim, self._flow(found))
                return
            world = worlds.model()
            answers = [(fact, world.eval(fact, model_completion=True)) for fact in self._facts.asked.values()]
            headers.add(z3.Not(z3.substitute(holds, *answers)))

    def _too_few(self, parts: Sequence[Part], outcomes: Outcomes) -> Iterator[Mismatch]:
        named = self._by_ruling(parts)
        unnamed = {
            ruling: z3.And(decides, z3.Not(z3.Or(named.get(ruling, [])))) for ruling, decides in outcomes.items()
        }
        everything = z3.And(self._judged, z3.Or(list(unnamed.values())), *self._facts.laws)
        for found in self._models(everything):
            who = [r for r, wrong in unnamed.items() if z3.is_true(found.eval(wrong, model_completion=True))]
            yield Mismatch(f"{who} may decide and is not named", self._flow(found))

    def _by_ruling(self, parts: Iterable[Part]) -> dict[Ruling, list[Formula]]:
        found: dict[Ruling, list[Formula]] = {}
        for part in parts:
            for ruling in part.rulings:
                found.setdefault(ruling, []).append(self._formulas.of(part.packets))
        return found

    def _refute(self, doubt: Formula, claim: str) -> Iterator[Mismatch]:
        yield from (Mismatch(claim, self._flow(found)) for found in self._models(doubt))

    def _models(self, formula: Formula) -> Iterator[z3.ModelRef]:
        solver = z3.SolverFor("QF_BV")
        solver.add(formula)
        if is_satisfiable(solver):
            yield solver.model()

    def _values(self, found: z3.ModelRef) -> list[tuple[Number, Number]]:
        return [(field, found.eval(field, model_completion=True)) for field in self._header[1:]]

    def _flow(self, found: z3.ModelRef) -> Flow:
        protocol, sport, dport, source, destination = (value.as_long() for _, value in self._values(found))
        return Flow(self._header.family, protocol, source, sport, destination, dport)


def is_satisfiable(solver: z3.Solver, *assumed: Formula) -> bool:
    """Return whether a solver finds values; a solver that gives up is an error, not a proof."""
    said = solver.check(*assumed)
    assert said != z3.unknown, solver.reason_unknown()
    return bool(said == z3.sat)
