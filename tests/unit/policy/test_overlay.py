"""Cutting packets by several divisions at once."""

from __future__ import annotations

from netcheck.policy.overlay import refine
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet, box


def to_ports(first: int, last: int) -> PacketSet:
    """Return all TCP packets over IPv4 to some ports."""
    return box(4, IntervalSet.point(6), IntervalSet.span(first, last))


def test_a_piece_inside_a_part_gets_its_label_and_the_rest_stays() -> None:
    """Each region is cut at the borders of the parts, and keeps the labels it had."""
    regions: dict[tuple[str, ...], PacketSet] = {("a",): to_ports(1, 10), ("b",): to_ports(11, 20)}
    assert refine(regions, [("x", to_ports(5, 15))]) == {
        ("a", "x"): to_ports(5, 10),
        ("a",): to_ports(1, 4),
        ("b", "x"): to_ports(11, 15),
        ("b",): to_ports(16, 20),
    }


def test_a_region_wholly_inside_a_part_leaves_nothing_behind() -> None:
    """No region is empty."""
    assert refine({(): to_ports(1, 10)}, [("x", to_ports(0, 99))]) == {("x",): to_ports(1, 10)}
    assert refine({("a",): EMPTY_PACKETS}, [("x", to_ports(0, 99))]) == {}


def test_pieces_with_equal_labels_are_one_region() -> None:
    """Parts may share a label, and a piece may come to the labels of another region: no packet is lost."""
    two = refine({(): to_ports(1, 10)}, [("x", to_ports(1, 2)), ("x", to_ports(9, 10))])
    assert two == {("x",): to_ports(1, 2) | to_ports(9, 10), (): to_ports(3, 8)}
    meeting = refine({(): to_ports(1, 10), ("x",): to_ports(50, 60)}, [("x", to_ports(1, 5))])
    assert meeting == {("x",): to_ports(1, 5) | to_ports(50, 60), (): to_ports(6, 10)}
