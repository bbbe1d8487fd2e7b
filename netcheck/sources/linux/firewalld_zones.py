"""Zones, services and rich rules of firewalld, whatever they were read from.

Semantics: manual pages firewalld.zone(5), firewalld.richlanguage(5), firewalld.service(5), firewalld 1.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from netcheck.diagnostics import Source

TARGETS: Mapping[str, str] = MappingProxyType(
    {"default": "default", "ACCEPT": "ACCEPT", "DROP": "DROP", "%%REJECT%%": "REJECT", "REJECT": "REJECT"}
)


class ZoneError(ValueError):
    """Something is no zone, service or rule of firewalld; the message says why."""


class Item(NamedTuple):
    """One value of a zone and its place."""

    text: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RichRule:
    """One rich rule. `element` is its kind (`service`, `port`, `""` for none) and `value` what it names.

    Addresses hold `not ` in front where they are negated; `conditions` are what no packet header shows.
    """

    text: str
    at: Source
    family: int = 0
    priority: int = 0
    source: str = ""
    destination: str = ""
    element: str = ""
    value: tuple[str, str] = ("", "")
    action: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(slots=True)
class Zone:
    """One zone while it is read."""

    name: str
    at: Source
    target: str = "default"
    priority: int = 0
    is_default: bool = False
    forwards: bool = False
    masquerades: bool = False
    inverts_icmp_blocks: bool = False
    interfaces: list[Item] = field(default_factory=list)
    sources: list[Item] = field(default_factory=list)
    services: list[Item] = field(default_factory=list)
    ports: list[Item] = field(default_factory=list)
    protocols: list[Item] = field(default_factory=list)
    source_ports: list[Item] = field(default_factory=list)
    forward_ports: list[Item] = field(default_factory=list)
    icmp_blocks: list[Item] = field(default_factory=list)
    rich_rules: list[RichRule] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service stands for: `80/tcp`, protocols, source ports, destinations by family, services in it."""

    ports: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    source_ports: tuple[str, ...] = ()
    destinations: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    includes: tuple[str, ...] = ()


def target_of(text: str) -> str:
    """Return what a zone does with packets that no rule of it decides."""
    if text not in TARGETS:
        raise ZoneError(f"`{text[:60]}` is no target of a zone")
    return TARGETS[text]


def is_yes(text: str) -> bool:
    """Return what `yes` or `no` says."""
    if text not in ("yes", "no"):
        raise ZoneError(f"`{text[:60]}` is neither `yes` nor `no`")
    return text == "yes"


def number_of(text: str) -> int:
    """Return a priority."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and int(digits) <= 32768):
        raise ZoneError(f"`{text[:60]}` is no priority")
    return int(text)
