"""Regions seen where a fact about a tag holds: a rule and an intent that use one tag mean the same by it."""

from __future__ import annotations

from collections.abc import Collection

from netcheck.path.leg import Region
from netcheck.policy.facts import Fact, joint_outcomes


def given(region: Region, facts: Collection[Fact]) -> Region:
    """Return what becomes of a region's packets in the worlds in which some facts hold."""
    no, yes = {(fact, False) for fact in facts}, {(fact, True) for fact in facts}
    kept = (tuple(case for case in hop if not no & case.when) for hop in region.hops)
    return Region(
        region.packets, tuple(tuple(case._replace(when=case.when - yes) for case in hop) for hop in kept if hop)
    )


def follows(region: Region, fact: Fact | None) -> bool:
    """Return whether packets pass exactly in the worlds in which a fact holds; None is no fact, and nothing does."""
    if fact is None or any(c.decision is not None and c.decision.overrides for hop in region.hops for c in hop):
        return False
    for value in (True, False):
        hops = [[(c.when, c.passes) for c in hop if (fact, not value) not in c.when] for hop in region.hops]
        if joint_outcomes([hop for hop in hops if hop]) != {value}:
            return False
    return True
