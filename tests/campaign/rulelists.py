"""Drawn rule lists, and what plain first-match says about each packet: no set algebra, nothing of the engine's."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import NamedTuple

from tests.campaign.universe import ANY, Universe

NO_RULE = -1
UNKNOWN_NAMES = ("contoso", "fabrikam")
"""The unknown names that clauses may wait for."""


class Term(NamedTuple):
    """Part of a rule: a code a field, and the unknown names that must hold (numbers into UNKNOWN_NAMES)."""

    rule: int
    codes: tuple[int, int, int, int, int]
    waits: tuple[int, ...]


class RuleList(NamedTuple):
    """Terms in order, and for each rule whether it allows; what no rule matches is denied."""

    terms: tuple[Term, ...]
    allows: tuple[bool, ...]


Meaning = tuple[bool, ...]
"""Which unknown names hold."""
MEANINGS: tuple[Meaning, ...] = tuple(product((False, True), repeat=len(UNKNOWN_NAMES)))


def draw_list(random: Random, universe: Universe, with_unknown: bool) -> RuleList:
    """Return one to five rules; a field is restricted three times out of four where the universe has several values."""
    bits = random.getrandbits(192)
    count = 1 + (bits & 7) % 5
    bits >>= 3
    terms: list[Term] = []
    rule = 0
    while len(terms) < count:
        codes = []
        for size in universe.sizes:
            code = ANY
            if size > 1:
                code = (bits & 15) % (1 << size) or ANY
                bits >>= 4
                if bits & 3 == 0:
                    code = ANY
                bits >>= 2
            codes.append(code)
        waits: tuple[int, ...] = ()
        if with_unknown:
            waits = WAITS[random.randrange(len(WAITS))]
        terms.append(Term(rule, (codes[0], codes[1], codes[2], codes[3], codes[4]), waits))
        rule += bits & 7 != 0  # one time in eight the next term belongs to the same rule
        bits >>= 3
        if not bits:
            bits = random.getrandbits(192)
    return RuleList(tuple(terms), tuple(bool(bits >> i & 1) for i in range(rule + 1)))


WAITS: tuple[tuple[int, ...], ...] = ((), (), (), (0,), (0,), (1,), (0, 1))


def first_match(universe: Universe, rules: RuleList, asked: int, meaning: Meaning) -> dict[int, int]:
    """Return rule -> the packets it decides where the unknown names mean this: term by term, the first one wins."""
    left = asked
    decided: dict[int, int] = {}
    for term in rules.terms:
        if all(meaning[name] for name in term.waits):
            hit = left & universe.product(term.codes)
            if hit:
                decided[term.rule] = decided.get(term.rule, 0) | hit
                left ^= hit
    if left:
        decided[NO_RULE] = left
    return decided


def allowed(universe: Universe, rules: RuleList, asked: int, meaning: Meaning) -> int:
    """Return the packets that are allowed where the unknown names mean this."""
    mask = 0
    for rule, hit in first_match(universe, rules, asked, meaning).items():
        if rule != NO_RULE and rules.allows[rule]:
            mask |= hit
    return mask
