"""Subnets in which `VirtualNetwork` is every address, because a default route leads to an appliance.

Microsoft Learn says that the tag "might also contain default routes"; users measured that it becomes exactly 0.0.0.0/0
(MicrosoftDocs/azure-docs issue 22178). A rule that allows `VirtualNetwork` then allows the Internet.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed, to_related
from netcheck.lint.linted import Linted
from netcheck.model.address import FAMILIES, ServiceTag, everything
from netcheck.model.names import is_same, key
from netcheck.model.rules import NsgRule, Route
from netcheck.model.site import NetworkSecurityGroup, Subnet
from netcheck.policy.resolve import builtin_name
from netcheck.questions.finding import Finding, Related
from netcheck.sets.packets import ALL_ADDRESSES


def _find(linted: Linted) -> Iterator[Finding]:
    for subnet in linted.subnets.values():
        route = _default_route(linted, subnet)
        groups = list(_groups(linted, subnet))
        if route is None or not groups:
            continue
        own = [rule for nsg in groups for rule in nsg.rules if _names_network(rule)]
        message = (
            f"in subnet `{subnet.full_name}`, `VirtualNetwork` holds {route.prefix}, that is every address: route "
            f"`{route.name}` sends it to an appliance"
        )
        which = f"; it is named by {listed([rule.name for rule in own])}" if own else "; only default rules name it"
        yield CHECK.about(
            subnet.full_name,
            subnet.at,
            message + which,
            severity=Severity.WARNING if own else Severity.NOTE,
            related=[Related(route.name, route.at, "the route"), *(to_related(rule) for rule in own)],
        )


def _default_route(linted: Linted, subnet: Subnet) -> Route | None:
    """Return the route that makes the tag everything for certain."""
    table = linted.site.route_table(subnet.route_table) if subnet.route_table else None
    for family in FAMILIES:
        certain = linted.book.virtual_network(family, "source", subnet)[0]
        if table is not None and certain.fact is None and certain.addresses == ALL_ADDRESSES[family]:
            return next((route for route in table.routes if route.prefix == everything(family)), None)
    return None


def _groups(linted: Linted, subnet: Subnet) -> Iterator[NetworkSecurityGroup]:
    for nsg in linted.site.network_security_groups:
        if any(is_same(one.full_name, subnet.full_name) for one in linted.applied.get(key(nsg.name), ())):
            yield nsg


def _names_network(rule: NsgRule) -> bool:
    sides = (*rule.sources, *rule.destinations)
    return any(isinstance(one, ServiceTag) and builtin_name(one.name) == "virtualnetwork" for one in sides)


CHECK = Check(code="NC220", kind="default-route-in-tag", severity=Severity.WARNING, find=_find)
