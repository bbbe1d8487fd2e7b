"""What Azure computed for a NIC goes to that NIC, by what its file says of it; what cannot be placed stays open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from netcheck.model.network import NetworkInterface
from netcheck.model.site import Site
from netcheck.sources.load import load_site
from tests.unit.sources.test_assemble import (
    APP,
    BARE,
    SITE_FILE,
    TWO,
    Json,
    nic,
    nsg,
    path_of,
    ref,
    subnet,
    verdict,
    vnet,
)
from tests.unit.sources.test_services_exported import endpoint_nic, reasons

SUBNET: Json = {"subnet": ref("virtualNetworks", "vnet/subnets/app")}
NETWORKS: Json = {"networkManager": {"id": path_of("networkManagers", "m")}}


def on(name: str) -> Json:
    return {"networkInterface": ref("networkInterfaces", name)}


def item(target: Json, access: str = "Deny", group: str = "nsg", **fields: object) -> Json:
    """Return the effective rules of one level, with one inbound rule for everything."""
    everything = {"protocol": "All", "sourcePortRange": "0-65535", "destinationPortRange": "0-65535"}
    everything |= {"sourceAddressPrefix": "0.0.0.0/0", "destinationAddressPrefix": "0.0.0.0/0"}
    one = {"name": "securityRules/all", "access": access, "priority": 100, "direction": "Inbound", **everything}
    named = ref("networkSecurityGroups", group)
    return {"networkSecurityGroup": named, "association": target, "effectiveSecurityRules": [one], **fields}


ROUTE: Json = {
    "source": "Default",
    "state": "Active",
    "addressPrefix": ["0.0.0.0/0"],
    "nextHopType": "None",
    "nextHopIpAddress": [],
}


def load(folder: Path, around: Sequence[object], **files: object) -> Site:
    """Load a network, and files by their stems."""
    paths = []
    contents: dict[str, object] = {f"a{number}": content for number, content in enumerate(around)} | files
    for stem, content in contents.items():
        path = folder / f"{stem}.{'yaml' if isinstance(content, str) else 'json'}"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        paths.append(str(path))
    return load_site(paths)


def nics(site: Site) -> dict[str, NetworkInterface]:
    return {one.name: one for vm in site.virtual_machines for one in vm.interfaces}


def levels(site: Site) -> dict[str, list[str] | None]:
    """Return the levels of each NIC that Azure computed; None where it has no such view."""
    found = {name: one.effective_nsgs for name, one in nics(site).items()}
    return {name: None if view is None else [str(one.level) for one in view] for name, view in found.items()}


NETWORK = [vnet(BARE), TWO]


def test_a_file_that_names_its_nic_is_of_that_nic(tmp_path: Path) -> None:
    """Its subnet's rules, and a network manager's, are of that NIC, too."""
    view = {"value": [item(on("n2")), item(SUBNET, group="other"), item(NETWORKS, group="m")]}
    site = load(tmp_path, NETWORK, view=view)
    assert levels(site) == {"n1": None, "n2": ["networkInterface", "subnet", "networkManager"]}


def test_a_view_wins_where_the_group_is_described_as_well(tmp_path: Path) -> None:
    """The NIC has both, so that the two can be compared."""
    around: Sequence[object] = [vnet(APP), TWO, nsg("nsg", is_azures=False)]
    site = load(tmp_path, around, view={"value": [item(on("n2"))]})
    assert levels(site) == {"n1": None, "n2": ["networkInterface"]}
    assert reasons(site) == []
    assert [one.rules for one in site.network_security_groups] == [()]


def test_a_view_stands_for_a_group_that_nothing_describes(tmp_path: Path) -> None:
    """Questions about the NSG alone have an answer, and the subnet has it."""
    site = load(tmp_path, NETWORK, view={"value": [item(SUBNET), item(on("n2"), group="own")]})
    assert sorted(one.name for one in site.network_security_groups) == ["nsg", "own"]
    assert (site.virtual_networks[0].subnets[0].network_security_group, reasons(site)) == ("nsg", [])
    assert verdict(site, "n1", "n2") == "blocked"


def test_a_file_of_the_subnet_alone_is_of_its_only_nic(tmp_path: Path) -> None:
    """With two NICs nobody knows which of them it is, unless the file is called as one."""
    described = nsg("nsg")
    one: Sequence[object] = [vnet(APP), nic("n1", "10.0.0.4"), described]
    two: Sequence[object] = [vnet(APP), TWO, described]
    view = {"value": [item(SUBNET)]}
    assert levels(load(tmp_path, one, view=view)) == {"n1": ["subnet"]}
    assert levels(load(tmp_path, two, N2=view)) == {"n1": None, "n2": ["subnet"]}
    left = load(tmp_path, two, view=view)
    assert levels(left) == {"n1": None, "n2": None}
    assert len(reasons(left)) == 1
    assert "call it NIC.json" in reasons(left)[0]


def test_the_nic_of_a_private_endpoint_is_none_that_a_view_is_of(tmp_path: Path) -> None:
    """It is in the subnet, and no VM has it."""
    of_endpoint = endpoint_nic(privateEndpoint=ref("privateEndpoints", "pe"))
    around: Sequence[object] = [vnet(APP), nic("n1", "10.0.0.4"), of_endpoint, nsg("nsg")]
    assert levels(load(tmp_path, around, view={"value": [item(SUBNET)]})) == {"n1": ["subnet"]}


def test_views_of_two_nics_with_one_group_are_two(tmp_path: Path) -> None:
    """The NSG has one ID, and each NIC has rules of its own."""
    first = {"value": [item(on("n1")), item(SUBNET, group="other")]}
    second = {"value": [item(on("n2")), item(SUBNET, group="other")]}
    assert levels(load(tmp_path, NETWORK, n1=first, n2=second)) == {
        "n1": ["networkInterface", "subnet"],
        "n2": ["networkInterface", "subnet"],
    }


def test_a_list_of_several_nics_is_taken_apart(tmp_path: Path) -> None:
    """Rules of the subnet are of each NIC of the file that is in it."""
    where = vnet(BARE, subnet("db", "10.0.1.0/24"))
    around: Sequence[object] = [where, TWO, nic("n3", "10.0.1.4", "vnet/subnets/db")]
    view = [item(on("n1")), item(SUBNET, group="other"), item(on("n2"), "Allow"), item(on("n3"), group="third")]
    assert levels(load(tmp_path, around, view=view)) == {
        "n1": ["networkInterface", "subnet"],
        "n2": ["subnet", "networkInterface"],
        "n3": ["networkInterface"],
    }


def test_two_views_of_one_nic_that_differ_are_open(tmp_path: Path) -> None:
    """One of the two is older, and which, they do not say; twice the same is once."""
    one, other = {"value": [item(on("n2"))]}, {"value": [item(on("n2"), "Allow")]}
    assert levels(load(tmp_path, NETWORK, a=one, b=one))["n2"] == ["networkInterface"]
    site = load(tmp_path, NETWORK, a=one, b=other)
    assert levels(site)["n2"] is None
    assert [found.code for found in site.warnings] == ["NC146"]
    assert ["given twice and differently" in reason for reason in reasons(site)] == [True]


def test_a_view_of_a_nic_of_a_site_file_stands_for_its_group(tmp_path: Path) -> None:
    """Where the site file describes the group as well, the view is of nobody that the exports know."""
    site = load(tmp_path, [SITE_FILE], view={"value": [item(on("n2"))]})
    assert (verdict(site, "n1", "n2"), reasons(site)) == ("blocked", [])


@pytest.mark.parametrize("stem", ["n2", "N2"])
def test_routes_in_a_file_called_as_a_nic_are_of_that_nic(stem: str, tmp_path: Path) -> None:
    """They do not say which NIC they are of, and letter case does not matter."""
    site = load(tmp_path, NETWORK, **{stem: {"value": [ROUTE, {**ROUTE, "state": "Invalid"}]}})
    routes = {name: one.effective_routes for name, one in nics(site).items()}
    assert routes["n1"] is None
    assert [str(one.next_hop) for one in routes["n2"] or ()] == ["None"]
    assert reasons(site) == []


def test_routes_are_of_the_only_nic(tmp_path: Path) -> None:
    """With several NICs, or with a site file that may have more, nobody knows which it is."""
    routes = {"value": [ROUTE]}
    alone = load(tmp_path, [vnet(BARE), nic("n1", "10.0.0.4")], routes=routes)
    assert len(nics(alone)["n1"].effective_routes or ()) == 1
    several = load(tmp_path, NETWORK, routes=routes)
    assert [one.effective_routes for one in nics(several).values()] == [None, None]
    assert [one.name for one in several.unmodelled] == ["effectiveRoutes"]
    assert "`effectiveRoutes: FILE`" in reasons(several)[0]
    assert len(reasons(load(tmp_path, [SITE_FILE], routes=routes))) == 1
