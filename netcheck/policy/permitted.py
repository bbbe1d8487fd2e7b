"""What an ordered rule list lets through, of all packets or of some: sets without who decided them.

Telling allowed from denied takes far fewer cells than telling the deciding rules apart, so that the whole space of
headers can be asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from netcheck.policy.firstmatch import Clause, Painter, by_family
from netcheck.policy.labelled import ByLabel
from netcheck.policy.table import LAST, RuleTable
from netcheck.policy.tablewalk import Found, Walk
from netcheck.sets.atoms import positions
from netcheck.sets.packets import EVERYTHING, Node, PacketSet

NO_RULE = -1
SHARED = 2
"""Rules that match at least one in so many sources are painted once for neighbouring cells."""
MOST_BACKGROUNDS = 64
Allows = Callable[[int], bool]
"""Whether a rule, given by its number, allows; asked with NO_RULE for packets that no rule matches."""


class Permitted(ByLabel[bool]):
    """Packets that a rule list allows in every world (True), and those that it allows in some worlds only (False)."""

    __slots__ = ()

    @property
    def allowed(self) -> PacketSet:
        """The packets that are allowed whatever the open facts are."""
        return self.packets(True)

    @property
    def undetermined(self) -> PacketSet:
        """The packets whose fate hangs on open facts."""
        return self.packets(False)

    def count_allowed(self) -> int:
        """Return the number of allowed headers, without building their set."""
        return self.count(True)


def permitted(clauses: Sequence[Clause], allows: Allows, packets: PacketSet = EVERYTHING) -> Permitted:
    """Return which of some packets the rules allow; `clauses` are in the order in which rules are looked at.

    Raise QuestionError when that would take too long.
    """
    return Permitted(
        {family: _permitted(own, allows, question) for family, own, question in by_family(clauses, packets)}
    )


def _permitted(clauses: Sequence[Clause], allows: Allows, question: Node) -> dict[bool, Found]:
    table = RuleTable([c.box for c in clauses], [not c.when for c in clauses], question)
    kept = [clauses[position] for position in table.kept]
    return Walk(table, AccessPainter(table, kept, allows).paint).run()


class _Background(NamedTuple):
    """What shared rules do with some destinations; `left_before` is what is left before each, and after the last."""

    allowed: int
    left_before: list[int]


class AccessPainter:
    """Labels destinations True (allowed) or False (it depends on facts); denied ones are left out.

    Neighbouring cells differ in the rules for few sources. The others, `shared`, are painted once for all such cells:
    what is left before each of them tells what a rule for this cell alone takes away.
    """

    def __init__(self, table: RuleTable, clauses: Sequence[Clause], allows: Allows) -> None:
        self._allows = allows
        self._bits, self._shared = table.fields[LAST].bits, table.fields[LAST - 1].popular(SHARED)
        self._allowing = sum(1 << i for i, clause in enumerate(clauses) if allows(clause.rule))
        self._is_open = allows(NO_RULE)
        self._by_case = Painter(clauses, self._bits, NO_RULE)
        self._waiting = self._by_case.waiting
        self._backgrounds: dict[tuple[int, int], _Background] = {}

    def paint(self, candidates: int, left: int) -> dict[bool, int]:
        """Return the allowed and the undetermined destinations."""
        if candidates & self._waiting:
            return self._over_worlds(candidates, left)
        shared = candidates & self._shared
        background = self._backgrounds.get((shared, left))
        if background is None:
            background = self._remember(shared, left)
        allowed, taken, bits, allowing = background.allowed, 0, self._bits, self._allowing
        own, left_before = candidates ^ shared, background.left_before
        while own:
            lowest = own & -own
            own ^= lowest
            hit = bits[lowest.bit_length() - 1] & left_before[(shared & (lowest - 1)).bit_count()] & ~taken
            if hit:
                taken |= hit
                if lowest & allowing:
                    allowed |= hit
                else:
                    allowed &= ~hit
        return {True: allowed} if allowed else {}

    def _remember(self, rules: int, asked: int) -> _Background:
        if len(self._backgrounds) >= MOST_BACKGROUNDS:
            self._backgrounds.clear()
        background = self._backgrounds[rules, asked] = self._paint_shared(rules, asked)
        return background

    def _paint_shared(self, rules: int, asked: int) -> _Background:
        allowed, left, left_before = 0, asked, [asked]
        for rule in positions(rules):
            hit = left & self._bits[rule]
            if hit:
                left ^= hit
                if self._allowing >> rule & 1:
                    allowed |= hit
            left_before.append(left)
        return _Background(allowed | left if self._is_open else allowed, left_before)

    def _over_worlds(self, candidates: int, left: int) -> dict[bool, int]:
        out: dict[bool, int] = {}
        for cases, bits in self._by_case.cases(candidates, left).items():
            outcomes = {self._allows(case.rule) for case in cases}
            if True in outcomes:
                is_settled = len(outcomes) == 1
                out[is_settled] = out.get(is_settled, 0) | bits
        return out
