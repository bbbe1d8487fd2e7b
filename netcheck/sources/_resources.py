"""What the readers of all kinds of files turn them into: Azure resources as nodes that know their place.

A reader does not judge what it finds. It names each resource by Azure's type, spells its fields as Azure's REST
interface does (letter case does not matter, a level `properties` counts as if it were not there), and leaves what it
cannot know as an `Unknown`. `netcheck.sources.assemble` puts the resources of all files together and checks them.
"""

from __future__ import annotations

from typing import NamedTuple

from netcheck.diagnostics import Collector
from netcheck.sources._nodes import Library, Mapping, Node, shorten

NSG = "microsoft.network/networksecuritygroups"
RULE = f"{NSG}/securityrules"
DEFAULT_RULE = f"{NSG}/defaultsecurityrules"
ROUTE_TABLE = "microsoft.network/routetables"
ROUTE = f"{ROUTE_TABLE}/routes"
NETWORK = "microsoft.network/virtualnetworks"
SUBNET = f"{NETWORK}/subnets"
PEERING = f"{NETWORK}/virtualnetworkpeerings"
NIC = "microsoft.network/networkinterfaces"
PUBLIC_IP = "microsoft.network/publicipaddresses"
NAT_GATEWAY = "microsoft.network/natgateways"
ASG = "microsoft.network/applicationsecuritygroups"
PUBLIC_IP_PREFIX = "microsoft.network/publicipprefixes"
PRIVATE_ENDPOINT = "microsoft.network/privateendpoints"
ZONE_GROUP = f"{PRIVATE_ENDPOINT}/privatednszonegroups"
DNS_ZONE = "microsoft.network/privatednszones"
DNS_LINK = f"{DNS_ZONE}/virtualnetworklinks"
LOAD_BALANCER = "microsoft.network/loadbalancers"
FRONTEND = f"{LOAD_BALANCER}/frontendipconfigurations"
BACKEND_POOL = f"{LOAD_BALANCER}/backendaddresspools"
BACKEND_ADDRESS = f"{BACKEND_POOL}/addresses"
BALANCING_RULE = f"{LOAD_BALANCER}/loadbalancingrules"
OUTBOUND_RULE = f"{LOAD_BALANCER}/outboundrules"
INBOUND_NAT_RULE = f"{LOAD_BALANCER}/inboundnatrules"
INBOUND_NAT_POOL = f"{LOAD_BALANCER}/inboundnatpools"
PROBE = f"{LOAD_BALANCER}/probes"
FIREWALL = "microsoft.network/azurefirewalls"
NETWORK_COLLECTION = f"{FIREWALL}/networkrulecollections"
APPLICATION_COLLECTION = f"{FIREWALL}/applicationrulecollections"
NAT_COLLECTION = f"{FIREWALL}/natrulecollections"
FIREWALL_POLICY = "microsoft.network/firewallpolicies"
COLLECTION_GROUP = f"{FIREWALL_POLICY}/rulecollectiongroups"
IP_GROUP = "microsoft.network/ipgroups"
IP_GROUP_ADDRESS = f"{IP_GROUP}/cidrs"
MANAGER = "microsoft.network/networkmanagers"
NETWORK_GROUP = f"{MANAGER}/networkgroups"
STATIC_MEMBER = f"{NETWORK_GROUP}/staticmembers"
ADMIN_CONFIGURATION = f"{MANAGER}/securityadminconfigurations"
ADMIN_COLLECTION = f"{ADMIN_CONFIGURATION}/rulecollections"
ADMIN_RULE = f"{ADMIN_COLLECTION}/rules"
DEPLOYMENT = "microsoft.resources/deployments"
EFFECTIVE_ROUTES = "netcheck/effectiveroutes"
EFFECTIVE_ADMIN_RULES = "netcheck/effectiveadminrules"
EFFECTIVE_NSG = "netcheck/effectivenetworksecuritygroup"
NOT_READ = "netcheck/notread"
READ_WHOLE = "netcheck/readwhole"
COLLECTION = "netcheck/collection"
VM = "microsoft.compute/virtualmachines"
VAULT = "microsoft.recoveryservices/vaults"
KINDS = {
    NSG: "network security group",
    ROUTE_TABLE: "route table",
    NETWORK: "virtual network",
    SUBNET: "subnet",
    NIC: "network interface",
    VM: "virtual machine",
    VAULT: "vault",
    ASG: "application security group",
    NAT_GATEWAY: "NAT gateway",
    PUBLIC_IP: "public IP address",
    PRIVATE_ENDPOINT: "private endpoint",
    DNS_ZONE: "private DNS zone",
    LOAD_BALANCER: "load balancer",
    FIREWALL: "Azure Firewall",
    FIREWALL_POLICY: "firewall policy",
    IP_GROUP: "IP group",
}
"""What the model has a place for, in words."""
CHILDREN = {
    RULE: "rule",
    DEFAULT_RULE: "default rule",
    ROUTE: "route",
    PEERING: "peering",
    ZONE_GROUP: "DNS zone group",
    DNS_LINK: "virtual network link",
    FRONTEND: "frontend",
    BACKEND_POOL: "backend pool",
    BACKEND_ADDRESS: "backend address",
    BALANCING_RULE: "balancing rule",
    OUTBOUND_RULE: "outbound rule",
    INBOUND_NAT_RULE: "inbound NAT rule",
    INBOUND_NAT_POOL: "inbound NAT pool",
    PROBE: "probe",
    NETWORK_COLLECTION: "network rule collection",
    APPLICATION_COLLECTION: "application rule collection",
    NAT_COLLECTION: "NAT rule collection",
    COLLECTION_GROUP: "rule collection group",
    IP_GROUP_ADDRESS: "IP group address",
    NETWORK_GROUP: "network group",
    STATIC_MEMBER: "static member",
    ADMIN_CONFIGURATION: "security admin configuration",
    ADMIN_COLLECTION: "admin rule collection",
    ADMIN_RULE: "security admin rule",
}
"""What is a part of these and may stand alone."""


class Resource(NamedTuple):
    """One resource of one file.

    `type` is Azure's, in small letters, known here or not: what no table knows is reported and not skipped. `id` is the
    resource ID, or whatever else references of this file name the resource by ("" where nothing does); ids are compared
    without regard to letter case. `parent` is the id or the name of the resource that a child (a rule, a route, a
    subnet, a peering) belongs to. `unsure` says why the resource may not exist, as part of a sentence; "" where it
    does.
    """

    type: str
    node: Mapping
    name: str
    id: str = ""
    parent: str = ""
    unsure: str = ""


class Association(NamedTuple):
    """A statement, outside of both resources, that one is attached to the other.

    `target` is the id or name of a subnet or NIC; `key` is the field of it that it fills, such as
    `networkSecurityGroup`, `routeTable`, `natGateway` or `applicationSecurityGroups`; `value` refers to what is
    attached. `unsure` says why the association may not exist; "" where it does.
    """

    target: str
    key: str
    value: Node
    unsure: str = ""


class Options(NamedTuple):
    """What the person who asks says about where a template is deployed; empty: not said."""

    subscription: str = ""
    resource_group: str = ""
    location: str = ""


class Opening(NamedTuple):
    """What a reader needs besides its file: where faults go, and what the command line says."""

    documents: Library
    collector: Collector
    options: Options


def what(one: Resource) -> str:
    """Return a resource as a message names it."""
    return f"{KINDS.get(one.type) or CHILDREN.get(one.type, one.type)} `{shorten(one.name)}`"
