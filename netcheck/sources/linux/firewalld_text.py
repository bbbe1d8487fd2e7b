"""What `firewall-cmd --list-all-zones` and `--list-all` print."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType

from netcheck.diagnostics import Source
from netcheck.sources.linux.firewalld_zones import Item, RichRule, Zone, ZoneError, is_yes, number_of, target_of

_HEADING = re.compile(r"([\w.-]+)(?: \(((?:default|active|, )+)\))?")
_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "interfaces": "interfaces",
        "sources": "sources",
        "services": "services",
        "ports": "ports",
        "protocols": "protocols",
        "source-ports": "source_ports",
        "forward-ports": "forward_ports",
        "icmp-blocks": "icmp_blocks",
    }
)
_ELEMENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "service": ("name", ""),
        "port": ("port", "protocol"),
        "source-port": ("port", "protocol"),
        "protocol": ("value", ""),
        "icmp-block": ("name", ""),
        "icmp-type": ("name", ""),
        "forward-port": ("port", "protocol"),
        "masquerade": ("", ""),
        "tcp-mss-clamp": ("", ""),
    }
)
"""Elements of rich rules and the attributes that say what they are about."""

_ADVICE = (
    "You're performing an operation over default zone ",
    "but your connections/interfaces are in zone ",
    "You most likely need to use --zone=",
)
"""What `firewall-cmd --list-all` says to people before the zone."""

ACTIONS = ("accept", "reject", "drop", "mark")
_PASSED = ("log", "nflog", "audit")


def read_zones(text: str, path: str, fault: Callable[[str, Source], None]) -> list[Zone]:
    """Return the zones of a listing; what is no line of one is told to `fault`."""
    zones: list[Zone] = []
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        at = Source(path, number, 1)
        if not line.strip() or (not zones and line.startswith(_ADVICE)):
            continue
        try:
            if not line[0].isspace():
                zones.append(_heading(line.strip(), at))
                key = ""
                continue
            if not zones:
                raise ZoneError("no zone above this line")
            name, colon, value = line.strip().partition(":")
            is_key = bool(colon) and " " not in name.replace("rich rules", "rich_rules") and not line.startswith("\t")
            key = name if is_key else key
            _take(zones[-1], key, (value if is_key else line).strip(), at)
        except ZoneError as error:
            fault(str(error), at)
            if not zones:
                break
    return zones


def _heading(line: str, at: Source) -> Zone:
    found = _HEADING.fullmatch(line)
    if not found:
        raise ZoneError(f"`{line[:60]}` names no zone")
    return Zone(found[1], at, is_default="default" in (found[2] or ""))


def _take(zone: Zone, key: str, value: str, at: Source) -> None:
    """Take in the value of a key, or one line of several."""
    if key in _LISTS:
        values = [value] if key == "forward-ports" else value.split()
        getattr(zone, _LISTS[key]).extend(Item(one, at) for one in values if one)
    elif key == "rich rules":
        zone.rich_rules += [rich_rule(value, at)] if value else []
    elif key == "target":
        zone.target = target_of(value)
    elif key == "forward":
        zone.forwards = is_yes(value)
    elif key == "masquerade":
        zone.masquerades = is_yes(value)
    elif key == "icmp-block-inversion":
        zone.inverts_icmp_blocks = is_yes(value)
    elif key in ("priority", "ingress-priority"):
        zone.priority = number_of(value)
    elif key not in ("summary", "description", "egress-priority", "short"):
        raise ZoneError(f"`{key[:60]}` is no key of a zone")


def rich_rule(text: str, at: Source) -> RichRule:
    """Return a rule in firewalld's rich language."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise ZoneError(f"a quote does not end in `{text[:60]}`") from None
    if not words or words[0] != "rule":
        raise ZoneError(f"`{text[:60]}` is no rich rule")
    parts: list[tuple[str, dict[str, str]]] = [("rule", {})]
    is_negated = False
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals and word.lower() == "not":
            is_negated = True
        elif equals:
            parts[-1][1][name] = f"not {value}" if is_negated else value
            is_negated = False
        else:
            parts.append((word, {}))
    return built(parts, text, at)


def built(parts: list[tuple[str, dict[str, str]]], text: str, at: Source) -> RichRule:
    """Return the rule that its parts make, as words with attributes."""
    fields: dict[str, object] = {}
    conditions: list[str] = []
    action = ""
    for name, given in parts:
        if name == "rule":
            family = given.get("family", "")
            if family not in ("", "ipv4", "ipv6"):
                raise ZoneError(f"`{family[:60]}` is no address family")
            fields["family"] = {"ipv4": 4, "ipv6": 6}.get(family, 0)
            fields["priority"] = number_of(given.get("priority", "0"))
        elif name in ("source", "destination"):
            fields[name] = _end(name, given, conditions)
        elif name in _ELEMENTS:
            first, second = _ELEMENTS[name]
            fields |= {"element": name, "value": (given.get(first, ""), given.get(second, ""))}
        elif name in ACTIONS:
            action = name
        elif name == "limit":
            conditions += [f"limit {given.get('value', '')}"] if action else []
        elif name not in _PASSED:
            raise ZoneError(f"`{name[:60]}` is no part of a rich rule")
    return RichRule(text=text, at=at, action=action, conditions=tuple(conditions), **fields)  # type: ignore[arg-type]  # by name


def _end(name: str, given: Mapping[str, str], conditions: list[str]) -> str:
    is_inverted = given.get("invert", "").lower() in ("true", "yes")
    if "address" in given:
        return f"not {given['address']}" if is_inverted else given["address"]
    what = next((f"{key} {value}" for key, value in given.items() if key in ("mac", "ipset")), "")
    if not what:
        raise ZoneError(f"`{name}` of a rich rule names no address")
    conditions.append(f"{'not ' if is_inverted else ''}{name} {what}")
    return ""
