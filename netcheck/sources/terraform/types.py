"""Which resource type of Azure a resource type of the Terraform providers azurerm and azapi is."""

from __future__ import annotations

from netcheck.sources._resources import (
    ASG,
    DEPLOYMENT,
    NAT_GATEWAY,
    NETWORK,
    NIC,
    NSG,
    PEERING,
    PUBLIC_IP,
    ROUTE,
    ROUTE_TABLE,
    RULE,
    SUBNET,
    VM,
)

LOAD_BALANCER = "microsoft.network/loadbalancers"
BACKEND_POOL = f"{LOAD_BALANCER}/backendaddresspools"
PUBLIC_IP_PREFIX = "microsoft.network/publicipprefixes"
_SCALE_SET = "microsoft.compute/virtualmachinescalesets"
_MANAGER = "microsoft.network/networkmanagers"
_HUB = "microsoft.network/virtualhubs"
_CIRCUIT = "microsoft.network/expressroutecircuits"
_STORAGE = "microsoft.storage/storageaccounts"

_TYPES = {
    "azurerm_application_gateway": "microsoft.network/applicationgateways",
    "azurerm_application_security_group": ASG,
    "azurerm_availability_set": "microsoft.compute/availabilitysets",
    "azurerm_backup_policy_vm": "microsoft.recoveryservices/vaults/backuppolicies",
    "azurerm_bastion_host": "microsoft.network/bastionhosts",
    "azurerm_express_route_circuit": _CIRCUIT,
    "azurerm_express_route_circuit_peering": f"{_CIRCUIT}/peerings",
    "azurerm_express_route_gateway": "microsoft.network/expressroutegateways",
    "azurerm_firewall": "microsoft.network/azurefirewalls",
    "azurerm_firewall_policy": "microsoft.network/firewallpolicies",
    "azurerm_firewall_policy_rule_collection_group": "microsoft.network/firewallpolicies/rulecollectiongroups",
    "azurerm_key_vault": "microsoft.keyvault/vaults",
    "azurerm_kubernetes_cluster": "microsoft.containerservice/managedclusters",
    "azurerm_lb": LOAD_BALANCER,
    "azurerm_lb_backend_address_pool": BACKEND_POOL,
    "azurerm_lb_nat_rule": f"{LOAD_BALANCER}/inboundnatrules",
    "azurerm_lb_outbound_rule": f"{LOAD_BALANCER}/outboundrules",
    "azurerm_lb_probe": f"{LOAD_BALANCER}/probes",
    "azurerm_lb_rule": f"{LOAD_BALANCER}/loadbalancingrules",
    "azurerm_linux_virtual_machine": VM,
    "azurerm_linux_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_local_network_gateway": "microsoft.network/localnetworkgateways",
    "azurerm_log_analytics_workspace": "microsoft.operationalinsights/workspaces",
    "azurerm_managed_disk": "microsoft.compute/disks",
    "azurerm_nat_gateway": NAT_GATEWAY,
    "azurerm_network_ddos_protection_plan": "microsoft.network/ddosprotectionplans",
    "azurerm_network_interface": NIC,
    "azurerm_network_manager": _MANAGER,
    "azurerm_network_manager_admin_rule": f"{_MANAGER}/securityadminconfigurations/rulecollections/rules",
    "azurerm_network_manager_admin_rule_collection": f"{_MANAGER}/securityadminconfigurations/rulecollections",
    "azurerm_network_manager_connectivity_configuration": f"{_MANAGER}/connectivityconfigurations",
    "azurerm_network_manager_network_group": f"{_MANAGER}/networkgroups",
    "azurerm_network_manager_routing_configuration": f"{_MANAGER}/routingconfigurations",
    "azurerm_network_manager_security_admin_configuration": f"{_MANAGER}/securityadminconfigurations",
    "azurerm_network_security_group": NSG,
    "azurerm_network_security_rule": RULE,
    "azurerm_network_watcher": "microsoft.network/networkwatchers",
    "azurerm_network_watcher_flow_log": "microsoft.network/networkwatchers/flowlogs",
    "azurerm_orchestrated_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_private_dns_zone": "microsoft.network/privatednszones",
    "azurerm_private_dns_zone_virtual_network_link": "microsoft.network/privatednszones/virtualnetworklinks",
    "azurerm_private_endpoint": "microsoft.network/privateendpoints",
    "azurerm_private_link_service": "microsoft.network/privatelinkservices",
    "azurerm_public_ip": PUBLIC_IP,
    "azurerm_public_ip_prefix": PUBLIC_IP_PREFIX,
    "azurerm_recovery_services_vault": "microsoft.recoveryservices/vaults",
    "azurerm_resource_group": "microsoft.resources/resourcegroups",
    "azurerm_resource_group_template_deployment": DEPLOYMENT,
    "azurerm_role_assignment": "microsoft.authorization/roleassignments",
    "azurerm_route": ROUTE,
    "azurerm_route_server": _HUB,
    "azurerm_route_table": ROUTE_TABLE,
    "azurerm_storage_account": _STORAGE,
    "azurerm_storage_account_network_rules": f"{_STORAGE}/networkrules",
    "azurerm_storage_container": f"{_STORAGE}/blobservices/containers",
    "azurerm_subnet": SUBNET,
    "azurerm_subnet_service_endpoint_storage_policy": "microsoft.network/serviceendpointpolicies",
    "azurerm_subscription_template_deployment": DEPLOYMENT,
    "azurerm_template_deployment": DEPLOYMENT,
    "azurerm_user_assigned_identity": "microsoft.managedidentity/userassignedidentities",
    "azurerm_virtual_hub": _HUB,
    "azurerm_virtual_hub_connection": f"{_HUB}/hubvirtualnetworkconnections",
    "azurerm_virtual_machine": VM,
    "azurerm_virtual_machine_extension": f"{VM}/extensions",
    "azurerm_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_virtual_network": NETWORK,
    "azurerm_virtual_network_gateway": "microsoft.network/virtualnetworkgateways",
    "azurerm_virtual_network_gateway_connection": "microsoft.network/connections",
    "azurerm_virtual_network_peering": PEERING,
    "azurerm_virtual_wan": "microsoft.network/virtualwans",
    "azurerm_vpn_gateway": "microsoft.network/vpngateways",
    "azurerm_web_application_firewall_policy": "microsoft.network/applicationgatewaywebapplicationfirewallpolicies",
    "azurerm_windows_virtual_machine": VM,
    "azurerm_windows_virtual_machine_scale_set": _SCALE_SET,
}


def azure_type(terraform_type: str, stated: str = "") -> str:
    """Return Azure's type in small letters; Terraform's own name of the type where no table knows a better one.

    `stated` is the attribute `type` of the resource, with which `azapi_resource` says `Microsoft.Network/...@version`.
    """
    if terraform_type == "azapi_resource" and stated:
        return stated.partition("@")[0].casefold()
    return _TYPES.get(terraform_type, terraform_type.casefold())
