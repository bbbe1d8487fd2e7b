"""The built-in addresses: what Azure's platform owns, and how a list of prefixes is read."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from netcheck.policy.builtin import AZURE_LOAD_BALANCER, INTERNET_UPPER, METADATA, PLATFORM, WIRE_SERVER, prefixes
from netcheck.sets.intervals import EMPTY, IntervalSet


def test_prefixes_are_told_apart_by_family() -> None:
    """IPv4 and IPv6 prefixes of one text come back as one set each, a family that is not named as the empty set."""
    v4, v6 = ip_network("10.0.0.0/31"), ip_network("fd00::/127")
    expected = {
        4: IntervalSet.of([(int(v4[0]), int(v4[1])), (int(ip_address("192.0.2.1")),) * 2]),
        6: IntervalSet.span(int(v6[0]), int(v6[1])),
    }
    assert prefixes("10.0.0.0/31 fd00::/127\n 192.0.2.1") == expected
    assert prefixes("10.0.0.0/31") == {4: IntervalSet.span(int(v4[0]), int(v4[1])), 6: EMPTY}


def test_platform_addresses_are_those_of_the_documentation() -> None:
    """168.63.129.16 and 169.254.169.254 are the platform's; probes come from the first, over IPv6 from fe80::…9abc."""
    wire, metadata = int(ip_address("168.63.129.16")), int(ip_address("169.254.169.254"))
    assert (WIRE_SERVER.first, WIRE_SERVER.last, WIRE_SERVER.family) == (wire, wire, 4)
    assert (METADATA.first, METADATA.last, METADATA.family) == (metadata, metadata, 4)
    assert PLATFORM[4] == IntervalSet.of([(wire, wire), (metadata, metadata)])
    assert PLATFORM[6] == EMPTY
    assert AZURE_LOAD_BALANCER[4] == IntervalSet.point(wire)
    assert INTERNET_UPPER[6] == IntervalSet.span(int(ip_network("2000::/3")[0]), int(ip_network("2000::/3")[-1]))
