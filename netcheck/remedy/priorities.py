"""Priorities for new rules: free numbers before the rules that block, or room made for them by moving rules on."""

from __future__ import annotations

from dataclasses import replace

from netcheck.errors import PlanError
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkSecurityGroup
from netcheck.remedy.edits import Renumbering
from netcheck.remedy.spelled import why_stays

FIRST_PRIORITY, LAST_PRIORITY = 100, 4096
USUAL_PRIORITY = 200
"""Where new rules go when nothing speaks against it; the article's own choice."""


def free_priorities(nsg: NetworkSecurityGroup, direction: Direction, before: int, count: int) -> list[int]:
    """Return unused numbers, all smaller than `before`, in order; raise PlanError when there are too few.

    They start at 200 in steps of 10 where that fits, else they are packed from the smallest free number.
    """
    found = _free(nsg, direction, before, count)
    if found is None:
        raise _no_room(nsg, direction, before, count)
    return found


def fixed_priorities(nsg: NetworkSecurityGroup, direction: Direction, first: int, count: int) -> list[int]:
    """Return the numbers from `first` on; raise PlanError where a rule of the NSG has one of them."""
    numbers = list(range(first, first + count))
    taken = [rule for rule in nsg.rules if rule.direction is direction and rule.priority in numbers]
    if taken:
        raise PlanError(
            "NC402",
            f"{direction.lower()} priority {taken[0].priority} of NSG `{nsg.name}` is taken by `{taken[0].name}`",
            "Azure refuses two rules with one number: renumber it, or take the plan without --as-documented",
        )
    return numbers


def make_room(
    nsg: NetworkSecurityGroup, direction: Direction, before: int, count: int
) -> tuple[list[int], list[Renumbering]]:
    """Return numbers for new rules before the rule at `before`, and the rules that have to move for them.

    Where too few numbers are free, that rule and those behind it move on, each as little as possible and in their
    order, so that nothing but the new rules changes what the NSG does. Moves come last rule first: no two rules have
    one number on the way. Raise PlanError where there is no number left, or a rule that cannot be written anew.
    """
    found = _free(nsg, direction, before, count)
    if found is not None:
        return found, []
    free = _unused(nsg, direction, before)
    first = before + count - len(free)
    moves: list[Renumbering] = []
    for rule in sorted((r for r in nsg.rules if r.direction is direction), key=lambda rule: rule.priority):
        if rule.priority < before:
            continue
        if rule.priority >= first:
            break
        why = why_stays(rule) or ("the numbers end at 4096" if first > LAST_PRIORITY else "")
        if why:
            raise _no_room(nsg, direction, before, count, f"; `{rule.name}` is not moved on: {why}")
        moves.append(Renumbering(nsg.name, replace(rule, priority=first), rule))
        first += 1
    numbers = [*free, *range(before, before + count - len(free))]
    if numbers[-1] > LAST_PRIORITY:
        raise _no_room(nsg, direction, before, count)
    return numbers, moves[::-1]


def _free(nsg: NetworkSecurityGroup, direction: Direction, before: int, count: int) -> list[int] | None:
    used = _used(nsg, direction)
    limit = min(before, LAST_PRIORITY + 1)
    for start, step in ((USUAL_PRIORITY, 10), (USUAL_PRIORITY, 1), (FIRST_PRIORITY, 1)):
        found = [number for number in range(start, limit, step) if number not in used][:count]
        if len(found) == count:
            return found
    return None


def _used(nsg: NetworkSecurityGroup, direction: Direction) -> set[int]:
    return {rule.priority for rule in nsg.rules if rule.direction is direction}


def _unused(nsg: NetworkSecurityGroup, direction: Direction, before: int) -> list[int]:
    used = _used(nsg, direction)
    return [number for number in range(FIRST_PRIORITY, min(before, LAST_PRIORITY + 1)) if number not in used]


def _no_room(nsg: NetworkSecurityGroup, direction: Direction, before: int, count: int, why: str = "") -> PlanError:
    room = len(_unused(nsg, direction, before))
    return PlanError(
        "NC402",
        f"NSG `{nsg.name}` has {room} free priorities before {before}, the plan needs {count}",
        f"renumber the {direction.lower()} rule at {before} first, to make room for {count} before it{why}",
    )
