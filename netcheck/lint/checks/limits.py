"""NSGs and route tables over what Azure takes.

Microsoft Learn, "Azure subscription and service limits" (networking): 1,000 rules an NSG (classic: 200, on request
1,000); 4,000 addresses and ranges as source, and as many as destination, in an NSG; 10 application security groups a
side of a rule and 100 in an NSG; 400 routes a route table, 25 of them with service tags. Descriptions have at most 140
characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.address import AddressRange, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.expressions import is_expression
from netcheck.model.names import key
from netcheck.model.rules import NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup
from netcheck.questions.finding import Finding
from netcheck.remedy.limits import CLASSIC_RULES, CLASSIC_RULES_ON_REQUEST, PREFIXES, RULES

GROUPS_A_SIDE, GROUPS_AN_NSG = 10, 100
ROUTES, TAG_ROUTES = 400, 25
LONGEST_DESCRIPTION = 140


def _find(linted: Linted) -> Iterator[Finding]:
    is_classic = linted.site.deployment_model is DeploymentModel.CLASSIC
    for nsg in linted.site.network_security_groups:
        yield from _rules(nsg, is_classic)
        if not is_classic:
            yield from _addresses(nsg)
            yield from _groups(nsg)
        for rule in nsg.rules:
            if len(rule.description) > LONGEST_DESCRIPTION and not is_expression(rule.description):
                length = len(rule.description)
                message = f"has a description of {length} characters, and {LONGEST_DESCRIPTION} are allowed"
                yield CHECK.about_rule(nsg.name, rule, message)
    yield from _routes(linted)


def _rules(nsg: NetworkSecurityGroup, is_classic: bool) -> Iterator[Finding]:
    # Alternatives of one rule have one name: only one of them is there.
    count = len({key(rule.name) for rule in nsg.rules})
    most = CLASSIC_RULES_ON_REQUEST if is_classic else RULES
    if count > most:
        yield CHECK.about(nsg.name, nsg.at, f"NSG `{nsg.name}` has {count:,} rules, and {most:,} are the most")
    elif is_classic and count > CLASSIC_RULES:
        message = f"NSG `{nsg.name}` has {count:,} rules: over {CLASSIC_RULES} a classic NSG needs a support request"
        yield CHECK.about(nsg.name, nsg.at, message, severity=Severity.WARNING)


def _addresses(nsg: NetworkSecurityGroup) -> Iterator[Finding]:
    for side in ("source", "destination"):
        named = {one for rule in nsg.rules for one in _side(rule, side) if isinstance(one, AddressRange)}
        if len(named) > PREFIXES:
            what = f"{len(named):,} addresses and ranges as {side}"
            yield CHECK.about(nsg.name, nsg.at, f"NSG `{nsg.name}` names {what}, and {PREFIXES:,} are the most")


def _groups(nsg: NetworkSecurityGroup) -> Iterator[Finding]:
    every: set[str] = set()
    for rule in nsg.rules:
        for side in ("source", "destination"):
            named = {key(str(one)) for one in _side(rule, side) if isinstance(one, ApplicationSecurityGroup)}
            every |= named
            if len(named) > GROUPS_A_SIDE:
                what = f"{len(named)} application security groups as {side}"
                yield CHECK.about_rule(nsg.name, rule, f"names {what}, and {GROUPS_A_SIDE} are the most")
    if len(every) > GROUPS_AN_NSG:
        message = f"NSG `{nsg.name}` names {len(every)} application security groups, and {GROUPS_AN_NSG} are the most"
        yield CHECK.about(nsg.name, nsg.at, message)


def _side(rule: NsgRule, side: str) -> tuple[Endpoint, ...]:
    return rule.sources if side == "source" else rule.destinations


def _routes(linted: Linted) -> Iterator[Finding]:
    for table in linted.site.route_tables:
        tags = sum(isinstance(route.prefix, ServiceTag) for route in table.routes)
        for count, most, what in (
            (len(table.routes), ROUTES, "routes"),
            (tags, TAG_ROUTES, "routes with service tags"),
        ):
            if count > most:
                message = f"route table `{table.name}` has {count:,} {what}, and {most} are the most"
                yield CHECK.about(table.name, table.at, message)


CHECK = Check(code="NC211", kind="limit", severity=Severity.ERROR, find=_find)
