"""Terraform's endpoints, balancers, firewalls and admin rules: Azure's spelling, and what a plan makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.model.site import Site
from netcheck.sources.load import load_site
from tests.unit.sources.plain import plain
from tests.unit.sources.test_terraform_plan import Json, block, configured, made, plan, refers, resources

ID = {"id": True}


def only(kind: str, values: Json, unknown: Json | None = None) -> Any:
    """The node of the one resource of a plan, as JSON."""
    (found,) = resources(plan(made(f"azurerm_{kind}.x", values, unknown)))
    return plain(found.node)


def load(folder: Path, *parts: Json, **more: Any) -> Site:
    """Load a plan."""
    path = folder / "plan.json"
    path.write_text(json.dumps(plan(*parts, **more)), encoding="utf-8")
    return load_site([str(path)])


def reasons(site: Site) -> list[str]:
    return [one.reason for one in site.unmodelled]


# How fields are called.


@pytest.mark.parametrize(("is_manual", "name"), [(False, "privateLink"), (True, "manualPrivateLink")])
def test_a_private_endpoint(is_manual: bool, name: str) -> None:
    """A connection that somebody has to approve stands in a list of its own; the address is the endpoint's."""
    connection: Json = {"name": "c", "private_connection_resource_id": "/acct", "subresource_names": ["blob"]}
    connection |= {"is_manual_connection": is_manual, "private_ip_address": "10.0.5.4", "request_message": None}
    hosts = [{"fqdn": "acct.blob.core.windows.net", "ip_addresses": ["10.0.5.4"]}]
    values = {"name": "pe", "subnet_id": "/s", "private_service_connection": [connection], "custom_dns_configs": hosts}
    assert only("private_endpoint", {**values, "private_dns_zone_group": [{"name": "default"}]}) == {
        "name": "pe",
        "subnet": {"id": "/s"},
        f"{name}ServiceConnections": [{"name": "c", "privateLinkServiceId": "/acct", "groupIds": ["blob"]}],
        "privateIPAddress": "10.0.5.4",
        "customDnsConfigs": [{"fqdn": "acct.blob.core.windows.net", "ipAddresses": ["10.0.5.4"]}],
    }


def test_a_private_endpoint_whose_address_azure_chooses() -> None:
    """A new one has no address yet, and no names."""
    connection: Json = {"name": "c", "private_connection_resource_id": "/acct", "is_manual_connection": False}
    marks = {"private_service_connection": [{"private_ip_address": True}], "custom_dns_configs": True}
    found = only("private_endpoint", {"name": "pe", "private_service_connection": [connection]}, marks)
    assert found["privateIPAddress"] == "?azurerm_private_endpoint.x.private_service_connection[0].private_ip_address"
    assert "customDnsConfigs" not in found
    fixed = {"name": "c", "private_ip_address": "10.0.5.9", "subresource_name": "blob", "member_name": "blob"}
    values = {"name": "pe", "private_service_connection": [connection], "ip_configuration": [fixed]}
    found = only("private_endpoint", values, marks)
    assert "privateIPAddress" not in found
    assert found["ipConfigurations"] == [
        {"name": "c", "privateIPAddress": "10.0.5.9", "groupId": "blob", "memberName": "blob"}
    ]


def test_a_load_balancer_and_its_parts() -> None:
    """The parts name their balancer by ID."""
    frontends = [
        {"name": "in", "subnet_id": "/s", "private_ip_address": "10.0.0.20", "zones": []},
        {"name": "out", "public_ip_address_id": "/pip", "public_ip_prefix_id": None},
    ]
    assert only("lb", {"name": "lb", "sku": "Standard", "frontend_ip_configuration": frontends}) == {
        "name": "lb",
        "sku": "Standard",
        "frontendIPConfigurations": [
            {"name": "in", "subnet": {"id": "/s"}, "privateIPAddress": "10.0.0.20"},
            {"name": "out", "publicIPAddress": {"id": "/pip"}},
        ],
    }
    rule: Json = {"name": "r", "loadbalancer_id": "/lb", "frontend_ip_configuration_name": "in", "protocol": "Tcp"}
    rule |= {"frontend_port": 443, "backend_port": 8443, "backend_address_pool_ids": ["/pool"], "probe_id": "/p"}
    (found,) = resources(plan(made("azurerm_lb_rule.x", {**rule, "floating_ip_enabled": True})))
    assert (found.type, found.parent) == ("microsoft.network/loadbalancers/loadbalancingrules", "/lb")
    assert plain(found.node) == {
        "name": "r",
        "frontendIPConfiguration": "in",
        "protocol": "Tcp",
        "frontendPort": "443",
        "backendPort": "8443",
        "backendAddressPools": [{"id": "/pool"}],
        "enableFloatingIP": "true",
    }
    out = {"name": "o", "loadbalancer_id": "/lb", "backend_address_pool_id": "/pool", "protocol": "All"}
    assert only("lb_outbound_rule", {**out, "frontend_ip_configuration": [{"name": "out"}]}) == {
        "name": "o",
        "backendAddressPool": {"id": "/pool"},
        "protocol": "All",
        "frontendIPConfigurations": [{"name": "out"}],
    }


def rule(**more: Any) -> Json:
    """A rule of any collection."""
    return {"name": "r", "source_addresses": ["10.0.0.0/8"], "source_ip_groups": None, **more}


def test_a_group_of_a_policy_has_one_list_of_all_its_collections() -> None:
    """azurerm has three blocks, and Azure tells the kinds apart by words in each collection and each rule."""
    web = rule(protocols=[{"type": "Https", "port": 443}], destination_fqdns=["a.test"], destination_fqdn_tags=["T"])
    nets = rule(protocols=["TCP"], destination_addresses=["*"], destination_ports=["443"])
    dnat = rule(protocols=["TCP"], destination_address="1.2.3.4", destination_ports=["80"])
    dnat |= {"translated_address": "10.0.0.4", "translated_port": 8080}
    values = {
        "name": "g",
        "priority": 500,
        "firewall_policy_id": "/p",
        "application_rule_collection": [{"name": "a", "priority": 300, "action": "Allow", "rule": [web]}],
        "network_rule_collection": [{"name": "n", "priority": 200, "action": "Deny", "rule": [nets]}],
        "nat_rule_collection": [{"name": "d", "priority": 100, "action": "Dnat", "rule": [dnat]}],
    }
    found = only("firewall_policy_rule_collection_group", values)
    assert (found["name"], found["priority"]) == ("g", "500")
    kinds = [(one["name"], one["ruleCollectionType"], one["action"]) for one in found["ruleCollections"]]
    assert kinds == [
        ("a", "FirewallPolicyFilterRuleCollection", "Allow"),
        ("n", "FirewallPolicyFilterRuleCollection", "Deny"),
        ("d", "FirewallPolicyNatRuleCollection", "Dnat"),
    ]
    assert [one["rules"] for one in found["ruleCollections"]] == [
        [
            {
                "ruleType": "ApplicationRule",
                "name": "r",
                "sourceAddresses": ["10.0.0.0/8"],
                "protocols": [{"protocolType": "Https", "port": "443"}],
                "targetFqdns": ["a.test"],
                "fqdnTags": ["T"],
            }
        ],
        [
            {
                "ruleType": "NetworkRule",
                "name": "r",
                "sourceAddresses": ["10.0.0.0/8"],
                "ipProtocols": ["TCP"],
                "destinationAddresses": ["*"],
                "destinationPorts": ["443"],
            }
        ],
        [
            {
                "ruleType": "NatRule",
                "name": "r",
                "sourceAddresses": ["10.0.0.0/8"],
                "ipProtocols": ["TCP"],
                "destinationAddresses": "1.2.3.4",
                "destinationPorts": ["80"],
                "translatedAddress": "10.0.0.4",
                "translatedPort": "8080",
            }
        ],
    ]


def test_a_block_that_is_not_known_does_not_hide_behind_the_others() -> None:
    """`dynamic` blocks of one kind are not known, and may go before the rules of another."""
    nets = {"name": "n", "priority": 200, "action": "Allow", "rule": []}
    for known, hidden in (("network", "nat"), ("nat", "network")):
        values = {"name": "g", "priority": 500, f"{known}_rule_collection": [nets]}
        found = only("firewall_policy_rule_collection_group", values, {f"{hidden}_rule_collection": True})
        names = [one if isinstance(one, str) else one["name"] for one in found["ruleCollections"]]
        assert set(names) == {
            "n",
            f"?azurerm_firewall_policy_rule_collection_group.x.{hidden}_rule_collection",
        }


def test_classic_rules_of_a_firewall_name_it() -> None:
    """They are resources of their own, of the firewall of that name and resource group."""
    wall = made("azurerm_firewall.fw", {"name": "fw", "resource_group_name": "rg"}, ID)
    nets: Json = {
        "name": "n",
        "priority": 200,
        "action": "Allow",
        "azure_firewall_name": "fw",
        "resource_group_name": "rg",
    }
    nets |= {"rule": [rule(protocols=["TCP"], destination_addresses=["*"], destination_ports=["443"])]}
    found = {one.name: one for one in resources(plan(wall, made("azurerm_firewall_network_rule_collection.n", nets)))}
    assert (found["n"].type, found["n"].parent) == (
        "microsoft.network/azurefirewalls/networkrulecollections",
        "azurerm_firewall.fw",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"private_endpoint_network_policies": "NetworkSecurityGroupEnabled"}, "NetworkSecurityGroupEnabled"),
        ({"private_endpoint_network_policies_enabled": True}, "Enabled"),
        ({"enforce_private_link_endpoint_network_policies": True}, "Disabled"),
        (
            {
                "enforce_private_link_endpoint_network_policies": False,
                "private_endpoint_network_policies": "RouteTableEnabled",
                "private_endpoint_network_policies_enabled": True,
            },
            "RouteTableEnabled",
        ),
    ],
)
def test_policies_for_private_endpoints_have_three_spellings(fields: Json, expected: str) -> None:
    """The oldest is turned round, and the newest says most."""
    found = only("subnet", {"name": "s", "virtual_network_name": "v", "address_prefixes": ["10.0.0.0/24"], **fields})
    assert found["privateEndpointNetworkPolicies"] == expected


@pytest.mark.parametrize(
    ("field", "value"), [("bgp_route_propagation_enabled", False), ("disable_bgp_route_propagation", True)]
)
def test_a_route_table_keeps_gateway_routes_out(field: str, value: bool) -> None:
    """Two versions of the provider say it with opposite words."""
    assert only("route_table", {"name": "t", field: value})["disableBgpRoutePropagation"] == "true"


# What a plan makes of them.

SPACE: Json = {"name": "v", "resource_group_name": "rg", "address_space": ["10.0.0.0/16"]}
NETWORK = [
    made("azurerm_virtual_network.v", SPACE, {"id": True, "subnet": True}),
    made(
        "azurerm_subnet.s",
        {
            "name": "s",
            "resource_group_name": "rg",
            "virtual_network_name": "v",
            "address_prefixes": ["10.0.0.0/24"],
            "default_outbound_access_enabled": True,
        },
        {"id": True, "private_endpoint_network_policies_enabled": True},
    ),
    made(
        "azurerm_network_interface.n",
        {"name": "n", "ip_configuration": [{"name": "c", "private_ip_address": "10.0.0.4"}]},
        {"id": True, "ip_configuration": [{"subnet_id": True}]},
    ),
]
ON_SUBNET = refers("azurerm_subnet.s.id", "azurerm_subnet.s")
BLOCKS = [
    block("virtual_network", "v", {"name": {"constant_value": "v"}}),
    block(
        "subnet", "s", {"virtual_network_name": refers("azurerm_virtual_network.v.name", "azurerm_virtual_network.v")}
    ),
    block("network_interface", "n", {"ip_configuration": [{"subnet_id": ON_SUBNET}]}),
]


def of(kind: str, label: str, attribute: str = "id") -> Json:
    return refers(f"azurerm_{kind}.{label}.{attribute}", f"azurerm_{kind}.{label}")


def test_policies_that_no_plan_knows_matter_where_an_endpoint_is(tmp_path: Path) -> None:
    """Plans of version 3 never know them; without an endpoint in the subnet nothing depends on them."""
    connection: Json = {"name": "c", "private_connection_resource_id": "/acct", "subresource_names": ["blob"]}
    connection["private_ip_address"] = "10.0.0.9"
    there = made("azurerm_private_endpoint.pe", {"name": "pe", "private_service_connection": [connection]})
    there["unknown"] = {"id": True, "subnet_id": True}
    assert reasons(load(tmp_path, *NETWORK, **configured(*BLOCKS))) == []
    site = load(
        tmp_path, *NETWORK, there, **configured(*BLOCKS, block("private_endpoint", "pe", {"subnet_id": ON_SUBNET}))
    )
    assert [(one.subnet, [str(a) for a in one.addresses]) for one in site.private_endpoints] == [
        ("v/s", ["10.0.0.9/32"])
    ]
    assert len(reasons(site)) == 1
    assert "privateEndpointNetworkPolicies" in reasons(site)[0]


def test_pools_without_an_id_lead_to_their_balancer(tmp_path: Path) -> None:
    """Until it is applied, NICs and rules name a pool by its Terraform address."""
    frontend = {"name": "fe", "private_ip_address": "10.0.0.20"}
    lb = made("azurerm_lb.lb", {"name": "lb", "sku": "Standard", "frontend_ip_configuration": [frontend]}, ID)
    lb["unknown"] = {"id": True, "frontend_ip_configuration": [{"subnet_id": True}]}
    pool = made("azurerm_lb_backend_address_pool.p", {"name": "pool"})
    pool["unknown"] = {"id": True, "loadbalancer_id": True, "backend_ip_configurations": True}
    ha: Json = {"name": "ha", "protocol": "All", "frontend_port": 0, "backend_port": 0}
    ha |= {"frontend_ip_configuration_name": "fe"}
    marks = {"loadbalancer_id": True, "backend_address_pool_ids": [True]}
    balancing = made("azurerm_lb_rule.r", {**ha, "backend_address_pool_ids": [None]}, marks)
    link = made("azurerm_network_interface_backend_address_pool_association.l", {"ip_configuration_name": "c"})
    link["unknown"] = {"network_interface_id": True, "backend_address_pool_id": True}
    in_lb, in_pool = of("lb", "lb"), of("lb_backend_address_pool", "p")
    blocks = [
        block("lb", "lb", {"frontend_ip_configuration": [{"subnet_id": ON_SUBNET}]}),
        block("lb_backend_address_pool", "p", {"loadbalancer_id": in_lb}),
        block("lb_rule", "r", {"loadbalancer_id": in_lb, "backend_address_pool_ids": in_pool}),
        block(
            "network_interface_backend_address_pool_association",
            "l",
            {"network_interface_id": of("network_interface", "n"), "backend_address_pool_id": in_pool},
        ),
    ]
    site = load(tmp_path, *NETWORK, lb, pool, balancing, link, **configured(*BLOCKS, *blocks))
    [found] = site.load_balancers
    assert (found.unknown, found.is_standard) == ("", True)
    assert [(one.frontend, one.pool, one.takes_all_ports) for one in found.rules] == [("fe", "pool", True)]
    assert [vm.interfaces[0].backend_pools for vm in site.virtual_machines] == [("lb/pool",)]
    assert reasons(site) == []


def firewall_parts() -> list[Json]:
    address = {"name": "c", "private_ip_address": "10.0.0.8", "public_ip_address_id": None}
    wall = made("azurerm_firewall.fw", {"name": "fw", "ip_configuration": [address]})
    wall["unknown"] = {"id": True, "firewall_policy_id": True, "ip_configuration": [{"subnet_id": True}]}
    nets: Json = {"name": "r", "protocols": ["TCP"], "destination_addresses": ["*"], "destination_ports": ["443"]}
    nets |= {"source_ip_groups": [None]}
    held = {"name": "n", "priority": 200, "action": "Allow", "rule": [nets]}
    group = made("azurerm_firewall_policy_rule_collection_group.g", {"name": "g", "priority": 100})
    group["values"]["network_rule_collection"] = [held]
    group["unknown"] = {
        "id": True,
        "firewall_policy_id": True,
        "network_rule_collection": [{"rule": [{"source_ip_groups": [True]}]}],
    }
    return [
        wall,
        made("azurerm_firewall_policy.p", {"name": "p"}, {"id": True, "rule_collection_groups": True}),
        group,
        made("azurerm_ip_group.i", {"name": "i", "cidrs": ["10.0.0.0/25"]}, ID),
        made("azurerm_ip_group_cidr.c", {"cidr": "10.0.0.128/25"}, {"id": True, "ip_group_id": True}),
    ]


FIREWALL_BLOCKS = [
    block(
        "firewall",
        "fw",
        {"ip_configuration": [{"subnet_id": ON_SUBNET}], "firewall_policy_id": of("firewall_policy", "p")},
    ),
    block("firewall_policy", "p", {}),
    block(
        "firewall_policy_rule_collection_group",
        "g",
        {
            "firewall_policy_id": of("firewall_policy", "p"),
            "network_rule_collection": [{"rule": [{"source_ip_groups": of("ip_group", "i")}]}],
        },
    ),
    block("ip_group", "i", {}),
    block("ip_group_cidr", "c", {"ip_group_id": of("ip_group", "i")}),
]


def test_a_firewall_with_its_policy_is_known_before_it_exists(tmp_path: Path) -> None:
    """References lead from the firewall to the policy, its groups and their IP groups."""
    site = load(tmp_path, *NETWORK, *firewall_parts(), **configured(*BLOCKS, *FIREWALL_BLOCKS))
    [found] = site.azure_firewalls
    assert (found.subnet, [str(one) for one in found.addresses]) == ("v/s", ["10.0.0.8/32"])
    assert found.unknown == ""
    [only_one] = found.collections
    assert [str(one) for one in only_one.rules[0].sources] == ["10.0.0.0/25", "10.0.0.128/25"]


def manager_parts(*members: Json) -> list[Json]:
    above = {"id": True}
    rules: Json = {"name": "deny", "priority": 10, "direction": "Inbound", "action": "Deny", "protocol": "Any"}
    rules |= {"source": [{"address_prefix": "*", "address_prefix_type": "IPPrefix"}], "destination_port_ranges": ["22"]}
    return [
        made("azurerm_network_manager.m", {"name": "m", "scope_accesses": ["SecurityAdmin"]}, above),
        made("azurerm_network_manager_network_group.g", {"name": "g"}, above | {"network_manager_id": True}),
        made(
            "azurerm_network_manager_security_admin_configuration.c",
            {"name": "c"},
            above | {"network_manager_id": True},
        ),
        made(
            "azurerm_network_manager_admin_rule_collection.r",
            {"name": "r", "network_group_ids": [None]},
            above | {"security_admin_configuration_id": True, "network_group_ids": [True]},
        ),
        made("azurerm_network_manager_admin_rule.x", rules, above | {"admin_rule_collection_id": True}),
        *members,
    ]


_CONFIGURATION = of("network_manager_security_admin_configuration", "c")
MANAGER_BLOCKS = [
    block("network_manager_network_group", "g", {"network_manager_id": of("network_manager", "m")}),
    block("network_manager_security_admin_configuration", "c", {"network_manager_id": of("network_manager", "m")}),
    block(
        "network_manager_admin_rule_collection",
        "r",
        {
            "security_admin_configuration_id": _CONFIGURATION,
            "network_group_ids": of("network_manager_network_group", "g"),
        },
    ),
    block(
        "network_manager_admin_rule",
        "x",
        {"admin_rule_collection_id": of("network_manager_admin_rule_collection", "r")},
    ),
    block(
        "network_manager_static_member",
        "s",
        {
            "network_group_id": of("network_manager_network_group", "g"),
            "target_virtual_network_id": of("virtual_network", "v"),
        },
    ),
    block("network_manager_deployment", "d", {"configuration_ids": _CONFIGURATION}),
]
MEMBER = made(
    "azurerm_network_manager_static_member.s",
    {"name": "s"},
    {"id": True, "network_group_id": True, "target_virtual_network_id": True},
)


def test_an_admin_rule_applies_to_the_members_of_its_group(tmp_path: Path) -> None:
    """Collection, group and member are resources of their own; without a member anything may be in the group."""
    configuration = configured(*BLOCKS, *MANAGER_BLOCKS)
    site = load(tmp_path, *NETWORK, *manager_parts(MEMBER), **configuration)
    [found] = site.admin_rules
    assert (found.virtual_networks, found.manager, found.unknown) == (("v",), "m", "")
    assert reasons(site) == []
    assert [one.code for one in site.warnings] == ["NC153"]
    [open_one] = load(tmp_path, *NETWORK, *manager_parts(), **configuration).admin_rules
    assert (open_one.virtual_networks, bool(open_one.unknown)) == ((), True)


@pytest.mark.parametrize(("access", "count"), [("SecurityAdmin", 0), ("Connectivity", 1)])
def test_a_deployment_of_admin_rules_of_the_file_says_nothing_new(access: str, count: int, tmp_path: Path) -> None:
    """They are taken as deployed; what a deployment of something else changes is open."""
    commit = made("azurerm_network_manager_deployment.d", {"scope_access": access, "configuration_ids": [None]})
    commit["unknown"] = {"configuration_ids": [True]}
    site = load(tmp_path, *NETWORK, *manager_parts(MEMBER, commit), **configured(*BLOCKS, *MANAGER_BLOCKS))
    assert len(reasons(site)) == count
