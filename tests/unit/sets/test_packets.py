"""Sets of packets: boxes with fields left out, protocols without ports, examples, and counting without rounding."""

from __future__ import annotations

import pytest

from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import (
    EMPTY_PACKETS,
    EVERYTHING,
    Box,
    Header,
    PacketSet,
    box,
    field_values,
    first_values,
    whole_box,
)

TCP, ICMP = IntervalSet.point(6), IntervalSet.point(1)
ZERO, ONE = IntervalSet.point(0), IntervalSet.point(1)
PORTS, BITS = 65536, {4: 32, 6: 128}


def one(
    family: int, protocol: int, destination_port: int, source_port: int, source: int, destination: int
) -> PacketSet:
    """Return the set of one packet."""
    fields = protocol, destination_port, source_port, source, destination
    return box(family, *(IntervalSet.point(value) for value in fields))


@pytest.mark.parametrize("family", [4, 6])
def test_a_field_left_out_is_not_restricted(family: int) -> None:
    """Protocols, ports and addresses that are not given are all there are; ICMP counts once for all ports."""
    addresses = 2 ** BITS[family]
    assert box(family, TCP).count() == PORTS * PORTS * addresses * addresses
    assert box(family, TCP, sources=ONE).count() == PORTS * PORTS * addresses
    assert box(family, TCP, ZERO, destinations=ONE).count() == PORTS * addresses
    assert box(family, TCP, source_ports=ZERO, destinations=ONE).count() == PORTS * addresses
    assert box(family, ICMP, ZERO).count() == addresses * addresses
    assert box(family).count() == (2 * PORTS * PORTS + 254) * addresses * addresses


@pytest.mark.parametrize("empty", range(5))
def test_a_box_with_an_empty_field_is_empty(empty: int) -> None:
    """Whichever field it is, no packet is in the box."""
    fields = [TCP, ZERO, ZERO, ONE, ONE]
    fields[empty] = EMPTY
    assert box(4, *fields) == EMPTY_PACKETS
    assert not box(4, *fields)


def test_a_protocol_without_ports_is_there_whatever_ports_are_given() -> None:
    """A box for TCP and ICMP and port 0 is one product; for another port ICMP keeps the port 0."""
    both = IntervalSet.of([(1, 1), (6, 6)])
    at_zero = box(4, both, ZERO, ZERO, ONE, ONE)
    assert at_zero == one(4, 6, 0, 0, 1, 1) | one(4, 1, 0, 0, 1, 1)
    assert len(list(at_zero.boxes())) == 1
    assert box(4, both, ONE, ZERO, ONE, ONE) == one(4, 6, 1, 0, 1, 1) | one(4, 1, 0, 0, 1, 1)
    assert box(4, both, EMPTY, ZERO, ONE, ONE) == one(4, 1, 0, 0, 1, 1)


def test_families_are_apart() -> None:
    """A box of one family shares nothing with the other, however alike its fields are."""
    four, six = one(4, 6, 443, 5, 1, 1), one(6, 6, 443, 5, 1, 1)
    assert four & six == EMPTY_PACKETS
    assert (four | six) - four == six
    assert Header(4, 6, 443, 5, 1, 1) in four
    assert Header(6, 6, 443, 5, 1, 1) not in four
    assert (four <= four | six, four | six <= four) == (True, False)
    assert (four | six).count() == 2
    assert [bool(x) for x in (four, six, four & six)] == [True, True, False]


def test_an_example_has_an_ephemeral_source_port_where_one_is_allowed() -> None:
    """One example, with source port 49152, else the wanted one, else the smallest that the set has."""
    packets = box(4, TCP, IntervalSet.of([(443, 443), (80, 80)]), sources=IntervalSet.span(4, 9), destinations=ONE)
    assert list(packets.examples()) == [Header(4, 6, 80, 49152, 4, 1)]
    assert list(packets.examples(source_port=50000)) == [Header(4, 6, 80, 50000, 4, 1)]
    few = box(4, TCP, ZERO, IntervalSet.span(1024, 2048), ONE, ONE)
    assert list(few.examples()) == [Header(4, 6, 0, 1024, 1, 1)]


def test_examples_come_from_different_boxes() -> None:
    """There are as many as are asked for, or as the set has boxes."""
    packets = one(4, 6, 80, 5, 1, 1) | one(4, 6, 443, 6, 2, 2) | one(6, 6, 443, 6, 2, 2)
    assert [len(list(packets.examples(most))) for most in (0, 1, 2, 3, 9)] == [0, 1, 2, 3, 3]
    assert all(header in packets for header in packets.examples(9))
    assert len(list(packets.examples())) == 1
    assert list(EMPTY_PACKETS.examples()) == []


def test_pairs_of_destination_and_port_are_counted_without_rounding() -> None:
    """Sources and source ports do not count, and numbers beyond the exact floats stay exact."""
    many = IntervalSet.span(0, 2**64)
    assert box(6, TCP, IntervalSet.span(1, 3), destinations=many).count_pairs() == 3 * (2**64 + 1)
    assert type(box(4, TCP, ONE, ONE, ONE, ONE).count_pairs()) is int
    twice = box(4, TCP, ONE, ZERO, ONE, ONE) | box(4, TCP, ONE, ONE, ZERO, IntervalSet.span(1, 2))
    assert twice.count_pairs() == 2


def test_the_extent_is_the_smallest_box_around_the_packets_of_a_family() -> None:
    """Each field of it has the values that occur in the packets of the family, and no others."""
    two = one(4, 6, 80, 5, 1, 9) | one(4, 17, 443, 6, 2, 9)
    both = IntervalSet.of([(6, 6), (17, 17)]), IntervalSet.of([(80, 80), (443, 443)]), IntervalSet.span(5, 6)
    expected = Box(4, *both, IntervalSet.span(1, 2), IntervalSet.point(9))
    assert (two | one(6, 1, 0, 0, 7, 7)).extent(4) == expected
    assert (two | one(6, 1, 0, 0, 7, 7)).extent(6) == Box(
        6, ICMP, ZERO, ZERO, IntervalSet.point(7), IntervalSet.point(7)
    )
    assert EVERYTHING.extent(6) == whole_box(6)
    assert box(4, TCP).extent(4) == whole_box(4)._replace(protocols=TCP)


def test_the_first_packet_is_the_first_example() -> None:
    """The first values of a diagram are those of its first box."""
    packets = one(4, 17, 443, 6, 2, 9) | one(4, 6, 80, 5, 1, 8) | one(4, 6, 80, 5, 1, 9)
    assert first_values(packets.v4) == (6, 80, 5, 1, 8)
    assert first_values(box(6, TCP, ONE).v6) == (6, 1, 0, 0, 0)


def test_the_values_of_a_diagram_are_listed_field_by_field_without_repetition() -> None:
    """A set that occurs in several places of one field is listed once."""
    packets = one(4, 6, 80, 5, 1, 9) | one(4, 17, 443, 5, 2, 9)
    listed = [{tuple(values.spans()) for values in level} for level in field_values(packets.v4)]
    assert listed == [
        {((6, 6),), ((17, 17),)},
        {((80, 80),), ((443, 443),)},
        {((5, 5),)},
        {((1, 1),), ((2, 2),)},
        {((9, 9),)},
    ]
    assert [len(level) for level in field_values(packets.v4)] == [2, 2, 1, 2, 1]


def test_everything_is_both_families() -> None:
    """The whole space is the two boxes without restriction, and what it lacks is nothing."""
    assert box(4) | box(6) == EVERYTHING
    assert (EVERYTHING - box(4), EVERYTHING - EVERYTHING) == (box(6), EMPTY_PACKETS)
    assert EVERYTHING.project("protocols") == {4: IntervalSet.span(0, 255), 6: IntervalSet.span(0, 255)}
