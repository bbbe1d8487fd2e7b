"""Packets as bytes: the first packet of a connection for a header, with a number in its payload that tells it again."""

from __future__ import annotations

import struct

from netcheck.sets.packets import Header

TCP, UDP, ICMP, ICMPV6, GRE, ESP, AH, SCTP = 6, 17, 1, 58, 47, 50, 51, 132
_MARK = b"netcheck:"
_NUMBER = struct.Struct("!I")
_TTL = 64


def ip_packet(header: Header, number: int) -> bytes:
    """Return the IP packet of a header: a TCP SYN, a UDP datagram, an echo request, or bare payload."""
    width = 4 if header.family == 4 else 16
    source, destination = (value.to_bytes(width, "big") for value in (header.source, header.destination))
    payload = _MARK + _NUMBER.pack(number)
    body = _body(header, number, payload)
    pseudo = source + destination + struct.pack("!II", len(body), header.protocol)
    at = {TCP: 16, UDP: 6, ICMP: 2, ICMPV6: 2}.get(header.protocol)
    if at is not None:
        covered = body if header.protocol == ICMP else pseudo + body
        body = body[:at] + struct.pack("!H", _checksum(covered) or 0xFFFF) + body[at + 2 :]
    if header.family == 6:
        return struct.pack("!IHBB", 6 << 28, len(body), header.protocol, _TTL) + source + destination + body
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(body), number & 0xFFFF, 0, _TTL, header.protocol)
    checksum = _checksum(start + b"\0\0" + source + destination)
    return start + struct.pack("!H", checksum) + source + destination + body


def number_of(data: bytes) -> int | None:
    """Return the number in the payload that ends a packet or frame; None: it is none of ours."""
    end = len(_MARK) + _NUMBER.size
    if data[-end : -_NUMBER.size] != _MARK:
        return None
    return int(_NUMBER.unpack(data[-_NUMBER.size :])[0])


def ethernet(to: bytes, sender: bytes, kind: int, payload: bytes) -> bytes:
    """Return an Ethernet frame."""
    return to + sender + struct.pack("!H", kind) + payload


def _body(header: Header, number: int, payload: bytes) -> bytes:
    ports = struct.pack("!HH", header.source_port, header.destination_port)
    match header.protocol:
        case 6:  # data offset 5 words, SYN alone
            return ports + struct.pack("!IIBBHHH", 1, 0, 5 << 4, 0x02, 65535, 0, 0) + payload
        case 17:
            return ports + struct.pack("!HH", 8 + len(payload), 0) + payload
        case 1 | 58:  # the number is the identifier, so that no two are of one exchange
            kind = 8 if header.protocol == ICMP else 128
            return struct.pack("!BBHHH", kind, 0, 0, number & 0xFFFF, number >> 16) + payload
        case _:
            return struct.pack("!II", number, 0) + payload


def _checksum(data: bytes) -> int:
    """Return the ones' complement checksum of RFC 1071."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
