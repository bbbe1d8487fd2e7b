"""Ports and protocols as rules spell them."""

from __future__ import annotations

import pytest

from netcheck.model.ports import PortError, PortRange, parse_port_range, parse_protocol, protocol_word


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("443", 443, 443), ("80-443", 80, 443), ("*", 0, 65535), ("Any", 0, 65535), (" 80 - 443 ", 80, 443),
        ("0", 0, 0), ("65535", 65535, 65535), ("0-65535", 0, 65535), ("00080", 80, 80), ("443-443", 443, 443),
    ],
)  # fmt: skip
def test_a_port_is_a_number_a_range_or_a_star(text: str, first: int, last: int) -> None:
    """Both ends of a range belong to it: 80-443 is 364 ports."""
    found = parse_port_range(text)
    assert found == PortRange(first, last)
    assert parse_port_range("80-443").last - parse_port_range("80-443").first + 1 == 364


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "80,443",
        "65536",
        "99999999999999999999",
        "443-80",
        "-",
        "80-",
        "-80",
        "1-2-3",
        "http",
        "8\u0660",
        "1e3",
        "+80",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """Lists in a singular field, numbers out of range, ranges that run backwards and words are errors."""
    with pytest.raises(PortError):
        parse_port_range(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Tcp", (6,)), ("UDP", (17,)), ("*", ()), ("Any", ()), ("all", ()), ("Icmp", (1, 58)), ("Esp", (50,)),
        ("AH", (51,)), ("47", (47,)), ("255", (255,)), ("0", (0,)),
    ],
)  # fmt: skip
def test_protocols_are_read_in_any_letter_case(text: str, numbers: tuple[int, ...]) -> None:
    """Words of Azure and of people, and numbers; no numbers means every protocol."""
    found = parse_protocol(text)
    assert (found.numbers, found.is_any) == (numbers, numbers == ())


@pytest.mark.parametrize("text", ["", "tpc", "256", "-1", "6.0", "tcp,udp", "\u0666"])
def test_no_protocol_is_an_error(text: str) -> None:
    """What is no protocol is never read as any."""
    with pytest.raises(ValueError, match="not a protocol"):
        parse_protocol(text)


def test_words_for_protocols_are_told_apart_by_family() -> None:
    """`icmp` is 1 over IPv4 and 58 over IPv6; each is a number over the other family."""
    assert [protocol_word(n, 4) for n in (6, 17, 1, 58, 50, 51, 47)] == ["tcp", "udp", "icmp", "58", "esp", "ah", "47"]
    assert [protocol_word(n, 6) for n in (1, 58)] == ["1", "icmp"]
