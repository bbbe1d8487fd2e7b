"""Facts the site does not settle, and the worlds in which they hold or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

from netcheck.diagnostics import Source


@dataclass(frozen=True, slots=True)
class Fact:
    """Something unknown that may decide: "the address is in tag X", "NIC Y has outbound access".

    Two uses of one unknown are one fact: identity is `name` and `side` (`source` or `destination` where it is about an
    address of the packet). `reason` says it to people, `at` is where the site names it.
    """

    name: str
    side: str = ""
    reason: str = field(default="", compare=False)
    at: Source | None = field(default=None, compare=False)


Literal: TypeAlias = tuple[Fact, bool | str]
World: TypeAlias = frozenset[Literal]
"""A partial assignment: no fact occurs with two values."""

ANY_WORLD: World = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """In the worlds that agree with `when`, rule number `rule` decides."""

    when: World
    rule: int


Cases: TypeAlias = tuple[Case, ...]


def is_consistent(worlds: Iterable[World]) -> bool:
    """Return whether some world agrees with all the given ones."""
    values: dict[Fact, bool | str] = {}
    return all(values.setdefault(fact, value) == value for world in worlds for fact, value in world)


def joint_outcomes(hops: Sequence[Sequence[tuple[World, bool]]], most: int = 100_000) -> set[bool]:
    """Return whether a packet that passes several hops is let through: {True}, {False} or both.

    Each hop lists (world, passes). A packet passes when every hop passes it in one and the same world, so an unknown
    that two hops share is not counted twice. Beyond `most` combinations the hops are taken as independent, which can
    only turn a settled answer into an open one.
    """
    if any(not passes for hop in hops for _, passes in hop if all(not p for _, p in hop)):
        return {False}
    open_hops = [hop for hop in hops if any(not passes for _, passes in hop)]
    if not open_hops:
        return {True}
    combinations = 1
    for hop in open_hops:
        combinations *= len(hop)
    if combinations > most:
        return {True, False}
    outcomes: set[bool] = set()
    for chosen in product(*open_hops):
        if is_consistent(world for world, _ in chosen):
            outcomes.add(all(passes for _, passes in chosen))
    return outcomes
