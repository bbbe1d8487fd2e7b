"""Which resource type of Azure a resource type of the Terraform providers azurerm and azapi is."""

from __future__ import annotations

from netcheck.sources import _resources as of

_SCALE_SET = "microsoft.compute/virtualmachinescalesets"
_HUB = "microsoft.network/virtualhubs"
_CIRCUIT = "microsoft.network/expressroutecircuits"
_STORAGE = "microsoft.storage/storageaccounts"

_TYPES = {
    "azurerm_application_gateway": "microsoft.network/applicationgateways",
    "azurerm_application_security_group": of.ASG,
    "azurerm_availability_set": "microsoft.compute/availabilitysets",
    "azurerm_backup_policy_vm": "microsoft.recoveryservices/vaults/backuppolicies",
    "azurerm_bastion_host": "microsoft.network/bastionhosts",
    "azurerm_express_route_circuit": _CIRCUIT,
    "azurerm_express_route_circuit_peering": f"{_CIRCUIT}/peerings",
    "azurerm_express_route_gateway": "microsoft.network/expressroutegateways",
    "azurerm_firewall": of.FIREWALL,
    "azurerm_firewall_application_rule_collection": of.APPLICATION_COLLECTION,
    "azurerm_firewall_nat_rule_collection": of.NAT_COLLECTION,
    "azurerm_firewall_network_rule_collection": of.NETWORK_COLLECTION,
    "azurerm_firewall_policy": of.FIREWALL_POLICY,
    "azurerm_firewall_policy_rule_collection_group": of.COLLECTION_GROUP,
    "azurerm_ip_group": of.IP_GROUP,
    "azurerm_ip_group_cidr": of.IP_GROUP_ADDRESS,
    "azurerm_key_vault": "microsoft.keyvault/vaults",
    "azurerm_kubernetes_cluster": "microsoft.containerservice/managedclusters",
    "azurerm_lb": of.LOAD_BALANCER,
    "azurerm_lb_backend_address_pool": of.BACKEND_POOL,
    "azurerm_lb_backend_address_pool_address": of.BACKEND_ADDRESS,
    "azurerm_lb_nat_pool": of.INBOUND_NAT_POOL,
    "azurerm_lb_nat_rule": of.INBOUND_NAT_RULE,
    "azurerm_lb_outbound_rule": of.OUTBOUND_RULE,
    "azurerm_lb_probe": of.PROBE,
    "azurerm_lb_rule": of.BALANCING_RULE,
    "azurerm_linux_virtual_machine": of.VM,
    "azurerm_linux_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_local_network_gateway": "microsoft.network/localnetworkgateways",
    "azurerm_log_analytics_workspace": "microsoft.operationalinsights/workspaces",
    "azurerm_managed_disk": "microsoft.compute/disks",
    "azurerm_nat_gateway": of.NAT_GATEWAY,
    "azurerm_network_ddos_protection_plan": "microsoft.network/ddosprotectionplans",
    "azurerm_network_interface": of.NIC,
    "azurerm_network_manager": of.MANAGER,
    "azurerm_network_manager_admin_rule": of.ADMIN_RULE,
    "azurerm_network_manager_admin_rule_collection": of.ADMIN_COLLECTION,
    "azurerm_network_manager_connectivity_configuration": f"{of.MANAGER}/connectivityconfigurations",
    "azurerm_network_manager_network_group": of.NETWORK_GROUP,
    "azurerm_network_manager_routing_configuration": f"{of.MANAGER}/routingconfigurations",
    "azurerm_network_manager_security_admin_configuration": of.ADMIN_CONFIGURATION,
    "azurerm_network_manager_static_member": of.STATIC_MEMBER,
    "azurerm_network_security_group": of.NSG,
    "azurerm_network_security_rule": of.RULE,
    "azurerm_network_watcher": "microsoft.network/networkwatchers",
    "azurerm_network_watcher_flow_log": "microsoft.network/networkwatchers/flowlogs",
    "azurerm_orchestrated_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_private_dns_zone": of.DNS_ZONE,
    "azurerm_private_dns_zone_virtual_network_link": of.DNS_LINK,
    "azurerm_private_endpoint": of.PRIVATE_ENDPOINT,
    "azurerm_private_link_service": "microsoft.network/privatelinkservices",
    "azurerm_public_ip": of.PUBLIC_IP,
    "azurerm_public_ip_prefix": of.PUBLIC_IP_PREFIX,
    "azurerm_recovery_services_vault": "microsoft.recoveryservices/vaults",
    "azurerm_resource_group": "microsoft.resources/resourcegroups",
    "azurerm_resource_group_template_deployment": of.DEPLOYMENT,
    "azurerm_role_assignment": "microsoft.authorization/roleassignments",
    "azurerm_route": of.ROUTE,
    "azurerm_route_server": _HUB,
    "azurerm_route_table": of.ROUTE_TABLE,
    "azurerm_storage_account": _STORAGE,
    "azurerm_storage_account_network_rules": f"{_STORAGE}/networkrules",
    "azurerm_storage_container": f"{_STORAGE}/blobservices/containers",
    "azurerm_subnet": of.SUBNET,
    "azurerm_subnet_service_endpoint_storage_policy": "microsoft.network/serviceendpointpolicies",
    "azurerm_subscription_template_deployment": of.DEPLOYMENT,
    "azurerm_template_deployment": of.DEPLOYMENT,
    "azurerm_user_assigned_identity": "microsoft.managedidentity/userassignedidentities",
    "azurerm_virtual_hub": _HUB,
    "azurerm_virtual_hub_connection": f"{_HUB}/hubvirtualnetworkconnections",
    "azurerm_virtual_machine": of.VM,
    "azurerm_virtual_machine_extension": f"{of.VM}/extensions",
    "azurerm_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_virtual_network": of.NETWORK,
    "azurerm_virtual_network_gateway": "microsoft.network/virtualnetworkgateways",
    "azurerm_virtual_network_gateway_connection": "microsoft.network/connections",
    "azurerm_virtual_network_peering": of.PEERING,
    "azurerm_virtual_wan": "microsoft.network/virtualwans",
    "azurerm_vpn_gateway": "microsoft.network/vpngateways",
    "azurerm_web_application_firewall_policy": "microsoft.network/applicationgatewaywebapplicationfirewallpolicies",
    "azurerm_windows_virtual_machine": of.VM,
    "azurerm_windows_virtual_machine_scale_set": _SCALE_SET,
}


def azure_type(terraform_type: str, stated: str = "") -> str:
    """Return Azure's type in small letters; Terraform's own name of the type where no table knows a better one.

    `stated` is the attribute `type` of the resource, with which `azapi_resource` says `Microsoft.Network/...@version`.
    """
    if terraform_type == "azapi_resource" and stated:
        return stated.partition("@")[0].casefold()
    return _TYPES.get(terraform_type, terraform_type.casefold())
