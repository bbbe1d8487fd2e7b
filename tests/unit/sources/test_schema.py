"""The JSON Schema of the site format and the reader agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import netcheck
from netcheck.errors import InputError
from netcheck.sources.load import load_site
from tests.unit.sources.sites import ARTICLE, load, write, write_tags

DATA = Path(netcheck.__path__[0]) / "data"
SCHEMA = json.loads((DATA / "site.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BAD = Path(__file__).parents[3] / "fixtures" / "bad"


def keys(definition: str) -> list[str]:
    """The keys a definition names, those of its pattern too."""
    found = SCHEMA["$defs"][definition] if definition else SCHEMA
    listed = list(found["properties"])
    for pattern in found.get("patternProperties", {}):
        listed += re.fullmatch(r"\^\((.*)\)\$", pattern)[1].split("|")  # type: ignore[index]  # else the test has to fail
    return [name for name in listed if name != "properties"]


INTENTS = json.loads((DATA / "intents.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(BAD.parent.glob("*/intents*.yaml")), ids=lambda path: path.parent.name)
def test_intents_of_the_stories_are_valid(path: Path) -> None:
    """Every intents file of the fixtures is read, satisfies its schema, and names it for editors."""
    from netcheck.sources.intents.file import read_intents

    assert read_intents(str(path)).intents
    text = path.read_text(encoding="utf-8")
    jsonschema.Draft202012Validator(INTENTS).validate(yaml.safe_load(text))
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../../netcheck/data/intents.schema.json"


def test_schema_is_a_schema() -> None:
    """The file is valid JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(INTENTS)


def test_article_site_is_valid(tmp_path: Path) -> None:
    """The format's own example satisfies the schema, and the reader."""
    write_tags(tmp_path)
    load(tmp_path, ARTICLE)
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(ARTICLE))] == []


def test_starting_site_is_valid() -> None:
    """The site that `netcheck init` prints loads without a warning and satisfies the schema."""
    path = DATA / "init.yaml"
    assert load_site([str(path)]).warnings == ()
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(value)] == []


@pytest.mark.parametrize(
    "name",
    [
        "key-unknown",
        "key-unknown-in-site",
        "kind-site-without-format",
        "kind-format-two",
        "type-text-for-list",
        "type-list-for-text",
        "type-mapping-for-text",
        "type-text-for-mapping",
        "word-unknown",
        "word-cloud",
        "word-profile",
        "host-firewall-kind",
        "host-firewall-word",
        "nic-missing",
    ],
)
def test_schema_refuses_what_the_reader_refuses(name: str) -> None:
    """Faults of shape are seen by an editor that knows the schema, before netcheck runs."""
    value = yaml.safe_load((BAD / f"{name}.yaml").read_text(encoding="utf-8"))
    assert not VALIDATOR.is_valid(value)


def full_site() -> dict[str, Any]:
    """A site in which every resource carries every key the schema names; null where no value is needed."""

    def resource(definition: str, **values: object) -> dict[str, Any]:
        return {**dict.fromkeys(keys(definition)), **values}

    rule = resource("securityRule", name="r", priority=100, direction="Inbound", access="Allow", protocol="*")
    rule |= dict.fromkeys(
        ("sourceAddressPrefix", "sourcePortRange", "destinationAddressPrefix", "destinationPortRange"), "*"
    )
    configuration = resource(
        "ipConfiguration", privateIPAddress="10.0.0.5", publicIPAddress=resource("publicIPAddress", name="p")
    )
    nic = resource(
        "networkInterface", name="n", subnet="v/s", privateIPAddress="10.0.0.4", ipConfigurations=[configuration]
    )
    nic["effectiveRoutes"] = [
        resource("effectiveRoute", addressPrefix="10.0.0.0/8", nextHopType="None", state="Active")
    ]
    subnet = resource(
        "subnet", name="s", addressPrefix="10.0.0.0/24", serviceEndpoints=[{"service": "Microsoft.Storage"}]
    )
    peering = resource("peering", name="p", virtualNetwork="v", remoteVirtualNetwork="w")
    network = resource(
        "virtualNetwork", name="v", addressSpace=["10.0.0.0/16"], subnets=[subnet], virtualNetworkPeerings=[peering]
    )
    route = resource("route", name="r", addressPrefix="0.0.0.0/0", nextHopType="None")
    host_rule = resource("hostRule", name="h", direction="In", action="Allow")
    server = resource("proxyServer", port=8080, allowedDomains=["x.com"])
    machine = resource(
        "virtualMachine",
        name="m",
        networkInterfaces=[nic],
        hostFirewall={"kind": "windows", "rules": [host_rule]},
        proxyServer=server,
        proxyClient=resource("proxyClient"),
    )
    return {
        **dict.fromkeys(keys("")),
        "netcheck": 1,
        "virtualNetworks": [network],
        "networkSecurityGroups": [resource("networkSecurityGroup", name="g", securityRules=[rule])],
        "routeTables": [resource("routeTable", name="t", routes=[route])],
        "virtualMachines": [machine],
        "backup": resource("backup"),
        **placed(resource),
    }


def placed(resource: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """What stands in networks beside VMs, every key of it."""
    balancing = resource("balancingRule", name="b", frontendIPConfiguration="f", protocol="All")
    outbound = resource("outboundRule", name="o", backendAddressPool="p", protocol="All")
    pool = resource(
        "backendPool", name="p", loadBalancerBackendAddresses=[resource("poolMember", ipAddress="10.0.0.4")]
    )
    network = resource("firewallNetworkRule", name="n", protocols="TCP", sourceAddresses="*", destinationPorts="1")
    network |= {"destinationAddresses": "*", "ruleType": "NetworkRule"}
    scheme = resource("schemePort", protocolType="Https")
    application = resource(
        "firewallApplicationRule", name="a", sourceAddresses="*", protocols=[scheme], targetFqdns="x"
    )
    translating = resource("firewallNatRule", name="d", protocols="TCP", sourceAddresses="*", destinationPorts="1")
    translating |= {"destinationAddresses": "203.0.113.7", "translatedAddress": "10.0.0.4", "translatedPort": 1}

    def collection(kind: str, priority: int, rule: dict[str, Any]) -> dict[str, Any]:
        return resource(f"{kind}Collection", name=kind, priority=priority, action="Allow", rules=[rule])

    group = resource(
        "ruleCollectionGroup", name="g", priority=100, ruleCollections=[collection("policy", 100, {**network})]
    )
    return {
        "privateEndpoints": [
            resource(
                "privateEndpoint",
                name="e",
                subnet="v/s",
                ipConfigurations=[resource("endpointConfiguration", privateIPAddress="10.0.0.9")],
                privateLinkServiceConnections=[
                    resource("connection", privateLinkServiceConnectionState=resource("connectionState"))
                ],
                customDnsConfigs=[resource("dnsConfiguration", fqdn="x")],
            )
        ],
        "privateDnsZones": [
            resource(
                "privateDnsZone",
                name="z",
                virtualNetworkLinks=[resource("virtualNetworkLink", virtualNetwork="v")],
            )
        ],
        "loadBalancers": [
            resource(
                "loadBalancer",
                name="l",
                frontendIPConfigurations=[resource("frontend", name="f", privateIPAddress="10.0.0.10")],
                backendAddressPools=[pool],
                loadBalancingRules=[balancing],
                outboundRules=[outbound],
            )
        ],
        "securityAdminRules": [
            resource(
                "securityAdminRule",
                name="r",
                priority=1,
                direction="Inbound",
                access="Deny",
                protocol="Any",
                sources=[{"addressPrefix": "*", "addressPrefixType": None}],
            )
        ],
        "azureFirewalls": [
            resource(
                "azureFirewall",
                name="w",
                ipConfigurations=[resource("firewallConfiguration", privateIPAddress="10.0.0.11")],
                networkRuleCollections=[collection("network", 100, network)],
                applicationRuleCollections=[collection("application", 100, application)],
                natRuleCollections=[collection("nat", 100, translating)],
            )
        ],
        "firewallPolicies": [resource("firewallPolicy", name="p", ruleCollectionGroups=[group])],
        "ipGroups": [resource("ipGroup", name="i")],
    }


def test_reader_knows_every_key_of_the_schema(tmp_path: Path) -> None:
    """A site that uses each key the schema names is read without an unknown key, and is valid itself."""
    site = full_site()
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(site)] == []
    loaded = load_site([write(tmp_path, json.dumps(site, indent=1), "site.json")])
    assert loaded.virtual_machines[0].name == "m"


def unknown_at_each_level(site: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the site's mappings that have a definition of their own."""
    network, machine = site["virtualNetworks"][0], site["virtualMachines"][0]
    yield from (site, network, network["subnets"][0], network["virtualNetworkPeerings"][0])
    yield from (site["networkSecurityGroups"][0], site["networkSecurityGroups"][0]["securityRules"][0])
    yield from (site["routeTables"][0], site["routeTables"][0]["routes"][0])
    yield from (machine, machine["networkInterfaces"][0], machine["networkInterfaces"][0]["ipConfigurations"][0])
    yield from (
        machine["hostFirewall"],
        machine["hostFirewall"]["rules"][0],
        machine["proxyServer"],
        machine["proxyClient"],
    )
    yield site["backup"]
    endpoint, balancer, firewall = (site[name][0] for name in ("privateEndpoints", "loadBalancers", "azureFirewalls"))
    yield from (endpoint, *(endpoint[name][0] for name in ("ipConfigurations", "privateLinkServiceConnections")))
    yield endpoint["privateLinkServiceConnections"][0]["privateLinkServiceConnectionState"]
    yield from (endpoint["customDnsConfigs"][0], *(site[name][0] for name in ("privateDnsZones", "ipGroups")))
    yield site["privateDnsZones"][0]["virtualNetworkLinks"][0]
    parts = ("frontendIPConfigurations", "backendAddressPools", "loadBalancingRules", "outboundRules")
    yield from (balancer, *(balancer[name][0] for name in parts))
    yield balancer["backendAddressPools"][0]["loadBalancerBackendAddresses"][0]
    yield from (site["securityAdminRules"][0], site["securityAdminRules"][0]["sources"][0], firewall)
    for name in ("networkRuleCollections", "applicationRuleCollections", "natRuleCollections"):
        yield from (firewall[name][0], firewall[name][0]["rules"][0])
    yield from (firewall["ipConfigurations"][0], firewall["applicationRuleCollections"][0]["rules"][0]["protocols"][0])
    group = site["firewallPolicies"][0]["ruleCollectionGroups"][0]
    yield from (
        site["firewallPolicies"][0],
        group,
        group["ruleCollections"][0],
        group["ruleCollections"][0]["rules"][0],
    )
    yield machine["networkInterfaces"][0]["effectiveRoutes"][0]


@pytest.mark.parametrize("level", range(len(list(unknown_at_each_level(full_site())))))
def test_unknown_keys_are_refused_everywhere(level: int, tmp_path: Path) -> None:
    """A key nobody knows is refused on every level, by the schema and by the reader."""
    site = full_site()
    list(unknown_at_each_level(site))[level]["colour"] = "red"
    assert not VALIDATOR.is_valid(site)
    with pytest.raises(InputError) as caught:
        load_site([write(tmp_path, json.dumps(site), "site.json")])
    assert [found.code for found in caught.value.diagnostics] == ["NC120"]
