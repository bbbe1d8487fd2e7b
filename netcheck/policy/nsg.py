"""Network security groups: default rules, priority order, platform addresses, rule fields to boxes.

Microsoft Learn, "Network security groups" and "How network security groups filter network traffic": the rule with
the lower number is looked at first, the first match ends the processing; an absent NSG lets everything pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from netcheck.diagnostics import Source
from netcheck.model.address import FAMILIES, AnyAddress, Endpoint, Family, ServiceTag
from netcheck.model.names import is_same, key
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site, Subnet
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, merge, settled
from netcheck.policy.facts import Case, Fact
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.resolve import AddressBook, Term, builtin_name
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box, PacketSet

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
PortPart: TypeAlias = tuple[IntervalSet, IntervalSet, IntervalSet, tuple[Fact, ...]]


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


@dataclass(frozen=True, slots=True)
class NsgContext:
    """Where an NSG is applied: it settles what `VirtualNetwork` and `Internet` mean."""

    book: AddressBook
    subnet: Subnet | None
    hop: HopKind


def judge_nsg(nsg: NetworkSecurityGroup, direction: Direction, packets: PacketSet, context: NsgContext) -> HopResult:
    """Split packets by what one NSG does with them."""
    rules = ordered_rules(nsg, direction, context.book.site.deployment_model)
    platform = packets & platform_packets() if direction is Direction.OUTBOUND else ps.EMPTY_PACKETS
    parts: list[HopPart] = []
    if platform:
        named = [rule for rule in rules if names_platform(rule)]
        parts += _judge(nsg, direction, named, platform, context)
    parts += _judge(nsg, direction, rules, packets - platform if platform else packets, context)
    where = context.subnet.full_name if context.subnet else ""
    return HopResult(context.hop, str(direction), nsg.name, merge(parts), where)


def platform_packets() -> PacketSet:
    """Return the packets to the platform's virtual addresses, which only `AzurePlatform*` rules touch."""
    return ps.box(4, destinations=PLATFORM[4])


def names_platform(rule: NsgRule) -> bool:
    """Return whether a rule is about platform addresses: it names an `AzurePlatform*` tag."""
    return any(
        isinstance(e, ServiceTag) and builtin_name(e.name).startswith("azureplatform") for e in rule.destinations
    )


def _judge(
    nsg: NetworkSecurityGroup,
    direction: Direction,
    rules: Sequence[NsgRule],
    packets: PacketSet,
    context: NsgContext,
) -> Iterator[HopPart]:
    if not packets:
        return
    families = [family for family in FAMILIES if packets.node(family)]
    clauses = [clause for family in families for clause in _all_clauses(nsg, direction, rules, family, context)]
    for part in decide(clauses, packets, _NOT_SUBJECT):
        cases = tuple(_hop_case(case, rules, nsg, direction, context.hop) for case in part.cases)
        yield HopPart(part.packets, cases)


def _all_clauses(
    nsg: NetworkSecurityGroup, direction: Direction, rules: Sequence[NsgRule], family: Family, context: NsgContext
) -> list[Clause]:
    """Return the boxes of all rules, made once for each subnet that the NSG is asked about."""
    where = context.subnet.full_name if context.subnet else ""
    memo = context.book.clauses
    at = (nsg.name, direction, len(rules), family, where)
    if at not in memo:
        memo[at] = [c for i, rule in enumerate(rules) for c in rule_clauses(rule, i, family, context, nsg.name)]
    return memo[at]


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


def rule_clauses(rule: NsgRule, position: int, family: Family, context: NsgContext, nsg_name: str) -> Iterator[Clause]:
    """Yield the boxes of one rule for one family, each with the facts it waits for."""
    book, subnet = context.book, context.subnet
    unread = (Fact(f"rule {key(nsg_name)}/{rule.name}", "", rule.unknown, rule.at),) if rule.unknown else ()
    port_parts = list(_port_parts(rule, nsg_name))
    for source in book.terms(rule.sources, family, "source", subnet):
        for destination in book.terms(rule.destinations, family, "destination", subnet):
            for protocols, source_ports, destination_ports, port_facts in port_parts:
                ports = _narrow(destination_ports, source, destination)
                if ports:
                    box = Box(family, protocols, ports, source_ports, source.addresses, destination.addresses)
                    facts = [*unread, *port_facts, *(t.fact for t in (source, destination) if t.fact)]
                    yield Clause(position, box, tuple(facts))


def _narrow(ports: IntervalSet, source: Term, destination: Term) -> IntervalSet:
    for term in (source, destination):
        if term.ports is not None:
            ports = ports & term.ports
    return ports


def protocol_set(protocol: Protocol) -> IntervalSet:
    """Return the protocol numbers as a set."""
    return ps.ALL_PROTOCOLS if protocol.is_any else IntervalSet.of((n, n) for n in protocol.numbers)


def port_set(ranges: Sequence[PortRange]) -> IntervalSet:
    """Return the union of port ranges."""
    return IntervalSet.of((r.first, r.last) for r in ranges)


def _port_parts(rule: NsgRule, nsg_name: str) -> Iterator[PortPart]:
    reason = f"what the ports of rule `{rule.name}` mean for a protocol without ports is not documented"
    fact = Fact(f"ports of {key(nsg_name)}/{rule.name}", "", reason, rule.at)
    return port_parts(protocol_set(rule.protocol), port_set(rule.source_ports), port_set(rule.destination_ports), fact)


def port_parts(
    protocols: IntervalSet, source_ports: IntervalSet, destination_ports: IntervalSet, portless: Fact
) -> Iterator[PortPart]:
    """Yield (protocols, source ports, destination ports, facts): ports are fields of TCP and UDP only.

    What a restricted port means for another protocol is reported both as "ignored" and as "matches nothing", so it is
    an open fact, `portless`.
    """
    if source_ports == ps.ALL_PORTS and destination_ports == ps.ALL_PORTS:
        yield protocols, source_ports, destination_ports, ()
        return
    if protocols & ps.PORTED:
        yield protocols & ps.PORTED, source_ports, destination_ports, ()
    if protocols & ps.PORTLESS:
        yield protocols & ps.PORTLESS, ps.NO_PORT, ps.NO_PORT, (portless,)
