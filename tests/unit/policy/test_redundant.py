"""Rules that others behind them make needless: beside unknown names, over several clauses, in both families."""

from __future__ import annotations

import pytest

from netcheck.errors import QuestionError
from netcheck.policy.difference import Change, compare_rules
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.redundant import Successors
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box, PacketSet, box
from tests.property.test_engine_laws import SEEDS, draw, whole

ONE = IntervalSet.point(1)
ALLOWING = {0, 1, 2}
"""The rules of the hand-written lists that allow."""


def question(family: int = 4) -> PacketSet:
    """Return one flow to each of the destinations 0 to 9."""
    return box(family, IntervalSet.point(6), ONE, ONE, ONE, IntervalSet.span(0, 9))


def clause(rule: int, first: int, last: int, *names: str, family: int = 4) -> Clause:
    """Return a clause for some destinations that waits for facts."""
    fields = IntervalSet.point(6), ONE, ONE, ONE, IntervalSet.span(first, last)
    return Clause(rule, Box(family, *fields), tuple(Fact(name) for name in names))


def successors(*clauses: Clause, gone: tuple[int, ...] = ()) -> tuple[int, ...] | None:
    """Return who would decide in place of rule 0; what no rule matches is denied."""
    return Successors(clauses, lambda rule: rule in ALLOWING, question()).of(0, gone)


def test_later_rules_of_the_same_action_take_over() -> None:
    """Both halves are named, in order; a rule further behind that would get nothing is not."""
    assert successors(clause(0, 2, 5), clause(1, 0, 3), clause(2, 4, 9), clause(1, 0, 9)) == (1, 2)
    assert successors(clause(0, 2, 5), clause(2, 0, 9), clause(1, 0, 3)) == (2,)


def test_what_another_action_or_no_rule_would_decide_keeps_a_rule() -> None:
    """One packet is enough: a deny in between takes it, or nothing matches it."""
    assert successors(clause(0, 2, 5), clause(5, 5, 5), clause(1, 0, 9)) is None
    assert successors(clause(0, 2, 5), clause(1, 0, 4)) is None


def test_what_earlier_rules_decide_speaks_neither_for_nor_against() -> None:
    """Packet 5 never comes to the rule, so that the deny behind it does not matter."""
    before = clause(5, 5, 5)
    assert successors(before, clause(0, 2, 5), clause(6, 5, 9), clause(1, 0, 4)) == (1,)


def test_a_rule_that_is_gone_takes_nothing() -> None:
    """Of two rules that do the same, only one can go."""
    both = clause(0, 0, 9), clause(1, 0, 9)
    assert successors(*both) == (1,)
    assert successors(*both, gone=(1,)) is None


def test_nothing_behind_is_told_as_no_rule() -> None:
    """Where the rest is allowed, an allow rule at the end can go."""
    found = Successors([clause(0, 0, 9)], lambda rule: rule in {0, NO_RULE}, question())
    assert found.of(0) == (NO_RULE,)


def test_an_unknown_name_takes_over_only_what_waits_for_it() -> None:
    """What another name stands for may be nothing at all."""
    assert successors(clause(0, 0, 9, "a"), clause(1, 0, 9, "a")) == (1,)
    assert successors(clause(0, 0, 9, "a"), clause(1, 0, 9, "b")) is None
    assert successors(clause(0, 0, 9), clause(5, 3, 3, "b"), clause(1, 0, 9)) is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("family", [4, 6])
def test_removing_a_rule_with_successors_changes_nothing(seed: int, family: int) -> None:
    """Told so exactly where the list without the rule is the same list, in all worlds and over all headers."""
    drawn = draw(f"redundant {seed}", count=9, family=family, with_facts=seed % 2 == 0)
    rules = drawn.rules()
    asked = Successors(rules.clauses, rules.allows, whole(family))
    for rule in range(9):
        change = compare_rules(rules, drawn.without(rule).rules(), whole(family))
        is_same = not any(change.packets(one) for one in Change)
        assert (asked.of(rule) is not None) == is_same


def test_a_search_that_takes_too_long_is_an_error() -> None:
    """It neither hangs nor guesses."""
    clauses = [clause(0, 0, 9), *(clause(1, i, i) for i in range(10))]
    with pytest.raises(QuestionError, match="NC316"):
        Successors(clauses, lambda rule: rule in ALLOWING, question(), most_steps=2).of(0)
