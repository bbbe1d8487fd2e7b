"""Windows Defender Firewall as bit-vector formulas.

Follows Microsoft Learn, "Windows Firewall rules" and `Set-NetFirewallProfile`: rules that override blocks first, then
blocks, then allows, then the default of the direction; which profile's rules count; which rules a policy silences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import z3

from netcheck.model.address import AddressRange
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, HostRule
from netcheck.model.site import WindowsFirewall
from tests.oracle.reference import Ruling
from tests.oracle.smt import Facts, Formula, Header, Outcomes, first_match, fit_ports, one_of

PRECEDENCE = (HostAction.BYPASS, HostAction.BLOCK, HostAction.ALLOW)
OF_THE_MACHINE = ("program:", "service:")
"""Conditions about a process of the machine: two rules that name the same one get the same answer."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine a firewall runs on; `local_subnet` is the prefix of its NIC, one a family."""

    name: str
    firewall: WindowsFirewall
    local_subnet: tuple[AddressRange, ...]


def encode_windows_firewall(machine: Machine, direction: Direction, header: Header, facts: Facts) -> Outcomes:
    """Return what the firewall does with packets of one direction; the default decides under the name ""."""
    firewall = machine.firewall
    is_inbound = direction is Direction.INBOUND
    if not firewall.is_enabled:
        return {Ruling(Access.ALLOW, ""): z3.BoolVal(True)}
    rows = []
    for action in PRECEDENCE:
        for place, rule in enumerate(firewall.rules):
            if rule.action is action and rule.direction is direction and is_in_force(rule, firewall):
                access = Access.DENY if action is HostAction.BLOCK else Access.ALLOW
                rows.append((Ruling(access, rule.name), host_matches(rule, place, machine, header, facts)))
    default = firewall.default_inbound if is_inbound else firewall.default_outbound
    return first_match(rows, Ruling(default, ""))


def is_in_force(rule: HostRule, firewall: WindowsFirewall) -> bool:
    """Return whether a rule counts under some profile: not when it is off, or a setting ignores its like."""
    is_ignored = rule.direction is Direction.INBOUND and rule.action is HostAction.ALLOW
    is_local = not rule.is_group_policy
    if is_ignored and not firewall.allows_inbound_rules:
        return False
    return rule.is_enabled and not (is_local and not firewall.allows_local_rules)


def host_matches(rule: HostRule, place: int, machine: Machine, header: Header, facts: Facts) -> Formula:
    """Return that a rule matches: header fields, the active profile, and what only the machine knows."""
    is_inbound = rule.direction is Direction.INBOUND
    local, remote = ("destination", "source") if is_inbound else ("source", "destination")
    ports = (rule.remote_ports, rule.local_ports) if is_inbound else (rule.local_ports, rule.remote_ports)
    label = f"{machine.name} {rule.direction} {place}"
    parts = [
        fit_ports(header, *ports, facts.answer(label, "matches without ports")),
        is_there(rule.local_addresses, rule.local_keywords, local, machine, header, facts),
        is_there(rule.remote_addresses, rule.remote_keywords, remote, machine, header, facts),
        is_profile(rule, machine, facts),
    ]
    if rule.protocol.numbers:
        parts.append(one_of(header.protocol, [(n, n) for n in rule.protocol.numbers]))
    for text in rule.conditions:
        asked = rule.direction if text.startswith(OF_THE_MACHINE) else label
        parts.append(facts.answer(machine.name, asked, text))
    if rule.action is HostAction.BYPASS:
        parts.append(facts.answer(label, "is authenticated"))
    return z3.And(parts)


def is_profile(rule: HostRule, machine: Machine, facts: Facts) -> Formula:
    """Return that one of the rule's profiles is active; where that is not known, exactly one of the three is."""
    active = machine.firewall.active_profile
    if active is not None:
        return z3.BoolVal(active in rule.profiles)
    chosen = facts.choose(f"profile of {machine.name}", map(str, ALL_PROFILES))
    return z3.Or([chosen[str(profile)] for profile in rule.profiles])


def is_there(
    ranges: Sequence[AddressRange],
    keywords: Sequence[str],
    side: str,
    machine: Machine,
    header: Header,
    facts: Facts,
) -> Formula:
    """Return that an address is in one of the ranges or words; neither given means any."""
    if not ranges and not keywords:
        return z3.BoolVal(True)
    address = header.side(side)
    spans = [(r.first, r.last) for r in ranges if r.family == header.family]
    near = [(r.first, r.last) for r in machine.local_subnet if r.family == header.family]
    parts = [one_of(address, spans)]
    for word in (keyword.casefold() for keyword in keywords):
        if word == "any":
            return z3.BoolVal(True)
        if word in ("localsubnet", f"localsubnet{header.family}"):
            parts.append(one_of(address, near))
        elif not word.startswith("localsubnet"):
            parts.append(facts.answer(machine.name, word, "is the", side))
    return z3.Or(parts)
