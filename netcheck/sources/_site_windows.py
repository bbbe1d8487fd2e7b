"""Windows Defender Firewall as a site file spells it: rules, defaults, the active profile.

Semantics: Microsoft Learn, "Windows Firewall rules" and `Get-NetFirewallRule`, whose property names the rules carry.
"""

from __future__ import annotations

import re
from dataclasses import replace

from netcheck.model.address import AddressError, AddressRange, parse_prefix, parse_range
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol, parse_protocol
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, HostRule, Profile
from netcheck.model.site import WindowsFirewall
from netcheck.sources._nodes import Scalar, Sequence
from netcheck.sources._record import Record, suggest
from netcheck.sources._rule_fields import read_port
from netcheck.sources._scope import Scope

_DIRECTIONS = {
    "Inbound": Direction.INBOUND,
    "Outbound": Direction.OUTBOUND,
    "In": Direction.INBOUND,
    "Out": Direction.OUTBOUND,
}
_ACTIONS = {
    "Allow": HostAction.ALLOW,
    "Block": HostAction.BLOCK,
    "Bypass": HostAction.BYPASS,
    "AllowBypass": HostAction.BYPASS,
}
_INBOUND_DEFAULTS = {"Allow": Access.ALLOW, "Block": Access.DENY, "NotConfigured": Access.DENY}
_OUTBOUND_DEFAULTS = {"Allow": Access.ALLOW, "Block": Access.DENY, "NotConfigured": Access.ALLOW}
_PROFILES = {profile.value: (profile,) for profile in Profile} | {"Any": ALL_PROFILES, "All": ALL_PROFILES}
_STORES = {"GroupPolicy": True, "Local": False, "Dynamic": False, "Generated": False, "Hardcoded": False}
_PROTOCOL_WORDS = ("TCP", "UDP", "Any", "ICMPv4", "ICMPv6")
_PORT_WORDS = (
    "RPC",
    "RPCEPMap",
    "RPC-EPMap",
    "Teredo",
    "IPHTTPS",
    "IPHTTPSIn",
    "IPHTTPSOut",
    "Ply2Disc",
    "PlayToDiscovery",
)
_ADDRESS_WORDS = (
    "LocalSubnet", "LocalSubnet4", "LocalSubnet6", "DNS", "DHCP", "WINS", "DefaultGateway", "Internet", "Intranet",
    "IntranetRemoteAccess", "PlayToDevice", "Ply2Renders", "CaptivePortal",
)  # fmt: skip
_CONDITIONS = (
    "program", "service", "package", "interfaceType", "interfaceAlias", "localUser", "remoteUser", "remoteMachine",
    "owner", "icmpType", "authentication", "encryption", "platform",
)  # fmt: skip
_NO_CONDITION = frozenset(("any", "*", "notrequired", "none"))
_RULE_EXPORT_KEYS = (
    "displayName", "description", "group", "displayGroup", "grouping", "edgeTraversalPolicy", "edgeTraversal", "id",
    "instanceID", "policyStoreSource", "status", "primaryStatus", "enforcementStatus", "looseSourceMapping",
    "localOnlyMapping", "dynamicTarget", "dynamicTransport",
)  # fmt: skip


def read_windows(scope: Scope, record: Record) -> WindowsFirewall:
    """Read the keys beside `kind: windows`: the rules, the defaults, the profile in force."""
    is_enabled = record.boolean("enabled")
    rules = record.raw("rules")
    if is_enabled is not False and (rules is None or (isinstance(rules, Scalar) and rules.is_null)):
        record.missing("rules", "write `rules: []` if it has none, or `export: FILE`")
    found = [rule for inner in record.records("rules", "a host-firewall rule") for rule in _read_rule(scope, inner)]
    profiles = record.word("activeProfile", {profile.value: profile for profile in Profile})
    local = record.boolean("allowLocalFirewallRules")
    inbound = record.boolean("allowInboundRules")
    return WindowsFirewall(
        rules=tuple(found),
        is_enabled=is_enabled is not False,
        default_inbound=record.word("defaultInboundAction", _INBOUND_DEFAULTS) or Access.DENY,
        default_outbound=record.word("defaultOutboundAction", _OUTBOUND_DEFAULTS) or Access.ALLOW,
        active_profile=profiles,
        allows_local_rules=local is not False,
        allows_inbound_rules=inbound is not False,
        at=scope.reader.source(record.node),
    )


def _read_rule(scope: Scope, record: Record) -> list[HostRule]:
    """Read one rule: two if it names port keywords beside numbers, since only the numbers match for certain."""
    name = record.name()
    direction = record.required_word("direction", _DIRECTIONS)
    action = record.required_word("action", _ACTIONS)
    protocol = _protocol(scope, record)
    local_ports, local_words = _ports(scope, record, "localPort")
    remote_ports, remote_words = _ports(scope, record, "remotePort")
    local, local_keywords = _addresses(scope, record, "localAddress")
    remote, remote_keywords = _addresses(scope, record, "remoteAddress")
    enabled = record.boolean("enabled")
    profiles = _profiles(scope, record)
    conditions = _conditions(record)
    is_group_policy = record.word("policyStoreSourceType", _STORES)
    record.ignore(*_RULE_EXPORT_KEYS)
    record.finish()
    if not name or direction is None or action is None or protocol is None:
        return []
    rule = HostRule(
        name=name,
        direction=direction,
        action=action,
        protocol=protocol,
        local_ports=local_ports or (ALL_PORTS,),
        remote_ports=remote_ports or (ALL_PORTS,),
        local_addresses=local,
        remote_addresses=remote,
        local_keywords=local_keywords,
        remote_keywords=remote_keywords,
        profiles=profiles,
        is_enabled=enabled is not False,
        is_group_policy=bool(is_group_policy),
        conditions=conditions,
        at=scope.reader.source(record.node),
    )
    words = (*local_words, *remote_words)
    if not words:
        return [rule]
    possible = replace(
        rule,
        local_ports=(ALL_PORTS,) if local_words else rule.local_ports,
        remote_ports=(ALL_PORTS,) if remote_words else rule.remote_ports,
        conditions=(*conditions, *words),
    )
    is_partly_certain = (local_ports or not local_words) and (remote_ports or not remote_words)
    return [rule, possible] if is_partly_certain else [possible]


def _protocol(scope: Scope, record: Record) -> Protocol | None:
    node = record.get("protocol")
    if node is None:
        return ANY_PROTOCOL
    text = node.text.strip() if isinstance(node, Scalar) else ""
    if text.isascii() and text.isdigit():
        number = scope.reader.integer(node, "protocol", 0, 255)
        return None if number is None else Protocol((number,))
    word = scope.reader.word(node, "protocol", {word: word for word in (*_PROTOCOL_WORDS, "*")})
    if word == "ICMPv4":
        return Protocol((1,))
    return None if word is None else parse_protocol(word)


def _parts(record: Record, singular: str, plural: str) -> list[Scalar]:
    """Return the values of a key that may be a text, a comma-separated text or a list, each with its place."""
    found = []
    for node in (*record.scalars(singular), *record.scalars(plural)):
        for match in re.finditer(r"[^,\s][^,]*[^,\s]|[^,\s]", node.text):
            shift = 0 if node.is_plain else 1
            start = min(node.start + shift + match.start(), node.end)
            found.append(Scalar(match[0], node.is_plain, start, start + len(match[0])))
    return found


def _ports(scope: Scope, record: Record, name: str) -> tuple[tuple[PortRange, ...], tuple[str, ...]]:
    words = {word.lower(): word for word in _PORT_WORDS}
    ports: list[PortRange] = []
    found: list[str] = []
    nodes = _parts(record, name, f"{name}s")
    for node in nodes:
        if node.text[:1].isalpha() and node.text.lower() != "any":
            if node.text.lower() in words:
                found.append(f"{name}: {words[node.text.lower()]}")
            else:
                _unknown_word(scope, node, name, _PORT_WORDS)
            continue
        port = read_port(scope, node, name)
        if port is not None:
            ports.append(port)
    return tuple(ports), tuple(found)


def _addresses(scope: Scope, record: Record, name: str) -> tuple[tuple[AddressRange, ...], tuple[str, ...]]:
    words = {word.lower(): word for word in _ADDRESS_WORDS}
    ranges: list[AddressRange] = []
    found: list[str] = []
    nodes = _parts(record, name, f"{name}es")
    for node in nodes:
        text = node.text.lower()
        if text in words:
            found.append(words[text])
        elif text[:1].isalpha() and ":" not in text and text != "any":
            _unknown_word(scope, node, name, _ADDRESS_WORDS)
        elif text not in ("any", "*"):
            address = _range(scope, node)
            if address is not None:
                ranges.append(address)
    if any(node.text.lower() in ("any", "*") for node in nodes):
        return (), ()
    return tuple(ranges), tuple(found)


def _range(scope: Scope, node: Scalar) -> AddressRange | None:
    try:
        if "-" in node.text:
            return parse_range(node.text)
        found, note = parse_prefix(node.text)
    except AddressError as error:
        scope.reader.error(node, "NC132", str(error), error.help)
        return None
    if note:
        scope.reader.warning(node, "NC133", note, f"write `{found}`")
    return found


def _unknown_word(scope: Scope, node: Scalar, name: str, words: tuple[str, ...]) -> None:
    close = suggest(node.text, (*words, "Any"))
    advice = f"did you mean `{close}`?" if close else "numbers, ranges, `Any`, or " + ", ".join(words)
    scope.reader.error(node, "NC123", f"`{name}` cannot be `{node.text}`", advice)


def _profiles(scope: Scope, record: Record) -> tuple[Profile, ...]:
    found: list[Profile] = []
    for node in _parts(record, "profile", "profiles"):
        found += scope.reader.word(node, "profile", _PROFILES) or ()
    return tuple(profile for profile in ALL_PROFILES if profile in found) or ALL_PROFILES


def _conditions(record: Record) -> tuple[str, ...]:
    found = []
    for name in _CONDITIONS:
        node = record.get(name)
        texts = [n.text for n in record.scalars(name)] if isinstance(node, Scalar | Sequence) else []
        if node is not None and not texts:
            record.text(name)
        if texts and not all(text.lower() in _NO_CONDITION for text in texts):
            found.append(f"{name}: {', '.join(texts)}")
    return tuple(found)
