"""The base chains that a packet meets on its way, in the order netfilter calls them.

Semantics: manual page nft(8), nftables 1.0, "ADDRESS FAMILIES" and "CHAINS"; include/uapi/linux/netfilter_ipv4.h of
Linux for the place of nat: all chains of the type nat are called from one place in each hook, and their own priorities
order them among themselves only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from netcheck.model.hosts import Hook
from netcheck.model.rules import Access
from netcheck.sources.linux.nft_values import (
    Concat,
    Divert,
    Key,
    Masked,
    Match,
    NftChain,
    NftHook,
    NftTable,
    Reject,
    SourceNat,
    Statement,
    Unclear,
    Verdict,
    VerdictMap,
)

POINTS: Mapping[Hook, tuple[str, ...]] = MappingProxyType(
    {
        Hook.INPUT: ("ingress", "prerouting", "input"),
        Hook.OUTPUT: ("output", "postrouting", "egress"),
        Hook.FORWARD: ("ingress", "prerouting", "forward", "postrouting", "egress"),
    }
)
"""The hooks that a packet passes that is for the machine, from it, or passed on by it."""
_NAT_PRIORITY = MappingProxyType({"prerouting": -100, "output": -100, "input": 100, "postrouting": 100})
FOLLOWED = frozenset(("ip", "ip6", "inet"))
"""Families whose chains see IP packets after the link layer."""


class Base(NamedTuple):
    """One base chain on one way."""

    table: NftTable
    chain: NftChain
    hook: NftHook
    way: Hook

    @property
    def is_followed(self) -> bool:
        """Whether its rules are followed; those for frames are not."""
        return self.table.family in FOLLOWED and self.hook.hook not in ("ingress", "egress")

    @property
    def name(self) -> str:
        """How messages name the chain."""
        return f"{self.table.label} {self.chain.name}"

    @property
    def key(self) -> str:
        """What the names begin with under which the chains are kept that this one leads to, on this way."""
        is_beside = self.way is Hook.FORWARD and self.hook.hook != "forward"
        return f"{self.table.label}/{self.chain.name}{' (forward)' if is_beside else ''}/"

    @property
    def priority(self) -> int:
        """The place of the chain in its hook."""
        return _NAT_PRIORITY.get(self.hook.hook, 0) if self.hook.type == "nat" else self.hook.priority


def bases_on(way: Hook, tables: Sequence[NftTable]) -> list[Base]:
    """Return the base chains on a way in the order a packet meets them, without those that let everything pass."""
    found = [base for base in _all_bases(way, tables) if _may_decide(base)]
    return sorted(found, key=_order)


def _all_bases(way: Hook, tables: Sequence[NftTable]) -> Iterator[Base]:
    for table in tables:
        if table.is_dormant:
            continue
        for chain in table.chains.values():
            # Without answers to ARP nothing is sent or received, whatever the way.
            if chain.hook is not None and (chain.hook.hook in POINTS[way] or table.family == "arp"):
                yield Base(table, chain, chain.hook, way)


def _order(base: Base) -> tuple[int, int, int]:
    hook = base.hook
    points = POINTS[base.way]
    point = points.index(hook.hook) if hook.hook in points and base.table.family != "arp" else -1
    return point, base.priority, hook.priority


def _may_decide(base: Base) -> bool:
    if base.is_followed:
        return bool(base.chain.rules) or base.chain.policy is Access.DENY or base.hook.hook == base.way.value
    return base.chain.policy is Access.DENY or may_stop(base.table)


def may_stop(table: NftTable) -> bool:
    """Return whether a rule of a table that is not followed may do anything but let packets pass."""
    return may_divert(table) or any(
        isinstance(one, Reject | VerdictMap) or (isinstance(one, Verdict) and one.kind == "drop")
        for one in statements(table)
    )


def may_divert(table: NftTable) -> bool:
    """Return whether a rule of a table may change where packets go, or what they are."""
    return any(isinstance(one, Divert | Unclear | SourceNat) for one in statements(table))


def statements(table: NftTable) -> Iterator[Statement]:
    """Yield the statements of all rules of a table."""
    for chain in table.chains.values():
        for rule in chain.rules:
            yield from rule.statements


def tracked_families(tables: Sequence[NftTable]) -> frozenset[int]:
    """Return the IP families (4, 6) of which the rule set has the kernel track connections.

    A rule that asks for a connection or changes an address switches that on for the family of its table
    (nf_ct_netns_get in Linux). Chains of the type nat see no packets of a family without it.
    """
    found: set[int] = set()
    for table in tables:
        if any(_needs_tracking(one) for one in statements(table)):
            found.update({"ip": (4,), "ip6": (6,), "inet": (4, 6)}.get(table.family, ()))
    return frozenset(found)


def _needs_tracking(statement: Statement) -> bool:
    match statement:
        case Match(left) | VerdictMap(left):
            keys = left.items if isinstance(left, Concat) else (left.key if isinstance(left, Masked) else left,)
            return any(isinstance(key, Key) and key.name.startswith("ct ") for key in keys)
        case SourceNat():
            return True
        case Divert(text):
            return text in ("dnat", "redirect")
        case _:
            return False
