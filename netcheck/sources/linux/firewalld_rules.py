"""What one zone of firewalld lets in, as rules in the order in which they are met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from netcheck.diagnostics import Source
from netcheck.model.address import AddressError, Family, parse_range
from netcheck.sources.linux.firewalld_names import ZONE_TARGET
from netcheck.sources.linux.firewalld_zones import RichRule, Service, Zone, ZoneError
from netcheck.sources.linux.iptables_lines import PROTOCOLS

_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_ICMP: Mapping[int, str] = {4: "icmp", 6: "ipv6-icmp"}
_VERDICTS: Mapping[str, str] = {"accept": "ACCEPT", "reject": "REJECT", "drop": "DROP"}


class Ruled(NamedTuple):
    """Words of iptables, what they stand for, the place, and what they wait for."""

    words: str
    text: str
    at: Source
    conditions: tuple[str, ...] = ()


def rules_of(
    zone: Zone, family: Family, services: Mapping[str, Service], *, may_drift: bool = False
) -> Iterator[Ruled]:
    """Yield the rules of a zone for packets to the machine, up to its target."""
    rich = sorted(zone.rich_rules, key=lambda rule: rule.priority)
    for rule in rich:
        if rule.priority < 0:
            yield from _rich(rule, zone, family, services)
    for rule in rich:
        if rule.priority == 0 and (rule.action in ("reject", "drop") or rule.element == "icmp-block"):
            yield from _rich(rule, zone, family, services)
    for item in zone.icmp_blocks:
        asked = f"ICMP of type {item.text}"
        yield Ruled(f"-p {_ICMP[family]} -j REJECT", f"icmp-block {item.text}", item.at, (asked,))
    if zone.inverts_icmp_blocks:
        asked = "ICMP of a type that the zone does not name"
        yield Ruled(f"-p {_ICMP[family]} -j REJECT", "icmp-block-inversion", zone.at, (asked,))
    yield from _allowed(zone, family, services)
    for rule in rich:
        if rule.priority == 0 and rule.action == "accept" and rule.element != "icmp-block":
            yield from _rich(rule, zone, family, services)
    for rule in rich:
        if rule.priority > 0:
            yield from _rich(rule, zone, family, services)
    text = f"{ZONE_TARGET}{zone.name} ({zone.target})"
    if may_drift:
        asked = "AllowZoneDrifting of firewalld before 1.0: the zone of the interface is asked as well"
        yield Ruled("-j RETURN", text, zone.at, (asked,))
    if zone.target == "default":
        yield Ruled(f"-p {_ICMP[family]} -j ACCEPT", text, zone.at)
    yield Ruled(f"-j {'REJECT' if zone.target == 'default' else zone.target}", text, zone.at)


def _allowed(zone: Zone, family: Family, services: Mapping[str, Service]) -> Iterator[Ruled]:
    for item in zone.services:
        for words, conditions in _service(item.text, family, services):
            yield Ruled(f"{words} -j ACCEPT".strip(), f"service {item.text}", item.at, conditions)
    kinds = (
        ("port", zone.ports, _port),
        ("protocol", zone.protocols, _protocol),
        ("source-port", zone.source_ports, _from),
    )
    for kind, items, spell in kinds:
        for item in items:
            yield Ruled(f"{spell(item.text)} -j ACCEPT", f"{kind} {item.text}", item.at)


def _port(text: str) -> str:
    ports, _, protocol = text.partition("/")
    found = _PORT.fullmatch(ports)
    if not found or protocol not in ("tcp", "udp", "sctp", "dccp") or int(found[1]) > int(found[2] or found[1]):
        raise ZoneError(f"`{text[:60]}` is no port with a protocol")
    return f"-p {protocol} -m {protocol} --dport {ports.replace('-', ':')}"


def _from(text: str) -> str:
    return _port(text).replace("--dport", "--sport")


def _protocol(text: str) -> str:
    if text not in PROTOCOLS and not (text.isascii() and text.isdigit() and int(text) < 256):
        raise ZoneError(f"`{text[:60]}` is no protocol")
    return f"-p {text}"


def _service(
    name: str, family: Family, services: Mapping[str, Service], seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of what a service opens; one that is not known may open anything."""
    service = services.get(name)
    if service is None:
        yield "", (f"ports of the service `{name}`, whose file is not given",)
        return
    if name in seen:
        raise ZoneError(f"service `{name[:60]}` includes itself")
    if not service.destinations or family in service.destinations:
        end = f" -d {service.destinations[family]}" if service.destinations else ""
        for words in (
            *map(_port, service.ports),
            *map(_protocol, service.protocols),
            *map(_from, service.source_ports),
        ):
            yield f"{words}{end}", ()
    for other in service.includes:
        yield from _service(other, family, services, (*seen, name))


def _rich(rule: RichRule, zone: Zone, family: Family, services: Mapping[str, Service]) -> Iterator[Ruled]:
    """Yield what a rich rule does to packets for the machine; one that only logs or marks does nothing."""
    action = "reject" if rule.element == "icmp-block" else rule.action
    if action not in _VERDICTS or rule.family not in (0, family):
        return
    ends = _ends(rule, family)
    if ends is None:
        return
    conditions = (*rule.conditions, *_unordered(rule, zone.rich_rules))
    for words, more in _element(rule, family, services):
        spelled = " ".join(one for one in (words, *ends) if one)
        yield Ruled(f"{spelled} -j {_VERDICTS[action]}".strip(), rule.text, rule.at, (*conditions, *more))


def _ends(rule: RichRule, family: Family) -> list[str] | None:
    """Return the words for the addresses of a rule; None where they are of the other family."""
    words: list[str] = []
    for option, text in (("-s", rule.source), ("-d", rule.destination)):
        address = text.removeprefix("not ")
        if not address:
            continue
        if _family(address) != family:
            return None
        words.append(f"{'! ' if address != text else ''}{option} {address}")
    return words


def _unordered(rule: RichRule, others: Sequence[RichRule]) -> tuple[str, ...]:
    """Rules of one priority but 0 that do different things have no order that a listing shows."""
    actions = {one.action for one in others if one.priority == rule.priority and one.action in _VERDICTS}
    if rule.priority and "accept" in actions and len(actions) > 1:
        return (f"the order of the rules with priority {rule.priority}",)
    return ()


def _element(rule: RichRule, family: Family, services: Mapping[str, Service]) -> Iterator[tuple[str, tuple[str, ...]]]:
    first, second = rule.value
    match rule.element:
        case "":
            yield "", ()
        case "service":
            yield from _service(first, family, services)
        case "port":
            yield _port(f"{first}/{second}"), ()
        case "source-port":
            yield _from(f"{first}/{second}"), ()
        case "protocol":
            yield _protocol(first), ()
        case "icmp-block" | "icmp-type":
            yield f"-p {_ICMP[family]}", (f"ICMP of type {first}",)
        case _:  # masquerade, forward-port, tcp-mss-clamp: nothing is let in or kept out by them
            return


def source_words(text: str, family: Family) -> tuple[str | None, tuple[str, ...]]:
    """Return the words for a source of a zone, with what they wait for; None where it is of the other family."""
    if text.startswith("ipset:"):
        return f"-m set --match-set {text.removeprefix('ipset:')} src", ()
    if _MAC.fullmatch(text):
        return f"-m mac --mac-source {text}", ()
    return (f"-s {text}", ()) if _family(text) == family else (None, ())


def _family(text: str) -> int:
    try:
        return parse_range(text).family
    except AddressError as error:
        raise ZoneError(str(error)) from None
