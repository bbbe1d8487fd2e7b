"""What a packet's hops come to together is what trying every world with plain loops gives."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.policy.facts import ANY_WORLD, Fact, World, is_consistent, joint_outcomes

LAW = settings(max_examples=80, deadline=None, print_blob=True)
VALUES: dict[Fact, tuple[bool | str, ...]] = {
    Fact("tag", "source"): (True, False),
    Fact("tag", "destination"): (True, False),
    Fact("profile"): ("Domain", "Private", "Public"),
}
EVERY_WORLD: list[World] = [frozenset(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
Hop = list[tuple[World, bool]]


@st.composite
def hops(draw: st.DrawFn, world: World = ANY_WORLD) -> Hop:
    """Draw a hop: it asks for facts one after the other, and each answer leads to a decision."""
    unasked = [fact for fact in VALUES if fact not in {known for known, _ in world}]
    fact = draw(st.sampled_from([None, *unasked]))
    if fact is None:
        return [(world, draw(st.booleans()))]
    return [case for value in VALUES[fact] for case in draw(hops(world | {(fact, value)}))]


def passes(hop: Hop, world: World) -> bool:
    """Return whether a hop lets the packet pass in a world that settles every fact."""
    [decided] = [one for when, one in hop if when <= world]
    return decided


@LAW
@given(st.lists(hops(), max_size=4))
def test_a_packet_passes_where_one_world_lets_it_pass_every_hop(drawn: list[Hop]) -> None:
    """The outcomes are those that occur among all worlds, each of which every hop decides for itself."""
    expected = {all(passes(hop, world) for hop in drawn) for world in EVERY_WORLD}
    assert joint_outcomes(drawn) == expected


@LAW
@given(st.lists(hops(), max_size=4), st.integers(0, 6))
def test_giving_up_early_never_excludes_what_can_happen(drawn: list[Hop], most: int) -> None:
    """With few steps the answer may be open where it is settled, and is never settled wrongly."""
    assert joint_outcomes(drawn) <= joint_outcomes(drawn, most)


@LAW
@given(
    st.lists(st.sampled_from(EVERY_WORLD).flatmap(lambda w: st.sets(st.sampled_from(sorted(w, key=str)))), max_size=3)
)
def test_partial_worlds_agree_exactly_if_one_world_holds_them_all(drawn: list[set[tuple[Fact, bool | str]]]) -> None:
    """Consistency is the existence of a whole world around all the partial ones."""
    worlds = [frozenset(one) for one in drawn]
    assert is_consistent(worlds) is any(all(one <= world for one in worlds) for world in EVERY_WORLD)
