"""Which route takes a packet out of a subnet, and what follows from it.

Microsoft Learn, "Virtual network traffic routing": the longest prefix wins; on a tie a user-defined route wins over a
system route; among routes with a service tag an explicit prefix wins, then the more specific tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from netcheck.model.address import FAMILIES, AddressRange, Family, ServiceTag, Unresolved, everything, parse_prefix
from netcheck.model.names import key
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import Subnet, VirtualNetwork
from netcheck.policy.builtin import INTERNET_UPPER
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, settled
from netcheck.policy.facts import Case, Fact, World
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.peering import live_peerings, peer_space, unstated_peers
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import PacketSet

_RESERVED = tuple(parse_prefix(text)[0] for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
_NO_ROUTE = -1
_PUBLIC = ps.box(4, destinations=INTERNET_UPPER[4]) | ps.box(6, destinations=INTERNET_UPPER[6])
ENDPOINT_TAGS = {
    "microsoft.storage": "Storage",
    "microsoft.storage.global": "Storage",
    "microsoft.sql": "Sql",
    "microsoft.keyvault": "AzureKeyVault",
    "microsoft.azurecosmosdb": "AzureCosmosDB",
    "microsoft.servicebus": "ServiceBus",
    "microsoft.eventhub": "EventHub",
    "microsoft.web": "AppService",
    "microsoft.containerregistry": "AzureContainerRegistry",
    "microsoft.azureactivedirectory": "AzureActiveDirectory",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a subnet's table. `length` and `rank` order it: longer first, then the smaller rank.

    `is_first`: it may be longer than any other, or overrides one that is; it is looked at before all others.
    """

    addresses: IntervalSet
    family: Family
    length: int
    rank: int
    next_hop: NextHop
    name: str
    at: str = ""
    next_hop_address: AddressRange | None = None
    fact: Fact | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """Packets that leave through next hop `Internet`: in the worlds `when`, and not in the worlds `unless`."""

    packets: PacketSet
    when: tuple[World, ...]
    unless: tuple[World, ...]


def judge_route(subnet: Subnet, packets: PacketSet, book: AddressBook) -> tuple[HopResult, tuple[Leaving, ...]]:
    """Return what the subnet's routes do with packets, and those that may leave through next hop `Internet`.

    The platform's virtual addresses are not routed.
    """
    platform = packets & PLATFORM_PACKETS
    routed = packets - platform if platform else packets
    entries = sorted(_entries(subnet, book), key=lambda e: (not e.is_first, -e.length, e.rank))
    clauses = [
        Clause(i, ps.whole_box(e.family)._replace(destinations=e.addresses), (e.fact,) if e.fact else ())
        for i, e in enumerate(entries)
    ]
    parts = [settled(platform, None)] if platform else []
    leaving: list[Leaving] = []
    for part in decide(clauses, routed, _NO_ROUTE):
        for packets_, is_public in _by_kind(part.packets):
            cases = tuple(case for one in part.cases for case in _hop_cases(one, entries, subnet, is_public))
            parts.append(HopPart(packets_, cases))
            when = tuple(c.when for c in part.cases if is_public and _leaves(c, entries))
            unless = tuple(c.when for c in part.cases if not _leaves(c, entries))
            if when:
                leaving.append(Leaving(packets_, when, unless))
    return HopResult(HopKind.ROUTE, "Outbound", subnet.full_name, tuple(parts)), tuple(leaving)


def _by_kind(packets: PacketSet) -> Iterator[tuple[PacketSet, bool]]:
    """Yield the packets to public addresses and the others."""
    public = packets & _PUBLIC
    if public:
        yield public, True
    if packets - public:
        yield packets - public, False


def _leaves(case: Case, entries: Sequence[Entry]) -> bool:
    return case.rule != _NO_ROUTE and entries[case.rule].next_hop is NextHop.INTERNET


def _hop_cases(case: Case, entries: Sequence[Entry], subnet: Subnet, is_public: bool) -> Iterator[HopCase]:
    if case.rule == _NO_ROUTE:
        yield HopCase(case.when, _decision(subnet, None, False, "no route"))
        return
    entry = entries[case.rule]
    match entry.next_hop:
        case NextHop.NONE:
            yield HopCase(case.when, _decision(subnet, entry, False, "next hop None"))
        case NextHop.VIRTUAL_APPLIANCE | NextHop.VIRTUAL_NETWORK_GATEWAY | NextHop.INTERNET if (
            entry.next_hop is not NextHop.INTERNET or not is_public
        ):
            fact = _beyond(entry)
            note = f"next hop {entry.next_hop}"
            yield HopCase(case.when | {(fact, True)}, _decision(subnet, entry, True, note))
            yield HopCase(case.when | {(fact, False)}, _decision(subnet, entry, False, note))
        case _:
            yield HopCase(case.when, _decision(subnet, entry, True, f"next hop {entry.next_hop}"))


def _beyond(entry: Entry) -> Fact:
    """The model ends at an appliance or gateway: whether the packets get through is open."""
    if entry.next_hop is NextHop.VIRTUAL_APPLIANCE:
        where = str(entry.next_hop_address or "").removesuffix("/32") or "an appliance"
        reason = f"route `{entry.name}` sends the packets to the appliance {where}, which is not modelled"
        return Fact(f"appliance {where} forwards", "", reason)
    if entry.next_hop is NextHop.INTERNET:
        reason = (
            f"route `{entry.name}` sends packets for private addresses to the Internet: what becomes of them is open"
        )
        return Fact(f"private destination behind {key(entry.name)} arrives", "", reason)
    reason = f"route `{entry.name}` sends the packets to the virtual network gateway, where the model ends"
    return Fact(f"gateway behind {key(entry.name)} forwards", "", reason)


def _decision(subnet: Subnet, entry: Entry | None, passes: bool, note: str) -> Decision:
    return Decision(
        hop=HopKind.ROUTE,
        passes=passes,
        direction="Outbound",
        resource=subnet.full_name,
        rule=entry.name if entry else "",
        at=entry.at if entry else str(subnet.at),
        note=note,
    )


def _entries(subnet: Subnet, book: AddressBook) -> Iterator[Entry]:
    network = book.site.virtual_network(subnet.virtual_network)
    table = book.site.route_table(subnet.route_table) if subnet.route_table else None
    for family in FAMILIES:
        yield from _system_entries(network, family, book)
        endpoint_entries = list(_endpoint_entries(subnet, family, book))
        yield from endpoint_entries
        endpoints = union(e.addresses for e in endpoint_entries if e.fact is None)
        if network is not None:
            yield from _one_sided_entries(network, family, book)
            yield from _gateway_entries(network, family, book, endpoints)
        for route in table.routes if table else ():
            yield from _user_entries(route, family, book, _Endpoints(endpoints, subnet.service_endpoints))


def _system_entries(network: VirtualNetwork | None, family: Family, book: AddressBook) -> Iterator[Entry]:
    whole = everything(family)
    yield _prefix_entry(whole, 9, NextHop.INTERNET, "system route")
    for reserved in _RESERVED:
        if reserved.family == family:
            yield _prefix_entry(reserved, 10, NextHop.NONE, "system route")
    for prefix in network.address_space if network else ():
        if prefix.family == family:
            yield _prefix_entry(prefix, 9, NextHop.VNET_LOCAL, "system route")
    for peering, peer in live_peerings(book.site, network) if network else ():
        for prefix in peer_space(peering, peer):
            if prefix.family == family:
                yield _prefix_entry(prefix, 9, NextHop.VNET_PEERING, f"peering {peering.name}")


def _one_sided_entries(network: VirtualNetwork, family: Family, book: AddressBook) -> Iterator[Entry]:
    """Yield routes of peerings that only the other side states: this side may exist without being in the site."""
    for other in unstated_peers(book.site, network):
        reason = f"`{other.name}` at {other.at} states a peering with `{network.name}`, which states none back"
        fact = Fact(f"peering of {key(network.name)} with {key(other.name)}", "", reason, other.at)
        for prefix in other.address_space:
            if prefix.family == family:
                entry = _prefix_entry(prefix, 9, NextHop.VNET_PEERING, f"peering with {other.name}")
                yield replace(entry, fact=fact)


def _gateway_entries(
    network: VirtualNetwork, family: Family, book: AddressBook, endpoints: IntervalSet
) -> Iterator[Entry]:
    """Yield what a gateway learned; where the site does not say, it may have learned anything but the network's own.

    System routes for the virtual network, its peerings and service endpoints are preferred even over more specific
    BGP routes.
    """
    local = to_set(network.address_space, family) | endpoints
    for peering, peer in live_peerings(book.site, network):
        local = local | to_set(peer_space(peering, peer), family)
    for prefix in network.gateway_prefixes or ():
        if prefix.family == family:
            one = _prefix_entry(prefix, 8, NextHop.VIRTUAL_NETWORK_GATEWAY, "gateway route")
            yield replace(one, addresses=one.addresses - local)
    if network.has_gateway and network.gateway_prefixes is None:
        reason = (
            f"virtual network `{network.name}` has a gateway, and the site does not say which routes it learned; "
            "give them as `gatewayPrefixes: [...]`, empty for none"
        )
        fact = Fact(f"gateway of {key(network.name)} learned a route", "", reason, network.at)
        learned = to_set([everything(family)], family) - local
        yield Entry(
            learned, family, 0, 8, NextHop.VIRTUAL_NETWORK_GATEWAY, "gateway route", str(network.at), None, fact, True
        )


def _prefix_entry(prefix: AddressRange, rank: int, next_hop: NextHop, name: str) -> Entry:
    return Entry(to_set([prefix], prefix.family), prefix.family, _length(prefix), rank, next_hop, name)


def _length(prefix: AddressRange) -> int:
    return (32 if prefix.family == 4 else 128) - (prefix.last - prefix.first + 1).bit_length() + 1


def _endpoint_entries(subnet: Subnet, family: Family, book: AddressBook) -> Iterator[Entry]:
    """Yield a route per service endpoint: it takes the addresses of the service's tag.

    "Service endpoint routes override any BGP or UDR routes for the address prefix match of an Azure service" (Microsoft
    Learn, "Virtual Network service endpoints"). Where the tag's addresses are not known, what it takes is open.
    """
    for service in subnet.service_endpoints:
        tag = ENDPOINT_TAGS.get(key(service), "")
        name = f"service endpoint {service}"
        addresses = book.published(tag, family) if tag else None
        if addresses is not None:
            yield Entry(addresses, family, 999, 0, NextHop.SERVICE_ENDPOINT, name, str(subnet.at))
            continue
        why = book.why_unknown(tag) if tag else "its addresses are not known"
        fact = Fact(f"{key(name)} takes the packet", "", f"{name} of {subnet.full_name}: {why}", subnet.at)
        whole = to_set([everything(family)], family)
        yield Entry(whole, family, 999, 0, NextHop.SERVICE_ENDPOINT, name, str(subnet.at), None, fact, True)


class _Endpoints(NamedTuple):
    """The service endpoints of a subnet, and the addresses that they certainly take."""

    addresses: IntervalSet
    services: tuple[str, ...]

    def has_prefix(self, prefix: AddressRange, book: AddressBook) -> bool:
        """Return whether a prefix is one of those that the endpoints themselves route."""
        tags = [ENDPOINT_TAGS.get(key(service), "") for service in self.services]
        entries = [book.site.tags.get(tag) for tag in tags if tag] if book.site.tags else []
        return any(entry is not None and str(prefix) in entry.prefixes for entry in entries)


def _user_entries(route: Route, family: Family, book: AddressBook, endpoints: _Endpoints) -> Iterator[Entry]:
    at = str(route.at)
    if isinstance(route.prefix, Unresolved) or route.unknown:
        yield _unsure_entry(route, family, at)
    elif isinstance(route.prefix, ServiceTag):
        addresses = book.published(route.prefix.name, family)
        if addresses is None:
            reason = f"route `{route.name}` at {at}: {book.why_unknown(route.prefix.name)}"
            fact = Fact(f"route {key(route.name)} takes the packet", "", reason, route.at)
            whole = to_set([everything(family)], family)
            yield Entry(whole, family, 0, 1, route.next_hop, route.name, at, route.next_hop_address, fact, True)
            return
        entry = book.site.tags.get(route.prefix.name) if book.site.tags else None
        for text in entry.prefixes if entry else ():
            prefix = parse_prefix(text)[0]
            if prefix.family == family:
                rank = 1 + _tag_rank(route.prefix.name)
                yield from _user_entry(route, prefix, rank, book, endpoints)
    elif route.prefix.family == family:
        yield from _user_entry(route, route.prefix, 0, book, endpoints)


def _unsure_entry(route: Route, family: Family, at: str) -> Entry:
    """A route of which something is not known may take whatever its prefix may be."""
    prefix = route.prefix
    is_known = isinstance(prefix, AddressRange)
    covers = [prefix] if isinstance(prefix, AddressRange) else [everything(family)]
    length = _length(prefix) if isinstance(prefix, AddressRange) else 0
    why = route.unknown or (prefix.reason if isinstance(prefix, Unresolved) else "")
    fact = Fact(f"route {key(route.name)} takes the packet", "", f"route `{route.name}` at {at}: {why}", route.at)
    hop = route.next_hop_address
    addresses = to_set(covers, family)
    return Entry(addresses, family, length, 0, route.next_hop, route.name, at, hop, fact, not is_known)


def _user_entry(
    route: Route, prefix: AddressRange, rank: int, book: AddressBook, endpoints: _Endpoints
) -> Iterator[Entry]:
    """A service endpoint overrides user routes; for a longer prefix inside it that is not documented for certain."""
    at = str(route.at)
    addresses = to_set([prefix], prefix.family)
    inside = addresses & endpoints.addresses
    length = _length(prefix)
    if inside and addresses <= endpoints.addresses and not endpoints.has_prefix(prefix, book):
        reason = f"whether route `{route.name}` at {at} overrides the more general service endpoint is not documented"
        fact = Fact(f"route {key(route.name)} overrides the service endpoint", "", reason, route.at)
        hop = route.next_hop_address
        yield Entry(inside, prefix.family, length, rank, route.next_hop, route.name, at, hop, fact, True)
    yield Entry(addresses, prefix.family, length, rank, route.next_hop, route.name, at, route.next_hop_address)


def _tag_rank(tag: str) -> int:
    """Regional tag, top-level tag, `AzureCloud.<region>`, `AzureCloud`: the order of preference on a tie."""
    is_cloud, is_regional = key(tag).startswith("azurecloud"), "." in tag
    return 2 * is_cloud + (not is_regional)
