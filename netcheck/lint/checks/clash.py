"""Two rules of one direction with one priority.

Microsoft Learn, "Network security groups": priorities are unique per direction; Azure refuses the second rule. Other
questions refuse such a file (NC136), since nobody knows which rule comes first; lint tells it and leaves alone what the
rules of that direction do together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, to_related
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    for rules in linted.rule_lists():
        known = (rule for rule in rules.own if rule.priority)  # 0 stands for one that is not known
        for _, same in groupby(known, key=lambda rule: rule.priority):
            by_name = list({key(rule.name): rule for rule in same}.values())
            certain = [rule for rule in by_name if not rule.unknown]
            if len(by_name) < 2 or not certain:  # uncertain ones alone may be alternatives
                continue
            first = certain[0]
            for other in by_name:
                if other is not first:
                    severity = Severity.WARNING if other.unknown else Severity.ERROR
                    when = " if both are there" if other.unknown else ""
                    message = f"has the priority of `{first.name}`: Azure refuses two in one direction{when}"
                    related = [to_related(first)]
                    yield CHECK.about_rule(rules.nsg.name, other, message, severity=severity, related=related)


CHECK = Check(code="NC206", kind="clash", severity=Severity.ERROR, find=_find)
