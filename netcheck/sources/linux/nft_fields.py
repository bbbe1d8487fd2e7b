"""Fields of nft that a question knows: those of the packet header, and those that are the same for every first packet.

Everything is judged for the first packet of a connection, as the reader of iptables does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netcheck.model.hosts import Hook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, ALL_PROTOCOLS, PORTED, PacketSet
from netcheck.sources.linux.nft_cases import EVERYTHING
from netcheck.sources.linux.nft_numbers import Range
from netcheck.sources.linux.nft_words import (
    ADDRESS_TYPES,
    CT_STATES,
    DIRECTIONS,
    ETHER_TYPES,
    FAMILIES,
    PACKET_TYPES,
    PROTOCOLS,
    SERVICES,
    TCP_FLAGS,
)

_NO_NAMES: Mapping[str, int] = MappingProxyType({})
_V4, _V6 = Range((1 << 32) - 1, _NO_NAMES, 4), Range((1 << 128) - 1, _NO_NAMES, 6)
_PORTS = Range(65535, SERVICES)

HEADER_FIELDS: Mapping[str, Range] = MappingProxyType(
    {
        "ip saddr": _V4, "ip daddr": _V4, "ip6 saddr": _V6, "ip6 daddr": _V6,
        "tcp sport": _PORTS, "tcp dport": _PORTS, "udp sport": _PORTS, "udp dport": _PORTS,
        "th sport": _PORTS, "th dport": _PORTS,
        "meta l4proto": Range(255, PROTOCOLS), "ip protocol": Range(255, PROTOCOLS),
        "ip6 nexthdr": Range(255, PROTOCOLS),
        "meta nfproto": Range(255, FAMILIES), "meta protocol": Range(65535, ETHER_TYPES),
        "ip version": Range(15, _NO_NAMES), "ip6 version": Range(15, _NO_NAMES),
    }
)  # fmt: skip
"""Fields that a packet set has too, with the values they may have."""

FIXED_FIELDS: Mapping[str, Range] = MappingProxyType(
    {
        "ct state": Range(255, CT_STATES, is_bits=True),
        "ct direction": Range(255, DIRECTIONS),
        "tcp flags": Range(255, TCP_FLAGS, is_bits=True),
        "meta pkttype": Range(255, PACKET_TYPES),
        "fib daddr type": Range(255, ADDRESS_TYPES),
        "fib saddr type": Range(255, ADDRESS_TYPES),
    }
)
"""Fields of which a first packet has one value, or one of a few."""

_FAMILY_NUMBERS = MappingProxyType(
    {
        "meta nfproto": {4: 2, 6: 10},
        "meta protocol": {4: 0x0800, 6: 0x86DD},
        "ip version": {4: 4},
        "ip6 version": {6: 6},
    }
)
_OF_PROTOCOL = MappingProxyType(
    {
        "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58,
        "comp": 108, "sctp": 132, "udplite": 136,
    }
)  # fmt: skip
_OF_FAMILY = MappingProxyType({"ip": 4, "ip6": 6})
_TRACKING = -200
"""The priority at which connections are tracked (NF_IP_PRI_CONNTRACK)."""
_ELSEWHERE = frozenset(number for name, number in ADDRESS_TYPES.items() if name not in ("unspec", "local"))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a chain meets a packet: the hook it is bound for, the hook of netfilter that calls the chain, its priority.

    `untracks`: a rule exempts packets from connection tracking, so a first packet may lack the state NEW.
    """

    hook: Hook
    point: str
    priority: int = 0
    untracks: bool = False

    @property
    def ct_states(self) -> frozenset[int]:
        """The states a first packet may have: NEW, but for chains called before connections are tracked."""
        tracked = frozenset((8, 64) if self.untracks else (8,))
        if self.point not in ("prerouting", "output") or self.priority > _TRACKING:
            return tracked
        return frozenset((1,)) if self.priority < _TRACKING else tracked | {1}


def fixed_values(field: str, stage: Stage) -> frozenset[int] | None:
    """Return the values a first packet may have in one of FIXED_FIELDS; None: nothing is known of it there.

    A SYN may ask for ECN, which sets two more flags (RFC 3168).
    """
    is_outbound = stage.hook is Hook.OUTPUT
    match field:
        case "ct state":
            return stage.ct_states
        case "ct direction":  # a packet that is not tracked has none, and matches neither way
            return frozenset((0,)) if stage.ct_states == {8} else None
        case "tcp flags":
            return frozenset((2, 66, 130, 194))
        case "meta pkttype":
            return None if is_outbound else frozenset((0,))
        case "fib daddr type":
            return frozenset((2,)) if stage.hook is Hook.INPUT else _ELSEWHERE
        case _:
            return frozenset((2,)) if is_outbound else _ELSEWHERE


def within(field: str) -> PacketSet:
    """Return the packets that have a field at all: a rule about it matches no others, negated or not."""
    start, _, rest = field.partition(" ")
    if rest.startswith(("option ", "chunk ")):  # a packet of another protocol counts as one without the option
        return EVERYTHING
    if start in _OF_PROTOCOL:
        return _protocols(IntervalSet.point(_OF_PROTOCOL[start]))
    if start in _OF_FAMILY:
        return ps.box(_OF_FAMILY[start])
    return EVERYTHING


def with_values(field: str, values: IntervalSet) -> PacketSet:
    """Return the packets that have one of some values in one of HEADER_FIELDS; of `th` those with ports."""
    start, _, name = field.partition(" ")
    if not values:
        return ps.EMPTY_PACKETS
    if field in _FAMILY_NUMBERS:
        families = [family for family, number in _FAMILY_NUMBERS[field].items() if number in values]
        return _joined([ps.box(family) for family in families])
    if name in ("saddr", "daddr"):
        family = _OF_FAMILY[start]
        return ps.box(family, sources=values) if name == "saddr" else ps.box(family, destinations=values)
    if name in ("sport", "dport"):
        protocols = PORTED if start == "th" else IntervalSet.point(_OF_PROTOCOL[start])
        sources, destinations = (values, ALL_PORTS) if name == "sport" else (ALL_PORTS, values)
        return _joined([ps.box(family, protocols, destinations, sources) for family in (4, 6)])
    families = [_OF_FAMILY[start]] if start in _OF_FAMILY else [4, 6]
    return _joined([ps.box(family, values) for family in families])


def _protocols(numbers: IntervalSet) -> PacketSet:
    return ps.box(4, numbers) | ps.box(6, numbers)


def _joined(parts: list[PacketSet]) -> PacketSet:
    whole = ps.EMPTY_PACKETS
    for part in parts:
        whole = whole | part
    return whole


PORTLESS_PACKETS = _protocols(ALL_PROTOCOLS - PORTED)
