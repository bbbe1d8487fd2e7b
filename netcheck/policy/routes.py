"""Which route takes a packet out of a subnet, and where packets are next.

Microsoft Learn, "Virtual network traffic routing": what each type of next hop does with packets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from netcheck.model.address import AddressRange, address_text
from netcheck.model.names import key
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkInterface, Subnet
from netcheck.policy.branches import Branch
from netcheck.policy.builtin import INTERNET_UPPER
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, settled
from netcheck.policy.facts import Case, Fact, World
from netcheck.policy.firstmatch import Clause, decide
from netcheck.policy.nsg import PLATFORM_PACKETS
from netcheck.policy.resolve import AddressBook, by_family
from netcheck.policy.routetable import route_table
from netcheck.policy.userroutes import Entry
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

_NO_ROUTE = -1
_PUBLIC = ps.box(4, destinations=INTERNET_UPPER[4]) | ps.box(6, destinations=INTERNET_UPPER[6])


class Way(StrEnum):
    """Where packets are behind a route."""

    LOCAL = "local"
    """In the virtual network or a peer of it."""
    DROPPED = "dropped"
    """Nowhere; the hops before the destination are shown such packets too, so that an answer names all blockers."""
    INTERNET = "internet"
    APPLIANCE = "appliance"


class Onward(NamedTuple):
    """Packets behind a route: the way they go, with the address and the route of an appliance."""

    way: Way
    branch: Branch
    address: AddressRange | None = None
    route: str = ""


class _Kind(NamedTuple):
    """What matters of a destination: whether it is public, and whether it lies in the subnet's own network."""

    is_public: bool
    is_own: bool


def judge_route(
    subnet: Subnet, packets: PacketSet, book: AddressBook, nic: NetworkInterface | None = None
) -> tuple[HopResult, tuple[Onward, ...]]:
    """Return what the routes of a subnet (or of a NIC that has its own list) do with packets, and where these are then.

    The platform's virtual addresses are not routed.
    """
    platform = packets & PLATFORM_PACKETS
    routed = packets - platform if platform else packets
    entries = route_table(subnet, nic, book)
    clauses = [
        Clause(i, ps.whole_box(e.family)._replace(destinations=e.addresses), e.facts) for i, e in enumerate(entries)
    ]
    parts = [settled(platform, None)] if platform else []
    ways: dict[tuple[_Next, tuple[World, ...], tuple[World, ...]], PacketSet] = {}
    for part in decide(clauses, routed, _NO_ROUTE):
        for some, kind in _by_kind(part.packets, part.cases, entries, subnet, book):
            parts.append(HopPart(some, tuple(c for one in part.cases for c in _hop_cases(one, entries, subnet, kind))))
            for way in _ways(part.cases, entries, kind):
                ways[way] = ways[way] | some if way in ways else some
    onward = tuple(
        Onward(one.way, Branch(packets_, when, unless), one.address, one.route)
        for (one, when, unless), packets_ in ways.items()
        if one.way is not None
    )
    return HopResult(HopKind.ROUTE, "Outbound", subnet.full_name, tuple(parts)), onward


class _Next(NamedTuple):
    """Where a route leads; way None: packets are gone, or the model ends there."""

    way: Way | None
    address: AddressRange | None = None
    route: str = ""


def _ways(
    cases: Sequence[Case], entries: Sequence[Entry], kind: _Kind
) -> Iterator[tuple[_Next, tuple[World, ...], tuple[World, ...]]]:
    """Yield each way that some packets go, with the worlds in which they do and those in which they do not.

    Two routes to one appliance are one way. What is dropped in some worlds only needs no second look at the hops
    before the destination.
    """
    chosen = [_next(case, entries, kind) for case in cases]
    different = {one._replace(route=""): one for one in reversed(chosen)}
    for place in reversed(different):
        if place.way is not None and (place.way is not Way.DROPPED or len(different) == 1):
            here = [one._replace(route="") == place for one in chosen]
            when = tuple(case.when for case, is_here in zip(cases, here, strict=True) if is_here)
            unless = tuple(case.when for case, is_here in zip(cases, here, strict=True) if not is_here)
            yield different[place], when, unless


def _by_kind(
    packets: PacketSet, cases: Sequence[Case], entries: Sequence[Entry], subnet: Subnet, book: AddressBook
) -> Iterator[tuple[PacketSet, _Kind]]:
    """Yield the packets to public addresses and the others; where a user says `VnetLocal`, those of the network too."""
    public = packets & _PUBLIC
    halves = [(public, True), (packets - public, False)]
    chosen = [entries[case.rule] for case in cases if case.rule != _NO_ROUTE]
    if not any(e.is_user and e.next_hop is NextHop.VNET_LOCAL for e in chosen):
        yield from ((half, _Kind(is_public, True)) for half, is_public in halves if half)
        return
    network = book.site.virtual_network(subnet.virtual_network)
    space = network.address_space if network else ()
    own = ps.with_addresses("destinations", by_family(space).items())
    for half, is_public in halves:
        for some, is_own in ((half & own, True), (half - own, False)):
            if some:
                yield some, _Kind(is_public, is_own)


def _next(case: Case, entries: Sequence[Entry], kind: _Kind) -> _Next:
    """Return where packets are behind the route that takes them."""
    if case.rule == _NO_ROUTE:
        return _Next(Way.DROPPED)
    entry = entries[case.rule]
    match entry.next_hop:
        case NextHop.NONE:
            return _Next(Way.DROPPED)
        case NextHop.VNET_PEERING | NextHop.PRIVATE_ENDPOINT:
            return _Next(Way.LOCAL)
        case NextHop.VNET_LOCAL if kind.is_own or not entry.is_user:
            return _Next(Way.LOCAL)
        case NextHop.INTERNET if kind.is_public:
            return _Next(Way.INTERNET)
        case NextHop.VIRTUAL_APPLIANCE if entry.next_hop_address is not None:
            return _Next(Way.APPLIANCE, entry.next_hop_address, entry.name)
        case _:
            return _Next(None)


def _hop_cases(case: Case, entries: Sequence[Entry], subnet: Subnet, kind: _Kind) -> Iterator[HopCase]:
    if case.rule == _NO_ROUTE:
        yield HopCase(case.when, _decision(subnet, None, False, "no route"))
        return
    entry = entries[case.rule]
    note = f"next hop {entry.next_hop}"
    fact = _beyond(entry, subnet, kind)
    if entry.next_hop is NextHop.NONE and entry.next_hop_address is not None:
        note = f"{note}: no network within reach holds {address_text(entry.next_hop_address)}"
    if entry.next_hop is NextHop.NONE:
        yield HopCase(case.when, _decision(subnet, entry, False, note))
    elif fact is not None:
        yield HopCase(case.when | {(fact, True)}, _decision(subnet, entry, True, note))
        yield HopCase(case.when | {(fact, False)}, _decision(subnet, entry, False, note))
    else:
        if entry.next_hop_address is not None:
            note = f"{note} {address_text(entry.next_hop_address)}"
        yield HopCase(case.when, _decision(subnet, entry, True, note))


def _beyond(entry: Entry, subnet: Subnet, kind: _Kind) -> Fact | None:
    """Return the fact on which it depends whether packets get through, where the model ends at this next hop."""
    name = f"route `{entry.name}`"
    match entry.next_hop:
        case NextHop.VIRTUAL_NETWORK_GATEWAY:
            reason = f"{name} sends the packets to the virtual network gateway, where the model ends"
            return Fact(f"gateway behind {key(entry.name)} forwards", "", reason)
        case NextHop.VIRTUAL_APPLIANCE if entry.next_hop_address is None:
            reason = f"{name} sends the packets to an appliance, and its address is not known"
            return Fact("appliance an appliance forwards", "", reason)
        case NextHop.INTERNET if not kind.is_public:
            reason = f"{name} sends packets for private addresses to the Internet: what becomes of them is open"
            return Fact(f"private destination behind {key(entry.name)} arrives", "", reason)
        case NextHop.VNET_LOCAL if entry.is_user and not kind.is_own:
            reason = (
                f"{name} keeps packets in the virtual network that are for addresses outside of it: what becomes of "
                "them is not documented"
            )
            return Fact(f"destination outside behind {key(entry.name)} arrives", "", reason)
        case NextHop.SERVICE_ENDPOINT if subnet.service_endpoint_policies:
            policies = ", ".join(f"`{policy}`" for policy in subnet.service_endpoint_policies)
            reason = f"service endpoint policy {policies} of {subnet.full_name} lets only listed accounts through"
            return Fact(f"service endpoint policy of {key(subnet.full_name)}", "", reason, subnet.at)
        case _:
            return None


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
