"""Rules of which nobody says which is looked at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause


def in_any_order(lists: Sequence[Sequence[Clause]], name: str, reason: str) -> Iterator[Clause]:
    """Yield the clauses of some lists, any of which may be looked at first; within a list the order holds.

    Each list but the last stands in front, where it waits for a fact of its own, and again behind the last. So of the
    lists that match a packet each decides in some world: the worlds hold every order, and every way to mix the lists
    as well, because what decides then is the first match of one of them.
    """
    *others, last = lists or [()]
    for number, own in enumerate(others):  # an empty list keeps its number: the facts of two questions are the same
        fact = Fact(f"{name} #{number} comes first", "", reason)
        yield from (clause._replace(when=(fact, *clause.when)) for clause in own)
    yield from last
    for own in others:
        yield from own
