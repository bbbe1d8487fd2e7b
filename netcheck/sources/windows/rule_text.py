"""A rule as some tool spells it, property by property, and what its texts mean.

The readers of the formats only split: this is where words become ports, addresses and conditions. What is not
understood stays in the rule as a condition, so that the rule may match, with a warning; only a rule without direction
or action is an error. Property names are those of `Get-NetFirewallRule` and its filters, as a site file has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source, printable
from netcheck.model.address import AddressError, AddressRange, parse_prefix, parse_range
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PORTED, PortError, PortRange, Protocol, parse_port_range
from netcheck.model.rules import ALL_PROFILES, HostAction, HostRule, Profile
from netcheck.sources.windows.rules import Addresses, Ports, RuleParts, make_rules
from netcheck.sources.windows.words import (
    ACTIONS,
    ADDRESS_WORDS,
    CONDITIONS,
    DIRECTIONS,
    PORT_WORDS,
    PROFILES,
    PROTOCOL_NAMES,
    is_no_condition,
)

T = TypeVar("T")
_LONGEST = 80
_YES, _NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "2"))
# MSFT_NetFirewallRule: Direction, Action; the rest of the numbers are flags.
_DIRECTION_NUMBERS = {"1": "inbound", "2": "outbound"}
_ACTION_NUMBERS = {"2": "allow", "3": "allowbypass", "4": "block"}
_PROFILE_BITS = ((1, Profile.DOMAIN), (2, Profile.PRIVATE), (4, Profile.PUBLIC))
_ALL_PROFILE_NUMBERS = frozenset((0, 7, 2147483647))
_ANY_WORDS = frozenset(("any", "*"))
_DIRECTIONS = {word.casefold(): meaning for word, meaning in DIRECTIONS.items()}
_ACTIONS = {word.casefold(): meaning for word, meaning in ACTIONS.items()}
_PROFILES = {word.casefold(): meaning for word, meaning in PROFILES.items()}
_PORTS = {word.casefold(): meaning for word, meaning in PORT_WORDS.items()}
_ADDRESSES = {word.casefold(): meaning for word, meaning in ADDRESS_WORDS.items()}


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule of a file: the texts of each property, and the place.

    `is_group_policy` None: the file does not tell where the rule comes from. `unknown` are parts of the rule that the
    reader of the format has no property for, in words; `hidden` is what the format does not show of any rule.
    """

    at: Source
    values: Mapping[str, tuple[str, ...]]
    is_group_policy: bool | None = None
    unknown: tuple[str, ...] = ()
    hidden: str = ""

    def first(self, name: str) -> str:
        """Return the only text of a property, "" where there is none."""
        return (self.values.get(name) or ("",))[0]


class RuleReader:
    """Makes rules of the model out of the texts of one file."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._ports: dict[str, PortRange | str | None] = {}
        self._addresses: dict[str, AddressRange | str | None] = {}

    def read(self, rule: RuleText) -> tuple[HostRule, ...]:
        """Return the rule, or two of which one certainly matches and the other possibly; none after an error."""
        name = rule.first("displayName") or rule.first("name")
        direction = _lookup(rule.first("direction"), _DIRECTION_NUMBERS, _DIRECTIONS)
        action = _lookup(rule.first("action"), _ACTION_NUMBERS, _ACTIONS)
        twice = next((one for one in ("direction", "action") if len(rule.values.get(one, ())) > 1), "")
        if twice:
            self._error(rule.at, f"the {twice} of rule `{_short(name)}` stands twice")
            return ()
        if direction is None or action is None:
            what = "direction" if direction is None else "action"
            text = rule.first(what)
            message = f"the {what} of rule `{_short(name)}` cannot be `{_short(text)}`"
            self._error(rule.at, message if text else f"rule `{_short(name)}` has no {what}")
            return ()
        if action is HostAction.ALLOW and rule.first("overrideBlockRules").casefold() in _YES:
            action = HostAction.BYPASS
        doubts = [*rule.unknown]
        protocol = self._protocol(rule, doubts)
        parts = RuleParts(
            name=printable(name),
            direction=direction,
            action=action,
            protocol=protocol,
            local_ports=self._port_list(rule, "localPort", protocol),
            remote_ports=self._port_list(rule, "remotePort", protocol),
            local=self._address_list(rule, "localAddress"),
            remote=self._address_list(rule, "remoteAddress"),
            profiles=_profiles(rule, doubts),
            is_enabled=_is_enabled(rule, doubts),
            is_group_policy=bool(rule.is_group_policy),
            conditions=(*_conditions(rule, protocol), *(f"unknown: {one}" for one in (*doubts, rule.hidden) if one)),
            at=rule.at,
        )
        self._warn(rule.at, name, [*doubts, *_unknown_words(parts)])
        return make_rules(parts)

    def _protocol(self, rule: RuleText, doubts: list[str]) -> Protocol:
        text = rule.first("protocol").strip()
        if not text:
            return ANY_PROTOCOL
        numbers = PROTOCOL_NAMES.get(text.casefold())
        if numbers is not None:
            return Protocol(numbers)
        if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 255:
            return Protocol((int(text),))
        doubts.append(f"protocol {_short(text)}")
        return ANY_PROTOCOL

    def _port_list(self, rule: RuleText, name: str, protocol: Protocol) -> Ports:
        if protocol.numbers and not PORTED & set(protocol.numbers):
            return Ports()
        ranges: list[PortRange] = []
        doubts: list[str] = []
        for text in _texts(rule, name):
            found = _known(self._ports, text, _port)
            if isinstance(found, PortRange):
                ranges.append(found)
            else:
                doubts.append(f"{name}: {found}" if found else f"unknown: {name} {_short(text)}")
        return Ports((ALL_PORTS,), ()) if ALL_PORTS in ranges else Ports(tuple(ranges), tuple(doubts))

    def _address_list(self, rule: RuleText, name: str) -> Addresses:
        ranges: list[AddressRange] = []
        keywords: list[str] = []
        doubts: list[str] = []
        texts = _texts(rule, name)
        if any(text.casefold() in _ANY_WORDS for text in texts):
            return Addresses()
        for text in texts:
            found = _known(self._addresses, text, _address)
            if isinstance(found, AddressRange):
                ranges.append(found)
            elif found:
                keywords.append(found)
            else:
                doubts.append(f"unknown: {name} {_short(text)}")
        return Addresses(tuple(ranges), tuple(dict.fromkeys(keywords)), tuple(doubts))

    def _warn(self, at: Source, name: str, doubts: Sequence[str]) -> None:
        if doubts:
            what = ", ".join(f"`{printable(doubt)}`" for doubt in doubts[:3])
            more = f" and {len(doubts) - 3} more" if len(doubts) > 3 else ""
            message = f"not known of rule `{_short(name)}`: {what}{more}"
            advice = "what this rule could decide is undetermined"
            self._collector.add(
                Diagnostic(code="NC156", severity=Severity.WARNING, message=message, at=at, help=advice)
            )

    def _error(self, at: Source, message: str) -> None:
        self._collector.add(Diagnostic(code="NC154", severity=Severity.ERROR, message=message, at=at))


def _unknown_words(parts: RuleParts) -> list[str]:
    sides = (parts.local_ports, parts.remote_ports, parts.local, parts.remote)
    return [doubt.removeprefix("unknown: ") for side in sides for doubt in side.doubts if doubt.startswith("unknown: ")]


def _known(table: dict[str, T | str | None], text: str, read: Callable[[str], T | str | None]) -> T | str | None:
    """Return what a text means; a few texts stand in rules again and again."""
    if text not in table:
        table[text] = read(text)
    return table[text]


def _port(text: str) -> PortRange | str | None:
    word = _PORTS.get(text.casefold())
    if word:
        return word
    try:
        return parse_port_range(text)
    except PortError:
        return None


def _address(text: str) -> AddressRange | str | None:
    word = _ADDRESSES.get(text.casefold())
    if word:
        return word
    try:
        return parse_range(text) if "-" in text else parse_prefix(text)[0]
    except AddressError:
        return None


def _lookup(text: str, numbers: Mapping[str, str], words: Mapping[str, T]) -> T | None:
    folded = text.strip().casefold()
    return words.get(numbers.get(folded, folded))


def _texts(rule: RuleText, name: str) -> list[str]:
    """Return the values of a property that may be a list, or a text with commas in it."""
    return [part.strip() for text in rule.values.get(name, ()) for part in text.split(",") if part.strip()]


def _profiles(rule: RuleText, doubts: list[str]) -> tuple[Profile, ...]:
    texts = _texts(rule, "profile")
    found: set[Profile] = set()
    for text in texts:
        if text.isascii() and text.isdigit() and len(text) <= 10:
            number = int(text)
            known = number in _ALL_PROFILE_NUMBERS or 0 < number < 7
            found.update(ALL_PROFILES if number in _ALL_PROFILE_NUMBERS else _of_bits(number))
        else:
            known = text.casefold() in _PROFILES
            found.update(_PROFILES.get(text.casefold(), ()))
        if not known:
            doubts.append(f"profile {_short(text)}")
            found.update(ALL_PROFILES)
    return tuple(profile for profile in ALL_PROFILES if profile in found) or ALL_PROFILES


def _of_bits(number: int) -> tuple[Profile, ...]:
    return tuple(profile for bit, profile in _PROFILE_BITS if number & bit)


def _is_enabled(rule: RuleText, doubts: list[str]) -> bool:
    text = rule.first("enabled").strip().casefold()
    if text in _NO:
        return False
    if text not in _YES:
        doubts.append(f"enabled {_short(text)}".strip())
    return True


def _conditions(rule: RuleText, protocol: Protocol) -> tuple[str, ...]:
    found = []
    for name in CONDITIONS:
        texts = rule.values.get(name, ())
        if name == "icmpType" and not set(protocol.numbers) & {1, 58}:
            continue
        if texts and not is_no_condition(name, texts):
            found.append(f"{name}: {printable(', '.join(texts))}")
    return tuple(found)


def _short(text: str) -> str:
    return printable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")
