"""Facts the site does not settle, and the worlds in which they hold or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from netcheck.diagnostics import Source


@dataclass(frozen=True, slots=True)
class Fact:
    """Something unknown that may decide: "the address is in tag X", "NIC Y has outbound access".

    Two uses of one unknown are one fact: identity is `name` and `side` (`source` or `destination` where it is about an
    address of the packet). `reason` says it to people, `at` is where the site names it. A fact with a `premise` holds
    only where that one does.
    """

    name: str
    side: str = ""
    reason: str = field(default="", compare=False)
    at: Source | None = field(default=None, compare=False)
    premise: Fact | None = field(default=None, compare=False)


Literal: TypeAlias = tuple[Fact, bool | str]
World: TypeAlias = frozenset[Literal]
"""A partial assignment: no fact occurs with two values."""

ANY_WORLD: World = frozenset()


# A named tuple, like all that deciding makes by the thousand: it is made and hashed in a fraction of the time.
class Case(NamedTuple):
    """In the worlds that agree with `when`, rule number `rule` decides."""

    when: World
    rule: int


Cases: TypeAlias = tuple[Case, ...]


def is_consistent(worlds: Iterable[World]) -> bool:
    """Return whether some world agrees with all the given ones."""
    values: dict[Fact, bool | str] = {}
    return all(values.setdefault(fact, value) == value for world in worlds for fact, value in world)


def joint_outcomes(hops: Sequence[Sequence[tuple[World, bool]]], most: int = 20_000) -> set[bool]:
    """Return whether a packet that passes several hops is let through: {True}, {False} or both.

    Each hop lists (world, passes), and its worlds cover all. A packet passes when every hop passes it in one and the
    same world, so an unknown that two hops share is not counted twice. After `most` steps the answer is left open,
    which is never wrong.
    """
    if any(all(not passes for _, passes in hop) for hop in hops):
        return {False}
    open_hops = sorted((hop for hop in hops if any(not passes for _, passes in hop)), key=len)
    if not open_hops:
        return {True}
    # A world in which one hop blocks is always there; what is asked is whether one exists in which all pass.
    search = _Search([list(_possible(world for world, passes in hop if passes)) for hop in open_hops], most)
    can_pass = search.find(0, {})
    if search.steps > most:
        return {True, False}
    blocks_somewhere = any(not passes for hop in open_hops for _, passes in hop)
    return {True, False} if can_pass and blocks_somewhere else {can_pass}


def _possible(worlds: Iterable[World]) -> Iterator[World]:
    """Yield the worlds with the premises of what holds in them, without those that contradict a premise."""
    for world in worlds:
        premises = frozenset((fact.premise, True) for fact, value in world if value and fact.premise is not None)
        if not premises:
            yield world
        elif is_consistent((world, premises)):
            yield world | premises


class _Search:
    """Looks for one world that agrees with one of the given worlds of every hop."""

    def __init__(self, hops: Sequence[Sequence[World]], most: int) -> None:
        self._hops, self._most, self.steps = hops, most, 0

    def find(self, level: int, values: dict[Fact, bool | str]) -> bool:
        if level == len(self._hops):
            return True
        for world in self._hops[level]:
            self.steps += 1
            if self.steps > self._most:
                return False
            if all(values.get(fact, value) == value for fact, value in world) and self.find(
                level + 1, {**values, **dict(world)}
            ):
                return True
        return False
