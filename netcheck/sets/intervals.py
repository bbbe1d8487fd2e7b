"""Sets of integers as sorted, disjoint, non-touching spans: the one-dimensional half of the algebra."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class IntervalSet:
    """An immutable set of non-negative integers; equal sets are equal values with equal hashes.

    Build one with `IntervalSet.of`, `span`, `point` or `EMPTY`; the constructor takes canonical cuts only.

    >>> small = IntervalSet.of([(80, 80), (81, 90)])
    >>> small == IntervalSet.span(80, 90), small.size, 85 in small
    (True, 11, True)
    >>> list((small - IntervalSet.point(85)).spans())
    [(80, 84), (86, 90)]
    """

    # INVARIANT: strictly increasing and of even length; members lie in [cuts[0], cuts[1]), [cuts[2], cuts[3]), ...
    cuts: tuple[int, ...]

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> IntervalSet:
        """Return the union of spans `(first, last)`, both included; a span that runs backwards is an error."""
        cuts: list[int] = []
        for first, last in sorted(spans):
            if first > last or first < 0:
                raise ValueError(f"no span: {first}-{last}")
            if cuts and first <= cuts[-1]:
                cuts[-1] = max(cuts[-1], last + 1)
            else:
                cuts += (first, last + 1)
        return cls(tuple(cuts))

    @classmethod
    def span(cls, first: int, last: int) -> IntervalSet:
        """Return all integers from `first` to `last`, both included."""
        return cls.of([(first, last)])

    @classmethod
    def point(cls, value: int) -> IntervalSet:
        """Return the set of one integer."""
        return cls((value, value + 1))

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield the maximal spans `(first, last)` in order."""
        cuts = self.cuts
        return ((cuts[i], cuts[i + 1] - 1) for i in range(0, len(cuts), 2))

    # Sets are keys and get compared all the time: what dataclass generates builds a tuple around `cuts` first.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and self.cuts == other.cuts

    def __hash__(self) -> int:
        return hash(self.cuts)

    def __contains__(self, value: int) -> bool:
        return bisect_right(self.cuts, value) % 2 == 1

    @property
    def size(self) -> int:
        """The number of members; `len` would overflow on IPv6."""
        return sum(self.cuts[1::2]) - sum(self.cuts[::2])

    def __bool__(self) -> bool:
        return bool(self.cuts)

    @property
    def first(self) -> int:
        """The smallest member; the set must not be empty."""
        return self.cuts[0]

    def __and__(self, other: IntervalSet) -> IntervalSet:
        a, b = self.cuts, other.cuts
        if not a or not b or a[-1] <= b[0] or b[-1] <= a[0]:
            return EMPTY
        if a is b:
            return self
        if len(b) == 2:
            return self._clip(b[0], b[1])
        if len(a) == 2:
            return other._clip(a[0], a[1])
        return _sweep(a, b, 2, 1)

    def _clip(self, low: int, high: int) -> IntervalSet:
        """Keep what lies in [low, high): a slice found by two bisections."""
        cuts = self.cuts
        if low <= cuts[0] and cuts[-1] <= high:
            return self
        i, j = bisect_right(cuts, low), bisect_right(cuts, high)
        kept = cuts[i:j]
        if i % 2:
            kept = (low, *kept)
        if kept and kept[-1] == high and len(kept) % 2:
            kept = kept[:-1]
        elif len(kept) % 2:
            kept = (*kept, high)
        return IntervalSet(kept)

    def __or__(self, other: IntervalSet) -> IntervalSet:
        a, b = self.cuts, other.cuts
        if not b or a is b:
            return self
        if not a:
            return other
        if a[-1] < b[0]:
            return IntervalSet(a + b)
        if b[-1] < a[0]:
            return IntervalSet(b + a)
        return _sweep(a, b, 1, 1)

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        a, b = self.cuts, other.cuts
        if not a or not b or a[-1] <= b[0] or b[-1] <= a[0]:
            return self
        return _sweep(a, b, 1, -1)

    def __le__(self, other: IntervalSet) -> bool:
        return not self - other

    def is_disjoint(self, other: IntervalSet) -> bool:
        """Return whether the two sets share no member."""
        return not self & other


EMPTY = IntervalSet(())


def _sweep(a: tuple[int, ...], b: tuple[int, ...], threshold: int, sign: int) -> IntervalSet:
    """Walk both cut lists once, keeping the points whose depth reaches `threshold`.

    Each span of `a` adds 1 to the depth, each span of `b` adds `sign`: union is (1, 1), intersection (2, 1),
    difference (1, -1).
    """
    out: list[int] = []
    i = j = depth = 0
    inside = False
    while i < len(a) or j < len(b):
        at = a[i] if j == len(b) or (i < len(a) and a[i] <= b[j]) else b[j]
        if i < len(a) and a[i] == at:
            depth += -1 if i & 1 else 1
            i += 1
        if j < len(b) and b[j] == at:
            depth += -sign if j & 1 else sign
            j += 1
        if (depth >= threshold) is not inside:
            inside = not inside
            out.append(at)
    return IntervalSet(tuple(out))


def union(sets: Iterable[IntervalSet]) -> IntervalSet:
    """Return the union of many sets at the cost of one sort."""
    return IntervalSet.of(span for one in sets for span in one.spans())
