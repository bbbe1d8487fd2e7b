"""The set algebra is the algebra of sets of points: canonical, exact, whichever way a set was built."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import EMPTY_PACKETS, EVERYTHING, Header, PacketSet, box

LAW = settings(max_examples=120, deadline=None, print_blob=True)

TOP = 7
"""Interval laws run on the numbers 0 to 7."""
POINTS = range(TOP + 1)
spans = st.tuples(st.integers(0, TOP), st.integers(0, TOP)).map(sorted).map(lambda pair: (pair[0], pair[1]))
span_lists = st.lists(spans, max_size=4)

ADDRESSES = {4: (0, 1, 2**32 - 2, 2**32 - 1), 6: (0, 1, 2**128 - 2, 2**128 - 1)}
PORTS = (0, 1, 65534, 65535)
PROTOCOLS = (6, 17)


def members(spans_: list[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers of some spans, one by one."""
    return frozenset(number for first, last in spans_ for number in range(first, last + 1))


def of_points(points: frozenset[int]) -> IntervalSet:
    """Build a set from its members, one union after another."""
    found = EMPTY
    for number in sorted(points, reverse=True):
        found = found | IntervalSet.point(number)
    return found


@LAW
@given(a=span_lists)
def test_interval_set_built_from_spans_or_points_is_one_value(a: list[tuple[int, int]]) -> None:
    """Two ways to build a set give equal values with equal hashes, sorted spans that never touch."""
    from_spans, from_points = IntervalSet.of(a), of_points(members(a))
    assert from_spans == from_points
    assert hash(from_spans) == hash(from_points)
    listed = list(from_spans.spans())
    assert all(one[1] + 1 < other[0] for one, other in pairwise(listed))
    assert members(listed) == members(a)
    assert len(members(a)) == from_spans.size
    assert bool(members(a)) is bool(from_spans)
    assert [number in members(a) for number in POINTS] == [number in from_spans for number in POINTS]


@LAW
@given(a=span_lists, b=span_lists)
def test_interval_operations_are_those_of_points(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    """Intersection, union, difference, inclusion and disjointness are those of the sets of members."""
    one, other, p, q = IntervalSet.of(a), IntervalSet.of(b), members(a), members(b)
    assert of_points(p & q) == one & other
    assert of_points(p | q) == one | other
    assert of_points(p - q) == one - other
    assert (p <= q) is (one <= other)
    assert p.isdisjoint(q) is one.is_disjoint(other)
    assert (p == q) is (one == other)
    assert of_points(p | q) == union([one, other, EMPTY])


def test_interval_operations_are_right_for_every_pair_of_sets_of_eight_numbers() -> None:
    """All 65,536 pairs: intersection, union, difference, inclusion and disjointness, with canonical results."""
    canonical = {points: of_points(points) for points in map(frozenset, subsets(POINTS))}
    for (p, one), (q, other) in product(canonical.items(), canonical.items()):
        assert canonical[p & q] == one & other
        assert canonical[p | q] == one | other
        assert canonical[p - q] == one - other
        assert ((p <= q), p.isdisjoint(q)) == (one <= other, one.is_disjoint(other))


def subsets(numbers: range) -> list[list[int]]:
    """Return all sets of some numbers."""
    return [[number for number in numbers if code >> number & 1] for code in range(1 << len(numbers))]


@LAW
@given(a=span_lists, b=span_lists, c=span_lists)
def test_interval_laws(a: list[tuple[int, int]], b: list[tuple[int, int]], c: list[tuple[int, int]]) -> None:
    """De Morgan, distribution and absorption hold as equality of values."""
    x, y, z, every = IntervalSet.of(a), IntervalSet.of(b), IntervalSet.of(c), IntervalSet.span(0, TOP)
    assert every - (x | y) == (every - x) & (every - y)
    assert every - (x & y) == (every - x) | (every - y)
    assert x & (y | z) == (x & y) | (x & z)
    assert x | (x & y) == x
    assert every - (every - x) == x


@pytest.mark.parametrize("span", [(3, 2), (-1, 2)])
def test_a_span_that_runs_backwards_or_below_zero_is_an_error(span: tuple[int, int]) -> None:
    """No span is guessed from a wrong one."""
    with pytest.raises(ValueError, match="no span"):
        IntervalSet.of([span])


def some(values: tuple[int, ...]) -> st.SearchStrategy[frozenset[int]]:
    """Draw a set of values, empty at times."""
    return st.frozensets(st.sampled_from(values))


Fields = tuple[int, frozenset[int], frozenset[int], frozenset[int], frozenset[int], frozenset[int]]
boxes = st.sampled_from((4, 4, 6)).flatmap(
    lambda family: st.tuples(
        st.just(family),
        some(PROTOCOLS),
        some(PORTS),
        some(PORTS),
        some(ADDRESSES[family]),
        some(ADDRESSES[family]),
    )
)
box_lists = st.lists(boxes, max_size=3)


def headers(drawn: list[Fields]) -> frozenset[Header]:
    """Return every header of some boxes."""
    return frozenset(Header(fields[0], *rest) for fields in drawn for rest in product(*fields[1:]))


def packets(drawn: list[Fields]) -> PacketSet:
    """Build the set box by box."""
    found = EMPTY_PACKETS
    for family, *fields in drawn:
        found = found | box(family, *(of_points(values) for values in fields))
    return found


def packets_of(points: frozenset[Header]) -> PacketSet:
    """Build the set header by header."""
    found = EMPTY_PACKETS
    for family, *values in sorted(points):
        found = found | box(family, *(IntervalSet.point(value) for value in values))
    return found


def points_of(found: PacketSet) -> list[Header]:
    """Return the headers of the set's boxes, a header as often as boxes hold it."""
    return [
        Header(one.family, *values)
        for one in found.boxes()
        for values in product(*([n for a, b in part.spans() for n in range(a, b + 1)] for part in one[1:]))
    ]


@LAW
@given(a=box_lists)
def test_packet_set_built_from_boxes_or_headers_is_one_value(a: list[Fields]) -> None:
    """Two ways to build a set give equal values with equal hashes; its boxes are disjoint and exact."""
    points = headers(a)
    few = frozenset(sorted(points)[:60])  # header by header is slow
    assert packets_of(few) == packets([as_box(point) for point in sorted(few, reverse=True)])
    whole = packets(a)
    assert hash(whole) == hash(packets(list(reversed(a))))
    assert whole == packets(list(reversed(a)))
    listed = points_of(whole)
    assert len(listed) == len(set(listed))
    assert points == set(listed)
    assert len(points) == whole.count()
    assert bool(points) is bool(whole)


def as_box(point: Header) -> Fields:
    """Return the box of one header."""
    family, *values = point
    sets = [frozenset({value}) for value in values]
    return family, sets[0], sets[1], sets[2], sets[3], sets[4]


@LAW
@given(a=box_lists, b=box_lists)
def test_packet_operations_are_those_of_headers(a: list[Fields], b: list[Fields]) -> None:
    """Intersection, union, difference and inclusion are those of the sets of headers, and so is equality."""
    one, other, p, q = packets(a), packets(b), headers(a), headers(b)
    assert p & q == set(points_of(one & other))
    assert p | q == set(points_of(one | other))
    assert p - q == set(points_of(one - other))
    assert (p <= q) is (one <= other)
    assert (p == q) is (one == other)
    for point in sorted(p ^ q)[:20]:
        assert (point in one, point in other) == (point in p, point in q)
    pairs = {(h.family, h.protocol, h.destination, h.destination_port) for h in p}
    assert len(pairs) == one.count_pairs()


@LAW
@given(a=box_lists, b=box_lists, c=box_lists)
def test_packet_laws(a: list[Fields], b: list[Fields], c: list[Fields]) -> None:
    """De Morgan, distribution and absorption hold as equality of values, in the whole space of headers."""
    x, y, z = packets(a), packets(b), packets(c)
    assert EVERYTHING - (x | y) == (EVERYTHING - x) & (EVERYTHING - y)
    assert EVERYTHING - (x & y) == (EVERYTHING - x) | (EVERYTHING - y)
    assert x & (y | z) == (x & y) | (x & z)
    assert x | (x & y) == x
    assert EVERYTHING - (EVERYTHING - x) == x
    assert EVERYTHING.count() == x.count() + (EVERYTHING - x).count()


@LAW
@given(a=box_lists)
def test_projection_and_examples_come_from_the_set(a: list[Fields]) -> None:
    """A projection holds exactly the values that occur; every example is a member."""
    whole, points = packets(a), headers(a)
    for level in ("protocols", "destination_ports", "source_ports", "sources", "destinations"):
        index = ("protocols", "destination_ports", "source_ports", "sources", "destinations").index(level) + 1
        expected = {f: of_points(frozenset(p[index] for p in points if p.family == f)) for f in (4, 6)}
        assert expected == whole.project(level)
    examples = list(whole.examples(5))
    assert set(examples) <= points
    assert len(examples) == min(5, len(list(whole.boxes())))


def test_a_protocol_without_ports_has_one_flow_per_address_pair() -> None:
    """ICMP, ESP and AH carry no ports, so whatever ports a box names they count once."""
    icmp = box(
        4, IntervalSet.point(1), IntervalSet.point(443), EVERY_PORT, IntervalSet.point(1), IntervalSet.span(1, 5)
    )
    assert icmp.count() == 5
    assert icmp == box(4, IntervalSet.point(1), EVERY_PORT, EVERY_PORT, IntervalSet.point(1), IntervalSet.span(1, 5))


EVERY_PORT = IntervalSet.span(0, 65535)
