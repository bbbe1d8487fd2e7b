"""Inbound rules that let nearly everything in from nearly everywhere.

Judged by what the rule decides, not by how it is written: an allow of `*` behind a deny of `Internet` is none, and one
that names `0.0.0.0/1` and `128.0.0.0/1` is. Outbound the default rules already let everything out to the Internet.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction
from netcheck.model.site import NetworkSecurityGroup
from netcheck.policy.builtin import INTERNET_LOWER, PLATFORM
from netcheck.policy.nsgrule import port_set
from netcheck.policy.resolve import to_set
from netcheck.questions.finding import Finding
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

MANY_PORTS, MANY_SOURCES = 1024, 1 << 24
_OUTSIDE = ps.box(4, ps.PORTED, sources=INTERNET_LOWER[4] - PLATFORM[4])


def _find(linted: Linted) -> Iterator[Finding]:
    for nsg in linted.site.network_security_groups:
        rules = linted.rules_of(nsg, Direction.INBOUND)
        for rule in rules.own:
            if rule.access is not Access.ALLOW or port_set(rule.destination_ports).size < MANY_PORTS:
                continue
            decided = rules.decided(rule, _OUTSIDE & _inside(linted, nsg))
            sources = decided.project("sources")[4].size
            ports = decided.project("destination_ports")[4].size
            if ports >= MANY_PORTS and sources >= MANY_SOURCES:
                message = f"lets in {ports:,} ports from {sources:,} addresses of the Internet"
                figures = (("ports", ports), ("sources", sources))
                yield CHECK.about_rule(nsg.name, rule, message, figures=figures)


def _inside(linted: Linted, nsg: NetworkSecurityGroup) -> PacketSet:
    """Return the packets for the subnets that an NSG is applied to; all where it is on nothing."""
    subnets = linted.applied.get(key(nsg.name), ())
    prefixes = to_set((prefix for subnet in subnets for prefix in subnet.prefixes), 4)
    return ps.box(4, destinations=prefixes) if prefixes else ps.EVERYTHING


CHECK = Check(code="NC215", kind="over-wide", severity=Severity.WARNING, find=_find)
