"""Regions and hops: who decides where it depends, and what a hop does in the worlds in which packets come to it."""

from __future__ import annotations

from netcheck.path.leg import Region, Verdict, cut, verdict_at
from netcheck.policy.branches import Branch, tell
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, settled
from netcheck.policy.facts import ANY_WORLD, Fact, World
from netcheck.questions.answer import summarise
from netcheck.sets import packets as ps

MEMBER, LEAVES = Fact("member of the pool"), Fact("tag holds the address")
FIRST: World = frozenset([(MEMBER, "first")])
SECOND: World = frozenset([(MEMBER, "second")])


def decision(name: str, passes: bool) -> Decision:
    """Return what a rule of that name decides."""
    return Decision(hop=HopKind.SUBNET_NSG, passes=passes, resource="nsg", rule=name)


def hop(name: str, passes: bool, when: World, unless: World) -> HopResult:
    """Return a hop that packets meet in one world, as it is in both."""
    result = HopResult(HopKind.SUBNET_NSG, "Inbound", name, (settled(ps.EVERYTHING, decision(name, passes)),))
    return tell(Branch(ps.EVERYTHING, (when,), (unless,)), result)


def names(region: Region) -> list[str]:
    """Return the rules that decide about a region."""
    return [one.rule for one in region.decided_by()]


def test_a_hop_is_judged_in_the_worlds_in_which_packets_come_to_it() -> None:
    """The hop behind one member blocks whenever it is met; that packets may go elsewhere is not its doing."""
    [summary] = summarise([hop("deny", False, FIRST, SECOND)])
    assert (summary.verdict, [d.rule for d in summary.decided_by]) == (Verdict.BLOCKED, ["deny"])


def test_a_hop_without_deciding_rule_is_met_all_the_same() -> None:
    """A level without NSG lets packets pass and has nobody to name: it is not one that they miss."""
    [part] = hop("none", True, FIRST, SECOND)._replace(parts=(settled(ps.EVERYTHING, None),)).parts
    assert verdict_at(part.cases) is Verdict.REACHABLE
    assert verdict_at([HopCase(ANY_WORLD, None, is_met=False)]) is None


def test_a_hop_that_no_packet_comes_to_is_none_of_the_way() -> None:
    """Two branches that exclude each other leave a hop that is met in no world."""
    part = HopPart(ps.EVERYTHING, (HopCase(FIRST, None, is_met=False), HopCase(SECOND, None, is_met=False)))
    assert summarise([HopResult(HopKind.SUBNET_NSG, "Inbound", "nsg", (part,))]) == ()


def test_an_open_hop_stays_open_where_it_is_met() -> None:
    """What a hop does may depend on a fact of its own in the worlds in which packets come to it."""
    yes, no = frozenset([(LEAVES, True)]), frozenset([(LEAVES, False)])
    cases = [
        HopCase(FIRST | yes, decision("allow", True)),
        HopCase(FIRST | no, decision("deny", False)),
        HopCase(SECOND, None, is_met=False),
    ]
    assert verdict_at(cases) is Verdict.UNDETERMINED


def test_an_open_answer_names_who_lets_packets_through_and_who_does_not() -> None:
    """One member denies, the other allows: which of them gets the packet is open, and both rules are the answer."""
    [region] = cut(ps.EVERYTHING, [hop("deny", False, FIRST, SECOND), hop("allow", True, SECOND, FIRST)])
    assert (region.verdict, names(region)) == (Verdict.UNDETERMINED, ["deny", "allow"])


def test_an_open_answer_leaves_out_what_passes_before_a_certain_denial() -> None:
    """What the member lets pass that denies the packets at its next hop gets nothing through."""
    hops = [hop("pass", True, FIRST, SECOND), hop("deny", False, FIRST, SECOND), hop("allow", True, SECOND, FIRST)]
    [region] = cut(ps.EVERYTHING, hops)
    assert names(region) == ["deny", "allow"]


def test_an_open_answer_leaves_out_what_always_passes() -> None:
    """A rule that lets the packets pass in every world has no part in what is open."""
    always = HopResult(HopKind.NIC_NSG, "Outbound", "n", (settled(ps.EVERYTHING, decision("always", True)),))
    [region] = cut(ps.EVERYTHING, [always, hop("deny", False, FIRST, SECOND), hop("allow", True, SECOND, FIRST)])
    assert names(region) == ["deny", "allow"]


def test_an_open_answer_leaves_out_what_depends_on_another_fact() -> None:
    """Two rules that both let packets pass, whichever of them matches, are about a question that nobody asks."""
    cases = (
        HopCase(frozenset([(LEAVES, True)]), decision("by-tag", True)),
        HopCase(frozenset([(LEAVES, False)]), decision("by-rest", True)),
    )
    either = HopResult(HopKind.NIC_NSG, "Outbound", "n", (HopPart(ps.EVERYTHING, cases),))
    [region] = cut(ps.EVERYTHING, [either, hop("deny", False, FIRST, SECOND), hop("allow", True, SECOND, FIRST)])
    assert names(region) == ["deny", "allow"]


def test_a_blocked_answer_names_every_hop_that_lets_nothing_pass() -> None:
    """Behind the client's own rule each member denies what comes to it, and all three have to change."""
    first = HopResult(HopKind.NIC_NSG, "Outbound", "n", (settled(ps.EVERYTHING, decision("first", False)),))
    [region] = cut(ps.EVERYTHING, [first, hop("deny", False, FIRST, SECOND), hop("deny-too", False, SECOND, FIRST)])
    assert (region.verdict, names(region)) == (Verdict.BLOCKED, ["first", "deny", "deny-too"])
