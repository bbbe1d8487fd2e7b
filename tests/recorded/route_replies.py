"""Next hop and effective routes: where a subnet's table sends packets."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import parse_address, parse_prefix
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkInterface, Site, Subnet
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import judge_route
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from tests.recorded.replies import Lines, prefixes_of, subnet_of
from tests.recorded.transcripts import Json, last

_HOP_WORDS = {NextHop.VNET_LOCAL: "VirtualNetwork", NextHop.VNET_PEERING: "VNetPeering"}


def next_hop(site: Site, nic: NetworkInterface, request: Json) -> Lines:
    """Return the next hop of a request's destination, the appliance where there is one, and the table."""
    subnet = subnet_of(site, nic)
    destination = parse_address(request["destinationIPAddress"])
    asked = IntervalSet.point(destination.first)
    table = site.route_table(subnet.route_table)
    found = []
    for word, rule, _ in _hops(site, subnet, asked):
        route = next((one for one in table.routes if one.name == rule), None) if table else None
        address = f" {str(route.next_hop_address).removesuffix('/32')}" if route and route.next_hop_address else ""
        where = table.name if route and table else "System Route"
        found.append(f"{_HOP_WORDS.get(NextHop(word), word)}{address}, {where}")
    return tuple(sorted(found))


def stated_hop(reply: Json) -> Lines:
    """Return Azure's answer to a next-hop question."""
    address = f" {reply['nextHopIpAddress']}" if "nextHopIpAddress" in reply else ""
    return (f"{reply['nextHopType']}{address}, {last(reply['routeTableId'])}",)


def _hops(site: Site, subnet: Subnet, asked: IntervalSet) -> Iterator[tuple[str, str, IntervalSet]]:
    """Yield each next hop of a subnet's table with the route, and the addresses among those asked that it takes.

    A next hop that an open fact decides has a question mark.
    """
    packets = ps.box(4, protocols=IntervalSet.point(6), destinations=asked) - PLATFORM_PACKETS
    found: dict[tuple[str, str], IntervalSet] = {}
    result, _ = judge_route(subnet, packets, AddressBook(site))
    for part in result.parts:
        for decision in {case.decision for case in part.cases if case.decision is not None}:
            word = decision.note.removeprefix("next hop ").replace(":", " ").partition(" ")[0]
            if len(part.cases) > 1 and decision.rule == "system route" and word == "None":
                word = "perhaps None"
            at = (word, decision.rule)
            found[at] = found.get(at, EMPTY) | part.packets.project("destinations")[4]
    for (word, rule), addresses in sorted(found.items()):
        yield word, rule, addresses


def routes(site: Site, nic: NetworkInterface, reply: Json) -> Lines:
    """Return, for each prefix that Azure routes, what netcheck's table does with the addresses it decides about."""
    subnet = subnet_of(site, nic)
    return tuple(f"{prefix}: {_where_to(site, subnet, own)}" for prefix, own, _ in _active(reply))


def _where_to(site: Site, subnet: Subnet, asked: IntervalSet) -> str:
    words: dict[str, IntervalSet] = {}
    for word, _, addresses in _hops(site, subnet, asked):
        words[word] = words.get(word, EMPTY) | addresses
    most, *others = sorted(words.items(), key=lambda item: -item[1].size)
    return ", ".join([most[0], *(f"but {word} for {' '.join(prefixes_of(of))}" for word, of in others)])


def stated_routes(reply: Json) -> Lines:
    """Return Azure's active routes."""
    return tuple(f"{prefix}: {word}" for prefix, _, word in _active(reply))


def _active(reply: Json) -> list[tuple[str, IntervalSet, str]]:
    """Return each active prefix with the addresses for which it is the longest, and its next hop."""
    listed = [
        (text, one["nextHopType"])
        for one in reply["value"]
        if one["state"] == "Active"
        for text in one["addressPrefix"]
    ]
    found = []
    for text, word in sorted(listed, key=lambda item: parse_prefix(item[0])[0].first):
        own = whole = _span(text)
        for other, _ in listed:
            if other != text and _span(other) <= whole:
                own = own - _span(other)
        found.append((text, own, word))
    return found


def _span(prefix: str) -> IntervalSet:
    one = parse_prefix(prefix)[0]
    return IntervalSet.span(one.first, one.last)
