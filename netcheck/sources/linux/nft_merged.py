"""Comparisons that nft before 1.0.7 loads as another test than it was given, and than it lists.

Two `!=` comparisons of fields that lie side by side in one header (`tcp sport != 81 tcp dport != 80`) became one
comparison of both fields together, which one difference is enough for. The listing does not tell which nft loaded a
rule, so packets that differ in one field only are left open.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.sources.linux.nft_values import Elements, Expression, Key, Match, Statement, Word

_HEADERS = frozenset(("ip", "ip6", "tcp", "udp", "udplite", "sctp", "dccp", "th", "icmp", "icmpv6"))
_TOO_WIDE = frozenset(("saddr", "daddr"))


def merged_groups(statements: Sequence[Statement]) -> dict[int, tuple[int, ...]]:
    """Return for the first of each group of comparisons that may have been merged the places of all of them."""
    by_header: dict[str, list[int]] = {}
    for place, statement in enumerate(statements):
        if isinstance(statement, Match) and statement.operator == "!=" and _is_single(statement.right):
            name = statement.left.name if isinstance(statement.left, Key) else ""
            header, _, field = name.partition(" ")
            if header in _HEADERS and field not in _TOO_WIDE:
                by_header.setdefault(header, []).append(place)
    return {places[0]: tuple(places) for places in by_header.values() if len(places) > 1}


def _is_single(value: Expression) -> bool:
    """Return whether a comparison is with one value; nft makes one of a set that has one element."""
    if isinstance(value, Elements):
        return len(value.items) == 1 and isinstance(value.items[0].value, Word)
    return isinstance(value, Word)
