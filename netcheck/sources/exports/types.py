"""What kind of resource an element of an export is: from its type, its ID, or the fields only that kind has.

Fields: Microsoft Learn, "Azure REST API reference", the resources of Microsoft.Network and Microsoft.Compute.
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Sequence
from netcheck.sources._resources import (
    CHILDREN,
    DEFAULT_RULE,
    NETWORK,
    NIC,
    NSG,
    PEERING,
    PUBLIC_IP,
    ROUTE,
    ROUTE_TABLE,
    RULE,
    STATIC_MEMBER,
    SUBNET,
    VM,
)
from netcheck.sources.exports.fields import Fields, text_at, type_in

CHILD_TYPES = frozenset(CHILDREN) | {SUBNET}
RULE_TYPES = frozenset((RULE, DEFAULT_RULE))
_SUBNET_FIELDS = frozenset(
    (
        "networksecuritygroup", "routetable", "natgateway", "serviceendpoints", "ipconfigurations", "delegations",
        "privateendpointnetworkpolicies", "privatelinkservicenetworkpolicies",
    )
)  # fmt: skip
_PREFIX_FIELDS = frozenset(("addressprefix", "addressprefixes"))
_NECESSARY = {
    NSG: ("securityRules", "defaultSecurityRules"),
    RULE: ("direction",),
    DEFAULT_RULE: ("direction",),
    ROUTE_TABLE: ("routes",),
    ROUTE: ("nextHopType",),
    NETWORK: ("addressSpace",),
    SUBNET: ("addressPrefix", "addressPrefixes"),
    PEERING: ("remoteVirtualNetwork",),
    NIC: ("ipConfigurations",),
    PUBLIC_IP: ("publicIPAllocationMethod", "ipAddress"),
    VM: ("networkProfile",),
}


def type_of(fields: Fields) -> str:
    """Return the resource type of an element in small letters, or "" when it is no Azure resource."""
    stated = text_at(fields, "type", "resourcetype")
    if "/" not in stated:  # the type of a route or of a classic rule is another word
        stated = text_at(fields, "resourcetype")
    if "/" in stated:
        return key(stated.strip()) if text_at(fields, "id", "resourceid", "name", "resourcename") else ""
    return type_in(identity_of(fields)) or _type_by_shape(fields)


def identity_of(fields: Fields) -> str:
    """Return the resource ID of an element, or ""."""
    own = text_at(fields, "id")
    if type_in(own) == STATIC_MEMBER:  # its `resourceId` is that of the network
        return own
    return text_at(fields, "resourceid", "id")


def lacking(kind: str, fields: Fields) -> str:
    """Return the field without which an element is only an entry of an inventory, or "" when it has it.

    An NSG without `securityRules` must not be taken for one without rules; a resource of a template may lack them. The
    NICs of a VM may be known from the NICs alone.
    """
    names = _NECESSARY.get(kind, ())
    if not names or "apiversion" in fields or any(key(name) in fields for name in names):
        return ""
    if kind == VM and isinstance(fields.get("properties"), Mapping):
        return ""
    return names[0]


def _type_by_shape(fields: Fields) -> str:
    has = fields.keys()
    if "securityrules" in has or "defaultsecurityrules" in has:
        return NSG
    if {"access", "direction", "priority"} <= has:
        return DEFAULT_RULE if is_default_priority(fields) else RULE
    if {"addressspace", "subnets"} <= has:
        return NETWORK
    if {"networkprofile", "storageprofile"} <= has:
        return VM
    if "remotevirtualnetwork" in has:
        return PEERING
    if "ipconfigurations" in has and ("macaddress" in has or "enableipforwarding" in has):
        return NIC
    if {"addressprefix", "nexthoptype"} <= has:
        return "" if "state" in has else ROUTE  # a route with a state is what Azure computed for one NIC
    if has & _PREFIX_FIELDS and has & _SUBNET_FIELDS:
        return SUBNET
    if "routes" in has and "name" in has and isinstance(fields["routes"], Sequence):
        return ROUTE_TABLE
    return PUBLIC_IP if "publicipallocationmethod" in has else ""


def is_default_priority(fields: Fields) -> bool:
    """Return whether a rule's priority is one of Azure's own (65000 and more)."""
    priority = text_at(fields, "priority")
    return len(priority) == 5 and priority.isascii() and priority.isdecimal() and priority >= "65000"
