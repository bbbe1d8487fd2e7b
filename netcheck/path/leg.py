"""What all hops of one leg do together: the packets cut into regions that every hop treats alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from netcheck.policy.decision import Decision, HopCase, HopResult
from netcheck.policy.facts import ANY_WORLD, Fact, World, joint_outcomes
from netcheck.policy.overlay import refine
from netcheck.sets.packets import PacketSet


class Verdict(StrEnum):
    """The answer about a set of packets."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    PARTIAL = "partial"
    UNDETERMINED = "undetermined"


class Region(NamedTuple):
    """Packets that every hop treats alike, with the cases of each hop that has something to say."""

    packets: PacketSet
    hops: tuple[tuple[HopCase, ...], ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the packets pass all hops: in every world, in none, or it depends."""
        if any(case.decision is not None and case.decision.overrides for cases in self.hops for case in cases):
            return Verdict.UNDETERMINED
        outcomes = joint_outcomes([[(case.when, case.passes) for case in cases] for cases in self.hops])
        if outcomes == {True}:
            return Verdict.REACHABLE
        return Verdict.BLOCKED if outcomes == {False} else Verdict.UNDETERMINED

    def decided_by(self) -> tuple[Decision, ...]:
        """Return who decided, in travel order.

        For blocked packets every hop that blocks all that come to it; for reachable ones every rule that let them pass;
        for the rest every decision of the hops that may block, and of the other hops what lets packets through where
        those do not block.
        """
        match self.verdict:
            case Verdict.BLOCKED:
                certain = [cases for cases in self.hops if not any(case.passes for case in cases if case.is_met)]
                blocking = certain or [cases for cases in self.hops if not all(case.passes for case in cases)]
                decisions = [c.decision for cases in blocking for c in cases if c.decision and not c.passes]
            case Verdict.UNDETERMINED:
                decisions = list(self._open_deciders())
            case _:
                decisions = [case.decision for cases in self.hops for case in cases if case.decision]
        return tuple(dict.fromkeys(decisions))

    def _open_deciders(self) -> Iterator[Decision]:
        """Yield who decides about packets whose verdict is open.

        A hop that lets packets pass is told where its decision holds in only some of the worlds, and packets get
        through in these: the other member behind a load balancer, the route that does not lead to the appliance.
        """
        may_block = [cases for cases in self.hops if not all(case.passes for case in cases)]
        facts = set(self.open_facts())
        for cases in self.hops:
            is_open = not all(case.passes for case in cases)
            for case in cases:
                depends = any(fact in facts for fact, _ in case.when)
                if case.decision and (is_open or (depends and _gets_through(case.when, may_block))):
                    yield case.decision

    def open_facts(self) -> tuple[Fact, ...]:
        """Return the facts on which the verdict depends, in travel order."""
        facts: dict[Fact, Fact] = {}
        for cases in self.hops:
            if not all(case.passes for case in cases):
                for case in cases:
                    for fact, _ in sorted(case.when, key=lambda literal: (literal[0].name, literal[0].side)):
                        facts.setdefault(fact, fact)
        return tuple(facts)


def _gets_through(world: World, hops: Sequence[Sequence[HopCase]]) -> bool:
    """Return whether packets may pass all hops in a world."""
    only_there = [(world, True), (ANY_WORLD, False)]
    return True in joint_outcomes([only_there, *([(case.when, case.passes) for case in cases] for cases in hops)])


def verdict_at(cases: Iterable[HopCase]) -> Verdict | None:
    """Return what one hop by itself does with the packets that come to it; None where none ever do."""
    met = [(case.when, case.passes) for case in cases if case.is_met]
    if not met:
        return None
    outcomes = joint_outcomes([met])
    if len(outcomes) > 1:
        return Verdict.UNDETERMINED
    return Verdict.REACHABLE if outcomes == {True} else Verdict.BLOCKED


def cut(packets: PacketSet, results: Sequence[HopResult]) -> tuple[Region, ...]:
    """Cut packets into regions by everything the hops do with them."""
    regions: dict[tuple[tuple[HopCase, ...], ...], PacketSet] = {(): packets}
    for result in results:
        telling = [(part.cases, part.packets) for part in result.parts if any(case.decision for case in part.cases)]
        regions = refine(regions, telling)
    return tuple(Region(part, hops) for hops, part in regions.items())


def combine_needed(verdicts: Collection[Verdict]) -> Verdict:
    """Return the verdict about things that are all needed, the way and the name: one blocked is enough."""
    return Verdict.BLOCKED if Verdict.BLOCKED in verdicts else combine(verdicts)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict about several sets together.

    Some pass and some do not is `partial` whatever the open ones are; otherwise one open set leaves the answer open.
    """
    found = set(verdicts)
    if Verdict.PARTIAL in found or {Verdict.REACHABLE, Verdict.BLOCKED} <= found:
        return Verdict.PARTIAL
    if Verdict.UNDETERMINED in found:
        return Verdict.UNDETERMINED
    return Verdict.REACHABLE if Verdict.REACHABLE in found else Verdict.BLOCKED
