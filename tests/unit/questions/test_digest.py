"""The digest: files that spell one network differently share it, files that do not differ in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from netcheck import digest
from netcheck.diagnostics import Source
from netcheck.model.site import Site, Unmodelled
from netcheck.sources.load import load_site
from tests.unit.sources.sites import ARTICLE, RULE, write, write_tags

AT = Source("x")
SITE: dict[str, Any] = {
    "netcheck": 1,
    "location": "westus",
    "serviceTags": "ServiceTags_Public.json",
    "virtualNetworks": [
        {
            "name": "vnet",
            "addressSpace": ["10.0.0.0/16"],
            "subnets": [
                {"name": "a", "addressPrefix": "10.0.0.0/24", "networkSecurityGroup": "nsg", "routeTable": "rt"},
                {"name": "b", "addressPrefix": "10.0.1.0/24", "serviceEndpoints": ["Microsoft.Storage"]},
            ],
            "virtualNetworkPeerings": [
                {"name": "p", "remoteVirtualNetwork": "far", "remoteAddressSpace": ["10.5.0.0/16"]}
            ],
        }
    ],
    "networkSecurityGroups": [
        {
            "name": "nsg",
            "securityRules": [
                {**RULE, "sourceAddressPrefix": "10.0.0.4", "destinationAddressPrefix": "Storage.WestUS"},
                {
                    **RULE,
                    "name": "rule-b",
                    "priority": 300,
                    "access": "Deny",
                    "destinationAddressPrefix": "10.0.0.0/24",
                },
            ],
        }
    ],
    "routeTables": [
        {
            "name": "rt",
            "routes": [
                {"name": "r1", "addressPrefix": "10.9.0.0/16", "nextHopType": "None"},
                {"name": "r2", "addressPrefix": "Storage.WestUS", "nextHopType": "Internet"},
            ],
        }
    ],
    "virtualMachines": [
        {
            "name": "vm",
            "osType": "Linux",
            "networkInterfaces": [{"name": "nic", "subnet": "vnet/a", "privateIPAddress": "10.0.0.4"}],
            "hostFirewall": {
                "kind": "windows",
                "rules": [
                    {"name": "one", "direction": "Inbound", "action": "Allow", "localPort": "80"},
                    {"name": "two", "direction": "Inbound", "action": "Block", "localPort": "443"},
                ],
            },
            "proxyClient": {"winhttp": {"proxyServer": "P:8080", "bypassList": "*.a.com;*.b.com"}},
            "proxyServer": {"port": 8080, "allowedDomains": [".a.com", ".b.com"]},
        }
    ],
}


def _rules(site: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site["networkSecurityGroups"][0]["securityRules"]
    return found


def _subnet(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["virtualNetworks"][0]["subnets"][0]
    return found


def _vm(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["virtualMachines"][0]
    return found


def _rename(site: dict[str, Any]) -> None:
    text = (
        json.dumps(site).replace('"vnet', '"VNET').replace('"nsg"', '"NSG"').replace("Storage.WestUS", "storage.westus")
    )
    site.clear()
    site.update(json.loads(text.replace('"rule-b"', '"Rule-B"')))


DEFAULT = {
    "name": "AllowVnetInBound",
    "priority": 65000,
    "direction": "inbound",
    "access": "allow",
    "protocol": "any",
    "sourceAddressPrefix": "VIRTUALNETWORK",
    "sourcePortRange": "0-65535",
    "destinationAddressPrefix": "VirtualNetwork",
    "destinationPortRange": "Any",
}
Change = Callable[[dict[str, Any]], object]
SAME: dict[str, Change] = {
    "order of rules": lambda s: _rules(s).reverse(),
    "order of subnets": lambda s: s["virtualNetworks"][0]["subnets"].reverse(),
    "order of routes": lambda s: s["routeTables"][0]["routes"].reverse(),
    "order of host rules": lambda s: _vm(s)["hostFirewall"]["rules"].reverse(),
    "order of domains": lambda s: _vm(s)["proxyServer"]["allowedDomains"].reverse(),
    "order of a bypass list": lambda s: _vm(s)["proxyClient"]["winhttp"].update(bypassList="*.b.com;*.A.com"),
    "letter case": _rename,
    "an address with /32": lambda s: _rules(s)[0].update(sourceAddressPrefix="10.0.0.4/32"),
    "host bits": lambda s: _rules(s)[1].update(destinationAddressPrefix="10.0.0.7/24"),
    "a star spelled Any": lambda s: _rules(s)[1].update(sourceAddressPrefix="Any", sourcePortRange="0-65535"),
    "plural": lambda s: _rules(s)[0].update(destinationPortRange=None, destinationPortRanges=["443", "443"]),
    "halves": lambda s: _rules(s)[1].update(destinationAddressPrefix=["10.0.0.128/25", "10.0.0.0/25", "10.0.0.0/26"]),
    "default rules": lambda s: s["networkSecurityGroups"][0].update(defaultSecurityRules=[DEFAULT, DEFAULT]),
    "descriptions": lambda s: _rules(s)[0].update(description="x", etag="y"),
    "resource groups": lambda s: s["networkSecurityGroups"][0].update(resourceGroup="rg", location="eastus"),
    "location spelled out": lambda s: s.update(location="West US", description="x"),
    "the default profile": lambda s: s.update(backup={"profile": "vm-2018", "vault": "v"}),
    "the connected state": lambda s: s["virtualNetworks"][0]["virtualNetworkPeerings"][0].update(
        peeringState="Connected", allowVirtualNetworkAccess=True
    ),
    "a host rule that is off": lambda s: _vm(s)["hostFirewall"]["rules"].append(
        {"name": "x", "direction": "In", "action": "Allow", "enabled": False}
    ),
}
OTHER: dict[str, Change] = {
    "cloud": lambda s: s.update(cloud="China", serviceTags=None),
    "location": lambda s: s.update(location="eastus"),
    "priority": lambda s: _rules(s)[0].update(priority=201),
    "access": lambda s: _rules(s)[0].update(access="Deny"),
    "direction": lambda s: _rules(s)[0].update(direction="Inbound"),
    "protocol": lambda s: _rules(s)[0].update(protocol="Udp"),
    "a port": lambda s: _rules(s)[0].update(destinationPortRange="442-443"),
    "a source port": lambda s: _rules(s)[0].update(sourcePortRange="1"),
    "an address": lambda s: _rules(s)[0].update(sourceAddressPrefix="10.0.0.5"),
    "a tag": lambda s: _rules(s)[0].update(destinationAddressPrefix="Storage"),
    "a rule name": lambda s: _rules(s)[0].update(name="rule-c"),
    "a rule": lambda s: _rules(s).pop(),
    "uncertain": lambda s: _rules(s)[0].update(uncertain="why"),
    "an expression": lambda s: _rules(s)[0].update(sourceAddressPrefix="[parameters('x')]"),
    "a default rule": lambda s: s["networkSecurityGroups"][0].update(
        defaultSecurityRules=[{**DEFAULT, "access": "Deny"}]
    ),
    "no association": lambda s: _subnet(s).pop("networkSecurityGroup"),
    "no route table": lambda s: _subnet(s).pop("routeTable"),
    "a NAT gateway": lambda s: _subnet(s).update(natGateway="nat"),
    "private": lambda s: _subnet(s).update(defaultOutboundAccess=False),
    "not private": lambda s: _subnet(s).update(defaultOutboundAccess=True),
    "a subnet's prefix": lambda s: _subnet(s).update(addressPrefix="10.0.0.0/25"),
    "a service endpoint": lambda s: _subnet(s).update(serviceEndpoints=["Microsoft.Sql"]),
    "address space": lambda s: s["virtualNetworks"][0].update(addressSpace=["10.0.0.0/15"]),
    "gateway prefixes": lambda s: s["virtualNetworks"][0].update(gatewayPrefixes=[]),
    "a peering": lambda s: s["virtualNetworks"][0].pop("virtualNetworkPeerings"),
    "a peering's state": lambda s: s["virtualNetworks"][0]["virtualNetworkPeerings"][0].update(
        peeringState="Initiated"
    ),
    "a next hop": lambda s: s["routeTables"][0]["routes"][0].update(nextHopType="Internet"),
    "a route's prefix": lambda s: s["routeTables"][0]["routes"][0].update(addressPrefix="10.9.0.0/17"),
    "a NIC's address": lambda s: _vm(s)["networkInterfaces"][0].update(privateIPAddress="10.0.0.5"),
    "a NIC's NSG": lambda s: _vm(s)["networkInterfaces"][0].update(networkSecurityGroup="nsg"),
    "a public address": lambda s: _vm(s)["networkInterfaces"][0].update(publicIPAddress="203.0.113.9"),
    "a Standard address": lambda s: _vm(s)["networkInterfaces"][0].update(
        publicIPAddress={"ipAddress": "203.0.113.9", "sku": "Standard"}
    ),
    "a Basic address": lambda s: _vm(s)["networkInterfaces"][0].update(
        publicIPAddress={"ipAddress": "203.0.113.9", "sku": "Basic"}
    ),
    "a group": lambda s: _vm(s)["networkInterfaces"][0].update(applicationSecurityGroups=["g"]),
    "a declared group": lambda s: s.update(applicationSecurityGroups=["g"]),
    "an operating system": lambda s: _vm(s).update(osType="Windows"),
    "a host rule": lambda s: _vm(s)["hostFirewall"]["rules"].pop(),
    "the profile": lambda s: _vm(s)["hostFirewall"].update(activeProfile="Public"),
    "no host firewall": lambda s: _vm(s).update(hostFirewall="none"),
    "no word about it": lambda s: _vm(s).pop("hostFirewall"),
    "a proxy's port": lambda s: _vm(s)["proxyServer"].update(port=8081),
    "a domain": lambda s: _vm(s)["proxyServer"]["allowedDomains"].pop(),
    "a client's proxy": lambda s: _vm(s)["proxyClient"]["winhttp"].update(proxyServer="q:8080"),
    "a backup's port": lambda s: s.update(backup={"ports": [80]}),
    "what is not modelled": lambda s: s.update(unmodelled=[{"name": "privateEndpoints"}]),
    "what is not known": lambda s: s.update(unmodelled=[{"name": "x", "reason": "y"}]),
}


def loaded(folder: Path, change: Change | None = None, base: dict[str, Any] = SITE) -> Site:
    """Load the site, or the site with a change."""
    write_tags(folder)
    site = copy.deepcopy(base)
    if change is not None:
        change(site)
    return load_site([write(folder, json.dumps(site), "site.json")])


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_another_spelling_has_the_same_digest(change: Change, tmp_path: Path) -> None:
    """Order, letter case, singular and plural, ways to write a set, texts that decide nothing."""
    assert digest(loaded(tmp_path)) == digest(loaded(tmp_path, change))


def test_what_decides_has_another_digest(tmp_path: Path) -> None:
    """Each change of what a packet may meet gives a digest that no other change gives."""
    found = {name: digest(loaded(tmp_path, change)) for name, change in OTHER.items()}
    found["as it was"] = digest(loaded(tmp_path))
    assert [name for name in found if list(found.values()).count(found[name]) > 1] == []


def test_the_same_file_elsewhere_has_the_same_digest(tmp_path: Path) -> None:
    """Names of files and lines in them do not count, nor whether it is YAML or JSON."""
    write_tags(tmp_path)
    one = load_site([write(tmp_path, ARTICLE)])
    other = load_site([write(tmp_path, "\n\n" + yaml.safe_dump(yaml.safe_load(ARTICLE)), "other.yml")])
    assert digest(one) == digest(other)
    assert digest(one).startswith("sha256:")
    assert len(digest(one)) == len("sha256:") + 64


def test_reasons_do_not_count(tmp_path: Path) -> None:
    """Why something is not known is for people; that it is not known is part of the site."""
    site = loaded(tmp_path)
    one = digest(replace(site, unmodelled=(Unmodelled("addressPrefix", AT, "a"),)))
    assert one == digest(replace(site, unmodelled=(Unmodelled("addressPrefixes", AT, "b"),) * 2))
    assert one != digest(replace(site, unmodelled=(Unmodelled("natGateway", AT, "a"),)))


def test_nsgs_alone_have_no_location(tmp_path: Path) -> None:
    """Exports of NSGs do not agree on location and cloud, and what an NSG does depends on neither."""
    nsg = SITE["networkSecurityGroups"][0]
    bare = load_site([write(tmp_path, json.dumps({**nsg, "location": "eastus", "id": "/x/nsg"}), "nsg.json")])
    only = {"netcheck": 1, "cloud": "China", "location": "chinaeast", "networkSecurityGroups": [nsg]}
    assert digest(bare) == digest(loaded(tmp_path, base=only))


def test_tags_count_by_what_they_mean(tmp_path: Path) -> None:
    """A new service-tag file changes the digest only where a tag that the site names has other addresses."""
    before = digest(loaded(tmp_path))
    path = tmp_path / "ServiceTags_Public.json"
    table = json.loads(path.read_text(encoding="utf-8"))

    def after(**changes: object) -> str:
        properties = {**table["values"][0]["properties"], **changes}
        more = {"name": "Sql", "properties": {**properties, "addressPrefixes": ["192.0.2.0/24"]}}
        newer = {**table, "changeNumber": 99, "values": [more, {**table["values"][0], "properties": properties}]}
        write(tmp_path, json.dumps(newer), "newer.json")
        return digest(load_site([str(tmp_path / "site.json")], str(tmp_path / "newer.json")))

    assert before == after()
    assert before != after(addressPrefixes=["20.60.0.0/25"])
    assert before != after(networkFeatures=None)


def test_routes_count_the_prefixes_of_a_tag(tmp_path: Path) -> None:
    """The longest prefix wins among routes, so two halves are not the whole there."""
    before = digest(loaded(tmp_path))
    text = (tmp_path / "ServiceTags_Public.json").read_text(encoding="utf-8")
    write(tmp_path, text.replace('"20.60.0.0/24"', '"20.60.0.0/25", "20.60.0.128/25"'), "newer.json")
    assert before != digest(load_site([str(tmp_path / "site.json")], str(tmp_path / "newer.json")))


def test_the_order_of_rules_that_share_a_priority(tmp_path: Path) -> None:
    """An uncertain rule before a certain one decides otherwise than behind it; two that do the same do not."""

    def of(*rules: dict[str, Any]) -> str:
        nsg = {"name": "nsg", "securityRules": [{**RULE, **rule} for rule in rules]}
        return digest(loaded(tmp_path, base={"netcheck": 1, "networkSecurityGroups": [nsg]}))

    maybe, certain = {"name": "a", "uncertain": "x"}, {"name": "b", "access": "Deny"}
    assert of(maybe, certain) != of(certain, maybe)
    assert of(maybe, {**maybe, "name": "c"}) == of({**maybe, "name": "c"}, maybe)
    assert of(maybe, {**certain, "uncertain": "y"}) == of({**certain, "uncertain": "z"}, maybe)


@pytest.mark.parametrize(
    ("appliance", "counts"),
    [
        pytest.param("10.0.1.9", False, id="in the network"),
        pytest.param("10.5.0.4", False, id="in a peer"),
        pytest.param("10.6.0.4", True, id="in neither"),
    ],
)
def test_that_all_peerings_are_stated_counts_for_appliances_out_of_reach(
    appliance: str, counts: bool, tmp_path: Path
) -> None:
    def route(site: dict[str, Any]) -> None:
        site["routeTables"][0]["routes"].append(
            {
                "name": "nva",
                "addressPrefix": "0.0.0.0/0",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": appliance,
            }
        )

    site = loaded(tmp_path, route)
    stated = replace(site, virtual_networks=tuple(replace(one, states_peerings=True) for one in site.virtual_networks))
    assert (digest(stated) != digest(site)) is counts
