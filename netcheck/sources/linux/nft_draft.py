"""Tables while they are read: chains and sets grow by later lines, and a rule set may be flushed and begun anew."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType

from netcheck.diagnostics import Source
from netcheck.model.rules import Access
from netcheck.sources.linux.nft_values import (
    Element,
    Elements,
    Gate,
    NftChain,
    NftHook,
    NftRule,
    NftSet,
    NftTable,
    Unclear,
)

_NAMED = re.compile(r"@ ?([\w.-]+)")
FAMILIES = frozenset(("ip", "ip6", "inet", "arp", "bridge", "netdev"))


@dataclass(slots=True)
class ChainDraft:
    """A chain while it is read."""

    name: str
    at: Source
    hook: NftHook | None = None
    policy: Access = Access.ALLOW
    rules: list[NftRule] = field(default_factory=list)


@dataclass(slots=True)
class SetDraft:
    """A set or map while it is read."""

    name: str
    at: Source
    elements: list[Element] = field(default_factory=list)
    is_fixed: bool = True


@dataclass(slots=True)
class TableDraft:
    """A table while it is read."""

    family: str
    name: str
    at: Source
    chains: dict[str, ChainDraft] = field(default_factory=dict)
    sets: dict[str, SetDraft] = field(default_factory=dict)
    is_dormant: bool = False

    def chain(self, name: str, at: Source) -> ChainDraft:
        """Return a chain, begun where it is first named."""
        return self.chains.setdefault(name, ChainDraft(name, at))

    def set(self, name: str, at: Source) -> SetDraft:
        """Return a set, begun where it is first named."""
        return self.sets.setdefault(name, SetDraft(name, at))

    def finished(self) -> NftTable:
        """Return the table as it is now. A set that a rule writes to is not fixed."""
        rules = [rule for chain in self.chains.values() for rule in chain.rules]
        written: set[str] = set()
        for statement in (one for rule in rules for one in rule.statements):
            if isinstance(statement, Gate):
                written.add(statement.updates)
            elif isinstance(statement, Unclear):
                written.update(_NAMED.findall(statement.text))
        chains = {
            name: NftChain(name, chain.hook, chain.policy, tuple(chain.rules), chain.at)
            for name, chain in self.chains.items()
        }
        sets = {
            name: NftSet(name, Elements(tuple(one.elements)), one.is_fixed and name not in written, one.at)
            for name, one in self.sets.items()
        }
        frozen = MappingProxyType(chains), MappingProxyType(sets)
        return NftTable(self.family, self.name, *frozen, self.at, self.is_dormant)
