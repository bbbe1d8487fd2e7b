"""Rule lists for which some question took too long: what is not told is not fine, it is not known."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    for rules in linted.rule_lists():
        for what, why in sorted(rules.given_up.items()):
            message = f"NSG `{rules.nsg.name}`, {rules.direction.lower()}: {what} was not worked out: {why}"
            yield CHECK.about(rules.nsg.name, rules.nsg.at, message)


CHECK = Check(code="NC207", kind="not-checked", severity=Severity.NOTE, find=_find)
