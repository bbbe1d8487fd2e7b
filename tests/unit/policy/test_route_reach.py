"""Routes to an appliance that no network within reach holds drop packets, where it is certain that none does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.site import VirtualNetwork
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import judge_route
from tests.unit.networks import network, peering, ranges, route, site, subnet, table
from tests.unit.policy.routing import SYSTEM_LOCAL, taken, to
from tests.unit.policy.routing import site as routed

FAR = "10.5.0.9"
Cases = list[tuple[dict[str, bool | str], bool, str]]


def through(address: str, *others: VirtualNetwork, space: str = "10.0.0.0/16", **more: Any) -> Cases:
    """Return the facts, whether packets go on, and the note, of a route to an appliance at some address."""
    a = subnet("v/a", "10.0.0.0/24", route_table="rt")
    fields: dict[str, Any] = {"states_peerings": True, **more}
    one = site(network("v", space, a, **fields), *others, table("rt", route("via", "20.60.0.0/24", address)))
    result = judge_route(a, to("20.60.0.1"), AddressBook(one))[0]
    return [
        ({fact.name: value for fact, value in case.when}, case.passes, case.decision.note)
        for part in result.parts
        for case in part.cases
        if case.decision is not None
    ]


def held(address: str) -> Cases:
    """Return the case of a route that leads to its appliance."""
    return [({}, True, f"next hop VirtualAppliance {address}")]


LOST: Cases = [({}, False, f"next hop None: no network within reach holds {FAR}")]


def other(name: str, *peerings: Any, space: str = "10.5.0.0/16") -> VirtualNetwork:
    """Return another network."""
    return network(name, space, peerings=peerings)


def test_an_appliance_in_the_networks_own_space_is_within_reach() -> None:
    """The next hop must be directly reachable; the first and the last address of the space are."""
    for address in ("10.0.0.9", "10.0.0.0", "10.0.255.255"):
        assert through(address) == held(address)
    assert through("10.1.0.0") == [({}, False, "next hop None: no network within reach holds 10.1.0.0")]


def test_an_appliance_that_no_network_within_reach_holds_drops_packets() -> None:
    """Network Watcher calls the next hop of such a route `None`; another network without peering does not help."""
    assert through(FAR) == through(FAR, other("far")) == LOST


def test_an_appliance_in_a_live_peer_is_within_reach() -> None:
    """Either the peer's own space or what the peering states holds it; a peering that is down does not lead there."""
    back = peering("back", "v")
    assert through(FAR, other("far", back), peerings=(peering("to-far", "far"),)) == held(FAR)
    stated = peering("to-far", "gone", remote_address_space=ranges("10.5.0.0/16"))
    assert through(FAR, peerings=(stated,)) == held(FAR)
    assert through("10.6.0.9", peerings=(stated,))[0][1] is False
    down = peering("to-far", "far", is_connected=False)
    assert through(FAR, other("far", back), peerings=(down,)) == LOST


@pytest.mark.parametrize(
    "more",
    [
        {"states_peerings": False},
        {"gateway_prefixes": ()},
        {"gateway_prefixes": ranges("192.168.0.0/16")},
        {"peerings": (peering("to-gone", "gone"),)},
        {"space": ""},
    ],
)
def test_where_there_may_be_more_within_reach_the_route_stands(more: dict[str, Any]) -> None:
    """Peerings that are not listed, a gateway, a peer or a network of unknown space: somebody may hold the address."""
    assert through(FAR, **more) == held(FAR)


def test_a_gateway_whose_routes_are_not_stated_may_lead_to_the_appliance() -> None:
    """Unless what it learned takes the packets itself, the route stands."""
    *learned, otherwise = through(FAR, has_gateway=True)
    assert otherwise == ({"gateway of v learned a route": False}, True, f"next hop VirtualAppliance {FAR}")
    assert {note for _, _, note in learned} == {"next hop VirtualNetworkGateway"}


def test_a_network_that_only_states_the_peering_itself_may_hold_the_appliance() -> None:
    """Where the missing half exists the route leads there, elsewhere it drops; a network that has not the address
    leaves nothing open."""
    fact = "peering of v with far"
    assert through(FAR, other("far", peering("back", "v"))) == [
        ({fact: True}, True, f"next hop VirtualAppliance {FAR}"),
        ({fact: False}, False, f"next hop None: no network within reach holds {FAR}"),
    ]
    assert through(FAR, other("far", peering("back", "v"), space="10.7.0.0/16")) == LOST


def test_a_route_that_is_not_known_waits_for_that_as_well() -> None:
    """It leads to the appliance where both the route and the peering are there."""
    a = subnet("v/a", "10.0.0.0/24", route_table="rt")
    odd = replace(route("via", "20.60.0.0/24", FAR), unknown="?")
    home = network("v", "10.0.0.0/16", a, states_peerings=True)
    one = site(home, other("far", peering("back", "v")), table("rt", odd))
    [part] = judge_route(a, to("20.60.0.1"), AddressBook(one))[0].parts
    there, peers = "route rt/via takes the packet", "peering of v with far"
    leading = [{f.name: v for f, v in case.when} for case in part.cases if case.decision and FAR in case.decision.note]
    assert leading == [{there: True, peers: True}, {there: True, peers: False}]


def test_a_network_whose_space_holds_a_reserved_prefix_has_no_route_to_nowhere() -> None:
    """Azure removes the route of the reserved prefix, longer as it is, and routes the whole space inside."""
    assert taken(routed(space=("100.0.0.0/8",)), "100.64.0.1") == [SYSTEM_LOCAL]
