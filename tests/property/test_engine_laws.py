"""Laws of the engine on full-size rule lists: what must hold whatever the rules are, without a second decider."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from netcheck.errors import QuestionError
from netcheck.policy.budget import Budget
from netcheck.policy.dead import find_dead, list_dead
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause, Painter, decide
from netcheck.policy.partly import find_partly_dead
from netcheck.policy.permitted import NO_RULE, permitted
from netcheck.policy.table import RuleTable
from netcheck.policy.tablewalk import Walk
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import (
    ALL_ADDRESSES,
    ALL_PORTS,
    ALL_PROTOCOLS,
    EMPTY_PACKETS,
    EVERYTHING,
    PORTED,
    Box,
    PacketSet,
    box,
)

SEEDS = range(12)
HEADERS = {4: 2**64 * (2 * 2**32 + 254), 6: 2**256 * (2 * 2**32 + 254)}
"""Per family: pairs of addresses, times two protocols with both ports and 254 without."""


@dataclass(frozen=True)
class Drawn:
    """A rule list of full size; `allows` by rule number."""

    clauses: tuple[Clause, ...]
    allows: tuple[bool, ...]

    def rules(self) -> Rules:
        """Return the list as comparisons take it; what no rule matches is denied."""
        return Rules(self.clauses, lambda rule: rule != NO_RULE and self.allows[rule])

    def without(self, rule: int) -> Drawn:
        """Return the list less one rule; the others keep their numbers."""
        return Drawn(tuple(clause for clause in self.clauses if clause.rule != rule), self.allows)

    def with_flip(self, rule: int) -> Drawn:
        """Return the list with the other action for one rule."""
        return Drawn(self.clauses, tuple(a is not (i == rule) for i, a in enumerate(self.allows)))


def prefix(random: Random, family: int) -> tuple[int, int]:
    """Return a prefix that is likely to lie near others."""
    bits = {4: 32, 6: 128}[family]
    length = random.choice((1, 8, 16, bits - 8, bits - 1, bits))
    base = random.choice((0, 10 << (bits - 8), (1 << bits) - 1, 20 << (bits - 8)))
    near = base ^ random.getrandbits(10)
    first = near - near % (1 << (bits - length))
    return first, first + (1 << (bits - length)) - 1


def addresses(random: Random, family: int) -> IntervalSet:
    """Return all addresses or a few prefixes."""
    if random.random() < 0.3:
        return ALL_ADDRESSES[family]
    return IntervalSet.of(prefix(random, family) for _ in range(random.randint(1, 3)))


def some_ports(random: Random) -> IntervalSet:
    """Return all ports, single ones, or a range."""
    ranges = ((80, 80), (443, 443), (80, 443), (1024, 65535), (0, 0), (65535, 65535))
    return ALL_PORTS if random.random() < 0.4 else IntervalSet.of(random.sample(ranges, random.randint(1, 2)))


def draw(seed: object, count: int = 12, family: int = 4, with_facts: bool = False) -> Drawn:
    """Return a rule list drawn from a seed."""
    random = Random(f"laws {seed}")
    facts = (Fact("contoso"), Fact("fabrikam"))
    clauses = []
    for rule in range(count):
        for _ in range(random.choice((1, 1, 2))):
            protocols = random.choice((ALL_PROTOCOLS, PORTED, IntervalSet.point(6), IntervalSet.point(1)))
            is_ported = protocols & PORTED == protocols
            ports = (some_ports(random), some_ports(random)) if is_ported else (ALL_PORTS, ALL_PORTS)
            fields = (protocols, *ports, addresses(random, family), addresses(random, family))
            waits = tuple(random.sample(facts, random.choice((0, 0, 1)))) if with_facts else ()
            clauses.append(Clause(rule, Box(family, *fields), waits))
    return Drawn(tuple(clauses), tuple(random.random() < 0.5 for _ in range(count)))


def whole(family: int) -> PacketSet:
    """Return all headers of a family."""
    return box(family)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_rules_decide_adds_up_to_the_whole_space(seed: int, family: int) -> None:
    """Each header is in exactly one part, down to the last of the 2^97 or 2^289."""
    parts = decide(draw(seed, family=family, with_facts=seed % 2 == 0).clauses, whole(family), NO_RULE)
    assert sum(part.packets.count() for part in parts) == HEADERS[family]
    union = EMPTY_PACKETS
    for part in parts:
        assert union & part.packets == EMPTY_PACKETS
        union = union | part.packets
    assert whole(family) == union


@pytest.mark.parametrize("seed", SEEDS)
def test_the_permitted_set_is_the_parts_that_allow(seed: int) -> None:
    """Asked for as sets or part by part, the same packets are allowed, undetermined and denied."""
    drawn = draw(seed, with_facts=seed % 2 == 0)
    allows = drawn.rules().allows
    expected = {True: EMPTY_PACKETS, False: EMPTY_PACKETS}
    for part in decide(drawn.clauses, whole(4), NO_RULE):
        outcomes = {allows(case.rule) for case in part.cases}
        if True in outcomes:
            is_settled = len(outcomes) == 1
            expected[is_settled] = expected[is_settled] | part.packets
    found = permitted(drawn.clauses, allows, whole(4))
    assert (found.allowed, found.undetermined) == (expected[True], expected[False])
    assert found.count_allowed() == expected[True].count()
    again = permitted(drawn.clauses, allows, whole(4)).allowed
    assert (found.allowed, hash(found.allowed)) == (again, hash(again))


@pytest.mark.parametrize("seed", SEEDS)
def test_opened_less_closed_is_what_was_won(seed: int) -> None:
    """After a change the permitted packets are the old ones, plus those opened, less those closed."""
    drawn, other = draw(seed), draw(f"other {seed}") if seed % 2 else draw(seed).with_flip(seed).without(seed // 2)
    (before, allows_before), (after, allows_after) = drawn.rules(), other.rules()
    old, new = permitted(before, allows_before).allowed, permitted(after, allows_after).allowed
    change = compare_rules(drawn.rules(), other.rules())
    opened, closed = change.packets(Change.OPENED), change.packets(Change.CLOSED)
    assert (opened, closed) == (new - old, old - new)
    assert (change.count(Change.OPENED), change.count(Change.CLOSED)) == (opened.count(), closed.count())
    assert change.packets(Change.DEPENDS) == EMPTY_PACKETS
    back = compare_rules(other.rules(), drawn.rules())
    assert (opened, closed) == (back.packets(Change.CLOSED), back.packets(Change.OPENED))


@pytest.mark.parametrize("family", [4, 6])
def test_a_default_that_allows_counts_for_every_packet_that_no_rule_matches(family: int) -> None:
    """Found by mutation: between "allow what is left" and "deny what is left" all that no rule matches changes."""
    few = box(family, IntervalSet.point(6), destinations=IntervalSet.span(0, 9))
    clauses = [Clause(0, next(few.boxes()))]
    closed, opened = Rules(clauses, lambda rule: rule == 0), Rules(clauses, lambda _: True)
    change = compare_rules(closed, opened)
    assert (EVERYTHING - few, EMPTY_PACKETS) == (change.packets(Change.OPENED), change.packets(Change.CLOSED))
    assert permitted(clauses, opened.allows).allowed == EVERYTHING
    assert permitted(clauses, closed.allows).allowed == few


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_changes_between_a_list_and_itself(seed: int) -> None:
    """Equal lists differ in nothing, unknown names or not: a name means the same before and after."""
    drawn = draw(seed, with_facts=True)
    change = compare_rules(drawn.rules(), draw(seed, with_facts=True).rules())
    assert [change.packets(kind) for kind in Change] == [EMPTY_PACKETS] * 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dead_rule_decides_nothing_and_is_not_missed(seed: int) -> None:
    """Dead rules are exactly those with no part to their name; without one of them nothing changes."""
    drawn = draw(seed, count=20, with_facts=seed % 2 == 0)
    deciding = {case.rule for part in decide(drawn.clauses, whole(4), NO_RULE) for case in part.cases}
    dead = find_dead(drawn.clauses, drawn.rules().allows, whole(4))
    assert [one.rule for one in dead] == [rule for rule in range(20) if rule not in deciding]
    assert tuple(one.rule for one in dead) == list_dead(drawn.clauses, whole(4))
    for one in dead:
        change = compare_rules(drawn.rules(), drawn.without(one.rule).rules(), whole(4))
        assert [change.packets(kind) for kind in Change] == [EMPTY_PACKETS] * 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rule_is_dead_against_another_action_if_one_takes_packets_of_it(seed: int) -> None:
    """`against` is a rule of the other action that decides packets the dead rule matches, or there is none."""
    drawn = draw(seed, count=20)
    parts = {case.rule: part.packets for part in decide(drawn.clauses, whole(4), NO_RULE) for case in part.cases}
    for one in find_dead(drawn.clauses, drawn.rules().allows, whole(4)):
        mine = EMPTY_PACKETS
        for clause in drawn.clauses:
            if clause.rule == one.rule:
                mine = mine | box(4, *clause.box[1:])
        against = {
            rule
            for rule, packets in parts.items()
            if rule != NO_RULE and drawn.allows[rule] is not drawn.allows[one.rule] and packets & mine
        }
        assert one.against in against if against else one.against is None


def test_one_rule_of_several_clauses_is_a_smaller_cover_than_two_rules() -> None:
    """Found by the campaign: two halves of one rule cover together, so the two rules before it are not named."""
    halves = IntervalSet.span(0, 2**31 - 1), IntervalSet.span(2**31, 2**32 - 1)
    thirds = IntervalSet.span(0, 2**30), IntervalSet.span(2**30 - 5, 2**32 - 2)
    named = [(0, thirds[0]), (1, thirds[1]), (2, halves[0]), (2, halves[1]), (3, ALL_ADDRESSES[4])]
    one = IntervalSet.point(6), ALL_PORTS, ALL_PORTS, ALL_ADDRESSES[4]
    clauses = [Clause(rule, Box(4, *one, destinations)) for rule, destinations in named]
    [dead] = find_dead(clauses, lambda rule: rule != 2, whole(4))
    assert (dead.rule, dead.covered_by) == (3, (2,))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_from_a_rule_is_what_earlier_rules_decide_of_its_packets(seed: int) -> None:
    """The count of taken packets and of each taker is that of the sets themselves."""
    drawn = draw(seed, count=10)
    overlaps = find_partly_dead(drawn.clauses, whole(4))
    assert overlaps.given_up == ()
    told = {one.rule: one for one in overlaps.found}
    parts = {case.rule: part.packets for part in decide(drawn.clauses, whole(4), NO_RULE) for case in part.cases}
    for rule in range(10):
        mine = EMPTY_PACKETS
        for clause in drawn.clauses:
            if clause.rule == rule:
                mine = mine | box(4, *clause.box[1:])
        takers = {other: (packets & mine).count() for other, packets in parts.items() if 0 <= other < rule}
        takers = {other: count for other, count in takers.items() if count}
        if takers:
            assert dict(told[rule].takers) == takers
            assert (told[rule].taken, told[rule].total) == (sum(takers.values()), mine.count())
            assert told[rule].is_dead is (told[rule].taken == mine.count())
            assert [count for _, count in told[rule].takers] == sorted(takers.values(), reverse=True)
        else:
            assert rule not in told


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_allow_rule_closes_nothing_and_one_more_deny_rule_opens_nothing(seed: int) -> None:
    """Monotony: wherever the rule is put, packets change in one direction only."""
    random = Random(f"more {seed}")
    drawn = draw(seed, with_facts=seed % 3 == 0)
    extra = draw(f"extra {seed}", count=1).clauses
    at = random.randrange(len(drawn.clauses))
    for access, never in ((True, Change.CLOSED), (False, Change.OPENED)):
        clauses = (*drawn.clauses[:at], *(clause._replace(rule=12) for clause in extra), *drawn.clauses[at:])
        change = compare_rules(drawn.rules(), Drawn(clauses, (*drawn.allows, access)).rules())
        assert change.packets(never) == EMPTY_PACKETS


@pytest.mark.parametrize("seed", SEEDS)
def test_a_box_and_its_two_halves_are_the_same(seed: int) -> None:
    """Cutting what a rule names in two clauses changes neither who decides nor how the sets are written."""
    drawn = draw(seed, with_facts=seed % 2 == 0)
    halved = []
    for clause in drawn.clauses:
        destinations = clause.box.destinations
        middle = destinations.first + destinations.size // 2
        halves = destinations & IntervalSet.span(0, middle), destinations - IntervalSet.span(0, middle)
        halved += [clause._replace(box=clause.box._replace(destinations=half)) for half in halves if half]
    expected = {part.cases: part.packets for part in decide(drawn.clauses, whole(4), NO_RULE)}
    assert expected == {part.cases: part.packets for part in decide(halved, whole(4), NO_RULE)}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_of_the_question_gets_its_part_of_the_answer(seed: int) -> None:
    """Asking about fewer packets gives the same deciders for them, whatever shape the question has."""
    drawn, shape = draw(seed, with_facts=seed % 2 == 0), draw(f"shape {seed}", count=3)
    asked = EMPTY_PACKETS
    for clause in shape.clauses:
        asked = asked | box(4, *clause.box[1:])
    asked = asked - box(4, *draw(f"hole {seed}", count=1).clauses[0].box[1:])
    expected = {}
    for part in decide(drawn.clauses, whole(4), NO_RULE):
        if part.packets & asked:
            expected[part.cases] = part.packets & asked
    assert expected == {part.cases: part.packets for part in decide(drawn.clauses, asked, NO_RULE)}


def striped(count: int) -> list[Clause]:
    """Return rules that each restrict two of four fields to twenty stripes: their cells multiply."""
    random = Random("stripes")

    def stripes(top: int) -> IntervalSet:
        starts = [random.randrange(top) for _ in range(20)]
        return IntervalSet.of((start, min(top, start + top // 64)) for start in starts)

    clauses = []
    for rule in range(count):
        fields = [PORTED, ALL_PORTS, ALL_PORTS, ALL_ADDRESSES[4], ALL_ADDRESSES[4]]
        for level in random.sample((1, 2, 3, 4), 2):
            fields[level] = stripes(65535 if level < 3 else 2**32 - 1)
        clauses.append(Clause(rule, Box(4, fields[0], fields[1], fields[2], fields[3], fields[4])))
    return clauses


@pytest.mark.parametrize("limits", [Budget(most_steps=20_000), Budget(most_bytes=200_000)])
def test_a_question_that_costs_too_much_ends_with_an_error(limits: Budget) -> None:
    """Whichever runs out, steps or memory: NC316 and no answer, neither half of one nor a guess."""
    clauses = striped(60)
    table = RuleTable([clause.box for clause in clauses], [True] * len(clauses), whole(4).v4)
    walk = Walk(table, Painter(clauses, table.fields[4].bits, NO_RULE).rules, budget=limits)
    with pytest.raises(QuestionError, match="NC316"):
        walk.run()


@pytest.mark.parametrize("limits", [(20_000, 10**9), (10**6, 50_000)])
def test_rules_that_would_take_too_long_are_named(limits: tuple[int, int]) -> None:
    """How much a rule loses is told for all rules but those given up; what is told does not hang on the limits."""
    clauses = striped(14)
    expected = {one.rule: one for one in find_partly_dead(clauses, whole(4)).found}
    overlaps = find_partly_dead(clauses, whole(4), *limits)
    assert overlaps.given_up
    told = {one.rule: one for one in overlaps.found}
    assert told
    assert told == {rule: one for rule, one in expected.items() if rule not in overlaps.given_up}


def test_a_budget_ends_by_steps_and_by_memory_and_not_before() -> None:
    """What is given back does not count; the error names what ran out."""
    budget = Budget("ask for less", most_steps=10, most_bytes=2 << 20)
    budget.spend(10, 2 << 20)
    budget.release(1 << 20)
    budget.spend(0, 1 << 20)
    with pytest.raises(QuestionError, match="3 MiB") as error:
        budget.spend(0, 1 << 20)
    assert "ask for less" in str(error.value)
    with pytest.raises(QuestionError, match="11 steps"):
        Budget(most_steps=10).spend(11)


def test_the_whole_space_is_counted_with_ports_where_there_are_ports() -> None:
    """Two protocols have two ports each, 254 have none."""
    assert EVERYTHING.count() == HEADERS[4] + HEADERS[6]
    assert permitted([], lambda _: True).count_allowed() == HEADERS[4] + HEADERS[6]
