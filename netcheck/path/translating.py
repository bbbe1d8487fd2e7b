"""Azure Firewalls as destinations: DNAT rules send packets on, from the firewall's own subnet.

Microsoft Tech Community, "Azure Firewall NAT Behaviors": a DNAT rule translates destination and source; towards private
addresses the source is one of the addresses in AzureFirewallSubnet, and the source port is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netcheck.model.address import AddressRange, address_text
from netcheck.model.azfirewall import AzureFirewall, FirewallNatRule
from netcheck.model.names import key
from netcheck.model.site import Subnet
from netcheck.path.graph import Node
from netcheck.path.leaving import leave_firewall
from netcheck.path.passing import Passage, to
from netcheck.policy.branches import Branch, tell
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, SeenAs, depends, merge, settled
from netcheck.policy.facts import Fact
from netcheck.policy.firewallnat import nat_outcomes
from netcheck.policy.resolve import by_family, to_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet


def into_firewall(
    passage: Passage, subnet: Node, node: Node, branch: Branch, addresses: Sequence[AddressRange]
) -> Iterator[HopResult]:
    """Push packets that are for addresses of a firewall to where its DNAT rules send them; others end there."""
    firewall: AzureFirewall = passage.graph.nodes[node]["what"]
    own = branch.packets & to(by_family(addresses))
    for outcome, rule in nat_outcomes(firewall, own, passage.book) if own else ():
        here = branch.also(outcome)
        yield tell(here, _told(firewall, rule, here.packets, is_public=addresses == firewall.public_ips))
        if rule is not None and rule.to_address is not None:
            yield from _onward(passage, subnet, node, firewall, rule, here)


def _told(firewall: AzureFirewall, rule: FirewallNatRule | None, packets: PacketSet, *, is_public: bool) -> HopResult:
    note = "no DNAT rule matches: Azure Firewall denies by default"
    if rule is not None:
        note = f"translated to {address_text(rule.to_address) if rule.to_address else 'a name'}:{rule.to_port}"
    passed = Decision(
        hop=HopKind.AZURE_FIREWALL,
        passes=rule is not None,
        direction="Inbound",
        resource=firewall.name,
        rule=rule.name if rule else "",
        at=str(rule.at if rule else firewall.at),
        note=note,
    )
    part = settled(packets, passed)
    if rule is not None and rule.to_address is None:
        reason = f"DNAT rule `{rule.name}` at {rule.at} leads to a name, and which address it has is not known"
        part = _open(packets, passed, Fact(f"DNAT target of {key(firewall.name)}/{rule.name}", "", reason, rule.at))
    elif rule is None and (firewall.unknown or not is_public):
        reason = firewall.unknown or f"what `{firewall.name}` itself answers at its private address is not in the site"
        part = _open(packets, passed, Fact(f"azure firewall {key(firewall.name)} answers", "", reason, firewall.at))
    return HopResult(HopKind.AZURE_FIREWALL, "Inbound", firewall.name, (part,))


def _onward(
    passage: Passage, subnet: Node, node: Node, firewall: AzureFirewall, rule: FirewallNatRule, branch: Branch
) -> Iterator[HopResult]:
    """Follow translated packets, and tell what the hops behind the firewall do of the packets as they were sent."""
    assert rule.to_address is not None
    where: Subnet = passage.graph.nodes[subnet]["subnet"]
    sent = _translated(branch.packets, where, rule)
    reason = f"it depends on which address of {where.full_name} and which port `{firewall.name}` sends the packets from"
    fact = Fact(f"source of {key(firewall.name)}/{rule.name}", "", reason, firewall.at)
    source = next((one.first for one in firewall.addresses if one.family == rule.to_address.family), None)
    inside = replace(passage, is_from_outside=False)
    for result in leave_firewall(inside, subnet, firewall, Branch(sent), frozenset([node])):
        yield tell(branch, _as_sent(result, sent, branch.packets, rule, fact, source))


def _translated(packets: PacketSet, subnet: Subnet, rule: FirewallNatRule) -> PacketSet:
    assert rule.to_address is not None
    family = rule.to_address.family
    ports = IntervalSet.point(rule.to_port) if rule.to_port else None
    whole = ps.EMPTY_PACKETS
    for one in ps.retarget(packets, family, to_set([rule.to_address], family), ports).boxes():
        sources = to_set(subnet.prefixes, family)
        whole = whole | ps.box(
            family, one.protocols, one.destination_ports, one.source_ports, sources, one.destinations
        )
    return whole


def _as_sent(
    result: HopResult, sent: PacketSet, packets: PacketSet, rule: FirewallNatRule, fact: Fact, source: int | None
) -> HopResult:
    """What a hop does with all translated packets alike it does with those that were sent; else it is open."""
    assert rule.to_address is not None
    seen_as = SeenAs(rule.to_address.first, rule.to_port or None, source)
    parts = merge(result.parts)
    if len(parts) == 1 and sent <= parts[0].packets:
        return result._replace(parts=(HopPart(packets, parts[0].cases),), seen_as=seen_as)
    decisions = [case.decision for part in parts for case in part.cases if case.decision and not case.passes]
    if not decisions:
        return result._replace(parts=(settled(packets, None),), seen_as=seen_as)
    return result._replace(parts=(_open(packets, decisions[0], fact),), seen_as=seen_as)


def _open(packets: PacketSet, decision: Decision, fact: Fact) -> HopPart:
    return depends(packets, fact, replace(decision, passes=True), replace(decision, passes=False))
