"""Windows Defender Firewall as a site file spells it: rules, defaults, the active profile.

Semantics: Microsoft Learn, "Windows Firewall rules" and `Get-NetFirewallRule`, whose property names the rules carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from netcheck.model.address import AddressError, AddressRange, parse_prefix, parse_range
from netcheck.model.hosts import ProfileSettings, WindowsFirewall, under_all
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol, parse_protocol
from netcheck.model.rules import ALL_PROFILES, Access, HostRule, Profile
from netcheck.sources._nodes import Scalar, Sequence
from netcheck.sources._record import Record, suggest
from netcheck.sources._rule_fields import read_port
from netcheck.sources._scope import Scope
from netcheck.sources.windows.rules import Addresses, Ports, RuleParts, make_rules
from netcheck.sources.windows.words import (
    ACTIONS,
    ADDRESS_WORDS,
    CONDITIONS,
    DIRECTIONS,
    INBOUND_DEFAULTS,
    OUTBOUND_DEFAULTS,
    PORT_WORDS,
    PROFILES,
    STORES,
    folded,
    is_no_condition,
)

_PROTOCOL_WORDS = ("TCP", "UDP", "Any", "ICMPv4", "ICMPv6")
_PORT_WORDS, _ADDRESS_WORDS = folded(PORT_WORDS), folded(ADDRESS_WORDS)
_RULE_EXPORT_KEYS = (
    "displayName", "description", "group", "displayGroup", "grouping", "edgeTraversalPolicy", "edgeTraversal", "id",
    "instanceID", "policyStoreSource", "status", "primaryStatus", "enforcementStatus", "looseSourceMapping",
    "localOnlyMapping",
)  # fmt: skip


def read_windows(scope: Scope, record: Record) -> WindowsFirewall | None:
    """Read the keys beside `kind: windows`: rules or the files that hold them, the settings, the profile in force.

    What the site says of settings and profile stands above what files say.
    """
    node = record.get("export")
    if node is None:
        return _written(scope, record)
    written = record.raw("rules")
    if written is not None and not (isinstance(written, Scalar) and written.is_null):
        scope.reader.error(node, "NC139", "`export` and `rules` are both given", "keep one of the two")
    paths = [scope.path(one.text) for one in record.scalars("export")]
    from netcheck.sources.windows.export import read_windows_export

    found = scope.reader.absorb(lambda: read_windows_export(paths, scope.reader.collector), node) if paths else None
    usual = found.settings if found is not None else under_all(ProfileSettings())
    settings, active = read_settings(record, usual), read_active_profile(record)
    return None if found is None else replace(found, settings=settings, active_profile=active or found.active_profile)


def _written(scope: Scope, record: Record) -> WindowsFirewall:
    settings = read_settings(record, under_all(ProfileSettings()))
    rules = record.raw("rules")
    is_on = any(settings[profile].is_enabled is not False for profile in ALL_PROFILES)
    if is_on and (rules is None or (isinstance(rules, Scalar) and rules.is_null)):
        record.missing("rules", "write `rules: []` if it has none, or `export: FILE`")
    found = [rule for inner in record.records("rules", "a host-firewall rule") for rule in _read_rule(scope, inner)]
    return WindowsFirewall(
        rules=tuple(found),
        settings=settings,
        active_profile=read_active_profile(record),
        at=scope.reader.source(record.node),
    )


def read_active_profile(record: Record) -> Profile | None:
    """Read the profile in force."""
    return record.word("activeProfile", {profile.value: profile for profile in Profile})


def read_settings(record: Record, known: Mapping[Profile, ProfileSettings]) -> Mapping[Profile, ProfileSettings]:
    """Read the settings that a site file gives for all profiles, and those for one; they stand above what is known."""
    for_all = _Settings(record)
    found = {profile: for_all.over(known[profile]) for profile in ALL_PROFILES}
    node = record.get("profiles")
    whole = record.reader.record(node, "`profiles`") if node is not None else None
    if whole is not None:
        for profile in ALL_PROFILES:
            inner = whole.get(profile.value)
            one = record.reader.record(inner, f"profile `{profile}`") if inner is not None else None
            if one is not None:
                found[profile] = _Settings(one).over(found[profile])
                one.finish()
        whole.finish()
    return MappingProxyType(found)


class _Settings:
    """The settings one mapping gives; None: it does not give that one."""

    def __init__(self, record: Record) -> None:
        self._booleans = {
            "is_enabled": record.boolean("enabled"),
            "allows_local_rules": record.boolean("allowLocalFirewallRules"),
            "allows_inbound_rules": record.boolean("allowInboundRules"),
        }
        self._inbound: Access | None = record.word("defaultInboundAction", INBOUND_DEFAULTS)
        self._outbound: Access | None = record.word("defaultOutboundAction", OUTBOUND_DEFAULTS)

    def over(self, known: ProfileSettings) -> ProfileSettings:
        """Return known settings with those that are given in their place."""
        given = {name: value for name, value in self._booleans.items() if value is not None}
        return replace(
            known,
            default_inbound=self._inbound or known.default_inbound,
            default_outbound=self._outbound or known.default_outbound,
            **given,
        )


def _read_rule(scope: Scope, record: Record) -> Iterable[HostRule]:
    """Read one rule: two if it names port keywords beside numbers, since only the numbers match for certain."""
    name = record.name()
    direction = record.required_word("direction", DIRECTIONS)
    action = record.required_word("action", ACTIONS)
    protocol = _protocol(scope, record)
    local_ports, remote_ports = _ports(scope, record, "localPort"), _ports(scope, record, "remotePort")
    local, remote = _addresses(scope, record, "localAddress"), _addresses(scope, record, "remoteAddress")
    enabled = record.boolean("enabled")
    profiles = _profiles(scope, record)
    conditions = _conditions(record)
    is_group_policy = record.word("policyStoreSourceType", STORES)
    record.ignore(*_RULE_EXPORT_KEYS)
    record.finish()
    if not name or direction is None or action is None or protocol is None:
        return ()
    return make_rules(
        RuleParts(
            name=name,
            direction=direction,
            action=action,
            protocol=protocol,
            local_ports=local_ports,
            remote_ports=remote_ports,
            local=local,
            remote=remote,
            profiles=profiles,
            is_enabled=enabled is not False,
            is_group_policy=bool(is_group_policy),
            conditions=conditions,
            at=scope.reader.source(record.node),
        )
    )


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


def _ports(scope: Scope, record: Record, name: str) -> Ports:
    ports: list[PortRange] = []
    found: list[str] = []
    nodes = _parts(record, name, f"{name}s")
    for node in nodes:
        text = node.text.casefold()
        if text in _PORT_WORDS:
            found.append(f"{name}: {_PORT_WORDS[text]}")
        elif text[:1].isalpha() and text != "any":
            _unknown_word(scope, node, name, PORT_WORDS)
        elif (port := read_port(scope, node, name)) is not None:
            ports.append(port)
    return Ports(tuple(ports), tuple(found))


def _addresses(scope: Scope, record: Record, name: str) -> Addresses:
    ranges: list[AddressRange] = []
    found: list[str] = []
    nodes = _parts(record, name, f"{name}es")
    for node in nodes:
        text = node.text.casefold()
        if text in _ADDRESS_WORDS:
            found.append(_ADDRESS_WORDS[text])
        elif text[:1].isalpha() and ":" not in text and text != "any":
            _unknown_word(scope, node, name, ADDRESS_WORDS)
        elif text not in ("any", "*"):
            address = _range(scope, node)
            if address is not None:
                ranges.append(address)
    if any(node.text.lower() in ("any", "*") for node in nodes):
        return Addresses()
    return Addresses(tuple(ranges), tuple(found))


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


def _unknown_word(scope: Scope, node: Scalar, name: str, words: Iterable[str]) -> None:
    close = suggest(node.text, (*words, "Any"))
    advice = f"did you mean `{close}`?" if close else "numbers, ranges, `Any`, or " + ", ".join(words)
    scope.reader.error(node, "NC123", f"`{name}` cannot be `{node.text}`", advice)


def _profiles(scope: Scope, record: Record) -> tuple[Profile, ...]:
    found: list[Profile] = []
    for node in _parts(record, "profile", "profiles"):
        found += scope.reader.word(node, "profile", PROFILES) or ()
    return tuple(profile for profile in ALL_PROFILES if profile in found) or ALL_PROFILES


def _conditions(record: Record) -> tuple[str, ...]:
    found = []
    for name in CONDITIONS:
        node = record.get(name)
        texts = [n.text for n in record.scalars(name)] if isinstance(node, Scalar | Sequence) else []
        if node is not None and not texts:
            record.text(name)
        if texts and not is_no_condition(name, texts):
            found.append(f"{name}: {', '.join(texts)}")
    return tuple(found)
