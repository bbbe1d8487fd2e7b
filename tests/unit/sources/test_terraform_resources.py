"""Resources of azurerm and azapi under the names that Azure's REST interface gives their types and fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netcheck.sources._resources import Association, Resource
from tests.unit.sources.plain import plain
from tests.unit.sources.test_terraform_plan import (
    RULE,
    Json,
    associations,
    made,
    nsg,
    plan,
    read_text,
    resources,
    unknowns,
    values_of,
)

RG = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"


def only(kind: str, values: Json, unknown: Json | None = None) -> Any:
    """The node of the one resource of a plan, as JSON."""
    (found,) = resources(plan(made(f"azurerm_{kind}.x", values, unknown)))
    return plain(found.node)


def test_rules_that_name_groups_refer_to_them() -> None:
    """IDs of application security groups become references, as REST has them."""
    groups = {"source_application_security_group_ids": ["/asg/a"], "source_address_prefix": None}
    more = {"destination_address_prefixes": ["10.0.0.0/24", "10.0.1.0/24"], "destination_address_prefix": ""}
    values = {**RULE, **groups, **more, "resource_group_name": "rg", "network_security_group_name": "nsg"}
    found = only("network_security_rule", values)
    assert found["sourceApplicationSecurityGroups"] == [{"id": "/asg/a"}]
    assert found["destinationAddressPrefixes"] == ["10.0.0.0/24", "10.0.1.0/24"]
    assert {"sourceAddressPrefix", "destinationAddressPrefix"} & found.keys() == set()


def test_a_virtual_network_with_subnets_inside() -> None:
    """`subnet` blocks name their NSG as `security_group`; versions 3 and 4 of the provider spell the prefix apart."""
    old = {"id": "/v/a", "name": "a", "address_prefix": "10.0.0.0/24", "security_group": "/nsg"}
    new = {
        "name": "b",
        "address_prefixes": ["10.0.1.0/24"],
        "security_group": "",
        "route_table_id": "/rt",
        "service_endpoints": ["Microsoft.Storage"],
        "default_outbound_access_enabled": False,
        "delegation": [],
    }
    values = {"name": "v", "address_space": ["10.0.0.0/16"], "location": "westus", "subnet": [old, new]}
    assert only("virtual_network", values) == {
        "name": "v",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "location": "westus",
        "subnets": [
            {"id": "/v/a", "name": "a", "addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": "/nsg"}},
            {
                "name": "b",
                "addressPrefixes": ["10.0.1.0/24"],
                "routeTable": {"id": "/rt"},
                "serviceEndpoints": [{"service": "Microsoft.Storage"}],
                "defaultOutboundAccess": "false",
            },
        ],
    }


def test_subnets_that_a_new_network_may_get_are_left_out() -> None:
    """Every network that a plan makes has `after_unknown.subnet`: that says nothing about the subnets beside it."""
    assert only("virtual_network", {"name": "v", "address_space": ["10.0.0.0/16"]}, {"subnet": True}) == {
        "name": "v",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
    }


def test_an_address_space_from_a_pool_is_not_known() -> None:
    """With `ip_address_pool` Azure chooses the prefixes."""
    pool = [{"id": "/pool", "number_of_ip_addresses": "256"}]
    found = only("virtual_network", {"name": "v", "ip_address_pool": pool}, {"address_space": True})
    assert found["addressSpace"] == {"addressPrefixes": "?azurerm_virtual_network.x.address_space"}


def test_a_subnet_keeps_the_spelling_of_its_prefix_that_is_known() -> None:
    """Version 2 of the provider derives `address_prefixes` from `address_prefix`, and the other way round."""
    values = {"name": "a", "resource_group_name": "rg", "virtual_network_name": "v", "address_prefix": "10.0.0.0/24"}
    found = only("subnet", {**values, "network_security_group_id": "/nsg"}, {"address_prefixes": True})
    assert found == {
        "name": "a",
        "addressPrefix": "10.0.0.0/24",
        "networkSecurityGroup": {"id": "/nsg"},
        "id": "azurerm_subnet.x",
        "resourceGroup": "rg",
    }


def test_a_subnet_that_exists_names_its_network_by_id() -> None:
    """The ID of a child holds that of its parent."""
    values = {"id": f"{RG}/virtualNetworks/v/subnets/a", "name": "a", "virtual_network_name": "v"}
    (found,) = resources(plan(made("azurerm_subnet.a", values, actions=("no-op",))))
    assert (found.id, found.parent) == (f"{RG}/virtualNetworks/v/subnets/a", f"{RG}/virtualNetworks/v")


@pytest.mark.parametrize(
    ("values", "disabled"),
    [
        ({"bgp_route_propagation_enabled": True}, "false"),
        ({"bgp_route_propagation_enabled": False}, "true"),
        ({"disable_bgp_route_propagation": True}, "true"),
        ({"disable_bgp_route_propagation": True, "bgp_route_propagation_enabled": None}, "true"),
    ],
)
def test_route_propagation_is_said_in_two_ways(values: Json, disabled: str) -> None:
    """Version 4 of the provider turned `disable_bgp_route_propagation` round."""
    assert only("route_table", {"name": "rt", **values})["disableBgpRoutePropagation"] == disabled


def test_routes_of_a_table() -> None:
    """`next_hop_in_ip_address` is Azure's `nextHopIpAddress`; an empty one is not set."""
    routes = [
        {
            "name": "a",
            "address_prefix": "0.0.0.0/0",
            "next_hop_type": "VirtualAppliance",
            "next_hop_in_ip_address": "10.0.0.4",
        },
        {
            "name": "b",
            "address_prefix": "AzureMonitor",
            "next_hop_type": "Internet",
            "next_hop_in_ip_address": "",
        },
    ]
    assert only("route_table", {"name": "rt", "route": routes})["routes"] == [
        {
            "name": "a",
            "addressPrefix": "0.0.0.0/0",
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": "10.0.0.4",
        },
        {"name": "b", "addressPrefix": "AzureMonitor", "nextHopType": "Internet"},
    ]


def test_subnets_that_a_route_table_lists_are_attached_to_it() -> None:
    """Azure tells a table its subnets, also where no association of the file does; one that does says it better."""
    table = made("azurerm_route_table.rt", {"id": f"{RG}/routeTables/rt", "name": "rt", "subnets": ["/s/a", "/s/b"]})
    link = made("azurerm_subnet_route_table_association.l", {"subnet_id": "/S/B", "route_table_id": "/rt-2"})
    assert associations(plan(table, link)) == [
        ("/s/a", "routeTable", {"id": f"{RG}/routeTables/rt"}, ""),
        ("/S/B", "routeTable", {"id": "/rt-2"}, ""),
    ]


def test_a_nic_whose_address_azure_chooses() -> None:
    """A dynamic address is not known before the NIC exists."""
    part = {
        "name": "ip",
        "primary": True,
        "private_ip_address_allocation": "Dynamic",
        "private_ip_address_version": "IPv4",
        "subnet_id": "/s/a",
        "public_ip_address_id": "/pip",
    }
    values = {"name": "n", "ip_configuration": [part], "enable_ip_forwarding": True, "mac_address": None}
    found = only("network_interface", values, {"ip_configuration": [{"private_ip_address": True}], "mac_address": True})
    assert found == {
        "name": "n",
        "enableIPForwarding": "true",
        "ipConfigurations": [
            {
                "name": "ip",
                "primary": "true",
                "privateIPAllocationMethod": "Dynamic",
                "privateIPAddressVersion": "IPv4",
                "subnet": {"id": "/s/a"},
                "publicIPAddress": {"id": "/pip"},
                "privateIPAddress": "?azurerm_network_interface.x.ip_configuration[0].private_ip_address",
            }
        ],
    }


def test_a_nic_of_an_old_provider_names_its_nsg_itself() -> None:
    """Version 1 had `network_security_group_id`, and groups inside the IP configuration."""
    part = {"name": "ip", "private_ip_address": "10.0.0.4", "application_security_group_ids": ["/asg"]}
    found = only("network_interface", {"name": "n", "network_security_group_id": "/nsg", "ip_configuration": [part]})
    assert found["networkSecurityGroup"] == {"id": "/nsg"}
    assert found["ipConfigurations"][0]["applicationSecurityGroups"] == [{"id": "/asg"}]


@pytest.mark.parametrize(
    ("kind", "fields", "key"),
    [
        ("subnet_network_security_group", ("subnet_id", "network_security_group_id"), "networkSecurityGroup"),
        ("subnet_route_table", ("subnet_id", "route_table_id"), "routeTable"),
        ("subnet_nat_gateway", ("subnet_id", "nat_gateway_id"), "natGateway"),
        (
            "network_interface_security_group",
            ("network_interface_id", "network_security_group_id"),
            "networkSecurityGroup",
        ),
        (
            "network_interface_application_security_group",
            ("network_interface_id", "application_security_group_id"),
            "applicationSecurityGroups",
        ),
        (
            "network_interface_backend_address_pool",
            ("network_interface_id", "backend_address_pool_id"),
            "loadBalancerBackendAddressPools",
        ),
        ("nat_gateway_public_ip", ("nat_gateway_id", "public_ip_address_id"), "publicIpAddresses"),
    ],
)
def test_associations_fill_a_field_of_their_target(kind: str, fields: tuple[str, str], key: str) -> None:
    """Each association resource of the provider stands for one field of Azure's."""
    link = made(f"azurerm_{kind}_association.l", {fields[0]: "/target", fields[1]: "/value"})
    assert associations(plan(link)) == [("/target", key, {"id": "/value"}, "")]


def test_public_addresses_of_a_nat_gateway_of_the_file_stand_in_it() -> None:
    """Associations of a NAT gateway fill a list of its own."""
    real = f"{RG}/natGateways/g"
    gateway = made("azurerm_nat_gateway.g", {"id": real, "name": "g", "sku_name": "Standard"})
    link = made("azurerm_nat_gateway_public_ip_association.l", {"nat_gateway_id": real, "public_ip_address_id": "/pip"})
    (found,) = resources(plan(gateway, link))
    assert plain(found.node) == {"name": "g", "publicIpAddresses": [{"id": "/pip"}]}


def test_a_public_ip_address() -> None:
    """The address itself is known only once Azure gave it."""
    values = {"name": "p", "allocation_method": "Static", "ip_version": "IPv4", "sku": "Standard", "zones": ["1"]}
    assert only("public_ip", values, {"ip_address": True}) == {
        "name": "p",
        "publicIPAllocationMethod": "Static",
        "publicIPAddressVersion": "IPv4",
        "ipAddress": "?azurerm_public_ip.x.ip_address",
        "sku": "Standard",
    }


def test_a_peering() -> None:
    """The remote network is an ID, the own one a name."""
    values = {
        "name": "to-hub",
        "resource_group_name": "rg",
        "virtual_network_name": "v",
        "remote_virtual_network_id": "/hub",
        "allow_virtual_network_access": True,
        "allow_forwarded_traffic": True,
        "allow_gateway_transit": False,
        "use_remote_gateways": True,
        "only_ipv6_peering_enabled": None,
    }
    (found,) = resources(plan(made("azurerm_virtual_network_peering.p", values)))
    assert found.parent == "v"
    assert plain(found.node) == {
        "name": "to-hub",
        "remoteVirtualNetwork": {"id": "/hub"},
        "allowVirtualNetworkAccess": "true",
        "allowForwardedTraffic": "true",
        "allowGatewayTransit": "false",
        "useRemoteGateways": "true",
        "resourceGroup": "rg",
    }


@pytest.mark.parametrize(
    ("kind", "values", "system"),
    [
        ("linux_virtual_machine", {}, "Linux"),
        ("windows_virtual_machine", {}, "Windows"),
        ("virtual_machine", {"storage_os_disk": [{"os_type": "Windows"}]}, "Windows"),
        ("virtual_machine", {"os_profile_linux_config": [{"disable_password_authentication": True}]}, "Linux"),
    ],
)
def test_the_system_of_a_vm(kind: str, values: Json, system: str) -> None:
    """The resource type tells it, or the disk, or the block that only one system has."""
    found = only(kind, {"name": "vm", "network_interface_ids": ["/nic"], **values})
    assert found["storageProfile"] == {"osDisk": {"osType": system}}
    assert found["networkProfile"] == {"networkInterfaces": [{"id": "/nic", "primary": "true"}]}


def test_the_primary_nic_of_a_vm() -> None:
    """azurerm takes the first NIC for the primary one, unless `primary_network_interface_id` names another."""
    values = {"name": "vm", "network_interface_ids": ["/a", "/b"]}
    assert only("linux_virtual_machine", values)["networkProfile"]["networkInterfaces"] == [
        {"id": "/a", "primary": "true"},
        {"id": "/b"},
    ]
    stated = {**values, "primary_network_interface_id": "/B"}
    assert only("virtual_machine", stated)["networkProfile"]["networkInterfaces"] == [
        {"id": "/a"},
        {"id": "/b", "primary": "true"},
    ]


def test_a_data_source_of_a_vm_does_not_tell_its_nics() -> None:
    """Its addresses are no NICs: what filters they pass is not known."""
    vm = made("data.azurerm_virtual_machine.vm", {"name": "vm", "private_ip_address": "10.0.0.4"})
    (found,) = resources(plan(vm))
    assert plain(found.node)["networkProfile"] == {
        "networkInterfaces": "?data.azurerm_virtual_machine.vm.network_interface_ids"
    }


def test_a_data_source_of_a_network_names_subnets_that_nobody_describes() -> None:
    """Of those only the name is known; one that the file describes is not among them."""
    real = f"{RG}/virtualNetworks/hub"
    values = {"id": real, "name": "hub", "resource_group_name": "rg", "address_space": ["10.0.0.0/16"]}
    hub = made("data.azurerm_virtual_network.hub", {**values, "subnets": ["app", "GatewaySubnet"], "guid": "g"})
    hub["values"]["vnet_peerings"] = {"to-spoke": "/spoke"}
    app = {"id": f"{real}/subnets/app", "name": "app", "virtual_network_name": "hub", "resource_group_name": "rg"}
    found = resources(plan(made("data.azurerm_subnet.app", app), prior_state={"values": values_of([hub])}))
    node = next(one.node for one in found if one.name == "hub")
    where = "?data.azurerm_virtual_network.hub"
    assert plain(node)["subnets"] == [
        {
            "name": "GatewaySubnet",
            "addressPrefixes": f"{where}.subnets.GatewaySubnet.address_prefixes",
            "networkSecurityGroup": {"id": f"{where}.subnets.GatewaySubnet.networkSecurityGroup"},
            "routeTable": {"id": f"{where}.subnets.GatewaySubnet.routeTable"},
        }
    ]
    assert plain(node)["virtualNetworkPeerings"] == [
        {
            "name": "to-spoke",
            "remoteVirtualNetwork": {"id": "/spoke"},
            "allowVirtualNetworkAccess": f"{where}.vnet_peerings.to-spoke",
        }
    ]


@pytest.mark.parametrize(
    ("terraform", "azure"),
    [
        ("azurerm_firewall", "microsoft.network/azurefirewalls"),
        ("azurerm_virtual_network_gateway", "microsoft.network/virtualnetworkgateways"),
        ("azurerm_private_endpoint", "microsoft.network/privateendpoints"),
        ("azurerm_lb", "microsoft.network/loadbalancers"),
        ("azurerm_storage_account", "microsoft.storage/storageaccounts"),
        ("azurerm_something_new", "azurerm_something_new"),
    ],
)
def test_other_types_are_returned_under_azure_names(terraform: str, azure: str) -> None:
    """Nothing is dropped: a type that no table knows keeps Terraform's name."""
    (found,) = resources(plan(made(f"{terraform}.x", {"name": "it"})))
    assert (found.type, found.name) == (azure, "it")


def test_a_backend_pool_belongs_to_its_load_balancer() -> None:
    """Parts of a load balancer name it by `loadbalancer_id`."""
    pool = made("azurerm_lb_backend_address_pool.p", {"name": "p", "loadbalancer_id": "/lb"})
    assert [found.parent for found in resources(plan(pool))] == ["/lb"]


def test_a_template_deployment_deploys_what_nobody_knows() -> None:
    """The template is a text that Azure runs."""
    (found,) = resources(plan(made("azurerm_resource_group_template_deployment.d", {"name": "d"})))
    assert found.type == "microsoft.resources/deployments"
    assert found.unsure == "what its template deploys is not known from the Terraform file"


def test_azapi_bodies_are_passed_as_they_stand() -> None:
    """`azapi_resource` speaks REST itself; its type names the version of the interface, too."""
    values = {
        "type": "Microsoft.Network/networkSecurityGroups@2024-05-01",
        "name": "nsg",
        "location": "westus",
        "parent_id": "/subscriptions/s/resourceGroups/rg",
        "body": {"properties": {"securityRules": []}},
    }
    (found,) = resources(plan(made("azapi_resource.x", values)))
    assert (found.type, found.name, found.parent) == ("microsoft.network/networksecuritygroups", "nsg", "")
    assert plain(found.node) == {"name": "nsg", "location": "westus", "properties": {"securityRules": []}}


def test_an_azapi_body_of_json_text_stands_where_the_text_does() -> None:
    """Version 1 of azapi had `jsonencode(…)` there; places inside of it are none of the file's."""
    body = json.dumps({"properties": {"addressPrefix": "10.0.0.0/24"}})
    values = {"type": "Microsoft.Network/virtualNetworks/subnets@2023-09-01", "name": "a", "body": body}
    text = json.dumps(plan(made("azapi_resource.x", {**values, "parent_id": "/v"})))
    found, faults = read_text(text)
    assert faults == []
    assert isinstance(found[0], Resource)
    assert (found[0].type, found[0].parent) == ("microsoft.network/virtualnetworks/subnets", "/v")
    assert plain(found[0].node)["properties"] == {"addressPrefix": "10.0.0.0/24"}
    properties = found[0].node.entries[1][1]
    assert properties.start == text.index('"{\\"')


def test_an_azapi_body_with_values_not_known_yet() -> None:
    """A body that is text is known or not as a whole; in an object each value is."""
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "name": "nsg"}
    marks = {"body": {"properties": {"x": True}}}
    inside = made("azapi_resource.o", {**values, "body": {"properties": {"y": 1}}}, marks)
    whole = made("azapi_resource.t", {**values, "name": "t"}, {"body": True})
    found = resources(plan(inside, whole))
    assert plain(found[0].node)["properties"] == {"y": "1", "x": "?azapi_resource.o.body.properties.x"}
    assert plain(found[1].node)["properties"] == "?azapi_resource.t.body"


@pytest.mark.parametrize("sign", ["sensitive_body", "sensitive_body_version"])
def test_what_azapi_merges_into_a_body_and_no_plan_shows_leaves_it_open(sign: str) -> None:
    """Documentation of azapi: `sensitive_body` is write-only and merged into `body`, rules of an NSG included."""
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "name": "nsg"}
    body: Json = {"properties": {"securityRules": []}}
    (stated,) = resources(plan(made("azapi_resource.x", {**values, "body": body, sign: {"properties": "1"}})))
    assert plain(stated.node)["properties"] == "?azapi_resource.x.sensitive_body"
    block = {"address": "azapi_resource.x", "mode": "managed", "type": "azapi_resource", "name": "x"}
    configured = {**block, "expressions": {sign: {"references": ["var.rules"]}}}
    shown = plan(made("azapi_resource.x", {**values, "body": body, sign: None}))
    (written,) = resources({**shown, "configuration": {"root_module": {"resources": [configured]}}})
    assert plain(written.node)["properties"] == "?azapi_resource.x.sensitive_body"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{oops", "`body` is not a JSON object"),
        ('{"a": 1} x', "`body` is not a JSON object"),
        ('{"a": 1, "a": 2}', "`body` is not a JSON object"),
        ("[" * 10_000, "`body` is not a JSON object"),
        ("[1]", "`body` is not a JSON object"),
        ([1], "`body` of `azapi_resource.x` must be a mapping or JSON text"),
    ],
)
def test_a_malformed_azapi_body_is_an_error_at_its_place(body: object, message: str) -> None:
    """A body that cannot be read is not an empty one."""
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "name": "nsg", "body": body}
    text = json.dumps(plan(made("azapi_resource.x", values)))
    _, faults = read_text(text)
    column = text.index('"body": ') + len('"body": ') + 1
    assert faults == [f"1:{column} error[NC189] {message}"]


def test_what_azapi_changes_in_other_resources_is_reported() -> None:
    """`azapi_update_resource` writes into a resource that something else describes."""
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "resource_id": "/nsg"}
    found, faults = read_text(json.dumps(plan(made("azapi_update_resource.u", values))))
    made_of_it = [one for one in found if isinstance(one, Resource)]
    assert [(one.type, bool(one.unsure)) for one in made_of_it] == [("microsoft.resources/deployments", True)]
    what = "what `azapi_update_resource.u` changes in another resource is not taken into account"
    assert [fault.partition(" ")[2] for fault in faults] == [f"warning[NC191] {what}"]


def test_values_of_a_wrong_kind_are_passed_on() -> None:
    """Whether a value makes sense is for those to judge who check every kind of file."""
    found = resources(plan(nsg("a", security_rule="no"), nsg("b", security_rule=["no"])))
    assert [plain(one.node)["securityRules"] for one in found] == ["no", ["no"]]
    assert unknowns(found[0].node) == []


def test_a_nic_association_to_an_unknown_kind_of_target_is_an_error() -> None:
    """A target that is no text cannot be one."""
    link = made("azurerm_subnet_route_table_association.l", {"subnet_id": ["/a"], "route_table_id": "/rt"})
    found, faults = read_text(json.dumps(plan(link)))
    assert [one for one in found if isinstance(one, Association)] == []
    assert [fault.partition(" ")[2] for fault in faults] == ["error[NC189] `subnet_id` must be text"]
