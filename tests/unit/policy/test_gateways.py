"""What virtual network gateways taught a network: its own, or that of a peer which lends it."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.model.rules import NextHop
from netcheck.model.site import Site
from netcheck.policy.gateways import Learned, learned_routes
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routetable import route_table
from tests.unit.networks import HERE, network, peering, ranges, site, subnet, table

HOME = ranges("192.168.0.0/16")
OTHER = ranges("172.20.0.0/16")
BORROWS, LENDS = {"uses_remote_gateways": True}, {"allows_gateway_transit": True}


def spoke(here: dict[str, Any], there: dict[str, Any] | None, **hub: Any) -> Site:
    """Return a spoke and its hub, with what each side says of the peering; None: the hub states no peering."""
    back = () if there is None else (peering("to-spoke", "SPOKE", **there),)
    return site(
        network("spoke", "10.1.0.0/16", peerings=(peering("to-hub", "hub", **here),)),
        network("hub", "10.0.0.0/16", peerings=back, **hub),
    )


def learned(one: Site) -> list[Learned]:
    """Return what gateways taught the first network."""
    return list(learned_routes(one, one.virtual_networks[0]))


def missing(one: Site) -> tuple[str, str]:
    """Return the fact that the site lacks, and what people are told about it; no prefix is claimed with it."""
    [found] = learned(one)
    assert found.fact is not None
    assert found.prefixes == ()
    return found.fact.name, found.fact.reason


def test_an_own_gateway_taught_what_the_site_says() -> None:
    """`gatewayPrefixes` are what it learned; that the list is given is enough, empty means none."""
    for more in ({"has_gateway": True}, {}):
        given = site(network("hub", "10.0.0.0/16", gateway_prefixes=HOME, **more))
        assert learned(given) == [Learned(HOME, HERE)]
        assert learned(site(network("hub", "10.0.0.0/16", gateway_prefixes=(), **more))) == [Learned((), HERE)]


def test_an_own_gateway_whose_routes_are_not_stated_is_a_fact() -> None:
    """A gateway learned something that no file says; the answer names the network and the key to give."""
    name, reason = missing(site(network("Hub", "10.0.0.0/16", has_gateway=True)))
    assert name == "gateway of hub learned a route"
    assert reason == (
        "virtual network `Hub` has a gateway, and the site does not say which routes it learned; "
        "give them as `gatewayPrefixes: [...]`, empty for none"
    )


def test_a_network_without_gateway_learned_nothing() -> None:
    """Neither a network alone nor one whose peer has a gateway of its own, which is not lent."""
    assert learned(site(network("hub", "10.0.0.0/16"))) == []
    assert learned(spoke({}, {}, gateway_prefixes=HOME, has_gateway=True)) == []


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (BORROWS, LENDS, [Learned(HOME, HERE)]),
        (BORROWS, {}, []),
        ({}, LENDS, []),
        (LENDS, BORROWS, []),
        ({**BORROWS, "is_connected": False}, LENDS, []),
        (BORROWS, {**LENDS, "is_connected": False}, []),
    ],
)
def test_a_gateway_is_borrowed_where_both_sides_say_so(
    here: dict[str, Any], there: dict[str, Any], expected: list[Learned]
) -> None:
    """`useRemoteGateways` on this side and `allowGatewayTransit` on the other, of a peering that is connected."""
    assert learned(spoke(here, there, gateway_prefixes=HOME)) == expected


def test_what_a_borrowed_gateway_learned_may_not_be_stated() -> None:
    """A network that lends a gateway has one; without `gatewayPrefixes` of the hub it may have learned anything."""
    for more in ({}, {"has_gateway": True}):
        name, reason = missing(spoke(BORROWS, LENDS, **more))
        assert name == "gateway of spoke learned a route"
        assert reason == (
            "virtual network `spoke` uses the gateway of `hub`, and the site does not say which routes it learned; "
            "give them as `gatewayPrefixes: [...]` of `hub`, empty for none"
        )
    assert learned(spoke(BORROWS, LENDS, gateway_prefixes=())) == [Learned((), HERE)]


def test_the_other_side_of_a_borrowed_gateway_may_not_be_in_the_site() -> None:
    """Whether it lends its gateway, and what that learned, is then not known: the peer is missing, or its half is."""
    no_peer = site(network("spoke", "10.1.0.0/16", peerings=(peering("to-hub", "hub", **BORROWS),)))
    no_half = spoke(BORROWS, None, gateway_prefixes=HOME)
    reason = (
        "virtual network `spoke` uses the gateway behind peering `to-hub` at site.yaml:7:3, "
        "and the other side of it is not in the site"
    )
    for one in (no_peer, no_half):
        assert missing(one) == ("gateway of spoke learned a route", reason)


def test_what_the_owner_of_a_lent_gateway_learned_is_its_own() -> None:
    """The hub has its own routes, and none that the spoke would teach it."""
    one = spoke(BORROWS, LENDS, gateway_prefixes=HOME)
    assert list(learned_routes(one, one.virtual_networks[1])) == [Learned(HOME, HERE)]


def test_own_and_borrowed_routes_stand_side_by_side() -> None:
    """Azure forbids both at once; a site that says so has the routes of both, none dropped in silence."""
    here = network("spoke", "10.1.0.0/16", gateway_prefixes=OTHER, peerings=(peering("to-hub", "hub", **BORROWS),))
    hub = network("hub", "10.0.0.0/16", gateway_prefixes=HOME, peerings=(peering("back", "spoke", **LENDS),))
    assert learned(site(here, hub)) == [Learned(OTHER, HERE), Learned(HOME, HERE)]


def gateway_routes(disables: bool, **more: Any) -> list[tuple[str, bool]]:
    """Return the prefix length and certainty of the gateway routes of a subnet with a route table."""
    a = subnet("hub/a", "10.0.0.0/24", route_table="RT")
    one = site(network("hub", "10.0.0.0/16", a, **more), table("rt", disables_gateway_routes=disables))
    entries = route_table(a, None, AddressBook(one))
    gateway = [e for e in entries if e.next_hop is NextHop.VIRTUAL_NETWORK_GATEWAY and e.family == 4]
    return [(e.name, not e.facts) for e in gateway]


def test_a_route_table_may_keep_gateway_routes_out_of_its_subnets() -> None:
    """`disableBgpRoutePropagation`: neither the routes that are given nor those that are not known are there."""
    given: dict[str, Any] = {"gateway_prefixes": HOME}
    assert gateway_routes(False, **given) == [("gateway route", True)]
    assert gateway_routes(False, has_gateway=True) == [("gateway route", False)]
    assert gateway_routes(True, **given) == gateway_routes(True, has_gateway=True) == []
