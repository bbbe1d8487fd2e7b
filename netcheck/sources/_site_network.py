"""Virtual networks with their subnets and peerings.

Semantics: Microsoft Learn, "Virtual network peering", "Azure Virtual Network FAQ" (subnets lie inside the address space
and do not overlap).
"""

from __future__ import annotations

import re

from netcheck.model.address import AddressRange
from netcheck.model.expressions import NOT_GIVEN, is_expression
from netcheck.model.names import key, last_segment
from netcheck.model.site import EndpointPolicies, Peering, Subnet, VirtualNetwork
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, contains, is_printed_by_azure, may_be_null, reference_doubt

_ENDPOINT_POLICIES = {word.value: word for word in EndpointPolicies}
_PEERING_STATES = {"Connected": True, "Initiated": False, "Disconnected": False}
_SUBNET_EXPORT_KEYS = (
    "delegations", "ipConfigurations", "ipConfigurationProfiles", "ipAllocations",
    "privateLinkServiceNetworkPolicies", "purpose", "resourceNavigationLinks", "serviceAssociationLinks",
    "sharingScope", "applicationGatewayIPConfigurations", "ipamPoolPrefixAllocations", "serviceGateway",
)  # fmt: skip
_VNET_EXPORT_KEYS = (
    "dhcpOptions", "enableDdosProtection", "ddosProtectionPlan", "enableVmProtection", "encryption", "ipAllocations",
    "flowTimeoutInMinutes", "bgpCommunities", "flowLogs", "privateEndpointVNetPolicies", "defaultPublicNatGateway",
)  # fmt: skip
_PEERING_EXPORT_KEYS = (
    "peeringSyncLevel", "doNotVerifyRemoteGateways",
    "remoteBgpCommunities", "remoteVirtualNetworkEncryption", "virtualNetwork",
)  # fmt: skip
_PEERING_OWNER = re.compile(r"/virtualNetworks/([^/]+)/virtualNetworkPeerings/", re.IGNORECASE)


def read_virtual_network(scope: Scope, record: Record, peerings: list[Peering]) -> VirtualNetwork:
    """Read one virtual network; `peerings` are those the site lists outside of it."""
    name = record.name()
    scope.declare("virtual network", name, record.node)
    space = _address_space(scope, record)
    subnets: list[tuple[Subnet, list[tuple[AddressRange, Scalar]]]] = []
    if doubts := record.text("unsureSubnets"):
        reason = f"whether `{name}` has the subnets that are listed is not certain: {doubts}"
        scope.reader.leave_open("subnets", record.node, reason)
    if isinstance(stated_subnets := record.get("subnets"), Unknown):
        scope.reader.taint(stated_subnets, "subnets")
    elif stated_subnets is not None:
        subnets = [_read_subnet(scope, inner, name, space) for inner in record.records("subnets", "a subnet")]
    _check_overlaps(scope, subnets)
    own = [read_peering(scope, inner)[1] for inner in record.records("virtualNetworkPeerings", "a peering")]
    listed = record.raw("virtualNetworkPeerings")
    is_empty = isinstance(listed, Sequence) and not listed.items and not scope.reader.is_export(record.node)
    stated = record.raw("gatewayPrefixes")
    learned = _prefix_list(scope, record, "gatewayPrefixes") if isinstance(stated, Sequence) else None
    record.ignore(*EXPORT_KEYS, *_VNET_EXPORT_KEYS)
    record.finish()
    return VirtualNetwork(
        name=name,
        address_space=tuple(space),
        subnets=tuple(subnet for subnet, _ in subnets),
        peerings=(*own, *peerings),
        gateway_prefixes=None if learned is None else tuple(learned),
        has_gateway=any(key(subnet.name) == "gatewaysubnet" for subnet, _ in subnets),
        states_peerings=is_empty or (isinstance(listed, Sequence) and is_printed_by_azure(record)),
        at=scope.reader.source(record.node),
    )


def _address_space(scope: Scope, record: Record) -> list[AddressRange]:
    node = record.required("addressSpace", "write `addressSpace: [10.0.0.0/16]`")
    return [] if node is None else _prefix_list(scope, record, "addressSpace")


def _prefix_list(scope: Scope, record: Record, name: str) -> list[AddressRange]:
    """Read prefixes given as a list, as one text, or as Azure prints an address space: `{addressPrefixes: []}`."""
    node = record.get(name)
    if _taints(scope, node, name):
        return []
    if isinstance(node, Mapping):
        inner = Record(scope.reader, node, f"`{name}`")
        inner.ignore("ipamPoolPrefixAllocations", "addressPrefixesText")
        found = [prefix for prefix, _ in scope.prefixes(inner, "addressPrefixes")]
        inner.finish()
        if not found and not inner.values("addressPrefixes"):
            inner.missing("addressPrefixes")
        return found
    return [prefix for prefix, _ in scope.prefixes(record, name)]


def _taints(scope: Scope, node: Node | None, name: str) -> bool:
    """Return whether a value is not known on which every verdict may depend."""
    if isinstance(node, Scalar) and is_expression(node.text):
        node = Unknown(node.text, NOT_GIVEN, node.start, node.end)
    if isinstance(node, Unknown):
        scope.reader.taint(node, name)
    return isinstance(node, Unknown)


def _read_subnet(
    scope: Scope, record: Record, vnet: str, space: list[AddressRange]
) -> tuple[Subnet, list[tuple[AddressRange, Scalar]]]:
    name = record.name()
    full_name = f"{vnet}/{name}"
    if record.get("uncertain") is not None:
        reason = f"whether subnet `{full_name}` exists is not known: {record.text('uncertain')}"
        scope.reader.leave_open("subnet", record.node, reason)
    scope.declare("subnet", full_name if name else "", record.node)
    stated = [one for one in ("addressPrefix", "addressPrefixes") if not _taints(scope, record.get(one), one)]
    prefixes = scope.prefixes(record, *stated)
    scope.check_version(record, prefixes, "ipAddressVersion")
    if not prefixes and record.get("addressPrefix") is None and record.get("addressPrefixes") is None:
        record.missing("addressPrefix")
    for prefix, node in prefixes:
        if space and not contains(space, prefix):
            spaces = ", ".join(f"`{s}`" for s in space)
            message = f"subnet prefix `{prefix}` lies outside the address space of `{vnet}`"
            scope.reader.error(node, "NC140", message, f"the space is {spaces}")
    nsg, nsg_node = scope.named_at(record, "networkSecurityGroup", "network security group")
    table, table_node = scope.named_at(record, "routeTable", "route table")
    is_complete = is_printed_by_azure(record)
    subnet = Subnet(
        name=name,
        virtual_network=vnet,
        prefixes=tuple(prefix for prefix, _ in prefixes),
        network_security_group=scope.attached(
            "network security group", full_name, nsg, nsg_node, is_complete=is_complete
        ),
        route_table=scope.attached("route table", full_name, table, table_node, is_complete=is_complete),
        nat_gateway=_nat_gateway(scope, record, full_name, is_complete=is_complete),
        service_endpoints=tuple(_service_endpoints(scope, record)),
        default_outbound_access=record.boolean("defaultOutboundAccess"),
        private_endpoint_policies=_endpoint_policies(scope, record),
        service_endpoint_policies=_service_endpoint_policies(scope, record),
        at=scope.reader.source(record.node),
    )
    _check_private_endpoints(scope, record)
    record.ignore(*EXPORT_KEYS, *_SUBNET_EXPORT_KEYS)
    record.finish()
    return subnet, prefixes


def _nat_gateway(scope: Scope, record: Record, subnet: str, *, is_complete: bool) -> str:
    """Return the NAT gateway of a subnet; one that is not known or not certain may give a way out."""
    stated = record.get("natGateway")
    open_id = may_be_null(stated) if isinstance(stated, Mapping) else stated
    if isinstance(open_id, Unknown):
        scope.reader.taint(open_id, "natGateway")
        return ""
    why = reference_doubt(stated)
    if stated is not None and why:
        reason = f"whether a NAT gateway is attached to `{subnet}` is not certain: {why}"
        scope.reader.leave_open("natGateway", stated, reason)
        return ""
    text, node = scope.reference(record, "natGateway")
    own = scope.label("NAT gateway", text) if text else ""
    found = scope.attached("NAT gateway", subnet, own, node, is_complete=is_complete)
    if ("NAT gateway", found) in scope.doubtful:
        _, reason, place = scope.doubtful["NAT gateway", found]
        scope.reader.leave_open("natGateway", place, reason)
        return ""
    return found


def _service_endpoints(scope: Scope, record: Record) -> list[str]:
    found = []
    for node in record.items("serviceEndpoints"):
        if isinstance(node, Unknown):
            scope.reader.taint(node, "serviceEndpoints")
            continue
        if scope.is_classic:
            scope.reader.error(node, "NC141", "the classic model has no service endpoints", "remove it")
            continue
        if not isinstance(node, Mapping):
            text = scope.reader.text(node, "serviceEndpoints")
        else:
            inner = Record(scope.reader, node, "a service endpoint")
            inner.required("service")
            text = inner.text("service")
            inner.ignore("locations", "networkIdentifier", "provisioningState")
            inner.finish()
        if text:
            found.append(text)
    return found


def _endpoint_policies(scope: Scope, record: Record) -> EndpointPolicies:
    """Return which policies private endpoints obey; Azure's own default is none."""
    node = record.get("privateEndpointNetworkPolicies")
    if _taints(scope, node, "privateEndpointNetworkPolicies"):
        return EndpointPolicies.DISABLED
    return record.word("privateEndpointNetworkPolicies", _ENDPOINT_POLICIES) or EndpointPolicies.DISABLED


def _service_endpoint_policies(scope: Scope, record: Record) -> tuple[str, ...]:
    """Return the names of the policies; a name that is not known still says that there is one."""
    found = []
    for node in record.items("serviceEndpointPolicies"):
        text = node.text if isinstance(node, Unknown) else scope.reference_text(node, "serviceEndpointPolicies")
        found += [last_segment(text)] if text else []
    return tuple(dict.fromkeys(found))


def _check_private_endpoints(scope: Scope, record: Record) -> None:
    """A subnet's list of private endpoints repeats what those say; one that no file describes may decide."""
    for node in record.items("privateEndpoints"):
        if isinstance(node, Unknown):
            scope.reader.taint(node, "privateEndpoints")
        elif not scope.declared("private endpoint", scope.reference_text(node, "privateEndpoints")):
            scope.reader.leave_open("privateEndpoints", node)


def _check_overlaps(scope: Scope, subnets: list[tuple[Subnet, list[tuple[AddressRange, Scalar]]]]) -> None:
    placed = [(prefix, node, subnet) for subnet, prefixes in subnets for prefix, node in prefixes]
    placed.sort(key=lambda item: (item[0].family, item[0].first, item[0].last))
    widest = placed[0] if placed else None
    for item in placed[1:]:
        if widest is not None and item[0].family == widest[0].family and item[0].first <= widest[0].last:
            related = ((scope.reader.source(widest[1]), f"`{widest[2].name}` has it here"),)
            message = f"subnet `{item[2].name}` ({item[0]}) overlaps subnet `{widest[2].name}` ({widest[0]})"
            scope.reader.error(item[1], "NC140", message, "Azure refuses this; correct one of the prefixes", related)
        if widest is None or (item[0].family, item[0].last) > (widest[0].family, widest[0].last):
            widest = item


def read_peering(scope: Scope, record: Record) -> tuple[str, Peering]:
    """Read one peering; also return the virtual network it belongs to, "" when it does not say."""
    if record.get("uncertain") is not None:
        reason = f"whether peering `{record.text('name')}` exists is not known: {record.text('uncertain')}"
        scope.reader.leave_open("peering", record.node, reason)
    owner, _ = scope.reference(record, "virtualNetwork")
    found = _PEERING_OWNER.search(record.text("id"))
    record.required("remoteVirtualNetwork")
    remote, _ = scope.reference(record, "remoteVirtualNetwork")
    peered = _prefix_list(scope, record, "remoteAddressSpace")
    current = _prefix_list(scope, record, "remoteVirtualNetworkAddressSpace")
    if peered and current and set(peered) != set(current):  # resized, and the peering not synchronised since
        scope.note_unmodelled(record, "remoteVirtualNetworkAddressSpace")
    state = _peering_state(scope, record)
    access = record.boolean("allowVirtualNetworkAccess")
    if record.boolean("enableOnlyIPv6Peering"):
        scope.note_unmodelled(record, "enableOnlyIPv6Peering")
    if record.boolean("peerCompleteVnets") is False:
        scope.note_unmodelled(record, "peerCompleteVnets")
    scope.note_unmodelled(record, "localSubnetNames", "remoteSubnetNames")
    peering = Peering(
        name=record.text("name") or last_segment(remote),
        remote_virtual_network=scope.label("virtual network", remote) if remote else "",
        remote_address_space=tuple(peered or current),
        is_connected=state is not False,
        allows_virtual_network_access=access is not False,
        allows_forwarded_traffic=bool(record.boolean("allowForwardedTraffic")),
        allows_gateway_transit=bool(record.boolean("allowGatewayTransit")),
        uses_remote_gateways=bool(record.boolean("useRemoteGateways")),
        at=scope.reader.source(record.node),
    )
    record.ignore(*EXPORT_KEYS, *_PEERING_EXPORT_KEYS, "localAddressSpace", "localVirtualNetworkAddressSpace")
    record.finish()
    return last_segment(owner) or (found[1] if found else ""), peering


def _peering_state(scope: Scope, record: Record) -> bool | None:
    node = record.get("peeringState")
    if isinstance(node, Unknown):
        scope.reader.taint(node, "peeringState")
        return None
    return record.word("peeringState", _PEERING_STATES)
