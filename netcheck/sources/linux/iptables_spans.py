"""Spans of numbers, and the words of iptables for ports and TCP flags."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.ports import ALL_PORTS, PortRange

Span = tuple[int, int]
_FLAGS = frozenset(("SYN", "ACK", "FIN", "RST", "URG", "PSH"))


class RuleError(ValueError):
    """A rule is malformed; the message says how."""


def flags(text: str) -> frozenset[str]:
    """Return the flags that a list names; raise RuleError for another word."""
    words = frozenset(text.upper().split(","))
    if words == {"ALL"}:
        return _FLAGS
    if words == {"NONE"}:
        return frozenset()
    if words - _FLAGS:
        raise RuleError(f"`{text[:60]}` is no list of TCP flags")
    return words


def runs_backwards(text: str) -> bool:
    """Return whether a range of ports has its ends the wrong way round."""
    first, colon, last = text.partition(":")
    return bool(colon) and all(part.isascii() and part.isdigit() for part in (first, last)) and int(first) > int(last)


def port_span(text: str) -> Span:
    """Return a port or a range of them; an end that is left out is the first or the last port."""
    first, colon, last = text.partition(":")
    low, high = first or "0", (last or "65535") if colon else first
    if not all(part.isascii() and part.isdigit() and len(part) <= 5 and int(part) <= 65535 for part in (low, high)):
        raise RuleError(f"`{text[:30]}` is no port or range of ports")
    if int(low) > int(high):
        raise RuleError(f"port range `{text}` runs backwards")
    return int(low), int(high)


def port_ranges(spans: Sequence[Span]) -> tuple[PortRange, ...]:
    """Return spans as the model has them."""
    return tuple(PortRange(first, last) for first, last in spans) if list(spans) != [(0, 65535)] else (ALL_PORTS,)


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return the union of spans, sorted, those that touch joined."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def complement(spans: Sequence[Span], top: int) -> list[Span]:
    """Return the numbers from 0 to `top` that are in no span."""
    left: list[Span] = []
    start = 0
    for first, last in merged(spans):
        if first > start:
            left.append((start, first - 1))
        start = last + 1
    return [*left, (start, top)] if start <= top else left


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return the numbers that are in both."""
    return [(max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) <= min(b, d)]
