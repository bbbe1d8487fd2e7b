"""How resources of azurerm name the resource they belong to, and which resources attach one to another.

Semantics: documentation of the provider hashicorp/azurerm (versions 1 to 4).
"""

from __future__ import annotations

from collections.abc import Mapping as Words
from dataclasses import dataclass

from netcheck.sources._resources import (
    ADMIN_COLLECTION,
    ADMIN_CONFIGURATION,
    ASG,
    BACKEND_POOL,
    DNS_ZONE,
    FIREWALL,
    FIREWALL_POLICY,
    INBOUND_NAT_RULE,
    IP_GROUP,
    LOAD_BALANCER,
    MANAGER,
    NAT_GATEWAY,
    NETWORK,
    NETWORK_GROUP,
    NIC,
    NSG,
    PRIVATE_ENDPOINT,
    PUBLIC_IP,
    PUBLIC_IP_PREFIX,
    ROUTE_TABLE,
    SUBNET,
)


@dataclass(frozen=True, slots=True)
class Parent:
    """The type that a child belongs to, and the field by which azurerm names the parent; `inline` its list there.

    `is_id`: the field holds the ID of the parent, and not its name.
    """

    kind: str
    named_by: str
    inline: str = ""
    key: str = ""
    is_id: bool = False


def _of(kind: str, named_by: str) -> Parent:
    return Parent(kind, named_by, is_id=True)


_OF_BALANCER = _of(LOAD_BALANCER, "loadbalancer_id")
_OF_FIREWALL = Parent(FIREWALL, "azure_firewall_name")
PARENTS: Words[str, Parent] = {
    "azurerm_network_security_rule": Parent(NSG, "network_security_group_name", "security_rule", "unsureRules"),
    "azurerm_route": Parent(ROUTE_TABLE, "route_table_name", "route", "unsureRoutes"),
    "azurerm_subnet": Parent(NETWORK, "virtual_network_name", "subnet", "unsureSubnets"),
    "azurerm_virtual_network_peering": Parent(NETWORK, "virtual_network_name"),
    "azurerm_private_dns_zone_virtual_network_link": Parent(DNS_ZONE, "private_dns_zone_name"),
    "azurerm_lb_backend_address_pool": _OF_BALANCER,
    "azurerm_lb_backend_address_pool_address": _of(BACKEND_POOL, "backend_address_pool_id"),
    "azurerm_lb_rule": _OF_BALANCER,
    "azurerm_lb_outbound_rule": _OF_BALANCER,
    "azurerm_lb_nat_rule": _OF_BALANCER,
    "azurerm_lb_nat_pool": _OF_BALANCER,
    "azurerm_lb_probe": _OF_BALANCER,
    "azurerm_firewall_network_rule_collection": _OF_FIREWALL,
    "azurerm_firewall_application_rule_collection": _OF_FIREWALL,
    "azurerm_firewall_nat_rule_collection": _OF_FIREWALL,
    "azurerm_firewall_policy_rule_collection_group": _of(FIREWALL_POLICY, "firewall_policy_id"),
    "azurerm_ip_group_cidr": _of(IP_GROUP, "ip_group_id"),
    "azurerm_network_manager_network_group": _of(MANAGER, "network_manager_id"),
    "azurerm_network_manager_static_member": _of(NETWORK_GROUP, "network_group_id"),
    "azurerm_network_manager_security_admin_configuration": _of(MANAGER, "network_manager_id"),
    "azurerm_network_manager_admin_rule_collection": _of(ADMIN_CONFIGURATION, "security_admin_configuration_id"),
    "azurerm_network_manager_admin_rule": _of(ADMIN_COLLECTION, "admin_rule_collection_id"),
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
        _ON_NIC, NIC, "loadBalancerInboundNatRules", "nat_rule_id", INBOUND_NAT_RULE
    ),
    "azurerm_network_interface_application_gateway_backend_address_pool_association": Link(
        _ON_NIC, NIC, "applicationGatewayBackendAddressPools", "backend_address_pool_id", ""
    ),
    "azurerm_private_endpoint_application_security_group_association": Link(
        "private_endpoint_id", PRIVATE_ENDPOINT, "applicationSecurityGroups", "application_security_group_id", ASG
    ),
    "azurerm_nat_gateway_public_ip_association": Link(
        "nat_gateway_id", NAT_GATEWAY, "publicIpAddresses", "public_ip_address_id", PUBLIC_IP
    ),
    "azurerm_nat_gateway_public_ip_prefix_association": Link(
        "nat_gateway_id", NAT_GATEWAY, "publicIpPrefixes", "public_ip_prefix_id", PUBLIC_IP_PREFIX
    ),
}
