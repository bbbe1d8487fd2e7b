"""One-dimensional atoms: the coarsest cut of a field that no rule and no question splits.

Every set is swept once, toggling the bits of the rules that name it at its cuts; values with equal bits belong
together. After that, set operations are AND, OR and XOR of Python integers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import compress
from operator import and_, itemgetter, ne, or_
from typing import NamedTuple

from netcheck.sets.intervals import IntervalSet

_SHORT = 1 << 128
_SPARSE, _DENSE = 8, 8
_IS_ONE = bytes(byte == ord("1") for byte in range(256))
_FEW_ATOMS = 4


def positions(bits: int) -> Iterable[int]:
    """Return the positions of the one bits, lowest first."""
    ones = bits.bit_count()
    if bits < _SHORT or ones < _SPARSE:
        return _by_arithmetic(bits)
    digits = bin(bits)[:1:-1]  # for long integers walking a text is quicker than arithmetic
    if ones * _DENSE > len(digits):
        return compress(range(len(digits)), digits.encode().translate(_IS_ONE))
    return _by_search(digits)


def _by_arithmetic(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _by_search(digits: str) -> Iterator[int]:
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


class Matching(NamedTuple):
    """The rules that match some of the given atoms, those that match all, and those of the least popular atom."""

    some: int
    every: int
    loneliest: int


class Field:
    """The atoms of one field: for each the rules that match it, for each rule its atoms.

    `asked` are the sets that a question names in this field, `extent` their union; `rules` are the sets that rules
    name, each inside the extent and the very object `extent` where it is all of it. Values outside the extent get no
    atom.
    """

    __slots__ = (
        "_cuts",
        "_extent",
        "_matching",
        "_ordered",
        "_pick",
        "_planes",
        "_popular_by",
        "_sizes",
        "_spans",
        "asked",
        "bits",
        "every",
        "masks",
        "whole",
    )

    def __init__(self, asked: Sequence[IntervalSet], extent: IntervalSet, rules: Sequence[IntervalSet]) -> None:
        self._extent = extent
        self._matching: dict[int, Matching] = {}
        self._sizes: dict[int, int] = {}
        self._planes: list[tuple[int, int]] = []
        self._ordered: dict[int, list[int]] = {}
        named: dict[int, list[int]] = {}
        self.whole = 0
        """The rules that match every value of the extent."""
        self.masks: list[int] = []
        """For each atom the rules that match it."""
        self._spans: list[list[tuple[int, int]]] = []
        for position, one in enumerate(rules):
            if one is extent:
                self.whole |= 1 << position
            else:
                named.setdefault(id(one), []).append(position)
        if not named and len(asked) == 1:
            self.masks.append(self.whole)
            self._spans.append(list(extent.spans()))
            self._popular_by = [self.whole.bit_count()]
            self.asked, self.bits, self.every = [1], [1] * len(rules), 1
            return
        width = len(rules)
        events: dict[int, int] = {}
        for number, one in enumerate(asked):
            _toggle(events, one, 1 << (width + number))
        for places in named.values():
            _toggle(events, rules[places[0]], sum(1 << place for place in places))
        cuts = sorted(events)
        owners = self._sweep(cuts, events, width)
        self._cuts = cuts
        self._pick: Callable[[str], tuple[str, ...]] = itemgetter(*owners)
        self._popular_by = [mask.bit_count() for mask in self.masks]
        self.every = (1 << len(self.masks)) - 1
        """All atoms."""
        self.bits = [self.every] * width
        """For each rule the atoms it matches."""
        for places in named.values():
            found = self._atoms_of(rules[places[0]], cuts, owners)
            for place in places:
                self.bits[place] = found
        self.asked = [self._atoms_of(one, cuts, owners) for one in asked]
        """For each asked set its atoms."""

    def _sweep(self, cuts: Sequence[int], events: dict[int, int], width: int) -> list[int]:
        """Number the atoms in order of their first value; return the atom that begins at each cut, -1 for none."""
        number: dict[int, int] = {}
        owners: list[int] = []
        keep = (1 << width) - 1
        mask = 0
        for i, cut in enumerate(cuts):
            mask ^= events[cut]
            if not mask >> width:
                owners.append(-1)
                continue
            atom = number.setdefault(mask, len(number))
            if atom == len(self.masks):
                self.masks.append((mask & keep) | self.whole)
                self._spans.append([])
            self._spans[atom].append((cut, cuts[i + 1] - 1))
            owners.append(atom)
        return owners

    def _atoms_of(self, one: IntervalSet, cuts: Sequence[int], owners: Sequence[int]) -> int:
        digits = bytearray(b"0") * len(self.masks)
        ends, at = one.cuts, 0
        for i in range(0, len(ends), 2):
            first = bisect_left(cuts, ends[i], at)
            at = bisect_left(cuts, ends[i + 1], first)
            for owner in owners[first:at]:
                digits[owner] = 49
        digits.reverse()
        return int(digits, 2)

    def __len__(self) -> int:
        return len(self.masks)

    def decode(self, bits: int) -> IntervalSet:
        """Return the values of some atoms."""
        if bits == self.every:
            return self._extent
        if bits.bit_count() < _FEW_ATOMS:
            return IntervalSet.of(span for atom in positions(bits) for span in self._spans[atom])
        digits = bin(bits)[:1:-1].ljust(len(self.masks) + 1, "0")  # the last digit stands for "no atom", -1
        inside = self._pick(digits)
        return IntervalSet(tuple(compress(self._cuts, map(ne, inside, ("0", *inside[:-1])))))

    def any_of(self, rules: int) -> int:
        """Return the atoms that at least one of some rules matches."""
        return reduce(or_, map(self.bits.__getitem__, positions(rules)), 0)

    def popular(self, one_in: int) -> int:
        """Return the rules that match at least one in so many of the atoms."""
        least = len(self.masks) // one_in
        return sum(1 << rule for rule, bits in enumerate(self.bits) if bits.bit_count() >= least)

    def size(self, bits: int) -> int:
        """Return how many values some atoms hold."""
        known = self._sizes.get(bits)
        if known is not None:
            return known
        if not self._planes:
            sizes = [sum(last - first + 1 for first, last in spans) for spans in self._spans]
            self._planes = _bit_planes(sizes)
        size = sum([(bits & plane).bit_count() << power for power, plane in self._planes])
        self._sizes[bits] = size
        return size

    def matching(self, bits: int) -> Matching:
        """Return which rules match some and all of the values of some atoms; worked out once for equal atoms."""
        known = self._matching.get(bits)
        if known is None:
            atoms = list(positions(bits))
            chosen = [self.masks[atom] for atom in atoms]
            lonely = min(atoms, key=self._popular_by.__getitem__)
            known = Matching(reduce(or_, chosen), reduce(and_, chosen), self.masks[lonely])
            self._matching[bits] = known
        return known

    def by_loneliness(self, bits: int) -> Sequence[int]:
        """Return some atoms, those that few rules match first; worked out once for equal atoms."""
        known = self._ordered.get(bits)
        if known is None:
            known = self._ordered[bits] = sorted(positions(bits), key=self._popular_by.__getitem__)
        return known


def _bit_planes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return (power of two, the atoms in whose size it occurs): sizes add up by counting bits, power by power."""
    planes: dict[int, bytearray] = {}
    for atom, size in enumerate(sizes):
        for power in positions(size):
            planes.setdefault(power, bytearray(len(sizes) // 8 + 1))[atom >> 3] |= 1 << (atom & 7)
    return [(power, int.from_bytes(plane, "little")) for power, plane in planes.items()]


def _toggle(events: dict[int, int], one: IntervalSet, bits: int) -> None:
    for cut in one.cuts:
        events[cut] = events.get(cut, 0) ^ bits
