"""Port ranges written where a list of two ports was meant: `80-443` is 364 ports.

The article of 2015 opens `80-443` for "port 80 (HTTP) or 443 (HTTPS)", and every port between them with it. A range is
taken for such a list when services have both of its ends and it holds more ports than `FEWEST`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.ports import PORTED, PortRange
from netcheck.model.rules import Access, NsgRule
from netcheck.questions.finding import Finding

FEWEST = 10
SERVICES = frozenset(
    (
        21, 22, 23, 25, 53, 80, 88, 110, 123, 135, 143, 389, 443, 445, 465, 587, 636, 993, 995, 1433, 1521, 3128, 3306,
        3389, 5432, 5671, 5985, 6379, 8080, 8443, 9200, 27017,
    )
)  # fmt: skip
"""Ports that people open one by one: two of them as the ends of a range are hardly a range that was meant."""


def _find(linted: Linted) -> Iterator[Finding]:
    for rules in linted.rule_lists():
        for rule in rules.own:
            for one in () if _has_no_ports(rule) else dict.fromkeys(rule.destination_ports):
                if _is_two_ports(one):
                    does = "opens" if rule.access is Access.ALLOW else "closes"
                    count = one.last - one.first + 1
                    message = (
                        f"{does} `{one}`, which is {count:,} ports and not the two ports {one.first} and {one.last}"
                    )
                    yield CHECK.about_rule(rules.nsg.name, rule, message)


def _has_no_ports(rule: NsgRule) -> bool:
    return bool(rule.protocol.numbers) and PORTED.isdisjoint(rule.protocol.numbers)


def _is_two_ports(one: PortRange) -> bool:
    return one.first in SERVICES and one.last in SERVICES and one.last - one.first >= FEWEST


CHECK = Check(code="NC214", kind="port-range", severity=Severity.WARNING, find=_find)
