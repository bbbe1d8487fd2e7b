"""The side of the source: filters in travel order, and where packets go by each kind of route."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.adminrules import AdminAccess
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.effective import EffectiveRoute
from netcheck.model.network import PublicIp
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import Site, Unmodelled, VirtualNetwork
from tests.unit.networks import (
    DENY,
    HERE,
    IN,
    OUT,
    Part,
    admin_rule,
    balancer,
    network,
    nic,
    nsg,
    peering,
    public_frontend,
    ranges,
    route,
    rule,
    site,
    subnet,
    table,
    vm,
)
from tests.unit.path.walks import BLOCKED, OPEN, REACHABLE, walked

APP, DB, STORAGE = "10.0.0.4", "10.0.1.4", "20.60.0.1"


def around(*parts: Part, routes: tuple[Route, ...] = (), a: str = "", **more: Any) -> Site:
    """Return `app` and `db` in two subnets of a network; `a` is the NSG of app's subnet."""
    home = network(
        "v",
        "10.0.0.0/16",
        subnet("v/a", "10.0.0.0/24", route_table="rt", network_security_group=a),
        subnet("v/b", "10.0.1.0/24"),
        **more,
    )
    return site(
        home,
        table("rt", *routes),
        vm("app", nic("app-nic", "v/a", APP)),
        vm("db", nic("db-nic", "v/b", DB)),
        *parts,
    )


def test_the_hops_stand_in_travel_order() -> None:
    """Host firewall, admin rules, NIC, subnet, route; then, inside, admin rules, subnet, NIC, host firewall."""
    rules = [admin_rule(name, way, AdminAccess.ALLOW) for name, way in (("out", OUT), ("in", IN))]
    assert [hop.rsplit(" ", 1)[0] if "admin" in hop else hop for hop in walked(around(*rules), "app", DB).hops] == [
        "host-firewall Outbound app",
        "admin-rules Outbound",
        "nic-nsg Outbound",
        "subnet-nsg Outbound",
        "route Outbound v/a",
        "admin-rules Inbound",
        "subnet-nsg Inbound",
        "nic-nsg Inbound",
        "host-firewall Inbound db",
    ]
    assert walked(around(), "app", STORAGE).hops[-2:] == ["route Outbound v/a", "egress Outbound v/a"]


def test_an_address_that_no_nic_holds_leaves_by_its_subnet_alone() -> None:
    """No NIC, no VM: the subnet's NSG and its routes are what packets from there meet."""
    group = nsg("g", rule("no", OUT, DENY, source="10.0.0.77/32"))
    found = walked(around(group, a="g"), "10.0.0.77", DB)
    assert (found.verdict, found.blockers) == (BLOCKED, [("subnet-nsg", "g", "no")])
    free = walked(around(), "10.0.0.77", DB)
    assert (free.verdict, free.hops[0]) == (REACHABLE, "subnet-nsg Outbound")


def test_an_address_that_a_nic_may_hold_leaves_by_rules_that_may_be_its_own() -> None:
    """Azure chooses the NIC's address: whether it is the one asked about is not known, nor what its NSG would do."""
    free = ranges("10.0.0.0/24")
    late = nic("late", "v/a", "10.0.0.0/24", open_families=(4,), open_addresses=free, network_security_group="g")
    one = around(vm("late", late), nsg("g", rule("no", OUT, DENY)))
    found = walked(one, "10.0.0.77", DB)
    assert (found.verdict, found.facts) == (OPEN, ["unmodelled address of late"])


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("flowTimeout", OPEN), ("azureFirewalls", REACHABLE), ("disableTcpStateTracking", REACHABLE)],
)
def test_what_the_site_names_and_no_verdict_takes_into_account_is_open(name: str, verdict: object) -> None:
    """It may decide; but for what is known to have no effect on packets, and for platform addresses."""
    one = replace(around(), unmodelled=(Unmodelled(name, HERE),))
    found = walked(one, "app", DB)
    assert (found.verdict, found.facts) == (verdict, [f"unmodelled {name}"] if verdict is OPEN else [])
    assert walked(one, "app", "168.63.129.16", 80).verdict is REACHABLE


def test_packets_that_routes_drop_still_show_the_filters_at_the_destination() -> None:
    """Every blocker is named, those behind the route too: mending the route alone would not help."""
    group = nsg("g", rule("stop", IN, DENY))
    one = around(group, routes=(route("drop", "10.0.1.0/24", NextHop.NONE),))
    home = one.virtual_networks[0]
    b = replace(home.subnets[1], network_security_group="g")
    found = walked(replace(one, virtual_networks=(replace(home, subnets=(home.subnets[0], b)),)), "app", DB)
    assert found.blockers == [("route", "v/a", "drop"), ("subnet-nsg", "g", "stop")]


def test_a_route_that_keeps_the_networks_own_addresses_inside_leads_to_them() -> None:
    """A user route `VnetLocal` inside the network is what the system route is."""
    found = walked(around(routes=(route("local", "10.0.1.0/24", NextHop.VNET_LOCAL),)), "app", DB)
    assert (found.verdict, found.hops[-1]) == (REACHABLE, "host-firewall Inbound db")


@pytest.mark.parametrize(("prefix", "to"), [("20.60.0.0/24", STORAGE), ("10.9.0.0/16", "10.9.0.4")])
def test_a_route_that_keeps_foreign_addresses_inside_is_open(prefix: str, to: str) -> None:
    """What `VnetLocal` does with an address outside of the network is not documented; no way out is asked for."""
    found = walked(around(routes=(route("Local", prefix, NextHop.VNET_LOCAL),)), "app", to)
    assert (found.verdict, found.facts) == (OPEN, ["destination outside behind local arrives"])
    assert [hop for hop in found.hops if hop.startswith("egress")] == []


def test_a_route_that_keeps_a_peers_addresses_inside_is_open_too() -> None:
    """The peer's space is outside of the network."""
    to_far = (peering("to-far", "far"),)
    one = around(
        far(peering("back", "v")), END, routes=(route("local", "10.9.0.0/16", NextHop.VNET_LOCAL),), peerings=to_far
    )
    assert walked(one, "app", "10.9.0.4").verdict is OPEN
    plain = around(far(peering("back", "v")), END, peerings=to_far)
    assert walked(plain, "app", "10.9.0.4").verdict is REACHABLE


def far(*peerings: Any, space: str = "10.9.0.0/16") -> VirtualNetwork:
    """Return another network with a subnet."""
    return network("far", space, subnet("far/s", "10.9.0.0/24"), peerings=peerings)


END = vm("end", nic("end-nic", "far/s", "10.9.0.4"))


def computed(prefix: str, hop: NextHop) -> Site:
    """Return a site in which Azure computed one route for app's NIC."""
    one = around()
    line = EffectiveRoute(name="", source="Default", prefixes=ranges(prefix), next_hop=hop, at=HERE)
    app = vm("app", nic("app-nic", "v/a", APP, effective_routes=(line,)))
    return replace(one, virtual_machines=(app, *one.virtual_machines[1:]))


@pytest.mark.parametrize("hop", [NextHop.VNET_LOCAL, NextHop.VNET_PEERING, NextHop.PRIVATE_ENDPOINT])
def test_an_address_within_reach_that_nobody_there_has_is_open(hop: NextHop) -> None:
    """Azure's own route keeps the packet in the network or a peer, and nothing of the site has the address."""
    found = walked(computed("10.20.0.0/16", hop), "app", "10.20.0.4")
    reason = "the route keeps packets within reach of `v`, and nothing there has the address"
    assert (found.verdict, found.reasons) == (OPEN, reason)
    inside = walked(computed("10.0.0.0/16", hop), "app", DB)
    assert (inside.verdict, inside.facts) == (REACHABLE, [])


def test_what_a_peering_states_and_the_peer_does_not_have_is_open() -> None:
    """A peering may name addresses that the peer's own space does not hold: out of date, or added since."""
    wide = peering("to-far", "far", remote_address_space=ranges("10.9.0.0/16", "10.10.0.0/16"))
    one = around(far(peering("back", "v")), END, peerings=(wide,))
    assert walked(one, "app", "10.9.0.4").verdict is REACHABLE
    found = walked(one, "app", "10.10.0.4")
    reason = "virtual network `far` does not have these addresses of its peering"
    assert (found.verdict, found.reasons) == (OPEN, reason)


@pytest.mark.parametrize("where", ["nic", "load balancer", "firewall"])
def test_a_public_address_of_the_site_is_open(where: str) -> None:
    """Packets to it leave for the Internet, and what stands behind the address is another question."""
    address = "203.0.113.50"
    parts: dict[str, Part] = {
        "nic": vm("web", nic("web-nic", "v/b", "10.0.1.5", public_ips=(PublicIp(4, ranges(address)[0]),))),
        "load balancer": balancer("lb", public_frontend("out", address)),
        "firewall": AzureFirewall(
            name="azfw", subnet="v/b", addresses=ranges("10.0.1.9"), collections=(), at=HERE, public_ips=ranges(address)
        ),
    }
    found = walked(around(parts[where]), "app", address)
    assert (found.verdict, found.facts) == (OPEN, ["unmodelled public IP address"])
    assert "ask for the NIC or load balancer behind it" in found.reasons
    assert walked(around(parts[where]), "app", "203.0.113.51").verdict is REACHABLE


def test_a_denial_before_a_public_address_of_the_site_settles_it() -> None:
    """What stands behind the address does not matter to packets that do not leave."""
    web = vm("web", nic("web-nic", "v/b", "10.0.1.5", public_ips=(PublicIp(4, ranges("203.0.113.50")[0]),)))
    group = nsg("g", rule("no", OUT, DENY))
    assert walked(around(web, group, a="g"), "app", "203.0.113.50").verdict is BLOCKED


def test_platform_addresses_end_the_way_where_they_begin() -> None:
    """168.63.129.16 is not routed and needs no way out, even where a route drops everything."""
    one = around(routes=(route("drop", "0.0.0.0/0", NextHop.NONE),))
    for address in ("168.63.129.16", "169.254.169.254"):
        assert walked(one, "app", address, 80).verdict is REACHABLE
    assert walked(one, "app", STORAGE).verdict is BLOCKED


def test_a_gateway_is_where_the_model_ends() -> None:
    """What becomes of packets behind it is open; before it, filters decide as ever."""
    home = route("home", "0.0.0.0/0", NextHop.VIRTUAL_NETWORK_GATEWAY)
    found = walked(around(routes=(home,)), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, ["gateway behind home forwards"])
    group = nsg("g", rule("no", OUT, DENY))
    assert walked(around(group, routes=(home,), a="g"), "app", STORAGE).verdict is BLOCKED


def test_a_peering_that_the_other_side_alone_states_carries_packets_where_it_is_there() -> None:
    """This side may exist without being in the site: open; a peer that stops everything blocks in either case."""
    one = around(far(peering("back", "v")), END)
    found = walked(one, "app", "10.9.0.4")
    assert (found.verdict, found.facts) == (OPEN, ["peering of v with far"])
    shut = around(far(peering("back", "v")), nsg("g", rule("stop", IN, DENY)))
    guarded = vm("end", nic("end-nic", "far/s", "10.9.0.4", network_security_group="g"))
    blocked = walked(replace(shut, virtual_machines=(*shut.virtual_machines, guarded)), "app", "10.9.0.4")
    assert blocked.verdict is BLOCKED


def test_a_network_that_peers_with_nobody_is_out_of_reach() -> None:
    """Private space elsewhere has the system route to nowhere; NSGs of the other network have no say."""
    found = walked(around(far(), END), "app", "10.9.0.4")
    assert (found.verdict, found.blockers) == (BLOCKED, [("route", "v/a", "system route")])


def test_always_allow_outbound_skips_the_groups_of_the_sender_only() -> None:
    """NSGs outbound are not looked at; the routes and the destination's NSGs are."""
    group = nsg("g", rule("no", OUT, DENY), rule("in", IN, DENY))
    always = admin_rule("central", OUT, AdminAccess.ALWAYS_ALLOW)
    one = around(group, always, a="g")
    assert walked(one, "app", DB).verdict is REACHABLE
    home = one.virtual_networks[0]
    b = replace(home.subnets[1], network_security_group="g")
    guarded = replace(one, virtual_networks=(replace(home, subnets=(home.subnets[0], b)),))
    assert walked(guarded, "app", DB).blockers == [("subnet-nsg", "g", "in")]
    dropping = around(group, always, a="g", routes=(route("drop", "10.0.1.0/24", NextHop.NONE),))
    assert walked(dropping, "app", DB).blockers == [("route", "v/a", "drop")]
