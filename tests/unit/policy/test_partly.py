"""What earlier rules take of a rule: beside unknown names, over several clauses, in both families."""

from __future__ import annotations

import pytest

from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause
from netcheck.policy.partly import PartlyDead, find_partly_dead
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box, PacketSet, box

ONE = IntervalSet.point(1)


def question(family: int) -> PacketSet:
    """Return one flow to each of the destinations 0 to 9."""
    return box(family, IntervalSet.point(6), ONE, ONE, ONE, IntervalSet.span(0, 9))


def clause(rule: int, first: int, last: int, *names: str, family: int = 4) -> Clause:
    """Return a clause for some destinations that waits for facts."""
    fields = IntervalSet.point(6), ONE, ONE, ONE, IntervalSet.span(first, last)
    return Clause(rule, Box(family, *fields), tuple(Fact(name) for name in names))


def test_what_waits_for_another_name_takes_nothing_for_certain() -> None:
    """A rule is judged where its own name holds and no other does: its like takes all, a stranger nothing."""
    clauses = [clause(0, 0, 9, "a"), clause(1, 0, 4), clause(2, 0, 9, "a"), clause(3, 0, 9, "b")]
    same, other = find_partly_dead(clauses, question(4)).found
    assert same == PartlyDead(2, 10, 10, ((0, 10),))
    assert same.is_dead
    assert other == PartlyDead(3, 5, 10, ((1, 5),))
    assert not other.is_dead


def test_packets_that_three_clauses_of_a_rule_share_are_counted_once() -> None:
    """The rule matches eight packets, of which two rules before it take three and two."""
    before = [clause(0, 0, 2), clause(1, 5, 6)]
    mine = [clause(2, 0, 5), clause(2, 1, 6), clause(2, 0, 7)]
    assert find_partly_dead([*before, *mine], question(4)).found == (PartlyDead(2, 5, 8, ((0, 3), (1, 2))),)


def test_takers_of_as_many_packets_come_in_the_order_of_their_rules() -> None:
    """The greatest first, then the one that is looked at first."""
    before = [clause(7, 0, 1), clause(3, 2, 3), clause(5, 4, 7)]
    [found] = find_partly_dead([*before, clause(9, 0, 9)], question(4)).found
    assert found.takers == ((5, 4), (3, 2), (7, 2))


@pytest.mark.parametrize("family", [4, 6])
def test_each_family_counts(family: int) -> None:
    """What is taken in one family is added to what is taken in the other; a family not asked about is left out."""
    clauses = [clause(0, 0, 3, family=family), clause(1, 0, 9, family=4), clause(1, 0, 9, family=6)]
    both = find_partly_dead(clauses, question(4) | question(6)).found
    assert both == (PartlyDead(1, 4, 20, ((0, 4),)),)
    assert find_partly_dead(clauses, question(family)).found == (PartlyDead(1, 4, 10, ((0, 4),)),)
    assert find_partly_dead(clauses, question(10 - family)).found == ()
