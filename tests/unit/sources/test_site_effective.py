"""What Azure computed for a NIC, given in a site file or in an export that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.errors import InputError
from netcheck.model.address import AnyAddress, ServiceTag, Unresolved, parse_address, parse_prefix
from netcheck.model.effective import EffectiveRoute, Level
from netcheck.model.network import NetworkInterface
from netcheck.model.ports import PortRange
from netcheck.model.rules import Access, NextHop
from netcheck.model.site import Site
from netcheck.sources.load import load_site
from tests.unit.sources.sites import write

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network"
SUBNET = {"subnet": {"id": f"{ID}/virtualNetworks/vnet/subnets/default"}}
NIC = {"networkInterface": {"id": f"{ID}/networkInterfaces/nic"}}
SSH: dict[str, Any] = {
    "name": "securityRules/ssh",
    "protocol": "Tcp",
    "sourcePortRange": "0-65535",
    "destinationPortRange": "22-22",
    "sourceAddressPrefix": "VirtualNetwork",
    "destinationAddressPrefix": "*",
    "access": "Allow",
    "priority": 100,
    "direction": "Inbound",
}
DENY = {
    **SSH, "name": "defaultSecurityRules/DenyAllInBound", "protocol": "All", "destinationPortRange": "0-65535",
    "sourceAddressPrefix": "0.0.0.0/0", "destinationAddressPrefix": "0.0.0.0/0", "access": "Deny", "priority": 65500,
}  # fmt: skip
ROUTE: dict[str, Any] = {
    "source": "Default",
    "state": "Active",
    "addressPrefix": ["10.0.0.0/16"],
    "nextHopType": "VnetLocal",
    "nextHopIpAddress": [],
}


def item(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The effective rules of one level, the subnet unless said otherwise."""
    return {
        "networkSecurityGroup": {"id": f"{ID}/networkSecurityGroups/web"},
        "association": SUBNET,
        "effectiveSecurityRules": list(rules),
        **fields,
    }


def site(folder: Path, **fields: Any) -> Site:
    """A site of one NIC with more fields."""
    subnet = {"name": "default", "addressPrefix": "10.0.0.0/24"}
    nic = {"name": "nic", "subnet": "vnet/default", "privateIPAddress": "10.0.0.4", **fields}
    whole = {
        "netcheck": 1,
        "virtualNetworks": [{"name": "vnet", "addressSpace": ["10.0.0.0/16"], "subnets": [subnet]}],
        "virtualMachines": [{"name": "vm", "networkInterfaces": [nic]}],
    }
    return load_site([write(folder, json.dumps(whole, indent=1), "site.json")])


def nic_of(folder: Path, **fields: Any) -> NetworkInterface:
    found = site(folder, **fields)
    assert found.unmodelled == ()
    return found.virtual_machines[0].primary


def codes(folder: Path, **fields: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        site(folder, **fields)
    return [one.code for one in caught.value.diagnostics]


def route(folder: Path, **fields: Any) -> EffectiveRoute:
    nic = nic_of(folder, effectiveRoutes=[{**ROUTE, **fields}])
    assert nic.effective_routes is not None
    (found,) = nic.effective_routes
    return found


@pytest.mark.parametrize("key", ["effectiveSecurityRules", "effectiveNetworkSecurityGroups"])
@pytest.mark.parametrize("is_page", [False, True])
def test_levels(key: str, is_page: bool, tmp_path: Path) -> None:
    """A list of levels or a page of one, under either name; each level is an NSG of its own, defaults apart."""
    levels = [item(SSH, DENY), item(SSH, association=NIC)]
    found = nic_of(tmp_path, **{key: {"value": levels, "nextLink": None} if is_page else levels}).effective_nsgs
    assert found is not None
    assert [one.level for one in found] == [Level.SUBNET, Level.NIC]
    (rule,), (default,) = found[0].nsg.rules, found[0].nsg.default_rules
    assert (found[0].nsg.name, rule.name, rule.destination_ports) == ("web", "ssh", (PortRange(22, 22),))
    assert (rule.sources, rule.destinations) == ((ServiceTag("VirtualNetwork"),), (AnyAddress(),))
    assert (default.name, default.access, default.is_default) == ("DenyAllInBound", Access.DENY, True)
    assert (default.sources, default.protocol.is_any) == ((AnyAddress(),), True)


def test_a_flat_list_of_rules_is_of_the_nic(tmp_path: Path) -> None:
    """Rules without the level around them are taken for those of the NIC they stand on."""
    found = nic_of(tmp_path, effectiveSecurityRules=[SSH, DENY]).effective_nsgs
    assert found is not None
    assert [(one.level, len(one.nsg.rules), len(one.nsg.default_rules)) for one in found] == [(Level.NIC, 1, 1)]


@pytest.mark.parametrize("value", [None, "", []])
def test_nothing_given(value: object, tmp_path: Path) -> None:
    """What is not set is not known, and not empty."""
    nic = nic_of(tmp_path, effectiveSecurityRules=value, effectiveRoutes=value)
    assert (nic.effective_nsgs, nic.effective_routes) == (None, None)


def test_no_level_applies(tmp_path: Path) -> None:
    """Azure prints an empty page where neither the NIC nor its subnet has an NSG."""
    assert nic_of(tmp_path, effectiveSecurityRules={"value": []}).effective_nsgs == ()


def test_expanded_tags_of_both_families(tmp_path: Path) -> None:
    """Azure's expansion counts in place of the tag, and may hold both families, which no rule of a user may."""
    prefixes = ["20.60.0.0/24", "2603:1030::/48"]
    rule = {**SSH, "destinationAddressPrefix": "Storage", "expandedDestinationAddressPrefix": prefixes}
    found = nic_of(tmp_path, effectiveSecurityRules=[item(rule)]).effective_nsgs
    assert found is not None
    assert found[0].nsg.rules[0].destinations == tuple(parse_prefix(text)[0] for text in prefixes)


def test_everything_in_ipv4_may_also_mean_everything(tmp_path: Path) -> None:
    """Azure prints `*` of a user's rule as `0.0.0.0/0`: whether IPv6 is meant, too, is not known."""
    rule = {**SSH, "destinationAddressPrefix": "0.0.0.0/0"}
    found = nic_of(tmp_path, effectiveSecurityRules=[item(rule)]).effective_nsgs
    assert found is not None
    first, second = found[0].nsg.rules[0].destinations
    assert first == parse_prefix("0.0.0.0/0")[0]
    assert isinstance(second, Unresolved)


@pytest.mark.parametrize("access", ["Allow", "Deny", "AlwaysAllow"])
def test_rules_of_a_network_manager(access: str, tmp_path: Path) -> None:
    """They are a level with priorities of its own; Azure prints `Allow` for those that always allow, too."""
    manager = {"networkManager": {"id": f"{ID}/networkManagers/nm"}}
    level = item({**SSH, "access": access, "priority": 1}, association=manager, networkSecurityGroup=None)
    found = site(tmp_path, effectiveSecurityRules=[level])
    nsgs = found.virtual_machines[0].primary.effective_nsgs
    assert nsgs is not None
    assert [(one.level, one.nsg.rules[0].priority) for one in nsgs] == [(Level.MANAGER, 1)]
    assert nsgs[0].nsg.rules[0].access is (Access.DENY if access == "Deny" else Access.ALLOW)
    assert nsgs[0].nsg.rules[0].unknown == ""
    assert found.unmodelled == ()


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_files_are_named(form: str, tmp_path: Path) -> None:
    """A text is the path of an export, relative to the site file; places are those of the export."""
    rules, routes = json.dumps([item(SSH)]), json.dumps({"value": [ROUTE]})
    if form == "yaml":
        rules, routes = f"- {json.dumps(item(SSH))}\n", f"value:\n- {json.dumps(ROUTE)}\n"
    write(tmp_path, rules, f"rules.{form}")
    write(tmp_path, routes, f"routes.{form}")
    nic = nic_of(tmp_path, effectiveSecurityRules=f"rules.{form}", effectiveRoutes=f"routes.{form}")
    assert nic.effective_nsgs is not None
    assert nic.effective_routes is not None
    assert nic.effective_nsgs[0].at.file.endswith(f"rules.{form}")
    assert nic.effective_routes[0].at.file.endswith(f"routes.{form}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VnetLocal", NextHop.VNET_LOCAL), ("VNETLocal", NextHop.VNET_LOCAL), ("Virtual network", NextHop.VNET_LOCAL),
        ("Internet", NextHop.INTERNET), ("None", NextHop.NONE), ("Null", NextHop.NONE),
        ("VirtualAppliance", NextHop.VIRTUAL_APPLIANCE), ("VirtualApplianceEcmp", NextHop.VIRTUAL_APPLIANCE),
        ("VirtualNetworkGateway", NextHop.VIRTUAL_NETWORK_GATEWAY), ("VPNGateway", NextHop.VIRTUAL_NETWORK_GATEWAY),
        ("VNetPeering", NextHop.VNET_PEERING), ("VNet peering", NextHop.VNET_PEERING),
        ("VNetGlobalPeering", NextHop.VNET_PEERING), ("InterfaceEndpoint", NextHop.PRIVATE_ENDPOINT),
        ("VirtualNetworkServiceEndpoint", NextHop.SERVICE_ENDPOINT),
    ],
)  # fmt: skip
def test_next_hops(text: str, expected: NextHop, tmp_path: Path) -> None:
    """Azure has printed one next hop in several spellings over the years."""
    assert route(tmp_path, nextHopType=text).next_hop is expected


def test_a_route(tmp_path: Path) -> None:
    """Several prefixes, several next hops, its name and source."""
    found = route(
        tmp_path,
        name="to-nva",
        source="User",
        addressPrefix=["0.0.0.0/0", "10.9.0.0/16"],
        nextHopType="VirtualAppliance",
        nextHopIpAddress=["10.0.2.4", "10.0.2.5"],
        hasBgpOverride=False,
    )
    assert (found.name, found.source, found.unknown) == ("to-nva", "User", "")
    assert found.prefixes == tuple(parse_prefix(text)[0] for text in ("0.0.0.0/0", "10.9.0.0/16"))
    assert found.next_hop_addresses == (parse_address("10.0.2.4"), parse_address("10.0.2.5"))


def test_routes_that_lost_are_left_out(tmp_path: Path) -> None:
    """Azure lists the routes that others override as `Invalid`."""
    lost = {**ROUTE, "state": "Invalid", "addressPrefix": ["0.0.0.0/0"], "nextHopType": "Internet"}
    found = nic_of(tmp_path, effectiveRoutes={"value": [ROUTE, lost]}).effective_routes
    assert found is not None
    assert [one.next_hop for one in found] == [NextHop.VNET_LOCAL]


def test_a_route_of_which_something_is_not_known(tmp_path: Path) -> None:
    """It may apply or not; where its next hop is not known nothing else is, either."""
    assert "is active is not known" in route(tmp_path, state="[not known]").unknown
    assert "address of its next hop" in route(tmp_path, nextHopIpAddress=["[not known]"]).unknown


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"effectiveSecurityRules": "missing.json"}, ["NC100"]),
        ({"effectiveSecurityRules": [item(SSH, association={})]}, ["NC197"]),
        ({"effectiveSecurityRules": [item()]}, ["NC197"]),
        ({"effectiveSecurityRules": [item(SSH), item(SSH)]}, ["NC139"]),
        ({"effectiveSecurityRules": [SSH], "effectiveNetworkSecurityGroups": [item(SSH)]}, ["NC139"]),
        (
            {"effectiveSecurityRules": [item(SSH, association={"networkInterface": {"id": "other-nic"}})]},
            ["NC139"],
        ),
        ({"effectiveSecurityRules": [{**SSH, "access": "Permit"}]}, ["NC123"]),
        ({"effectiveRoutes": {"value": []}}, ["NC197"]),
        ({"effectiveRoutes": [{**ROUTE, "state": None}]}, ["NC197"]),
        ({"effectiveRoutes": [{**ROUTE, "state": "Idle"}]}, ["NC123"]),
        ({"effectiveRoutes": [{**ROUTE, "nextHopType": "Router"}]}, ["NC123"]),
        ({"effectiveRoutes": [{**ROUTE, "addressPrefix": ["10.0.0.0/33"]}]}, ["NC132"]),
        ({"effectiveRoutes": [{**ROUTE, "colour": "red"}]}, ["NC120"]),
    ],
)
def test_faults(fields: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    """What is not whole, not Azure's, or of another NIC is an error."""
    assert codes(tmp_path, **fields) == expected
