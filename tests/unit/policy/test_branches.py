"""Packets that come to a hop in only some worlds: what the hop decides there, told for all worlds."""

from __future__ import annotations

from netcheck.policy.branches import Branch, tell, together
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, settled
from netcheck.policy.facts import Fact, World, joint_outcomes
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

ROUTE, MEMBER, TAG = Fact("route takes it"), Fact("member"), Fact("tag holds it")
TAKEN, NOT_TAKEN = frozenset([(ROUTE, True)]), frozenset([(ROUTE, False)])
ONE, TWO = frozenset([(MEMBER, "one")]), frozenset([(MEMBER, "two")])
HELD, NOT_HELD = frozenset([(TAG, True)]), frozenset([(TAG, False)])
TCP, UDP = (ps.box(4, IntervalSet.point(number)) for number in (6, 17))


def says(name: str, passes: bool = True) -> Decision:
    """Return what a rule of that name decides."""
    return Decision(hop=HopKind.SUBNET_NSG, passes=passes, resource="nsg", rule=name)


def result(*parts: HopPart, direction: str = "Inbound", resource: str = "nsg", subnet: str = "") -> HopResult:
    """Return an NSG hop with some parts."""
    return HopResult(HopKind.SUBNET_NSG, direction, resource, parts, subnet)


def outcomes(branch: Branch, passes: bool) -> set[bool]:
    """Return whether the packets of a branch get through, where the one hop on it lets them pass or not."""
    [part] = tell(branch, result(settled(TCP, says("rule", passes)))).parts
    return joint_outcomes([[(case.when, case.passes) for case in part.cases]])


def test_in_every_world_a_hop_says_what_it_says() -> None:
    """A branch that packets certainly take changes nothing about the hops on it."""
    branch, found = Branch(TCP), result(settled(TCP, says("rule")))
    assert branch.is_certain
    assert tell(branch, found) == found


def test_outside_of_its_worlds_a_hop_is_not_met() -> None:
    """The decision holds where packets come to the hop; in the other worlds nobody there decides, and they pass it."""
    branch = Branch(TCP, (TAKEN,), (NOT_TAKEN,))
    [part] = tell(branch, result(settled(TCP, says("stop", passes=False)))).parts
    expected = (HopCase(TAKEN, says("stop", passes=False)), HopCase(NOT_TAKEN, None, is_met=False))
    assert (branch.is_certain, part) == (False, HopPart(TCP, expected))
    assert (outcomes(branch, passes=False), outcomes(branch, passes=True)) == ({True, False}, {True})


def test_the_cases_of_a_hop_join_the_worlds_of_the_branch() -> None:
    """Each case holds where its own fact and one world of the branch hold; what contradicts the branch is left out."""
    part = HopPart(TCP, (HopCase(HELD, says("yes")), HopCase(NOT_HELD, says("no", passes=False))))
    assert Branch(TCP, (ONE, TWO), (NOT_TAKEN,)).told(part).cases == (
        HopCase(ONE | HELD, says("yes")),
        HopCase(ONE | NOT_HELD, says("no", passes=False)),
        HopCase(TWO | HELD, says("yes")),
        HopCase(TWO | NOT_HELD, says("no", passes=False)),
        HopCase(NOT_TAKEN, None, is_met=False),
    )
    assert Branch(TCP, (HELD,), (NOT_HELD,)).told(part).cases == (
        HopCase(HELD, says("yes")),
        HopCase(NOT_HELD, None, is_met=False),
    )


def test_a_branch_of_a_branch_holds_the_packets_and_the_worlds_of_both() -> None:
    """Packets are on it where both let them be, and are not where either does not."""
    first, second = Branch(TCP | UDP, (TAKEN,), (NOT_TAKEN,)), Branch(TCP, (ONE,), (TWO,))
    assert first.also(second) == Branch(TCP, (TAKEN | ONE,), (NOT_TAKEN, TAKEN | TWO))
    assert first.also(Branch(TCP)) == Branch(TCP, (TAKEN,), (NOT_TAKEN,))
    assert Branch(TCP).also(first) == Branch(TCP, (TAKEN,), (NOT_TAKEN,))
    assert Branch(TCP).also(Branch(TCP | UDP)) == Branch(TCP)


def test_branches_that_exclude_each_other_hold_no_world() -> None:
    """The route that leads to the appliance in one world is not there for those that come straight in the other."""
    both = Branch(TCP, (TAKEN,), (NOT_TAKEN,)).also(Branch(TCP, (NOT_TAKEN,), (TAKEN,)))
    assert (both.when, set(both.unless)) == ((), {NOT_TAKEN, TAKEN})


def test_the_worlds_of_a_branch_of_branches_are_all_worlds() -> None:
    """Whatever the facts are, packets are on it or not: no world is lost, none stands on both sides."""
    branch = Branch(TCP, (TAKEN,), (NOT_TAKEN,)).also(Branch(TCP, (ONE,), (TWO,)))
    for taken in (True, False):
        for member in ("one", "two"):
            world: World = frozenset([(ROUTE, taken), (MEMBER, member)])
            on = any(one <= world for one in branch.when)
            off = any(one <= world for one in branch.unless)
            assert (on, off) == ((taken, member) == (True, "one"), (taken, member) != (True, "one"))


def at(packets: PacketSet, name: str) -> HopPart:
    """Return packets about which a rule decides."""
    return settled(packets, says(name))


def test_one_hop_on_several_branches_is_one_hop() -> None:
    """An NSG that some packets reach by one way and others by another is told once, with the parts of both."""
    found = together([result(at(TCP, "rule")), result(at(UDP, "rule"))])
    assert found == (result(at(TCP | UDP, "rule")),)
    assert together([result(at(TCP, "a")), result(at(UDP, "b"))]) == (result(at(TCP, "a"), at(UDP, "b")),)


def test_other_hops_stay_apart() -> None:
    """Another direction, resource or subnet is another hop, and the order of travel is kept."""
    every = (
        result(at(TCP, "rule")),
        result(at(TCP, "rule"), direction="Outbound"),
        result(at(TCP, "rule"), resource="other"),
        result(at(TCP, "rule"), subnet="v/s"),
        result(at(TCP, "rule"))._replace(hop=HopKind.NIC_NSG),
    )
    assert together(every) == every
    assert together([]) == ()
