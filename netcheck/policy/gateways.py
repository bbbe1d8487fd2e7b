"""What virtual network gateways taught a network: its own gateway's routes, and those of one it borrows from a peer.

Microsoft Learn, "Configure VPN gateway transit for virtual network peering": a network uses its peer's gateway where it
says `useRemoteGateways` and the peer's peering back says `allowGatewayTransit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.policy.facts import Fact
from netcheck.policy.peering import live_peerings, peerings_back

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import Peering, Site, VirtualNetwork


class Learned(NamedTuple):
    """What one gateway taught a network; with a `fact`, that is not in the site, and may be anything."""

    prefixes: tuple[AddressRange, ...]
    at: Source
    fact: Fact | None = None


def learned_routes(site: Site, network: VirtualNetwork) -> Iterator[Learned]:
    """Yield what the gateways of a network taught it, its own and those of peers that it uses."""
    if network.gateway_prefixes is not None:
        yield Learned(network.gateway_prefixes, network.at)
    elif network.has_gateway:
        yield Learned((), network.at, _not_stated(network, network, network.at))
    for peering, peer in live_peerings(site, network):
        if peering.uses_remote_gateways:
            yield from _borrowed(network, peering, peer)


def _borrowed(network: VirtualNetwork, peering: Peering, peer: VirtualNetwork | None) -> Iterator[Learned]:
    backs = peerings_back(peer, network)
    if peer is None or not backs:
        reason = (
            f"virtual network `{network.name}` uses the gateway behind peering `{peering.name}` at {peering.at}, "
            "and the other side of it is not in the site"
        )
        yield Learned((), peering.at, Fact(f"gateway of {key(network.name)} learned a route", "", reason, peering.at))
    elif any(back.allows_gateway_transit for back in backs):
        if peer.gateway_prefixes is None:
            yield Learned((), peering.at, _not_stated(network, peer, peering.at))
        else:
            yield Learned(peer.gateway_prefixes, peering.at)


def _not_stated(network: VirtualNetwork, owner: VirtualNetwork, at: Source) -> Fact:
    whose, where = "has a gateway", ""
    if owner is not network:
        whose, where = f"uses the gateway of `{owner.name}`", f" of `{owner.name}`"
    reason = (
        f"virtual network `{network.name}` {whose}, and the site does not say which routes it learned; "
        f"give them as `gatewayPrefixes: [...]`{where}, empty for none"
    )
    return Fact(f"gateway of {key(network.name)} learned a route", "", reason, at)
