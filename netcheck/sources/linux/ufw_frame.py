"""The chains that ufw puts around its rules, the policies behind them, and the rules it ships.

Semantics: manual pages ufw(8) and ufw-framework(8), ufw 0.36: the built-in chains call `before`, which ends in the
rules that `ufw allow` and the like make, then `after`; what they leave meets the default policy of its direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from netcheck.diagnostics import Source
from netcheck.model.address import Family
from netcheck.model.rules import Access
from netcheck.sources.linux.iptables_lines import SaveChain, SaveTable

WAYS: Mapping[str, str] = MappingProxyType({"input": "INPUT", "output": "OUTPUT", "forward": "FORWARD"})
"""The built-in chain of each of ufw's ways."""

Defaults = Mapping[str, str]
"""`allow`, `deny` or `reject` by way; what is not known is left out."""

_PARTS = ("before-logging", "before", "after", "after-logging", "reject", "track")
_SHIPPED = (
    ("input", "-i lo -j ACCEPT", 0),
    ("output", "-o lo -j ACCEPT", 0),
    *((way, "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", 0) for way in WAYS),
    ("input", "-m conntrack --ctstate INVALID -j DROP", 0),
    *(
        (way, f"-p icmp -m icmp --icmp-type {kind} -j ACCEPT", 4)
        for way in ("input", "forward")
        for kind in (3, 11, 12, 8)
    ),
    *(
        (way, f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j ACCEPT", 6)
        for way in WAYS
        for kind in (1, 2, 3, 4, 128, 129)
    ),
    *(
        (way, f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -m hl --hl-eq 255 -j ACCEPT", 6)
        for way in ("input", "output")
        for kind in (133, 134, 135, 136, 141, 142)
    ),
    *(
        (way, f"-s fe80::/10 -p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j ACCEPT", 6)
        for way in ("input", "output")
        for kind in (130, 131, 132, 143)
    ),
    ("input", "-p udp -m udp --sport 67 --dport 68 -j ACCEPT", 4),
    ("input", "-m addrtype ! --dst-type LOCAL,MULTICAST,BROADCAST -j DROP", 4),
    ("input", "-d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT", 4),
    ("input", "-d 239.255.255.250/32 -p udp -m udp --dport 1900 -j ACCEPT", 4),
    ("input", "-s fe80::/10 -d fe80::/10 -p udp -m udp --sport 547 --dport 546 -j ACCEPT", 6),
    ("input", "-d ff02::fb/128 -p udp -m udp --dport 5353 -j ACCEPT", 6),
    ("input", "-d ff02::f/128 -p udp -m udp --dport 1900 -j ACCEPT", 6),
)
"""Way, rule, family (0: both) of `before.rules` and `before6.rules` as Debian's package has them; of those about ICMPv6
some are left out that concern neighbours only."""


def prefix(family: Family) -> str:
    """Return how the names of a family's chains begin."""
    return "ufw6-" if family == 6 else "ufw-"


def frame(family: Family, defaults: Defaults, at: Source) -> SaveTable:
    """Return the table `filter` with the chains that every rule file relies on, and none of their rules."""
    table = SaveTable("filter", family, at)
    for way, base in WAYS.items():
        denies = defaults.get(way) != "allow"
        table.chains[base] = SaveChain(Access.DENY if denies else Access.ALLOW, at)
        for part in _PARTS:
            table.chains[f"{prefix(family)}{part}-{way}"] = SaveChain(None, at)
            table.append(base, f"-j {prefix(family)}{part}-{way}", at)
        table.chains[f"{prefix(family)}skip-to-policy-{way}"] = SaveChain(None, at)
        for name in ("user", "user-logging"):
            table.chains[f"{prefix(family)}{name}-{way}"] = SaveChain(None, at)
        policy = defaults.get(way, "")
        _to_policy(table, f"{prefix(family)}skip-to-policy-{way}", policy, at)
        if policy in ("", "reject"):
            _to_policy(table, base, policy, at)
    for name in ("logging-deny", "logging-allow", "user-limit", "user-limit-accept", "not-local"):
        table.chains[f"{prefix(family)}{name}"] = SaveChain(None, at)
    return table


def _to_policy(table: SaveTable, chain: str, policy: str, at: Source) -> None:
    """End a chain in a default policy; one that is not known may accept or drop."""
    if policy:
        target = {"allow": "ACCEPT", "deny": "DROP", "reject": "REJECT"}[policy]
        table.append(chain, f"-j {target}", at)
        return
    condition = "the default policy, which is not given (`ufw status verbose` prints it)"
    table.append(chain, "-j ACCEPT", at, "default policy", (condition,))
    table.append(chain, "-j DROP", at, "default policy")


def hook_user_rules(table: SaveTable, at: Source) -> None:
    """Let the rules of the user follow those before them."""
    for way in WAYS:
        table.append(f"{prefix(table.family)}before-{way}", f"-j {prefix(table.family)}user-{way}", at)


def add_shipped(table: SaveTable, at: Source) -> None:
    """Add what the package ships as rules before those of the user."""
    for way, words in shipped(table.family):
        table.append(f"{prefix(table.family)}before-{way}", words, at, f"before.rules as shipped: {words}")


def shipped(family: Family) -> Iterator[tuple[str, str]]:
    """Yield way and rule of what the package ships for a family."""
    for way, words, only in _SHIPPED:
        if only in (0, family):
            yield way, words


def switched_off(family: Family, at: Source) -> SaveTable:
    """Return the table of a firewall that is not active: it lets everything pass."""
    chains = {base: SaveChain(Access.ALLOW, at) for base in WAYS.values()}
    return SaveTable("filter", family, at, chains)


def without_ipv6(at: Source) -> SaveTable:
    """Return the table for IPv6 where `IPV6=no`: nothing passes but what stays inside the machine."""
    table = SaveTable("filter", 6, at, {base: SaveChain(Access.DENY, at) for base in WAYS.values()})
    table.append("INPUT", "-i lo -j ACCEPT", at)
    table.append("OUTPUT", "-o lo -j ACCEPT", at)
    return table
