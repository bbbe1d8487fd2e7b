"""Host firewalls: dispatch over their kinds, and the rules of Windows Defender Firewall.

Semantics: Microsoft Learn, "Windows Firewall rules" (precedence) and `Set-NetFirewallProfile`: a rule that overrides
blocks for authenticated connections goes before explicit blocks, these before explicit allows, and what no rule matches
gets the default of the direction. Rules have no order and no weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from netcheck.model.names import key
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, Profile
from netcheck.model.site import (
    ChainFirewall,
    Hook,
    NetworkInterface,
    NoHostFirewall,
    Subnet,
    UnreadHostFirewall,
    VirtualMachine,
    WindowsFirewall,
)
from netcheck.policy.chains import judge_chains
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, merge, settled
from netcheck.policy.facts import Case, Fact
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.hostmatch import HostContext, rule_matches
from netcheck.policy.overlay import refine
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

_DEFAULT = -1
_PRECEDENCE = (HostAction.BYPASS, HostAction.BLOCK, HostAction.ALLOW)
_TCP = IntervalSet.point(6)


def judge_host_firewall(
    vm: VirtualMachine,
    nic: NetworkInterface,
    subnet: Subnet | None,
    direction: Direction,
    packets: PacketSet,
    book: AddressBook,
    is_root: bool | None = True,
) -> tuple[HopResult, ...]:
    """Return what the firewall inside a VM does with packets: one result for each list of rules that must all accept.

    A VM whose firewall the site does not give lets everything pass here; whoever asks says that the hop is not
    modelled. `is_root`: outbound packets are sent by a process of root, as the backup extension's are; None: not known.
    """
    hook = Hook.INPUT if direction is Direction.INBOUND else Hook.OUTPUT
    context = HostContext(vm, nic, subnet, hook, book, is_root)
    match vm.host_firewall:
        case None | NoHostFirewall():
            return (HopResult(HopKind.HOST_FIREWALL, str(direction), "", merge([settled(packets, None)])),)
        case UnreadHostFirewall(reason=reason, at=at):
            note = "host firewall not read"
            return (_open_result(vm, direction, packets, Fact(_firewall_fact(vm), "", reason, at), note),)
        case WindowsFirewall() as firewall:
            parts = merge(_judge_windows(firewall, packets, context))
            return (HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, parts),)
        case ChainFirewall() as firewall:
            return judge_chains(firewall, packets, context)
        case _:
            assert_never(vm.host_firewall)


def judge_forwarding(
    vm: VirtualMachine, nic: NetworkInterface, subnet: Subnet | None, packets: PacketSet, book: AddressBook
) -> tuple[HopResult, ...]:
    """Return what the firewall inside an appliance does with packets that it passes on.

    Nothing where the site gives no firewall, or states that there is none. What Windows does with them is not
    evaluated.
    """
    match vm.host_firewall:
        case None | NoHostFirewall():
            return ()
        case ChainFirewall() as firewall:
            return judge_chains(firewall, packets, HostContext(vm, nic, subnet, Hook.FORWARD, book, None))
        case UnreadHostFirewall(reason=reason, at=at):
            fact = Fact(_firewall_fact(vm), "", reason, at)
        case WindowsFirewall():
            reason = f"what the host firewall of `{vm.name}` does with packets that it forwards is not evaluated"
            fact = Fact(f"host firewall of {key(vm.name)} forwards", "", reason, vm.at)
        case _:
            assert_never(vm.host_firewall)
    yes, no = (
        Decision(hop=HopKind.APPLIANCE, passes=passes, resource=vm.name, at=str(fact.at), note="not evaluated")
        for passes in (True, False)
    )
    return (HopResult(HopKind.APPLIANCE, "", vm.name, (depends(packets, fact, yes, no),)),)


def undeclared_proxy_port(vm: VirtualMachine, packets: PacketSet) -> HopResult:
    """Return the inbound result of a proxy VM without given host firewall: the proxy's port is open or not.

    The article's step B opens that port; everything else passes, as on any VM whose firewall is not modelled.
    """
    if vm.proxy_server is None:
        return HopResult(HopKind.HOST_FIREWALL, "Inbound", "", merge([settled(packets, None)]))
    port = vm.proxy_server.port
    wanted = IntervalSet.point(port)
    to_proxy = packets & (
        ps.box(4, protocols=_TCP, destination_ports=wanted) | ps.box(6, protocols=_TCP, destination_ports=wanted)
    )
    reason = (
        f"the site gives no host firewall for the proxy VM `{vm.name}`, so whether port {port} is open inbound "
        "is not known (step B of the article)"
    )
    asked = _open_result(vm, Direction.INBOUND, to_proxy, Fact(_firewall_fact(vm), "", reason, vm.at), "not given")
    parts = merge([*asked.parts, settled(packets - to_proxy, None)])
    return HopResult(HopKind.HOST_FIREWALL, "Inbound", vm.name, parts)


def _firewall_fact(vm: VirtualMachine) -> str:
    return f"host firewall of VM {key(vm.name)}"


def _open_result(vm: VirtualMachine, direction: Direction, packets: PacketSet, fact: Fact, note: str) -> HopResult:
    """Return that all packets depend on one fact, which holds when they pass."""
    yes, no = (
        Decision(
            hop=HopKind.HOST_FIREWALL, passes=passes, direction=direction, resource=vm.name, at=str(fact.at), note=note
        )
        for passes in (True, False)
    )
    return HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, merge([depends(packets, fact, yes, no)]))


def _judge_windows(firewall: WindowsFirewall, packets: PacketSet, context: HostContext) -> Iterator[HopPart]:
    """Yield what Windows does; where the active profile is not known and matters, the cases name it."""
    if not firewall.is_enabled:
        yield settled(packets, _default_decision(firewall, context, passes=True, note="the firewall is off"))
        return
    profiles = ALL_PROFILES if firewall.active_profile is None else (firewall.active_profile,)
    rules = {profile: _in_force(firewall, context.direction, profile) for profile in profiles}
    judged = {positions: _judge_rules(firewall, positions, packets, context) for positions in set(rules.values())}
    if len(judged) == 1:
        yield from judged[rules[profiles[0]]]
        return
    regions: dict[tuple[tuple[HopCase, ...], ...], PacketSet] = {(): packets}
    for profile in profiles:
        regions = refine(regions, ((part.cases, part.packets) for part in judged[rules[profile]]))
    for by_profile, region in regions.items():
        yield HopPart(region, _joined(firewall, context, dict(zip(profiles, by_profile, strict=False))))


def _joined(
    firewall: WindowsFirewall, context: HostContext, by_profile: dict[Profile, tuple[HopCase, ...]]
) -> tuple[HopCase, ...]:
    """Join the cases of all profiles; the profile is no open question where they do not differ."""
    if len(set(by_profile.values())) == 1:
        return next(iter(by_profile.values()))
    name = context.vm.name
    reason = f"the site does not give the active profile of the host firewall of VM `{name}`, and its rules differ"
    fact = Fact(f"active profile of VM {key(name)}", "", reason, firewall.at)
    return tuple(
        HopCase(case.when | {(fact, str(profile))}, case.decision)
        for profile, cases in by_profile.items()
        for case in cases
    )


def _in_force(firewall: WindowsFirewall, direction: Direction, profile: Profile) -> tuple[int, ...]:
    """Return the places of the rules that count under a profile, in the order of precedence.

    `Set-NetFirewallProfile`: with AllowLocalFirewallRules off only Group Policy's rules count; with AllowInboundRules
    off inbound allow rules are ignored.
    """
    places = [
        place
        for place, rule in enumerate(firewall.rules)
        if rule.is_enabled
        and rule.direction is direction
        and profile in rule.profiles
        and (firewall.allows_local_rules or rule.is_group_policy)
        and (firewall.allows_inbound_rules or direction is Direction.OUTBOUND or rule.action is not HostAction.ALLOW)
    ]
    return tuple(sorted(places, key=lambda place: _PRECEDENCE.index(firewall.rules[place].action)))


def _judge_rules(
    firewall: WindowsFirewall, places: Sequence[int], packets: PacketSet, context: HostContext
) -> tuple[HopPart, ...]:
    clauses = [
        Clause(place, found.box, (*_authentication(firewall, place, context), *found.when))
        for place in places
        for found in rule_matches(firewall.rules[place], f"rule {place}", context)
    ]
    return tuple(
        HopPart(part.packets, tuple(_hop_case(case, firewall, context) for case in part.cases))
        for part in decide(clauses, packets, _DEFAULT)
    )


def _authentication(firewall: WindowsFirewall, place: int, context: HostContext) -> tuple[Fact, ...]:
    """A rule that overrides blocks takes connections only that IPsec has authenticated."""
    rule = firewall.rules[place]
    if rule.action is not HostAction.BYPASS:
        return ()
    reason = f"rule `{rule.name}` of VM `{context.vm.name}` takes connections only that IPsec has authenticated"
    return (Fact(f"authentication for rule {place} on {key(context.vm.name)}", "", reason, rule.at),)


def _hop_case(case: Case, firewall: WindowsFirewall, context: HostContext) -> HopCase:
    if case.rule == _DEFAULT:
        is_inbound = context.direction is Direction.INBOUND
        passes = (firewall.default_inbound if is_inbound else firewall.default_outbound) is Access.ALLOW
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
