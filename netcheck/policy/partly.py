"""How much of each rule earlier rules take away, exactly, and which of them take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from netcheck.errors import QuestionError
from netcheck.policy.budget import Budget
from netcheck.policy.firstmatch import Clause, Painter, by_family
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.products import Products
from netcheck.policy.table import LAST
from netcheck.policy.tablewalk import Walk, first_final
from netcheck.sets.packets import EVERYTHING, Node, PacketSet

MOST_STEPS = 4_000_000
"""For one rule: a second or two."""
MOST_STEPS_TOGETHER = 20 * MOST_STEPS


@dataclass(frozen=True, slots=True)
class PartlyDead:
    """A rule of whose `total` packets earlier rules take `taken`; `takers` are (rule, packets), the greatest first."""

    rule: int
    taken: int
    total: int
    takers: tuple[tuple[int, int], ...]

    @property
    def is_dead(self) -> bool:
        """Whether nothing is left to the rule."""
        return self.taken == self.total


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The rules that lose packets to earlier ones, and those for which it would take too long to tell."""

    found: tuple[PartlyDead, ...]
    given_up: tuple[int, ...]


def find_partly_dead(
    clauses: Sequence[Clause],
    packets: PacketSet = EVERYTHING,
    most_steps: int = MOST_STEPS,
    most_steps_together: int = MOST_STEPS_TOGETHER,
) -> Overlaps:
    """Return, in order, the rules that decide only part of the packets they match, or none of them.

    Rules are judged in the world in which what they wait for holds and nothing else does: more can only be taken. A
    rule that costs more than `most_steps` is given up, and so are all that come when `most_steps_together` are spent.
    """
    sides = [_Side(own, question) for _, own, question in by_family(clauses, packets)]
    found: list[PartlyDead] = []
    given_up: list[int] = []
    spent = 0
    for rule in dict.fromkeys(clause.rule for clause in clauses):
        counts: dict[int, int] = {}
        budget = Budget(most_steps=min(most_steps, most_steps_together - spent))
        try:
            for side in sides:
                for taker, count in side.takers(rule, budget):
                    counts[taker] = counts.get(taker, 0) + count
        except QuestionError:
            given_up.append(rule)
            continue
        finally:
            spent += budget.steps
        total = sum(counts.values())
        taken = total - counts.pop(NO_RULE, 0)
        if taken:
            takers = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            found.append(PartlyDead(rule, taken, total, tuple(takers)))
    return Overlaps(tuple(found), tuple(given_up))


class _Side(Products):
    """The clauses of one family, and who takes what of each."""

    def __init__(self, clauses: Sequence[Clause], question: Node) -> None:
        super().__init__(clauses, question)
        self._last = self.table.fields[LAST]
        self._painter = Painter([c._replace(when=()) for c in self.clauses], self._last.bits, NO_RULE)
        numbered = groupby(range(len(self.clauses)), key=lambda bit: self.clauses[bit].rule)
        self._of_rule = {rule: list(bits) for rule, bits in numbered}

    def takers(self, rule: int, budget: Budget) -> Iterator[tuple[int, int]]:
        """Yield who takes how many packets of a rule; NO_RULE stands for the rule itself."""
        bits = self._of_rule.get(rule, [])
        holding = {fact for bit in bits for fact in self.clauses[bit].when}
        earlier = 0
        for bit in bits:
            for product in self.products(bit):
                walk = self._walk(earlier, budget)
                before = self.touching(product, (1 << bit) - 1, holding)
                for taker, node in walk.visit(self.table.product(0, product), before).items():
                    yield taker, walk.count(0, node)
            earlier |= 1 << bit

    def _walk(self, own: int, budget: Budget) -> Walk[int]:
        """Return a walk that leaves out what earlier clauses of the same rule match: that is counted already."""
        if not own:
            return Walk(self.table, self._painter.rules, budget=budget)

        def paint(candidates: int, left: int) -> dict[int, int]:
            return self._painter.rules(candidates & ~own, left & ~self._last.any_of(candidates & own))

        def truncate(candidates: int, cover: int) -> int:
            return first_final(candidates & ~own, cover) | (candidates & own)

        return Walk(self.table, paint, truncate, budget=budget)
