"""What walks over both families find: packets by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from netcheck.policy.tablewalk import Found, Label
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class ByLabel(Generic[Label]):
    """Packets of both families by label; what has no label is left out."""

    found: Mapping[int, Mapping[Label, Found]]

    def packets(self, label: Label) -> PacketSet:
        """Return the packets of one label."""
        families = (self.found.get(family, {}) for family in (4, 6))
        return PacketSet(*(one[label].packets() if label in one else () for one in families))

    def count(self, label: Label) -> int:
        """Return the number of their headers, without building the set."""
        return sum(one[label].count() for one in self.found.values() if label in one)
