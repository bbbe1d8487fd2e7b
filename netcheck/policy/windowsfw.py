"""What the rules and settings of Windows Defender Firewall do with packets.

Semantics: Microsoft Learn, "Windows Firewall rules" (precedence) and `Set-NetFirewallProfile`: a rule that overrides
blocks for authenticated connections goes before explicit blocks, these before explicit allows, and what no rule matches
gets the default of the direction. Rules have no order and no weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.hosts import ProfileSettings, WindowsFirewall
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, HostAction, HostRule, Profile
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, settled
from netcheck.policy.facts import Case, Fact, Literal
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.hostmatch import HostContext, is_lasting, rule_matches
from netcheck.policy.overlay import refine
from netcheck.sets.packets import PacketSet

_DEFAULT = -1
_PRECEDENCE = (HostAction.BYPASS, HostAction.BLOCK, HostAction.ALLOW)
_OPEN = {
    "is_enabled": "is on",
    "allows_local_rules": "counts local rules",
    "allows_inbound_rules": "counts inbound allow rules",
    "default_inbound": "lets in what no rule matches",
    "default_outbound": "lets out what no rule matches",
}
_VALUES = dict.fromkeys(("default_inbound", "default_outbound"), (Access.ALLOW, Access.DENY))
_ELSEWHERE = {
    Direction.INBOUND: frozenset(("default_outbound",)),
    Direction.OUTBOUND: frozenset(("default_inbound", "allows_inbound_rules")),
}
Cases = tuple[HopCase, ...]


class _Profile(NamedTuple):
    """One profile that may be active: the settings that no file says, and all settings they may be part of.

    `settings` are in the order of the product of two values for each of `facts`.
    """

    profile: Profile
    facts: tuple[Fact, ...]
    settings: tuple[ProfileSettings, ...]


class _Ruled(NamedTuple):
    """What decides under some settings: rules in the order of precedence, then the default."""

    is_enabled: bool
    default: Access
    places: tuple[int, ...]


def judge_windows(firewall: WindowsFirewall, packets: PacketSet, context: HostContext) -> Iterator[HopPart]:
    """Yield what the firewall does with packets; where the active profile or a setting is not known, by each of them.

    What all possible profiles and settings agree on waits for no fact about them.
    """
    profiles = [_possible(firewall, profile, context) for profile in firewall.possible_profiles]
    ruled = [_ruled(firewall, one.profile, settings, context) for one in profiles for settings in one.settings]
    judged = {one: tuple(_judge(firewall, one, packets, context)) for one in dict.fromkeys(ruled)}
    if len(judged) == 1:
        yield from judged[ruled[0]]
        return
    regions: dict[tuple[Cases, ...], PacketSet] = {(): packets}
    for one in ruled:
        regions = refine(regions, ((part.cases, part.packets) for part in judged[one]))
    for cases, region in regions.items():
        yield HopPart(region, _joined(firewall, profiles, cases, context))


def _possible(firewall: WindowsFirewall, profile: Profile, context: HostContext) -> _Profile:
    known = firewall.settings[profile]
    names = [name for name in _OPEN if getattr(known, name) is None and name not in _ELSEWHERE[context.direction]]
    vm = context.vm.name
    facts = tuple(
        Fact(
            f"host firewall of {key(vm)} {_OPEN[name]} under {profile}",
            "",
            f"whether the host firewall of VM `{vm}` {_OPEN[name]} under the profile {profile}, no file says",
            firewall.at,
        )
        for name in names
    )
    settings = [known]
    for name in names:
        settings = [one.with_value(name, value) for one in settings for value in _VALUES.get(name, (True, False))]
    return _Profile(profile, facts, tuple(settings))


def _ruled(firewall: WindowsFirewall, profile: Profile, settings: ProfileSettings, context: HostContext) -> _Ruled:
    is_inbound = context.direction is Direction.INBOUND
    default = settings.default_inbound if is_inbound else settings.default_outbound
    assert settings.is_enabled is not None
    assert default is not None
    if not settings.is_enabled:
        return _Ruled(False, Access.ALLOW, ())
    return _Ruled(True, default, _in_force(firewall, context.direction, profile, settings))


def _joined(
    firewall: WindowsFirewall, profiles: Sequence[_Profile], cases: tuple[Cases, ...], context: HostContext
) -> Cases:
    """Join the cases of all profiles and settings; a fact on which nothing depends is no open question."""
    by_profile: list[Cases] = []
    position = 0
    for one in profiles:
        found = cases[position : position + len(one.settings)]
        position += len(one.settings)
        for fact in reversed(one.facts):
            pairs = zip(found[::2], found[1::2], strict=True)
            found = tuple(_either((((fact, True), yes), ((fact, False), no))) for yes, no in pairs)
        by_profile += found
    name = context.vm.name
    reason = f"the site does not give the active profile of the host firewall of VM `{name}`, and its rules differ"
    fact = Fact(f"active profile of VM {key(name)}", "", reason, firewall.at)
    return _either([((fact, str(one.profile)), found) for one, found in zip(profiles, by_profile, strict=True)])


def _either(choices: Iterable[tuple[Literal, Cases]]) -> Cases:
    """Return the cases of each choice where it is made; the choice is no open question where they do not differ."""
    found = list(choices)
    if len({cases for _, cases in found}) == 1:
        return found[0][1]
    return tuple(HopCase(case.when | {literal}, case.decision) for literal, cases in found for case in cases)


def _in_force(
    firewall: WindowsFirewall, direction: Direction, profile: Profile, settings: ProfileSettings
) -> tuple[int, ...]:
    """Return the places of the rules that count under a profile, in the order of precedence.

    `Set-NetFirewallProfile`: with AllowLocalFirewallRules off only Group Policy's rules count; with AllowInboundRules
    off inbound allow rules are ignored.
    """
    ignores_allows = direction is Direction.INBOUND and not settings.allows_inbound_rules
    places = [
        place
        for place, rule in enumerate(firewall.rules)
        if rule.is_enabled
        and rule.direction is direction
        and profile in rule.profiles
        and (settings.allows_local_rules or rule.is_group_policy)
        and not (ignores_allows and rule.action is HostAction.ALLOW)
    ]
    return tuple(sorted(places, key=lambda place: _PRECEDENCE.index(firewall.rules[place].action)))


def _judge(firewall: WindowsFirewall, ruled: _Ruled, packets: PacketSet, context: HostContext) -> Iterator[HopPart]:
    if not ruled.is_enabled:
        yield settled(packets, _default_decision(firewall, context, passes=True, note="the firewall is off"))
        return
    clauses = [
        Clause(place, found.box, (*_authentication(firewall, place, context), *found.when))
        for place in ruled.places
        for found in rule_matches(_under_one_condition(firewall.rules[place]), f"rule {place}", context)
    ]
    for part in decide(clauses, packets, _DEFAULT):
        yield HopPart(part.packets, tuple(_hop_case(case, firewall, ruled.default, context) for case in part.cases))


def _under_one_condition(rule: HostRule) -> HostRule:
    """Return a rule with all its conditions as one: what holds of each alone would be 2^n worlds for n such rules.

    Rules that ask for the same conditions still get the same answer.
    """
    if len(rule.conditions) < 2:
        return rule
    return replace(rule, conditions=("; ".join(sorted(rule.conditions, key=lambda text: (is_lasting(text), text))),))


def _authentication(firewall: WindowsFirewall, place: int, context: HostContext) -> tuple[Fact, ...]:
    """A rule that overrides blocks takes connections only that IPsec has authenticated."""
    rule = firewall.rules[place]
    if rule.action is not HostAction.BYPASS:
        return ()
    reason = f"rule `{rule.name}` of VM `{context.vm.name}` takes connections only that IPsec has authenticated"
    return (Fact(f"authentication for rule {place} on {key(context.vm.name)}", "", reason, rule.at),)


def _hop_case(case: Case, firewall: WindowsFirewall, default: Access, context: HostContext) -> HopCase:
    if case.rule == _DEFAULT:
        passes = default is Access.ALLOW
        note = f"default {context.direction.lower()} action ({'Allow' if passes else 'Block'})"
        return HopCase(case.when, _default_decision(firewall, context, passes=passes, note=note))
    rule = firewall.rules[case.rule]
    decision = Decision(
        hop=HopKind.HOST_FIREWALL,
        passes=rule.action is not HostAction.BLOCK,
        direction=context.direction,
        resource=context.vm.name,
        rule=rule.name,
        at=str(rule.at),
    )
    return HopCase(case.when, decision)


def _default_decision(firewall: WindowsFirewall, context: HostContext, *, passes: bool, note: str) -> Decision:
    return Decision(
        hop=HopKind.HOST_FIREWALL,
        passes=passes,
        direction=context.direction,
        resource=context.vm.name,
        at=str(firewall.at),
        note=note,
    )
