"""Rules whose removal changes nothing, because what is looked at after them does the same with all they decide.

Gouda and Liu call them downward redundant. Such a rule is found by what would speak against it: a later clause of the
other action that becomes the first to match some packet. That clause shares packets with the rule, and those must all
be taken by clauses before it, the rule itself aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from netcheck.policy.budget import Budget
from netcheck.policy.covering import Covering
from netcheck.policy.firstmatch import Clause, by_family
from netcheck.policy.permitted import NO_RULE, Allows
from netcheck.policy.products import Product
from netcheck.sets.atoms import positions
from netcheck.sets.packets import EVERYTHING, Node, PacketSet

MOST_STEPS = 20_000_000
"""Cheap steps for all rules of a list: a few seconds."""


class Successors:
    """Tells for each rule of a list who would decide in its place."""

    def __init__(
        self,
        clauses: Sequence[Clause],
        allows: Allows,
        packets: PacketSet = EVERYTHING,
        most_steps: int = MOST_STEPS,
    ) -> None:
        """`clauses` are in the order in which rules are looked at; `allows(NO_RULE)` is what becomes of the rest."""
        budget = Budget("ask about fewer rules", most_steps)
        self._sides = [_Side(own, question, allows, budget) for _, own, question in by_family(clauses, packets)]

    def of(self, rule: int, gone: Collection[int] = ()) -> tuple[int, ...] | None:
        """Return the later rules that would decide in place of a rule and act as it does, in order.

        None where something would become of a packet that the rule does not do, in any world. `gone` are rules that
        are not there any more. NO_RULE is among those returned where some packets would meet no rule. Raise
        QuestionError when the search takes too long.
        """
        if not all(side.acts_alike(rule, gone) for side in self._sides):
            return None
        return tuple(sorted({one for side in self._sides for one in side.takers(rule, gone)}, key=_last_if_none))


def _last_if_none(rule: int) -> tuple[bool, int]:
    return rule == NO_RULE, rule


class _Side(Covering):
    """The clauses of one family, and one more behind them for the packets that no rule matches."""

    def __init__(self, clauses: Sequence[Clause], question: Node, allows: Allows, budget: Budget) -> None:
        super().__init__(clauses, question, budget)
        self._allows = allows
        self._end = len(self.clauses)
        self._of_rule: dict[int, int] = {}
        for bit, clause in enumerate(self.clauses):
            self._of_rule[clause.rule] = self._of_rule.get(clause.rule, 0) | 1 << bit

    def acts_alike(self, rule: int, gone: Collection[int]) -> bool:
        """Return whether no later clause of the other action would be the first to match a packet of the rule."""
        return not any(
            self._allows(self._rule(bit)) is not self._allows(rule) and self._is_first(own, product, bit, among)
            for own, product, bit, among in self._later(rule, gone)
        )

    def takers(self, rule: int, gone: Collection[int]) -> Iterator[int]:
        """Yield the rules that would decide some packet of a rule, were it not there."""
        for own, product, bit, among in self._later(rule, gone):
            if self._is_first(own, product, bit, among):
                yield self._rule(bit)

    def _later(self, rule: int, gone: Collection[int]) -> Iterator[tuple[int, Product, int, int]]:
        """Yield each clause of a rule, a product of it, a clause behind that, and the clauses that may come first.

        The last clauses come first: it is the general rule at the end that speaks against most rules.
        """
        mine = self._of_rule.get(rule, 0)
        lost = mine
        for other in gone:
            lost |= self._of_rule.get(other, 0)
        left = self.table.every & ~lost
        for own in positions(mine):
            for product in self.products(own):
                touching = left & self.table.touching(product)
                yield own, product, self._end, left
                behind = touching & ~((1 << own) - 1)
                for bit in reversed(list(positions(behind))):
                    yield own, product, bit, left & ((1 << bit) - 1)

    def _is_first(self, own: int, product: Product, bit: int, among: int) -> bool:
        """Return whether a packet of a product meets a clause before any other that holds whenever both hold."""
        holding = {*self.clauses[own].when, *(self.clauses[bit].when if bit != self._end else ())}
        shared = self.shared(product, bit) if bit != self._end else product
        return all(shared) and self.uncovered(shared, self.touching(shared, among, holding)) is not None

    def _rule(self, bit: int) -> int:
        return self.clauses[bit].rule if bit != self._end else NO_RULE
