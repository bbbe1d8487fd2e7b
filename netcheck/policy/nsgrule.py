"""One rule of a network security group, or one security admin rule, as sets: boxes, and the facts they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from netcheck.model.address import Family, ServiceTag
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, TCP, UDP, PortRange, Protocol
from netcheck.model.rules import NsgRule
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause
from netcheck.policy.resolve import AddressBook, Term, builtin_name
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.adminrules import AdminRule
    from netcheck.model.site import Subnet

FilterRule: TypeAlias = "NsgRule | AdminRule"
"""Rules of one shape: a direction, protocols, and addresses and ports of both ends."""
PortPart: TypeAlias = tuple[IntervalSet, IntervalSet, IntervalSet, tuple[Fact, ...]]
_COMMON: dict[tuple[int, ...], IntervalSet] = {(n,): IntervalSet.point(n) for n in (TCP, UDP)}
"""A thousand rules name the same two protocols; one object for all of them is looked at once."""


@dataclass(frozen=True, slots=True)
class NsgContext:
    """Where an NSG is applied: it settles what `VirtualNetwork` and `Internet` mean.

    `nic` names the NIC that the rules were computed for by Azure; "" for the NSG as the site has it.
    """

    book: AddressBook
    subnet: Subnet | None
    hop: HopKind
    nic: str = ""


def names_platform(rule: NsgRule) -> bool:
    """Return whether a rule is about platform addresses: it names an `AzurePlatform*` tag."""
    return any(_is_platform(endpoint) for endpoint in rule.destinations)


def of_platform(rule: NsgRule) -> NsgRule:
    """Return what a rule says about platform addresses: only the services it names are touched by it."""
    return replace(rule, destinations=tuple(endpoint for endpoint in rule.destinations if _is_platform(endpoint)))


def _is_platform(endpoint: object) -> bool:
    return isinstance(endpoint, ServiceTag) and builtin_name(endpoint.name).startswith("azureplatform")


class RuleBoxes:
    """The boxes of one rule for one family, as one subnet sees it. `list_name` names the list that the rule stands in.

    Each is worked out when a question first touches its ports and its source: most rules of a long list name service
    tags for ports that nobody asks about.
    """

    __slots__ = ("_clauses", "_context", "_family", "_list_name", "_position", "_rule", "_sources", "ports")

    def __init__(self, rule: FilterRule, position: int, family: Family, context: NsgContext, list_name: str) -> None:
        self._rule, self._position, self._family, self._context = rule, position, family, context
        self._list_name = list_name
        self.ports = tuple(_port_parts(rule, list_name))
        self._sources: list[Term] | None = None
        self._clauses: dict[int, list[Clause]] = {}

    @property
    def unread(self) -> tuple[Fact, ...]:
        """The fact that a rule waits for of which something could not be read.

        It is named by its place: two rules of one name may be alternatives, of which one being there does not make the
        other so.
        """
        if not self._rule.unknown:
            return ()
        name = f"rule {key(self._list_name)}/{self._rule.name} #{self._position}"
        return (Fact(name, "", self._rule.unknown, self._rule.at),)

    def touching(self, asked: Box) -> Iterator[Clause]:
        """Yield the clauses that may match something in a box; others may be left out."""
        if not any(
            protocols & asked.protocols and ports & asked.destination_ports for protocols, _, ports, _ in self.ports
        ):
            return
        if self._sources is None:
            book, subnet = self._context.book, self._context.subnet
            self._sources = book.terms(self._rule.sources, self._family, "source", subnet)
        for number, source in enumerate(self._sources):
            if source.addresses & asked.sources:
                if number not in self._clauses:
                    self._clauses[number] = list(self._of_source(source))
                yield from self._clauses[number]

    def _of_source(self, source: Term) -> Iterator[Clause]:
        rule, book, subnet = self._rule, self._context.book, self._context.subnet
        unread = self.unread
        for destination in book.terms(rule.destinations, self._family, "destination", subnet):
            for protocols, source_ports, destination_ports, port_facts in self.ports:
                ports = narrow(destination_ports, source, destination)
                if ports:
                    box = Box(self._family, protocols, ports, source_ports, source.addresses, destination.addresses)
                    facts = [*unread, *port_facts, *(t.fact for t in (source, destination) if t.fact)]
                    yield Clause(self._position, box, tuple(facts))


def rule_clauses(rule: NsgRule, position: int, family: Family, context: NsgContext, nsg_name: str) -> Iterator[Clause]:
    """Yield the boxes of one rule for one family, each with the facts it waits for."""
    return RuleBoxes(rule, position, family, context, nsg_name).touching(ps.whole_box(family))


def narrow(ports: IntervalSet, *terms: Term) -> IntervalSet:
    """Return the destination ports that are left where the tags of both ends stand for one service each."""
    for term in terms:
        if term.ports is not None:
            ports = ports & term.ports
    return ports


def protocol_set(protocol: Protocol) -> IntervalSet:
    """Return the protocol numbers as a set."""
    if protocol.is_any:
        return ps.ALL_PROTOCOLS
    return _COMMON.get(protocol.numbers) or IntervalSet.of((n, n) for n in protocol.numbers)


def port_set(ranges: Sequence[PortRange]) -> IntervalSet:
    """Return the union of port ranges."""
    if len(ranges) == 1 and ranges[0] == ALL_PORTS:
        return ps.ALL_PORTS
    return IntervalSet.of([(r.first, r.last) for r in ranges])


def _port_parts(rule: FilterRule, list_name: str) -> Iterable[PortPart]:
    protocols = protocol_set(rule.protocol)
    source_ports, destination_ports = port_set(rule.source_ports), port_set(rule.destination_ports)
    if protocols <= ps.PORTED:
        return ((protocols, source_ports, destination_ports, ()),)
    reason = f"what the ports of rule `{rule.name}` mean for a protocol without ports is not documented"
    fact = Fact(f"ports of {key(list_name)}/{rule.name}", "", reason, rule.at)
    return port_parts(protocols, source_ports, destination_ports, fact)


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
