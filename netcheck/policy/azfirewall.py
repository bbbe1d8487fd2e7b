"""What an Azure Firewall does with packets that a route sends to it.

Microsoft Learn, "Azure Firewall rule processing logic": network rules come before application rules whatever their
priorities; the first match ends the processing. Application rules are asked where no network rule matches and the
protocol is HTTP, HTTPS or MSSQL. What nothing matches is denied. Not evaluated: threat intelligence, which comes before
all rules, and the built-in infrastructure rule collection, which comes after them and allows names that only the
platform itself uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, groupby
from typing import NamedTuple

from netcheck.model.address import FAMILIES, Family
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.names import key
from netcheck.model.ports import Protocol
from netcheck.model.rules import Access
from netcheck.model.site import Subnet
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, merge
from netcheck.policy.facts import Case, Fact
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.hostnames import Coverage, coverage
from netcheck.policy.nsgrule import narrow, port_parts, port_set, protocol_set
from netcheck.policy.openorder import in_any_order
from netcheck.policy.overlay import refine
from netcheck.policy.resolve import AddressBook, Term
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import Box, PacketSet

_NO_RULE = -1
_TCP = IntervalSet.point(6)
_DEFAULT = "no rule matches: Azure Firewall denies by default (its own infrastructure rules are not evaluated)"


class _Line(NamedTuple):
    """One rule where it stands; `number` is its place among all rules of the firewall."""

    number: int
    collection: RuleCollection
    rule: FirewallRule


class _View(NamedTuple):
    """What names mean to a firewall, and the packets it is asked about."""

    firewall: AzureFirewall
    book: AddressBook
    subnet: Subnet | None
    packets: PacketSet

    def families(self) -> Iterator[Family]:
        """Yield the families of the packets."""
        return (family for family in FAMILIES if self.packets.node(family))

    def own_facts(self, line: _Line) -> tuple[Fact, ...]:
        """Return what a rule waits for that is not wholly read."""
        if not line.rule.unknown:
            return ()
        name = f"rule {key(self.firewall.name)}/{line.rule.name} #{line.number}"
        return (Fact(name, "", line.rule.unknown, line.rule.at),)


def judge_azure_firewall(
    firewall: AzureFirewall, packets: PacketSet, book: AddressBook, hosts: tuple[str, ...], subnet: Subnet | None
) -> HopResult:
    """Split packets by what a firewall does with them.

    `hosts` are the names that the packets ask for: host names, or suffixes with a leading dot that stand for every name
    below; none where no name is known. `subnet` is the one whose view service tags have.
    """
    if firewall.unknown:
        fact = Fact(f"rules of azure firewall {key(firewall.name)}", "", firewall.unknown, firewall.at)
        yes, no = (_decision(firewall, passes=passes, note="its rules are not known") for passes in (True, False))
        parts = merge([depends(packets, fact, yes, no)])
    else:
        parts = merge(_judge(_View(firewall, book, subnet, packets), hosts))
    return HopResult(HopKind.AZURE_FIREWALL, "", firewall.name, parts, subnet.full_name if subnet else "")


def _judge(view: _View, hosts: tuple[str, ...]) -> Iterator[HopPart]:
    """Yield what the rules do; where the names asked for fare differently, the cases say which is asked for."""
    lines = _lines(view.firewall)
    network = list(_in_order([line for line in lines if isinstance(line.rule, FirewallNetworkRule)], view, ""))
    application = [line for line in lines if isinstance(line.rule, FirewallApplicationRule)]
    by_host = {host: (*network, *_in_order(application, view, host)) for host in hosts or ("",)}
    judged = {clauses: _parts(clauses, lines, view) for clauses in set(by_host.values())}
    if len(judged) == 1:
        yield from next(iter(judged.values()))
        return
    regions: dict[tuple[tuple[HopCase, ...], ...], PacketSet] = {(): view.packets}
    for clauses in by_host.values():
        regions = refine(regions, ((part.cases, part.packets) for part in judged[clauses]))
    for by_name, region in regions.items():
        yield HopPart(region, _joined(dict(zip(by_host, by_name, strict=True))))


def _joined(by_host: dict[str, tuple[HopCase, ...]]) -> tuple[HopCase, ...]:
    """Join the cases of all names; which is asked for is no open question where they do not differ."""
    if len(set(by_host.values())) == 1:
        return next(iter(by_host.values()))
    fact = Fact("name asked for", "", f"the name asked for decides: {', '.join(f'`{host}`' for host in by_host)}")
    return tuple(
        HopCase(case.when | {(fact, key(host))}, case.decision) for host, cases in by_host.items() for case in cases
    )


def _parts(clauses: Sequence[Clause], lines: Sequence[_Line], view: _View) -> list[HopPart]:
    return [
        HopPart(part.packets, tuple(_hop_case(case, lines, view.firewall) for case in part.cases))
        for part in decide(clauses, view.packets, _NO_RULE)
    ]


def _lines(firewall: AzureFirewall) -> list[_Line]:
    numbers = count()
    return [
        _Line(next(numbers), collection, rule)
        for collection in sorted(firewall.collections, key=lambda one: one.order)
        for rule in collection.rules
    ]


def _in_order(lines: Sequence[_Line], view: _View, host: str) -> Iterator[Clause]:
    """Yield what rules of one kind match, in the order in which they are looked at.

    A parent policy comes before its child, then the group's priority counts, then the collection's. Which of two
    collections of one order comes first is not documented.
    """
    for order, same in groupby(lines, key=lambda line: line.collection.order):
        collections = [list(own) for _, own in groupby(same, key=lambda line: line.collection)]
        own = [[clause for line in rules for clause in _rule_clauses(line, view, host)] for rules in collections]
        if len({rules[0].collection.access for rules in collections}) > 1:
            name = f"rule collections of azure firewall {key(view.firewall.name)} at {order}:"
            names = " and ".join(f"`{rules[0].collection.name}`" for rules in collections)
            reason = f"rule collections {names} have one priority: which is looked at first is not documented"
            yield from in_any_order(own, name, reason)
        else:
            yield from (clause for clauses in own for clause in clauses)


def _rule_clauses(line: _Line, view: _View, host: str) -> Iterator[Clause]:
    match line.rule:
        case FirewallNetworkRule() as rule:
            return _network_clauses(rule, line, view)
        case FirewallApplicationRule() as rule:
            return _application_clauses(rule, line, view, host)
        case _:
            return iter(())  # a DNAT rule decides where packets go, not whether they pass


def _network_clauses(rule: FirewallNetworkRule, line: _Line, view: _View) -> Iterator[Clause]:
    unread = view.own_facts(line)
    protocols, ports = _protocols(rule.protocols), port_set(rule.ports)
    reason = f"what the ports of rule `{rule.name}` mean for a protocol without ports is not documented"
    portless = Fact(f"ports of {key(view.firewall.name)}/{rule.name}", "", reason, rule.at)
    for family in view.families():
        for source in view.book.terms(rule.sources, family, "source", view.subnet):
            for destination in _destinations(rule, family, view):
                for numbers, source_ports, to_ports, facts in port_parts(protocols, ps.ALL_PORTS, ports, portless):
                    to_ports = narrow(to_ports, source, destination)
                    box = Box(family, numbers, to_ports, source_ports, source.addresses, destination.addresses)
                    ends = (term.fact for term in (source, destination) if term.fact)
                    if to_ports:
                        yield Clause(line.number, box, (*unread, *facts, *ends))


def _protocols(protocols: Sequence[Protocol]) -> IntervalSet:
    return union(protocol_set(protocol) for protocol in protocols)


def _destinations(rule: FirewallNetworkRule, family: Family, view: _View) -> Iterator[Term]:
    """Yield the destinations of a rule; the firewall looks up the names among them, which may be any addresses."""
    yield from view.book.terms(rule.destinations, family, "destination", view.subnet)
    for host in rule.hosts:
        reason = f"which addresses the firewall finds for `{host}` is not known"
        fact = Fact(f"addresses of host {key(host)}", "destination", reason, rule.at)
        yield Term(ps.ALL_ADDRESSES[family], fact)


def _application_clauses(rule: FirewallApplicationRule, line: _Line, view: _View, host: str) -> Iterator[Clause]:
    """Yield what an application rule matches: the names it covers, on TCP to its ports, whatever the address."""
    unread = view.own_facts(line)
    ports = IntervalSet.of((port, port) for _, port in rule.ports)
    for family in view.families() if ports else ():
        everywhere = ps.ALL_ADDRESSES[family]
        for source in view.book.terms(rule.sources, family, "source", view.subnet):
            box = Box(family, _TCP, narrow(ports, source), ps.ALL_PORTS, source.addresses, everywhere)
            for name in _name_facts(rule, host) if box.destination_ports else ():
                yield Clause(line.number, box, (*unread, *name, *((source.fact,) if source.fact else ())))


def _name_facts(rule: FirewallApplicationRule, host: str) -> list[tuple[Fact, ...]]:
    """Return, as alternatives, what must hold for the name asked for to be one of the rule's; nothing: it surely is."""
    covered = {pattern: coverage(pattern, host) for pattern in rule.hosts}
    if Coverage.ALL in covered.values():
        return [()]
    asked = f"which name under `{host}` is asked for" if host else "the name that is asked for"
    named = [
        Fact(f"name asked for matches {key(pattern)}", "", f"{asked} is not known; a rule has `{pattern}`", rule.at)
        for pattern, how_much in covered.items()
        if how_much is Coverage.SOME
    ]
    tagged = [
        Fact(f"name asked for is in {key(tag)}", "", f"the names of FQDN tag `{tag}` are not in the model", rule.at)
        for tag in rule.host_tags
    ]
    return [(fact,) for fact in (*named, *tagged)]


def _hop_case(case: Case, lines: Sequence[_Line], firewall: AzureFirewall) -> HopCase:
    if case.rule == _NO_RULE:
        return HopCase(case.when, _decision(firewall, passes=False, note=_DEFAULT))
    line = lines[case.rule]
    return HopCase(case.when, _decision(firewall, passes=line.collection.access is Access.ALLOW, line=line))


def _decision(firewall: AzureFirewall, *, passes: bool, line: _Line | None = None, note: str = "") -> Decision:
    return Decision(
        hop=HopKind.AZURE_FIREWALL,
        passes=passes,
        resource=firewall.name,
        rule=f"{line.collection.name}/{line.rule.name}" if line else "",
        priority=line.collection.priority if line else None,
        at=str(line.rule.at) if line else "",
        note=note,
    )
