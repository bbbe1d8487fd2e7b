"""Rules that decide nothing because earlier rules take all their packets, and the few rules that do so.

A rule is dead when the union of the rules before it covers it (Gouda and Liu: upward redundant). The search looks in
the rule's own box for one cell that no earlier rule covers, so a live rule usually costs a single look. What dead rules
cover is covered by live ones before them, so that dead rules leave the search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass
from math import prod

from netcheck.policy.budget import Budget
from netcheck.policy.covering import Covering
from netcheck.policy.firstmatch import Clause, by_family
from netcheck.policy.permitted import Allows
from netcheck.policy.products import Product
from netcheck.sets.atoms import positions
from netcheck.sets.packets import EVERYTHING, Node, PacketSet

MOST_STEPS = 400_000_000
"""Cheap steps, most of them one AND: about a minute."""


@dataclass(frozen=True, slots=True)
class DeadRule:
    """A rule that decides no packet.

    `covered_by` are earlier rules that together take all its packets, none of which can be spared and none of which is
    dead itself; one where one is enough, empty when the rule matches no packet in the first place. `against` is an
    earlier rule with the other action that takes some of the packets, one of `covered_by` if possible; None when all
    that takes them acts as the rule would.
    """

    rule: int
    covered_by: tuple[int, ...]
    against: int | None


def find_dead(clauses: Sequence[Clause], allows: Allows, packets: PacketSet = EVERYTHING) -> tuple[DeadRule, ...]:
    """Return the rules of a list that decide none of some packets, in order.

    `clauses` are in the order in which rules are looked at. Dead means in every world: what waits for facts covers
    only what waits for the same facts. Raise QuestionError when the search takes too long.
    """
    dead = _search(clauses, packets)
    return tuple(
        _report(rule, [(s, _Covered(product, s.candidates(product, bit, dead))) for s, product, bit in found], allows)
        for rule, found in dead.items()
    )


def list_dead(clauses: Sequence[Clause], packets: PacketSet = EVERYTHING) -> tuple[int, ...]:
    """Return the dead rules alone: what covers them costs as much again to find."""
    return tuple(_search(clauses, packets))


def _search(clauses: Sequence[Clause], packets: PacketSet) -> dict[int, list[tuple[_Search, Product, int]]]:
    """Return for each dead rule its products, each with where it was found and which clause it is of."""
    dead: dict[int, list[tuple[_Search, Product, int]]] = {clause.rule: [] for clause in clauses}
    for _, own, question in by_family(clauses, packets):
        search = _Search(own, question)
        for bit, product in search.run():
            rule = search.clauses[bit].rule
            if product is None:
                dead.pop(rule, None)
            elif rule in dead:
                dead[rule].append((search, product, bit))
    return dead


@dataclass(frozen=True, slots=True)
class _Covered:
    """A product of atoms that earlier rules cover, and the clauses of theirs that touch it."""

    product: Product
    candidates: int


def _report(rule: int, found: Sequence[tuple[_Search, _Covered]], allows: Allows) -> DeadRule:
    touching = {other for search, covered in found for other in search.rules(covered.candidates)}
    cover = tuple(sorted(_cover(found, touching)))
    against = {other for other in touching if allows(other) is not allows(rule)}
    wanted = (against.intersection(cover), against.difference(cover))
    takers = (taker for some in wanted for search, covered in found for taker in search.takers(covered, some))
    return DeadRule(rule, cover, next(takers, None))


def _cover(found: Sequence[tuple[_Search, _Covered]], touching: Set[int]) -> list[int]:
    """Return rules that cover all products, one where one is enough, and none that can be spared."""
    alone = [set(search.rules(search.covering(covered))) for search, covered in found]
    both = set.intersection(*alone) if alone else set()
    several = {rule for rule in touching if any(search.has_several(rule) for search, _ in found)}
    for rule in sorted(both | several):
        if rule in both or all(search.is_covered(covered, [rule]) for search, covered in found):
            return [rule]
    cover: list[int] = []
    for search, covered in found:
        cover += [rule for rule in search.small_cover(covered, cover) if rule not in cover]
    for rule in sorted(cover, reverse=True):
        fewer = [other for other in cover if other != rule]
        if all(search.is_covered(covered, fewer) for search, covered in found):
            cover = fewer
    return cover


class _Search(Covering):
    """The search for cells of a clause that no earlier one takes."""

    def __init__(self, clauses: Sequence[Clause], question: Node) -> None:
        super().__init__(clauses, question, Budget("ask about one direction, or about fewer rules", MOST_STEPS))
        self._count = Counter(clause.rule for clause in self.clauses)
        self._alive = 0

    def run(self) -> Iterator[tuple[int, Product | None]]:
        """Yield each clause with the products of it that are covered, or with None for one that is not."""
        pool = 0
        for bit, clause in enumerate(self.clauses):
            is_alive = False
            for product in self.products(bit):
                is_covered = self.uncovered(product, self.touching(product, pool, clause.when)) is None
                is_alive = is_alive or not is_covered
                yield bit, product if is_covered else None
            if is_alive:
                pool |= 1 << bit

    def candidates(self, product: Product, bit: int, dead: Container[int]) -> int:
        """Return the clauses before one that touch a product of it, of rules that are not dead."""
        if not self._alive:
            self._alive = sum(1 << i for i, clause in enumerate(self.clauses) if clause.rule not in dead)
        return self.touching(product, self._alive & ((1 << bit) - 1), self.clauses[bit].when)

    def rules(self, clauses: int) -> list[int]:
        """Return the rules of some clauses."""
        return list(dict.fromkeys(self.clauses[bit].rule for bit in positions(clauses)))

    def _of_rules(self, rules: Sequence[int], candidates: int) -> int:
        return sum(1 << bit for bit in positions(candidates) if self.clauses[bit].rule in rules)

    def has_several(self, rule: int) -> bool:
        """Return whether a rule has several clauses, which may cover together what none covers alone."""
        return self._count[rule] > 1

    def covering(self, covered: _Covered) -> int:
        """Return the candidates that each cover the product alone."""
        return covered.candidates & self.table.covering(covered.product)

    def is_covered(self, covered: _Covered, rules: Sequence[int]) -> bool:
        """Return whether some rules are enough to cover the product."""
        return self.uncovered(covered.product, self._of_rules(rules, covered.candidates)) is None

    def small_cover(self, covered: _Covered, have: Sequence[int]) -> list[int]:
        """Return rules that cover the product together with those already chosen.

        An uncovered cell is asked for again and again, and the widest candidate there is taken.
        """
        alone = self.covering(covered)
        if alone:
            return self.rules(alone & -alone)
        cover = self._of_rules(have, covered.candidates)
        while (there := self.uncovered(covered.product, cover)) is not None:
            takers = positions(there & covered.candidates)
            cover |= 1 << max(takers, key=lambda bit: (self._volume(covered.product, bit), -bit))
        return self.rules(cover)

    def takers(self, covered: _Covered, rules: Container[int]) -> Iterator[int]:
        """Yield those of some rules that decide part of the product."""
        for bit in positions(covered.candidates):
            if self.clauses[bit].rule in rules:
                shared = self.shared(covered.product, bit)
                if self.uncovered(shared, covered.candidates & ((1 << bit) - 1)) is not None:
                    yield self.clauses[bit].rule

    def _volume(self, product: Product, bit: int) -> int:
        return prod(field.size(bits) for field, bits in zip(self._fields, self.shared(product, bit), strict=True))
