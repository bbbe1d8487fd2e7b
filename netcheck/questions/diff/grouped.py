"""Changes for reading: of each side only what decides otherwise than the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.diff.changed import Changed, Side, joined


def grouped(changes: Iterable[Changed]) -> tuple[Changed, ...]:
    """Return changes for reading: on each side those who decide otherwise than on the other; like ones are joined.

    Where nobody decides otherwise, the only ones who decide at all.
    """
    return joined(
        replace(one, before=_beside(one.before, one.after), after=_beside(one.after, one.before)) for one in changes
    )


def _beside(side: Side, other: Side) -> Side:
    """Of what lets packets through, what stands where the other side stops them; the rest did not change."""
    same = {_what(decision) for decision in other.decided_by}
    left = [decision for decision in side.decided_by if _what(decision) not in same]
    if side.verdict is Verdict.REACHABLE:
        there = {_where(decision) for decision in other.decided_by}
        left = [decision for decision in left if _where(decision) in there] or left
    return Side(side.verdict, tuple(left) or side.decided_by)


def _where(decision: Decision) -> tuple[object, ...]:
    return (decision.hop, decision.direction, decision.resource)


def _what(decision: Decision) -> tuple[object, ...]:
    return (*_where(decision), decision.passes, decision.rule, decision.note)
