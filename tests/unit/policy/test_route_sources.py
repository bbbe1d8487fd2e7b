"""What else fills a subnet's table: peerings, gateways, service endpoints, routes for service tags."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.rules import NextHop
from netcheck.model.site import Peering, VirtualNetwork
from netcheck.policy.routes import Way
from tests.unit.policy.routing import (
    NETWORK_PLACE,
    PEER_PLACE,
    SYSTEM_INTERNET,
    SYSTEM_LOCAL,
    SYSTEM_NONE,
    TAGS,
    Said,
    onwards,
    prefix,
    reasons,
    route,
    site,
    taken,
    to,
)

# Peerings


def peer(name: str, *space: str, back: bool | None = True) -> VirtualNetwork:
    """Return another network; `back`: its peering with `V` is connected, is not, or (None) is not stated."""
    peerings = () if back is None else (peering("back", "V", is_connected=back),)
    return VirtualNetwork(
        name=name, address_space=tuple(prefix(p) for p in space), subnets=(), at=PEER_PLACE, peerings=peerings
    )


def peering(name: str, remote: str, **more: Any) -> Peering:
    return Peering(name=name, remote_virtual_network=remote, at=NETWORK_PLACE, **more)


SPOKE = peer("Spoke", "10.1.0.0/16", "fd01::/56")


@pytest.mark.parametrize("address", ["10.1.0.1", "fd01::1"])
@pytest.mark.parametrize("access", [True, False])
def test_a_live_peering_has_routes_for_the_peers_space(address: str, access: bool) -> None:
    """Each family of the peer's space is routed; switching virtual network access off changes a tag and no route."""
    one = site(others=(SPOKE,), peerings=(peering("to-spoke", "Spoke", allows_virtual_network_access=access),))
    assert taken(one, address) == [({}, True, "peering to-spoke", "", "next hop VNetPeering")]
    assert taken(one, "10.2.0.1") == [SYSTEM_NONE]


def test_a_peer_that_uses_a_reserved_range_owns_it() -> None:
    """Where a peer's space is a reserved range, its packets go to the peer, not nowhere."""
    one = site(others=(peer("Spoke", "192.168.0.0/16"),), peerings=(peering("to-spoke", "Spoke"),))
    assert [case[2] for case in taken(one, "192.168.0.1")] == ["peering to-spoke"]


def test_a_peering_that_is_down_has_no_route() -> None:
    """Where one side is not connected the peer's space is private space like any other."""
    down = site(others=(SPOKE,), peerings=(peering("to-spoke", "Spoke", is_connected=False),))
    other_side = site(others=(peer("Spoke", "10.1.0.0/16", back=False),), peerings=(peering("to-spoke", "Spoke"),))
    assert taken(down, "10.1.0.1") == taken(other_side, "10.1.0.1") == [SYSTEM_NONE]


def test_peering_is_not_transitive() -> None:
    """The peer of a peer has no route."""
    third = VirtualNetwork(name="third", address_space=(prefix("10.2.0.0/16"),), subnets=(), at=PEER_PLACE)
    hub = VirtualNetwork(
        name="Spoke",
        address_space=(prefix("10.1.0.0/16"),),
        subnets=(),
        at=PEER_PLACE,
        peerings=(peering("back", "V"), peering("on", "third")),
    )
    assert taken(site(others=(hub, third), peerings=(peering("p", "Spoke"),)), "10.2.0.1") == [SYSTEM_NONE]


@pytest.mark.parametrize(("address", "otherwise"), [("10.1.0.1", SYSTEM_NONE), ("20.1.0.1", SYSTEM_INTERNET)])
def test_a_peering_that_the_other_side_alone_states_is_open(address: str, otherwise: Said) -> None:
    """This side of it may exist without being in the site: the peering's route takes the packet, or the next one."""
    one = site(others=(peer("Spoke", "10.1.0.0/16", "20.1.0.0/16"),))
    fact = "peering of v with spoke"
    assert taken(one, address) == [
        ({fact: True}, True, "peering with Spoke", "", "next hop VNetPeering"),
        ({fact: False}, *otherwise[1:]),
    ]
    reason = "`Spoke` at site.yaml:20:5 states a peering with `V`, which states none back"
    assert reasons(one, address) == [(fact, "", reason, "site.yaml:20:5")]


def test_a_one_sided_peering_routes_each_family_by_its_own_prefixes() -> None:
    """An IPv6 prefix of the other network says nothing about IPv4."""
    one = site(others=(peer("Spoke", "fd01::/56"),))
    assert taken(one, "10.1.0.1") == [SYSTEM_NONE]
    assert [case[2] for case in taken(one, "fd01::1")] == ["peering with Spoke", "system route", "system route"]


# Gateways


def test_a_learned_route_takes_its_prefix_before_the_system_route() -> None:
    """On a tie of lengths a learned route goes before a system route; what lies outside it is not touched."""
    one = site(has_gateway=True, gateway_prefixes=(prefix("192.168.0.0/16"), prefix("fd77::/32")))
    fact = "gateway behind gateway route forwards"
    expected: list[Said] = [
        ({fact: value}, value, "gateway route", "", "next hop VirtualNetworkGateway") for value in (True, False)
    ]
    assert taken(one, "192.168.0.1") == taken(one, "fd77::1") == expected
    assert taken(one, "192.169.0.1") == [SYSTEM_INTERNET]
    assert taken(one, "2603:1030::1") == [SYSTEM_INTERNET]


def test_a_learned_route_inside_network_or_peer_is_not_used() -> None:
    """System routes of the network and of its peerings go before even more specific learned ones, in both families."""
    learned = ("10.0.1.0/24", "10.1.1.0/24", "fd00::/64", "fd01::/64", "10.0.0.0/8")
    one = site(
        others=(SPOKE,),
        peerings=(peering("to-spoke", "Spoke"),),
        has_gateway=True,
        gateway_prefixes=tuple(prefix(p) for p in learned),
    )
    assert taken(one, "10.0.1.1") == taken(one, "fd00::1") == [SYSTEM_LOCAL]
    assert [case[2] for case in taken(one, "10.1.1.1")] == ["peering to-spoke"]
    assert [case[2] for case in taken(one, "fd01::1")] == ["peering to-spoke"]
    assert [case[2] for case in taken(one, "10.2.0.1")] == ["gateway route"] * 2


def test_a_learned_route_inside_a_service_endpoint_is_not_used() -> None:
    """The endpoint's route goes before learned ones, however specific they are."""
    one = site(
        endpoints=("Microsoft.Storage",), tags=TAGS, has_gateway=True, gateway_prefixes=(prefix("20.60.0.0/28"),)
    )
    assert [case[2] for case in taken(one, "20.60.0.1")] == ["service endpoint Microsoft.Storage"]


@pytest.mark.parametrize("address", ["20.60.0.1", "2603:1030::1"])
def test_a_gateway_whose_routes_are_not_given_may_have_learned_any(address: str) -> None:
    """Outside the network's own space and its peers' every packet may go into the gateway; the reason helps out."""
    one = site(others=(SPOKE,), peerings=(peering("to-spoke", "Spoke"),), has_gateway=True, endpoints=())
    fact, beyond = "gateway of v learned a route", "gateway behind gateway route forwards"
    assert taken(one, address) == [
        ({fact: True, beyond: True}, True, "gateway route", "site.yaml:3:5", "next hop VirtualNetworkGateway"),
        ({fact: True, beyond: False}, False, "gateway route", "site.yaml:3:5", "next hop VirtualNetworkGateway"),
        ({fact: False}, *SYSTEM_INTERNET[1:]),
    ]
    reason = (
        "virtual network `V` has a gateway, and the site does not say which routes it learned; give them as "
        "`gatewayPrefixes: [...]`, empty for none"
    )
    assert (fact, "", reason, "site.yaml:3:5") in reasons(one, address)
    assert taken(one, "10.0.0.9") == taken(one, "fd00::9") == [SYSTEM_LOCAL]
    assert [case[2] for case in taken(one, "10.1.0.1")] == ["peering to-spoke"]
    assert [case[2] for case in taken(one, "fd01::1")] == ["peering to-spoke"]


def test_a_gateway_that_learned_nothing_has_no_routes() -> None:
    """An empty list of prefixes is an answer, and so is the absence of a gateway."""
    assert taken(site(has_gateway=True, gateway_prefixes=()), "20.60.0.1") == [SYSTEM_INTERNET]
    assert taken(site(has_gateway=False), "20.60.0.1") == [SYSTEM_INTERNET]


# Service endpoints and service tags


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("Microsoft.Storage", "Storage"),
        ("Microsoft.Storage.Global", "Storage"),
        ("microsoft.sql", "Sql"),
        ("Microsoft.KeyVault", "AzureKeyVault"),
        ("Microsoft.AzureCosmosDB", "AzureCosmosDB"),
        ("Microsoft.ServiceBus", "ServiceBus"),
        ("Microsoft.EventHub", "EventHub"),
        ("Microsoft.Web", "AppService"),
        ("Microsoft.ContainerRegistry", "AzureContainerRegistry"),
        ("Microsoft.AzureActiveDirectory", "AzureActiveDirectory"),
    ],
)
def test_a_service_endpoint_takes_the_addresses_of_its_tag(service: str, name: str) -> None:
    """Each service has a tag whose addresses, in each family, the endpoint's route takes before any user route."""
    drop4, drop6 = route("drop", "20.60.0.0/16", NextHop.NONE), route("drop6", "::/0", NextHop.NONE)
    one = site(drop4, drop6, endpoints=(service,), tags={name: TAGS["Storage"]})
    expected: Said = (
        *({}, True, f"service endpoint {service}", "site.yaml:5:7"),
        "next hop VirtualNetworkServiceEndpoint",
    )
    assert taken(one, "20.60.0.1") == taken(one, "2603:1030:1::1") == [expected]
    assert [case[2] for case in taken(one, "20.60.1.1")] == ["drop"]


@pytest.mark.parametrize(
    ("service", "tags", "why"),
    [
        ("Microsoft.Storage", {}, "unknown service tag `Storage`: not in tags.json"),
        ("Microsoft.Storage", None, "unknown service tag `Storage`: no service-tag file was given"),
        ("Microsoft.New", TAGS, "its addresses are not known"),
    ],
)
def test_a_service_endpoint_of_unknown_addresses_may_take_any(
    service: str, tags: dict[str, tuple[str, ...]] | None, why: str
) -> None:
    """Where the tag is not in the file, or the service has none, the endpoint takes the packet or the next route."""
    one = site(endpoints=(service,), tags=tags)
    fact = f"service endpoint {service.lower()} takes the packet"
    name = f"service endpoint {service}"
    for address in ("20.60.0.1", "2603:1030:1::1"):
        assert taken(one, address) == [
            ({fact: True}, True, name, "site.yaml:5:7", "next hop VirtualNetworkServiceEndpoint"),
            ({fact: False}, *SYSTEM_INTERNET[1:]),
        ]
        assert reasons(one, address) == [(fact, "", f"{name} of V/A: {why}", "site.yaml:5:7")]


def test_a_service_endpoint_policy_lets_only_listed_accounts_through() -> None:
    """Which accounts these are is not in the site: open, and the policies are named; other routes do not wait."""
    plain = site(endpoints=("Microsoft.Storage",), tags=TAGS)
    home = plain.virtual_networks[0]
    guarded = replace(home.subnets[0], service_endpoint_policies=("Only", "Ours"))
    one = replace(plain, virtual_networks=(replace(home, subnets=(guarded,)),))
    fact = "service endpoint policy of v/a"
    hop = ("service endpoint Microsoft.Storage", "site.yaml:5:7", "next hop VirtualNetworkServiceEndpoint")
    assert taken(one, "20.60.0.1") == [({fact: True}, True, *hop), ({fact: False}, False, *hop)]
    reason = "service endpoint policy `Only`, `Ours` of V/A lets only listed accounts through"
    assert reasons(one, "20.60.0.1") == [(fact, "", reason, "site.yaml:5:7")]
    assert taken(one, "20.70.0.1") == [SYSTEM_INTERNET]


def test_what_is_dropped_in_some_worlds_goes_on_in_the_others_only() -> None:
    """A route that may drop packets of the network: where it does not, they stay inside; that is the one way on."""
    one = site(route("Mystery", "Contoso", NextHop.NONE))
    [onward] = onwards(one, to("10.0.0.9"))
    assert (onward.way, onward.branch.is_certain) == (Way.LOCAL, False)
    certain = site(route("drop", "10.0.0.0/16", NextHop.NONE))
    assert [(way.way, way.branch.is_certain) for way in onwards(certain, to("10.0.0.9"))] == [(Way.DROPPED, True)]


def test_a_second_endpoint_is_not_hidden_by_the_first() -> None:
    """Every endpoint of a subnet has its route, whether the one before is known or not."""
    tags: dict[str, tuple[str, ...]] = {"Storage": ("20.60.0.0/24",), "Sql": ("20.70.0.0/24",)}
    one = site(endpoints=("Microsoft.Storage", "Microsoft.Sql"), tags=tags)
    assert [case[2] for case in taken(one, "20.60.0.1")] == ["service endpoint Microsoft.Storage"]
    assert [case[2] for case in taken(one, "20.70.0.1")] == ["service endpoint Microsoft.Sql"]


def test_a_longer_user_route_inside_an_endpoint_is_open() -> None:
    """That a user route more specific than the endpoint's prefix wins is not documented: it does, or the endpoint."""
    one = site(route("Pick", "20.60.0.0/28", NextHop.NONE), endpoints=("Microsoft.Storage",), tags=TAGS)
    fact = "route rt/pick overrides the service endpoint"
    assert taken(one, "20.60.0.1") == [
        ({fact: True}, False, "Pick", "site.yaml:9:3", "next hop None"),
        (
            *({fact: False}, True, "service endpoint Microsoft.Storage", "site.yaml:5:7"),
            "next hop VirtualNetworkServiceEndpoint",
        ),
    ]
    reason = "whether route `Pick` at site.yaml:9:3 overrides the more general service endpoint is not documented"
    assert reasons(one, "20.60.0.1") == [(fact, "", reason, "site.yaml:9:3")]
    assert [case[2] for case in taken(one, "20.60.0.16")] == ["service endpoint Microsoft.Storage"]


def test_an_appliance_may_stand_behind_a_route_inside_an_endpoint() -> None:
    """If the route wins, the packet goes on to the appliance that the route names, and in no other world."""
    pick = route("Pick", "20.60.0.0/28", NextHop.VIRTUAL_APPLIANCE, "10.0.1.9")
    one = site(pick, endpoints=("Microsoft.Storage",), tags=TAGS)
    wins = "route rt/pick overrides the service endpoint"
    assert [(case[0], case[4]) for case in taken(one, "20.60.0.1")] == [
        ({wins: True}, "next hop VirtualAppliance 10.0.1.9"),
        ({wins: False}, "next hop VirtualNetworkServiceEndpoint"),
    ]
    [onward] = onwards(one, to("20.60.0.1"))
    assert (onward.way, onward.address, onward.route) == (Way.APPLIANCE, prefix("10.0.1.9/32"), "Pick")
    assert [[(fact.name, value) for fact, value in world] for world in onward.branch.when] == [[(wins, True)]]
    assert [[(fact.name, value) for fact, value in world] for world in onward.branch.unless] == [[(wins, False)]]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_two_routes_inside_an_endpoint_the_written_prefix_goes_first(is_reversed: bool) -> None:
    """If both override the endpoint, the tie between them is settled as anywhere: the prefix before the tag."""
    routes = [route("written", "20.60.0.0/28", NextHop.INTERNET), route("tagged", "Part", NextHop.NONE)]
    tags = {**TAGS, "Part": ("20.60.0.0/28",)}
    one = site(*(reversed(routes) if is_reversed else routes), endpoints=("Microsoft.Storage",), tags=tags)
    both = {f"route rt/{name} overrides the service endpoint" for name in ("written", "tagged")}
    agreeing = [case[2] for case in taken(one, "20.60.0.1") if all(case[0].get(fact, True) for fact in both)]
    assert agreeing == ["written"]


def test_a_route_for_an_unknown_tag_and_an_unknown_gateway_are_both_possible() -> None:
    """Either may take the packet, or neither: then it goes by the system route."""
    one = site(route("Mystery", "Contoso", NextHop.NONE), has_gateway=True)
    assert {case[2] for case in taken(one, "20.60.0.1")} == {"Mystery", "gateway route", "system route"}


def test_a_route_for_a_tag_has_the_prefixes_of_its_tag() -> None:
    """A tag route takes each of its prefixes, in both families, with the route's own name and place."""
    one = site(route("Tagged", "Storage", NextHop.NONE), tags=TAGS)
    assert taken(one, "20.60.0.1") == taken(one, "2603:1030:1::1")
    assert taken(one, "20.60.0.1") == [({}, False, "Tagged", "site.yaml:9:3", "next hop None")]
    assert taken(one, "20.60.1.0") == [SYSTEM_INTERNET]
    longer = site(route("Tagged", "Storage", NextHop.NONE), route("w", "20.60.0.0/23", NextHop.INTERNET), tags=TAGS)
    assert [case[2] for case in taken(longer, "20.60.0.1")] == ["Tagged"]


ORDER = ("20.60.0.0/24", "Storage.WestUS", "Storage", "AzureCloud.westus", "AzureCloud")


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_on_a_tie_the_prefix_goes_before_the_tag_and_the_region_before_the_whole(first: int) -> None:
    """Explicit prefix, regional tag, tag, `AzureCloud.<region>`, `AzureCloud`: whatever their order in the table."""
    routes = [route(name, name, NextHop.NONE) for name in reversed(ORDER[first:])]
    assert [case[2] for case in taken(site(*routes, tags=TAGS), "20.60.0.1")] == [ORDER[first]]
    assert [case[2] for case in taken(site(*reversed(routes), tags=TAGS), "20.60.0.1")] == [ORDER[first]]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "unknown service tag `Contoso`: not in tags.json"),
        (None, "unknown service tag `Contoso`: no service-tag file was given"),
    ],
)
def test_a_route_for_an_unknown_tag_may_take_any_packet(tags: dict[str, tuple[str, ...]] | None, why: str) -> None:
    """The route takes the packet, or the next one does, in both families; an appliance behind it is named."""
    one = site(route("Mystery", "Contoso", NextHop.VIRTUAL_APPLIANCE, "10.0.1.9"), tags=tags)
    fact = "route rt/mystery takes the packet"
    for address in ("20.60.0.1", "2603:1030::1"):
        assert taken(one, address) == [
            ({fact: True}, True, "Mystery", "site.yaml:9:3", "next hop VirtualAppliance 10.0.1.9"),
            ({fact: False}, *SYSTEM_INTERNET[1:]),
        ]
        assert (fact, "", f"route `Mystery` at site.yaml:9:3: {why}", "site.yaml:9:3") in reasons(one, address)


def test_what_may_take_any_packet_goes_before_longer_routes() -> None:
    """A service endpoint or a user route of unknown prefixes may have one that is longer than any other."""
    narrow = route("narrow", "20.60.0.0/28", NextHop.NONE)
    endpoint = site(narrow, endpoints=("Microsoft.New",), tags=TAGS)
    fact = "service endpoint microsoft.new takes the packet"
    assert [(case[0], case[2]) for case in taken(endpoint, "20.60.0.1")] == [
        ({fact: True}, "service endpoint Microsoft.New"),
        ({fact: False}, "narrow"),
    ]
    fact = "route rt/mystery takes the packet"
    unknown = site(narrow, route("Mystery", "Contoso", NextHop.INTERNET))
    assert [(case[0], case[2]) for case in taken(unknown, "20.60.0.1")] == [
        ({fact: True}, "Mystery"),
        ({fact: False}, "narrow"),
    ]


def test_a_route_that_is_not_known_does_not_invalidate_one_of_the_same_prefix() -> None:
    """It wins the tie only if it is there: else the route for the tag takes the packet."""
    odd = replace(route("Odd", "20.60.0.0/24", NextHop.NONE), unknown="its next hop is a parameter")
    one = site(odd, route("tag", "Storage.WestUS", NextHop.INTERNET), tags=TAGS)
    fact = "route rt/odd takes the packet"
    assert [(case[0], case[2]) for case in taken(one, "20.60.0.1")] == [({fact: True}, "Odd"), ({fact: False}, "tag")]
    [found] = reasons(one, "20.60.0.1")
    assert found == (fact, "", "route `Odd` at site.yaml:9:3: its next hop is a parameter", "site.yaml:9:3")


def test_why_a_route_is_not_known_is_told_before_why_its_prefix_is_not() -> None:
    """The route's own reason says more than that a tag is not in the file."""
    odd = replace(route("Odd", "Contoso", NextHop.NONE), unknown="it is a parameter")
    assert [found[2] for found in reasons(site(odd), "20.60.0.1")] == [
        "route `Odd` at site.yaml:9:3: it is a parameter"
    ]


def test_a_route_inside_an_endpoint_that_is_not_known_needs_both() -> None:
    """It takes the packet where it is there and overrides the endpoint; in any other case the endpoint does."""
    odd = replace(route("Odd", "20.60.0.0/28", NextHop.NONE), unknown="?")
    one = site(odd, endpoints=("Microsoft.Storage",), tags=TAGS)
    there, wins = "route rt/odd takes the packet", "route rt/odd overrides the service endpoint"
    found = taken(one, "20.60.0.1")
    assert [case[0] for case in found if case[2] == "Odd"] == [{there: True, wins: True}]
    assert {case[2] for case in found} == {"Odd", "service endpoint Microsoft.Storage"}


@pytest.mark.parametrize("address", ["25.33.80.0", "25.33.95.255", "25.41.3.0", "25.41.3.127"])
def test_what_azure_was_seen_to_drop_is_open(address: str) -> None:
    """Its own tables of 2020 drop these prefixes, which is not documented; their neighbours go to the Internet."""
    *_, otherwise = taken(site(), address)
    assert {case[1] for case in taken(site(), address)} == {True, False}
    assert otherwise[1:] == SYSTEM_INTERNET[1:]
    for beside in ("25.33.79.255", "25.33.96.0", "25.41.2.255", "25.41.3.128"):
        assert taken(site(), beside) == [SYSTEM_INTERNET]


def test_a_route_of_unknown_prefixes_that_keeps_packets_inside_is_a_users() -> None:
    """For addresses outside of the network that is open, where it takes the packet at all."""
    one = site(route("Local", "Contoso", NextHop.VNET_LOCAL))
    takes, arrives = "route rt/local takes the packet", "destination outside behind local arrives"
    assert [(case[0], case[1]) for case in taken(one, "20.60.0.1")] == [
        ({takes: True, arrives: True}, True),
        ({takes: True, arrives: False}, False),
        ({takes: False}, True),
    ]
