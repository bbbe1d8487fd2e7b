"""Which addresses a site tells apart: the pieces between all the prefixes that anything in it names.

Two VMs whose addresses lie in the same prefixes, of rules, routes, peerings and whatever else there is, can change
places without any hop seeing a difference. What names addresses is found by going through the site field by field, so
that a new kind of thing is seen without a line here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import accumulate

from netcheck.diagnostics import Source
from netcheck.model.address import FAMILIES, AddressRange, Family, ServiceTag
from netcheck.model.rules import NsgRule
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, INTERNET_LOWER, INTERNET_UPPER, PLATFORM
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routetable import RESERVED, UNDOCUMENTED
from netcheck.policy.userroutes import ENDPOINT_TAGS
from netcheck.sets.intervals import EMPTY, IntervalSet

_OWN = frozenset(("name", "at", "addresses", "resource_group"))
"""Fields of a NIC that are about itself; its address is what the pieces are for."""
_LEAVES = (str, int, bool, type(None), Source)


class Pieces:
    """The pieces of some addresses: two of one piece are told apart by nothing in the site.

    `rules` are the NSG rules that count.
    """

    def __init__(self, book: AddressBook, addresses: Mapping[Family, Iterable[int]], rules: Iterable[NsgRule]) -> None:
        spans = spans_told_apart(book, rules)
        self._of = {family: dict(_pieces(sorted(set(addresses[family])), spans[family])) for family in FAMILIES}

    def of(self, family: Family) -> Mapping[int, int]:
        """Return the number of the piece of each address of a family; numbers rise with the addresses."""
        return self._of[family]


def _pieces(addresses: Sequence[int], spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cuts that fall between the same two addresses are one cut: pieces without an address are not counted."""
    cuts = bytearray(len(addresses) + 1)
    for first, last in spans:
        cuts[bisect_left(addresses, first)] = 1
        cuts[bisect_left(addresses, last + 1)] = 1
    return zip(addresses, accumulate(cuts), strict=False)


def spans_told_apart(book: AddressBook, rules: Iterable[NsgRule]) -> dict[Family, set[tuple[int, int]]]:
    """Return every span of addresses that some NSG rules, anything else in the site, or Azure itself treats in a way of
    its own."""
    found: dict[Family, set[tuple[int, int]]] = {4: set(), 6: set()}
    tags: set[str] = set()
    for one in _named(book.site, rules):
        if isinstance(one, AddressRange):
            found[one.family].add((one.first, one.last))
        else:
            tags.add(one.name)
    tags.update(ENDPOINT_TAGS.values())
    for prefix in (*RESERVED, *UNDOCUMENTED):
        found[prefix.family].add((prefix.first, prefix.last))
    for family in FAMILIES:
        for known in (INTERNET_LOWER, INTERNET_UPPER, PLATFORM, AZURE_LOAD_BALANCER):
            found[family].update(known.get(family, EMPTY).spans())
        for tag in tags:
            found[family].update((book.published(tag, family) or EMPTY).spans())
    return found


def _named(site: Site, rules: Iterable[NsgRule]) -> Iterator[AddressRange | ServiceTag]:
    for rule in rules:
        yield from _of_rule(rule)
    for vm in site.virtual_machines:
        yield from _of_machine(vm)
    for name in (one.name for one in fields(site)):
        if name not in ("network_security_groups", "virtual_machines", "tags", "warnings", "backup"):
            yield from _inside(getattr(site, name))


def _of_rule(rule: NsgRule) -> Iterator[AddressRange | ServiceTag]:
    """Most of what a site names stands in rules, so these are not gone through field by field."""
    for endpoint in rule.sources:
        if isinstance(endpoint, AddressRange | ServiceTag):
            yield endpoint
    for endpoint in rule.destinations:
        if isinstance(endpoint, AddressRange | ServiceTag):
            yield endpoint


def _of_machine(vm: VirtualMachine) -> Iterator[AddressRange | ServiceTag]:
    for what in (vm.host_firewall, vm.proxy_server, vm.proxy_client):
        if what is not None:
            yield from _inside(what)
    for nic in vm.interfaces:
        if nic.public_ips or nic.open_addresses or nic.effective_nsgs is not None or nic.effective_routes is not None:
            yield from _inside(nic)


def _inside(value: object) -> Iterator[AddressRange | ServiceTag]:
    """Yield what a value holds at any depth."""
    if isinstance(value, AddressRange | ServiceTag):
        yield value
    elif isinstance(value, NsgRule):
        yield from _of_rule(value)
    elif isinstance(value, IntervalSet):
        raise TypeError("a set of addresses in a site has no family: give it a field of its own here")
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _inside(inner)
    elif isinstance(value, tuple | list | frozenset):
        for inner in value:
            yield from _inside(inner)
    elif is_dataclass(value) and not isinstance(value, _LEAVES):
        own = _OWN if isinstance(value, NetworkInterface) else ()
        for one in fields(value):
            if one.name not in own:
                yield from _inside(getattr(value, one.name))
