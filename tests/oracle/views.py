"""What names in rules mean for the NICs of one subnet: certain addresses, and those that may belong.

Microsoft Learn, "Virtual network service tags" and "Application security groups". `VirtualNetwork` differs from subnet
to subnet: prefixes of routes to an appliance belong to it, as recorded expansions show, other route prefixes may.
Whether `Internet` covers public addresses that a network uses itself is documented one way and measured another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network

from netcheck.model.address import AddressRange, ServiceTag, Unresolved
from netcheck.model.flow import Flow
from netcheck.model.names import key, last_segment
from netcheck.model.network import Subnet, VirtualNetwork
from netcheck.model.rules import NextHop
from netcheck.model.site import DeploymentModel
from netcheck.model.tags import TagEntry
from tests.oracle import internet
from tests.oracle.ground import PUBLIC, Ground, holds
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, End
from tests.oracle.worlds import World

Pairs = list[tuple[int, int]]
ByFamily = dict[int, Pairs]
EVERYTHING: ByFamily = {4: [(0, 2**32 - 1)], 6: [(0, 2**128 - 1)]}
PROBES = int(ip_network("fe80::1234:5678:9abc/128")[0])


def end_of(ground: Ground, subnet: Subnet, flow: Flow, world: World) -> End:
    """Return what names mean in a subnet; made once for each.

    Of a peering of which only the other side is stated, this side may be missing in the files; then the other network
    may be in `VirtualNetwork`.
    """
    network = ground.network_of(subnet)
    peers = [
        other
        for other in ground.one_sided(network)
        if any(holds(other.address_space, flow.family, address) for address in (flow.source, flow.destination))
        and ground.is_near(network, other, world)
    ]
    at = " ".join([key(subnet.full_name), *(other.name for other in peers)])
    if at not in ground.ends:
        ground.ends[at] = make_end(ground, subnet, peers)
    return ground.ends[at]


def make_end(ground: Ground, subnet: Subnet, peers: Sequence[VirtualNetwork]) -> End:
    network = ground.network_of(subnet)
    known: dict[str, ByFamily] = {
        "azureloadbalancer": {4: [(WIRE_SERVER, WIRE_SERVER)], 6: [(PROBES, PROBES)]},
        "azureplatformdns": {4: [(WIRE_SERVER, WIRE_SERVER)]},
        "azureplatformimds": {4: [(INSTANCE_METADATA, INSTANCE_METADATA)]},
        "internet": internet_of(ground, subnet, network),
        "virtualnetwork": {family: list(inside(ground, subnet, network, family)) for family in (4, 6)},
    }
    doubtful: dict[str, ByFamily] = {
        "internet": {4: internet.POSSIBLE, 6: PUBLIC[6]},
        "virtualnetwork": {family: list(perhaps_inside(ground, subnet, peers, family)) for family in (4, 6)},
    }
    for entry in ground.site.tags.entries.values() if ground.site.tags else ():
        usable, other = (known, doubtful) if entry.is_nsg_capable else (doubtful, known)
        usable[key(entry.name)], other[key(entry.name)] = published(entry), {}
    known |= dict(groups(ground))
    scopes = {"virtualnetwork": key(subnet.full_name), "internet": key(network.name)}
    is_classic = ground.site.deployment_model is DeploymentModel.CLASSIC
    return End(known=known, doubtful=doubtful, scopes=scopes, is_classic=is_classic)


def published(entry: TagEntry) -> ByFamily:
    """Return the prefixes of a published tag."""
    found: ByFamily = {4: [], 6: []}
    for network in map(ip_network, entry.prefixes):
        found[network.version].append((int(network[0]), int(network[-1])))
    return found


def groups(ground: Ground) -> Iterator[tuple[str, ByFamily]]:
    """Yield the application security groups with the addresses of their members."""
    names = {key(last_segment(name)) for name in ground.site.application_security_groups}
    names |= {key(last_segment(name)) for nic in ground.nics for name in nic.application_security_groups}
    for name in names:
        members = [n for n in ground.nics if name in {key(last_segment(g)) for g in n.application_security_groups}]
        held = [address for nic in members for address in nic.certain_addresses]
        yield name, {family: list(pairs(held, family)) for family in (4, 6)}


def pairs(ranges: Iterable[AddressRange], family: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of one family as (first, last)."""
    return ((one.first, one.last) for one in ranges if one.family == family)


def inside(ground: Ground, subnet: Subnet, network: VirtualNetwork, family: int) -> Iterator[tuple[int, int]]:
    """Yield what `VirtualNetwork` has for certain in a subnet."""
    table = ground.table_of(subnet)
    for route in table.routes if table else ():
        is_certain = route.next_hop is NextHop.VIRTUAL_APPLIANCE and not route.unknown
        if is_certain and isinstance(route.prefix, AddressRange):
            yield from pairs([route.prefix], family)
    if family == 4:
        yield WIRE_SERVER, WIRE_SERVER
    yield from pairs(network.address_space, family)
    for peering, space in ground.peer_spaces(network):
        if peering.allows_virtual_network_access:
            yield from pairs(space, family)
    for gateway in ground.gateways(network):
        yield from pairs(gateway.gateway_prefixes or (), family)


def perhaps_inside(
    ground: Ground, subnet: Subnet, peers: Sequence[VirtualNetwork], family: int
) -> Iterator[tuple[int, int]]:
    """Yield what may be in `VirtualNetwork`: route prefixes, what a gateway may have learned, one-sided peers."""
    table = ground.table_of(subnet)
    for route in table.routes if table else ():
        if isinstance(route.prefix, AddressRange):
            yield from pairs([route.prefix], family)
        else:
            yield from tag_pairs(ground, route.prefix, family)
    if any(gateway.gateway_prefixes is None for gateway in ground.gateways(ground.network_of(subnet))):
        yield from EVERYTHING[family]
    for other in peers:
        yield from pairs(other.address_space, family)


def tag_pairs(ground: Ground, prefix: ServiceTag | Unresolved, family: int) -> Pairs:
    """Return what a route's tag covers; everything where nobody knows."""
    entry = ground.site.tags.get(str(prefix)) if ground.site.tags and isinstance(prefix, ServiceTag) else None
    return EVERYTHING[family] if entry is None else published(entry)[family]


def internet_of(ground: Ground, subnet: Subnet, network: VirtualNetwork) -> ByFamily:
    """Return what `Internet` has for certain: nothing that the network, its neighbours or a tag route take."""
    taken = list(pairs(network.address_space, 4))
    for _, space in ground.peer_spaces(network):
        taken += pairs(space, 4)
    for gateway in ground.gateways(network):
        taken += pairs(gateway.gateway_prefixes or (), 4)
    table = ground.table_of(subnet)
    for route in table.routes if table else ():
        if not isinstance(route.prefix, AddressRange):
            taken += tag_pairs(ground, route.prefix, 4)
    return {4: without(internet.KNOWN, taken), 6: []}


def without(whole: Pairs, taken: Pairs) -> Pairs:
    """Return some addresses without others, as (first, last) pairs."""
    left = whole
    for first, last in taken:
        cut = [piece for a, b in left for piece in ((a, min(b, first - 1)), (max(a, last + 1), b))]
        left = sorted({(a, b) for a, b in cut if a <= b})
    return left
