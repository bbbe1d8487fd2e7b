"""Words of a question to sets: protocols, ports, and the packets between some addresses.

Apart from the graph and the proxies, so that a question about one NSG loads neither.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, AddressError, AddressRange, parse_prefix
from netcheck.model.ports import ICMP, ICMPV6, PortError, parse_port_range, parse_protocol
from netcheck.policy.nsgrule import protocol_set
from netcheck.policy.resolve import to_set
from netcheck.questions.places import Addresses
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import PacketSet

_BOTH_ICMP = IntervalSet.of([(ICMP, ICMP), (ICMPV6, ICMPV6)])
_ICMP = {4: IntervalSet.point(ICMP), 6: IntervalSet.point(ICMPV6)}


def packets_from(
    sources: Sequence[AddressRange], destinations: Addresses, protocols: IntervalSet, ports: IntervalSet
) -> PacketSet:
    """Return the packets from some addresses to some others, per family, any source port.

    The word `icmp` asks for the ICMP of each family: protocol 1 over IPv4, 58 over IPv6.
    """
    packets = ps.EMPTY_PACKETS
    for family in FAMILIES:
        source, destination = to_set(sources, family), destinations.get(family, EMPTY)
        if source and destination:
            meant = _ICMP[family] if protocols == _BOTH_ICMP else protocols
            packets = packets | ps.box(family, meant, ports, ps.ALL_PORTS, source, destination)
    return packets


def read_protocol(text: str) -> IntervalSet:
    """Read a protocol word; raise QuestionError for anything else."""
    try:
        return protocol_set(parse_protocol(text))
    except ValueError as error:
        raise QuestionError("NC303", str(error), "use tcp, udp, icmp, esp, ah, any or a number") from None


def read_ports(texts: Sequence[str], protocols: IntervalSet) -> IntervalSet:
    """Return the ports of a question; without `--port` all ports, but only where that is surely meant."""
    if texts and not protocols & ps.PORTED:
        raise QuestionError("NC303", "the protocol has no ports", "leave --port out; only tcp and udp have ports")
    if texts:
        return parse_ports(texts)
    if protocols & ps.PORTED and protocols != ps.ALL_PROTOCOLS:
        raise QuestionError("NC303", "the question names no port", "give `--port 443`, or `--port 80,443`")
    return ps.ALL_PORTS


def parse_ports(texts: Sequence[str]) -> IntervalSet:
    """Read ports and ranges; raise QuestionError for anything else."""
    try:
        ranges = [parse_port_range(word) for text in texts for word in text.split(",") if word.strip()]
    except PortError as error:
        raise QuestionError("NC303", str(error), error.help) from None
    if not ranges:
        raise QuestionError("NC303", "the question names no port", "give `--port 443`, or `--port 80,443`")
    return IntervalSet.of((r.first, r.last) for r in ranges)


def parse_prefixes(texts: Sequence[str]) -> list[AddressRange]:
    """Read prefixes as a question names them; raise QuestionError for anything else."""
    try:
        found = [parse_prefix(text) for text in texts]
    except AddressError as error:
        raise QuestionError("NC302", str(error), error.help) from None
    for _, note in found:
        if note:
            raise QuestionError("NC302", note, "a question takes no guess: write the network or the address")
    return [prefix for prefix, _ in found]
