"""The route that one packet takes from a subnet: longest prefix, then user before gateway before system routes.

Microsoft Learn, "Virtual network traffic routing", "Virtual network service endpoints" (its routes come before user
routes of the same or a shorter prefix; what a longer one does is not documented) and "Manage network policies for
private endpoints".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netcheck.model.address import AddressRange, ServiceTag
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, Subnet, VirtualNetwork
from netcheck.model.rules import NextHop, Route
from tests.oracle.ground import Ground, holds
from tests.oracle.views import published
from tests.oracle.worlds import World, answer, choose

RESERVED = ((10 << 24, 24), (0xAC100000, 20), (0xC0A80000, 16), (0x64400000, 22))  # first address, bits of a host
SERVICE_TAGS = {"microsoft.storage": "storage", "microsoft.sql": "sql"}
BITS = {4: 32, 6: 128}
SYSTEM, GATEWAY, USER = 1, 2, 3


class Line(NamedTuple):
    """A route that covers the destination. Of two, the longer prefix wins, then the rank, then the finer rank."""

    length: int
    rank: int
    finer: int
    kind: NextHop
    addresses: tuple[int, ...] = ()
    name: str = ""


class Want(NamedTuple):
    """What is looked up: a destination, from a subnet and perhaps a NIC in it."""

    subnet: Subnet
    nic: NetworkInterface | None
    family: int
    address: int


def route(ground: Ground, want: Want, world: World) -> Line | None:
    """Return the route that a packet takes; None where there is none."""
    if want.nic is not None and want.nic.effective_routes is not None:
        return computed(want.nic, want, world)
    network = ground.network_of(want.subnet)
    users = [within_reach(ground, network, line, want.family, world) for line in user_lines(ground, want, world)]
    chosen = max(users, default=None)
    service = service_line(ground, want)
    if service is not None:
        is_inside = chosen is not None and chosen.length > service.length
        if not is_inside or not answer(world, "user route inside a service", *place(want), chosen):
            return service
        return chosen
    endpoint = endpoint_line(ground, want, network, world)
    if endpoint is not None:
        stronger = [line for line in users if line.length >= least_length(ground, want)]
        return max(stronger, default=endpoint)
    lines = [*users, *system_lines(ground, want, network, world), *one_sided_lines(ground, want, network, world)]
    is_ours = any(line.kind in (NextHop.VNET_LOCAL, NextHop.VNET_PEERING) and line.rank == SYSTEM for line in lines)
    if not is_ours:
        lines += gateway_lines(ground, want, network)
    found = max(lines, default=None)
    if not is_ours and not (found and found.rank == USER and found.length == BITS[want.family]):
        return learned(ground, want, network, world) or found
    return found


def place(want: Want) -> tuple[object, ...]:
    """Return what facts about a look-up are about."""
    return key(want.subnet.full_name), want.family, want.address


def length_of(prefix: AddressRange) -> int:
    """Return the length of a prefix."""
    return BITS[prefix.family] - (prefix.last - prefix.first + 1).bit_length() + 1


def user_lines(ground: Ground, want: Want, world: World) -> Iterator[Line]:
    """Yield the user-defined routes that cover the destination."""
    table = ground.table_of(want.subnet)
    for one in table.routes if table else ():
        length = covering(ground, one, want)
        if length is None or (one.unknown and not answer(world, "route", table and table.name, one.name)):
            continue
        addresses = (one.next_hop_address.first,) if one.next_hop_address else ()
        yield Line(length, USER, tag_rank(one), one.next_hop, addresses, one.name)


def within_reach(ground: Ground, network: VirtualNetwork, line: Line, family: int, world: World) -> Line:
    """Return a route to an appliance that certainly nobody in reach holds as what Azure was seen to make of it."""
    is_open = any(ground.gateways(network)) or not network.states_peerings
    if line.kind is not NextHop.VIRTUAL_APPLIANCE or is_open or not line.addresses:
        return line
    spaces = [space for _, space in ground.peer_spaces(network)]
    if not all(spaces) or any(holds(space, family, line.addresses[0]) for space in (network.address_space, *spaces)):
        return line
    holder = ground.network_at(family, line.addresses[0])
    return line if ground.is_near(network, holder, world) else line._replace(kind=NextHop.NONE)


def covering(ground: Ground, one: Route, want: Want) -> int | None:
    """Return how long the prefix is by which a route covers the destination."""
    if isinstance(one.prefix, AddressRange):
        return length_of(one.prefix) if holds([one.prefix], want.family, want.address) else None
    if not isinstance(one.prefix, ServiceTag):
        raise NotImplementedError("routes whose prefix nobody knows are not followed here")
    return tag_length(ground, one.prefix.name, want)


def tag_length(ground: Ground, tag: str, want: Want) -> int | None:
    """Return the length of the longest prefix of a tag that has the destination."""
    entry = ground.site.tags.get(tag) if ground.site.tags else None
    if entry is None:
        raise NotImplementedError(f"a route or service endpoint needs the tag {tag}")
    around = [(first, last) for first, last in published(entry)[want.family] if first <= want.address <= last]
    sizes = [BITS[want.family] - (last - first + 1).bit_length() + 1 for first, last in around]
    return max(sizes, default=None)


def tag_rank(one: Route) -> int:
    """Return which of two routes of one prefix wins: the prefix in plain, regional tags, service tags, AzureCloud."""
    if isinstance(one.prefix, AddressRange):
        return 5
    name = key(str(one.prefix))
    is_regional, is_cloud = "." in name, name.partition(".")[0] == "azurecloud"
    return (2 if is_regional else 1) if is_cloud else (4 if is_regional else 3)


def service_line(ground: Ground, want: Want) -> Line | None:
    """Return the route of a service endpoint."""
    tags = [SERVICE_TAGS[key(service).removesuffix(".global")] for service in want.subnet.service_endpoints]
    lengths = [length for tag in tags if (length := tag_length(ground, tag, want)) is not None]
    return Line(max(lengths), SYSTEM, 0, NextHop.SERVICE_ENDPOINT) if lengths else None


def endpoint_line(ground: Ground, want: Want, network: VirtualNetwork, world: World) -> Line | None:
    """Return the route of a private endpoint in the network or in a live peer of it."""
    endpoint = ground.endpoint_at(want.family, want.address)
    home = ground.network_of(ground.subnets[key(endpoint.subnet)]) if endpoint else None
    if home is None or not ground.is_near(network, home, world):
        return None
    return Line(BITS[want.family], SYSTEM, 0, NextHop.PRIVATE_ENDPOINT)


def least_length(ground: Ground, want: Want) -> int:
    """Return how long the prefix of a user route must be to win against that of a private endpoint."""
    endpoint = ground.endpoint_at(want.family, want.address)
    assert endpoint is not None
    subnet = ground.subnets[key(endpoint.subnet)]
    if not subnet.private_endpoint_policies.obeys_routes:
        return BITS[want.family] + 1
    space = ground.network_of(subnet).address_space
    return max(length_of(one) for one in space if holds([one], want.family, want.address))


def system_lines(ground: Ground, want: Want, network: VirtualNetwork, world: World) -> Iterator[Line]:
    """Yield the system routes that cover the destination."""
    yield Line(0, SYSTEM, 0, NextHop.INTERNET)
    if want.family == 4 and want.address >> 24 == 25 and answer(world, "Azure drops 25.0.0.0/8", want.address):
        yield Line(8, SYSTEM, 0, NextHop.NONE)  # recordings from 2016 to 2021 drop this part of it or that
    for first, bits in RESERVED if want.family == 4 else ():
        is_taken = any(one.family == 4 and one.first <= first <= one.last for one in network.address_space)
        is_larger = any(one.last - one.first + 1 >= 1 << bits for one in network.address_space)
        if want.address >> bits == first >> bits and not (is_taken and is_larger):
            yield Line(32 - bits, SYSTEM, 0, NextHop.NONE)
    yield from own_lines(network.address_space, want, NextHop.VNET_LOCAL)
    for _, space in ground.peer_spaces(network):
        yield from own_lines(space, want, NextHop.VNET_PEERING)


def one_sided_lines(ground: Ground, want: Want, network: VirtualNetwork, world: World) -> Iterator[Line]:
    """Yield the routes to networks that state a peering of which this side is missing: it may be there all the same."""
    for other in ground.one_sided(network):
        lines = list(own_lines(other.address_space, want, NextHop.VNET_PEERING))
        if lines and answer(world, "peering", frozenset((key(network.name), key(other.name)))):
            yield from lines


def own_lines(space: Iterable[AddressRange], want: Want, kind: NextHop) -> Iterator[Line]:
    for one in space:
        if holds([one], want.family, want.address):
            yield Line(length_of(one), SYSTEM, 1, kind)


def gateway_lines(ground: Ground, want: Want, network: VirtualNetwork) -> Iterator[Line]:
    """Yield what gateways were told, unless the route table keeps it out."""
    if is_closed(ground, want.subnet):
        return
    for gateway in ground.gateways(network):
        for one in gateway.gateway_prefixes or ():
            if holds([one], want.family, want.address):
                yield Line(length_of(one), GATEWAY, 0, NextHop.VIRTUAL_NETWORK_GATEWAY)


def is_closed(ground: Ground, subnet: Subnet) -> bool:
    """Return whether a subnet's route table keeps out what gateways learned."""
    table = ground.table_of(subnet)
    return table is not None and table.disables_gateway_routes


def learned(ground: Ground, want: Want, network: VirtualNetwork, world: World) -> Line | None:
    """Return the route that a gateway may have learned where no file says which."""
    silent = [g for g in ground.gateways(network) if g.gateway_prefixes is None]
    for gateway in [] if is_closed(ground, want.subnet) else silent:
        if answer(world, "learned a route", key(gateway.name), want.family, want.address):
            return Line(BITS[want.family], GATEWAY, 0, NextHop.VIRTUAL_NETWORK_GATEWAY)
    return None


def computed(nic: NetworkInterface, want: Want, world: World) -> Line | None:
    """Return the line of Azure's own table that a packet takes; of several addresses, one is a fact."""
    ranks = {"user": USER, "virtualnetworkgateway": GATEWAY}
    lines: list[Line] = []
    for one in nic.effective_routes or ():
        lengths = [length_of(p) for p in one.prefixes if holds([p], want.family, want.address)]
        if not lengths or (one.unknown and not answer(world, "computed route", nic.name, one.name)):
            continue
        addresses = tuple(a.first for a in one.next_hop_addresses)
        rank = ranks.get(key(one.source), SYSTEM)
        lines.append(Line(max(lengths), rank, 0, one.next_hop, addresses, one.name))
    found = max(lines, default=None)
    if found is not None and found.kind is NextHop.VIRTUAL_APPLIANCE and len(found.addresses) > 1:
        return found._replace(addresses=(choose(world, found.addresses, "next hop", nic.name, found),))
    return found
