"""Classes that filters treat alike, and what is let in from many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netcheck.estate.states import Filter, Hops, State

_EVERYWHERE = -1
"""Every class, as bits: where there is no NSG, packets pass to and from all of them."""


class Group(NamedTuple):
    """Plain classes that NSGs treat alike, and what these do with what they send, or what is sent to them."""

    classes: int
    state: State


def grouped(on_subnet: Filter | None, on_nics: Sequence[tuple[Filter | None, int]]) -> Iterator[Group]:
    """Yield classes by what the filter of their subnet and those of their NICs do together."""
    members = 0
    for _, classes in on_nics:
        members |= classes
    outer = on_subnet.states(members) if on_subnet is not None else None
    for one, classes in on_nics:
        inner = one.states(classes) if one is not None else None
        if inner is None or outer is None:
            free = [(classes, State(_EVERYWHERE))]
            for some, state in inner or outer or free:
                if some & classes:
                    yield Group(some & classes, state)
            continue
        for some, state in inner:
            for others, whole in outer:
                if some & others:
                    yield Group(some & others, state.then(whole))


def received(groups: Iterable[Group], senders: int, goals: int) -> dict[State, int]:
    """Return some senders by what filters at the destinations let in from them; the states are over destinations.

    The groups are classes of destinations, with states over the senders.
    """
    taken: dict[tuple[Hops, int], int] = {}
    for group in groups:
        classes = group.classes & goals
        if classes:
            for hops, some in (((), group.state.passed), *group.state.waiting):
                at = hops, some & senders
                if at[1]:
                    taken[at] = taken.get(at, 0) | classes
    parts: dict[State, int] = {State(0): senders} if senders else {}
    for (hops, some), classes in taken.items():
        parts = cut(parts, some, hops, classes)
    return parts


def cut(parts: dict[State, int], some: int, hops: Hops, classes: int) -> dict[State, int]:
    """Let some senders of each part reach further classes, after the hops that these wait for."""
    found: dict[State, int] = {}
    for state, senders in parts.items():
        inside = senders & some
        if inside:
            more = State(state.passed | classes, state.waiting)
            if hops:
                waiting = dict(state.waiting)
                waiting[hops] = waiting.get(hops, 0) | classes
                more = State(state.passed, tuple(waiting.items()))
            found[more] = found.get(more, 0) | inside
        if inside != senders:
            found[state] = found.get(state, 0) | (senders ^ inside)
    return found
