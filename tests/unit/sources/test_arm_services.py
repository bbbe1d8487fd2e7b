"""Endpoints, balancers and firewalls of templates: parts that stand alone or inside join the resource they are of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.model.site import Site
from netcheck.sources.load import load_site
from tests.unit.sources.test_arm_template import template

Json = dict[str, Any]
SUBNET = {"id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'vnet', 'app')]"}


def resource(kind: str, name: str, properties: Json | None = None, **parts: Any) -> Json:
    """Return a resource of a template."""
    found = {"type": f"Microsoft.Network/{kind}", "apiVersion": "2024-05-01", "name": name}
    return {**found, "properties": properties or {}, **parts}


VNET = resource(
    "virtualNetworks",
    "vnet",
    {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "app", "properties": {"addressPrefix": "10.0.0.0/24", "defaultOutboundAccess": True}}],
    },
)


def load(folder: Path, *resources: Json, **parts: Any) -> Site:
    """Load a template with a virtual network and these resources."""
    path = folder / "main.json"
    path.write_text(json.dumps(template(VNET, *resources, **parts)), encoding="utf-8")
    return load_site([str(path)])


def reasons(site: Site) -> list[str]:
    return [one.reason for one in site.unmodelled]


def nic(**inner: Any) -> Json:
    part = {"privateIPAddress": "10.0.0.4", "subnet": SUBNET, **inner}
    return resource("networkInterfaces", "n", {"ipConfigurations": [{"name": "c", "properties": part}]})


ENDPOINT = resource(
    "privateEndpoints",
    "pe",
    {
        "subnet": SUBNET,
        "ipConfigurations": [{"name": "c", "properties": {"privateIPAddress": "10.0.0.9", "groupId": "blob"}}],
        "privateLinkServiceConnections": [
            {
                "name": "c",
                "properties": {
                    "privateLinkServiceId": "[resourceId('Microsoft.Storage/storageAccounts', 'acct')]",
                    "groupIds": ["blob"],
                },
            }
        ],
    },
)
ZONE = "privatelink.blob.core.windows.net"
LINKED = {"virtualNetwork": {"id": "[resourceId('Microsoft.Network/virtualNetworks', 'vnet')]"}}


@pytest.mark.parametrize("is_inside", [True, False])
def test_dns_groups_and_links_join_their_endpoint_and_zone(is_inside: bool, tmp_path: Path) -> None:
    """A child may be called `PARENT/CHILD`, or stand in the `resources` of its parent."""
    group: Json = {"privateDnsZoneConfigs": [{"name": "c", "properties": {"privateDnsZoneId": "x"}}]}
    if is_inside:
        inner = [resource("privateEndpoints", "default", group, type="privateDnsZoneGroups")]
        links = [resource("privateDnsZones", "l", LINKED, type="virtualNetworkLinks")]
        resources = [{**ENDPOINT, "resources": inner}, resource("privateDnsZones", ZONE, resources=links)]
    else:
        resources = [ENDPOINT, resource("privateEndpoints/privateDnsZoneGroups", "pe/default", group)]
        link = resource("privateDnsZones/virtualNetworkLinks", f"{ZONE}/l", LINKED)
        resources += [resource("privateDnsZones", ZONE), link]
    site = load(tmp_path, nic(), *resources)
    assert [(one.name, one.subnet, [str(a) for a in one.addresses]) for one in site.private_endpoints] == [
        ("pe", "vnet/app", ["10.0.0.9/32"])
    ]
    assert site.private_endpoints[0].service.endswith("/storageAccounts/acct")
    zones = site.private_dns_zones
    assert zones is not None
    assert [(one.name, one.virtual_networks) for one in zones] == [(ZONE, ("vnet",))]
    assert reasons(site) == []


def test_an_endpoint_whose_condition_is_not_known_is_open(tmp_path: Path) -> None:
    """A parameter without a value decides whether it exists."""
    parameters = {"wanted": {"type": "bool"}}
    site = load(tmp_path, nic(), {**ENDPOINT, "condition": "[parameters('wanted')]"}, parameters=parameters)
    assert [one.name for one in site.private_endpoints] == ["pe"]
    assert ["whether `pe` exists is not known" in one for one in reasons(site)] == [True]


def balancer(*pools: Json) -> Json:
    part = "[resourceId('Microsoft.Network/loadBalancers/{}', 'lb', '{}')]"
    rule = {
        "frontendIPConfiguration": {"id": part.format("frontendIPConfigurations", "fe")},
        "backendAddressPool": {"id": part.format("backendAddressPools", "pool")},
        "protocol": "Tcp",
        "frontendPort": 443,
        "backendPort": 443,
    }
    frontend = {"name": "fe", "properties": {"privateIPAddress": "10.0.0.20", "subnet": SUBNET}}
    inner: Json = {"frontendIPConfigurations": [frontend], "backendAddressPools": list(pools)}
    rules = [{"name": "r", "properties": rule}]
    return resource("loadBalancers", "lb", inner | {"loadBalancingRules": rules}, sku={"name": "Standard"})


@pytest.mark.parametrize("pools", [(), ({"name": "pool"},)], ids=["alone", "inside and alone"])
def test_a_pool_that_stands_alone_is_the_balancers(pools: tuple[Json, ...], tmp_path: Path) -> None:
    """A template that names it inside as well deploys what stands alone after it."""
    members = {"loadBalancerBackendAddresses": [{"name": "a", "properties": {"ipAddress": "10.0.0.4"}}]}
    alone = resource("loadBalancers/backendAddressPools", "lb/pool", members)
    site = load(tmp_path, nic(), balancer(*pools), alone)
    [found] = site.load_balancers
    assert (found.pools, found.unknown, [one.pool for one in found.rules]) == (("pool",), "", ["pool"])
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [("lb/pool",)]


def test_a_nic_names_its_pool_by_an_expression(tmp_path: Path) -> None:
    """`resourceId` leads to the balancer of the template."""
    pool = {"id": "[resourceId('Microsoft.Network/loadBalancers/backendAddressPools', 'lb', 'pool')]"}
    site = load(tmp_path, nic(loadBalancerBackendAddressPools=[pool]), balancer({"name": "pool"}))
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [("lb/pool",)]
    assert reasons(site) == []


def test_rule_collection_groups_join_their_policy(tmp_path: Path) -> None:
    """A policy of a template has no groups inside."""
    rule = {"ruleType": "NetworkRule", "name": "r", "ipProtocols": ["TCP"], "sourceAddresses": ["*"]}
    rule |= {"destinationAddresses": ["Storage"], "destinationPorts": ["443"]}
    collection: Json = {"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "c", "priority": 300}
    collection |= {"action": {"type": "Allow"}, "rules": [rule]}
    place = {"privateIPAddress": "10.0.0.8", "subnet": SUBNET}
    policy = {"id": "[resourceId('Microsoft.Network/firewallPolicies', 'p')]"}
    wall = {"ipConfigurations": [{"name": "c", "properties": place}], "firewallPolicy": policy}
    group = {"priority": 100, "ruleCollections": [collection]}
    resources = [
        resource("firewallPolicies", "p"),
        resource("firewallPolicies/ruleCollectionGroups", "p/g", group),
        resource("azureFirewalls", "fw", wall),
    ]
    [found] = load(tmp_path, nic(), *resources).azure_firewalls
    assert (found.unknown, [(one.name, one.order) for one in found.collections]) == ("", [("c", (0, 100, 300))])
    [without_policy] = load(tmp_path, nic(), resources[2]).azure_firewalls
    assert without_policy.unknown != ""


def test_admin_rules_of_a_template_apply_to_the_members_of_their_group(tmp_path: Path) -> None:
    """Four levels of children, each called after all above it."""
    network = "[resourceId('Microsoft.Network/virtualNetworks', 'vnet')]"
    group = "[resourceId('Microsoft.Network/networkManagers/networkGroups', 'm', 'g')]"
    kind = "networkManagers/securityAdminConfigurations"
    rule: Json = {"priority": 10, "direction": "Outbound", "access": "Deny", "protocol": "Tcp"}
    rule |= {"destinations": [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}]}
    site = load(
        tmp_path,
        nic(),
        resource("networkManagers", "m", {"networkManagerScopeAccesses": ["SecurityAdmin", "Connectivity"]}),
        resource("networkManagers/networkGroups", "m/g"),
        resource("networkManagers/networkGroups/staticMembers", "m/g/v", {"resourceId": network}),
        resource(kind, "m/c"),
        resource(f"{kind}/ruleCollections", "m/c/r", {"appliesToGroups": [{"networkGroupId": group}]}),
        resource(f"{kind}/ruleCollections/rules", "m/c/r/deny", rule),
    )
    assert [(one.name, one.virtual_networks, one.manager, one.unknown) for one in site.admin_rules] == [
        ("deny", ("vnet",), "m", "")
    ]
    assert reasons(site) == []
