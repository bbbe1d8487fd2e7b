"""The routes of a subnet as bit-vector formulas.

Follows Microsoft Learn, "Virtual network traffic routing" (longest prefix; user-defined before learned before system
routes; explicit prefixes before tags, narrower tags first) and "Virtual Network service endpoints" (before both).
Recorded tables also drop two undocumented prefixes, and what is for an appliance that no network within reach holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

import z3

from netcheck.model.address import AddressRange, ServiceTag, everything, parse_prefix
from netcheck.model.rules import Access, NextHop, Route
from tests.oracle import internet
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, Ruling
from tests.oracle.smt import NOT_SUBJECT, Facts, Formula, Header, Outcomes, is_possible, one_of, within

Span = tuple[int, int]
Tags = Mapping[str, Sequence[AddressRange]]
RESERVED = tuple(parse_prefix(text)[0] for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
UNDOCUMENTED = tuple(parse_prefix(text)[0] for text in ("25.33.80.0/20", "25.41.3.0/25"))
NEVER = z3.BoolVal(False)
PUBLIC = {4: internet.POSSIBLE, 6: [(0x2 << 124, (0x4 << 124) - 1)]}
OWN, LEARNED, SYSTEM, DROPPED = 0, 8, 9, 10
"""What wins among routes of one length, smallest first; tags stand between a user's own prefixes and learned routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the routes of a subnet are made of.

    `learned` None: a gateway whose routes nobody states. `endpoints` maps a service to its prefixes, None: not known;
    `has_policies`: they serve only accounts that nobody lists. `reach` is where the next hop of a route can be; None
    where the site does not show all of it. Facts about user-defined routes are told apart by `name`.
    """

    space: tuple[AddressRange, ...]
    name: str = ""
    routes: tuple[Route, ...] = ()
    peers: tuple[tuple[str, AddressRange], ...] = ()
    learned: tuple[AddressRange, ...] | None = ()
    endpoints: Mapping[str, Sequence[AddressRange] | None] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    has_policies: bool = False
    reach: tuple[AddressRange, ...] | None = None


class Line(NamedTuple):
    """One route as it competes with others. `is_doubtful`: something of it is not read, so it may not be there."""

    prefix: AddressRange
    preference: int
    name: str
    next_hop: NextHop
    appliance: str = ""
    is_doubtful: bool = False
    is_user: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Longer prefixes first, then by preference."""
        return self.prefix.last - self.prefix.first, self.preference

    @property
    def told(self) -> str:
        """The route and what it does, in the words of answers."""
        if self.next_hop is NextHop.NONE and self.appliance:
            return f"{self.name}: next hop None: no network within reach holds {self.appliance}"
        return f"{self.name}: next hop {self.next_hop} {self.appliance}".rstrip()


class Routed(NamedTuple):
    """What routes do with packets, and the headers and facts for which packets are where afterwards.

    `inside` is the virtual network or a peer of it. `dropped` are headers for which routes drop packets in every world.
    """

    outcomes: Outcomes
    leaves: Formula
    inside: Formula
    dropped: Formula
    appliances: dict[str, Formula]


def encode_routes(table: Table, header: Header, facts: Facts) -> Routed:
    """Return which route takes a packet, whether it gets on and where it goes; the host's addresses are not routed."""
    rows = [*open_rows(table, header, facts), *certain_rows(table, header, facts)]
    is_platform = header.destination == WIRE_SERVER, header.destination == INSTANCE_METADATA
    before = z3.Not(z3.Or(is_platform)) if header.family == 4 else z3.BoolVal(True)
    outcomes: Outcomes = {NOT_SUBJECT: z3.Not(before)}
    found = Routed(outcomes, NEVER, NEVER, NEVER, {})
    for line, matches in rows:
        decides = z3.And(before, matches)
        before = z3.And(before, z3.Not(matches))
        goes_on = gets_on(line, table, header, facts)
        for access, formula in ((Access.ALLOW, goes_on), (Access.DENY, z3.Not(goes_on))):
            ruling = Ruling(access, line.told)
            outcomes[ruling] = z3.Or(outcomes.get(ruling, NEVER), z3.And(decides, formula))
        found = onward(found, line, decides, table, header)
    return found._replace(dropped=z3.Not(is_possible(z3.Not(found.dropped))))


def onward(found: Routed, line: Line, decides: Formula, table: Table, header: Header) -> Routed:
    """Return where packets are, with those that one more route takes."""
    match line.next_hop:
        case NextHop.INTERNET:
            is_public = one_of(header.destination, PUBLIC[header.family])
            return found._replace(leaves=z3.Or(found.leaves, z3.And(decides, is_public)))
        case NextHop.VNET_LOCAL:
            is_own = one_of(header.destination, spans(table.space, header))
            return found._replace(inside=z3.Or(found.inside, z3.And(decides, is_own)))
        case NextHop.VNET_PEERING:
            return found._replace(inside=z3.Or(found.inside, decides))
        case NextHop.NONE:
            return found._replace(dropped=z3.Or(found.dropped, decides))
        case NextHop.VIRTUAL_APPLIANCE if line.appliance:
            there = z3.Or(found.appliances.get(line.appliance, NEVER), decides)
            return found._replace(appliances={**found.appliances, line.appliance: there})
        case _:
            return found


def gets_on(line: Line, table: Table, header: Header, facts: Facts) -> Formula:
    """Return that the next hop passes a packet on; what gateways and unknown appliances do is open."""
    match line.next_hop:
        case NextHop.NONE:
            return NEVER
        case NextHop.VIRTUAL_APPLIANCE if not line.appliance:
            return facts.answer(table.name, "an appliance without address forwards")
        case NextHop.VIRTUAL_NETWORK_GATEWAY:
            return facts.answer(table.name, "gateway behind", line.name, "forwards")
        case NextHop.INTERNET:
            is_public = one_of(header.destination, PUBLIC[header.family])
            return z3.Or(is_public, facts.answer(table.name, "private destination behind", line.name))
        case NextHop.VNET_LOCAL if line.is_user:
            is_own = one_of(header.destination, spans(table.space, header))
            return z3.Or(is_own, facts.answer(table.name, "destination outside behind", line.name))
        case NextHop.SERVICE_ENDPOINT if table.has_policies:
            return facts.answer("service endpoint policies list the account")
        case _:
            return z3.BoolVal(True)


def certain_rows(table: Table, header: Header, facts: Facts) -> Iterator[tuple[Line, Formula]]:
    """Yield the routes by prefix in order, service endpoints first; a doubtful one takes packets as a fact says."""
    whole = everything(header.family)
    for service, prefixes in table.endpoints.items():
        if prefixes is not None:
            line = Line(whole, OWN, f"service endpoint {service}", NextHop.SERVICE_ENDPOINT)
            yield line, one_of(header.destination, spans(prefixes, header))
    for line in sorted([*system_lines(table, header), *user_lines(table)], key=lambda line: line.order):
        if line.prefix.family == header.family:
            takes = within(header.destination, line.prefix.first, line.prefix.last)
            if line.preference == LEARNED:
                takes = z3.And(takes, z3.Not(is_local(table, header)))
            takes = z3.And(takes, is_there(line, table, facts))
            yield line, takes


def is_there(line: Line, table: Table, facts: Facts) -> Formula:
    """Return that a route is in the table."""
    where = table.name if line.is_user else "every table"
    return facts.answer(where, "has route", line.name, line.prefix) if line.is_doubtful else z3.BoolVal(True)


def system_lines(table: Table, header: Header) -> Iterator[Line]:
    """Yield what Azure and gateways put in the table; space that has all of a reserved prefix replaces its route."""
    yield Line(everything(header.family), SYSTEM, "system route", NextHop.INTERNET)
    for prefix in RESERVED:
        if not is_covered(prefix, [(one.first, one.last) for one in table.space if one.family == 4]):
            yield Line(prefix, DROPPED, "system route", NextHop.NONE)
    yield from (Line(one, DROPPED, "system route", NextHop.NONE, is_doubtful=True) for one in UNDOCUMENTED)
    yield from (Line(prefix, SYSTEM, "system route", NextHop.VNET_LOCAL) for prefix in table.space)
    yield from (Line(prefix, SYSTEM, f"peering {name}", NextHop.VNET_PEERING) for name, prefix in table.peers)
    for prefix in table.learned or ():
        yield Line(prefix, LEARNED, "gateway route", NextHop.VIRTUAL_NETWORK_GATEWAY)


def user_lines(table: Table) -> Iterator[Line]:
    """Yield user-defined routes; one with a known tag is a route for each of the tag's prefixes."""
    for route in table.routes:
        if isinstance(route.prefix, ServiceTag):
            for prefix in table.tags.get(route.prefix.name.casefold(), ()):
                yield user_line(table, route, prefix, tag_preference(route.prefix.name))
        else:
            assert isinstance(route.prefix, AddressRange), "tables drawn for the solver have values only"
            yield user_line(table, route, route.prefix)


def user_line(table: Table, route: Route, prefix: AddressRange, preference: int = OWN) -> Line:
    """Return a user-defined route for one prefix; it drops packets where nobody can hold the appliance's address."""
    address, hop = route.next_hop_address, route.next_hop
    if address is not None and table.reach is not None:
        is_held = any(one.first <= address.first <= one.last for one in table.reach if one.family == address.family)
        hop = hop if is_held else NextHop.NONE
    named = str(ip_address(address.first)) if address is not None else ""
    return Line(prefix, preference, route.name, hop, named, bool(route.unknown), is_user=True)


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
            takes = z3.And(takes, is_there(line, table, facts))
            yield line, z3.And(takes, facts.answer(table.name, line.name, "overrides the service endpoint"))
    for service, prefixes in table.endpoints.items():
        if prefixes is None:
            line = Line(whole, OWN, f"service endpoint {service}", NextHop.SERVICE_ENDPOINT)
            yield line, facts.answer("service endpoint", service, "takes the packet")
    for route in table.routes:
        if isinstance(route.prefix, ServiceTag) and route.prefix.name.casefold() not in table.tags:
            yield user_line(table, route, whole), facts.answer(table.name, route.name, "takes the packet")
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
