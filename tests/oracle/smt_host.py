"""Windows Defender Firewall as bit-vector formulas.

Follows Microsoft Learn, "Windows Firewall rules" and `Set-NetFirewallProfile`: rules that override blocks first, then
blocks, then allows, then the default of the direction; which profile's rules count; which rules a policy silences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import z3

from netcheck.model.address import AddressRange
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, HostRule, Profile
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
    """Return what the firewall does with packets of one direction; "" decides where no rule does.

    That is the default under the active profile, or that the firewall is off under it.
    """
    outcomes: Outcomes = {}
    for profile, is_active in active_profiles(machine, facts).items():
        for ruling, decides in encode_profile(machine, profile, direction, header, facts).items():
            outcomes[ruling] = z3.Or(outcomes.get(ruling, z3.BoolVal(False)), z3.And(is_active, decides))
    return outcomes


def active_profiles(machine: Machine, facts: Facts) -> dict[Profile, Formula]:
    """Return that a profile is active; where that is not known, exactly one of the three is."""
    active = machine.firewall.active_profile
    if active is not None:
        return {active: z3.BoolVal(True)}
    chosen = facts.choose(f"profile of {machine.name}", map(str, ALL_PROFILES))
    return {profile: chosen[str(profile)] for profile in ALL_PROFILES}


def encode_profile(machine: Machine, profile: Profile, direction: Direction, header: Header, facts: Facts) -> Outcomes:
    """Return what the firewall does while a profile is active."""
    settings = machine.firewall.settings[profile]

    def holds(name: str, value: object, wanted: object) -> Formula:
        """Return that a setting has a value; one that no file gives has it or not."""
        return facts.answer(machine.name, profile, name) if value is None else z3.BoolVal(value == wanted)

    local = holds("local rules count", settings.allows_local_rules, True)
    allows = holds("inbound allow rules count", settings.allows_inbound_rules, True)
    rows = [(Ruling(Access.ALLOW, ""), z3.Not(holds("is on", settings.is_enabled, True)))]
    for action in PRECEDENCE:
        for place, rule in enumerate(machine.firewall.rules):
            if rule.action is action and rule.direction is direction and rule.is_enabled and profile in rule.profiles:
                counts = [] if rule.is_group_policy else [local]
                if direction is Direction.INBOUND and action is HostAction.ALLOW:
                    counts.append(allows)
                access = Access.DENY if action is HostAction.BLOCK else Access.ALLOW
                matches = host_matches(rule, place, machine, header, facts)
                rows.append((Ruling(access, rule.name), z3.And(matches, *counts)))
    default = settings.default_inbound if direction is Direction.INBOUND else settings.default_outbound
    rows.append((Ruling(Access.ALLOW, ""), holds(f"default {direction}", default, Access.ALLOW)))
    return first_match(rows, Ruling(Access.DENY, ""))


def host_matches(rule: HostRule, place: int, machine: Machine, header: Header, facts: Facts) -> Formula:
    """Return that a rule matches: header fields, and what only the machine knows."""
    is_inbound = rule.direction is Direction.INBOUND
    local, remote = ("destination", "source") if is_inbound else ("source", "destination")
    ports = (rule.remote_ports, rule.local_ports) if is_inbound else (rule.local_ports, rule.remote_ports)
    label = f"{machine.name} {rule.direction} {place}"
    parts = [
        fit_ports(header, *ports, facts.answer(label, "matches without ports")),
        is_there(rule.local_addresses, rule.local_keywords, local, machine, header, facts),
        is_there(rule.remote_addresses, rule.remote_keywords, remote, machine, header, facts),
    ]
    if rule.protocol.numbers:
        parts.append(one_of(header.protocol, [(n, n) for n in rule.protocol.numbers]))
    for text in rule.conditions:
        asked = rule.direction if text.startswith(OF_THE_MACHINE) else label
        parts.append(facts.answer(machine.name, asked, text))
    if rule.action is HostAction.BYPASS:
        parts.append(facts.answer(label, "is authenticated"))
    return z3.And(parts)


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
