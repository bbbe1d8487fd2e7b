"""Which peerings of a virtual network carry packets.

Microsoft Learn, "Create, change, or delete a virtual network peering": a peering works when its state is Connected on
both sides; it is not transitive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netcheck.model.address import AddressRange
from netcheck.model.names import is_same, key, last_segment
from netcheck.policy.facts import Fact

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import Peering, Site, VirtualNetwork


def live_peerings(site: Site, network: VirtualNetwork) -> Iterator[tuple[Peering, VirtualNetwork | None]]:
    """Yield the peerings that no side states to be down, each with the peer where the site has it."""
    for peering in network.peerings:
        peer = site.virtual_network(last_segment(peering.remote_virtual_network))
        if peering.is_connected and all(back.is_connected for back in peerings_back(peer, network)):
            yield peering, peer


def peer_space(peering: Peering, peer: VirtualNetwork | None) -> tuple[AddressRange, ...]:
    """Return the addresses behind a peering: those it states, else the peer's own; none where neither is known."""
    return peering.remote_address_space or (peer.address_space if peer else ())


def peerings_back(peer: VirtualNetwork | None, network: VirtualNetwork) -> list[Peering]:
    """Return the peerings by which a peer leads back to a network."""
    known = peer.peerings if peer else ()
    return [back for back in known if is_same(last_segment(back.remote_virtual_network), network.name)]


def is_peering(network: VirtualNetwork, other: VirtualNetwork) -> Fact:
    """Return the fact that a network has the half of a peering that only the other side states."""
    reason = f"`{other.name}` at {other.at} states a peering with `{network.name}`, which states none back"
    return Fact(f"peering of {key(network.name)} with {key(other.name)}", "", reason, other.at)


def gives_access(network: VirtualNetwork, other: VirtualNetwork) -> Fact:
    """Return the fact that such a half is there and allows access: only then is the other in `VirtualNetwork`."""
    reason = f"`{other.name}` at {other.at} states a peering with `{network.name}`, whose own half may not allow access"
    name = f"access by the peering of {key(network.name)} with {key(other.name)}"
    return Fact(name, "", reason, other.at, premise=is_peering(network, other))


def unstated_peers(site: Site, network: VirtualNetwork) -> Iterator[VirtualNetwork]:
    """Yield the networks that peer with this one and that it names no peering with.

    A peering is Connected only when both sides have it, so this side of it may exist without being in the site.
    """
    stated = {key(last_segment(peering.remote_virtual_network)) for peering in network.peerings}
    for other in site.virtual_networks:
        if key(other.name) not in stated and any(peer is network for _, peer in live_peerings(site, other)):
            yield other
