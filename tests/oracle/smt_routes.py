"""The routes of a subnet as bit-vector formulas.

Follows Microsoft Learn, "Virtual network traffic routing" (longest prefix; user-defined before learned before system
routes; explicit prefixes before tags, narrower tags first) and "Virtual Network service endpoints" (before both).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import z3

from netcheck.model.address import AddressRange, ServiceTag, everything, parse_prefix
from netcheck.model.rules import Access, NextHop, Route
from tests.oracle import internet
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, Ruling
from tests.oracle.smt import NOT_SUBJECT, Facts, Formula, Header, Outcomes, either, one_of, within

Span = tuple[int, int]
Tags = Mapping[str, Sequence[AddressRange]]
RESERVED = tuple(parse_prefix(text)[0] for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
PUBLIC = {4: internet.POSSIBLE, 6: [(0x2 << 124, (0x4 << 124) - 1)]}
OWN, LEARNED, SYSTEM, DROPPED = 0, 8, 9, 10
"""What wins among routes of one length, smallest first; tags stand between a user's own prefixes and learned routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the routes of a subnet are made of.

    `learned` None: a gateway whose routes nobody states. `endpoints` maps a service to its prefixes, None: not known.
    """

    space: tuple[AddressRange, ...]
    routes: tuple[Route, ...] = ()
    peers: tuple[tuple[str, AddressRange], ...] = ()
    learned: tuple[AddressRange, ...] | None = ()
    endpoints: Mapping[str, Sequence[AddressRange] | None] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)


class Line(NamedTuple):
    """One route as it competes with others."""

    prefix: AddressRange
    preference: int
    name: str
    next_hop: NextHop
    appliance: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Longer prefixes first, then by preference."""
        return self.prefix.last - self.prefix.first, self.preference


def encode_routes(table: Table, header: Header, facts: Facts) -> tuple[Outcomes, Formula]:
    """Return which route takes a packet and whether it gets on; also when it leaves for the Internet."""
    rows = [*open_rows(table, header, facts), *certain_rows(table, header)]
    outcomes: dict[Ruling, Formula] = {}
    leaves, before = z3.BoolVal(False), z3.BoolVal(True)
    is_public = one_of(header.destination, PUBLIC[header.family])
    for line, matches in rows:
        decides = z3.And(before, matches)
        before = z3.And(before, z3.Not(matches))
        goes_on = gets_on(line, is_public, facts)
        for access, formula in ((Access.ALLOW, goes_on), (Access.DENY, z3.Not(goes_on))):
            ruling = Ruling(access, f"{line.name}: next hop {line.next_hop}")
            outcomes[ruling] = z3.Or(outcomes.get(ruling, z3.BoolVal(False)), z3.And(decides, formula))
        if line.next_hop is NextHop.INTERNET:
            leaves = z3.Or(leaves, z3.And(decides, is_public))
    if header.family == 6:
        return outcomes, leaves
    is_platform = z3.Or(header.destination == WIRE_SERVER, header.destination == INSTANCE_METADATA)
    return either(is_platform, {NOT_SUBJECT: z3.BoolVal(True)}, outcomes), z3.And(leaves, z3.Not(is_platform))


def gets_on(line: Line, is_public: Formula, facts: Facts) -> Formula:
    """Return that the next hop passes a packet on: what appliances and gateways do is open."""
    match line.next_hop:
        case NextHop.NONE:
            return z3.BoolVal(False)
        case NextHop.VIRTUAL_APPLIANCE:
            return facts.answer("appliance", line.appliance, "forwards")
        case NextHop.VIRTUAL_NETWORK_GATEWAY:
            return facts.answer("gateway behind", line.name, "forwards")
        case NextHop.INTERNET:
            return z3.Or(is_public, facts.answer("private destination behind", line.name, "arrives"))
        case _:
            return z3.BoolVal(True)


def certain_rows(table: Table, header: Header) -> Iterator[tuple[Line, Formula]]:
    """Yield the routes that surely stand in the table, in order: service endpoints, then by length."""
    whole = everything(header.family)
    for service, prefixes in table.endpoints.items():
        if prefixes is not None:
            line = Line(whole, OWN, f"service endpoint {service}", NextHop.SERVICE_ENDPOINT)
            yield line, one_of(header.destination, spans(prefixes, header))
    lines = [Line(whole, SYSTEM, "system route", NextHop.INTERNET)]
    lines += [Line(prefix, DROPPED, "system route", NextHop.NONE) for prefix in RESERVED]
    lines += [Line(prefix, SYSTEM, "system route", NextHop.VNET_LOCAL) for prefix in table.space]
    lines += [Line(prefix, SYSTEM, f"peering {name}", NextHop.VNET_PEERING) for name, prefix in table.peers]
    lines += [Line(prefix, LEARNED, "gateway route", NextHop.VIRTUAL_NETWORK_GATEWAY) for prefix in table.learned or ()]
    lines += user_lines(table)
    for line in sorted(lines, key=lambda line: line.order):
        if line.prefix.family == header.family:
            takes = within(header.destination, line.prefix.first, line.prefix.last)
            is_limited = line.preference == LEARNED
            yield line, z3.And(takes, z3.Not(is_local(table, header))) if is_limited else takes


def user_lines(table: Table) -> Iterator[Line]:
    """Yield user-defined routes; one with a known tag is a route for each of the tag's prefixes."""
    for route in table.routes:
        appliance = str(route.next_hop_address or "")
        if isinstance(route.prefix, ServiceTag):
            for prefix in table.tags.get(route.prefix.name.casefold(), ()):
                yield Line(prefix, tag_preference(route.prefix.name), route.name, route.next_hop, appliance)
        else:
            assert isinstance(route.prefix, AddressRange), "tables drawn for the solver have values only"
            yield Line(route.prefix, OWN, route.name, route.next_hop, appliance)


def tag_preference(tag: str) -> int:
    """A regional tag goes before one for all regions, and both before the same two of `AzureCloud`."""
    order = (("azurecloud" in tag.casefold()), "." not in tag)
    return 1 + [(False, False), (False, True), (True, False), (True, True)].index(order)


def open_rows(table: Table, header: Header, facts: Facts) -> Iterator[tuple[Line, Formula]]:
    """Yield the routes that may take a packet or not: inside a service endpoint, of an unknown tag, learned unseen."""
    whole = everything(header.family)
    known = [prefix for prefixes in table.endpoints.values() for prefix in prefixes or ()]
    for line in sorted(user_lines(table), key=lambda line: line.order):
        is_own = line.prefix in known  # the endpoint overrides a user route of the same prefix
        if line.prefix.family == header.family and not is_own and is_covered(line.prefix, spans(known, header)):
            takes = within(header.destination, line.prefix.first, line.prefix.last)
            yield line, z3.And(takes, facts.answer("route", line.name, "overrides the service endpoint"))
    for service, prefixes in table.endpoints.items():
        if prefixes is None:
            line = Line(whole, OWN, f"service endpoint {service}", NextHop.SERVICE_ENDPOINT)
            yield line, facts.answer("service endpoint", service, "takes the packet")
    for route in table.routes:
        if isinstance(route.prefix, ServiceTag) and route.prefix.name.casefold() not in table.tags:
            line = Line(whole, OWN, route.name, route.next_hop, str(route.next_hop_address or ""))
            yield line, facts.answer("route", route.name, "takes the packet")
    if table.learned is None:
        line = Line(whole, LEARNED, "gateway route", NextHop.VIRTUAL_NETWORK_GATEWAY)
        yield line, z3.And(facts.answer("the gateway learned a route"), z3.Not(is_local(table, header)))


def is_local(table: Table, header: Header) -> Formula:
    """Return that a destination is one for which learned routes never win: own space, peers, service endpoints."""
    prefixes = [*table.space, *(prefix for _, prefix in table.peers)]
    prefixes += [prefix for known in table.endpoints.values() for prefix in known or ()]
    return one_of(header.destination, spans(prefixes, header))


def spans(prefixes: Sequence[AddressRange], header: Header) -> list[Span]:
    """Return the prefixes of the header's family as (first, last) pairs."""
    return [(prefix.first, prefix.last) for prefix in prefixes if prefix.family == header.family]


def is_covered(prefix: AddressRange, by: Sequence[Span]) -> bool:
    """Return whether spans together leave no address of a prefix out."""
    at = prefix.first
    for first, last in sorted(by):
        if first <= at <= last:
            at = last + 1
    return at > prefix.last
