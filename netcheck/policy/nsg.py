"""Network security groups: default rules, priority order, platform addresses.

Microsoft Learn, "Network security groups" and "How network security groups filter network traffic": the rule with
the lower number is looked at first, the first match ends the processing; an absent NSG lets everything pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from netcheck.diagnostics import Source
from netcheck.model.address import FAMILIES, AnyAddress, Endpoint, ServiceTag
from netcheck.model.names import is_same, key
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, merge, settled
from netcheck.policy.facts import Case
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.nsgrule import NsgContext, RuleBoxes, names_platform, of_platform
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import Subnet

_DEFAULTS = {
    Direction.INBOUND: (
        ("AllowVnetInBound", "ALLOW VNET INBOUND", 65000, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
        (
            "AllowAzureLoadBalancerInBound", "ALLOW AZURE LOAD BALANCER INBOUND",
            65001, Access.ALLOW, "AzureLoadBalancer", "*",
        ),
        ("DenyAllInBound", "DENY ALL INBOUND", 65500, Access.DENY, "*", "*"),
    ),
    Direction.OUTBOUND: (
        ("AllowVnetOutBound", "ALLOW VNET OUTBOUND", 65000, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
        ("AllowInternetOutBound", "ALLOW INTERNET OUTBOUND", 65001, Access.ALLOW, "*", "Internet"),
        ("DenyAllOutBound", "DENY ALL OUTBOUND", 65500, Access.DENY, "*", "*"),
    ),
}  # fmt: skip
_NOT_SUBJECT = -1
PLATFORM_PACKETS = ps.box(4, destinations=PLATFORM[4])
"""The packets to the platform's virtual addresses, which only `AzurePlatform*` rules touch."""


def default_rules(direction: Direction, model: DeploymentModel, at: Source) -> tuple[NsgRule, ...]:
    """Return the three default rules of a direction, named as the deployment model names them."""
    is_classic = model is DeploymentModel.CLASSIC
    return tuple(
        NsgRule(
            name=classic_name if is_classic else name,
            priority=priority,
            direction=direction,
            access=access,
            protocol=ANY_PROTOCOL,
            sources=(_endpoint(source),),
            source_ports=(ALL_PORTS,),
            destinations=(_endpoint(destination),),
            destination_ports=(ALL_PORTS,),
            at=at,
            is_default=True,
        )
        for name, classic_name, priority, access, source, destination in _DEFAULTS[direction]
    )


def _endpoint(text: str) -> Endpoint:
    return AnyAddress() if text == "*" else ServiceTag(text)


def ordered_rules(nsg: NetworkSecurityGroup, direction: Direction, model: DeploymentModel) -> tuple[NsgRule, ...]:
    """Return the rules of a direction in the order in which Azure looks at them, default rules included.

    Default rules that an export lists are used as listed; those it lacks are added, because Azure has them always.
    """
    listed = [rule for rule in nsg.default_rules if rule.direction is direction]
    present = {rule.priority for rule in listed}
    added = [rule for rule in default_rules(direction, model, nsg.at) if rule.priority not in present]
    own = [rule for rule in nsg.rules if rule.direction is direction]
    return tuple(sorted([*own, *listed, *added], key=lambda rule: rule.priority))


def applied_to(site: Site, nsg_name: str) -> list[Subnet]:
    """Return the subnets whose packets an NSG sees: on the subnet itself, or on a NIC in it."""
    by_nic = {
        key(nic.subnet)
        for vm in site.virtual_machines
        for nic in vm.interfaces
        if is_same(nic.network_security_group, nsg_name)
    }
    return [
        subnet
        for network in site.virtual_networks
        for subnet in network.subnets
        if is_same(subnet.network_security_group, nsg_name) or key(subnet.full_name) in by_nic
    ]


class RuleList(NamedTuple):
    """The rules that some packets of a direction meet, in order. `name` tells the lists of one NSG apart."""

    name: str
    rules: tuple[NsgRule, ...]
    packets: PacketSet


def rule_lists(
    nsg: NetworkSecurityGroup, direction: Direction, context: NsgContext, packets: PacketSet = ps.EVERYTHING
) -> Iterator[RuleList]:
    """Yield each list that some packets meet, with those that meet it: outbound, the platform has one of its own."""
    rules = ordered_rules(nsg, direction, context.book.site.deployment_model)
    platform = packets & PLATFORM_PACKETS if direction is Direction.OUTBOUND else ps.EMPTY_PACKETS
    if platform:
        named = tuple(of_platform(rule) for rule in rules if names_platform(rule))
        yield RuleList("platform", named, platform)
    others = packets - platform if platform else packets
    if others:
        yield RuleList("", rules, others)


def judge_nsg(nsg: NetworkSecurityGroup, direction: Direction, packets: PacketSet, context: NsgContext) -> HopResult:
    """Split packets by what one NSG does with them."""
    parts = [
        HopPart(part.packets, tuple(_hop_case(case, one.rules, nsg, direction, context.hop) for case in part.cases))
        for one in rule_lists(nsg, direction, context, packets)
        for part in decide(clauses_for(nsg, direction, one, context), one.packets, _NOT_SUBJECT)
    ]
    where = context.subnet.full_name if context.subnet else ""
    return HopResult(context.hop, str(direction), nsg.name, merge(parts), where, context.nic)


def clauses_for(nsg: NetworkSecurityGroup, direction: Direction, one: RuleList, context: NsgContext) -> list[Clause]:
    """Return what the rules of a list match, of all that its packets may meet; rules are numbered in order.

    The boxes are those of earlier questions about the NSG as one subnet sees it.
    """
    where = f"{context.subnet.full_name if context.subnet else ''} {context.nic and (context.nic, context.hop)}"
    memo = context.book.rule_boxes
    clauses: list[Clause] = []
    for family in FAMILIES:
        if one.packets.node(family):
            at = (nsg.name, direction, one.name, family, where)
            if at not in memo:
                memo[at] = [RuleBoxes(rule, i, family, context, nsg.name) for i, rule in enumerate(one.rules)]
            extent = one.packets.extent(family)
            clauses += [clause for boxes in memo[at] for clause in boxes.touching(extent)]
    return clauses


def _hop_case(
    case: Case, rules: Sequence[NsgRule], nsg: NetworkSecurityGroup, direction: Direction, hop: HopKind
) -> HopCase:
    if case.rule == _NOT_SUBJECT:
        note = "the platform address is not subject to NSGs"
        return HopCase(case.when, Decision(hop=hop, passes=True, direction=direction, resource=nsg.name, note=note))
    rule = rules[case.rule]
    return HopCase(
        case.when,
        Decision(
            hop=hop,
            passes=rule.access is Access.ALLOW,
            direction=direction,
            resource=nsg.name,
            rule=rule.name,
            priority=rule.priority,
            at=str(rule.at),
        ),
    )


def no_nsg(packets: PacketSet, direction: Direction, hop: HopKind) -> HopResult:
    """Return the result of a level without NSG: everything passes, and no rule says so."""
    return HopResult(hop, str(direction), "", (settled(packets, None),))
