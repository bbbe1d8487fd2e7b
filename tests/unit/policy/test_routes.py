"""Routes: longest prefix, user-defined before learned before system, tag routes, next hops, service endpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.model.site import Site
from tests.property.strategies import tag
from tests.unit.sources.sites import load, write_tags

TEXT = """\
netcheck: 1
serviceTags: ServiceTags_Public.json
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/16]
GATEWAY
    subnets:
      - {name: a, addressPrefix: 10.0.0.0/24, routeTable: TABLE, defaultOutboundAccess: OUT, serviceEndpoints: SERVICES}
      - {name: b, addressPrefix: 10.0.1.0/24, defaultOutboundAccess: true}
GATEWAY_SUBNET
routeTables:
  - {name: rt, routes: [ROUTES]}
virtualMachines:
  - {name: app, hostFirewall: none, networkInterfaces: [{name: n1, subnet: v/a, privateIPAddress: 10.0.0.4}]}
  - {name: db, hostFirewall: none, networkInterfaces: [{name: n2, subnet: v/b, privateIPAddress: 10.0.1.4}]}
"""


def route(name: str, prefix: str, hop: str) -> str:
    """Return a user-defined route; appliances are at 10.0.1.9."""
    address = ", nextHopIpAddress: 10.0.1.9" if hop == "VirtualAppliance" else ""
    return f"{{name: {name}, addressPrefix: {prefix}, nextHopType: {hop}{address}}}"


def site(folder: Path, *routes: str, services: str = "[]", egress: str = "true", gateway: str | None = None) -> Site:
    """Load a network with a route table on subnet `a`; `gateway` are the prefixes that its gateway learned."""
    write_tags(folder)
    text = TEXT.replace("ROUTES", ", ".join(routes)).replace("SERVICES", services).replace("OUT", egress)
    text = text.replace("TABLE", "rt" if routes else "null")
    subnet = "      - {name: GatewaySubnet, addressPrefix: 10.0.9.0/24}" if gateway is not None else ""
    learned = f"    gatewayPrefixes: [{gateway}]" if gateway else ""
    return load(folder, text.replace("GATEWAY_SUBNET", subnet).replace("GATEWAY", learned))


def taken(one: Site, target: str, port: int = 443) -> tuple[str, list[str]]:
    """Return the verdict about packets of `app` to an address, and the routes that may take them."""
    answer = nc.can_reach(one, "app", target, tcp=[port])
    decided = nc.explain(one, f"app -> {target}:{port}/tcp")
    rules = [d.rule for hop in decided.hops if hop.result.hop == "route" for d in hop.decisions]
    assert decided.verdict == answer.verdict
    return str(answer.verdict), sorted(set(rules))


STORAGE = "20.60.0.1"


def test_without_a_table_system_routes_decide(tmp_path: Path) -> None:
    """The network's own space is local, private space elsewhere goes nowhere, the rest to the Internet."""
    one = site(tmp_path)
    assert taken(one, "10.0.1.4") == ("reachable", ["system route"])
    assert taken(one, STORAGE) == ("reachable", ["system route"])
    for private in ("10.9.9.9", "172.16.5.5", "192.168.0.1", "100.64.1.1"):
        assert (private, taken(one, private)[0]) == (private, "blocked")


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    """Of routes that fit, the one with the longest prefix takes the packet, whatever their order."""
    routes = route("wide", "20.0.0.0/8", "None"), route("narrow", "20.60.0.0/16", "Internet")
    assert taken(site(tmp_path, *routes), STORAGE) == ("reachable", ["narrow"])
    assert taken(site(tmp_path, *reversed(routes)), STORAGE) == ("reachable", ["narrow"])
    assert taken(site(tmp_path, *routes), "20.61.0.1") == ("blocked", ["wide"])


def test_a_user_route_wins_over_a_system_route_on_a_tie(tmp_path: Path) -> None:
    """A user-defined 0.0.0.0/0 or network prefix replaces the system route of the same length."""
    assert taken(site(tmp_path, route("none", "0.0.0.0/0", "None")), STORAGE) == ("blocked", ["none"])
    assert taken(site(tmp_path, route("none", "10.0.0.0/16", "None")), "10.0.1.4") == ("blocked", ["none"])


def test_user_routes_rule_inside_the_network_too(tmp_path: Path) -> None:
    """A route for the whole network takes traffic between subnets; a longer one to VnetLocal restores its part."""
    drop, back = route("drop", "10.0.0.0/16", "None"), route("back", "10.0.1.0/24", "VnetLocal")
    assert taken(site(tmp_path, drop), "10.0.1.4") == ("blocked", ["drop"])
    assert taken(site(tmp_path, drop, back), "10.0.1.4") == ("reachable", ["back"])


def test_a_shorter_user_route_does_not_take_the_networks_own_traffic(tmp_path: Path) -> None:
    """A default route to None leaves the longer system route of the network in force."""
    assert taken(site(tmp_path, route("none", "0.0.0.0/0", "None")), "10.0.1.4") == ("reachable", ["system route"])


@pytest.mark.parametrize("hop", ["VirtualAppliance", "VirtualNetworkGateway"])
def test_beyond_an_appliance_or_gateway_the_answer_is_open(hop: str, tmp_path: Path) -> None:
    """The model ends there: neither reachable nor blocked, and the reason names the route."""
    one = site(tmp_path, route("detour", "0.0.0.0/0", hop))
    assert taken(one, STORAGE) == ("undetermined", ["detour"])
    assert any("`detour`" in reason for reason in nc.can_reach(one, "app", STORAGE, tcp=[443]).reasons)


def test_a_tag_route_stands_for_its_prefixes(tmp_path: Path) -> None:
    """A route whose prefix is a service tag takes the tag's addresses and no others."""
    one = site(tmp_path, route("tagged", "Storage.WestUS", "None"))
    assert taken(one, STORAGE) == ("blocked", ["tagged"])
    assert taken(one, "20.61.0.1") == ("reachable", ["system route"])


def test_an_explicit_prefix_wins_over_a_tag_of_the_same_length(tmp_path: Path) -> None:
    """On an exact tie of prefixes the route with the prefix written out is taken."""
    tagged, written = route("tagged", "Storage.WestUS", "None"), route("written", "20.60.0.0/24", "Internet")
    assert taken(site(tmp_path, tagged, written), STORAGE) == ("reachable", ["written"])


def test_a_route_for_an_unknown_tag_leaves_the_answer_open(tmp_path: Path) -> None:
    """The tag may or may not hold the destination: both routes are possible."""
    verdict, rules = taken(site(tmp_path, route("mystery", "Contoso", "None")), STORAGE)
    assert (verdict, "mystery" in rules) == ("undetermined", True)


def with_storage_tag(one: Site) -> Site:
    """Return the site with a global Storage tag in its tag file, which an endpoint's route stands for."""
    assert one.tags is not None
    entries = {**one.tags.entries, "storage": tag("Storage", ("20.60.0.0/24",), ("API", "NSG", "VSE"))}
    return replace(one, tags=replace(one.tags, entries=entries))


@pytest.mark.parametrize("service", ["Microsoft.Storage", "microsoft.storage", "Microsoft.Storage.Global"])
def test_a_service_endpoint_wins_over_user_routes_and_needs_no_egress(service: str, tmp_path: Path) -> None:
    """The endpoint's route overrides a default route to None, and works in a private subnet without egress method."""
    drop = route("none", "0.0.0.0/0", "None")
    one = with_storage_tag(site(tmp_path, drop, services=f"[{service}]", egress="false"))
    assert taken(one, STORAGE) == ("reachable", [f"service endpoint {service}"])
    assert taken(one, "20.61.0.1") == ("blocked", ["none"])


def test_a_service_endpoint_of_unknown_addresses_leaves_the_answer_open(tmp_path: Path) -> None:
    """Where the tag file has no global Storage tag, the endpoint may take any packet or none."""
    drop = route("none", "0.0.0.0/0", "None")
    one = site(tmp_path, drop, services="[Microsoft.Storage]", egress="false")
    assert taken(one, STORAGE) == ("undetermined", ["none", "service endpoint Microsoft.Storage"])


def test_a_route_inside_a_service_endpoint_leaves_the_answer_open(tmp_path: Path) -> None:
    """Whether a user route more specific than the endpoint's prefix wins is not documented for certain."""
    drop = route("none", "20.60.0.0/28", "None")
    one = with_storage_tag(site(tmp_path, drop, services="[Microsoft.Storage]"))
    assert taken(one, STORAGE) == ("undetermined", ["none", "service endpoint Microsoft.Storage"])


def test_a_service_endpoint_on_another_subnet_does_nothing(tmp_path: Path) -> None:
    """Endpoints belong to the subnet that packets leave; one on the destination's subnet is irrelevant."""
    one = with_storage_tag(site(tmp_path, route("none", "0.0.0.0/0", "None")))
    subnets = one.virtual_networks[0].subnets
    there = (subnets[0], replace(subnets[1], service_endpoints=("Microsoft.Storage",)))
    moved = replace(one, virtual_networks=(replace(one.virtual_networks[0], subnets=there),))
    assert taken(moved, STORAGE) == ("blocked", ["none"])


def test_learned_routes_are_taken_before_system_routes_of_the_same_length(tmp_path: Path) -> None:
    """A default route learned by the gateway draws everything into it, where the model ends."""
    assert taken(site(tmp_path, gateway="0.0.0.0/0"), STORAGE) == ("undetermined", ["gateway route"])


def test_a_learned_route_never_takes_the_networks_own_traffic(tmp_path: Path) -> None:
    """The system route of the network is preferred even over more specific learned routes."""
    one = site(tmp_path, gateway="10.0.1.0/24, 192.168.0.0/16")
    assert taken(one, "10.0.1.4") == ("reachable", ["system route"])
    assert taken(one, "192.168.3.3") == ("undetermined", ["gateway route"])


def test_user_routes_win_over_learned_routes_of_the_same_length(tmp_path: Path) -> None:
    """On a tie the order is user-defined, learned, system."""
    one = site(tmp_path, route("mine", "192.168.0.0/16", "None"), gateway="192.168.0.0/16")
    assert taken(one, "192.168.3.3") == ("blocked", ["mine"])


def test_platform_addresses_are_not_routed(tmp_path: Path) -> None:
    """Routes do not touch 168.63.129.16: a default route to None stops Storage and not the agent."""
    one = site(tmp_path, route("none", "0.0.0.0/0", "None"))
    assert nc.can_reach(one, "app", "168.63.129.16", tcp=[80, 32526]).verdict == "reachable"
