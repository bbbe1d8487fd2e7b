"""Where packets are in only some worlds: what hops do there, told for all worlds.

A route may lead to an appliance in one world and straight on in another. What the appliance does decides in the first
only: in the others its hops have nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from netcheck.policy.decision import HopCase, HopPart, HopResult, merge
from netcheck.policy.facts import ANY_WORLD, World, is_consistent
from netcheck.sets.packets import PacketSet

EVERY_WORLD: tuple[World, ...] = (ANY_WORLD,)


class Branch(NamedTuple):
    """Packets that come this way: in the worlds `when`, and not in the worlds `unless`. Together these are all."""

    packets: PacketSet
    when: tuple[World, ...] = EVERY_WORLD
    unless: tuple[World, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether the packets come this way in every world."""
        return not self.unless

    def also(self, other: Branch) -> Branch:
        """Return the packets of both, in the worlds of both."""
        packets = self.packets & other.packets
        if other.is_certain:
            return Branch(packets, self.when, self.unless)
        if self.is_certain:
            return Branch(packets, other.when, other.unless)
        when = _joined(self.when, other.when)
        return Branch(packets, when, (*self.unless, *_joined(self.when, other.unless)))

    def told(self, part: HopPart) -> HopPart:
        """Return a part of what a hop does with these packets, as it is in all worlds."""
        if self.is_certain:
            return part
        cases = [
            case._replace(when=world | case.when)
            for world in self.when
            for case in part.cases
            if is_consistent((world, case.when))
        ]
        return HopPart(part.packets, (*cases, *(HopCase(world, None, is_met=False) for world in self.unless)))


def alternatives(branch: Branch, worlds: Sequence[World]) -> list[Branch]:
    """Return a branch in each of some worlds, of which exactly one is there."""
    return [
        branch.also(Branch(branch.packets, (one,), tuple(other for other in worlds if other != one))) for one in worlds
    ]


def _joined(ones: Iterable[World], others: Iterable[World]) -> tuple[World, ...]:
    """Return the worlds that agree with one of each."""
    return tuple(dict.fromkeys(one | other for one in ones for other in others if is_consistent((one, other))))


def tell(branch: Branch, result: HopResult) -> HopResult:
    """Return what a hop does with the packets of a branch, as it is in all worlds."""
    return result._replace(parts=tuple(branch.told(part) for part in result.parts))


def together(results: Iterable[HopResult]) -> tuple[HopResult, ...]:
    """Join the results of one hop that several branches pass; the packets of these are disjoint."""
    found: dict[tuple[str, str, str, str], HopResult] = {}
    for one in results:
        at = (one.hop, one.direction, one.resource, one.subnet)
        known = found.get(at)
        found[at] = one if known is None else known._replace(parts=merge([*known.parts, *one.parts]))
    return tuple(found.values())
