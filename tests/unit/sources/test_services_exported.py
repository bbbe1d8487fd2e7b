"""Private endpoints, DNS zones, load balancers, firewalls and admin rules of exports, with all their parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcheck.model.site import Site
from tests.unit.sources.test_assemble import (
    BARE,
    TWO,
    Json,
    child,
    codes,
    load,
    made,
    nic,
    path_of,
    ref,
    subnet,
    vnet,
    without,
)

ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct"
HOST = "acct.blob.core.windows.net"
APPROVED: Json = {
    "name": "c",
    "properties": {
        "privateLinkServiceId": ACCOUNT,
        "groupIds": ["blob"],
        "privateLinkServiceConnectionState": {"status": "Approved"},
    },
}
MANAGER = path_of("networkManagers", "m")


def endpoint(name: str = "pe", where: str = "vnet/subnets/app", **more: Any) -> Json:
    """Return a private endpoint for the blobs of an account."""
    place = ref("virtualNetworks", where)
    return made("privateEndpoints", name, subnet=place, privateLinkServiceConnections=[APPROVED], **more)


def endpoint_nic(address: str = "10.0.0.9", **more: Any) -> Json:
    """Return the NIC that Azure makes for the endpoint `pe`."""
    told = {"groupId": "blob", "requiredMemberName": "blob", "fqdns": [HOST]}
    inner = {"privateIPAddress": address, "subnet": ref("virtualNetworks", "vnet/subnets/app")}
    parts = [{"name": "c", "properties": {**inner, "privateLinkConnectionProperties": told}}]
    return made("networkInterfaces", "pe.nic.1", ipConfigurations=parts, **more)


def reasons(site: Site) -> list[str]:
    return [one.reason for one in site.unmodelled]


# Private endpoints.


@pytest.mark.parametrize("side", ["endpoint", "NIC", "both"])
def test_the_nic_of_an_endpoint_tells_its_addresses_and_is_no_vm(side: str, tmp_path: Path) -> None:
    """Either of the two names the other, and a DNS zone group leaves the names with the NIC."""
    of_endpoint: Json = {"networkInterfaces": [ref("networkInterfaces", "pe.nic.1")]} if side != "NIC" else {}
    of_nic: Json = {"privateEndpoint": ref("privateEndpoints", "pe")} if side != "endpoint" else {}
    site = load(tmp_path, vnet(BARE), TWO, endpoint(customDnsConfigs=[], **of_endpoint), endpoint_nic(**of_nic))
    assert [vm.name for vm in site.virtual_machines] == ["n1", "n2"]
    [found] = site.private_endpoints
    assert [str(one) for one in found.addresses] == ["10.0.0.9/32"]
    assert (found.subnet, found.service, found.groups, found.hosts) == ("vnet/app", ACCOUNT, ("blob",), (HOST,))
    assert found.is_approved is True
    assert reasons(site) == []


def test_an_endpoint_without_its_nic_has_addresses_that_are_open(tmp_path: Path) -> None:
    """It names a NIC that no file describes."""
    site = load(tmp_path, vnet(BARE), TWO, endpoint(networkInterfaces=[ref("networkInterfaces", "gone")]))
    assert [one.addresses for one in site.private_endpoints] == [()]


def test_a_nic_of_an_endpoint_that_no_file_describes_is_open(tmp_path: Path) -> None:
    """It is no VM, and what stands behind it is not known."""
    site = load(tmp_path, vnet(BARE), TWO, endpoint_nic(privateEndpoint=ref("privateEndpoints", "pe")))
    assert ([vm.name for vm in site.virtual_machines], codes(site)) == (["n1", "n2"], ["NC147"])
    assert reasons(site) == ["no file describes private endpoint `pe`, to which NIC `pe.nic.1` belongs"]


def test_a_subnet_that_lists_an_endpoint_of_the_files_is_not_open(tmp_path: Path) -> None:
    """The list repeats what the endpoints say; one that no file describes may decide."""
    where = subnet("app", "10.0.0.0/24", privateEndpoints=[ref("privateEndpoints", "pe")])
    assert reasons(load(tmp_path, vnet(where), TWO, endpoint())) == []
    assert len(reasons(load(tmp_path, vnet(where), TWO))) == 1


def test_a_zone_group_alone_says_that_there_is_an_endpoint(tmp_path: Path) -> None:
    """Its endpoint may stand anywhere."""
    group = child("privateEndpoints", "pe", "default", "privateDnsZoneGroups", privateDnsZoneConfigs=[])
    site = load(tmp_path, vnet(BARE), TWO, group)
    assert (codes(site), len(reasons(site))) == (["NC147"], 1)
    assert reasons(load(tmp_path, vnet(BARE), TWO, endpoint(), group)) == []


# Private DNS zones.


def zone(group: str = "rg") -> Json:
    return made("privateDnsZones", "privatelink.blob.core.windows.net", group, is_azures=False)


def link(group: str, network: str = "vnet") -> Json:
    found = child("privateDnsZones", "privatelink.blob.core.windows.net", "l", "virtualNetworkLinks")
    found["id"] = found["id"].replace("/rg/", f"/{group}/")
    return {**found, "properties": {"virtualNetwork": ref("virtualNetworks", network), "registrationEnabled": False}}


def test_links_join_their_zone(tmp_path: Path) -> None:
    """Azure keeps the two apart."""
    zones = load(tmp_path, vnet(BARE), TWO, zone(), link("rg")).private_dns_zones
    assert zones is not None
    assert [(one.name, one.virtual_networks) for one in zones] == [("privatelink.blob.core.windows.net", ("vnet",))]


def test_a_zone_without_its_links_is_linked_to_nobody_knows_what(tmp_path: Path) -> None:
    """An export of zones has no links; without zones, too, nobody knows which there are."""
    assert load(tmp_path, vnet(BARE), TWO, zone()).private_dns_zones is None
    assert load(tmp_path, vnet(BARE), TWO).private_dns_zones is None


def test_zones_of_one_name_are_one_with_the_links_of_all(tmp_path: Path) -> None:
    """A zone keeps its name, which is what it answers for."""
    zones = load(tmp_path, vnet(BARE), TWO, zone(), zone("b"), link("rg"), link("b", "other")).private_dns_zones
    assert zones is not None
    assert [(one.name, one.virtual_networks) for one in zones] == [("privatelink.blob.core.windows.net", ("vnet",))]
    assert load(tmp_path, vnet(BARE), TWO, zone(), zone("b"), link("rg")).private_dns_zones is None


# Load balancers.

POOL = path_of("loadBalancers", "lb/backendAddressPools/pool")
FRONTEND: Json = {
    "name": "fe",
    "properties": {"privateIPAddress": "10.0.0.20", "subnet": ref("virtualNetworks", "vnet/subnets/app")},
}


def balancer(*pools: Json, **more: Any) -> Json:
    """Return a load balancer with an HA-ports rule to its pool."""
    part = path_of("loadBalancers", "lb/frontendIPConfigurations/fe")
    rule = {"frontendIPConfiguration": {"id": part}, "backendAddressPool": {"id": POOL}, "protocol": "All"}
    ports = {"frontendPort": 0, "backendPort": 0}
    return {
        **made(
            "loadBalancers",
            "lb",
            frontendIPConfigurations=[FRONTEND],
            backendAddressPools=list(pools),
            loadBalancingRules=[{"name": "ha", "properties": {**rule, **ports}}],
            **more,
        ),
        "sku": {"name": "Standard"},
    }


@pytest.mark.parametrize("side", ["pool", "NIC", "address"])
def test_members_of_a_pool_are_known_from_either_side(side: str, tmp_path: Path) -> None:
    """The NIC names the pool, or the pool the NIC or its address."""
    one = nic("n1", "10.0.0.4")
    inner: Json = {}
    if side == "NIC":
        one["properties"]["ipConfigurations"][0]["properties"]["loadBalancerBackendAddressPools"] = [{"id": POOL}]
    elif side == "pool":
        inner = {"backendIPConfigurations": [{"id": f"{one['id']}/ipConfigurations/c"}]}
    else:
        inner = {"loadBalancerBackendAddresses": [{"name": "a", "properties": {"ipAddress": "10.0.0.4"}}]}
    site = load(tmp_path, vnet(BARE), one, balancer({"name": "pool", "id": POOL, "properties": inner}))
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [("lb/pool",)]
    assert [(one.unknown, [rule.takes_all_ports for rule in one.rules]) for one in site.load_balancers] == [
        ("", [True])
    ]


def test_a_pool_that_stands_alone_joins_its_balancer(tmp_path: Path) -> None:
    """`az network lb address-pool list` prints it without the balancer; alone, nothing else of that is known."""
    pool = child("loadBalancers", "lb", "pool", "backendAddressPools", loadBalancerBackendAddresses=[])
    [whole] = load(tmp_path, vnet(BARE), TWO, balancer(), pool).load_balancers
    assert (whole.pools, whole.unknown) == (("pool",), "")
    [part] = load(tmp_path, vnet(BARE), TWO, pool).load_balancers
    assert part.pools == ("pool",)
    assert "no file describes the rest of it" in part.unknown


def test_a_nic_in_a_pool_of_a_balancer_that_no_file_describes_stays_open(tmp_path: Path) -> None:
    """The balancer may be its way out."""
    one = nic("n1", "10.0.0.4")
    one["properties"]["ipConfigurations"][0]["properties"]["loadBalancerBackendAddressPools"] = [{"id": POOL}]
    site = load(tmp_path, vnet(BARE), one)
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [()]
    assert [one.name for one in site.unmodelled] == ["loadBalancerBackendAddressPools"]


def test_balancers_of_one_name_keep_their_pools_apart(tmp_path: Path) -> None:
    """Two resource groups have an `lb` with a `pool`; the NIC is in one of them."""
    one = nic("n1", "10.0.0.4")
    one["properties"]["ipConfigurations"][0]["properties"]["loadBalancerBackendAddressPools"] = [{"id": POOL}]
    other = made("loadBalancers", "lb", "b", backendAddressPools=[{"name": "pool"}], frontendIPConfigurations=[])
    site = load(tmp_path, vnet(BARE), one, balancer({"name": "pool", "id": POOL}), other)
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [("lb (rg)/pool",)]


# Azure Firewalls.

POLICY = path_of("firewallPolicies", "p")
GROUP = f"{POLICY}/ruleCollectionGroups/g"
COLLECTION: Json = {
    "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
    "name": "allow",
    "priority": 200,
    "action": {"type": "Allow"},
    "rules": [
        {
            "ruleType": "NetworkRule",
            "name": "https",
            "ipProtocols": ["TCP"],
            "sourceAddresses": [],
            "sourceIpGroups": [path_of("ipGroups", "clients")],
            "destinationAddresses": ["*"],
            "destinationPorts": ["443"],
        }
    ],
}


def firewall(**more: Any) -> Json:
    inner = {"privateIPAddress": "10.0.1.4", "subnet": ref("virtualNetworks", "vnet/subnets/AzureFirewallSubnet")}
    return made("azureFirewalls", "fw", ipConfigurations=[{"name": "c", "properties": inner}], **more)


HUB = vnet(BARE, subnet("AzureFirewallSubnet", "10.0.1.0/26"))


def test_groups_that_stand_alone_join_their_policy(tmp_path: Path) -> None:
    """A policy has the IDs of its groups only, and those stand alone in an export."""
    policy = made("firewallPolicies", "p", ruleCollectionGroups=[{"id": GROUP}])
    group = {**child("firewallPolicies", "p", "g", "ruleCollectionGroups"), "id": GROUP}
    group["properties"] = {"priority": 100, "ruleCollections": [COLLECTION]}
    clients = made("ipGroups", "clients", ipAddresses=["10.0.0.0/24"])
    wall = firewall(firewallPolicy={"id": POLICY})
    [found] = load(tmp_path, HUB, TWO, wall, policy, group, clients).azure_firewalls
    assert (found.unknown, [one.order for one in found.collections]) == ("", [(0, 100, 200)])
    assert [str(one) for one in found.collections[0].rules[0].sources] == ["10.0.0.0/24"]
    for files in ([wall, policy, clients], [wall, clients], [wall, group, clients]):
        [open_one] = load(tmp_path, HUB, TWO, *files).azure_firewalls
        assert open_one.unknown != ""


def test_other_parts_of_a_policy_stay_open(tmp_path: Path) -> None:
    """Rule groups of the first API version are not read, and may decide."""
    old = child("firewallPolicies", "p", "g", "ruleGroups", rules=[])
    assert [one.name for one in load(tmp_path, HUB, TWO, old).unmodelled] == ["firewallPolicies"]


# Security admin rules.


def admin_rule(**more: Any) -> Json:
    identity = f"{MANAGER}/securityAdminConfigurations/c/ruleCollections/r/rules/deny"
    found: Json = {"priority": 10, "direction": "Inbound", "access": "Deny", "protocol": "Any", **more}
    kind = "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules"
    return {"id": identity, "name": "deny", "type": kind, "kind": "Custom", "properties": found}


def part_of(manager_part: str, kind: str, **properties: Any) -> Json:
    identity = f"{MANAGER}/{manager_part}"
    name = identity.rpartition("/")[2]
    return {"id": identity, "name": name, "type": f"Microsoft.Network/networkManagers/{kind}", "properties": properties}


COLLECTED = part_of(
    "securityAdminConfigurations/c/ruleCollections/r",
    "securityAdminConfigurations/ruleCollections",
    appliesToGroups=[{"networkGroupId": f"{MANAGER}/networkGroups/g"}],
)
NETWORK_GROUP = part_of("networkGroups/g", "networkGroups")


def member(network: str) -> Json:
    place = path_of("virtualNetworks", network)
    name = network.rpartition("/")[2]
    return part_of(f"networkGroups/g/staticMembers/{name}", "networkGroups/staticMembers", resourceId=place)


def test_a_rule_applies_to_the_static_members_of_its_groups(tmp_path: Path) -> None:
    """The rule's collection names groups, and those have members; that it is deployed is said to be assumed."""
    site = load(tmp_path, vnet(BARE), TWO, admin_rule(), COLLECTED, NETWORK_GROUP, member("vnet"))
    [found] = site.admin_rules
    assert (found.virtual_networks, found.manager, found.unknown) == (("vnet",), "m", "")
    assert codes(site) == ["NC153"]
    assert load(tmp_path, vnet(BARE), TWO, admin_rule(), COLLECTED, member("other")).admin_rules == ()


@pytest.mark.parametrize(
    "files",
    [[], [COLLECTED], [COLLECTED, NETWORK_GROUP], [COLLECTED, member("vnet"), member("vnet/subnets/app")]],
    ids=["no collection", "no group", "no static member", "a subnet"],
)
def test_a_rule_of_a_group_with_other_members_may_apply_to_any_network(files: list[Json], tmp_path: Path) -> None:
    """Members that an Azure Policy chooses stand in no file."""
    [found] = load(tmp_path, vnet(BARE), TWO, admin_rule(), *files).admin_rules
    assert found.virtual_networks == ()
    assert found.unknown != ""


def test_a_policy_beside_a_group_may_add_members(tmp_path: Path) -> None:
    """The static member has the rule for certain, and others may have it."""
    policy = {"type": "Microsoft.Authorization/policyDefinitions", "name": "p", "id": "/p", "properties": {}}
    found = load(tmp_path, vnet(BARE), TWO, admin_rule(), COLLECTED, member("vnet"), policy).admin_rules
    assert [(one.virtual_networks, bool(one.unknown)) for one in found] == [(("vnet",), False), ((), True)]


APPLIED: Json = {"ruleCollectionAppliesToGroups": [{"networkGroupId": f"{MANAGER}/networkGroups/g"}]}


def test_rules_that_azure_prints_as_deployed_are(tmp_path: Path) -> None:
    """It prints the groups by which a rule is deployed to a region; a network elsewhere does not have it."""
    active = admin_rule(**APPLIED, commitTime="2024-01-01", region="westus")
    here: Json = {**vnet(BARE), "location": "West US"}
    site = load(tmp_path, here, TWO, active, member("vnet"))
    assert ([one.virtual_networks for one in site.admin_rules], codes(site)) == ([("vnet",)], [])
    [found] = load(tmp_path, {**here, "location": "eastus"}, TWO, active, member("vnet")).admin_rules
    assert found.unknown != ""


def test_rules_that_azure_prints_for_one_network_apply_to_it(tmp_path: Path) -> None:
    """They do not name it: it is the only one, or the one that their file is called as."""
    other = vnet(name="other", space="10.9.0.0/16")
    [found] = load(tmp_path, vnet(BARE), TWO, admin_rule(**APPLIED)).admin_rules
    assert (found.virtual_networks, found.unknown) == (("vnet",), "")
    [open_one] = load(tmp_path, vnet(BARE), other, TWO, admin_rule(**APPLIED)).admin_rules
    assert (open_one.virtual_networks, bool(open_one.unknown)) == ((), True)
    named = vnet(name="3", space="10.9.0.0/16")
    [of_file] = load(tmp_path, vnet(BARE), named, TWO, admin_rule(**APPLIED)).admin_rules
    assert (of_file.virtual_networks, of_file.unknown) == (("3",), "")


@pytest.mark.parametrize("accesses", [["SecurityAdmin"], ["Connectivity"], None])
def test_a_manager_that_azure_printed_may_have_configurations_that_no_file_has(
    accesses: list[str] | None, tmp_path: Path
) -> None:
    """A template has them beside it; an export holds what was asked for."""
    stated: Json = {} if accesses is None else {"networkManagerScopeAccesses": accesses}
    found = reasons(load(tmp_path, vnet(BARE), TWO, made("networkManagers", "m", **stated)))
    assert len(found) == len(accesses or range(4))
    assert all("that no file describes" in one for one in found)
    assert reasons(load(tmp_path, vnet(BARE), TWO, without(made("networkManagers", "m", **stated), "etag"))) == []


def test_connectivity_configurations_stay_open(tmp_path: Path) -> None:
    """They may connect networks without any peering."""
    mesh = part_of("connectivityConfigurations/mesh", "connectivityConfigurations", connectivityTopology="Mesh")
    assert [one.name for one in load(tmp_path, vnet(BARE), TWO, mesh).unmodelled] == ["networkManagers"]
