"""User-defined routes and service endpoints of a subnet as lines of its table, and which of the two goes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netcheck.model.address import AddressRange, Family, ServiceTag, Unresolved, everything, parse_prefix
from netcheck.model.names import key
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import RouteTable, Subnet
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


class Entry(NamedTuple):
    """One line of a subnet's table. `length` and `rank` order it: longer first, then the smaller rank.

    It takes packets provided that all `facts` hold. `is_first`: it may be longer than any other, or overrides one that
    is; it is looked at before all others. `is_learned`: a gateway taught it.
    """

    addresses: IntervalSet
    family: Family
    length: int
    rank: int
    next_hop: NextHop
    name: str
    at: str = ""
    next_hop_address: AddressRange | None = None
    facts: tuple[Fact, ...] = ()
    is_first: bool = False
    is_user: bool = False
    is_learned: bool = False


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
        yield Entry(whole, family, 999, 0, NextHop.SERVICE_ENDPOINT, name, str(subnet.at), None, (fact,), True)


class Endpoints(NamedTuple):
    """The service endpoints of a subnet, and the addresses that they certainly take."""

    addresses: IntervalSet
    services: tuple[str, ...]

    def has_prefix(self, prefix: AddressRange, book: AddressBook) -> bool:
        """Return whether a prefix is one of those that the endpoints themselves route."""
        tags = [ENDPOINT_TAGS.get(key(service), "") for service in self.services]
        entries = [book.site.tags.get(tag) for tag in tags if tag] if book.site.tags else []
        return any(entry is not None and str(prefix) in entry.prefixes for entry in entries)


class _Line(NamedTuple):
    """One prefix of a user-defined route; `rank` says which of several with this prefix wins."""

    route: Route
    prefix: AddressRange
    rank: int
    fact: Fact | None


def user_entries(table: RouteTable, family: Family, book: AddressBook, endpoints: Endpoints) -> Iterator[Entry]:
    """Yield the lines that the routes of a table make."""
    lines: list[_Line] = []
    for route in table.routes:
        prefixes = _prefixes(route, family, book)
        if prefixes is None:
            yield _anywhere(table, route, family, book)
        else:
            fact = _doubt(table, route, route.unknown) if route.unknown else None
            rank = 1 + _tag_rank(route.prefix.name) if isinstance(route.prefix, ServiceTag) else 0
            lines += [_Line(route, prefix, rank, fact) for prefix in prefixes]
    certain: dict[AddressRange, int] = {}
    for line in lines:
        if line.fact is None:
            certain[line.prefix] = min(line.rank, certain.get(line.prefix, line.rank))
    for line in lines:
        if line.rank <= certain.get(line.prefix, line.rank):  # else another route wins the tie, and this is invalid
            yield from _user_entry(table, line, book, endpoints)


def _prefixes(route: Route, family: Family, book: AddressBook) -> list[AddressRange] | None:
    """Return the prefixes of a route in one family; None where they are not known."""
    if isinstance(route.prefix, Unresolved):
        return None
    if isinstance(route.prefix, AddressRange):
        return [route.prefix] if route.prefix.family == family else []
    if book.published(route.prefix.name, family) is None:
        return None
    entry = book.site.tags.get(route.prefix.name) if book.site.tags else None
    found = [parse_prefix(text)[0] for text in entry.prefixes] if entry else []
    return [prefix for prefix in found if prefix.family == family]


def _anywhere(table: RouteTable, route: Route, family: Family, book: AddressBook) -> Entry:
    """A route whose prefix is not known may take any packet."""
    why = route.prefix.reason if isinstance(route.prefix, Unresolved) else book.why_unknown(str(route.prefix))
    facts = (_doubt(table, route, route.unknown or why),)
    whole, hop = to_set([everything(family)], family), route.next_hop_address
    return Entry(whole, family, 0, 1, route.next_hop, route.name, str(route.at), hop, facts, True, True)


def _doubt(table: RouteTable, route: Route, why: str) -> Fact:
    name = f"route {key(table.name)}/{key(route.name)} takes the packet"
    return Fact(name, "", f"route `{route.name}` at {route.at}: {why}", route.at)


def _user_entry(table: RouteTable, line: _Line, book: AddressBook, endpoints: Endpoints) -> Iterator[Entry]:
    """A service endpoint overrides user routes; for a longer prefix inside it that is not documented for certain."""
    route, prefix = line.route, line.prefix
    facts = (line.fact,) if line.fact is not None else ()
    one = Entry(
        addresses=to_set([prefix], prefix.family),
        family=prefix.family,
        length=length_of(prefix),
        rank=line.rank,
        next_hop=route.next_hop,
        name=route.name,
        at=str(route.at),
        next_hop_address=route.next_hop_address,
        facts=facts,
        is_user=True,
    )
    is_inside = bool(one.addresses) and one.addresses <= endpoints.addresses
    if is_inside and not endpoints.has_prefix(prefix, book):
        where = f"route `{route.name}` at {route.at}"
        reason = f"whether {where} overrides the more general service endpoint is not documented"
        name = f"route {key(table.name)}/{key(route.name)} overrides the service endpoint"
        yield one._replace(facts=(*facts, Fact(name, "", reason, route.at)), is_first=True)
    yield one


def _tag_rank(tag: str) -> int:
    """Regional tag, top-level tag, `AzureCloud.<region>`, `AzureCloud`: the order of preference on a tie."""
    is_cloud, is_regional = key(tag).startswith("azurecloud"), "." in tag
    return 2 * is_cloud + (not is_regional)
