"""Azure's effective routes against the site's own table: next hops of all addresses, where both sides settle them."""

from __future__ import annotations

from pathlib import Path

from tests.unit.questions.computed_sites import Json, findings, route, routes, site, told

USER: Json = {"source": "User", "name": "out"}
ROUTED: Json = {"subnet": {"routeTable": "rt"}}
SYSTEM = "by `system route`"


def table(*lines: Json) -> Json:
    return {"routeTables": [{"name": "rt", "routes": list(lines)}]}


def line(prefix: str, hop: str, **fields: str) -> Json:
    return {"name": "out", "addressPrefix": prefix, "nextHopType": hop, **fields}


def sent(which: str, to: str, own: str) -> str:
    return f"NIC `nic`: Azure's table sends {which}, to next hop {to} the site's sends them to next hop {own}"


def without(prefix: str) -> list[Json]:
    return [one for one in routes() if one["addressPrefix"] != [prefix]]


def test_the_same_routes_are_no_finding(tmp_path: Path) -> None:
    """Neither in Azure's order nor in ours."""
    assert told(site(tmp_path, {"effectiveRoutes": routes()})) == []
    assert told(site(tmp_path, {"effectiveRoutes": [*reversed(routes())]})) == []


def test_a_documented_route_that_azure_lacks(tmp_path: Path) -> None:
    """Two tables recorded in 2018 and 2020 do not have it."""
    found = site(tmp_path, {"effectiveRoutes": without("172.16.0.0/12")})
    assert told(found) == [sent("1,048,576 addresses, 172.16.0.0/12", "Internet by `default route`", f"None {SYSTEM}")]
    [one] = findings(found)
    assert {**one.to_dict(), "message": ""} == {
        "code": "NC230",
        "kind": "effective-routes",
        "severity": "warning",
        "resource": "nic",
        "level": None,
        "direction": "Outbound",
        "rule": "system route",
        "at": str(found.virtual_networks[0].subnets[0].at),
        "computedRule": "default route",
        "computedAt": str((found.virtual_machines[0].primary.effective_routes or ())[1].at),
        "message": "",
    }


def test_an_undocumented_route_of_azure(tmp_path: Path) -> None:
    """Tables of 2016 and 2017 have it; of two small blocks of it netcheck leaves open whether Azure drops them."""
    found = site(tmp_path, {"effectiveRoutes": [*routes(), route("25.0.0.0/8", "None")]})
    assert told(found) == [
        sent("16,772,992 addresses, 25.0.0.0/11 and 22 more prefixes", "None by `default route`", f"Internet {SYSTEM}")
    ]
    small = [*routes(), route("25.33.80.0/20", "None"), route("25.41.3.0/25", "None")]
    assert told(site(tmp_path, {"effectiveRoutes": small})) == []


def test_a_user_route_of_another_day(tmp_path: Path) -> None:
    """The appliance has moved, and one route is new: each pair of routes is one finding."""
    lines = [line("0.0.0.0/0", "VirtualAppliance", nextHopIpAddress="10.0.9.4")]
    user = [
        route("0.0.0.0/0", "VirtualAppliance", nextHopIpAddress=["10.0.9.5"], **USER),
        route("198.51.100.0/24", "Internet", **{**USER, "name": "direct"}),
    ]
    found = site(tmp_path, {"effectiveRoutes": [*without("0.0.0.0/0"), *user]}, **ROUTED, **table(*lines))
    ours = "VirtualAppliance 10.0.9.4 by `out`"
    assert [message.partition(" to next hop ")[2] for message in told(found)] == [
        f"VirtualAppliance 10.0.9.5 by `out` the site's sends them to next hop {ours}",
        f"Internet by `direct` the site's sends them to next hop {ours}",
    ]


def test_a_route_to_an_appliance_that_nobody_holds_is_listed_as_it_is_written(tmp_path: Path) -> None:
    """Packets are dropped, and Azure's table names the appliance none the less."""
    lines = [line("0.0.0.0/0", "VirtualAppliance", nextHopIpAddress="10.77.0.4")]
    user = route("0.0.0.0/0", "VirtualAppliance", nextHopIpAddress=["10.77.0.4"], **USER)
    found = site(tmp_path, {"effectiveRoutes": [*without("0.0.0.0/0"), user]}, **ROUTED, **table(*lines))
    assert told(found) == []


def test_what_no_route_takes_goes_nowhere(tmp_path: Path) -> None:
    """An export that was cut off has no default route: that is as if it went to `None`."""
    found = site(tmp_path, {"effectiveRoutes": without("0.0.0.0/0")})
    [message] = told(found)
    assert message.startswith("NIC `nic`: Azure's table sends ")
    assert message.endswith(f" nowhere, for want of a route; the site's sends them to next hop Internet {SYSTEM}")
    dropped = [line("0.0.0.0/0", "None")]
    assert told(site(tmp_path, {"effectiveRoutes": without("0.0.0.0/0")}, **ROUTED, **table(*dropped))) == []


def test_what_a_gateway_may_have_taught_is_open(tmp_path: Path) -> None:
    """The site does not say what the gateway learned, and Azure's table does; without a gateway it is a difference."""
    learned = [*routes(), route("192.168.7.0/24", "VirtualNetworkGateway", source="VirtualNetworkGateway")]
    inner = {"name": "default", "addressPrefix": "10.0.0.0/24"}
    gateway = {"name": "GatewaySubnet", "addressPrefix": "10.0.1.0/24"}
    for subnets, count in (([inner], 1), ([inner, gateway], 0)):
        whole = {"name": "vnet", "addressSpace": ["10.0.0.0/16"], "virtualNetworkPeerings": [], "subnets": subnets}
        assert len(told(site(tmp_path, {"effectiveRoutes": learned}, virtualNetworks=[whole]))) == count


def test_the_platform_and_other_families_are_left_out(tmp_path: Path) -> None:
    """Neither side routes the platform's addresses, and Azure lists no IPv6 routes for a NIC without IPv6."""
    lines = [line("168.63.129.16/32", "None"), {**line("2001:db8::/32", "None"), "name": "v6"}]
    found = site(tmp_path, {"effectiveRoutes": routes()}, **ROUTED, **table(*lines))
    assert told(found) == []
