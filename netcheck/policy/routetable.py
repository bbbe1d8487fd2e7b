"""The routes of a subnet, as lines that are looked at in order.

Microsoft Learn, "Virtual network traffic routing": the longest prefix wins; on a tie a user-defined route wins over a
gateway's, and that over a system route; among routes with a service tag an explicit prefix wins, then the more specific
tag. What Azure itself computed for a NIC (its effective routes) stands in place of all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from netcheck.model.address import FAMILIES, AddressRange, Family, everything, parse_prefix
from netcheck.model.names import key
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkInterface, RouteTable, Subnet, VirtualNetwork
from netcheck.policy.facts import Fact
from netcheck.policy.gateways import learned_routes
from netcheck.policy.peering import is_peering, live_peerings, peer_space, unstated_peers
from netcheck.policy.resolve import AddressBook, by_family, to_set
from netcheck.policy.userroutes import Endpoints, Entry, endpoint_entries, length_of, user_entries
from netcheck.sets.intervals import IntervalSet, union

if TYPE_CHECKING:
    from netcheck.model.effective import EffectiveRoute
    from netcheck.model.site import PrivateEndpoint

RESERVED = tuple(parse_prefix(text)[0] for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""What the system routes drop where a network's own space does not hold it."""
UNDOCUMENTED = tuple(parse_prefix(text)[0] for text in ("25.33.80.0/20", "25.41.3.0/25"))
"""What Azure's own tables, recorded in 2020, drop beside the documented prefixes; in 2016 it was all of 25.0.0.0/8."""
_ENDPOINT_LENGTH = 998
"""Longer than any prefix: user-defined routes do not override a private endpoint that does not obey them."""


def route_table(subnet: Subnet, nic: NetworkInterface | None, book: AddressBook) -> list[Entry]:
    """Return the lines of a subnet's table, or those Azure computed for the NIC, in the order of evaluation."""
    if nic is not None and nic.effective_routes is not None:
        return _in_order(_effective_entries(nic))
    entries = _in_order(_within_reach(_entries(subnet, book), subnet, book))
    network = book.site.virtual_network(subnet.virtual_network)
    if network is not None:
        for other in unstated_peers(book.site, network):
            entries = _without_gateways(entries, other.address_space, is_peering(network, other))
    return entries


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (not e.is_first, -e.length, e.rank))


def _without_gateways(entries: list[Entry], space: Sequence[AddressRange], fact: Fact) -> list[Entry]:
    """Let gateway routes take the addresses of a peer only where the peering is not there.

    System routes of peerings are preferred even over more specific gateway routes: where the peering is, all lines but
    those of gateways are looked at first.
    """
    held = by_family(space)
    learned = [i for i, e in enumerate(entries) if e.is_learned and e.addresses & held[e.family]]
    if not learned:
        return entries
    others = [
        e._replace(addresses=e.addresses & held[e.family], facts=tuple(dict.fromkeys((*e.facts, fact))))
        for e in entries
        if not e.is_learned and e.addresses & held[e.family]
    ]
    return [*entries[: learned[0]], *others, *entries[learned[0] :]]


def _effective_entries(nic: NetworkInterface) -> Iterator[Entry]:
    for route in nic.effective_routes or ():
        facts: tuple[Fact, ...] = ()
        if route.unknown:
            reason = f"route `{route.name}` at {route.at}: {route.unknown}"
            name = f"route {key(nic.name)}/{key(route.name) or route.at} takes the packet"
            facts = (Fact(name, "", reason, route.at),)
        for prefix in route.prefixes:
            one = _prefix_entry(prefix, 0, route.next_hop, route.name or f"{route.source.lower()} route")
            one = one._replace(at=str(route.at), facts=facts, is_user=key(route.source) == "user")
            yield from _by_next_hop(one, nic, route)


def _by_next_hop(entry: Entry, nic: NetworkInterface, route: EffectiveRoute) -> Iterator[Entry]:
    """Yield a line for each next hop; of several with equal cost, which one a packet takes is not known."""
    for number, address in enumerate(route.next_hop_addresses, 1):
        facts = entry.facts
        if number < len(route.next_hop_addresses):
            reason = f"which of its {len(route.next_hop_addresses)} next hops route `{entry.name}` takes is not known"
            name = f"route {key(nic.name)}/{key(route.name) or route.at} takes next hop {address} first"
            facts = (*facts, Fact(name, "", f"{reason} ({route.at})", route.at))
        yield entry._replace(next_hop_address=address, facts=facts)
    if not route.next_hop_addresses:
        yield entry


def _entries(subnet: Subnet, book: AddressBook) -> Iterator[Entry]:
    network = book.site.virtual_network(subnet.virtual_network)
    table = book.site.route_table(subnet.route_table) if subnet.route_table else None
    for family in FAMILIES:
        yield from _system_entries(network, family, book)
        services = list(endpoint_entries(subnet, family, book))
        yield from services
        endpoints = union(e.addresses for e in services if not e.facts)
        if network is not None:
            yield from _one_sided_entries(network, family, book)
            yield from _private_entries(network, family, book)
            yield from _gateway_entries(network, table, family, book, endpoints)
        if table is not None:
            yield from user_entries(table, family, book, Endpoints(endpoints, subnet.service_endpoints))


def _within_reach(entries: Iterator[Entry], subnet: Subnet, book: AddressBook) -> Iterator[Entry]:
    """Let routes to an appliance that no network within reach holds drop packets, as Azure says that they do.

    Recorded answers of Network Watcher call the next hop of such a route `None`. Where a gateway is, peerings are not
    listed or the addresses of a peer are not known, it is not certain that nobody holds the address.
    """
    network = book.site.virtual_network(subnet.virtual_network)
    space = _space_within_reach(network, book) if network is not None else None
    for entry in entries:
        hop = entry.next_hop_address
        if network is None or hop is None or space is None or to_set([hop], hop.family) <= space[hop.family]:
            yield entry
            continue
        for other in unstated_peers(book.site, network):
            if to_set([hop], hop.family) <= to_set(other.address_space, hop.family):
                yield entry._replace(facts=(*entry.facts, is_peering(network, other)))
        yield entry._replace(next_hop=NextHop.NONE)


def _space_within_reach(network: VirtualNetwork, book: AddressBook) -> dict[Family, IntervalSet] | None:
    """Return the addresses of a network and its peers; None where there may be others that no file states."""
    peers = list(live_peerings(book.site, network))
    spaces = [peer_space(peering, peer) for peering, peer in peers]
    has_gateway = any(True for _ in learned_routes(book.site, network))
    if has_gateway or not network.states_peerings or not network.address_space or not all(spaces):
        return None
    whole = [*network.address_space, *(prefix for space in spaces for prefix in space)]
    return by_family(whole)


def _system_entries(network: VirtualNetwork | None, family: Family, book: AddressBook) -> Iterator[Entry]:
    """Yield the routes Azure makes; a network that includes a reserved prefix replaces its route to nowhere."""
    space = to_set(network.address_space, family) if network else to_set((), family)
    yield _prefix_entry(everything(family), 9, NextHop.INTERNET, "system route")
    for reserved in RESERVED:
        if reserved.family == family and not to_set([reserved], family) <= space:
            yield _prefix_entry(reserved, 10, NextHop.NONE, "system route")
    for prefix in UNDOCUMENTED:
        if prefix.family == family:
            reason = f"Azure's own tables of 2020 drop packets to {prefix}, which is not documented"
            none = _prefix_entry(prefix, 10, NextHop.NONE, "system route")
            yield none._replace(facts=(Fact(f"azure drops {prefix}", "", reason),))
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
        for prefix in other.address_space:
            if prefix.family == family:
                entry = _prefix_entry(prefix, 9, NextHop.VNET_PEERING, f"peering with {other.name}")
                yield entry._replace(facts=(is_peering(network, other),))


def _gateway_entries(
    network: VirtualNetwork, table: RouteTable | None, family: Family, book: AddressBook, endpoints: IntervalSet
) -> Iterator[Entry]:
    """Yield what gateways taught the network; where the site does not say, that may be anything but its own space.

    System routes for the virtual network, its peerings and service endpoints are preferred even over more specific
    gateway routes. A route table may keep gateway routes out of its subnets.
    """
    if table is not None and table.disables_gateway_routes:
        return
    local = to_set(network.address_space, family) | endpoints
    for peering, peer in live_peerings(book.site, network):
        local = local | to_set(peer_space(peering, peer), family)
    for learned in learned_routes(book.site, network):
        for prefix in learned.prefixes:
            if prefix.family == family:
                one = _prefix_entry(prefix, 8, NextHop.VIRTUAL_NETWORK_GATEWAY, "gateway route")
                yield one._replace(addresses=one.addresses - local, is_learned=True)
        if learned.fact is not None:
            anything = to_set([everything(family)], family) - local
            hop, at = NextHop.VIRTUAL_NETWORK_GATEWAY, str(learned.at)
            one = Entry(anything, family, 0, 8, hop, "gateway route", at, None, (learned.fact,), True)
            yield one._replace(is_learned=True)


def _private_entries(network: VirtualNetwork, family: Family, book: AddressBook) -> Iterator[Entry]:
    """Yield the route of each private endpoint in the network and its peers (Microsoft Learn, "Manage network policies
    for private endpoints").

    It is as long as an address. Where the endpoint's subnet obeys route tables, user-defined routes override it that
    are at least as long as the address space the endpoint is in.
    """
    if not book.site.private_endpoints:
        return
    networks: list[tuple[VirtualNetwork, tuple[Fact, ...]]] = [(network, ())]
    networks += [(peer, ()) for _, peer in live_peerings(book.site, network) if peer is not None]
    networks += [(other, (is_peering(network, other),)) for other in unstated_peers(book.site, network)]
    for endpoint in book.site.private_endpoints:
        subnet = book.site.subnet(endpoint.subnet)
        for home, facts in networks if subnet is not None else ():
            if subnet is not None and key(home.name) == key(subnet.virtual_network):
                obeys = subnet.private_endpoint_policies.obeys_routes
                for address in endpoint.addresses:
                    if address.family == family:
                        one = _private_entry(endpoint, address, home.address_space if obeys else None)
                        yield one._replace(facts=facts)


def _private_entry(endpoint: PrivateEndpoint, address: AddressRange, space: Sequence[AddressRange] | None) -> Entry:
    name, hop = f"private endpoint {endpoint.name}", NextHop.PRIVATE_ENDPOINT
    one = Entry(to_set([address], address.family), address.family, _ENDPOINT_LENGTH, 0, hop, name, str(endpoint.at))
    if space is None:
        return one._replace(is_first=True)
    around = [length_of(s) for s in space if s.family == address.family and s.first <= address.first <= s.last]
    return one._replace(length=max(around, default=0), rank=7)


def _prefix_entry(prefix: AddressRange, rank: int, next_hop: NextHop, name: str) -> Entry:
    return Entry(to_set([prefix], prefix.family), prefix.family, length_of(prefix), rank, next_hop, name)
