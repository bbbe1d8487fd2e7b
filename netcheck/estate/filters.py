"""NSGs in terms of classes: which classes a rule's two ends hold, and what a list of rules does between them.

Bits are plain classes by number (`netcheck.estate.bits`). What a name covers is what the address book says it covers
for the subnet that the NSG is applied to; only application security groups are looked up by the classes' own
membership, which for plain classes is the same. Rules that wait for facts are decided by the same painter as on a walk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.classes import Estate
from netcheck.estate.question import Cell
from netcheck.model.address import AddressRange, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.names import key, last_segment
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Subnet
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.nsg import ordered_rules
from netcheck.policy.nsgrule import NsgContext, RuleBoxes
from netcheck.policy.resolve import Term, builtin_name
from netcheck.sets.intervals import IntervalSet

_CONTEXTUAL = ("virtualnetwork", "internet")


class Held(NamedTuple):
    """Classes that one end of a rule holds, provided that `fact` holds (None: certainly), for some ports only."""

    classes: int
    fact: Fact | None = None
    ports: IntervalSet | None = None


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
        self._tags: dict[tuple[str, str, int], tuple[Held, ...]] = {}
        self._views: dict[tuple[Term, ...], int] = {}
        self._of_subnet: dict[int, View] = {}

    @cached_property
    def _members(self) -> dict[str, int]:
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.estate.classes[: self.size]):
            for group in one.groups:
                found.setdefault(group, []).append(number)
        return {group: bits.of(numbers, self.size) for group, numbers in found.items()}

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

    def held(self, endpoints: Sequence[Endpoint], side: str, view: View) -> list[Held]:
        """Return what one end of a rule holds: one certain set at most, then what waits for facts."""
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
        at = f"{type(endpoint).__name__} {endpoint}", side, number
        if at not in self._tags:
            terms = self.estate.book.terms([endpoint], 4, side, view.subnet)
            found = [Held(self.within(term.addresses), term.fact, term.ports) for term in terms]
            self._tags[at] = tuple(one for one in found if one.classes)
        return self._tags[at]


def is_contextual(endpoint: Endpoint) -> bool:
    """Return whether what an endpoint covers differs from subnet to subnet."""
    return isinstance(endpoint, ServiceTag) and builtin_name(endpoint.name) in _CONTEXTUAL


class Clause(NamedTuple):
    """Part of a rule as classes: `near` is the end at which the NSG stands, `far` the other one."""

    rule: int
    passes: bool
    near: int
    far: int
    when: tuple[Fact, ...]


class RuleSet:
    """The rules of one direction of an NSG, compiled on first use."""

    def __init__(self, nsg: NetworkSecurityGroup, direction: Direction, lookup: Lookup) -> None:
        model = lookup.estate.site.deployment_model
        self._lookup, self._direction = lookup, direction
        self._rules = ordered_rules(nsg, direction, model)
        context = NsgContext(lookup.estate.book, None, HopKind.SUBNET_NSG)
        self._boxes = [RuleBoxes(rule, n, 4, context, nsg.name) for n, rule in enumerate(self._rules)]
        self._known: dict[tuple[int, int], tuple[_Ends, ...]] = {}

    def clauses(self, cell: Cell, view: View) -> Iterator[Clause]:
        """Yield what the rules match of a cell, in their order."""
        protocol, port, source_port = cell.point
        for number, rule in enumerate(self._rules):
            boxes = self._boxes[number]
            for protocols, sports, dports, facts in boxes.ports:
                if protocol in protocols and port in dports and source_port in sports:
                    for ends in self._ends(number, rule, view):
                        if ends.ports is None or port in ends.ports:
                            when = (*boxes.unread, *facts, *ends.facts)
                            yield Clause(number, rule.access is Access.ALLOW, ends.near, ends.far, when)
                    break

    def _ends(self, number: int, rule: NsgRule, view: View) -> tuple[_Ends, ...]:
        is_anywhere = not any(is_contextual(one) for one in (*rule.sources, *rule.destinations))
        at = number, -1 if is_anywhere else view.number
        found = self._known.get(at)
        if found is None:
            sources = self._lookup.held(rule.sources, "source", view)
            destinations = self._lookup.held(rule.destinations, "destination", view)
            is_outbound = self._direction is Direction.OUTBOUND
            found = tuple(_ends(s, d, is_outbound) for s in sources for d in destinations)
            self._known[at] = found
        return found


class _Ends(NamedTuple):
    """Both ends of a rule, the facts they wait for, and the ports they are narrowed to."""

    near: int
    far: int
    facts: tuple[Fact, ...]
    ports: IntervalSet | None


def _ends(source: Held, destination: Held, is_outbound: bool) -> _Ends:
    near, far = (source, destination) if is_outbound else (destination, source)
    facts = tuple(one.fact for one in (source, destination) if one.fact is not None)
    limits = [one.ports for one in (source, destination) if one.ports is not None]
    ports = None if not limits else limits[0] if len(limits) == 1 else limits[0] & limits[1]
    return _Ends(near.classes, far.classes, facts, ports)
