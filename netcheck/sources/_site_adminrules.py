"""Security admin rules of Azure Virtual Network Manager.

Semantics: Microsoft Learn, "Security admin rules in Azure Virtual Network Manager"; REST types AdminRule and
EffectiveSecurityAdminRule. Which networks a rule applies to Azure keeps with its collection; here the rule says it.
"""

from __future__ import annotations

from collections.abc import Mapping as Words
from collections.abc import Sequence
from typing import TypeVar

from netcheck.model.address import AnyAddress, Endpoint, Unresolved
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.names import key
from netcheck.model.ports import ANY_PROTOCOL, Protocol, parse_protocol
from netcheck.model.rules import Direction
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, is_absent, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, open_name
from netcheck.sources._site_fields import open_field, read_ports, read_priority
from netcheck.sources._uncertain import doubt, is_open, joined, unresolved

T = TypeVar("T")

LOWEST, HIGHEST = 1, 4096
_DIRECTIONS = {word.value: word for word in Direction}
_ACCESSES = {word.value: word for word in AdminAccess}
_PROTOCOLS = {word: parse_protocol(word) for word in ("Any", "*", "Tcp", "Udp", "Icmp", "Esp", "Ah")}
_TYPES = {"IPPrefix": "IPPrefix", "ServiceTag": "ServiceTag", "NetworkGroup": "NetworkGroup"}
_EXPORT_KEYS = (
    "description", "flag", "ruleGroups", "ruleCollectionAppliesToGroups", "ruleCollectionDescription",
    "configurationDescription", "ruleCollection", "configuration", "configurationName", "ruleCollectionName",
)  # fmt: skip


def read_admin_rules(scope: Scope, records: Sequence[Record]) -> tuple[AdminRule, ...]:
    """Read the security admin rules; those of networks that the site does not have decide nothing in it."""
    return tuple(rule for record in records for rule in _read_rule(scope, record))


def _read_rule(scope: Scope, record: Record) -> tuple[AdminRule, ...]:
    """Read one rule; of an unknown direction or access, return the rules that stand for it. Empty after an error."""
    name = record.name()
    doubts = [record.text("uncertain")]
    if record.unknown_properties is not None:
        doubts.append(doubt("properties", record.unknown_properties))
    priority = read_priority(record, LOWEST, HIGHEST, doubts)
    directions = _meanings(record, "direction", _DIRECTIONS, doubts)
    accesses = _meanings(record, "access", _ACCESSES, doubts)
    protocol = _protocol(record, doubts)
    source_ports = read_ports(scope, record, ("sourcePortRanges", "sourcePortRange"), doubts)
    destination_ports = read_ports(scope, record, ("destinationPortRanges", "destinationPortRange"), doubts)
    sources = _side(scope, record, "sources")
    destinations = _side(scope, record, "destinations")
    networks = _networks(scope, record, doubts)
    manager = _manager(scope, record)
    record.ignore(*EXPORT_KEYS, *_EXPORT_KEYS)
    doubts += [f"netcheck does not know what `{shorten(one)}` means" for one in record.finish()]
    if not name or priority is None or protocol is None or networks is None:
        return ()
    return tuple(
        AdminRule(
            name=name if len(accesses) == 1 else f"{name} (if it is {access})",
            priority=priority,
            direction=direction,
            access=access,
            protocol=protocol,
            sources=sources,
            source_ports=source_ports,
            destinations=destinations,
            destination_ports=destination_ports,
            virtual_networks=networks,
            manager=manager,
            unknown=joined(doubts),
            at=scope.reader.source(record.node),
        )
        for access in accesses
        for direction in directions
    )


def _meanings(record: Record, name: str, words: Words[str, T], doubts: list[str]) -> tuple[T, ...]:
    """Return what a word may mean: one thing, or where it is not known each of them."""
    node = record.get(name)
    if node is not None and is_open(node):
        doubts.append(open_field(name, node))
        return tuple(words.values())
    found = record.required_word(name, words)
    return () if found is None else (found,)


def _protocol(record: Record, doubts: list[str]) -> Protocol | None:
    node = record.required("protocol", "write `Any` for any protocol")
    if node is None:
        return None
    if is_open(node):
        doubts.append(open_field("protocol", node))
        return ANY_PROTOCOL
    return record.reader.word(node, "protocol", _PROTOCOLS)


def _side(scope: Scope, record: Record, name: str) -> tuple[Endpoint, ...]:
    """Return the addresses of one side; nothing set means any."""
    found: list[Endpoint] = []
    nodes = [*record.items(name), *record.items(name.removesuffix("s"))]
    for node in nodes:
        if isinstance(node, Mapping):
            endpoint = _address(scope, Record(scope.reader, node, f"an element of `{name}`"))
        else:
            endpoint = _plain(scope, node, name)
        found += [] if endpoint is None else [endpoint]
    return tuple(dict.fromkeys(found)) if nodes else (AnyAddress(),)


def _address(scope: Scope, record: Record) -> Endpoint | None:
    node = record.required("addressPrefix")
    stated = record.get("addressPrefixType")
    kind = None if stated is None or is_open(stated) else record.word("addressPrefixType", _TYPES)
    record.finish()
    if kind == "NetworkGroup" and node is not None:
        text = scope.reference_text(node, "addressPrefix")
        return Unresolved(text, f"which networks are in network group `{shorten(text)}` no file says")
    return None if node is None else _plain(scope, node, "addressPrefix")


def _plain(scope: Scope, node: Node, name: str) -> Endpoint | None:
    if isinstance(node, Scalar | Unknown) and is_open(node):
        return unresolved(node, name)
    if is_absent(node) or not isinstance(node, Scalar):
        scope.reader.error(node, "NC122", f"`{name}` holds an element that is no address", "write a prefix or tag")
        return None
    return scope.endpoint(node)


def _networks(scope: Scope, record: Record, doubts: list[str]) -> tuple[str, ...] | None:
    """Return the networks a rule applies to, empty for all; None where it is none of the site's."""
    nodes = [*record.items("virtualNetworks"), *record.items("virtualNetwork")]
    found, is_known = [], True
    for node in nodes:
        text = scope.reference_text(node, "virtualNetworks") if not isinstance(node, Unknown) else node.text
        if is_open(node) or open_name(text):
            doubts.append(f"which networks it applies to is not known: `{shorten(text)}`")
            is_known = False
            continue
        name = scope.declared("virtual network", text)
        if not name and not scope.reader.is_export(node) and not key(text).startswith("/subscriptions/"):
            scope.resolve("virtual network", text, node)
        found += [name] if name else []
    if nodes and is_known and not found:
        return None
    return tuple(dict.fromkeys(found)) if is_known else ()


def _manager(scope: Scope, record: Record) -> str:
    """Return the network manager; two of one name are told apart by their IDs."""
    text, _ = scope.reference(record, "networkManager")
    label = scope.label("network manager", text)
    if text.startswith("/"):
        scope.identify("network manager", text, label)
    return label
