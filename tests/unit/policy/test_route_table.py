"""The route hop itself: which entry of a subnet's table takes a packet, and who leaves by it."""

from __future__ import annotations

import pytest

from netcheck.model.address import parse_prefix
from netcheck.model.rules import NextHop
from netcheck.model.site import Peering, Site, Subnet, VirtualNetwork
from netcheck.policy.branches import Branch
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Way, judge_route
from tests.unit.policy.routing import (
    PEER_PLACE,
    SUBNET_PLACE,
    SYSTEM_INTERNET,
    SYSTEM_LOCAL,
    SYSTEM_NONE,
    TAGS,
    Said,
    judged,
    onwards,
    prefix,
    reasons,
    route,
    said,
    site,
    taken,
    to,
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.0", SYSTEM_LOCAL),
        ("10.0.255.255", SYSTEM_LOCAL),
        ("10.1.0.0", SYSTEM_NONE),
        ("10.255.255.255", SYSTEM_NONE),
        ("11.0.0.0", SYSTEM_INTERNET),
        ("100.63.255.255", SYSTEM_INTERNET),
        ("100.64.0.0", SYSTEM_NONE),
        ("100.127.255.255", SYSTEM_NONE),
        ("100.128.0.0", SYSTEM_INTERNET),
        ("172.15.255.255", SYSTEM_INTERNET),
        ("172.16.0.0", SYSTEM_NONE),
        ("172.31.255.255", SYSTEM_NONE),
        ("172.32.0.0", SYSTEM_INTERNET),
        ("192.168.0.0", SYSTEM_NONE),
        ("192.169.0.0", SYSTEM_INTERNET),
        ("fd00::1", SYSTEM_LOCAL),
        ("2603:1030::1", SYSTEM_INTERNET),
    ],
)
def test_system_routes_have_the_documented_edges(address: str, expected: Said) -> None:
    """The network's space is local, the four reserved ranges go nowhere, the rest to the Internet, in both families."""
    assert taken(site(), address) == [expected]


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1", "224.0.0.1", "fe80::1"])
def test_what_is_not_public_does_not_arrive_by_the_internet_for_certain(address: str) -> None:
    """A next hop Internet for an address that nobody routes there leaves the answer open."""
    fact = "private destination behind system route arrives"
    assert taken(site(), address) == [({fact: value}, value, *SYSTEM_INTERNET[2:]) for value in (True, False)]
    reason = "route `system route` sends packets for private addresses to the Internet: what becomes of them is open"
    assert reasons(site(), address) == [(fact, "", reason, "None")]


def test_a_network_that_uses_a_reserved_range_owns_it() -> None:
    """Where a network's space is a reserved range, its route is the network's, not None."""
    assert taken(site(space=("10.0.0.0/8",)), "10.9.9.9") == [SYSTEM_LOCAL]


def test_platform_addresses_have_no_route_and_no_decision() -> None:
    """They pass without a deciding route, beside what the routes say about the rest."""
    one = site(route("none", "0.0.0.0/0", NextHop.NONE))
    result, leaving = judged(one, to("168.63.129.16", "169.254.169.254", "20.0.0.1"))
    first, second = result.parts
    assert first.packets == to("168.63.129.16", "169.254.169.254")
    assert [(case.when, case.decision) for case in first.cases] == [(frozenset(), None)]
    assert said(second) == [({}, False, "none", "site.yaml:9:3", "next hop None")]
    assert leaving == ()


def test_a_user_route_is_named_with_its_place() -> None:
    """The decision names the route as the user spelled it, and the line that states it."""
    assert taken(site(route("Out", "20.0.0.0/8", NextHop.INTERNET)), "20.0.0.1") == [
        ({}, True, "Out", "site.yaml:9:3", "next hop Internet")
    ]
    inside = site(route("Back", "10.9.0.0/16", NextHop.VNET_LOCAL), space=("10.9.0.0/16",))
    assert taken(inside, "10.9.0.1") == [({}, True, "Back", "site.yaml:9:3", "next hop VnetLocal")]


def test_a_route_that_keeps_foreign_addresses_in_the_network_is_open() -> None:
    """`VnetLocal` overrides routes within the network; what becomes of packets for elsewhere is not documented."""
    fact = "destination outside behind back arrives"
    for prefix_, address in (("10.9.0.0/16", "10.9.0.1"), ("20.0.0.0/8", "20.0.0.1")):
        one = site(route("Back", prefix_, NextHop.VNET_LOCAL))
        assert taken(one, address) == [
            ({fact: value}, value, "Back", "site.yaml:9:3", "next hop VnetLocal") for value in (True, False)
        ]


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("20.59.255.255", "wide"),
        ("20.60.0.0", "narrow"),
        ("20.60.0.128", "one"),
        ("20.60.0.129", "pair"),
        ("20.60.0.130", "four"),
        ("20.60.0.132", "narrow"),
        ("20.60.1.0", "wide"),
        ("fd00:0:0:100::1", "six"),
        ("fd00::1", "system route"),
    ],
)
def test_the_longest_prefix_takes_the_packet(address: str, rule: str) -> None:
    """From a single address to the whole space, each route takes what no longer one does."""
    one = site(
        route("wide", "0.0.0.0/0", NextHop.NONE),
        route("one", "20.60.0.128/32", NextHop.NONE),
        route("narrow", "20.60.0.0/24", NextHop.NONE),
        route("four", "20.60.0.128/30", NextHop.NONE),
        route("pair", "20.60.0.128/31", NextHop.NONE),
        route("six", "fd00::/48", NextHop.NONE),
    )
    assert [case[2] for case in taken(one, address)] == [rule]


def test_routes_to_an_appliance_lead_on_to_it() -> None:
    """The route lets packets go, to the address that it names; without one it is open what becomes of them."""
    one = site(
        route("a", "20.60.0.0/24", NextHop.VIRTUAL_APPLIANCE, "10.0.1.9"),
        route("b", "20.61.0.0/24", NextHop.VIRTUAL_APPLIANCE, "10.0.1.9"),
        route("c", "20.62.0.0/24", NextHop.VIRTUAL_APPLIANCE),
    )
    for name, address in (("a", "20.60.0.1"), ("b", "20.61.0.1")):
        assert taken(one, address) == [({}, True, name, "site.yaml:9:3", "next hop VirtualAppliance 10.0.1.9")]
        [onward] = onwards(one, to(address))
        assert (onward.way, onward.address, onward.route) == (Way.APPLIANCE, prefix("10.0.1.9/32"), name)
        assert onward.branch == Branch(to(address))
    [(unnamed, _, reason, _)] = reasons(one, "20.62.0.1")
    assert onwards(one, to("20.62.0.1")) == ()
    assert "route `c`" in reason
    assert "None" not in unnamed + reason


def test_a_route_to_the_gateway_leaves_the_model() -> None:
    """What the gateway does with the packets is open."""
    one = site(route("Home", "20.60.0.0/24", NextHop.VIRTUAL_NETWORK_GATEWAY))
    fact = "gateway behind home forwards"
    assert taken(one, "20.60.0.1") == [
        ({fact: value}, value, "Home", "site.yaml:9:3", "next hop VirtualNetworkGateway") for value in (True, False)
    ]
    reason = "route `Home` sends the packets to the virtual network gateway, where the model ends"
    assert reasons(one, "20.60.0.1") == [(fact, "", reason, "None")]


def test_a_user_route_to_the_internet_for_private_space_is_open() -> None:
    """A route that sends private addresses to the Internet has a fact of its own."""
    one = site(route("Pierce", "10.9.0.0/16", NextHop.INTERNET))
    fact = "private destination behind pierce arrives"
    assert taken(one, "10.9.0.1") == [
        ({fact: value}, value, "Pierce", "site.yaml:9:3", "next hop Internet") for value in (True, False)
    ]


# Who leaves by next hop Internet


def test_who_leaves_for_the_internet_is_listed_with_the_worlds() -> None:
    """Public packets with next hop Internet leave; under an open route they leave in the worlds without it."""
    one = site(route("Mystery", "Contoso", NextHop.NONE), route("drop", "20.61.0.0/16", NextHop.NONE))
    result, leaving = judged(one, to("20.60.0.1"))
    [(leaves, stays)] = [(one.when, one.unless) for one in leaving]
    assert leaving[0].packets == to("20.60.0.1")
    assert [[(fact.name, value) for fact, value in world] for world in leaves] == [
        [("route rt/mystery takes the packet", False)]
    ]
    assert [[(fact.name, value) for fact, value in world] for world in stays] == [
        [("route rt/mystery takes the packet", True)]
    ]
    assert judged(one, to("20.61.0.1"))[1] == ()
    assert len(result.parts) == 1


def test_packets_to_private_addresses_do_not_leave() -> None:
    """They may have next hop Internet and still find nobody there: egress is not asked about them."""
    one = site(route("Pierce", "10.9.0.0/16", NextHop.INTERNET))
    asked = to("10.9.0.1", "20.60.0.1", "2603:1030::1", "10.0.0.9")
    result, leaving = judged(one, asked)
    assert {(one.when, one.unless) for one in leaving} == {((frozenset(),), ())}
    assert [one.packets for one in leaving] == [to("20.60.0.1", "2603:1030::1")]
    assert {case[2] for part in result.parts for case in said(part)} == {"Pierce", "system route"}


def test_a_subnet_of_no_known_network_has_the_default_routes_only() -> None:
    """Without its network nothing is local, and nothing is learned."""
    subnet = Subnet(name="A", virtual_network="V", prefixes=(), at=SUBNET_PLACE)
    result, _ = judge_route(subnet, to("10.0.0.9"), AddressBook(Site(file="site.yaml")))
    assert [said(part) for part in result.parts] == [[SYSTEM_NONE]]


def spoke(*space: str) -> VirtualNetwork:
    """Return a network that peers with ours, which states no peering back."""
    back = Peering(name="back", remote_virtual_network="V", at=PEER_PLACE)
    prefixes = tuple(parse_prefix(text)[0] for text in space)
    return VirtualNetwork(name="Spoke", address_space=prefixes, subnets=(), at=PEER_PLACE, peerings=(back,))


@pytest.mark.parametrize("prefix", ["10.1.0.0/16", "10.1.0.0/24"])
def test_a_user_route_as_long_as_a_one_sided_peering_or_longer_wins_in_every_world(prefix: str) -> None:
    """Longest prefix, then user-defined before system: whether the peering exists does not matter."""
    one = site(route("drop", prefix, NextHop.NONE), others=(spoke("10.1.0.0/16"),))
    assert {(case[1], case[2]) for case in taken(one, "10.1.0.5")} == {(False, "drop")}


@pytest.mark.parametrize("learned", [None, ("10.1.0.0/24",)])
def test_a_gateway_takes_a_peers_addresses_only_where_the_peering_is_not_there(learned: tuple[str, ...] | None) -> None:
    """A peering goes before even more specific learned routes; of one that the other side states, in some worlds."""
    prefixes = None if learned is None else tuple(parse_prefix(text)[0] for text in learned)
    one = site(others=(spoke("10.1.0.0/16"),), has_gateway=True, gateway_prefixes=prefixes)
    taking = {(case[0]["peering of v with spoke"], case[2]) for case in taken(one, "10.1.0.5")}
    expected = {(True, "peering with Spoke"), (False, "gateway route")}
    assert taking == (expected if learned else {*expected, (False, "system route")})


def test_a_user_route_as_long_as_the_prefix_of_a_service_endpoint_does_not_win() -> None:
    """A service endpoint overrides user routes for its prefix; only a more specific one is not documented."""
    one = site(route("same", "20.60.0.0/24", NextHop.NONE), endpoints=("Microsoft.Storage",), tags=TAGS)
    assert {(case[1], case[2]) for case in taken(one, "20.60.0.5")} == {(True, "service endpoint Microsoft.Storage")}
