"""Azure Firewalls, their policies and IP groups of azurerm, as Azure's REST interface calls their fields.

A firewall has three kinds of rule collections, each a resource of its own in azurerm and a list of its own in REST; a
policy has them in one list, in which each collection and each rule says what kind it is.
"""

from __future__ import annotations

from collections.abc import Mapping as Words

from netcheck.sources._resources import FIREWALL_POLICY, IP_GROUP, PUBLIC_IP, SUBNET
from netcheck.sources.terraform.table import COMMON, Field, Kind, Table, ignored, refer, refers

_SOURCES = {
    "source_addresses": Field("sourceAddresses"),
    "source_ip_groups": refer("sourceIpGroups", IP_GROUP),
}
_DESTINATIONS = {
    "destination_addresses": Field("destinationAddresses"),
    "destination_ip_groups": refer("destinationIpGroups", IP_GROUP),
    "destination_fqdns": Field("destinationFqdns"),
    "destination_ports": Field("destinationPorts"),
}
_TRANSLATION = {
    "destination_ports": Field("destinationPorts"),
    "translated_address": Field("translatedAddress"),
    "translated_port": Field("translatedPort"),
}
_COLLECTION = {"name": Field("name"), "priority": Field("priority"), "action": Field("action")}
_PROTOCOL = Table(fields={"type": Field("protocolType"), "port": Field("port")}, ignored=ignored())


def _rules(table: Table) -> Field:
    return Field("rules", Kind.BLOCKS, table=table)


_ADDRESS = Table(
    fields={
        "name": Field("name"),
        "subnet_id": refers("subnet", SUBNET),
        "public_ip_address_id": refers("publicIPAddress", PUBLIC_IP),
        "private_ip_address": Field("privateIPAddress"),
    },
    ignored=ignored(),
)

_HUB = Table(
    fields={
        "virtual_hub_id": Field("id"),
        "private_ip_address": Field("privateIPAddress"),
    },
    ignored=ignored("public_ip_addresses public_ip_count"),
)

_FIREWALL = Table(
    fields={
        **COMMON,
        "ip_configuration": Field("ipConfigurations", Kind.BLOCKS, table=_ADDRESS),
        "firewall_policy_id": refers("firewallPolicy", FIREWALL_POLICY),
        "threat_intel_mode": Field("threatIntelMode"),
        "private_ip_ranges": Field("privateRange"),
        "virtual_hub": Field("virtualHub", Kind.BLOCKS, table=_HUB),
    },
    ignored=ignored("dns_proxy_enabled dns_servers management_ip_configuration sku_name sku_tier zones"),
)

_NETWORK_COLLECTION = Table(
    fields={
        **_COLLECTION,
        "rule": _rules(
            Table(
                fields={"name": Field("name"), "protocols": Field("protocols"), **_SOURCES, **_DESTINATIONS},
                ignored=ignored("description"),
            )
        ),
    },
    ignored=ignored("azure_firewall_name"),
)

_APPLICATION_COLLECTION = Table(
    fields={
        **_COLLECTION,
        "rule": _rules(
            Table(
                fields={
                    "name": Field("name"),
                    **_SOURCES,
                    "protocol": Field("protocols", Kind.BLOCKS, table=_PROTOCOL),
                    "target_fqdns": Field("targetFqdns"),
                    "fqdn_tags": Field("fqdnTags"),
                },
                ignored=ignored("description"),
            )
        ),
    },
    ignored=ignored("azure_firewall_name"),
)

_NAT_COLLECTION = Table(
    fields={
        **_COLLECTION,
        "rule": _rules(
            Table(
                fields={
                    "name": Field("name"),
                    "protocols": Field("protocols"),
                    **_SOURCES,
                    "destination_addresses": Field("destinationAddresses"),
                    **_TRANSLATION,
                },
                ignored=ignored("description"),
            )
        ),
    },
    ignored=ignored("azure_firewall_name"),
)

_FIREWALL_POLICY = Table(
    fields={
        **COMMON,
        "base_policy_id": refers("basePolicy", FIREWALL_POLICY),
        "rule_collection_groups": refer("ruleCollectionGroups", ""),
        "threat_intelligence_mode": Field("threatIntelMode"),
        "private_ip_ranges": Field("snat"),
    },
    ignored=ignored(
        "auto_learn_private_ranges_enabled child_policies dns explicit_proxy firewalls identity insights "
        "intrusion_detection sku sql_redirect_allowed threat_intelligence_allowlist tls_certificate"
    ),
)

_POLICY_NETWORK_RULE = Table(
    fields={"name": Field("name"), "protocols": Field("ipProtocols"), **_SOURCES, **_DESTINATIONS},
    ignored=ignored("description"),
    constants=(("ruleType", "NetworkRule"),),
)

_POLICY_APPLICATION_RULE = Table(
    fields={
        "name": Field("name"),
        **_SOURCES,
        "destination_addresses": Field("destinationAddresses"),
        "protocols": Field("protocols", Kind.BLOCKS, table=_PROTOCOL),
        "destination_fqdns": Field("targetFqdns"),
        "destination_fqdn_tags": Field("fqdnTags"),
        "destination_urls": Field("targetUrls"),
        "terminate_tls": Field("terminateTLS"),
        "web_categories": Field("webCategories"),
    },
    ignored=ignored("description http_headers"),
    constants=(("ruleType", "ApplicationRule"),),
)

_POLICY_NAT_RULE = Table(
    fields={
        "name": Field("name"),
        "protocols": Field("ipProtocols"),
        **_SOURCES,
        "destination_address": Field("destinationAddresses"),
        "translated_fqdn": Field("translatedFqdn"),
        **_TRANSLATION,
    },
    ignored=ignored("description"),
    constants=(("ruleType", "NatRule"),),
)


def _collections(kind: str, rule: Table) -> Field:
    """Return a field of a group that adds to its one list of collections."""
    table = Table(
        fields={**_COLLECTION, "rule": _rules(rule)},
        ignored=ignored(),
        constants=(("ruleCollectionType", kind),),
    )
    return Field("ruleCollections", Kind.MORE_BLOCKS, table=table)


_COLLECTION_GROUP = Table(
    fields={
        "name": Field("name"),
        "priority": Field("priority"),
        "application_rule_collection": _collections("FirewallPolicyFilterRuleCollection", _POLICY_APPLICATION_RULE),
        "network_rule_collection": _collections("FirewallPolicyFilterRuleCollection", _POLICY_NETWORK_RULE),
        "nat_rule_collection": _collections("FirewallPolicyNatRuleCollection", _POLICY_NAT_RULE),
    },
    ignored=ignored("firewall_policy_id"),
)

FIREWALL_TABLES: Words[str, Table] = {
    "azurerm_firewall": _FIREWALL,
    "azurerm_firewall_network_rule_collection": _NETWORK_COLLECTION,
    "azurerm_firewall_application_rule_collection": _APPLICATION_COLLECTION,
    "azurerm_firewall_nat_rule_collection": _NAT_COLLECTION,
    "azurerm_firewall_policy": _FIREWALL_POLICY,
    "azurerm_firewall_policy_rule_collection_group": _COLLECTION_GROUP,
    "azurerm_ip_group": Table(
        fields={**COMMON, "cidrs": Field("ipAddresses")}, ignored=ignored("firewall_ids firewall_policy_ids")
    ),
    "azurerm_ip_group_cidr": Table(fields={"cidr": Field("ipAddresses")}, ignored=ignored("ip_group_id")),
}
