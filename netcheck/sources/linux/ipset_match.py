"""The packets that `-m set --match-set NAME src,dst` matches, for sets whose entries are given.

Semantics: manual pages ipset(8) and iptables-extensions(8), match `set`. Each of the words `src`, `dst` says which end
of a packet one part of an entry is compared with; a set with more parts than a rule has words, or of the other address
family, matches nothing. Of networks that overlap the smallest decides: one with `nomatch` is an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.address import AddressError, AddressRange, Family, bits, parse_range
from netcheck.model.ports import ALL_PORTS as ANY_PORT
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Direction, HostRule
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PROTOCOLS, EMPTY_PACKETS, PORTED, Box, PacketSet
from netcheck.sources.linux.ipset_save import AddressSet, Member, SetError
from netcheck.sources.linux.iptables_lines import PROTOCOLS

_HIDDEN = frozenset(("iface", "mac", "mark"))
"""Parts of entries that no packet header shows."""

_PORTS_ELSEWHERE = frozenset((132, 136))  # SCTP and UDP-Lite carry ports, which packets here do not have
_TYPED = frozenset((1, 58))  # ICMP: an entry names a type and a code


class Matched(NamedTuple):
    """The packets that a set matches for certain, and those that it may match; they are disjoint."""

    surely: PacketSet
    perhaps: PacketSet


NOTHING = Matched(EMPTY_PACKETS, EMPTY_PACKETS)


def negated(one: Matched, family: Family) -> Matched:
    """Return what `!` makes of a match; what may match may not match as well."""
    return Matched(ps.box(family) - one.surely - one.perhaps, one.perhaps)


def both(one: Matched | None, other: Matched) -> Matched:
    """Return what two sets of one rule match together."""
    if one is None:
        return other
    surely = one.surely & other.surely
    return Matched(surely, ((one.surely | one.perhaps) & (other.surely | other.perhaps)) - surely)


def limited(match: HostRule, found: Matched, family: Family) -> Iterator[HostRule]:
    """Yield the parts of a match that sets leave of it; a disabled one where they leave nothing."""
    is_empty = True
    uncertain = "an entry of a set may be gone, or asks for more than a packet header shows"
    for packets, conditions in ((found.surely, ()), (found.perhaps, (uncertain,))):
        for box in (packets & _packets_of(match, family)).boxes():
            is_empty = False
            for protocols in (box.protocols & PORTED, box.protocols - PORTED):
                if protocols:
                    yield _narrowed(match, box._replace(protocols=protocols), (*match.conditions, *conditions))
    if is_empty:
        reason = "no packet is left that the sets match"
        yield replace(match, is_enabled=False, conditions=(*match.conditions, reason))


def _packets_of(match: HostRule, family: Family) -> PacketSet:
    is_inbound = match.direction is Direction.INBOUND
    ends = [
        (_span_set(addresses, ALL_ADDRESSES[family]), union(IntervalSet.span(p.first, p.last) for p in ports))
        for addresses, ports in (
            (match.local_addresses, match.local_ports),
            (match.remote_addresses, match.remote_ports),
        )
    ]
    destination, source = ends if is_inbound else reversed(ends)
    protocols = ALL_PROTOCOLS if match.protocol.is_any else union(map(IntervalSet.point, match.protocol.numbers))
    return ps.box(family, protocols, destination[1], source[1], source[0], destination[0])


def _span_set(addresses: Sequence[AddressRange], every: IntervalSet) -> IntervalSet:
    return union(IntervalSet.span(one.first, one.last) for one in addresses) if addresses else every


def _narrowed(match: HostRule, box: Box, conditions: tuple[str, ...]) -> HostRule:
    """Return a match for the packets of a box."""
    ends = [
        (tuple(AddressRange(_family(box), *span) for span in addresses.spans()), _port_ranges(ports, box))
        for addresses, ports in ((box.sources, box.source_ports), (box.destinations, box.destination_ports))
    ]
    remote, local = ends if match.direction is Direction.INBOUND else reversed(ends)
    numbers = tuple(number for first, last in box.protocols.spans() for number in range(first, last + 1))
    return replace(
        match,
        protocol=ANY_PROTOCOL if box.protocols == ALL_PROTOCOLS else Protocol(numbers),
        local_addresses=local[0],
        local_ports=local[1],
        remote_addresses=remote[0],
        remote_ports=remote[1],
        conditions=conditions,
    )


def _family(box: Box) -> Family:
    return 4 if box.family == 4 else 6


def _port_ranges(ports: IntervalSet, box: Box) -> tuple[PortRange, ...]:
    """Packets without ports are held with port 0 in sets, and with all ports in rules."""
    if not box.protocols & PORTED:
        return (ANY_PORT,)
    return tuple(PortRange(first, last) for first, last in ports.spans())


class _Part(NamedTuple):
    """What one entry covers: a box, whether nothing else decides, the lengths of its prefixes."""

    box: Box
    is_sure: bool
    lengths: tuple[int, ...]


def matched(sets: Mapping[str, AddressSet], name: str, ends: Sequence[str], family: Family) -> Matched:
    """Return what a set matches among packets of a family; raise SetError for an entry that is none of its type."""
    one = sets[name]
    if one.kind == "list:set":
        return _listed(sets, one, ends, family)
    dimensions = one.kind.partition(":")[2].split(",")
    if len(dimensions) > len(ends) or one.family not in (None, family):
        return NOTHING
    if "bitmask" in one.options or ("netmask" in one.options and dimensions != ["ip"]):
        return Matched(EMPTY_PACKETS, ps.box(family) if one.members else EMPTY_PACKETS)
    levels: dict[tuple[int, ...], list[tuple[Member, _Part]]] = {}
    for member in one.members:
        part = _part(one, member, dimensions, ends, family)
        levels.setdefault(part.lengths, []).append((member, part))
    found = NOTHING
    for lengths in sorted(levels):  # the widest first, so that what is smaller overrides it
        found = _overlaid(found, levels[lengths])
    return found


def _overlaid(wider: Matched, level: Sequence[tuple[Member, _Part]]) -> Matched:
    """Lay entries over those of wider networks. One that may be gone, or may not match, leaves both outcomes."""

    def covered(*, is_exception: bool, is_sure: bool) -> PacketSet:
        return _united(
            part.box
            for member, part in level
            if member.is_exception is is_exception and (part.is_sure and not member.expires) is is_sure
        )

    left_out = covered(is_exception=True, is_sure=True)
    perhaps_out = covered(is_exception=True, is_sure=False)
    surely = (wider.surely - left_out - perhaps_out) | covered(is_exception=False, is_sure=True)
    open_before = (wider.perhaps | (wider.surely & perhaps_out)) - left_out
    return Matched(surely, (open_before | covered(is_exception=False, is_sure=False)) - surely)


def _listed(sets: Mapping[str, AddressSet], one: AddressSet, ends: Sequence[str], family: Family) -> Matched:
    """A list matches what any of its sets matches."""
    surely = perhaps = EMPTY_PACKETS
    for member in one.members:
        inner = sets.get(member.parts[0])
        if inner is None or inner.kind == "list:set":
            raise SetError(f"`{member.parts[0][:60]}` is no set that a list can have")
        found = matched(sets, inner.name, ends, family)
        if member.expires:
            perhaps = perhaps | found.surely | found.perhaps
        else:
            surely, perhaps = surely | found.surely, perhaps | found.perhaps
    return Matched(surely, perhaps - surely)


def _part(one: AddressSet, member: Member, dimensions: Sequence[str], ends: Sequence[str], family: Family) -> _Part:
    if len(member.parts) != len(dimensions) and dimensions != ["ip", "mac"]:
        raise SetError(f"`{','.join(member.parts)[:60]}` is no entry of type {one.kind}")
    box = Box(family, ALL_PROTOCOLS, ps.ALL_PORTS, ps.ALL_PORTS, ALL_ADDRESSES[family], ALL_ADDRESSES[family])
    is_sure = not _HIDDEN & set(dimensions)
    lengths: list[int] = []
    for dimension, text, end in zip(dimensions, member.parts, ends, strict=False):
        if dimension in ("ip", "net"):
            values = _addresses(one, text, family)
            if dimension == "net":
                lengths.append(_length(values, text, family))
            span = IntervalSet.span(values.first, values.last)
            if end == "src":
                box = box._replace(sources=box.sources & span)
            else:
                box = box._replace(destinations=box.destinations & span)
        elif dimension == "port":
            protocols, ports, is_all = _ports(text, is_bare=one.kind == "bitmap:port")
            is_sure = is_sure and is_all
            box = box._replace(protocols=protocols)
            box = box._replace(source_ports=ports) if end == "src" else box._replace(destination_ports=ports)
    return _Part(box, is_sure, tuple(lengths))


def _addresses(one: AddressSet, text: str, family: Family) -> AddressRange:
    try:
        found = parse_range(text)
    except AddressError as error:
        raise SetError(str(error)) from None
    if found.family != family:
        raise SetError(f"`{text[:60]}` is of the other address family")
    netmask = one.options.get("netmask", str(bits(family)))
    if not netmask.isascii() or not netmask.isdigit() or int(netmask) > bits(family):
        raise SetError(f"`{netmask[:30]}` is no length of a prefix")
    rest = (1 << (bits(family) - int(netmask))) - 1
    return AddressRange(family, found.first & ~rest, found.last | rest)


def _length(values: AddressRange, text: str, family: Family) -> int:
    size = values.last - values.first + 1
    if size & (size - 1) or values.first % size:
        raise SetError(f"`{text[:60]}` is no prefix")
    return bits(family) - size.bit_length() + 1


def _ports(text: str, *, is_bare: bool) -> tuple[IntervalSet, IntervalSet, bool]:
    """Return protocols, ports, and whether nothing else decides. A port alone is one of TCP, in `bitmap:port` of both.

    `icmp:echo-request`, `sctp:99`: types, and ports of other protocols, are no part of packets here.
    """
    name, colon, number = text.rpartition(":")
    if is_bare:
        return PORTED, _span(text), True
    protocol = PROTOCOLS.get(name.lower(), int(name) if name.isascii() and name.isdigit() else -1) if colon else 6
    if not 0 <= protocol <= 255:
        raise SetError(f"`{text[:60]}` names no protocol")
    if protocol in (6, 17):
        return IntervalSet.point(protocol), _span(number), True
    is_all = protocol not in _PORTS_ELSEWHERE | _TYPED
    return IntervalSet.point(protocol), ps.ALL_PORTS, is_all


def _span(text: str) -> IntervalSet:
    first, _, last = text.partition("-")
    numbers = [int(one) if one.isascii() and one.isdigit() and len(one) < 6 else -1 for one in (first, last or first)]
    if not 0 <= numbers[0] <= numbers[1] <= 65535:
        raise SetError(f"`{text[:30]}` is no port or range of ports")
    return IntervalSet.span(*numbers)


def _united(boxes: Iterable[Box]) -> PacketSet:
    """Return the union of boxes. Those that differ in one address alone are joined first: sets may be large."""
    by_sources: dict[Box, list[IntervalSet]] = {}
    for box in boxes:
        by_sources.setdefault(box._replace(sources=EMPTY), []).append(box.sources)
    by_destinations: dict[Box, list[IntervalSet]] = {}
    for box, values in by_sources.items():
        joined = box._replace(sources=union(values))
        by_destinations.setdefault(joined._replace(destinations=EMPTY), []).append(joined.destinations)
    whole = EMPTY_PACKETS
    for box, values in by_destinations.items():
        whole = whole | ps.box(*box._replace(destinations=union(values)))
    return whole
