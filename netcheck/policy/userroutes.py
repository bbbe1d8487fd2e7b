"""User-defined routes and service endpoints of a subnet as lines of its table, and which of the two goes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.model.address import AddressRange, Family, ServiceTag, Unresolved, everything, parse_prefix
from netcheck.model.names import key
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import Subnet
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.sets.intervals import IntervalSet

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
    is_user: bool = False


def length_of(prefix: AddressRange) -> int:
    """Return the length of a prefix in bits."""
    return (32 if prefix.family == 4 else 128) - (prefix.last - prefix.first + 1).bit_length() + 1


def endpoint_entries(subnet: Subnet, family: Family, book: AddressBook) -> Iterator[Entry]:
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


class Endpoints(NamedTuple):
    """The service endpoints of a subnet, and the addresses that they certainly take."""

    addresses: IntervalSet
    services: tuple[str, ...]

    def has_prefix(self, prefix: AddressRange, book: AddressBook) -> bool:
        """Return whether a prefix is one of those that the endpoints themselves route."""
        tags = [ENDPOINT_TAGS.get(key(service), "") for service in self.services]
        entries = [book.site.tags.get(tag) for tag in tags if tag] if book.site.tags else []
        return any(entry is not None and str(prefix) in entry.prefixes for entry in entries)


def user_entries(route: Route, family: Family, book: AddressBook, endpoints: Endpoints) -> Iterator[Entry]:
    """Yield the lines that a user-defined route makes."""
    at = str(route.at)
    if isinstance(route.prefix, Unresolved) or route.unknown:
        yield _unsure_entry(route, family, at)
    elif isinstance(route.prefix, ServiceTag):
        addresses = book.published(route.prefix.name, family)
        if addresses is None:
            reason = f"route `{route.name}` at {at}: {book.why_unknown(route.prefix.name)}"
            fact = Fact(f"route {key(route.name)} takes the packet", "", reason, route.at)
            whole = to_set([everything(family)], family)
            hop = route.next_hop_address
            yield Entry(whole, family, 0, 1, route.next_hop, route.name, at, hop, fact, True, True)
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
    length = length_of(prefix) if isinstance(prefix, AddressRange) else 0
    why = route.unknown or (prefix.reason if isinstance(prefix, Unresolved) else "")
    fact = Fact(f"route {key(route.name)} takes the packet", "", f"route `{route.name}` at {at}: {why}", route.at)
    hop = route.next_hop_address
    addresses = to_set(covers, family)
    return Entry(addresses, family, length, 0, route.next_hop, route.name, at, hop, fact, not is_known, True)


def _user_entry(
    route: Route, prefix: AddressRange, rank: int, book: AddressBook, endpoints: Endpoints
) -> Iterator[Entry]:
    """A service endpoint overrides user routes; for a longer prefix inside it that is not documented for certain."""
    at = str(route.at)
    addresses = to_set([prefix], prefix.family)
    inside = addresses & endpoints.addresses
    length, hop = length_of(prefix), route.next_hop_address
    if inside and addresses <= endpoints.addresses and not endpoints.has_prefix(prefix, book):
        reason = f"whether route `{route.name}` at {at} overrides the more general service endpoint is not documented"
        fact = Fact(f"route {key(route.name)} overrides the service endpoint", "", reason, route.at)
        yield Entry(inside, prefix.family, length, rank, route.next_hop, route.name, at, hop, fact, True, True)
    yield Entry(addresses, prefix.family, length, rank, route.next_hop, route.name, at, hop, is_user=True)


def _tag_rank(tag: str) -> int:
    """Regional tag, top-level tag, `AzureCloud.<region>`, `AzureCloud`: the order of preference on a tie."""
    is_cloud, is_regional = key(tag).startswith("azurecloud"), "." in tag
    return 2 * is_cloud + (not is_regional)
