"""Packet sets as rules of a host firewall, as few as say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.address import AddressRange, everything
from netcheck.model.ports import ALL_PORTS as EVERY_PORT
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PORTS, ALL_PROTOCOLS, PORTED, PORTLESS, PacketSet
from netcheck.sources.linux.nft_cases import Cases

_BOTH = 0


class _Part(NamedTuple):
    """A box of one family, or with any address of both; no address set means every address."""

    family: int
    protocols: IntervalSet
    destination_ports: IntervalSet
    source_ports: IntervalSet
    sources: IntervalSet | None
    destinations: IntervalSet | None


def host_rules(cases: Cases, base: HostRule, *, is_allowing: bool) -> Iterator[HostRule]:
    """Yield a rule for each box of packets of each case; name, direction and place are those of `base`."""
    action = HostAction.ALLOW if is_allowing else HostAction.BLOCK
    for case in cases:
        for part in _parts(case.packets):
            yield _rule(part, replace(base, action=action, conditions=case.conditions))


def _parts(packets: PacketSet) -> list[_Part]:
    """Return boxes with protocols that have ports apart from those that have none, joined where that says the same."""
    found: dict[tuple[object, ...], _Part] = {}
    for box in packets.boxes():
        ported, portless = box.protocols & PORTED, box.protocols & PORTLESS
        ends = (box.sources, box.destinations)
        if ported:
            _add(found, _Part(box.family, ported, box.destination_ports, box.source_ports, *ends))
        if portless:
            _add(found, _Part(box.family, portless, ALL_PORTS, ALL_PORTS, *ends))
    return _joined_families(list(found.values()))


def _add(found: dict[tuple[object, ...], _Part], part: _Part) -> None:
    """Keep a part, together with one that differs in the protocols only."""
    key = (part.family, *part[2:])
    known = found.get(key)
    found[key] = part if known is None else part._replace(protocols=known.protocols | part.protocols)


def _joined_families(parts: list[_Part]) -> list[_Part]:
    """Join parts of both families that cover every address of theirs and are otherwise equal."""
    plain = {part[1:4]: 0 for part in parts}
    for part in parts:
        plain[part[1:4]] += _is_everywhere(part)
    joined: dict[_Part, None] = {}
    for part in parts:
        is_twin = _is_everywhere(part) and plain[part[1:4]] == 2
        joined[_Part(_BOTH, *part[1:4], None, None) if is_twin else part] = None
    return list(joined)


def _is_everywhere(part: _Part) -> bool:
    return part.sources == part.destinations == ALL_ADDRESSES[part.family]


def _rule(part: _Part, base: HostRule) -> HostRule:
    is_inbound = base.direction is Direction.INBOUND
    source = (_addresses(part.family, part.sources), _ports(part.source_ports))
    destination = (_addresses(part.family, part.destinations), _ports(part.destination_ports))
    local, remote = (destination, source) if is_inbound else (source, destination)
    if part.family != _BOTH and not local[0] and not remote[0]:
        remote = ((everything(6 if part.family == 6 else 4),), remote[1])
    return replace(
        base,
        protocol=_protocol(part.protocols),
        local_ports=local[1],
        remote_ports=remote[1],
        local_addresses=local[0],
        remote_addresses=remote[0],
    )


def _protocol(protocols: IntervalSet) -> Protocol:
    if protocols == ALL_PROTOCOLS:
        return ANY_PROTOCOL
    return Protocol(tuple(number for first, last in protocols.spans() for number in range(first, last + 1)))


def _ports(ports: IntervalSet) -> tuple[PortRange, ...]:
    return (EVERY_PORT,) if ports == ALL_PORTS else tuple(PortRange(first, last) for first, last in ports.spans())


def _addresses(family: int, addresses: IntervalSet | None) -> tuple[AddressRange, ...]:
    if addresses is None or addresses == ALL_ADDRESSES[family]:
        return ()
    return tuple(AddressRange(6 if family == 6 else 4, first, last) for first, last in addresses.spans())
