"""How the fields of azurerm resources are called in Azure's REST interface.

Semantics: documentation of the provider hashicorp/azurerm (versions 1 to 4), argument and attribute references, against
the REST reference of Microsoft.Network and Microsoft.Compute.
"""

from __future__ import annotations

from collections.abc import Mapping as Words

from netcheck.sources._resources import (
    ASG,
    BACKEND_POOL,
    NETWORK,
    NSG,
    PUBLIC_IP,
    PUBLIC_IP_PREFIX,
    ROUTE_TABLE,
    SUBNET,
)
from netcheck.sources.terraform.table import COMMON, Field, Kind, Table, ignored, refer, refers
from netcheck.sources.terraform.tables_firewall import FIREWALL_TABLES
from netcheck.sources.terraform.tables_manager import MANAGER_TABLES
from netcheck.sources.terraform.tables_services import SERVICE_TABLES

_RULE = Table(
    fields={
        "name": Field("name"),
        "description": Field("description"),
        "protocol": Field("protocol"),
        "access": Field("access"),
        "priority": Field("priority"),
        "direction": Field("direction"),
        "source_port_range": Field("sourcePortRange"),
        "source_port_ranges": Field("sourcePortRanges"),
        "destination_port_range": Field("destinationPortRange"),
        "destination_port_ranges": Field("destinationPortRanges"),
        "source_address_prefix": Field("sourceAddressPrefix"),
        "source_address_prefixes": Field("sourceAddressPrefixes"),
        "destination_address_prefix": Field("destinationAddressPrefix"),
        "destination_address_prefixes": Field("destinationAddressPrefixes"),
        "source_application_security_group_ids": refer("sourceApplicationSecurityGroups", ASG),
        "destination_application_security_group_ids": refer("destinationApplicationSecurityGroups", ASG),
    },
    ignored=ignored("network_security_group_name"),
)

_NSG = Table(fields={**COMMON, "security_rule": Field("securityRules", Kind.BLOCKS, table=_RULE)}, ignored=ignored())

_ROUTE = Table(
    fields={
        "name": Field("name"),
        "address_prefix": Field("addressPrefix"),
        "next_hop_type": Field("nextHopType"),
        "next_hop_in_ip_address": Field("nextHopIpAddress"),
    },
    ignored=ignored("route_table_name"),
)

_ROUTE_TABLE = Table(
    fields={
        **COMMON,
        "route": Field("routes", Kind.BLOCKS, table=_ROUTE),
        "bgp_route_propagation_enabled": Field("disableBgpRoutePropagation", Kind.NOT),
        "disable_bgp_route_propagation": Field("disableBgpRoutePropagation"),
    },
    ignored=ignored("subnets"),
)

_SUBNET = Table(
    fields={
        "id": Field("id"),
        "name": Field("name"),
        "address_prefix": Field("addressPrefix"),
        "address_prefixes": Field("addressPrefixes"),
        "service_endpoints": Field("serviceEndpoints", Kind.SERVICES),
        "service_endpoint_policy_ids": refer("serviceEndpointPolicies", "microsoft.network/serviceendpointpolicies"),
        "default_outbound_access_enabled": Field("defaultOutboundAccess"),
        "private_endpoint_network_policies": Field("privateEndpointNetworkPolicies"),
        "private_endpoint_network_policies_enabled": Field("privateEndpointNetworkPolicies", Kind.SWITCH),
        "enforce_private_link_endpoint_network_policies": Field("privateEndpointNetworkPolicies", Kind.SWITCH_OFF),
        "network_security_group_id": refers("networkSecurityGroup", NSG),
        "security_group": refers("networkSecurityGroup", NSG),
        "route_table_id": refers("routeTable", ROUTE_TABLE),
    },
    ignored=ignored(
        "virtual_network_name delegation sharing_scope ip_address_pool ip_configurations "
        "private_link_service_network_policies_enabled enforce_private_link_service_network_policies"
    ),
    late=frozenset(
        ("private_endpoint_network_policies_enabled", "enforce_private_link_endpoint_network_policies"),
    ),
)

_NETWORK = Table(
    fields={
        **COMMON,
        "address_space": Field("addressSpace", Kind.PREFIXES),
        "address_spaces": Field("addressSpace", Kind.PREFIXES),
        "subnet": Field("subnets", Kind.BLOCKS, table=_SUBNET),
    },
    ignored=ignored(
        "bgp_community ddos_protection_plan dns_servers edge_zone encryption flow_timeout_in_minutes guid "
        "ip_address_pool private_endpoint_vnet_policies vm_protection_enabled "
        "subnets vnet_peerings vnet_peerings_addresses"
    ),
)

_PEERING = Table(
    fields={
        "name": Field("name"),
        "remote_virtual_network_id": refers("remoteVirtualNetwork", NETWORK),
        "allow_virtual_network_access": Field("allowVirtualNetworkAccess"),
        "allow_forwarded_traffic": Field("allowForwardedTraffic"),
        "allow_gateway_transit": Field("allowGatewayTransit"),
        "use_remote_gateways": Field("useRemoteGateways"),
        "only_ipv6_peering_enabled": Field("enableOnlyIPv6Peering"),
        "peer_complete_virtual_networks_enabled": Field("peerCompleteVnets"),
        "local_subnet_names": Field("localSubnetNames"),
        "remote_subnet_names": Field("remoteSubnetNames"),
    },
    ignored=ignored("virtual_network_name virtual_network_id triggers"),
)

_CONFIGURATION = Table(
    fields={
        "name": Field("name"),
        "primary": Field("primary"),
        "subnet_id": refers("subnet", SUBNET),
        "private_ip_address": Field("privateIPAddress"),
        "private_ip_address_allocation": Field("privateIPAllocationMethod"),
        "private_ip_address_version": Field("privateIPAddressVersion"),
        "public_ip_address_id": refers("publicIPAddress", PUBLIC_IP),
        "application_security_group_ids": refer("applicationSecurityGroups", ASG),
        "load_balancer_backend_address_pools_ids": refer("loadBalancerBackendAddressPools", BACKEND_POOL),
        "load_balancer_inbound_nat_rules_ids": refer("loadBalancerInboundNatRules", ""),
        "application_gateway_backend_address_pools_ids": refer("applicationGatewayBackendAddressPools", ""),
        "gateway_load_balancer_frontend_ip_configuration_id": refers("gatewayLoadBalancer", ""),
    },
    ignored=ignored("private_ip_address_prefix_length"),
)

_NIC = Table(
    fields={
        **COMMON,
        "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_CONFIGURATION),
        "ip_forwarding_enabled": Field("enableIPForwarding"),
        "enable_ip_forwarding": Field("enableIPForwarding"),
        "network_security_group_id": refers("networkSecurityGroup", NSG),
    },
    ignored=ignored(
        "accelerated_networking_enabled enable_accelerated_networking applied_dns_servers auxiliary_mode auxiliary_sku "
        "dns_servers edge_zone internal_dns_name_label internal_domain_name_suffix internal_fqdn mac_address "
        "private_ip_address private_ip_addresses virtual_machine_id"
    ),
)

_PUBLIC_IP = Table(
    fields={
        **COMMON,
        "ip_address": Field("ipAddress"),
        "ip_version": Field("publicIPAddressVersion"),
        "allocation_method": Field("publicIPAllocationMethod"),
        "public_ip_address_allocation": Field("publicIPAllocationMethod"),
        "sku": Field("sku"),
    },
    ignored=ignored(
        "availability_zone ddos_protection_mode ddos_protection_plan_id domain_name_label domain_name_label_scope "
        "edge_zone fqdn idle_timeout_in_minutes ip_tags public_ip_prefix_id reverse_fqdn sku_tier zones"
    ),
)

_NAT_GATEWAY = Table(
    fields={
        **COMMON,
        "public_ip_address_ids": refer("publicIpAddresses", PUBLIC_IP),
        "public_ip_prefix_ids": refer("publicIpPrefixes", PUBLIC_IP_PREFIX),
    },
    ignored=ignored("idle_timeout_in_minutes resource_guid sku_name zones"),
)

_GATEWAY_ADDRESS = Table(
    fields={
        "name": Field("name"),
        "subnet_id": refers("subnet", SUBNET),
        "public_ip_address_id": refers("publicIPAddress", PUBLIC_IP),
    },
    is_whole=False,
)

OTHER = Table(fields=COMMON, is_whole=False)
"""Of a type that netcheck does not evaluate, only what tells which resource it is."""

TABLES: Words[str, Table] = {
    "azurerm_network_security_group": _NSG,
    "azurerm_network_security_rule": _RULE,
    "azurerm_virtual_network": _NETWORK,
    "azurerm_subnet": _SUBNET,
    "azurerm_virtual_network_peering": _PEERING,
    "azurerm_route_table": _ROUTE_TABLE,
    "azurerm_route": _ROUTE,
    "azurerm_network_interface": _NIC,
    "azurerm_public_ip": _PUBLIC_IP,
    "azurerm_nat_gateway": _NAT_GATEWAY,
    "azurerm_application_security_group": Table(fields=COMMON, ignored=ignored()),
    "azurerm_virtual_network_gateway": Table(
        fields={
            **COMMON,
            "type": Field("gatewayType"),
            "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_GATEWAY_ADDRESS),
        },
        is_whole=False,
    ),
    **SERVICE_TABLES,
    **FIREWALL_TABLES,
    **MANAGER_TABLES,
}
