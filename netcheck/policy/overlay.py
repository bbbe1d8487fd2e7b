"""Cutting packets by several divisions at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

T = TypeVar("T")


def refine(
    regions: Mapping[tuple[T, ...], PacketSet], parts: Iterable[tuple[T, PacketSet]]
) -> dict[tuple[T, ...], PacketSet]:
    """Cut regions by disjoint parts: a piece inside a part gets the part's label added, the rest stays as it is."""
    refined: dict[tuple[T, ...], PacketSet] = {}
    pieces = list(parts)
    for labels, packets in regions.items():
        left = packets
        for label, part in pieces:
            shared = left & part
            if shared:
                left = left - shared
                more = (*labels, label)
                refined[more] = refined.get(more, EMPTY_PACKETS) | shared
        if left:
            refined[labels] = refined.get(labels, EMPTY_PACKETS) | left
    return refined
