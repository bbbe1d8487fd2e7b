"""Worlds: every possible set of answers to what nobody can know from the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

Fact = tuple[object, ...]
World = Mapping[Fact, bool]
T = TypeVar("T")


class UnansweredError(Exception):
    """The decision hangs on a fact that the world does not hold."""


def answer(world: World, *fact: object) -> bool:
    """Return what the world says about a fact; ask for it otherwise."""
    if fact not in world:
        raise UnansweredError(*fact)
    return world[fact]


def choose(world: World, values: Sequence[T], *fact: object) -> T:
    """Return which of several values something has; asked again with the same values, the world says the same."""
    for value in values[:-1]:
        if answer(world, *fact, value):
            return value
    return values[-1]


def every_world(decide: Callable[[World], T]) -> Iterator[T]:
    """Yield the answer of `decide` in every world that differs in a fact it asks for."""
    worlds: list[dict[Fact, bool]] = [{}]
    while worlds:
        world = worlds.pop()
        try:
            decided = decide(world)
        except UnansweredError as missing:
            worlds += [world | {missing.args: yes} for yes in (False, True)]
        else:
            yield decided
