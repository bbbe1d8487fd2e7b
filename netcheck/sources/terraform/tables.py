"""How the fields of azurerm resources are called in Azure's REST interface.

Semantics: documentation of the provider hashicorp/azurerm (versions 1 to 4), argument and attribute references, against
the REST reference of Microsoft.Network and Microsoft.Compute.
"""

from __future__ import annotations

from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from enum import Enum, auto

from netcheck.sources._resources import ASG, NAT_GATEWAY, NETWORK, NIC, NSG, PUBLIC_IP, ROUTE_TABLE, SUBNET
from netcheck.sources.terraform.types import BACKEND_POOL, PUBLIC_IP_PREFIX


class Kind(Enum):
    """How a value is carried over."""

    VALUE = auto()
    """As it stands."""
    NOT = auto()
    """A truth value, turned round."""
    PREFIXES = auto()
    """A list, inside `addressPrefixes`."""
    SERVICES = auto()
    """Texts, each as `{service: text}`."""
    REFERENCE = auto()
    """A resource ID, as `{id: text}`."""
    REFERENCES = auto()
    """A list of resource IDs, each as `{id: text}`."""
    BLOCKS = auto()
    """Blocks, by a table of their own."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a field is called by Azure; `refers_to` is the type that an ID is of."""

    name: str
    kind: Kind = Kind.VALUE
    refers_to: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The fields of one type; `ignored` are those that decide nothing about packets or are read elsewhere.

    `is_whole`: any other field is reported, since it may matter. Types of which netcheck uses little are not whole.
    """

    fields: Words[str, Field]
    ignored: frozenset[str] = field(default_factory=frozenset)
    is_whole: bool = True


def _refers(name: str, kind: str) -> Field:
    return Field(name, Kind.REFERENCE, kind)


def _refer(name: str, kind: str) -> Field:
    return Field(name, Kind.REFERENCES, kind)


def _ignored(words: str = "") -> frozenset[str]:
    return frozenset(("id", "timeouts", "tags", "resource_group_name", *words.split()))


_COMMON = {"name": Field("name"), "location": Field("location")}

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
        "source_application_security_group_ids": _refer("sourceApplicationSecurityGroups", ASG),
        "destination_application_security_group_ids": _refer("destinationApplicationSecurityGroups", ASG),
    },
    ignored=_ignored("network_security_group_name"),
)

_NSG = Table(fields={**_COMMON, "security_rule": Field("securityRules", Kind.BLOCKS, table=_RULE)}, ignored=_ignored())

_ROUTE = Table(
    fields={
        "name": Field("name"),
        "address_prefix": Field("addressPrefix"),
        "next_hop_type": Field("nextHopType"),
        "next_hop_in_ip_address": Field("nextHopIpAddress"),
    },
    ignored=_ignored("route_table_name"),
)

_ROUTE_TABLE = Table(
    fields={
        **_COMMON,
        "route": Field("routes", Kind.BLOCKS, table=_ROUTE),
        "bgp_route_propagation_enabled": Field("disableBgpRoutePropagation", Kind.NOT),
        "disable_bgp_route_propagation": Field("disableBgpRoutePropagation"),
    },
    ignored=_ignored("subnets"),
)

_SUBNET = Table(
    fields={
        "id": Field("id"),
        "name": Field("name"),
        "address_prefix": Field("addressPrefix"),
        "address_prefixes": Field("addressPrefixes"),
        "service_endpoints": Field("serviceEndpoints", Kind.SERVICES),
        "service_endpoint_policy_ids": _refer("serviceEndpointPolicies", "microsoft.network/serviceendpointpolicies"),
        "default_outbound_access_enabled": Field("defaultOutboundAccess"),
        "private_endpoint_network_policies": Field("privateEndpointNetworkPolicies"),
        "network_security_group_id": _refers("networkSecurityGroup", NSG),
        "security_group": _refers("networkSecurityGroup", NSG),
        "route_table_id": _refers("routeTable", ROUTE_TABLE),
    },
    ignored=_ignored(
        "virtual_network_name delegation sharing_scope ip_address_pool ip_configurations "
        "private_endpoint_network_policies_enabled private_link_service_network_policies_enabled "
        "enforce_private_link_endpoint_network_policies enforce_private_link_service_network_policies"
    ),
)

_NETWORK = Table(
    fields={
        **_COMMON,
        "address_space": Field("addressSpace", Kind.PREFIXES),
        "address_spaces": Field("addressSpace", Kind.PREFIXES),
        "subnet": Field("subnets", Kind.BLOCKS, table=_SUBNET),
    },
    ignored=_ignored(
        "bgp_community ddos_protection_plan dns_servers edge_zone encryption flow_timeout_in_minutes guid "
        "ip_address_pool private_endpoint_vnet_policies vm_protection_enabled "
        "subnets vnet_peerings vnet_peerings_addresses"
    ),
)

_PEERING = Table(
    fields={
        "name": Field("name"),
        "remote_virtual_network_id": _refers("remoteVirtualNetwork", NETWORK),
        "allow_virtual_network_access": Field("allowVirtualNetworkAccess"),
        "allow_forwarded_traffic": Field("allowForwardedTraffic"),
        "allow_gateway_transit": Field("allowGatewayTransit"),
        "use_remote_gateways": Field("useRemoteGateways"),
        "only_ipv6_peering_enabled": Field("enableOnlyIPv6Peering"),
        "peer_complete_virtual_networks_enabled": Field("peerCompleteVnets"),
        "local_subnet_names": Field("localSubnetNames"),
        "remote_subnet_names": Field("remoteSubnetNames"),
    },
    ignored=_ignored("virtual_network_name virtual_network_id triggers"),
)

_CONFIGURATION = Table(
    fields={
        "name": Field("name"),
        "primary": Field("primary"),
        "subnet_id": _refers("subnet", SUBNET),
        "private_ip_address": Field("privateIPAddress"),
        "private_ip_address_allocation": Field("privateIPAllocationMethod"),
        "private_ip_address_version": Field("privateIPAddressVersion"),
        "public_ip_address_id": _refers("publicIPAddress", PUBLIC_IP),
        "application_security_group_ids": _refer("applicationSecurityGroups", ASG),
        "load_balancer_backend_address_pools_ids": _refer("loadBalancerBackendAddressPools", BACKEND_POOL),
        "load_balancer_inbound_nat_rules_ids": _refer("loadBalancerInboundNatRules", ""),
        "application_gateway_backend_address_pools_ids": _refer("applicationGatewayBackendAddressPools", ""),
        "gateway_load_balancer_frontend_ip_configuration_id": _refers("gatewayLoadBalancer", ""),
    },
    ignored=_ignored("private_ip_address_prefix_length"),
)

_NIC = Table(
    fields={
        **_COMMON,
        "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_CONFIGURATION),
        "ip_forwarding_enabled": Field("enableIPForwarding"),
        "enable_ip_forwarding": Field("enableIPForwarding"),
        "network_security_group_id": _refers("networkSecurityGroup", NSG),
    },
    ignored=_ignored(
        "accelerated_networking_enabled enable_accelerated_networking applied_dns_servers auxiliary_mode auxiliary_sku "
        "dns_servers edge_zone internal_dns_name_label internal_domain_name_suffix internal_fqdn mac_address "
        "private_ip_address private_ip_addresses virtual_machine_id"
    ),
)

_PUBLIC_IP = Table(
    fields={
        **_COMMON,
        "ip_address": Field("ipAddress"),
        "ip_version": Field("publicIPAddressVersion"),
        "allocation_method": Field("publicIPAllocationMethod"),
        "public_ip_address_allocation": Field("publicIPAllocationMethod"),
    },
    ignored=_ignored(
        "availability_zone ddos_protection_mode ddos_protection_plan_id domain_name_label domain_name_label_scope "
        "edge_zone fqdn idle_timeout_in_minutes ip_tags public_ip_prefix_id reverse_fqdn sku sku_tier zones"
    ),
)

_NAT_GATEWAY = Table(
    fields={
        **_COMMON,
        "public_ip_address_ids": _refer("publicIpAddresses", PUBLIC_IP),
        "public_ip_prefix_ids": _refer("publicIpPrefixes", PUBLIC_IP_PREFIX),
    },
    ignored=_ignored("idle_timeout_in_minutes resource_guid sku_name zones"),
)

_FRONTEND = Table(
    fields={
        "name": Field("name"),
        "subnet_id": _refers("subnet", SUBNET),
        "private_ip_address": Field("privateIPAddress"),
        "private_ip_address_allocation": Field("privateIPAllocationMethod"),
        "public_ip_address_id": _refers("publicIPAddress", PUBLIC_IP),
    },
    is_whole=False,
)

_CONNECTION = Table(
    fields={
        "name": Field("name"),
        "private_connection_resource_id": Field("privateLinkServiceId"),
        "subresource_names": Field("groupIds"),
    },
    is_whole=False,
)

OTHER = Table(fields=_COMMON, is_whole=False)
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
    "azurerm_application_security_group": Table(fields=_COMMON, ignored=_ignored()),
    "azurerm_virtual_network_gateway": Table(
        fields={
            **_COMMON,
            "type": Field("gatewayType"),
            "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_FRONTEND),
        },
        is_whole=False,
    ),
    "azurerm_firewall": Table(
        fields={**_COMMON, "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_FRONTEND)},
        is_whole=False,
    ),
    "azurerm_lb": Table(
        fields={
            **_COMMON,
            "frontend_ip_configuration": Field("frontendIPConfigurations", Kind.BLOCKS, table=_FRONTEND),
        },
        is_whole=False,
    ),
    "azurerm_private_endpoint": Table(
        fields={
            **_COMMON,
            "subnet_id": _refers("subnet", SUBNET),
            "private_service_connection": Field("privateLinkServiceConnections", Kind.BLOCKS, table=_CONNECTION),
        },
        is_whole=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Parent:
    """The type that a child belongs to, and the field by which azurerm names the parent; `inline` its list there."""

    kind: str
    named_by: str
    inline: str
    key: str


PARENTS: Words[str, Parent] = {
    "azurerm_network_security_rule": Parent(NSG, "network_security_group_name", "security_rule", "unsureRules"),
    "azurerm_route": Parent(ROUTE_TABLE, "route_table_name", "route", "unsureRoutes"),
    "azurerm_subnet": Parent(NETWORK, "virtual_network_name", "subnet", "unsureSubnets"),
    "azurerm_virtual_network_peering": Parent(NETWORK, "virtual_network_name", "", ""),
}


@dataclass(frozen=True, slots=True)
class Link:
    """An association: the field that names its target, what that is, which field of it is filled, and with what."""

    target: str
    target_kind: str
    key: str
    value: str
    value_kind: str


_ON_NIC = "network_interface_id"
LINKS: Words[str, Link] = {
    "azurerm_subnet_network_security_group_association": Link(
        "subnet_id", SUBNET, "networkSecurityGroup", "network_security_group_id", NSG
    ),
    "azurerm_subnet_route_table_association": Link("subnet_id", SUBNET, "routeTable", "route_table_id", ROUTE_TABLE),
    "azurerm_subnet_nat_gateway_association": Link("subnet_id", SUBNET, "natGateway", "nat_gateway_id", NAT_GATEWAY),
    "azurerm_network_interface_security_group_association": Link(
        _ON_NIC, NIC, "networkSecurityGroup", "network_security_group_id", NSG
    ),
    "azurerm_network_interface_application_security_group_association": Link(
        _ON_NIC, NIC, "applicationSecurityGroups", "application_security_group_id", ASG
    ),
    "azurerm_network_interface_backend_address_pool_association": Link(
        _ON_NIC, NIC, "loadBalancerBackendAddressPools", "backend_address_pool_id", BACKEND_POOL
    ),
    "azurerm_network_interface_nat_rule_association": Link(
        _ON_NIC, NIC, "loadBalancerInboundNatRules", "nat_rule_id", "microsoft.network/loadbalancers/inboundnatrules"
    ),
    "azurerm_network_interface_application_gateway_backend_address_pool_association": Link(
        _ON_NIC, NIC, "applicationGatewayBackendAddressPools", "backend_address_pool_id", ""
    ),
    "azurerm_nat_gateway_public_ip_association": Link(
        "nat_gateway_id", NAT_GATEWAY, "publicIpAddresses", "public_ip_address_id", PUBLIC_IP
    ),
    "azurerm_nat_gateway_public_ip_prefix_association": Link(
        "nat_gateway_id", NAT_GATEWAY, "publicIpPrefixes", "public_ip_prefix_id", PUBLIC_IP_PREFIX
    ),
}
