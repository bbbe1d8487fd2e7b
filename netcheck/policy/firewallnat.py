"""Where an Azure Firewall sends packets that are addressed to itself.

Microsoft Learn, "Azure Firewall rule processing logic": DNAT rules come before all others, and what one of them
translates is allowed by an implicit network rule; application rules are not applied to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.azfirewall import AzureFirewall, FirewallNatRule, RuleCollection
from netcheck.model.names import key
from netcheck.policy.branches import Branch
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.nsgrule import narrow, port_parts, port_set, protocol_set
from netcheck.policy.openorder import in_any_order
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import Box, PacketSet

_NO_RULE = -1
_Numbered = tuple[int, FirewallNatRule]


def nat_targets(
    firewall: AzureFirewall, packets: PacketSet, book: AddressBook
) -> tuple[tuple[Branch, FirewallNatRule], ...]:
    """Return the packets that each DNAT rule translates, in the worlds in which it does; the first match ends it.

    Packets to other addresses than the firewall's, and those that no rule matches, are in no branch. Where the rules of
    the firewall are not all known, a rule that is may do it or not.
    """
    return tuple((branch, rule) for branch, rule in nat_outcomes(firewall, packets, book) if rule is not None)


def nat_outcomes(
    firewall: AzureFirewall, packets: PacketSet, book: AddressBook
) -> tuple[tuple[Branch, FirewallNatRule | None], ...]:
    """Return what becomes of packets: the DNAT rule that translates them, or None, in the worlds in which it is so."""
    rules: list[FirewallNatRule] = []
    clauses: list[Clause] = []
    collections = sorted(firewall.collections, key=lambda one: one.order)
    for order, same in groupby(collections, key=lambda one: one.order):
        own = [list(_collection_clauses(one, rules, firewall, packets, book)) for one in same]
        name = f"DNAT rule collections of azure firewall {key(firewall.name)} at {order}:"
        clauses += in_any_order(own, name, f"DNAT rule collections of `{firewall.name}` have one priority")
    found: list[tuple[Branch, FirewallNatRule | None]] = []
    for part in decide(clauses, packets, _NO_RULE):
        for number in dict.fromkeys(case.rule for case in part.cases):
            when = tuple(case.when for case in part.cases if case.rule == number)
            unless = tuple(case.when for case in part.cases if case.rule != number)
            rule = None if number == _NO_RULE else rules[number]
            found.append((Branch(part.packets, when, unless), rule))
    return tuple(found)


def _collection_clauses(
    collection: RuleCollection,
    rules: list[FirewallNatRule],
    firewall: AzureFirewall,
    packets: PacketSet,
    book: AddressBook,
) -> Iterator[Clause]:
    """Yield what the DNAT rules of a collection match, and number them by adding them to `rules`."""
    for rule in collection.rules:
        if isinstance(rule, FirewallNatRule):
            rules.append(rule)
            for family in FAMILIES:
                if packets.node(family):
                    yield from _clauses(rule, len(rules) - 1, family, firewall, book)


def _clauses(
    rule: FirewallNatRule, number: int, family: Family, firewall: AzureFirewall, book: AddressBook
) -> Iterator[Clause]:
    subnet = book.site.subnet(firewall.subnet)
    facts = tuple(_own_facts(rule, number, firewall))
    protocols = union(protocol_set(protocol) for protocol in rule.protocols)
    reason = f"what the ports of rule `{rule.name}` mean for a protocol without ports is not documented"
    portless = Fact(f"ports of {key(firewall.name)}/{rule.name}", "", reason, rule.at)
    destinations = _own_addresses(rule, family, firewall)
    for source in book.terms(rule.sources, family, "source", subnet) if destinations else ():
        for numbers, source_ports, ports, open_ports in port_parts(
            protocols, ps.ALL_PORTS, port_set(rule.ports), portless
        ):
            box = Box(family, numbers, narrow(ports, source), source_ports, source.addresses, destinations)
            if box.destination_ports:
                yield Clause(number, box, (*facts, *open_ports, *((source.fact,) if source.fact else ())))


def _own_facts(rule: FirewallNatRule, number: int, firewall: AzureFirewall) -> Iterator[Fact]:
    if firewall.unknown:
        yield Fact(f"rules of azure firewall {key(firewall.name)}", "", firewall.unknown, firewall.at)
    if rule.unknown:
        yield Fact(f"DNAT rule {key(firewall.name)}/{rule.name} #{number}", "", rule.unknown, rule.at)


def _own_addresses(rule: FirewallNatRule, family: Family, firewall: AzureFirewall) -> IntervalSet:
    """Return the addresses of the firewall among the destinations of a rule.

    A single address is one, because Azure refuses rules for others; of a range it is those that the files state.
    """
    single = [one for one in rule.destinations if one.first == one.last]
    ranges = [one for one in rule.destinations if one.first != one.last]
    stated: tuple[AddressRange, ...] = (*firewall.addresses, *firewall.public_ips)
    return to_set(single, family) | (to_set(ranges, family) & to_set(stated, family))
