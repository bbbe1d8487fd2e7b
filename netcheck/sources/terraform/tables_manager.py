"""Security admin rules of Azure Virtual Network Manager in azurerm, as Azure's REST interface calls their fields."""

from __future__ import annotations

from collections.abc import Mapping as Words

from netcheck.sources._resources import NETWORK, NETWORK_GROUP
from netcheck.sources.terraform.table import COMMON, Field, Kind, Table, ignored, refer, refers

_ADDRESS = Table(
    fields={"address_prefix": Field("addressPrefix"), "address_prefix_type": Field("addressPrefixType")},
    ignored=ignored(),
)

_RULE = Table(
    fields={
        "name": Field("name"),
        "priority": Field("priority"),
        "direction": Field("direction"),
        "action": Field("access"),
        "protocol": Field("protocol"),
        "source": Field("sources", Kind.BLOCKS, table=_ADDRESS),
        "destination": Field("destinations", Kind.BLOCKS, table=_ADDRESS),
        "source_port_ranges": Field("sourcePortRanges"),
        "destination_port_ranges": Field("destinationPortRanges"),
    },
    ignored=ignored("admin_rule_collection_id description"),
)

MANAGER_TABLES: Words[str, Table] = {
    "azurerm_network_manager": Table(
        fields={**COMMON, "scope_accesses": Field("networkManagerScopeAccesses")},
        ignored=ignored("cross_tenant_scopes description scope"),
    ),
    "azurerm_network_manager_network_group": Table(
        fields={"name": Field("name"), "member_type": Field("memberType")},
        ignored=ignored("description network_manager_id"),
    ),
    "azurerm_network_manager_static_member": Table(
        fields={"name": Field("name"), "target_virtual_network_id": refers("resourceId", NETWORK)},
        ignored=ignored("network_group_id region"),
    ),
    "azurerm_network_manager_security_admin_configuration": Table(
        fields={"name": Field("name")},
        ignored=ignored("apply_on_network_intent_policy_based_services description network_manager_id"),
    ),
    "azurerm_network_manager_admin_rule_collection": Table(
        fields={"name": Field("name"), "network_group_ids": refer("appliesToGroups", NETWORK_GROUP)},
        ignored=ignored("description security_admin_configuration_id"),
    ),
    "azurerm_network_manager_admin_rule": _RULE,
}
