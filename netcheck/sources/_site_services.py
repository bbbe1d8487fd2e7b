"""Private endpoints and private DNS zones, as a site holds them or as `az network private-endpoint` prints them.

Semantics: Microsoft Learn, "What is a private endpoint?" (a connection is pending until the owner of the service
approves it) and "What is a virtual network link?" (a zone answers in the networks it is linked to).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.services import PrivateDnsZone, PrivateEndpoint
from netcheck.sources._nodes import Mapping, Node, Unknown
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._subnets import Subnets
from netcheck.sources._uncertain import is_open

_STATUSES = {"Approved": True, "Pending": False, "Rejected": False, "Disconnected": False, "Removed": False}
_CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
_ENDPOINT_EXPORT_KEYS = (
    "customNetworkInterfaceName", "ipVersionType", "privateDnsZoneGroups", "privateLinkServiceConnectionsText",
    "manualPrivateLinkServiceConnectionsText", "networkInterfacesText", "subnetText",
)  # fmt: skip
_NIC_CONFIGURATION_KEYS = (
    "primary", "subnet", "privateIPAllocationMethod", "privateIPAddressVersion", "privateLinkConnectionProperties",
)  # fmt: skip
_LINK_EXPORT_KEYS = ("registrationEnabled", "resolutionPolicy", "virtualNetworkLinkState", "privateDnsZoneName")
_ZONE_EXPORT_KEYS = (
    "maxNumberOfRecordSets", "maxNumberOfVirtualNetworkLinks", "maxNumberOfVirtualNetworkLinksWithRegistration",
    "numberOfRecordSets", "numberOfVirtualNetworkLinks", "numberOfVirtualNetworkLinksWithRegistration", "internalId",
    "recordSets",
)  # fmt: skip


def read_endpoints(scope: Scope, records: Sequence[Record], subnets: Subnets) -> tuple[PrivateEndpoint, ...]:
    """Read the private endpoints of a site; each address of a network belongs to one."""
    taken: dict[tuple[str, AddressRange], Node] = {}
    return tuple(_read_endpoint(scope, record, subnets, taken) for record in records)


def _read_endpoint(
    scope: Scope, record: Record, subnets: Subnets, taken: dict[tuple[str, AddressRange], Node]
) -> PrivateEndpoint:
    name = record.name()
    if why := record.text("uncertain"):
        scope.reader.leave_open("privateEndpoints", record.node, f"whether `{name}` exists is not known: {why}")
    record.required("subnet", "write `subnet: VNET/SUBNET`")
    subnet = subnets.named_by(record)
    hosts, addresses, has_all_hosts = _dns_entries(scope, record)
    addresses += _addresses(scope, record)
    for address, node in addresses:
        if address is not None and subnet is not None:
            subnets.check_inside(subnet, address, node)
            first = taken.setdefault((subnet.virtual_network, address), record.node)
            if first is not record.node:
                related = ((scope.reader.source(first), "the first one stands here"),)
                scope.reader.error(node, "NC130", f"address `{address}` is given to two private endpoints", "", related)
    service, groups, is_approved = _connection(scope, record)
    scope.note_unmodelled(record, "applicationSecurityGroups")
    record.ignore(*EXPORT_KEYS, *_ENDPOINT_EXPORT_KEYS)
    record.finish()
    known = [address for address, _ in addresses if address is not None]
    return PrivateEndpoint(
        name=name,
        subnet=subnet.full_name if subnet else "",
        addresses=tuple(dict.fromkeys(known)) if len(known) == len(addresses) else (),
        service=service,
        groups=groups,
        hosts=hosts if has_all_hosts or service else (),  # what may stand for any service names none for certain
        is_approved=is_approved,
        at=scope.reader.source(record.node),
    )


Found = list[tuple[AddressRange | None, Node]]
"""Addresses with their places; None where it is not known which one it is."""


def _addresses(scope: Scope, record: Record) -> Found:
    """Return the addresses an endpoint states, at its own level, in its IP configurations or in those of its NICs."""
    found: Found = []
    for part in (record, *_configurations(record)):
        for name in ("privateIPAddress", "privateIPAddresses"):
            found += _read_addresses(scope, part, name)
        if part is not record:
            part.ignore(*EXPORT_KEYS, "name", "groupId", "memberName", *_NIC_CONFIGURATION_KEYS)
            part.finish()
    return found


def _configurations(record: Record) -> Iterator[Record]:
    """Yield the IP configurations of an endpoint, and those of its NICs where a file has them inside."""
    yield from record.records("ipConfigurations", "an IP configuration")
    for item in record.items("networkInterfaces"):
        if isinstance(item, Mapping):
            nic = Record(record.reader, item, "a NIC")
            yield from nic.records("ipConfigurations", "an IP configuration")


def _read_addresses(scope: Scope, record: Record, name: str) -> Found:
    return [
        (None if is_open(node) else scope.address(node, name), node)
        for node in record.values(name)
        if is_open(node) or scope.reader.text(node, name)
    ]


def _dns_entries(scope: Scope, record: Record) -> tuple[tuple[str, ...], Found, bool]:
    """Return the names an endpoint gives its service, the addresses beside them, and whether all names are known."""
    hosts: list[str] = []
    addresses: Found = []
    is_whole = True
    for node in record.items("customDnsConfigs"):
        if isinstance(node, Unknown):
            is_whole = False
            continue
        inner = scope.reader.record(node, "a DNS configuration")
        if inner is not None:
            name = inner.get("fqdn")
            if name is not None and not is_open(name):
                hosts.append(inner.text("fqdn"))
            is_whole = is_whole and not is_open(name)
            for key_name in ("ipAddress", "ipAddresses"):
                addresses += _read_addresses(scope, inner, key_name)
            inner.finish()
    return tuple(dict.fromkeys(hosts)), addresses, is_whole


def _connection(scope: Scope, record: Record) -> tuple[str, tuple[str, ...], bool | None]:
    """Return the service, its sub-resources and whether its owner approved, as the connection or the short form says.

    An endpoint has one connection; of several, the model could hold one.
    """
    connections = [inner for name in _CONNECTIONS for inner in record.records(name, "a connection")]
    if len(connections) > 1:
        reason = f"private endpoint `{record.text('name')}` has several connections, of which one is evaluated"
        scope.reader.leave_open("privateEndpoints", record.node, reason)
    short = record.get("service") or record.get("groupIds") or record.get("privateLinkServiceConnectionState")
    if connections and short is not None:
        message = "a connection stands beside the short form of one"
        scope.reader.error(short, "NC139", message, "keep `privateLinkServiceConnections` or the short form")
    found = [_read_connection(scope, inner, "privateLinkServiceId") for inner in connections]
    own = _read_connection(scope, record, "service")
    for inner in connections:
        inner.ignore(*EXPORT_KEYS, "name", "requestMessage")
        inner.finish()
    return found[0] if found else own


def _read_connection(scope: Scope, record: Record, name: str) -> tuple[str, tuple[str, ...], bool | None]:
    text, node = scope.reference(record, name)
    groups = []
    for one in record.values("groupIds"):
        if is_open(one):
            reason = f"which part of `{text}` a private endpoint stands for is not known"
            scope.reader.leave_open("privateEndpoints", one, reason)
        else:
            groups.append(one.text)
    service = "" if is_open(node) else text
    return service, tuple(dict.fromkeys(groups)), _is_approved(scope, record)


def _is_approved(scope: Scope, record: Record) -> bool | None:
    node = record.get("privateLinkServiceConnectionState")
    if node is None or is_open(node):
        return None
    inner = scope.reader.record(node, "a connection state")
    if inner is None:
        return None
    status = inner.get("status")
    found = None if status is None or is_open(status) else inner.word("status", _STATUSES)
    inner.ignore("description", "actionsRequired", "actionRequired")
    inner.finish()
    return found


def read_zones(scope: Scope, records: Sequence[Record] | None) -> tuple[PrivateDnsZone, ...] | None:
    """Read the private DNS zones; None where it is not known which there are, or what one of them is linked to."""
    if records is None:
        return None
    zones = [_read_zone(scope, record) for record in records]
    known = [zone for zone in zones if zone is not None]
    return tuple(known) if len(known) == len(zones) else None


def _read_zone(scope: Scope, record: Record) -> PrivateDnsZone | None:
    name = record.name()
    scope.declare("private DNS zone", name, record.node)
    is_known = not record.text("uncertain") and not is_open(record.get("name"))
    stated = record.raw("virtualNetworkLinks")
    networks: list[str] = []
    if stated is None or isinstance(stated, Unknown):
        is_known = False
        if stated is None and not scope.reader.is_export(record.node):
            record.missing("virtualNetworkLinks", "name the virtual networks it is linked to, or write `[]` for none")
    else:
        for item in record.items("virtualNetworkLinks"):
            network = _read_link(scope, item)
            is_known = is_known and network is not None
            networks += [network] if network else []
    record.ignore(*EXPORT_KEYS, *_ZONE_EXPORT_KEYS)
    record.finish()
    if not is_known:
        return None
    return PrivateDnsZone(
        name=name, virtual_networks=tuple(dict.fromkeys(networks)), at=scope.reader.source(record.node)
    )


def _read_link(scope: Scope, item: Node) -> str | None:
    """Return the network of a link: "" where the site does not have it, None where it is not known."""
    if is_open(item):
        return None
    if not isinstance(item, Mapping):
        return _linked(scope, scope.reader.text(item, "virtualNetworkLinks") or "", item)
    record = Record(scope.reader, item, "a virtual network link")
    node = record.required("virtualNetwork")
    text = scope.reference_text(node, "virtualNetwork") if node is not None else ""
    is_known = not record.text("uncertain") and not is_open(node)
    record.ignore(*EXPORT_KEYS, *_LINK_EXPORT_KEYS, "name")
    record.finish()
    return _linked(scope, text, node or item) if is_known else None


def _linked(scope: Scope, text: str, node: Node) -> str:
    """Nobody asks about the networks of another site that a zone is linked to; a name of ours is a misspelling."""
    found = scope.declared("virtual network", text) if text else ""
    if text and not found and not scope.reader.is_export(node) and not key(text).startswith("/subscriptions/"):
        scope.resolve("virtual network", text, node)
    return found
