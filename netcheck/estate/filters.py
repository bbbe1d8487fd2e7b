"""NSGs in terms of classes: which classes a rule's two ends hold, and what a list of rules does between them.

Bits are plain classes by number (`netcheck.estate.bits`). What a name covers is what the address book says it covers
for the subnet that the NSG is applied to; only application security groups are looked up by the classes' own
membership, which for plain classes is the same. Rules that wait for facts are decided by the same painter as on a walk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from netcheck.estate import bits
from netcheck.estate.classes import Estate
from netcheck.estate.question import Cell, RuleKind
from netcheck.model.address import AddressRange, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.names import key, last_segment
from netcheck.model.ports import PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Subnet
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.nsg import ordered_rules
from netcheck.policy.nsgrule import NsgContext, RuleBoxes, port_set, protocol_set
from netcheck.policy.resolve import Term, builtin_name
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet

_CONTEXTUAL = ("virtualnetwork", "internet")


class Held(NamedTuple):
    """Classes that one end of a rule holds, provided that `fact` holds (None: certainly), for some ports only."""

    classes: int
    fact: Fact | None = None
    ports: IntervalSet | None = None


_CERTAIN = (None, None)
"""What a name has beside its classes where it waits for nothing."""


class View(NamedTuple):
    """How the rules of an NSG are read in a subnet: `number` is the same for subnets that read all names alike."""

    number: int
    subnet: Subnet


class Lookup:
    """Turns what rules name into classes."""

    def __init__(self, estate: Estate) -> None:
        self.estate, self.size = estate, estate.plain
        self.full = (1 << estate.plain) - 1
        self._addresses = [one.address or 0 for one in estate.classes[: estate.plain]]
        self._runs: dict[tuple[int, int], int] = {}
        self._tags: dict[tuple[Endpoint, str, int], tuple[Held, ...]] = {}
        self._views: dict[tuple[Term, ...], int] = {}
        self._of_subnet: dict[int, View] = {}
        self._kinds: dict[RuleKind, int] = {}
        self._about: dict[Cell, list[bool]] = {}

    @cached_property
    def _members(self) -> dict[str, int]:
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.estate.classes[: self.size]):
            for group in one.groups:
                found.setdefault(group, []).append(number)
        return {group: bits.of(numbers, self.size) for group, numbers in found.items()}

    def kind(self, rule: NsgRule) -> int:
        """Return a number for the protocol and the ports of a rule, the same for all rules that have these."""
        return self._kinds.setdefault((rule.protocol, rule.destination_ports, rule.source_ports), len(self._kinds))

    def kinds_about(self, cell: Cell) -> list[bool]:
        """Return which kinds of rules are about a cell."""
        found = self._about.setdefault(cell, [])
        for protocol, ports, source_ports in list(self._kinds)[len(found) :]:
            found.append(_is_about(cell, protocol, ports, source_ports))
        return found

    def view(self, subnet: Subnet) -> View:
        """Return how rules are read in a subnet: what `VirtualNetwork` and `Internet` are there."""
        found = self._of_subnet.get(id(subnet))
        if found is None:
            terms = tuple(
                term
                for name in _CONTEXTUAL
                for side in ("source", "destination")
                for term in self.estate.book.terms([ServiceTag(name)], 4, side, subnet)
            )
            found = self._of_subnet[id(subnet)] = View(self._views.setdefault(terms, len(self._views)), subnet)
        return found

    def between(self, first: int, last: int) -> int:
        """Return the classes whose addresses are from `first` to `last`; a class is in such a span whole or not."""
        at = bisect_left(self._addresses, first), bisect_right(self._addresses, last)
        found = self._runs.get(at)
        if found is None:
            found = self._runs[at] = bits.run(*at)
        return found

    def within(self, addresses: IntervalSet) -> int:
        """Return the classes that have some addresses."""
        found = 0
        for first, last in addresses.spans():
            found |= self.between(first, last)
        return found

    def held(self, endpoints: Sequence[Endpoint], side: str, view: View) -> Sequence[Held]:
        """Return what one end of a rule holds: one certain set at most, then what waits for facts."""
        if len(endpoints) == 1 and not isinstance(endpoints[0], AddressRange):
            found = self._named(endpoints[0], side, view)
            if len(found) == 1:
                return found
        certain, waiting = 0, []
        for endpoint in endpoints:
            if isinstance(endpoint, AddressRange):
                if endpoint.family == 4:
                    certain |= self.between(endpoint.first, endpoint.last)
                continue
            for one in self._named(endpoint, side, view):
                if one.fact is None and one.ports is None:
                    certain |= one.classes
                else:
                    waiting.append(one)
        return [Held(certain), *waiting] if certain else waiting

    def _named(self, endpoint: Endpoint, side: str, view: View) -> tuple[Held, ...]:
        if isinstance(endpoint, ApplicationSecurityGroup):
            group = key(last_segment(endpoint.name))
            declared = self.estate.site.application_security_groups
            if group in self.estate.groups or any(key(one) == group for one in declared):
                return (Held(self._members.get(group, 0)),)
        number = view.number if is_contextual(endpoint) else -1
        at = endpoint, side, number
        found = self._tags.get(at)
        if found is None:
            terms = self.estate.book.terms([endpoint], 4, side, view.subnet)
            several = (Held(self.within(term.addresses), term.fact, term.ports) for term in terms)
            found = self._tags[at] = tuple(one for one in several if one.classes)
        return found


def _is_about(
    cell: Cell, protocol: Protocol, ports: tuple[PortRange, ...], source_ports: tuple[PortRange, ...]
) -> bool:
    """What ports mean for a protocol without any is an open fact, so a rule that names them may be about it."""
    number, port, source_port = cell.point
    if number not in protocol_set(protocol):
        return False
    return number not in ps.PORTED or (port in port_set(ports) and source_port in port_set(source_ports))


def is_contextual(endpoint: Endpoint) -> bool:
    """Return whether what an endpoint covers differs from subnet to subnet."""
    return isinstance(endpoint, ServiceTag) and builtin_name(endpoint.name) in _CONTEXTUAL


def _are_contextual(endpoints: Sequence[Endpoint]) -> bool:
    return any(map(is_contextual, endpoints))


class Clause(NamedTuple):
    """Part of a rule as classes: `near` is the end at which the NSG stands, `far` the other one."""

    rule: int
    passes: bool
    near: int
    far: int
    when: tuple[Fact, ...]


_Waiting: TypeAlias = tuple[int, tuple[Fact, ...]]


class About:
    """Rules of a list that are about a cell, by number, with what they wait for.

    `port` is -1 where the names in the rules are the same for all. Two are equal where they are one: each list of rules
    keeps those it has made, and to compare their rules for each subnet would take longer than to paint them.
    """

    __slots__ = ("port", "rules")

    def __init__(self, port: int, rules: tuple[_Waiting, ...]) -> None:
        self.port, self.rules = port, rules


class RuleSet:
    """The rules of one direction of an NSG. What they hold is looked up on first use, and once for all views."""

    def __init__(self, nsg: NetworkSecurityGroup, direction: Direction, lookup: Lookup) -> None:
        self._lookup, self._direction = lookup, direction
        self._context = NsgContext(lookup.estate.book, None, HopKind.SUBNET_NSG)
        self._rules = ordered_rules(nsg, direction, lookup.estate.site.deployment_model)
        self._kinds = [lookup.kind(rule) for rule in self._rules]
        self._name = nsg.name
        contextual = [(_are_contextual(rule.sources), _are_contextual(rule.destinations)) for rule in self._rules]
        self._is_contextual = [source or destination for source, destination in contextual]
        self._differs = {"source": [one for one, _ in contextual], "destination": [one for _, one in contextual]}
        self._ends: dict[tuple[int, int], tuple[_Ends, ...]] = {}
        self._one_end: dict[tuple[int, str], Sequence[Held]] = {}
        self._ready: dict[tuple[int, int], dict[int | _Waiting, tuple[Clause, ...]]] = {}
        self._abouts: dict[tuple[int, tuple[_Waiting, ...]], About] = {}
        self._of: About | None = None
        self._segments: list[list[Clause] | int | _Waiting] = []
        self._is_narrow = any(
            builtin_name(str(one)).startswith("azureplatform")
            for rule in self._rules
            for one in (*rule.sources, *rule.destinations)
            if isinstance(one, ServiceTag)
        )

    def about(self, cell: Cell) -> About:
        """Return the rules about the protocol and the ports of a cell: those of many cells are the same."""
        at = cell.point[1] if self._is_narrow else -1, tuple(self._rules_about(cell))
        found = self._abouts.get(at)
        if found is None:
            found = self._abouts[at] = About(*at)
        return found

    def clauses(self, about: About, view: View) -> list[Clause]:
        """Return what some rules match, in their order."""
        if about is not self._of:
            self._of, self._segments = about, list(self._cut(about, view))
        known = self._ready.setdefault((view.number, about.port), {})
        found: list[Clause] = []
        for segment in self._segments:
            if isinstance(segment, list):
                found += segment
            else:
                ready = known.get(segment)
                if ready is None:
                    number, facts = (segment, ()) if isinstance(segment, int) else segment
                    ready = known[segment] = tuple(self._clauses(number, facts, about.port, view))
                found += ready
        return found

    def _cut(self, about: About, view: View) -> Iterator[list[Clause] | int | _Waiting]:
        """Yield the clauses of some rules in their order: lists of those that are the same in every view, and between
        them the rules that are not, by their numbers where they wait for nothing."""
        same: list[Clause] = []
        for at in about.rules:
            if self._is_contextual[at[0]] or about.port >= 0:
                if same:
                    yield same
                yield at if at[1] else at[0]
                same = []
            else:
                same += self._clauses(*at, about.port, view)
        yield same

    def _rules_about(self, cell: Cell) -> Iterator[tuple[int, tuple[Fact, ...]]]:
        """Yield the rules about the protocol and the ports of a cell, and what they wait for."""
        kinds = self._lookup.kinds_about(cell)
        protocol, port, source_port = cell.point
        for number, kind in enumerate(self._kinds):
            if not kinds[kind]:
                continue
            rule = self._rules[number]
            if not rule.unknown and protocol in ps.PORTED:
                yield number, ()
                continue
            boxes = RuleBoxes(rule, number, 4, self._context, self._name)  # it knows the facts by their names
            for protocols, sports, dports, facts in boxes.ports:
                if protocol in protocols and port in dports and source_port in sports:
                    yield number, (*boxes.unread, *facts)

    def _clauses(self, number: int, facts: tuple[Fact, ...], port: int, view: View) -> Iterator[Clause]:
        rule = self._rules[number]
        for ends in self._both_ends(number, rule, view):
            if ends.ports is None or port in ends.ports:
                when = (*facts, *ends.facts)
                yield Clause(number, rule.access is Access.ALLOW, ends.near, ends.far, when)

    def _both_ends(self, number: int, rule: NsgRule, view: View) -> tuple[_Ends, ...]:
        at = number, view.number if self._is_contextual[number] else -1
        found = self._ends.get(at)
        if found is None:
            sources = self._held(number, rule.sources, "source", view)
            destinations = self._held(number, rule.destinations, "destination", view)
            is_outbound = self._direction is Direction.OUTBOUND
            found = self._ends[at] = tuple(_ends(s, d, is_outbound) for s in sources for d in destinations)
        return found

    def _held(self, number: int, endpoints: Sequence[Endpoint], side: str, view: View) -> Sequence[Held]:
        """Return what one end of a rule holds; most often one end only is read in another way in another view."""
        if self._differs[side][number]:
            return self._lookup.held(endpoints, side, view)
        at = number, side
        found = self._one_end.get(at)
        if found is None:
            found = self._one_end[at] = self._lookup.held(endpoints, side, view)
        return found


class _Ends(NamedTuple):
    """Both ends of a rule, the facts they wait for, and the ports they are narrowed to."""

    near: int
    far: int
    facts: tuple[Fact, ...]
    ports: IntervalSet | None


def _ends(source: Held, destination: Held, is_outbound: bool) -> _Ends:
    near, far = (source, destination) if is_outbound else (destination, source)
    if source[1:] == destination[1:] == _CERTAIN:
        return _Ends(near.classes, far.classes, (), None)
    facts = tuple(one.fact for one in (source, destination) if one.fact is not None)
    limits = [one.ports for one in (source, destination) if one.ports is not None]
    ports = None if not limits else limits[0] if len(limits) == 1 else limits[0] & limits[1]
    return _Ends(near.classes, far.classes, facts, ports)
