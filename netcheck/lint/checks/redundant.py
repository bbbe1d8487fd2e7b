"""Rules that can go, because the rules behind them, default ones included, do the same with all they decide.

They are found one after the other, the last first: all that are told can be removed together, the dead rules with them
or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, called, to_related
from netcheck.lint.linted import Linted
from netcheck.model.rules import Access
from netcheck.questions.filter import unread_rules
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    if unread_rules(linted.site):  # a rule in between may make it needed
        return
    for rules in linted.rule_lists():
        for one in sorted(rules.redundant, key=lambda one: one.rule.priority):
            does, plural = ("allows", "allow") if one.rule.access is Access.ALLOW else ("denies", "deny")
            if len(one.successors) == 1:
                who = f"{called(one.successors[0])} {does}"
            elif one.successors:
                who = f"{len(one.successors)} rules behind it {plural}"
            else:
                who = f"where no rule is left, the platform {does}"
            message = f"can go: {who} all packets it decides"
            covering = [to_related(rule) for rule in one.successors]
            yield CHECK.about_rule(rules.nsg.name, one.rule, message, covered_by=covering)


CHECK = Check(code="NC205", kind="redundant", severity=Severity.NOTE, find=_find)
