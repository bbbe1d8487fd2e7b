"""Effective security rules: every rule that applies to a NIC, with what stands for its tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netcheck.model.address import AddressRange, Endpoint, ServiceTag, parse_prefix
from netcheck.model.ports import PortRange
from netcheck.model.rules import Direction, NsgRule
from netcheck.model.site import NetworkInterface, Site, Subnet
from netcheck.policy.builtin import prefixes
from netcheck.policy.nsg import ordered_rules
from netcheck.policy.resolve import AddressBook, builtin_name
from netcheck.questions.asking import Asking
from netcheck.sets.intervals import EMPTY, IntervalSet
from tests.recorded.replies import Lines, prefixes_of, subnet_of
from tests.recorded.transcripts import Json

BLOCK = prefixes("25.0.0.0/8")[4]
"""A block in which no published tag lies, and of which Azure put more and more into `Internet` after 2017."""


def rules(site: Site, nic: NetworkInterface, *, is_expanded: bool) -> Lines:
    """Return the rules that apply to a NIC by its own NSG, with what netcheck puts in place of tags."""
    nsg = site.nsg(nic.network_security_group)
    assert nsg is not None
    book, subnet = Asking(site).book, subnet_of(site, nic)
    found = []
    for direction in Direction:
        for rule in ordered_rules(nsg, direction, site.deployment_model):
            sides = [
                _ours(rule.sources, "source", book, subnet, is_expanded=is_expanded),
                _ours(rule.destinations, "destination", book, subnet, is_expanded=is_expanded),
            ]
            protocol = "All" if rule.protocol.is_any else str(rule.protocol)
            ends = [f"{side} {_port_text(ports)}" for side, ports in zip(sides, _ports_of(rule), strict=True)]
            found.append(_rule_line(rule.name, direction, rule.priority, rule.access, protocol, ends))
    return tuple(sorted(found))


def _ports_of(rule: NsgRule) -> tuple[tuple[PortRange, ...], tuple[PortRange, ...]]:
    return rule.source_ports, rule.destination_ports


def _port_text(ranges: Sequence[PortRange]) -> str:
    return " ".join(f"{one.first}-{one.last}" for one in ranges)


def _rule_line(name: str, direction: str, priority: int, access: str, protocol: str, ends: Sequence[str]) -> str:
    return f"{direction} {priority} {name}: {access} {protocol.casefold()} {' -> '.join(ends)}"


def _ours(endpoints: Sequence[Endpoint], side: str, book: AddressBook, subnet: Subnet, *, is_expanded: bool) -> str:
    [endpoint] = endpoints
    if isinstance(endpoint, ServiceTag):
        if not is_expanded:
            return endpoint.name
        certain, possible = bounds(book, endpoint.name, side, subnet)
        return _tag_text(endpoint.name, certain, possible)
    return str(endpoint) if isinstance(endpoint, AddressRange) else "0.0.0.0/0"


def bounds(book: AddressBook, tag: str, side: str, subnet: Subnet | None) -> tuple[IntervalSet, IntervalSet]:
    """Return the IPv4 addresses that a tag certainly covers, and those that it may cover."""
    terms = book.terms([ServiceTag(tag)], 4, side, subnet)
    certain = possible = EMPTY
    for term in terms:
        possible = possible | term.addresses
        if term.fact is None:
            certain = certain | term.addresses
    return certain, possible


def _tag_text(tag: str, certain: IntervalSet, possible: IntervalSet) -> str:
    if builtin_name(tag) == "internet":  # 236 prefixes; the tests of the tag say which
        return f"{tag} (within bounds)"
    more = possible - certain
    return f"{tag} = {' '.join(prefixes_of(certain))}" + (f" and perhaps {' '.join(prefixes_of(more))}" if more else "")


def stated_rules(listed: Sequence[Json], site: Site, nic: NetworkInterface) -> Lines:
    """Return the rules that Azure computed, without the platform's own copies of the last ones."""
    book, subnet = Asking(site).book, subnet_of(site, nic)
    found = []
    for one in listed:
        name = _plain_name(one["name"])
        if name in ("DefaultInboundDenyAll", "DefaultOutboundDenyAll"):
            continue
        ends = [
            f"{_theirs(one, side, book, subnet)} {one[f'{side.lower()}PortRange']}"
            for side in ("Source", "Destination")
        ]
        found.append(_rule_line(name, one["direction"], one["priority"], one["access"], one["protocol"], ends))
    return tuple(sorted(found))


def _plain_name(name: str) -> str:
    for prefix in ("defaultSecurityRules/", "securityRules/", "DefaultRule_", "UserRule_"):
        name = name.removeprefix(prefix)
    return name


def is_expanded(listed: Sequence[Json]) -> bool:
    """Return whether Azure put prefixes in place of tags."""
    return any(f"expanded{side}AddressPrefix" in one for one in listed for side in ("Source", "Destination"))


def _theirs(rule: Json, side: str, book: AddressBook, subnet: Subnet) -> str:
    text = str(rule[f"{side.lower()}AddressPrefix"])
    expanded: list[Any] = rule.get(f"expanded{side}AddressPrefix", [])
    if not expanded:
        return "0.0.0.0/0" if text == "*" else text
    stated = IntervalSet.of(
        (one.first, one.last) for one in (parse_prefix(prefix)[0] for prefix in expanded) if one.family == 4
    )
    certain, possible = bounds(book, text, side.lower(), subnet)
    if builtin_name(text) == "internet" and certain - BLOCK <= stated <= possible:
        return _tag_text(text, certain, possible)
    return f"{text} = {' '.join(prefixes_of(stated))}"
