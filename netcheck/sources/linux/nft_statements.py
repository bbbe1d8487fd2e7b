"""Statements of nft that text and JSON name alike: what each may do to a packet, for the first of a connection.

Semantics: manual page nft(8), nftables 1.0, "STATEMENTS".
"""

from __future__ import annotations

from netcheck.sources.linux.nft_values import Assign, Divert, Gate, Key, Passive, SourceNat, Statement, Unclear

_HEADER_FIELDS = frozenset(
    (
        "ip saddr", "ip daddr", "ip protocol", "ip version", "ip6 saddr", "ip6 daddr", "ip6 nexthdr", "ip6 version",
        "tcp sport", "tcp dport", "tcp flags", "udp sport", "udp dport", "th sport", "th dport", "ether type",
        "meta pkttype",
    )
)  # fmt: skip
"""Fields that later rules are judged by; a rule that writes one changes what they see."""
_PASSING_TARGETS = frozenset(
    (
        "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER",
        "LED", "LOG", "MARK", "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TRACE",
        "TTL", "ULOG",
    )
)  # fmt: skip


_HAVE_ALL = frozenset(("meta mark", "meta priority", "meta cpu", "meta length", "meta random"))


def every_packet_has(field: str) -> bool:
    """Return whether a field can be read from every packet: where it cannot, the rule that reads it stops."""
    return field in _HAVE_ALL or field.startswith(("numgen ", "symhash "))


def assignment(key: Key, value: str, *, may_stop: bool) -> Statement:
    """Return what `key set value` does; `may_stop` as in Assign."""
    if key.name in _HEADER_FIELDS or key.name.startswith("@"):
        return Divert(f"{key} set {value}", key.name)
    # A TCP option is written where the packet has it, and the rule stops where it has not.
    return Assign(key, value, may_stop or " option " in key.name)


def nat(kind: str) -> Statement:
    """Return what a statement does that changes an address: `snat`, `masquerade`, `dnat`, `redirect`."""
    return SourceNat(kind, kind == "masquerade") if kind in ("snat", "masquerade") else Divert(kind)


def set_update(operation: str, name: str, key: str) -> Statement:
    """Return what `add @name { key }` does: it stops the rule where the set is full or its own limit says so."""
    return Gate(f"{operation} @{name} {{ {key} }}", updates=name)


def reject_answer(family: str, kind: str, code: str) -> str:
    """Return the answer of a `reject`, "" for the one that is sent where nothing is said."""
    usual = {"ip": ("icmp", "icmpx"), "ip6": ("icmpv6", "icmpx")}.get(family, ("icmpx",))
    if not kind or (kind in usual and code == "port-unreachable"):
        return ""
    return kind if kind == "tcp reset" else f"{kind} {code}"


def iptables_part(kind: str, name: str) -> Statement:
    """Return what a match or target of iptables does that nft only knows by name."""
    if kind == "match":
        return Passive("") if name == "comment" else Gate(f"xt match {name}")
    if name in _PASSING_TARGETS:
        return Passive(f"xt target {name}")
    if name in ("SNAT", "MASQUERADE"):
        return SourceNat(f"xt target {name}", name == "MASQUERADE")
    if name in ("DNAT", "REDIRECT", "NETMAP", "TPROXY"):
        return Divert(f"xt target {name}")
    return Unclear(f"xt target {name}")
