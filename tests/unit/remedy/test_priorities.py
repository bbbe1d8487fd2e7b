"""Room for new rules: where no number is free, the rules in the way move on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.errors import PlanError
from netcheck.model.address import ApplicationSecurityGroup
from netcheck.model.rules import NsgRule
from netcheck.remedy.priorities import make_room
from tests.unit.remedy.test_opening import IN, OUT, group, rule


def room(*rules: NsgRule, before: int = 100, count: int = 1) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the numbers for new rules, and the moves as pairs of old and new numbers."""
    numbers, moves = make_room(group(*rules), OUT, before, count)
    assert all(move.rule == replace(move.replaces, priority=move.rule.priority) for move in moves)
    return numbers, [(move.replaces.priority, move.rule.priority) for move in moves]


@pytest.mark.parametrize(
    ("taken", "before", "count", "expected"),
    [
        ((100,), 100, 1, ([100], [(100, 101)])),
        ((100,), 100, 3, ([100, 101, 102], [(100, 103)])),
        ((100, 101, 102), 100, 1, ([100], [(102, 103), (101, 102), (100, 101)])),
        ((100, 110), 100, 2, ([100, 101], [(100, 102)])),
        ((100, 102, 103), 100, 2, ([100, 101], [(103, 104), (102, 103), (100, 102)])),
        ((100, 102), 102, 2, ([101, 102], [(102, 103)])),
        ((100, 4000), 4000, 1, ([200], [])),
    ],
)
def test_rules_move_on_as_little_as_they_must(
    taken: tuple[int, ...], before: int, count: int, expected: tuple[list[int], list[tuple[int, int]]]
) -> None:
    """The last one moves first, the order of all is kept, and nobody moves where numbers are free."""
    assert room(*map(rule, taken), before=before, count=count) == expected


def test_rules_of_the_other_direction_stay() -> None:
    """Numbers are unique within one direction."""
    assert room(rule(100), rule(101, direction=IN)) == ([100], [(100, 101)])


def test_what_cannot_be_written_anew_does_not_move() -> None:
    """A rule that names a group is not moved: nobody knows the resource ID that a command would need."""
    with pytest.raises(PlanError, match="NC402"):
        room(replace(rule(100), sources=(ApplicationSecurityGroup("asg"),)))
    with pytest.raises(PlanError, match="NC402"):
        room(rule(100, name="no name"))


def test_the_numbers_end_at_4096() -> None:
    """No rule is moved beyond the last number."""
    assert room(rule(4096), *map(rule, range(100, 4095)), before=4096)[0] == [4095]
    with pytest.raises(PlanError, match="NC402"):
        room(*map(rule, range(100, 4097)))
