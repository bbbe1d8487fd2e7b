"""Which packets are asked about, cut into cells: one protocol, and ports that every NSG rule treats alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netcheck.model.azfirewall import FirewallApplicationRule, FirewallNetworkRule
from netcheck.model.ports import ALL_PORTS, ICMP, ICMPV6, TCP, PortRange, Protocol
from netcheck.model.rules import NsgRule
from netcheck.model.site import Site
from netcheck.policy.nsgrule import port_set, protocol_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

RuleKind = tuple[Protocol, tuple[PortRange, ...], tuple[PortRange, ...]]
"""The protocol of a rule, its destination ports and its source ports."""
_BOTH_ICMP = IntervalSet.of([(ICMP, ICMP), (ICMPV6, ICMPV6)])


class Cell(NamedTuple):
    """Packets of one protocol to some ports, from source ports that no rule tells apart.

    Between IPv4 addresses, the first of the protocols, ports and source ports stands for all of them.
    """

    protocols: IntervalSet
    ports: IntervalSet
    source_ports: IntervalSet

    @property
    def point(self) -> tuple[int, int, int]:
        """Return a protocol, a destination port and a source port; the ports are 0 where there are none."""
        return self.protocols.first, self.ports.first, self.source_ports.first

    def packets(self) -> PacketSet:
        """Return the packets of the cell, between any two addresses."""
        found = ps.EMPTY_PACKETS
        for family in (4, 6):
            found = found | ps.box(family, self.protocols, self.ports, self.source_ports)
        return found


ANY_CELL = Cell(ps.ALL_PROTOCOLS, ps.ALL_PORTS, ps.ALL_PORTS)
"""Stands for whatever cell where it does not matter which."""


def kind_of(rule: NsgRule) -> RuleKind:
    """Return what a rule says about protocols and ports."""
    return rule.protocol, rule.destination_ports, rule.source_ports


def rule_kinds(site: Site) -> frozenset[RuleKind]:
    """Return what rules of NSGs and Azure Firewalls say about protocols and ports; a thousand rules say the same few
    things."""
    of_nsgs = (
        kind_of(rule)
        for nsg in site.network_security_groups
        for rules in (nsg.rules, nsg.default_rules)
        for rule in rules
    )
    return frozenset((*of_nsgs, *_firewall_kinds(site)))


def _firewall_kinds(site: Site) -> Iterator[RuleKind]:
    """Yield what rules of Azure Firewalls say about packets that they may pass on."""
    for firewall in site.azure_firewalls:
        for rule in (rule for collection in firewall.collections for rule in collection.rules):
            if isinstance(rule, FirewallNetworkRule):
                yield from ((protocol, rule.ports, (ALL_PORTS,)) for protocol in rule.protocols)
            elif isinstance(rule, FirewallApplicationRule):
                yield Protocol((TCP,)), tuple(PortRange(port, port) for _, port in rule.ports), (ALL_PORTS,)


def kinds_about(kinds: Iterable[RuleKind], protocols: IntervalSet, ports: IntervalSet) -> frozenset[RuleKind]:
    """Return the kinds of rules that may match some packet of a question; for protocols without ports, whatever they
    say about ports."""
    return frozenset(
        kind
        for kind in kinds
        if (some := protocol_set(kind[0]) & protocols) and (some & ps.PORTLESS or port_set(kind[1]) & ports)
    )


def cells(kinds: Iterable[RuleKind], protocols: IntervalSet, ports: IntervalSet) -> tuple[Cell, ...]:
    """Cut the packets of a question where some rule tells them apart, in the order of protocols and ports.

    ICMP is not cut: it has another number in each family, and rules name both.
    """
    known = list(kinds)
    named = {protocol_set(one[0]) for one in known} | {ps.PORTED}
    found: list[Cell] = []
    for some in [protocols] if protocols == _BOTH_ICMP else _pieces(protocols, named):
        if not some <= ps.PORTED:
            found.append(Cell(some, ps.NO_PORT, ps.NO_PORT))
            continue
        about = [one for one in known if protocol_set(one[0]) & some]
        for inner in _pieces(ports, {port_set(one[1]) for one in about}):
            telling = {port_set(one[2]) for one in about if one[2] != (ALL_PORTS,) and port_set(one[1]) & inner}
            found += [Cell(some, inner, source_ports) for source_ports in _pieces(ps.ALL_PORTS, telling)]
    return tuple(sorted(found, key=lambda one: one.point))


def joined(cells: Iterable[Cell]) -> list[Cell]:
    """Return fewer cells with the same packets: what differs in its ports only, or in its source ports only, is one."""
    by_rest: dict[tuple[IntervalSet, IntervalSet], IntervalSet] = {}
    for one in cells:
        at = one.protocols, one.source_ports
        by_rest[at] = by_rest[at] | one.ports if at in by_rest else one.ports
    found: dict[tuple[IntervalSet, IntervalSet], IntervalSet] = {}
    for (protocols, source_ports), ports in by_rest.items():
        where = protocols, ports
        found[where] = found[where] | source_ports if where in found else source_ports
    return [Cell(protocols, ports, source_ports) for (protocols, ports), source_ports in found.items()]


def _pieces(whole: IntervalSet, sets: Iterable[IntervalSet]) -> list[IntervalSet]:
    """Cut a set into the parts that each of some sets holds whole or not at all."""
    several = list(sets)
    cuts = sorted({cut for one in (whole, *several) for cut in one.cuts})
    alike: dict[tuple[bool, ...], list[tuple[int, int]]] = {}
    for first, last in whole.spans():
        inner = cuts[bisect_left(cuts, first) : bisect_left(cuts, last + 1)]
        for low, high in zip(inner, [*inner[1:], last + 1], strict=True):
            alike.setdefault(tuple(low in one for one in several), []).append((low, high - 1))
    return [IntervalSet.of(spans) for spans in alike.values()]
