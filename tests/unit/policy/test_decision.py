"""What a hop says: decisions as text and JSON, parts that one decision or one fact settles, and their join."""

from __future__ import annotations

from dataclasses import replace

from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, merge, settled
from netcheck.policy.facts import ANY_WORLD, Fact
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet, box

RULE = Decision(
    hop=HopKind.NIC_NSG,
    passes=False,
    direction="Outbound",
    resource="nsg-app",
    rule="deny-internet",
    priority=4000,
    at="site.yaml:9:5",
)
NOTE = Decision(hop=HopKind.EGRESS, passes=True, note="default outbound access")
FACT = Fact("outbound access of v/s")


def to_addresses(*addresses: int) -> PacketSet:
    """Return all IPv4 packets to some addresses."""
    return box(4, destinations=IntervalSet.of((a, a) for a in addresses))


def test_a_decision_as_text_names_hop_access_rule_and_number() -> None:
    """Where no rule has a name the note stands in its place; a number that is absent or not known (0) is not shown."""
    assert str(RULE) == "nic-nsg deny deny-internet (4000)"
    assert str(replace(RULE, priority=None)) == "nic-nsg deny deny-internet"
    assert str(replace(RULE, passes=True, priority=0)) == "nic-nsg allow deny-internet"
    assert str(NOTE) == "egress allow default outbound access"


def test_a_decision_as_json_has_every_key_and_null_for_what_is_absent() -> None:
    """Programs read hop, direction, resource, rule, priority, access and place; a note only where there is one."""
    assert RULE.to_dict() == {
        "hop": "nic-nsg",
        "direction": "Outbound",
        "resource": "nsg-app",
        "rule": "deny-internet",
        "priority": 4000,
        "access": "Deny",
        "at": "site.yaml:9:5",
    }
    assert NOTE.to_dict() == {
        "hop": "egress",
        "direction": None,
        "resource": None,
        "rule": None,
        "priority": None,
        "access": "Allow",
        "at": None,
        "note": "default outbound access",
    }
    assert type(RULE.to_dict()["hop"]) is str


def test_a_case_passes_unless_its_decision_blocks() -> None:
    """A hop that has nothing that decides lets packets pass."""
    assert [HopCase(ANY_WORLD, one).passes for one in (RULE, NOTE, None)] == [False, True, True]


def test_a_settled_part_holds_in_every_world() -> None:
    """One decision settles a part without any condition."""
    packets = to_addresses(1)
    assert settled(packets, RULE) == HopPart(packets, (HopCase(frozenset(), RULE),))


def test_a_part_that_depends_on_a_fact_has_a_case_for_each_value() -> None:
    """The first decision holds where the fact does, the second where it does not."""
    packets = to_addresses(1)
    expected = (HopCase(frozenset({(FACT, True)}), NOTE), HopCase(frozenset({(FACT, False)}), RULE))
    assert depends(packets, FACT, NOTE, RULE) == HopPart(packets, expected)


def test_parts_with_equal_cases_are_joined_and_empty_ones_dropped() -> None:
    """Joining keeps every packet, in the order in which the cases first occur."""
    parts = [
        settled(to_addresses(1), RULE),
        settled(EMPTY_PACKETS, None),
        settled(to_addresses(2), NOTE),
        settled(to_addresses(3), RULE),
        depends(to_addresses(4), FACT, NOTE, RULE),
    ]
    assert merge(parts) == (
        settled(to_addresses(1, 3), RULE),
        settled(to_addresses(2), NOTE),
        depends(to_addresses(4), FACT, NOTE, RULE),
    )


def test_the_packets_of_a_result_are_those_of_its_parts() -> None:
    """A hop meets what is in any of its parts."""
    parts = (settled(to_addresses(1), RULE), settled(to_addresses(2, 5), None))
    assert HopResult(HopKind.ROUTE, "Outbound", "v/s", parts).packets == to_addresses(1, 2, 5)
    assert HopResult(HopKind.ROUTE, "Outbound", "v/s", ()).packets == EMPTY_PACKETS
