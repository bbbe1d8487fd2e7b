"""Rules that lose packets to earlier rules of the other action, and how many.

Most of it is meant: a deny that keeps something out of a wider allow, allows before the deny at the end. So a rule that
matches everything is not told, a deny only from `LEAST_OF_DENY` on, and an allow is a warning only where it loses
`MUCH` of what it matches. A rule that loses all of IPv4 is a warning whatever it does: it looks alive for IPv6 alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, called, to_related
from netcheck.lint.checks.dead import cover
from netcheck.lint.linted import Linted
from netcheck.lint.rulelist import Overlap
from netcheck.model.rules import Access
from netcheck.questions.dead import DeadNsgRule
from netcheck.questions.finding import Finding

LEAST_OF_DENY, MUCH = Fraction(1, 100), Fraction(1, 2)
SHOWN = 5
"""So many of the earlier rules are listed, the greatest first."""


def _find(linted: Linted) -> Iterator[Finding]:
    for rules in linted.rule_lists():
        for dead in rules.without_ipv4:
            yield _no_ipv4(rules.nsg.name, dead)
        for overlap in rules.overlaps:
            if _is_worth_telling(overlap):
                yield _finding(rules.nsg.name, overlap)


def _no_ipv4(nsg: str, dead: DeadNsgRule) -> Finding:
    """Say that a rule which matches both families is left IPv6 alone, as behind 0.0.0.0/1 and 128.0.0.0/1."""
    assert dead.against is not None
    count = len(dead.covered_by)
    who = f"{called(dead.covered_by[0])} takes" if count == 1 else f"{count} earlier rules together take"
    does = "denies" if dead.against.access is Access.DENY else "allows"
    end = f"{does} them" if (dead.against,) == dead.covered_by else f"{called(dead.against)} {does} some of them"
    message = f"decides no IPv4 packet: {who} them all, and {end}; IPv6 is left to it"
    return CHECK.about_rule(nsg, dead.rule, message, covered_by=cover(dead))


def _is_worth_telling(one: Overlap) -> bool:
    is_deny, is_whole = one.rule.access is Access.DENY, one.taken == one.total
    return is_whole or not (one.is_all or (is_deny and Fraction(one.taken, one.total) < LEAST_OF_DENY))


def _finding(nsg: str, one: Overlap) -> Finding:
    is_allow = one.rule.access is Access.ALLOW
    part = f"{share(one.taken, one.total)} of its IPv{one.family} packets"
    first, *others = one.takers
    if others:
        who = f"{called(first)} and {len(others):,} more take {part}, and {'deny' if is_allow else 'allow'} them"
    else:
        who = f"{called(first)} takes {part}, and {'denies' if is_allow else 'allows'} them"
    where = f", in subnet `{one.where}`" if one.where else ""
    is_much = is_allow and Fraction(one.taken, one.total) >= MUCH
    return CHECK.about_rule(
        nsg,
        one.rule,
        f"decides only part of what it matches{where}: {who}",
        severity=Severity.WARNING if is_much or one.taken == one.total else Severity.NOTE,
        covered_by=[to_related(rule) for rule in one.takers[:SHOWN]],
        figures=(("taken", one.taken), ("matched", one.total)),
    )


def share(part: int, whole: int) -> str:
    """Return a share in per cent for people: never 0% of something, never 100% of less than all."""
    ratio = Fraction(part, whole)
    if 0 < ratio < Fraction(1, 10_000):
        return "less than 0.01%"
    if Fraction(9_999, 10_000) < ratio < 1:
        return "more than 99.99%"
    return f"{float(ratio * 100):.2f}".rstrip("0").rstrip(".") + "%"


CHECK = Check(code="NC204", kind="partly-dead", severity=Severity.WARNING, find=_find)
