"""Security admin rules of Azure Virtual Network Manager: what they do before any network security group is asked.

Microsoft Learn, "Security admin rules in Azure Virtual Network Manager": the rule with the lower number is looked at
first and the first match ends the processing of admin rules; after `Deny` and `AlwaysAllow` nothing else is looked at,
after `Allow`, and where no admin rule matches, the network security groups are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, groupby
from typing import NamedTuple, TypeAlias

from netcheck.model.address import FAMILIES
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site, Subnet
from netcheck.policy.branches import Branch
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, merge, settled
from netcheck.policy.facts import Case, Fact, World
from netcheck.policy.firstmatch import Clause, Part, decide
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.nsgrule import NsgContext, RuleBoxes
from netcheck.policy.openorder import in_any_order
from netcheck.policy.resolve import AddressBook
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

Tier: TypeAlias = tuple[AdminRule, ...]
"""Rules that are looked at one after the other, it is not known in which order."""

_NO_RULE = -1
_ALWAYS = "AlwaysAllow: network security groups are not looked at"
_EXEMPT = {
    "azurefirewallsubnet",
    "azurefirewallmanagementsubnet",
    "gatewaysubnet",
    "azurebastionsubnet",
    "routeserversubnet",
}


class AdminJudgement(NamedTuple):
    """What the admin rules do, and for which packets, in which worlds, network security groups are looked at after.

    Denied packets are among these, so that an answer can name everything that blocks.
    """

    result: HopResult
    to_nsgs: tuple[Branch, ...]


def rules_for(site: Site, network: str) -> tuple[AdminRule, ...]:
    """Return the admin rules that apply to a virtual network; a rule that names no network applies to all."""
    wanted = key(network)
    return tuple(
        rule
        for rule in site.admin_rules
        if not rule.virtual_networks or any(key(one) == wanted for one in rule.virtual_networks)
    )


def is_exempt(subnet: Subnet) -> bool:
    """Return whether admin rules are not applied in a subnet: those of Azure Firewall, gateways, Bastion, Route Server.

    Microsoft Learn, "Security admin rules in Azure Virtual Network Manager", section "Nonapplication of security admin
    rules at subnet level".
    """
    return key(subnet.name) in _EXEMPT


def tiers(rules: Sequence[AdminRule], direction: Direction) -> tuple[tuple[Tier, ...], ...]:
    """Return, per network manager, the rules of a direction in the order in which they are looked at.

    Which network manager comes first, and which of two rules of one number that differ in what they do, is not
    documented for certain.
    """
    own = sorted((rule for rule in rules if rule.direction is direction), key=lambda one: one.priority)
    managers: dict[str, list[AdminRule]] = {}
    for rule in own:
        managers.setdefault(key(rule.manager), []).append(rule)
    return tuple(tuple(_tiers(managers[name])) for name in sorted(managers))


def _tiers(rules: Sequence[AdminRule]) -> Iterator[Tier]:
    for _, same in groupby(rules, key=lambda one: one.priority):
        tied = tuple(same)
        if len({rule.access for rule in tied}) > 1:
            yield tied
        else:
            yield from ((rule,) for rule in tied)


def judge_admin_rules(
    rules: Sequence[AdminRule], direction: Direction, packets: PacketSet, book: AddressBook, subnet: Subnet
) -> AdminJudgement:
    """Split packets by what the admin rules of a virtual network do with them where they leave or enter a subnet.

    What no rule matches has no decision. The platform's addresses are no destinations that admin rules see, as they are
    none for network security groups.
    """
    platform = packets & PLATFORM_PACKETS if direction is Direction.OUTBOUND else EMPTY_PACKETS
    others = packets - platform if platform else packets
    managers = tiers(rules, direction)
    ordered = [rule for manager in managers for tier in manager for rule in tier]
    clauses = _clauses(managers, direction, others, NsgContext(book, subnet, HopKind.ADMIN_RULES))
    parts = [settled(platform, None)]
    to_nsgs = [Branch(platform)]
    for part in decide(clauses, others, _NO_RULE):
        cases = tuple(_hop_case(case, ordered, direction, subnet) for case in part.cases)
        parts.append(HopPart(part.packets, cases))
        to_nsgs.append(_to_nsgs(part, ordered))
    result = HopResult(HopKind.ADMIN_RULES, str(direction), subnet.virtual_network, merge(parts), subnet.full_name)
    return AdminJudgement(result, _joined(to_nsgs))


def judge_computed(
    lists: Sequence[NetworkSecurityGroup], direction: Direction, packets: PacketSet, book: AddressBook, subnet: Subnet
) -> AdminJudgement:
    """Split packets by what admin rules do that Azure computed for a NIC, one list for each network manager.

    Azure's effective rules know `Allow` and `Deny` only, so that what they print as `Allow` may always allow, after
    which network security groups are not looked at.
    """
    judged = judge_admin_rules(computed_rules(lists), direction, packets, book, subnet)
    allowed = EMPTY_PACKETS
    for part in judged.result.parts:
        if any(case.decision is not None and case.decision.passes for case in part.cases):
            allowed = allowed | part.packets
    names = ", ".join(f"`{one.name}` at {one.at}" for one in lists)
    reason = f"what {names} allows may always be allowed, which Azure prints alike: then NSGs are not looked at"
    fact = Fact(f"{key(' '.join(one.name for one in lists))} always allows", "", reason, lists[0].at)
    asked = Branch(allowed, (frozenset([(fact, False)]),), (frozenset([(fact, True)]),))
    to_nsgs = [
        split
        for one in judged.to_nsgs
        for split in (one._replace(packets=one.packets - allowed), one.also(asked))
        if split.packets
    ]
    return AdminJudgement(judged.result, tuple(to_nsgs))


def computed_rules(lists: Sequence[NetworkSecurityGroup]) -> tuple[AdminRule, ...]:
    """Return the rules of network managers that Azure computed for a NIC as the admin rules they are."""
    return tuple(_as_admin_rule(rule, one.name) for one in lists for rule in (*one.rules, *one.default_rules))


def _as_admin_rule(rule: NsgRule, manager: str) -> AdminRule:
    return AdminRule(
        name=rule.name,
        priority=rule.priority,
        direction=rule.direction,
        access=AdminAccess.DENY if rule.access is Access.DENY else AdminAccess.ALLOW,
        protocol=rule.protocol,
        sources=rule.sources,
        source_ports=rule.source_ports,
        destinations=rule.destinations,
        destination_ports=rule.destination_ports,
        at=rule.at,
        manager=manager,
        unknown=rule.unknown,
    )


def _clauses(
    managers: Sequence[Sequence[Tier]], direction: Direction, packets: PacketSet, context: NsgContext
) -> list[Clause]:
    """Return what the rules match, in every order in which they may be looked at; they are numbered as they stand."""
    network = context.subnet.virtual_network if context.subnet else ""
    name = f"admin rules of {key(network)} {direction.lower()}"
    numbers = count()
    lists: list[list[Clause]] = []
    for manager in managers:
        lists.append([])
        for tier in manager:
            own = [_rule_clauses(rule, next(numbers), packets, context, name) for rule in tier]
            tied = f"{name}: those of {key(tier[0].manager)} with priority {tier[0].priority}:"
            lists[-1] += in_any_order(own, tied, _tie_reason(tier))
    reason = f"which network manager's security admin rules come first in `{network}` is not documented for certain"
    return list(in_any_order(lists, f"{name}: network manager", reason))


def _tie_reason(tier: Tier) -> str:
    names = " and ".join(f"`{rule.name}`" for rule in tier)
    return f"security admin rules {names} have one priority: which of them is looked at first is not documented"


def _rule_clauses(
    rule: AdminRule, number: int, packets: PacketSet, context: NsgContext, list_name: str
) -> list[Clause]:
    return [
        clause
        for family in FAMILIES
        if packets.node(family)
        for clause in RuleBoxes(rule, number, family, context, list_name).touching(packets.extent(family))
    ]


def _hop_case(case: Case, rules: Sequence[AdminRule], direction: Direction, subnet: Subnet) -> HopCase:
    if case.rule == _NO_RULE:
        return HopCase(case.when, None)
    rule = rules[case.rule]
    return HopCase(
        case.when,
        Decision(
            hop=HopKind.ADMIN_RULES,
            passes=rule.access is not AdminAccess.DENY,
            direction=direction,
            resource=subnet.virtual_network,
            rule=rule.name,
            priority=rule.priority,
            at=str(rule.at),
            note=_ALWAYS if rule.access is AdminAccess.ALWAYS_ALLOW else "",
        ),
    )


def _to_nsgs(part: Part, rules: Sequence[AdminRule]) -> Branch:
    """Return where the network security groups are looked at: everywhere but where `AlwaysAllow` decides."""
    skips = {case: case.rule != _NO_RULE and rules[case.rule].access is AdminAccess.ALWAYS_ALLOW for case in part.cases}
    if not any(skips.values()):
        return Branch(part.packets)
    when = tuple(case.when for case, is_skipped in skips.items() if not is_skipped)
    unless = tuple(case.when for case, is_skipped in skips.items() if is_skipped)
    return Branch(part.packets if when else EMPTY_PACKETS, when, unless)


def _joined(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Join branches of the same worlds; drop empty ones."""
    found: dict[tuple[tuple[World, ...], tuple[World, ...]], PacketSet] = {}
    for one in branches:
        if one.packets:
            at = (one.when, one.unless)
            found[at] = found.get(at, EMPTY_PACKETS) | one.packets
    return tuple(Branch(packets, when, unless) for (when, unless), packets in found.items())
