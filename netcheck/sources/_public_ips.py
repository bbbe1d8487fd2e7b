"""Public IP addresses as NICs, load balancers and firewalls name them: an address, a resource, or its name alone."""

from __future__ import annotations

import re

from netcheck.model.address import Family
from netcheck.model.names import key
from netcheck.model.network import PublicIp, PublicIpSku
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, is_absent
from netcheck.sources._plain import reference
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, may_be_null
from netcheck.sources._uncertain import is_open

_FAMILIES: dict[str, Family] = {"IPv4": 4, "IPv6": 6}
_SKUS = {"Basic": PublicIpSku.BASIC, "Standard": PublicIpSku.STANDARD, "StandardV2": PublicIpSku.STANDARD}
_LOOKS_NUMERIC = re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:/]*\Z|[0-9./]+\Z")
_EXPORT_KEYS = (
    "publicIPAllocationMethod", "idleTimeoutInMinutes", "dnsSettings", "ipTags", "ipConfiguration", "publicIPPrefix",
    "natGateway", "ddosSettings", "deleteOption", "linkedPublicIPAddress", "servicePublicIPAddress", "migrationPhase",
)  # fmt: skip


def read_public_ips(scope: Scope, record: Record, family: Family = 4) -> list[PublicIp]:
    """Return each public IP of `publicIPAddress`; one named without its address is of the family given."""
    found: list[PublicIp] = []
    for node in record.items("publicIPAddress"):
        if isinstance(node, Unknown):
            scope.reader.taint(node, "publicIPAddress")
        elif isinstance(node, Mapping) and (open_id := may_be_null(node)) is not None:
            scope.reader.taint(open_id, "publicIPAddress")
        elif isinstance(node, Mapping):
            resource = scope.public_ips.get(key(reference(node)))
            found.append(_read_resource(scope, Record(scope.reader, resource or node, "a public IP address"), family))
        elif isinstance(node, Scalar) and _LOOKS_NUMERIC.match(node.text):
            address = scope.address(node, "publicIPAddress")
            found.append(PublicIp(address.family if address else family, address))
        elif not is_absent(node) and scope.reader.text(node, "publicIPAddress"):
            found.append(PublicIp(family))
    return found


def _read_resource(scope: Scope, record: Record, family: Family) -> PublicIp:
    node = record.get("ipAddress")
    if isinstance(node, Unknown):
        node = None
    if node is None and not record.text("id") and not record.text("name"):
        record.missing("ipAddress", "give the address, or the resource's `id` or `name`")
    address = scope.address(node, "ipAddress") if node is not None else None
    found = [(address, node)] if address is not None and node is not None else []
    scope.check_version(record, found, "publicIPAddressVersion", "ipAddressVersion")
    stated = record.word("publicIPAddressVersion", _FAMILIES) if address is None else None
    sku_node = sku_of(record)
    sku = None if sku_node is None else record.reader.word(sku_node, "sku", _SKUS)
    record.ignore(*EXPORT_KEYS, *_EXPORT_KEYS, "name")
    record.finish()
    return PublicIp(address.family if address else stated or family, address, sku)


def sku_of(record: Record) -> Node | None:
    """Return the word of `sku`, which Azure prints as a mapping that names it; None where it is not known."""
    node = record.get("sku")
    if isinstance(node, Mapping):
        inner = Record(record.reader, node, "a SKU")
        node = inner.get("name")
        inner.ignore("tier")
        inner.finish()
    return None if node is None or is_open(node) else node
