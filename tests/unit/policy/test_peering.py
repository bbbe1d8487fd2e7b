"""Which peerings carry packets, what lies behind them, and peerings that one side alone states."""

from __future__ import annotations

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import parse_prefix
from netcheck.model.site import Peering, Site, VirtualNetwork
from netcheck.policy.peering import live_peerings, peer_space, peerings_back, unstated_peers

HERE = Source("site.yaml", 1, 1)
SPACE, OTHER_SPACE = parse_prefix("10.1.0.0/16")[0], parse_prefix("10.9.0.0/16")[0]


def peering(name: str, remote: str, is_connected: bool = True, stated: bool = False) -> Peering:
    """Return a peering; `stated`: it says what addresses lie behind it."""
    space = (OTHER_SPACE,) if stated else ()
    return Peering(
        name=name, remote_virtual_network=remote, at=HERE, is_connected=is_connected, remote_address_space=space
    )


def network(name: str, *peerings: Peering) -> VirtualNetwork:
    """Return a network without subnets."""
    return VirtualNetwork(name=name, address_space=(SPACE,), subnets=(), at=HERE, peerings=peerings)


def live(*networks: VirtualNetwork) -> list[tuple[str, str]]:
    """Return the live peerings of the first network: names of peering and peer."""
    site = Site(file="site.yaml", virtual_networks=networks)
    return [(one.name, peer.name if peer else "") for one, peer in live_peerings(site, networks[0])]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [(True, True, [("out", "spoke")]), (False, True, []), (True, False, []), (False, False, [])],
)
def test_a_peering_works_when_both_sides_are_connected(
    here: bool, there: bool, expected: list[tuple[str, str]]
) -> None:
    """Microsoft Learn: the state must be Connected on both sides."""
    hub = network("hub", peering("out", "spoke", here))
    spoke = network("spoke", peering("back", "HUB", there), peering("elsewhere", "third", False))
    assert live(hub, spoke) == expected


def test_a_side_that_the_site_does_not_have_is_not_down() -> None:
    """A peer without a peering back, or a peer that is not in the site, does not switch a peering off."""
    assert live(network("hub", peering("out", "spoke")), network("spoke")) == [("out", "spoke")]
    assert live(network("hub", peering("out", "away"))) == [("out", "")]


def test_a_peer_is_found_by_its_resource_id() -> None:
    """A reference may be a whole resource ID, in any letter case."""
    long = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/SPOKE"
    assert live(network("hub", peering("out", long)), network("spoke")) == [("out", "spoke")]
    back = network("spoke", peering("back", long.replace("SPOKE", "Hub")), peering("other", "third"))
    assert [one.name for one in peerings_back(back, network("hub"))] == ["back"]
    assert peerings_back(None, network("hub")) == []


def test_the_space_behind_a_peering_is_what_it_states_or_the_peers_own() -> None:
    """The space that a peering states goes before the peer's; without both nothing is known."""
    peer = network("spoke")
    assert peer_space(peering("out", "spoke", stated=True), peer) == (OTHER_SPACE,)
    assert peer_space(peering("out", "spoke", stated=True), None) == (OTHER_SPACE,)
    assert peer_space(peering("out", "spoke"), peer) == (SPACE,)
    assert peer_space(peering("out", "spoke"), None) == ()


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        (peering("back", "hub"), None, ["spoke"]),
        (peering("back", "hub", False), None, []),
        (peering("back", "hub"), peering("out", "Spoke"), []),
        (peering("back", "hub"), peering("out", "Spoke", False), []),
        (peering("back", "third"), None, []),
    ],
)
def test_a_peering_that_the_other_side_alone_states(there: Peering, here: Peering | None, expected: list[str]) -> None:
    """A network that peers with this one while this one names no peering with it, not even one that is down."""
    hub = network("hub", here) if here else network("hub")
    site = Site(file="site.yaml", virtual_networks=(hub, network("spoke", there)))
    assert [other.name for other in unstated_peers(site, hub)] == expected
