"""The engine against plain first-match on one drawn rule list: every packet, every deciding rule, every meaning."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.policy.dead import find_dead
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.permitted import permitted
from netcheck.sets.packets import Box, PacketSet
from tests.campaign.rulelists import MEANINGS, NO_RULE, UNKNOWN_NAMES, Meaning, RuleList, allowed, first_match
from tests.campaign.universe import Universe

FACTS = tuple(Fact(name) for name in UNKNOWN_NAMES)
KNOWN = MEANINGS[:1]


class Case:
    """A universe, the packets asked about, and as the engine wants them: clauses and the question."""

    def __init__(self, universe: Universe, asked: int, question: PacketSet, has_unknown: bool) -> None:
        self.universe, self.asked, self.question = universe, asked, question
        self.meanings = MEANINGS if has_unknown else KNOWN

    def clauses(self, rules: RuleList) -> list[Clause]:
        """Return the terms as the engine's clauses."""
        sets, family = self.universe.sets, self.universe.family
        s0, s1, s2, s3, s4 = sets
        return [
            Clause(
                rule,
                Box(family, s0[codes[0]], s1[codes[1]], s2[codes[2]], s3[codes[3]], s4[codes[4]]),
                tuple(FACTS[name] for name in waits) if waits else (),
            )
            for rule, codes, waits in rules.terms
        ]


def differs(case: Case, rules: RuleList) -> str:
    """Return how the engine's deciding rules differ from those of plain first-match, "" if they do not."""
    parts = [
        (case.universe.mask_of(part.packets), part.cases)
        for part in decide(case.clauses(rules), case.question, NO_RULE)
    ]
    for meaning in case.meanings:
        found: dict[int, int] = {}
        seen = 0
        for mask, cases in parts:
            for one in cases:
                if not one.when or _agrees(one.when, meaning):
                    if seen & mask:
                        return f"two rules decide one packet where {meaning}"
                    found[one.rule] = found.get(one.rule, 0) | mask
                    seen |= mask
        expected = first_match(case.universe, rules, case.asked, meaning)
        if found != expected:
            return f"decided {found}, expected {expected} where {meaning}"
    return ""


def _agrees(when: object, meaning: Meaning) -> bool:
    assert isinstance(when, frozenset)
    return all(meaning[FACTS.index(fact)] is value for fact, value in when)


def differs_in_sets(case: Case, rules: RuleList, other: RuleList) -> str:
    """The same for the permitted set, dead rules, and the difference to another list."""
    return next((text for text in _set_differences(case, rules, other) if text), "")


def _set_differences(case: Case, rules: RuleList, other: RuleList) -> Iterator[str]:
    universe, asked = case.universe, case.asked
    clauses, more = case.clauses(rules), case.clauses(other)
    masks = [allowed(universe, rules, asked, meaning) for meaning in case.meanings]
    always, sometimes = asked, 0
    for mask in masks:
        always, sometimes = always & mask, sometimes | mask
    answer = permitted(clauses, lambda rule: _allows(rules, rule), case.question)
    found = universe.mask_of(answer.allowed), universe.mask_of(answer.undetermined)
    if found != (always, sometimes & ~always):
        yield f"permitted {found}, expected {(always, sometimes & ~always)}"
    if answer.count_allowed() != always.bit_count():
        yield f"counted {answer.count_allowed()} allowed packets, expected {always.bit_count()}"
    yield _dead_difference(case, rules, clauses)
    change = compare_rules(
        Rules(clauses, lambda rule: _allows(rules, rule)), Rules(more, lambda rule: _allows(other, rule)), case.question
    )
    others = [allowed(universe, other, asked, meaning) for meaning in case.meanings]
    opened, closed, changed = asked, asked, 0
    for before, after in zip(masks, others, strict=True):
        opened, closed, changed = opened & after & ~before, closed & before & ~after, changed | (before ^ after)
    expected = (opened, closed, changed & ~opened & ~closed)
    told = tuple(universe.mask_of(change.packets(kind)) for kind in Change)
    if told != expected:
        yield f"difference {told}, expected {expected} against {other}"
    counts = tuple(change.count(kind) for kind in Change)
    if counts != tuple(mask.bit_count() for mask in expected):
        yield f"difference counted as {counts}, expected {expected}"


def _allows(rules: RuleList, rule: int) -> bool:
    return rule != NO_RULE and rules.allows[rule]


def _dead_difference(case: Case, rules: RuleList, clauses: list[Clause]) -> str:
    deciding = [first_match(case.universe, rules, case.asked, meaning) for meaning in case.meanings]
    alive = {rule for decided in deciding for rule in decided}
    expected = sorted({term.rule for term in rules.terms} - alive)
    found = find_dead(clauses, lambda rule: _allows(rules, rule), case.question)
    if [one.rule for one in found] != expected:
        return f"dead {[one.rule for one in found]}, expected {expected}"
    for one in found:
        if not covers(case, rules, one.rule, one.covered_by):
            return f"rule {one.rule} is not covered by {one.covered_by}"
        for spare in one.covered_by:
            if covers(case, rules, one.rule, tuple(rule for rule in one.covered_by if rule != spare)):
                return f"rule {one.rule} is covered without {spare}, one of {one.covered_by}"
        earlier = [rule for rule in alive if rule < one.rule]
        if len(one.covered_by) > 1 and any(covers(case, rules, one.rule, (rule,)) for rule in earlier):
            return f"rule {one.rule} is covered by one rule, not only by {one.covered_by}"
    return ""


def covers(case: Case, rules: RuleList, rule: int, others: tuple[int, ...]) -> bool:
    """Return whether, in every meaning, each packet that a rule matches is matched by one of some earlier rules."""
    for meaning in case.meanings:
        mine = theirs = 0
        for term in rules.terms:
            if all(meaning[name] for name in term.waits):
                mask = case.asked & case.universe.product(term.codes)
                mine |= mask if term.rule == rule else 0
                theirs |= mask if term.rule in others and term.rule < rule else 0
        if mine & ~theirs:
            return False
    return True
