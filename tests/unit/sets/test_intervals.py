"""Interval sets against sets of points, tried out: every pair of sets of six numbers, every list of three spans."""

from __future__ import annotations

from itertools import product

import pytest

from netcheck.sets.intervals import EMPTY, IntervalSet, union

NUMBERS = range(6)
MASKS = range(1 << len(NUMBERS))


def of_mask(mask: int) -> IntervalSet:
    """Return the set of the numbers whose bits are on, in canonical form: cuts where a run begins and ends."""
    is_in = [False, *(bool(mask >> number & 1) for number in NUMBERS), False]
    return IntervalSet(tuple(at for at in range(len(NUMBERS) + 1) if is_in[at] is not is_in[at + 1]))


SETS = [of_mask(mask) for mask in MASKS]


@pytest.mark.parametrize("mask", MASKS)
def test_every_pair_of_small_sets_behaves_as_its_points(mask: int) -> None:
    """Intersection, union, difference, inclusion, disjointness and equality are those of the points."""
    one = SETS[mask]
    for other_mask, other in enumerate(SETS):
        pair = mask, other_mask
        assert (pair, one & other) == (pair, SETS[mask & other_mask])
        assert (pair, one | other) == (pair, SETS[mask | other_mask])
        assert (pair, one - other) == (pair, SETS[mask & ~other_mask])
        assert (pair, one <= other) == (pair, mask & ~other_mask == 0)
        assert (pair, one.is_disjoint(other)) == (pair, mask & other_mask == 0)
        assert (pair, one == other) == (pair, mask == other_mask)
        assert (pair, union([one, EMPTY, other])) == (pair, SETS[mask | other_mask])


@pytest.mark.parametrize("mask", MASKS)
def test_every_small_set_lists_its_points(mask: int) -> None:
    """Members, number, smallest member and spans are those of the points; a set has no neighbours of its members."""
    one = SETS[mask]
    members = [number for number in NUMBERS if mask >> number & 1]
    assert [number for number in range(len(NUMBERS) + 2) if number in one] == members
    assert (one.size, bool(one)) == (len(members), bool(members))
    assert [number for first, last in one.spans() for number in range(first, last + 1)] == members
    if members:
        assert one.first == members[0]


def test_every_list_of_three_spans_is_the_union_of_its_points() -> None:
    """Whatever their order, overlapping, nested, touching or apart: the set is canonical."""
    spans = [(first, last) for first in range(5) for last in range(first, 5)]
    for chosen in product(spans, repeat=3):
        mask = 0
        for first, last in chosen:
            mask |= sum(1 << number for number in range(first, last + 1))
        assert (chosen, IntervalSet.of(chosen)) == (chosen, SETS[mask])


def test_equal_sets_are_one_key() -> None:
    """Sets are compared by their members and nothing else, and equal sets have equal hashes."""
    built = IntervalSet.of([(3, 4), (1, 2)])
    assert {built: "x"}[IntervalSet.span(1, 4)] == "x"
    assert hash(built) == hash(IntervalSet.span(1, 4))
    assert len({hash(one) for one in SETS}) > len(SETS) // 2  # or tables of sets become slow
    assert built != IntervalSet.span(1, 5)
    assert built != (1, 5)
    assert IntervalSet.point(7) == IntervalSet.span(7, 7)


def test_a_set_that_an_operation_leaves_as_it_is_comes_back_itself() -> None:
    """What is inside one span, loses nothing or gains nothing is the same object: tables tell sets by identity."""
    some = IntervalSet.of([(2, 3), (5, 6)])
    for around in (IntervalSet.span(2, 6), IntervalSet.span(0, 6), IntervalSet.span(2, 9), IntervalSet.span(0, 9)):
        assert (some & around) is some
        assert (around & some) is some
    for apart in (EMPTY, IntervalSet.span(0, 1), IntervalSet.span(7, 9), IntervalSet.point(0), IntervalSet.point(9)):
        assert (some - apart) is some
    assert (some | EMPTY) is some
    assert (EMPTY | some) is some


def test_numbers_as_large_as_ipv6_addresses_are_exact() -> None:
    """Nothing is rounded at the upper end of the address space."""
    every, last = IntervalSet.span(0, 2**128 - 1), IntervalSet.point(2**128 - 1)
    assert (every.size, (every - last).size) == (2**128, 2**128 - 1)
    assert list((every - IntervalSet.point(2**127)).spans()) == [(0, 2**127 - 1), (2**127 + 1, 2**128 - 1)]
    assert (2**128 - 1 in every, 2**128 in every, 2**128 - 1 in every - last) == (True, False, False)
