"""The service tags that no published file lists, as Azure was seen to expand them."""

from __future__ import annotations

from netcheck.model.address import parse_address, parse_prefix
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES

WIRE_SERVER = parse_address("168.63.129.16")
"""The platform's virtual address in every region (Microsoft Learn, "What is IP address 168.63.129.16?")."""
METADATA = parse_address("169.254.169.254")
KMS_PORT, DNS_PORT, METADATA_PORT = 1688, 53, 80


def prefixes(text: str) -> dict[int, IntervalSet]:
    """Return, per family, the union of prefixes separated by blanks."""
    found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for word in text.split():
        one = parse_prefix(word)[0]
        found[one.family].append((one.first, one.last))
    return {family: IntervalSet.of(spans) for family, spans in found.items()}


AZURE_LOAD_BALANCER = prefixes("168.63.129.16/32 fe80::1234:5678:9abc/128")
PLATFORM = prefixes("168.63.129.16/32 169.254.169.254/32")
"""Addresses that NSGs and user-defined routes do not touch, unless a rule names an `AzurePlatform*` tag."""

_NEVER_INTERNET = prefixes(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24 192.168.0.0/16 "
    "198.18.0.0/15 224.0.0.0/3"
)[4]
# Azure's expansion recorded with service API 2020-08-01 leaves out these legacy and unused blocks as well; no published
# tag of any year lies in them. Between the two readings the tag is not certain.
_NOT_INTERNET_2020 = prefixes(
    "13.96.0.0/13 20.128.0.0/16 20.130.0.0/16 20.144.0.0/14 20.176.0.0/13 21.0.0.0/8 22.0.0.0/8 25.0.0.0/12 "
    "25.28.0.0/14 25.33.80.0/20 25.41.3.0/25 25.64.0.0/10 25.128.0.0/14 25.142.0.0/15 25.144.0.0/12 25.160.0.0/11 "
    "25.192.0.0/11 25.224.0.0/12 25.244.0.0/14 25.248.0.0/15 25.250.0.0/18 25.250.64.0/20 25.250.80.0/22 "
    "25.250.84.0/23 25.251.0.0/16 25.252.0.0/15 25.254.0.0/21 25.254.8.0/24 25.254.16.0/20 25.254.64.0/18 "
    "25.254.128.0/17 25.255.0.0/16 40.66.128.0/17 52.132.0.0/14 52.145.0.0/16 104.212.36.0/22 104.212.52.0/22 "
    "129.75.0.0/16 134.177.0.0/16 138.196.0.0/16 141.251.0.0/16 146.147.0.0/16 192.32.0.0/16 192.100.102.0/23"
)[4]

INTERNET_UPPER = {4: ALL_ADDRESSES[4] - _NEVER_INTERNET, 6: prefixes("2000::/3")[6]}
INTERNET_LOWER = {4: INTERNET_UPPER[4] - _NOT_INTERNET_2020, 6: EMPTY}
"""No recording shows the tag's IPv6 half: for IPv6 it is anything up to global unicast."""
