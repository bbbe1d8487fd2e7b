"""What filters do between classes: where they certainly let packets pass, and where that waits for facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from netcheck.estate import bits
from netcheck.estate.filters import Clause
from netcheck.policy.facts import Fact, World, joint_outcomes
from netcheck.policy.firstmatch import Clause as PaintedClause
from netcheck.policy.firstmatch import Painter
from netcheck.sets.packets import whole_box

Hops: TypeAlias = tuple[tuple[tuple[World, bool], ...], ...]
"""What hops do that wait for facts: for each of them, whether packets pass, by the world."""
_NOTHING_MATCHED = -1
_ANYTHING = whole_box(4)


class State(NamedTuple):
    """The classes at the far end, from which or to which packets pass certainly, and those of which that is open."""

    passed: int
    waiting: tuple[tuple[Hops, int], ...] = ()

    def then(self, other: State) -> State:
        """Return what this filter and another one do together; one that certainly blocks is enough."""
        if not self.waiting and not other.waiting:
            return State(self.passed & other.passed)
        found: dict[Hops, int] = {}
        for hops, classes in self.waiting:
            _add(found, hops, classes & other.passed)
            for more, others in other.waiting:
                _add(found, hops + more, classes & others)
        for hops, classes in other.waiting:
            _add(found, hops, classes & self.passed)
        return State(self.passed & other.passed, tuple(found.items()))

    def beside(self, other: State) -> State:
        """Return the state of the classes of both, which have none in common."""
        if not self.waiting and not other.waiting:
            return State(self.passed | other.passed)
        found = dict(self.waiting)
        for hops, classes in other.waiting:
            _add(found, hops, classes)
        return State(self.passed | other.passed, tuple(found.items()))

    def within(self, classes: int) -> State:
        """Return the state of some classes only."""
        if not self.waiting:
            return State(self.passed & classes)
        left = ((hops, some & classes) for hops, some in self.waiting)
        return State(self.passed & classes, tuple(one for one in left if one[1]))


def _add(found: dict[Hops, int], hops: Hops, classes: int) -> None:
    if classes:
        found[hops] = found.get(hops, 0) | classes


def settled(hops: Hops) -> bool | None:
    """Return whether packets pass all hops; None where facts decide that."""
    if len(hops) > 1 and _are_independent(hops):
        return None
    outcomes = joint_outcomes(hops)
    return None if len(outcomes) > 1 else outcomes == {True}


def _are_independent(hops: Hops) -> bool:
    """Return whether no two hops wait for one fact: each of them may block, and each may let pass, as it likes."""
    seen: set[Fact] = set()
    for hop in hops:
        own = {fact for world, _ in hop for fact, _ in world}
        own |= {fact.premise for fact in own if fact.premise is not None}
        if own & seen or len({passes for _, passes in hop}) < 2:
            return False
        seen |= own
    return True


class Filter:
    """The rules that one NSG has about a cell as one subnet reads them; lists of candidates are painted once."""

    def __init__(self, clauses: Sequence[Clause], full: int) -> None:
        self._full, self._clauses = full, clauses
        self._near = [one.near for one in clauses]
        self._painted: dict[int, State] = {}
        self._waits = any(one.when for one in self._clauses)

    def states(self, members: int) -> list[tuple[int, State]]:
        """Return what the rules do for the members at the near end, those alike together."""
        whole = 0
        groups = {0: members}
        for number, near in enumerate(self._near):
            inside = near & members
            if inside == members:
                whole |= 1 << number
                clause = self._clauses[number]
                if clause.far == self._full and not clause.when:
                    break  # nothing is left for the rules behind it
            elif inside:
                groups = _refined(groups, inside, 1 << number)
        found: dict[State, int] = {}
        for candidates, some in groups.items():
            state = self._state(candidates | whole)
            found[state] = found.get(state, 0) | some
        return [(some, state) for state, some in found.items()]

    def _state(self, candidates: int) -> State:
        state = self._painted.get(candidates)
        if state is None:
            chosen = [self._clauses[number] for number in bits.each(candidates)]
            is_plain = not self._waits or not any(one.when for one in chosen)
            state = self._painted[candidates] = self._plain(chosen) if is_plain else self._worlds(chosen)
        return state

    def _plain(self, clauses: Sequence[Clause]) -> State:
        left, passed = self._full, 0
        for clause in clauses:
            hit = left & clause.far
            if hit:
                left ^= hit
                if clause.passes:
                    passed |= hit
        return State(passed | left)  # what no rule matches is not subject to NSGs

    def _worlds(self, clauses: Sequence[Clause]) -> State:
        passes = {one.rule: one.passes for one in clauses}
        passes[_NOTHING_MATCHED] = True
        painted = [PaintedClause(one.rule, _ANYTHING, one.when) for one in clauses]
        painter = Painter(painted, [one.far for one in clauses], _NOTHING_MATCHED)
        passed, waiting = 0, dict[Hops, int]()
        for cases, classes in painter.cases((1 << len(clauses)) - 1, self._full).items():
            hop = tuple((case.when, passes[case.rule]) for case in cases)
            answer = settled((hop,))
            if answer is None:
                _add(waiting, (hop,), classes)
            elif answer:
                passed |= classes
        return State(passed, tuple(waiting.items()))


def _refined(groups: dict[int, int], inside: int, bit: int) -> dict[int, int]:
    """Cut groups of members by whether a rule holds them."""
    found: dict[int, int] = {}
    for candidates, some in groups.items():
        within = some & inside
        if within:
            found[candidates | bit] = within
        if within != some:
            found[candidates] = some ^ within
    return found
