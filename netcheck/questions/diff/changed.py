"""One change of packets' fate: opened, closed, or open to question, with what each side says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from netcheck.path.leg import Region, Verdict
from netcheck.policy.decision import Decision
from netcheck.policy.facts import Fact, World, joint_outcomes
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

MOST_WORLDS = 1_024
"""Assignments to the open facts of two regions that are tried; beyond, two open fates count as different."""


class Kind(StrEnum):
    """What becomes of packets: now through, no longer through, or one of the two in some worlds only."""

    OPENED = "opened"
    CLOSED = "closed"
    DEPENDS = "changedUndetermined"


class Side(NamedTuple):
    """What one description says of packets: the verdict, and who decides."""

    verdict: Verdict
    decided_by: tuple[Decision, ...] = ()

    @classmethod
    def of(cls, region: Region | None) -> Side:
        """Return what a region says; None stands for a place that is not in the description."""
        return cls(Verdict.BLOCKED) if region is None else cls(region.verdict, region.decided_by())


@dataclass(frozen=True, slots=True)
class Changed:
    """Packets whose fate a change turns, all alike. `sources` name the places they come from."""

    kind: Kind
    sources: tuple[str, ...]
    packets: PacketSet
    before: Side
    after: Side


def changes(source: str, old: Sequence[Region] | None, new: Sequence[Region] | None) -> Iterator[Changed]:
    """Yield what differs between the regions of two descriptions, which hold the same packets.

    None stands for a description that does not have the place at all: it sends nothing from there.
    """
    for packets, before, after in _overlay(old, new):
        kind = _kind(before, after)
        if kind is not None:
            yield Changed(kind, (source,), packets, Side.of(before), Side.of(after))


def _overlay(
    old: Sequence[Region] | None, new: Sequence[Region] | None
) -> Iterator[tuple[PacketSet, Region | None, Region | None]]:
    if old is None or new is None:
        yield from ((region.packets, region, None) for region in old or ())
        yield from ((region.packets, None, region) for region in new or ())
        return
    for before in old:
        for after in new:
            shared = before.packets & after.packets
            if shared:
                yield shared, before, after


def joined(found: Iterable[Changed]) -> tuple[Changed, ...]:
    """Join changes with the same kind and the same deciders on both sides, whatever place they come from."""
    whole: dict[tuple[Kind, Side, Side], tuple[dict[str, None], PacketSet]] = {}
    for one in found:
        names, packets = whole.get((one.kind, one.before, one.after), ({}, EMPTY_PACKETS))
        whole[one.kind, one.before, one.after] = {**names, **dict.fromkeys(one.sources)}, packets | one.packets
    order = list(Kind)
    joint = [Changed(at[0], tuple(names), packets, *at[1:]) for at, (names, packets) in whole.items()]
    return tuple(sorted(joint, key=lambda one: order.index(one.kind)))


def _kind(before: Region | None, after: Region | None) -> Kind | None:
    """Return how the fate of packets turns over all worlds, None where it is the same in each."""
    was, now = Side.of(before).verdict, Side.of(after).verdict
    if was is not now:
        turned = {
            (Verdict.BLOCKED, Verdict.REACHABLE): Kind.OPENED,
            (Verdict.REACHABLE, Verdict.BLOCKED): Kind.CLOSED,
        }
        return turned.get((was, now), Kind.DEPENDS)
    if was is not Verdict.UNDETERMINED or before is None or after is None:
        return None
    return None if _is_same_everywhere(before, after) else Kind.DEPENDS


def _is_same_everywhere(before: Region, after: Region) -> bool:
    """Return whether packets fare alike in each world; a fact that both sides wait for has one value in both."""
    if _form(before) == _form(after):
        return True
    if any(
        case.decision is not None and case.decision.overrides for r in (before, after) for h in r.hops for case in h
    ):
        return False
    values: dict[Fact, set[bool | str]] = {}
    for region in (before, after):
        for cases in region.hops:
            for case in cases:
                for fact, value in case.when:
                    values.setdefault(fact, {False, True} if isinstance(value, bool) else {""}).add(value)
    count = 1
    for known in values.values():
        count *= len(known)
    if count > MOST_WORLDS:
        return False
    worlds = (frozenset(zip(values, chosen, strict=True)) for chosen in product(*values.values()))
    return all(_passes(before, world) == _passes(after, world) for world in worlds)


def _form(region: Region) -> frozenset[frozenset[tuple[World, bool]]]:
    """Return what the hops that may block do, in which worlds."""
    hops = (frozenset((case.when, case.passes) for case in cases) for cases in region.hops)
    return frozenset(hop for hop in hops if any(not passes for _, passes in hop))


def _passes(region: Region, world: World) -> frozenset[bool]:
    """Return what may become of packets in one world that settles every fact of the region."""
    hops = [[(case.when, case.passes) for case in cases if _agrees(case.when, world)] for cases in region.hops]
    return frozenset(joint_outcomes([hop for hop in hops if hop]))


def _agrees(when: World, world: World) -> bool:
    values = dict(world)
    return all(values.get(fact) == value for fact, value in when)
