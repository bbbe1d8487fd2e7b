"""Addresses and prefixes: the usual spelling is read by look-ups, and must mean what others read in it."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcheck.model.address import AddressError, AddressRange, parse_endpoint, parse_prefix, parse_spans
from tests.unit.sources.shared import shared_folder

ODD = ["00", "01", "0", "1", "255", "256", "+1", " 1", "1_0", "٣", "-1", "", "0x1", "1e1", "32", "33", "032"]


def expected_of(text: str) -> AddressRange:
    """Return what the standard library makes of a prefix, host bits masked."""
    network = ipaddress.ip_network(text, strict=False)
    return AddressRange(4 if network.version == 4 else 6, int(network.network_address), int(network.broadcast_address))


def test_every_published_prefix_means_what_the_standard_library_says() -> None:
    """All prefixes of all recorded tag files, one by one and in bulk."""
    folder = shared_folder("service_tags")
    texts: dict[str, None] = {}
    for path in sorted(folder.glob("ServiceTags_*.json")):
        for value in json.loads(path.read_text(encoding="utf-8-sig"))["values"]:
            texts.update(dict.fromkeys(value["properties"]["addressPrefixes"]))
    assert len(texts) > 50_000
    expected = [expected_of(text) for text in texts]
    assert expected == [parse_prefix(text)[0] for text in texts]
    assert [(one.first, one.last) for one in expected] == list(parse_spans(texts))


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_an_ipv4_prefix_is_its_network(address: int, length: int) -> None:
    """Host bits are masked, with a note that names the network; blanks around it mean nothing."""
    text = f"{ipaddress.IPv4Address(address)}/{length}"
    found, note = parse_prefix(text)
    assert expected_of(text) == found
    assert bool(note) == (found.first != address)
    assert (found, note) == parse_prefix(f" {text}\t") == parse_endpoint(text)
    assert [(found.first, found.last)] == list(parse_spans([text]))


@given(st.integers(0, 2**128 - 1), st.integers(0, 128))
def test_an_ipv6_prefix_is_its_network(address: int, length: int) -> None:
    """The same for IPv6, spelled out or shortened."""
    for spelled in (str(ipaddress.IPv6Address(address)), ipaddress.IPv6Address(address).exploded):
        found, note = parse_prefix(f"{spelled}/{length}")
        assert expected_of(f"{spelled}/{length}") == found
        assert bool(note) == (found.first != address)
        assert [(found.first, found.last)] == list(parse_spans([f"{spelled}/{length}"]))


@pytest.mark.parametrize("odd", ODD)
def test_odd_numbers_are_refused_where_the_standard_library_refuses_them(odd: str) -> None:
    """`int` takes signs, blanks, underscores and the digits of all scripts; a prefix holds none of them."""
    for text in (f"{odd}.1.2.3/0", f"1.{odd}.2.3/0", f"1.2.{odd}.3/0", f"1.2.3.{odd}/0", f"0.0.0.0/{odd}"):
        try:
            expected = expected_of(text.strip())
        except ValueError:
            with pytest.raises(AddressError):
                parse_prefix(text)
        else:
            assert expected == parse_prefix(text)[0]


@pytest.mark.parametrize(
    "text", ["1.2.3.4/", "1.2.3/24", "1.2.3.4.5/24", "1.2.3.4/24/24", "::1/129", "::1/", "1::2::3/64"]
)
def test_what_has_another_shape_is_refused(text: str) -> None:
    """In bulk as one by one."""
    with pytest.raises(AddressError):
        parse_prefix(text)
    with pytest.raises(AddressError):
        list(parse_spans([text]))
