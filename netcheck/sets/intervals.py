"""Sets of integers as sorted, disjoint, non-touching spans: the one-dimensional half of the algebra."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
        few, many = (self, other) if len(self.cuts) <= len(other.cuts) else (other, self)
        a, b = few.cuts, many.cuts
        if not a or a[-1] <= b[0] or b[-1] <= a[0]:
            return EMPTY
        if a is b:
            return self
        if len(a) == 2 and a[0] <= b[0] and b[-1] <= a[1]:
            return many
        return IntervalSet(tuple(_within(a, b, 1)))

    def __or__(self, other: IntervalSet) -> IntervalSet:
        few, many = (self, other) if len(self.cuts) <= len(other.cuts) else (other, self)
        a, b = few.cuts, many.cuts
        if not a or a is b:
            return many
        return IntervalSet(tuple(_around(a, b, 0)))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        a, b = self.cuts, other.cuts
        if not a or not b or a[-1] <= b[0] or b[-1] <= a[0]:
            return self
        return IntervalSet(tuple(_within(a, b, 0) if len(a) <= len(b) else _around(b, a, 1)))

    def __le__(self, other: IntervalSet) -> bool:
        return not self - other

    def is_disjoint(self, other: IntervalSet) -> bool:
        """Return whether the two sets share no member."""
        return not self & other


EMPTY = IntervalSet(())


# Both walk the shorter list and find their places in the longer one by bisection: rules name few prefixes, tags many.
# An odd number of cuts up to a value means that the value is inside.
def _within(few: tuple[int, ...], many: tuple[int, ...], parity: int) -> list[int]:
    """Return the cuts of what lies inside the spans of `few` and inside `many` (parity 1), or outside it (0)."""
    out: list[int] = []
    at = 0
    for i in range(0, len(few), 2):
        low, high = few[i], few[i + 1]
        first = bisect_right(many, low, at)
        at = bisect_left(many, high, first)
        if first & 1 == parity:
            out.append(low)
        out += many[first:at]
        if at & 1 == parity:
            out.append(high)
    return out


def _around(few: tuple[int, ...], many: tuple[int, ...], parity: int) -> list[int]:
    """Return the cuts of `many` with the spans of `few` taken out (parity 1), or put in (0)."""
    out: list[int] = []
    at = 0
    for i in range(0, len(few), 2):
        low, high = few[i], few[i + 1]
        first = bisect_left(many, low, at)
        out += many[at:first]
        if first & 1 == parity:
            out.append(low)
        at = bisect_right(many, high, first)
        if at & 1 == parity:
            out.append(high)
    out += many[at:]
    return out


def union(sets: Iterable[IntervalSet]) -> IntervalSet:
    """Return the union of many sets at the cost of one sort."""
    return IntervalSet.of(span for one in sets for span in one.spans())
