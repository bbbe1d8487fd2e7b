"""Atoms of a field, compared with values looked at one by one; bitsets of every length and density."""

from __future__ import annotations

from random import Random

import pytest

from netcheck.sets.atoms import Field, positions
from netcheck.sets.intervals import IntervalSet

TOP = 400
WHOLE = IntervalSet.span(0, TOP)


@pytest.mark.parametrize("width", [1, 8, 127, 128, 129, 200, 1000, 5000])
@pytest.mark.parametrize("share", [0.0, 0.005, 0.05, 0.3, 0.9, 1.0])
def test_positions_are_those_of_the_one_bits(width: int, share: float) -> None:
    """Short and long integers, few and many ones, the first and the last bit: all in order, none twice."""
    random = Random(f"{width} {share}")
    chosen = {place for place in range(width) if random.random() < share}
    for more in (set[int](), {0}, {width - 1}, {0, width - 1}):
        expected = sorted(chosen | more)
        assert expected == list(positions(sum(1 << place for place in expected)))


@pytest.mark.parametrize("ones", range(6, 12))
def test_positions_of_a_long_integer_with_about_as_many_ones_as_make_a_difference(ones: int) -> None:
    """Where another way of counting begins, nothing is lost: evenly spread, all at the start, all at the end."""
    for width in (128, 129, 160, 1000):
        step = (width - 1) // (ones - 1)
        for places in (range(0, ones * step, step), range(ones), range(width - ones, width)):
            assert list(places) == list(positions(sum(1 << place for place in places)))


def rule_sets(seed: int) -> list[IntervalSet]:
    """Return sets of a few spans, some of them twice, and the whole."""
    random = Random(f"field {seed}")
    found = [WHOLE]
    for _ in range(40):
        spans = []
        for _ in range(random.randint(1, 4)):
            first = random.randint(0, TOP)
            spans.append((first, min(TOP, first + random.choice((0, 1, 5, 60)))))
        found.append(IntervalSet.of(spans))
    return [*found, found[3], found[7]]


@pytest.mark.parametrize("seed", range(6))
def test_atoms_tell_apart_exactly_what_some_rule_tells_apart(seed: int) -> None:
    """Two values share an atom exactly if the same rules match both; each atom and each rule says so."""
    rules = rule_sets(seed)
    field = Field([WHOLE], WHOLE, rules)
    groups: dict[frozenset[int], list[int]] = {}
    for value in range(TOP + 1):
        groups.setdefault(frozenset(i for i, one in enumerate(rules) if value in one), []).append(value)
    assert len(groups) == len(field)
    for (matching, values), mask in zip(groups.items(), field.masks, strict=True):  # both in order of first values
        assert matching == set(positions(mask))
        [atom] = [i for i in range(len(field)) if values[0] in field.decode(1 << i)]
        assert IntervalSet.of((value, value) for value in values) == field.decode(1 << atom)
        assert len(values) == field.size(1 << atom)
    for one, bits in zip(rules, field.bits, strict=True):
        assert one == field.decode(bits)
        assert one.size == field.size(bits) == field.size(bits)
    assert set(positions(field.whole)) == {i for i, one in enumerate(rules) if one is WHOLE}


@pytest.mark.parametrize("seed", range(6))
def test_what_is_asked_of_some_atoms_is_what_looking_at_each_gives(seed: int) -> None:
    """Which rules match some and all of them, which atoms a rule of several has, which few rules match."""
    random, rules = Random(f"asked {seed}"), rule_sets(seed)
    field = Field([WHOLE], WHOLE, rules)
    for _ in range(30):
        atoms = sorted(random.sample(range(len(field)), random.randint(1, len(field))))
        bits = sum(1 << atom for atom in atoms)
        masks = [set(positions(field.masks[atom])) for atom in atoms]
        found = field.matching(bits)
        assert set.union(*masks) == set(positions(found.some))
        assert set.intersection(*masks) == set(positions(found.every))
        fewest = min(len(mask) for mask in masks)
        assert len(list(positions(found.loneliest))) == fewest
        ordered = field.by_loneliness(bits)
        assert atoms == sorted(ordered)
        crowds = [len(list(positions(field.masks[atom]))) for atom in ordered]
        assert crowds == sorted(crowds)
        chosen = random.sample(range(len(rules)), 3)
        expected = {atom for atom in range(len(field)) if any(field.bits[i] >> atom & 1 for i in chosen)}
        assert expected == set(positions(field.any_of(sum(1 << i for i in chosen))))


def test_popular_rules_match_at_least_one_in_so_many_atoms() -> None:
    """With eight atoms, one in two is four: the whole and the half are popular, the quarter is not."""
    half, quarter = IntervalSet.span(0, 3), IntervalSet.span(4, 5)
    points = [IntervalSet.point(value) for value in range(7)]
    whole = IntervalSet.span(0, 7)
    field = Field([whole], whole, [whole, quarter, half, *points])
    assert len(field) == 8
    assert list(positions(field.popular(2))) == [0, 2]
    assert list(positions(field.popular(4))) == [0, 1, 2]


def test_values_outside_what_is_asked_have_no_atom() -> None:
    """A question about two spans: what lies between them is in no atom, and each asked set has its own atoms."""
    low, high = IntervalSet.span(10, 19), IntervalSet.span(30, 39)
    extent = low | high
    field = Field([low, high], extent, [IntervalSet.span(15, 19), IntervalSet.of([(18, 19), (30, 31)]), extent])
    assert [low, high] == [field.decode(bits) for bits in field.asked]
    assert field.decode(field.every) == extent
    assert field.size(field.every) == 20
    assert [field.size(bits) for bits in field.bits] == [5, 4, 20]
    assert 25 not in field.decode(field.bits[0] | field.bits[1])
