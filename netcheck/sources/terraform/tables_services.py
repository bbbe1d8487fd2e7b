"""Private endpoints, private DNS zones and load balancers of azurerm, as Azure's REST interface calls their fields."""

from __future__ import annotations

from collections.abc import Mapping as Words

from netcheck.sources._resources import BACKEND_POOL, NETWORK, PUBLIC_IP, PUBLIC_IP_PREFIX, SUBNET
from netcheck.sources.terraform.table import COMMON, Field, Kind, Table, ignored, refer, refers

_CONNECTION = Table(
    fields={
        "name": Field("name"),
        "private_connection_resource_id": Field("privateLinkServiceId"),
        "private_connection_resource_alias": Field("privateLinkServiceId"),
        "subresource_names": Field("groupIds"),
        "private_ip_address": Field("privateIPAddress"),
        "is_manual_connection": Field("isManual"),
    },
    ignored=ignored("request_message"),
)

_ENDPOINT_ADDRESS = Table(
    fields={
        "name": Field("name"),
        "private_ip_address": Field("privateIPAddress"),
        "subresource_name": Field("groupId"),
        "member_name": Field("memberName"),
    },
    ignored=ignored(),
)

_HOST = Table(fields={"fqdn": Field("fqdn"), "ip_addresses": Field("ipAddresses")}, ignored=ignored())

PRIVATE_ENDPOINT_TABLE = Table(
    fields={
        **COMMON,
        "subnet_id": refers("subnet", SUBNET),
        "private_service_connection": Field("privateLinkServiceConnections", Kind.BLOCKS, table=_CONNECTION),
        "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_ENDPOINT_ADDRESS),
        "custom_dns_configs": Field("customDnsConfigs", Kind.BLOCKS, table=_HOST),
    },
    ignored=ignored("custom_network_interface_name network_interface private_dns_zone_configs private_dns_zone_group"),
)
"""Of a private endpoint, `isManual` of a connection is no field of Azure's: it says which list it stands in."""

_DNS_ZONE = Table(
    fields={"name": Field("name")},
    ignored=ignored(
        "max_number_of_record_sets max_number_of_virtual_network_links "
        "max_number_of_virtual_network_links_with_registration number_of_record_sets soa_record"
    ),
)

_DNS_LINK = Table(
    fields={"name": Field("name"), "virtual_network_id": refers("virtualNetwork", NETWORK)},
    ignored=ignored("private_dns_zone_name registration_enabled resolution_policy"),
)

_FRONTEND = Table(
    fields={
        "name": Field("name"),
        "subnet_id": refers("subnet", SUBNET),
        "private_ip_address": Field("privateIPAddress"),
        "private_ip_address_allocation": Field("privateIPAllocationMethod"),
        "private_ip_address_version": Field("privateIPAddressVersion"),
        "public_ip_address_id": refers("publicIPAddress", PUBLIC_IP),
        "public_ip_prefix_id": refers("publicIPPrefix", PUBLIC_IP_PREFIX),
        "gateway_load_balancer_frontend_ip_configuration_id": refers("gatewayLoadBalancer", ""),
    },
    ignored=ignored("availability_zone inbound_nat_rules load_balancer_rules outbound_rules zones"),
)

_LOAD_BALANCER = Table(
    fields={
        **COMMON,
        "sku": Field("sku"),
        "frontend_ip_configuration": Field("frontendIPConfigurations", Kind.BLOCKS, table=_FRONTEND),
    },
    ignored=ignored("edge_zone private_ip_address private_ip_addresses sku_tier"),
)

_BACKEND_ADDRESS = Table(
    fields={
        "name": Field("name"),
        "ip_address": Field("ipAddress"),
        "virtual_network_id": refers("virtualNetwork", NETWORK),
        "backend_address_ip_configuration_id": refers("loadBalancerFrontendIPConfiguration", ""),
    },
    ignored=ignored("backend_address_pool_id inbound_nat_rule_port_mapping"),
)

_BACKEND_POOL = Table(
    fields={
        "name": Field("name"),
        "backend_address": Field("loadBalancerBackendAddresses", Kind.BLOCKS, table=_BACKEND_ADDRESS),
        "backend_ip_configurations": refer("backendIPConfigurations", ""),
    },
    ignored=ignored(
        "loadbalancer_id inbound_nat_rules load_balancing_rules outbound_rules synchronous_mode tunnel_interface "
        "virtual_network_id"
    ),
)

_BALANCING_RULE = Table(
    fields={
        "name": Field("name"),
        "frontend_ip_configuration_name": Field("frontendIPConfiguration"),
        "backend_address_pool_id": refers("backendAddressPool", BACKEND_POOL),
        "backend_address_pool_ids": refer("backendAddressPools", BACKEND_POOL),
        "protocol": Field("protocol"),
        "frontend_port": Field("frontendPort"),
        "backend_port": Field("backendPort"),
        "floating_ip_enabled": Field("enableFloatingIP"),
        "enable_floating_ip": Field("enableFloatingIP"),
        "disable_outbound_snat": Field("disableOutboundSnat"),
    },
    ignored=ignored(
        "loadbalancer_id frontend_ip_configuration_id probe_id enable_tcp_reset tcp_reset_enabled "
        "idle_timeout_in_minutes load_distribution"
    ),
)

_FRONTEND_NAME = Table(fields={"name": Field("name")}, ignored=ignored())

_OUTBOUND_RULE = Table(
    fields={
        "name": Field("name"),
        "frontend_ip_configuration": Field("frontendIPConfigurations", Kind.BLOCKS, table=_FRONTEND_NAME),
        "backend_address_pool_id": refers("backendAddressPool", BACKEND_POOL),
        "protocol": Field("protocol"),
    },
    ignored=ignored(
        "loadbalancer_id allocated_outbound_ports enable_tcp_reset tcp_reset_enabled idle_timeout_in_minutes"
    ),
)

_NAME_ONLY = Table(fields={"name": Field("name")}, is_whole=False)

SERVICE_TABLES: Words[str, Table] = {
    "azurerm_private_dns_zone": _DNS_ZONE,
    "azurerm_private_dns_zone_virtual_network_link": _DNS_LINK,
    "azurerm_lb": _LOAD_BALANCER,
    "azurerm_lb_backend_address_pool": _BACKEND_POOL,
    "azurerm_lb_backend_address_pool_address": _BACKEND_ADDRESS,
    "azurerm_lb_rule": _BALANCING_RULE,
    "azurerm_lb_outbound_rule": _OUTBOUND_RULE,
    "azurerm_lb_nat_pool": _NAME_ONLY,
    "azurerm_lb_nat_rule": _NAME_ONLY,
    "azurerm_lb_probe": _NAME_ONLY,
}
