"""Private endpoints as routes: in their network and its peers, before user routes unless their subnet obeys these."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.address import Unresolved
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import EndpointPolicies, Site, VirtualNetwork
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Way, judge_route
from tests.unit.networks import network, peering, private_endpoint, route, site, subnet, table
from tests.unit.policy.routing import to

OBEYING = (EndpointPolicies.ROUTES, EndpointPolicies.ENABLED)
IGNORING = (EndpointPolicies.DISABLED, EndpointPolicies.NSG)
SPACE = "10.0.0.0/16 fd00::/56"


def hub(
    policies: EndpointPolicies, *routes: Route, space: str = SPACE, addresses: str = "10.0.1.4", **more: Any
) -> Site:
    """Return a network with a routed subnet `a` and an endpoint in its subnet `pe`."""
    a = subnet("hub/a", "10.0.0.0/24", route_table="rt")
    pe = subnet("hub/pe", "10.0.1.0/24 fd00:0:0:1::/64", private_endpoint_policies=policies)
    home = network("hub", space, a, pe, **more)
    return site(home, table("rt", *routes), private_endpoint("blob", "HUB/PE", addresses))


def taken(one: Site, address: str = "10.0.1.4") -> list[tuple[str, bool]]:
    """Return which routes of a subnet may take packets to an address, and whether they let them pass."""
    first = one.virtual_networks[0].subnets[0]
    [part] = judge_route(first, to(address), AddressBook(one))[0].parts
    return [(case.decision.rule, case.passes) for case in part.cases if case.decision is not None]


ENDPOINT = [("private endpoint blob", True)]


def test_an_endpoint_has_a_route_of_its_own() -> None:
    """Its address alone is routed to it: packets stay in the network, by next hop InterfaceEndpoint."""
    one = hub(EndpointPolicies.DISABLED)
    first = one.virtual_networks[0].subnets[0]
    result, [onward] = judge_route(first, to("10.0.1.4"), AddressBook(one))
    [case] = result.parts[0].cases
    assert case.decision is not None
    assert (case.decision.note, case.decision.at) == ("next hop InterfaceEndpoint", "site.yaml:7:3")
    assert (onward.way, onward.branch.packets) == (Way.LOCAL, to("10.0.1.4"))
    assert taken(one) == ENDPOINT
    assert taken(one, "10.0.1.3") == taken(one, "10.0.1.5") == [("system route", True)]


def test_each_address_of_an_endpoint_is_routed_in_its_family() -> None:
    """An endpoint may have several addresses, of IPv6 too."""
    one = hub(EndpointPolicies.DISABLED, addresses="10.0.1.4 10.0.1.6 fd00:0:0:1::4")
    for address in ("10.0.1.4", "10.0.1.6", "fd00:0:0:1::4"):
        assert taken(one, address) == ENDPOINT
    assert taken(one, "10.0.1.5") == taken(one, "fd00:0:0:1::5") == [("system route", True)]


@pytest.mark.parametrize("policies", IGNORING)
@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.1.4/32"])
def test_user_routes_do_not_override_an_endpoint_that_does_not_obey_them(
    policies: EndpointPolicies, prefix: str
) -> None:
    """Where route tables are not enabled on its subnet, not even a route of its whole length wins."""
    assert taken(hub(policies, route("drop", prefix, NextHop.NONE))) == ENDPOINT


def test_a_user_route_of_unknown_prefixes_overrides_an_endpoint_only_where_that_obeys() -> None:
    """Whatever its prefix is, it does not win where route tables are not enabled; elsewhere it may be long enough."""
    odd = replace(route("Odd", "10.0.1.0/24", NextHop.NONE), prefix=Unresolved("Odd", "no such tag"))
    for policies in IGNORING:
        assert taken(hub(policies, odd)) == ENDPOINT
    for policies in OBEYING:
        assert taken(hub(policies, odd)) == [("Odd", False), *ENDPOINT]


@pytest.mark.parametrize("policies", OBEYING)
@pytest.mark.parametrize(
    ("prefix", "wins"),
    [("0.0.0.0/0", False), ("10.0.0.0/15", False), ("10.0.0.0/16", True), ("10.0.1.0/24", True), ("10.0.1.4/32", True)],
)
def test_user_routes_as_long_as_the_address_space_override_an_endpoint_that_obeys(
    policies: EndpointPolicies, prefix: str, wins: bool
) -> None:
    """The user route invalidates that of the endpoint where it is at least as long as the network's own prefix."""
    one = hub(policies, route("drop", prefix, NextHop.NONE))
    assert taken(one) == ([("drop", False)] if wins else ENDPOINT)


def test_the_prefix_of_the_space_is_the_one_that_holds_the_endpoint() -> None:
    """Of several prefixes of a network, the longest that holds the address counts, and none of the others."""
    drop = route("drop", "10.0.0.0/16", NextHop.NONE)
    obeys = EndpointPolicies.ENABLED
    assert taken(hub(obeys, drop, space="10.0.0.0/24 10.0.1.0/24")) == ENDPOINT
    assert taken(hub(obeys, drop, space="10.0.0.0/16 10.9.0.0/24")) == [("drop", False)]
    assert taken(hub(obeys, route("drop", "10.0.1.0/24", NextHop.NONE), space="10.0.0.0/24 10.0.1.0/24")) == [
        ("drop", False)
    ]


def test_of_ipv6_the_prefix_of_that_family_counts() -> None:
    """A network has a prefix of each family; a route is as long as one of its own."""
    obeys = EndpointPolicies.ENABLED
    address = "fd00:0:0:1::4"
    short = hub(obeys, route("drop", "fd00::/55", NextHop.NONE), addresses=address)
    same = hub(obeys, route("drop", "fd00::/56", NextHop.NONE), addresses=address)
    assert (taken(short, address), taken(same, address)) == (ENDPOINT, [("drop", False)])


def test_an_endpoint_that_obeys_goes_before_gateway_and_system_routes() -> None:
    """Only user-defined routes override it."""
    one = hub(EndpointPolicies.ENABLED, gateway_prefixes=())
    assert taken(one) == ENDPOINT


def peered(policies: EndpointPolicies, prefix: str, *, is_live: bool = True, states: bool = True) -> Site:
    """Return a spoke with a user route, peered with the hub that has the endpoint, and with nothing else."""
    to_hub = (peering("to-hub", "hub", is_connected=is_live),) if states else ()
    a = subnet("spoke/a", "10.1.0.0/24", route_table="rt")
    spoke = network("spoke", "10.1.0.0/16", a, peerings=to_hub)
    pe = subnet("hub/pe", "10.0.1.0/24", private_endpoint_policies=policies)
    home = network("hub", "10.0.0.0/16", pe, peerings=(peering("to-spoke", "spoke"),))
    return site(
        spoke, home, table("rt", route("drop", prefix, NextHop.NONE)), private_endpoint("blob", "hub/pe", "10.0.1.4")
    )


def test_an_endpoint_is_routed_in_peers_of_its_network() -> None:
    """The route is there in each network that peers with the endpoint's, by the policies of the endpoint's subnet."""
    assert taken(peered(EndpointPolicies.DISABLED, "10.0.1.4/32")) == ENDPOINT
    assert taken(peered(EndpointPolicies.NSG, "10.0.1.4/32")) == ENDPOINT
    assert taken(peered(EndpointPolicies.ENABLED, "10.0.0.0/15")) == ENDPOINT
    assert taken(peered(EndpointPolicies.ENABLED, "10.0.0.0/16")) == [("drop", False)]


def test_the_space_that_counts_in_a_peer_is_that_of_the_endpoints_network() -> None:
    """A route shorter than the client's own space may still be as long as that of the endpoint's network."""
    one = peered(EndpointPolicies.ENABLED, "10.0.0.0/20")
    small = replace(one.virtual_networks[0], address_space=one.virtual_networks[0].subnets[0].prefixes)
    assert taken(replace(one, virtual_networks=(small, one.virtual_networks[1]))) == [("drop", False)]


def test_without_a_live_peering_there_is_no_route_to_the_endpoint() -> None:
    """A peering that is down brings none; private space elsewhere is dropped."""
    assert taken(peered(EndpointPolicies.DISABLED, "10.9.0.0/16", is_live=False)) == [("system route", False)]


def test_a_peering_that_only_the_other_side_states_leaves_the_endpoint_open() -> None:
    """Where this side's half may exist without being in the site, so may the route; else the user route takes it."""
    one = peered(EndpointPolicies.DISABLED, "10.0.1.4/32", states=False)
    first = one.virtual_networks[0].subnets[0]
    [part] = judge_route(first, to("10.0.1.4"), AddressBook(one))[0].parts
    found = [({f.name: v for f, v in case.when}, case.decision.rule) for case in part.cases if case.decision]
    fact = "peering of spoke with hub"
    assert found == [({fact: True}, "private endpoint blob"), ({fact: False}, "drop")]


def test_the_peer_of_a_peer_has_no_route_to_the_endpoint() -> None:
    """Peering is not transitive, for endpoints neither."""
    one = peered(EndpointPolicies.DISABLED, "10.9.0.0/16")
    middle, end = one.virtual_networks
    far = network("far", "10.2.0.0/16", subnet("far/a", "10.2.0.0/24"), peerings=(peering("p", "spoke"),))
    between: VirtualNetwork = replace(middle, peerings=(*middle.peerings, peering("q", "far")))
    assert taken(replace(one, virtual_networks=(far, between, end))) == [("system route", False)]


def test_an_endpoint_without_address_or_subnet_has_no_route() -> None:
    """Where Azure chooses the address and no file states it, or the subnet is not in the site, nothing is claimed."""
    one = hub(EndpointPolicies.DISABLED, route("drop", "10.0.1.4/32", NextHop.NONE))
    [endpoint] = one.private_endpoints
    for other in (replace(endpoint, addresses=()), replace(endpoint, subnet="hub/gone")):
        assert taken(replace(one, private_endpoints=(other,))) == [("drop", False)]
