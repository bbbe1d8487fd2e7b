"""What matches of a rule come to: packets, each part with the conditions under which it is meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from netcheck.sets import packets as ps
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

MOST_CASES = 256
"""Parts kept apart; real rules have a handful."""
EVERYTHING = ps.box(4) | ps.box(6)


class Case(NamedTuple):
    """Some packets, matched where all of the conditions hold."""

    packets: PacketSet
    conditions: tuple[str, ...] = ()


Cases: TypeAlias = tuple[Case, ...]


def both(one: Cases, other: Cases, name: str) -> Cases:
    """Return what two matches share. Where that has too many parts it becomes one with the condition `name`."""
    found: dict[tuple[str, ...], PacketSet] = {}
    for first in one:
        for second in other:
            conditions = _together(first.conditions, second.conditions)
            packets = first.packets & second.packets
            if packets and conditions is not None:
                found[conditions] = found.get(conditions, EMPTY_PACKETS) | packets
    return _limited((Case(packets, conditions) for conditions, packets in found.items()), name)


def neither(cases: Cases, within: PacketSet, name: str) -> Cases:
    """Return what of some packets no case matches."""
    left: Cases = (Case(within),)
    for case in cases:
        parts = [Case(within - case.packets)]
        parts += [Case(case.packets & within, (negated(condition),)) for condition in case.conditions]
        left = both(left, tuple(part for part in parts if part.packets), name)
    return left


def united(groups: Iterable[Cases], name: str) -> Cases:
    """Return what any of some matches matches."""
    found: dict[tuple[str, ...], list[PacketSet]] = {}
    for cases in groups:
        for case in cases:
            found.setdefault(case.conditions, []).append(case.packets)
    return _limited((Case(_union(packets), conditions) for conditions, packets in found.items()), name)


def under(cases: Cases, condition: str) -> Cases:
    """Return cases that wait for one condition more."""
    added = ((case.packets, _together(case.conditions, (condition,))) for case in cases)
    return tuple(Case(packets, conditions) for packets, conditions in added if conditions is not None)


def negated(condition: str) -> str:
    """Return the condition that holds where another one does not."""
    return condition.removeprefix("not ") if condition.startswith("not ") else f"not {condition}"


def _together(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return two lists of conditions as one, None where they contradict each other."""
    joined = tuple(dict.fromkeys((*one, *other)))
    return None if any(negated(condition) in joined for condition in joined) else joined


def _limited(cases: Iterable[Case], name: str) -> Cases:
    found = tuple(case for case in cases if case.packets)
    if len(found) <= MOST_CASES:
        return found
    return (Case(_union([case.packets for case in found]), (name,)),)


def _union(packets: list[PacketSet]) -> PacketSet:
    """Return a union of many sets, halves first: the diagrams stay small for longer."""
    if len(packets) == 1:
        return packets[0]
    half = len(packets) // 2
    return _union(packets[:half]) | _union(packets[half:])
