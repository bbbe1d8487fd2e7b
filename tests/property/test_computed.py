"""What Azure's list does otherwise than the site's NSG, against the reference decider asked about each flow twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.model.address import AddressRange
from netcheck.model.rules import Access, Direction
from netcheck.model.site import NetworkInterface
from netcheck.policy.computed import Level, RuleDifference, compare_level
from netcheck.policy.decision import Decision, HopKind
from netcheck.policy.resolve import AddressBook
from tests.oracle.reference import WIRE_SERVER, Ruling
from tests.property.strategies import HERE, Drawn, drawn_groups, rules
from tests.property.test_oracle_nsg import SMALL, header, oracle_rulings, settled_flows

Both = tuple[frozenset[Ruling], frozenset[Ruling]]


def differences(own: Drawn, computed: Drawn, direction: Direction) -> tuple[RuleDifference, ...]:
    """Compare two groups at a NIC of the drawn subnet."""
    universe, subnet = own.universe, own.subnet
    assert subnet is not None
    address = AddressRange(universe.family, universe.addresses[0], universe.addresses[0])
    nic = NetworkInterface(name="nic", subnet=subnet.full_name, addresses=(address,), at=HERE)
    level = Level(own.nsg, computed.nsg, HopKind.NIC_NSG, subnet, nic)
    return compare_level(level, direction, AddressBook(own.site))


def rulings(decisions: tuple[Decision, ...]) -> frozenset[Ruling]:
    """Return who decides, as the reference decider tells it."""
    return frozenset(Ruling(Access.ALLOW if one.passes else Access.DENY, one.rule) for one in decisions)


def differ(ours: set[Ruling], azures: set[Ruling]) -> bool:
    """Return whether both are certain, and unlike."""
    accesses = [{one.access for one in side} for side in (ours, azures)]
    return all(len(side) == 1 for side in accesses) and accesses[0] != accesses[1]


@settings(SMALL, max_examples=60)
@given(drawn=drawn_groups(), data=st.data())
def test_exactly_the_flows_that_are_certainly_treated_unlike_differ(drawn: Drawn, data: st.DataObject) -> None:
    """Each stands in one difference, with all who decide about it on either side; no other flow is in any."""
    listed = data.draw(rules(drawn.universe) | st.just(drawn.nsg.rules[1:]))
    computed = replace(drawn, nsg=replace(drawn.nsg, rules=listed))
    for direction in Direction:
        found = differences(drawn, computed, direction)
        for flow in settled_flows(drawn.universe, direction):
            if direction is Direction.OUTBOUND and (flow.family, flow.destination) == (4, WIRE_SERVER):
                continue
            ours, azures = (oracle_rulings(side, direction, flow) for side in (drawn, computed))
            expected: list[Both] = [(frozenset(ours), frozenset(azures))] if differ(ours, azures) else []
            told = [(rulings(one.own), rulings(one.computed)) for one in found if header(flow) in one.packets]
            assert (flow, direction, expected) == (flow, direction, told)


@settings(SMALL, max_examples=40)
@given(drawn=drawn_groups())
def test_a_group_does_not_differ_from_itself(drawn: Drawn) -> None:
    """Whatever is unknown about it is unknown in both in the same way."""
    assert [differences(drawn, drawn, direction) for direction in Direction] == [(), ()]
