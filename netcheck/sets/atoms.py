"""One-dimensional atoms: the coarsest cut of a field that no given set splits.

Sets that rules name are swept once, each set toggling one bit at its cuts; values with equal bits belong
together. After that, set operations are AND, OR and XOR of Python integers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from netcheck.sets.intervals import IntervalSet


def _sweep(events: dict[int, int]) -> tuple[list[int], list[int]]:
    """Turn toggles by cut into the cuts in order and the mask that holds from each cut on."""
    cuts = sorted(events)
    masks: list[int] = []
    mask = 0
    for cut in cuts:
        mask ^= events[cut]
        masks.append(mask)
    return cuts, masks


class SplitTable:
    """Splits parts of a field by the candidates that a value leaves over."""

    __slots__ = ("_anywhere", "_cuts", "_masks")

    def __init__(self, sets: Sequence[IntervalSet], universe: IntervalSet) -> None:
        events: dict[int, int] = {}
        self._anywhere = 0
        for position, one in enumerate(sets):
            bit = 1 << position
            if one is universe or universe <= one:
                self._anywhere |= bit
                continue
            for cut in one.cuts:
                events[cut] = events.get(cut, 0) ^ bit
        self._cuts, self._masks = _sweep(events)

    def split(self, part: IntervalSet, candidates: int) -> list[tuple[IntervalSet, int]]:
        """Return disjoint pieces of `part` with the candidates that contain each, in order of first value."""
        cuts, masks = self._cuts, self._masks
        anywhere = self._anywhere & candidates
        groups: dict[int, list[tuple[int, int]]] = {}
        for first, last in part.spans():
            at = bisect_right(cuts, first) - 1
            low = first
            while low <= last:
                left = anywhere | (masks[at] & candidates if at >= 0 else 0)
                at += 1
                high = min(last, cuts[at] - 1) if at < len(cuts) else last
                groups.setdefault(left, []).append((low, high))
                low = high + 1
        if len(groups) == 1:
            return [(part, next(iter(groups)))]
        return [(IntervalSet.of(spans), left) for left, spans in groups.items()]


class AtomTable:
    """Numbers the atoms of one field, so that every given set becomes a bitset of atoms.

    `asked` are the sets a question may ask about; values in none of them get no atom.
    """

    __slots__ = ("_bits", "_spans")

    def __init__(self, asked: Iterable[IntervalSet], others: Iterable[IntervalSet]) -> None:
        asked_sets = list(dict.fromkeys(asked))
        sets = list(dict.fromkeys([*asked_sets, *others]))
        events: dict[int, int] = {}
        for position, one in enumerate(sets):
            for cut in one.cuts:
                events[cut] = events.get(cut, 0) ^ (1 << position)
        cuts, masks = _sweep(events)
        is_asked = (1 << len(asked_sets)) - 1
        number: dict[int, int] = {}
        self._spans: list[list[tuple[int, int]]] = []
        for i, mask in enumerate(masks):
            if mask & is_asked:
                atom = number.setdefault(mask, len(number))
                if atom == len(self._spans):
                    self._spans.append([])
                self._spans[atom].append((cuts[i], cuts[i + 1] - 1))
        self._bits = dict(zip(sets, _transpose(number, len(sets)), strict=True))

    def bits(self, one: IntervalSet) -> int:
        """Return the bitset of a set given at the start."""
        return self._bits[one]

    def decode(self, bits: int) -> IntervalSet:
        """Return the values whose atoms are in the bitset."""
        spans: list[tuple[int, int]] = []
        while bits:
            low = bits & -bits
            spans += self._spans[low.bit_length() - 1]
            bits ^= low
        return IntervalSet.of(spans)


def _transpose(number: dict[int, int], width: int) -> list[int]:
    """Turn "sets of each atom" into "atoms of each set"."""
    columns = [bytearray((len(number) + 7) // 8) for _ in range(width)]
    for mask, atom in number.items():
        byte, bit = atom >> 3, 1 << (atom & 7)
        while mask:
            low = mask & -mask
            columns[low.bit_length() - 1][byte] |= bit
            mask ^= low
    return [int.from_bytes(column, "little") for column in columns]
