"""What a change of a rule list opens and closes, over all packets at once.

Both lists are compiled as one: rules that stand in both are one bit, so that only what a rule of one list alone can
match has to be looked at. Where little is shared, each list is worked out by itself over the same atoms and the two
results are subtracted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import reduce
from operator import or_
from typing import NamedTuple

from netcheck.policy.facts import Cases, is_consistent
from netcheck.policy.firstmatch import Clause, Painter
from netcheck.policy.labelled import ByLabel
from netcheck.policy.permitted import NO_RULE, AccessPainter, Allows
from netcheck.policy.table import LAST, RuleTable
from netcheck.policy.tablewalk import Found, Walk, first_final
from netcheck.sets.atoms import positions
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EVERYTHING, Node, PacketSet, whole_box

MOST_EDITED = 0.2
"""The share of rules in one list alone from which on working out both lists is quicker than following the changes."""


class Change(Enum):
    """What a change does with packets."""

    OPENED = "opened"
    CLOSED = "closed"
    DEPENDS = "depends"


class Rules(NamedTuple):
    """A rule list: clauses in order, and whether a rule allows (NO_RULE: what no rule matches)."""

    clauses: Sequence[Clause]
    allows: Allows


class Difference(ByLabel[Change]):
    """The packets that a change opens and closes in every world, and those for which it depends on open facts."""

    __slots__ = ()


def compare_rules(old: Rules, new: Rules, packets: PacketSet = EVERYTHING) -> Difference:
    """Return what becomes allowed and what becomes denied when `new` takes the place of `old`.

    A fact that both lists wait for has one value in both. Raise QuestionError when that would take too long.
    """
    found = {}
    for family in (4, 6):
        question = packets.node(family)
        if question:
            found[family] = _compare(_merge(_of_family(old, family), _of_family(new, family)), question)
    return Difference(found)


class _Merged(NamedTuple):
    """A clause of either list; `old` and `new` say in which it stands."""

    clause: Clause
    allows: bool
    old: bool
    new: bool


def _of_family(rules: Rules, family: int) -> list[tuple[Clause, bool]]:
    own = [(clause, rules.allows(clause.rule)) for clause in rules.clauses if clause.box.family == family]
    if rules.allows(NO_RULE):
        own.append((Clause(NO_RULE, whole_box(family)), True))
    return own


def _merge(old: Sequence[tuple[Clause, bool]], new: Sequence[tuple[Clause, bool]]) -> list[_Merged]:
    """Return one list that holds both in order, what stands in both once where the orders agree."""
    from difflib import SequenceMatcher

    numbers = _Numbers()
    keys = [[numbers.of(clause, allows) for clause, allows in one] for one in (old, new)]
    merged: list[_Merged] = []
    for kind, i, j, k, m in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if kind == "equal":
            merged += [_Merged(clause, allows, True, True) for clause, allows in old[i:j]]
        else:
            merged += [_Merged(clause, allows, True, False) for clause, allows in old[i:j]]
            merged += [_Merged(clause, allows, False, True) for clause, allows in new[k:m]]
    return merged


class _Numbers:
    """Gives equal clauses with the same action equal numbers; a set that many clauses share is hashed once."""

    def __init__(self) -> None:
        self._of_set: dict[IntervalSet, int] = {}
        self._of_object: dict[int, int] = {}
        self._of_clause: dict[object, int] = {}

    def of(self, clause: Clause, allows: bool) -> int:
        fields = tuple(self._set(one) for one in clause.box[1:])
        return self._of_clause.setdefault((fields, clause.when, allows), len(self._of_clause))

    def _set(self, one: IntervalSet) -> int:
        number = self._of_object.get(id(one))
        if number is None:
            number = self._of_object[id(one)] = self._of_set.setdefault(one, len(self._of_set))
        return number


def _compare(merged: Sequence[_Merged], question: Node) -> dict[Change, Found]:
    table = RuleTable([m.clause.box for m in merged], [not m.clause.when for m in merged], question)
    sides = _Sides(table, [merged[position] for position in table.kept])
    if sides.waits or sides.edited.bit_count() <= MOST_EDITED * len(table.kept):
        return Walk(table, sides.paint, sides.truncate, sides.edited).run()
    return dict(_subtract_both(table, sides))


def _subtract_both(table: RuleTable, sides: _Sides) -> Iterator[tuple[Change, Found]]:
    walk = Walk(table, sides.access.paint)
    start = table.root.cover
    before, after = (
        walk.visit(table.root, first_final(candidates, start)).get(True) for candidates in (sides.old, sides.new)
    )
    for change, one, other in ((Change.OPENED, after, before), (Change.CLOSED, before, after)):
        left = walk.subtract(one, other)
        if left is not None:
            yield change, Found(walk, left)


class _Sides:
    """The merged clauses as bits, and the painting of both lists."""

    def __init__(self, table: RuleTable, merged: Sequence[_Merged]) -> None:
        self.old = sum(1 << i for i, one in enumerate(merged) if one.old)
        self.new = sum(1 << i for i, one in enumerate(merged) if one.new)
        self.edited = self.old ^ self.new
        self._allows = [one.allows for one in merged]
        numbered = [Clause(i, one.clause.box, one.clause.when) for i, one in enumerate(merged)]
        self._table, self._last = table, table.fields[LAST]
        self._near: dict[int, int] = {}
        self.access, self._after = (AccessPainter(table, numbered, self._is_allowing) for _ in range(2))
        self._by_case = Painter(numbered, self._last.bits, NO_RULE)
        self.waits = self._by_case.waiting != 0

    def _is_allowing(self, rule: int) -> bool:
        return rule != NO_RULE and self._allows[rule]

    def truncate(self, candidates: int, cover: int) -> int:
        """Drop what decides nothing in either list or meets no edited rule; without an edited rule nothing differs."""
        left = first_final(candidates & self.old, cover) | first_final(candidates & self.new, cover)
        edited = left & self.edited
        return left & self._touching(edited) if edited else 0

    def _touching(self, edited: int) -> int:
        """Return the rules that have packets in common with one of some edited rules: others tell nothing."""
        known = self._near.get(edited)
        if known is None:
            near = (self._table.touching(self._table.atoms_of(rule)) for rule in positions(edited))
            known = self._near[edited] = reduce(or_, near)
        return known

    def paint(self, candidates: int, left: int) -> dict[Change, int]:
        """Return the destinations that change; no candidates at all stand for "nothing differs"."""
        if not candidates:
            return {}
        left &= self._last.any_of(candidates & self.edited)
        if candidates & self._by_case.waiting:
            return self._over_worlds(candidates, left)
        before = self.access.paint(candidates & self.old, left).get(True, 0)
        after = self._after.paint(candidates & self.new, left).get(True, 0)
        found = {Change.OPENED: after & ~before, Change.CLOSED: before & ~after}
        return {change: bits for change, bits in found.items() if bits}

    def _over_worlds(self, candidates: int, left: int) -> dict[Change, int]:
        out: dict[Change, int] = {}
        after = self._by_case.cases(candidates & self.new, left)
        for before_cases, before_bits in self._by_case.cases(candidates & self.old, left).items():
            for after_cases, after_bits in after.items():
                shared = before_bits & after_bits
                change = self._change(before_cases, after_cases) if shared else None
                if change is not None:
                    out[change] = out.get(change, 0) | shared
        return out

    def _change(self, before: Cases, after: Cases) -> Change | None:
        outcomes = {
            (self._is_allowing(one.rule), self._is_allowing(other.rule))
            for one in before
            for other in after
            if is_consistent((one.when, other.when))
        }
        if all(one is other for one, other in outcomes):
            return None
        if outcomes == {(False, True)}:
            return Change.OPENED
        return Change.CLOSED if outcomes == {(True, False)} else Change.DEPENDS
