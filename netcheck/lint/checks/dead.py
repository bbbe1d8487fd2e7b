"""Rules that decide no packet: an earlier one takes all that they match, several do together, or they match nothing.

Microsoft Learn, "Network security groups": rules are looked at in the order of their priorities, and the first that
matches ends the processing. Rules are dead here in every world, wherever the NSG is applied: what is not known makes
no rule dead.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, called, listed, to_related
from netcheck.lint.linted import Linted
from netcheck.model.address import ApplicationSecurityGroup
from netcheck.model.rules import Access, NsgRule
from netcheck.policy.nsgrule import names_platform
from netcheck.questions.dead import DeadNsgRule
from netcheck.questions.finding import Finding, Related

_ACTS = {Access.ALLOW: "allows", Access.DENY: "denies"}


def _dead_rules(linted: Linted) -> Iterator[tuple[str, DeadNsgRule]]:
    for rules in linted.rule_lists():
        for dead in rules.dead:
            yield rules.nsg.name, dead


def _by_one(linted: Linted) -> Iterator[Finding]:
    for nsg, dead in _dead_rules(linted):
        if len(dead.covered_by) == 1:
            [taker] = dead.covered_by
            does = "denies them" if taker.access is Access.DENY else "allows them"
            if dead.against is None:
                end = f"and {does} as well"
            elif dead.against is taker:
                end = f"and {does}"
            else:
                end = f"but for those that {called(dead.against)} {_ACTS[dead.against.access]} before"
            message = f"decides nothing: {called(taker)} takes all packets it matches, {end}"
            yield BY_ONE.about_rule(nsg, dead.rule, message, covered_by=cover(dead))


def _by_several(linted: Linted) -> Iterator[Finding]:
    for nsg, dead in _dead_rules(linted):
        if len(dead.covered_by) > 1:
            end = f"and all of them {'allow' if dead.rule.access is Access.ALLOW else 'deny'} as well"
            if dead.against is not None:
                end = f"and {called(dead.against)} {_ACTS[dead.against.access]} some of them"
            count = len(dead.covered_by)
            message = f"decides nothing: {count} earlier rules together take all packets it matches, {end}"
            yield BY_SEVERAL.about_rule(nsg, dead.rule, message, covered_by=cover(dead))


def cover(dead: DeadNsgRule) -> list[Related]:
    """Return the covering rules, and one of the other action where there is one, even where it can be spared."""
    spare = [dead.against] if dead.against is not None and dead.against not in dead.covered_by else []
    return [to_related(rule) for rule in (*dead.covered_by, *spare)]


def _matches_nothing(linted: Linted) -> Iterator[Finding]:
    for nsg, dead in _dead_rules(linted):
        if not dead.covered_by:
            why, severity = _why_nothing(dead.rule)
            yield MATCHES_NOTHING.about_rule(nsg, dead.rule, f"decides nothing: {why}", severity=severity)


def _why_nothing(rule: NsgRule) -> tuple[str, Severity]:
    """Say why a rule matches no packet; who is in a group may be for other files to say."""
    sides = (*rule.sources, *rule.destinations)
    groups = [str(one) for one in sides if isinstance(one, ApplicationSecurityGroup)]
    if groups:
        return f"no NIC of the site with an address is in {listed(groups)}, so that it matches no packet", Severity.NOTE
    if names_platform(rule):
        return "no port and protocol it names is one of the platform's service", Severity.WARNING
    return (
        "it matches no packet, or only packets to the platform's own addresses, which NSGs do not judge",
        Severity.WARNING,
    )


BY_ONE = Check(code="NC201", kind="dead", severity=Severity.WARNING, find=_by_one)
BY_SEVERAL = Check(code="NC202", kind="dead", severity=Severity.WARNING, find=_by_several)
MATCHES_NOTHING = Check(code="NC203", kind="dead", severity=Severity.WARNING, find=_matches_nothing)
