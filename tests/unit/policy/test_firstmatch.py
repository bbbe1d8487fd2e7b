"""The evaluator beyond its limits and at its seams: many facts, one rule in several worlds, the order of parts."""

from __future__ import annotations

from random import Random

import pytest

from netcheck.policy.facts import ANY_WORLD, Case, Fact, is_consistent
from netcheck.policy.firstmatch import MOST_FACTS, Clause, Part, decide
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PORTS, Box, Header, box

TCP = IntervalSet.point(6)
TOP = 9
"""Questions are about the destinations 0 to 9."""
NO_RULE = -1
QUESTION = box(4, TCP, IntervalSet.point(443), IntervalSet.point(50000), IntervalSet.point(1), IntervalSet.span(0, TOP))


def clause(rule: int, first: int, last: int, *names: str) -> Clause:
    """Return a clause for TCP to some destinations that waits for facts."""
    fields = TCP, ALL_PORTS, ALL_PORTS, ALL_ADDRESSES[4], IntervalSet.span(first, last)
    return Clause(rule, Box(4, *fields), tuple(Fact(name) for name in names))


def part_at(parts: tuple[Part, ...], destination: int) -> Part:
    """Return the one part that holds a destination."""
    header = Header(4, 6, 443, 50000, 1, destination)
    [part] = [part for part in parts if header in part.packets]
    return part


@pytest.mark.parametrize("seed", range(12))
def test_facts_that_are_used_once_are_exact_beyond_the_limit_too(seed: int) -> None:
    """With more facts than are followed, a rule may decide where it matches and nothing certain comes before it."""
    random = Random(f"many facts {seed}")
    clauses, expected = [], {destination: set[int]() for destination in range(TOP + 1)}
    settled: dict[int, int] = {}
    for rule in range(MOST_FACTS + 12):
        first, last = sorted((random.randint(0, TOP), random.randint(0, TOP))) if rule > MOST_FACTS - 4 else (0, TOP)
        is_certain = rule > MOST_FACTS and random.random() < 0.2
        clauses.append(clause(rule, first, last, *([] if is_certain else [f"fact {rule}"])))
        for destination in set(range(first, last + 1)) - settled.keys():
            expected[destination].add(rule)
            if is_certain:
                settled[destination] = rule
    for destination in expected.keys() - settled.keys():
        expected[destination].add(NO_RULE)
    parts = decide(clauses, QUESTION, NO_RULE)
    for destination, rules in expected.items():
        assert (destination, rules) == (destination, {case.rule for case in part_at(parts, destination).cases})
    assert QUESTION.count() == sum(part.packets.count() for part in parts)


def test_a_fact_used_twice_beyond_the_limit_only_leaves_more_open() -> None:
    """Whoever can decide is named; that the second use can decide nothing is not seen there."""
    many = [clause(rule, 0, TOP, f"fact {rule}") for rule in range(MOST_FACTS)]
    twice = [clause(100, 0, TOP, "again"), clause(101, 0, TOP, "again"), clause(102, 0, TOP)]
    [part] = decide([*many, *twice], QUESTION, NO_RULE)
    assert {case.rule for case in part.cases} == {*range(MOST_FACTS), 100, 101, 102}
    [part] = decide(twice, QUESTION, NO_RULE)
    assert {case.rule for case in part.cases} == {100, 102}


def test_a_fact_that_a_world_denies_stays_denied_beyond_the_limit() -> None:
    """Where the first of a rule's facts was found not to hold, the rule is out, however many facts follow."""
    many = [clause(rule, 0, TOP, f"fact {rule}") for rule in range(MOST_FACTS)]
    [part] = decide([*many, clause(100, 0, TOP, "fact 0"), clause(101, 0, 4, "fact 3", "new")], QUESTION, NO_RULE)
    assert {case.rule for case in part.cases} == {*range(MOST_FACTS), NO_RULE}


def test_worlds_of_a_part_are_those_in_which_the_rule_decides() -> None:
    """Two facts: the first rule where both hold, the second where only the first one does, else none."""
    [part] = decide([clause(0, 0, TOP, "a", "b"), clause(1, 0, TOP, "a")], QUESTION, NO_RULE)
    for a, b, rule in ((True, True, 0), (True, False, 1), (False, True, NO_RULE), (False, False, NO_RULE)):
        world = frozenset({(Fact("a"), a), (Fact("b"), b)})
        assert {rule} == {case.rule for case in part.cases if is_consistent([case.when, world])}


def test_a_rule_that_decides_in_every_world_is_settled() -> None:
    """One clause waits for a fact, the other does not: the same rule either way, so nothing is open."""
    parts = decide([clause(0, 0, TOP, "a"), clause(0, 0, 4), clause(1, 0, TOP)], QUESTION, NO_RULE)
    assert part_at(parts, 2).cases == (Case(ANY_WORLD, 0),)
    assert {case.rule for case in part_at(parts, 7).cases} == {0, 1}


def test_parts_come_in_the_order_of_their_first_packets() -> None:
    """Whatever the order of the rules, who decides the lowest destination is told first."""
    parts = decide([clause(0, 7, 8), clause(1, 4, 5), clause(2, 0, 2), clause(1, 9, 9)], QUESTION, NO_RULE)
    assert [part.cases for part in parts] == [(Case(ANY_WORLD, rule),) for rule in (2, NO_RULE, 1, 0)]
    assert [part.packets.count() for part in parts] == [3, 2, 3, 2]
    open_parts = decide([clause(0, 7, 8), clause(3, 6, 6, "a"), clause(2, 0, 2)], QUESTION, NO_RULE)
    first = [next(part.packets.examples()).destination for part in open_parts]
    assert first == sorted(first)
