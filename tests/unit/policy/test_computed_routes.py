"""Routes as Azure computed them for one NIC: they stand in place of everything the site's own table would hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import parse_address
from netcheck.model.effective import EffectiveRoute
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkInterface, Site
from netcheck.policy.resolve import AddressBook
from netcheck.policy.routes import Onward, Way, judge_route
from netcheck.sources.load import load_site
from tests.unit.networks import HERE, network, nic, ranges, route, site, subnet, table, vm
from tests.unit.policy.routing import prefix, to


def line(prefixes: str, hop: NextHop, source: str = "Default", **more: Any) -> EffectiveRoute:
    """Return one line of Azure's table; prefixes are separated by blanks."""
    fields: dict[str, Any] = {"name": "", "at": HERE, **more}
    return EffectiveRoute(source=source, prefixes=ranges(*prefixes.split()), next_hop=hop, **fields)


def computed(*lines: EffectiveRoute) -> NetworkInterface:
    """Return a NIC with what Azure computed for it."""
    return nic("N1", "v/a", "10.0.0.4", effective_routes=lines)


def around(*nics: NetworkInterface) -> Site:
    """Return a network whose own table drops everything public, with some NICs."""
    a = subnet("v/a", "10.0.0.0/24", route_table="rt")
    drop = table("rt", route("drop", "0.0.0.0/0", NextHop.NONE), route("nva", "20.61.0.0/16", "10.0.0.9"))
    return site(network("v", "10.0.0.0/16", a, states_peerings=True), drop, vm("app", *nics))


Taken = list[tuple[str, bool, dict[str, bool | str]]]


def taken(one: NetworkInterface | None, address: str) -> Taken:
    """Return who takes packets of a NIC to an address, whether it lets them pass, and on which facts."""
    where = around(*([one] if one else []))
    [part] = judge_route(where.virtual_networks[0].subnets[0], to(address), AddressBook(where), one)[0].parts
    return [(c.decision.rule, c.passes, {f.name: v for f, v in c.when}) for c in part.cases if c.decision is not None]


def onward(one: NetworkInterface, address: str) -> list[tuple[Way, object]]:
    """Return the ways of the packets of a NIC to an address, with the addresses of appliances."""
    where = around(one)
    found: tuple[Onward, ...] = judge_route(where.virtual_networks[0].subnets[0], to(address), AddressBook(where), one)[
        1
    ]
    return [(way.way, way.address) for way in found]


def test_what_azure_computed_stands_in_place_of_the_sites_own_routes() -> None:
    """The subnet's table drops the packet; Azure's table for the NIC sends it out, and that is what applies."""
    assert taken(None, "20.60.0.1") == [("drop", False, {})]
    assert taken(computed(line("0.0.0.0/0", NextHop.INTERNET)), "20.60.0.1") == [("default route", True, {})]


def test_a_nic_without_computed_routes_has_the_sites_own() -> None:
    """None means that the files do not have them."""
    assert taken(nic("n2", "v/a", "10.0.0.5"), "20.60.0.1") == [("drop", False, {})]


def test_what_no_computed_route_takes_is_dropped() -> None:
    """Azure's list is the whole table: no system route is added to it."""
    only = computed(line("10.0.0.0/16", NextHop.VNET_LOCAL))
    assert taken(only, "20.60.0.1") == taken(computed(), "20.60.0.1") == [("", False, {})]
    assert taken(only, "10.0.0.9") == [("default route", True, {})]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_longest_computed_prefix_takes_the_packet(is_reversed: bool) -> None:
    """The order of the lines does not matter, and a route may have several prefixes."""
    lines = [
        line("0.0.0.0/0", NextHop.INTERNET),
        line("20.0.0.0/8 20.60.0.0/16", NextHop.NONE, "User", name="Hold"),
        line("20.60.0.0/24", NextHop.SERVICE_ENDPOINT),
    ]
    one = computed(*(reversed(lines) if is_reversed else lines))
    assert taken(one, "20.60.0.1") == [("default route", True, {})]
    assert taken(one, "20.60.1.1") == taken(one, "20.1.0.1") == [("Hold", False, {})]
    assert taken(one, "21.0.0.1") == [("default route", True, {})]


@pytest.mark.parametrize(
    ("hop", "way"),
    [
        (NextHop.VNET_LOCAL, Way.LOCAL),
        (NextHop.VNET_PEERING, Way.LOCAL),
        (NextHop.PRIVATE_ENDPOINT, Way.LOCAL),
        (NextHop.INTERNET, Way.INTERNET),
        (NextHop.NONE, Way.DROPPED),
    ],
)
def test_computed_next_hops_mean_what_they_say(hop: NextHop, way: Way) -> None:
    """Where packets go by each type of next hop is the same as for the site's own routes."""
    address = "20.60.0.1" if hop is NextHop.INTERNET else "10.1.0.5"
    assert onward(computed(line("0.0.0.0/0", hop)), address) == [(way, None)]


def test_a_computed_route_to_an_appliance_leads_to_its_address() -> None:
    """The address of Azure's line is followed, whatever the site's own table says."""
    one = computed(
        line("20.61.0.0/16", NextHop.VIRTUAL_APPLIANCE, "User", next_hop_addresses=(parse_address("10.0.0.20"),))
    )
    assert onward(one, "20.61.0.1") == [(Way.APPLIANCE, prefix("10.0.0.20/32"))]


def test_lines_without_a_name_are_known_or_not_each_for_itself() -> None:
    """Azure's own lines have no name: where the first may be missing and the second there, packets may be dropped."""
    one = computed(
        line("20.60.0.0/24", NextHop.INTERNET, unknown="?", at=Source("routes.json", 3, 1)),
        line("20.0.0.0/8", NextHop.NONE, unknown="?", at=Source("routes.json", 4, 1)),
        line("0.0.0.0/0", NextHop.INTERNET),
    )
    assert [passes for _, passes, _ in taken(one, "20.60.0.1")] == [True, False, True]


def test_of_several_next_hops_one_is_taken() -> None:
    """Routes of equal cost to two appliances: which of them a packet takes is not known, and it is one of them."""
    hops = ranges("10.0.2.4/32", "10.0.2.5/32")
    one = computed(line("0.0.0.0/0", NextHop.VIRTUAL_APPLIANCE, next_hop_addresses=hops))
    assert onward(one, "20.0.0.1") == [(Way.APPLIANCE, hops[0]), (Way.APPLIANCE, hops[1])]
    assert [list(when.values()) for _, _, when in taken(one, "20.0.0.1")] == [[True], [False]]


def test_a_computed_route_to_an_appliance_without_address_is_open() -> None:
    """Which appliance it is, is not in Azure's line: nothing is followed, and the answer is open."""
    one = computed(line("20.61.0.0/16", NextHop.VIRTUAL_APPLIANCE, "User", name="odd"))
    assert onward(one, "20.61.0.1") == []
    assert {passes for _, passes, _ in taken(one, "20.61.0.1")} == {True, False}


def test_a_computed_line_that_is_not_known_may_take_its_packets_or_not() -> None:
    """What cannot be read of a line leaves both open: it, or the next shorter one."""
    one = computed(
        line("0.0.0.0/0", NextHop.INTERNET), line("20.0.0.0/8", NextHop.NONE, "User", name="Odd", unknown="?")
    )
    fact = "route n1/odd takes the packet"
    assert taken(one, "20.60.0.1") == [("Odd", False, {fact: True}), ("default route", True, {fact: False})]
    assert taken(one, "21.0.0.1") == [("default route", True, {})]


def test_a_line_that_is_not_known_has_its_next_hops_only_where_it_takes_the_packet() -> None:
    """Both are open: whether the line is there, and which of its next hops a packet takes."""
    hops = (parse_address("10.0.0.20"), parse_address("10.0.0.21"))
    odd = line("20.0.0.0/8", NextHop.VIRTUAL_APPLIANCE, "User", name="Odd", next_hop_addresses=hops, unknown="?")
    found = taken(computed(line("0.0.0.0/0", NextHop.NONE), odd), "20.60.0.1")
    there = "route n1/odd takes the packet"
    assert {case[0] for case in found if case[2].get(there) is True} == {"Odd"}
    assert {case[0] for case in found if case[2].get(there) is False} == {"default route"}
    assert len([case for case in found if case[0] == "Odd"]) == 2


def test_vnet_local_of_a_user_for_elsewhere_is_open_of_azure_itself_it_is_not() -> None:
    """A user route that keeps foreign addresses in the network is not documented; Azure's own line is what it does."""
    user = taken(computed(line("10.9.0.0/16", NextHop.VNET_LOCAL, "User")), "10.9.0.1")
    own = taken(computed(line("10.9.0.0/16", NextHop.VNET_LOCAL)), "10.9.0.1")
    assert ({passes for _, passes, _ in user}, {passes for _, passes, _ in own}) == ({True, False}, {True})


def test_platform_addresses_are_not_routed_by_computed_routes_either() -> None:
    """168.63.129.16 is not subject to routes, whoever made them."""
    one = computed(line("0.0.0.0/0", NextHop.NONE))
    assert taken(one, "168.63.129.16") == []


def test_each_family_has_its_own_lines() -> None:
    """A computed IPv4 default takes no IPv6 packet."""
    one = computed(line("0.0.0.0/0 2603::/16", NextHop.NONE, "User", name="hold"), line("::/0", NextHop.INTERNET))
    assert taken(one, "2603:1030::1") == [("hold", False, {})]
    assert taken(one, "2620:1::1") == [("default route", True, {})]


def read(folder: Path, *lines: dict[str, Any]) -> tuple[EffectiveRoute, ...] | None:
    """Return the effective routes of the NIC of a site that names Azure's table as a file."""
    (folder / "routes.json").write_text(json.dumps({"value": list(lines)}), encoding="utf-8")
    text = """\
netcheck: 1
virtualNetworks:
  - {name: v, addressSpace: [10.0.0.0/16], subnets: [{name: a, addressPrefix: 10.0.0.0/24}]}
virtualMachines:
  - name: app
    networkInterfaces: [{name: n1, subnet: v/a, privateIPAddress: 10.0.0.4, effectiveRoutes: routes.json}]
"""
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    [one] = load_site([str(folder / "site.yaml")]).virtual_machines
    return one.interfaces[0].effective_routes


def item(state: str, prefix_: str, hop: str) -> dict[str, Any]:
    """Return a line as Azure prints it."""
    return {
        "name": None,
        "source": "Default",
        "state": state,
        "addressPrefix": [prefix_],
        "nextHopType": hop,
        "nextHopIpAddress": [],
    }


def test_readers_leave_invalid_routes_out(tmp_path: Path) -> None:
    """A route that lost against another is listed with state Invalid: it takes no packet."""
    found = read(tmp_path, item("Active", "10.0.0.0/16", "VnetLocal"), item("Invalid", "0.0.0.0/0", "Internet"))
    assert [(one.prefixes, one.next_hop) for one in found or ()] == [(ranges("10.0.0.0/16"), NextHop.VNET_LOCAL)]


def test_readers_keep_what_they_do_not_know_of_a_route(tmp_path: Path) -> None:
    """A line that says something netcheck has no meaning for stays, as one that may take its packets or not."""
    odd = {**item("Active", "0.0.0.0/0", "Internet"), "onlyOnMondays": True}
    found = read(tmp_path, item("Active", "10.0.0.0/16", "VnetLocal"), odd)
    assert [(one.next_hop, one.unknown) for one in found or ()] == [
        (NextHop.VNET_LOCAL, ""),
        (NextHop.INTERNET, "netcheck does not know what `onlyOnMondays` means"),
    ]
