"""Open facts: which worlds agree, and what a packet's hops come to when they share unknowns."""

from __future__ import annotations

import pytest

from netcheck.diagnostics import Source
from netcheck.policy.facts import Fact, World, is_consistent, joint_outcomes

F, G = Fact("f"), Fact("g")
Hop = list[tuple[World, bool]]


def world(**values: bool | str) -> World:
    """Return a world by the names of its facts."""
    return frozenset((Fact(name), value) for name, value in values.items())


def if_true(name: str) -> Hop:
    """Return a hop that lets packets pass where a fact holds."""
    return [(world(**{name: True}), True), (world(**{name: False}), False)]


def if_false(name: str) -> Hop:
    """Return a hop that lets packets pass where a fact does not hold."""
    return [(world(**{name: True}), False), (world(**{name: False}), True)]


ALWAYS: Hop = [(frozenset(), True)]
NEVER: Hop = [(frozenset(), False)]


def test_a_fact_is_known_by_name_and_side() -> None:
    """Two uses of one unknown are one fact, however they say it; the other side of a packet is another."""
    here = Fact("tag x", "source", "one reason", Source("a.yaml", 1, 1))
    assert here == Fact("tag x", "source", "another reason", Source("b.yaml", 2, 2))
    assert here != Fact("tag x", "destination", "one reason", Source("a.yaml", 1, 1))
    assert here != Fact("tag y", "source", "one reason", Source("a.yaml", 1, 1))


@pytest.mark.parametrize(
    ("worlds", "expected"),
    [
        ((), True),
        ((world(),), True),
        ((world(f=True), world(g=False)), True),
        ((world(f=True), world(f=True, g=True)), True),
        ((world(f=True), world(f=False)), False),
        ((world(f=True), world(g=True), world(g=False)), False),
        ((world(p="Public"), world(p="Public")), True),
        ((world(p="Public"), world(p="Private")), False),
    ],
)
def test_worlds_agree_unless_a_fact_has_two_values(worlds: tuple[World, ...], expected: bool) -> None:
    """Partial worlds are consistent exactly if no fact is given two values."""
    assert is_consistent(worlds) is expected


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        ([], {True}),
        ([ALWAYS, ALWAYS], {True}),
        ([ALWAYS, NEVER], {False}),
        ([if_true("f"), NEVER], {False}),
        ([if_true("f")], {True, False}),
        ([ALWAYS, if_true("f")], {True, False}),
        ([if_true("f"), if_true("f")], {True, False}),
        ([if_true("f"), if_false("f")], {False}),
        ([if_true("f"), if_true("g")], {True, False}),
        ([if_true("f"), if_true("g"), if_false("f")], {False}),
    ],
)
def test_a_packet_passes_where_every_hop_passes_it_in_one_world(hops: list[Hop], expected: set[bool]) -> None:
    """An unknown that two hops share has one value for both: what one needs true and the other false never passes."""
    assert joint_outcomes(hops) == expected


@pytest.mark.parametrize(("most", "expected"), [(2, {False}), (1, {True, False})])
def test_beyond_the_limit_the_answer_is_left_open(most: int, expected: set[bool]) -> None:
    """Two worlds are looked at before the contradiction is seen: with fewer steps both ends stay possible."""
    assert joint_outcomes([if_true("f"), if_false("f")], most) == expected


def test_the_last_step_of_the_limit_still_counts() -> None:
    """A world that is found with exactly the allowed number of steps is an answer."""
    assert joint_outcomes([if_true("f")], 1) == {True, False}


def test_a_fact_holds_only_with_its_premise() -> None:
    """No packet passes where a fact has to hold and its premise not; without the fact the premise stays open."""
    needs: Hop = [(frozenset([(Fact("g", premise=F), True)]), True), (world(g=False), False)]
    assert joint_outcomes([needs]) == {True, False}
    assert joint_outcomes([needs, if_true("f")]) == {True, False}
    assert joint_outcomes([needs, if_false("f")]) == {False}
    assert joint_outcomes([if_false("g"), if_true("f")]) == joint_outcomes([if_false("g"), if_false("f")])
    both: Hop = [(frozenset([(Fact("g", premise=F), True), (F, False)]), True), (world(g=False), False)]
    assert joint_outcomes([both]) == {False}
