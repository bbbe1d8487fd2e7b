"""What `Internet` was seen to cover: everything but the prefixes listed here.

Two expansions by the service are on record (API versions 2017-08-01 and 2020-08-01); the later one leaves out more.
What only the later one leaves out may or may not be in the tag.
"""

from __future__ import annotations

from ipaddress import ip_network

SURELY_OUTSIDE = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24 192.168.0.0/16
    198.18.0.0/15 224.0.0.0/3
"""
OUTSIDE_IN_2020 = """
    0.0.0.0/8 10.0.0.0/8 13.96.0.0/13 20.128.0.0/16 20.130.0.0/16 20.144.0.0/14 20.176.0.0/13 21.0.0.0/8 22.0.0.0/8
    25.0.0.0/12 25.28.0.0/14 25.33.80.0/20 25.41.3.0/25 25.64.0.0/10 25.128.0.0/14 25.142.0.0/15 25.144.0.0/12
    25.160.0.0/11 25.192.0.0/11 25.224.0.0/12 25.244.0.0/14 25.248.0.0/15 25.250.0.0/18 25.250.64.0/20 25.250.80.0/22
    25.250.84.0/23 25.251.0.0/16 25.252.0.0/15 25.254.0.0/21 25.254.8.0/24 25.254.16.0/20 25.254.64.0/18 25.254.128.0/17
    25.255.0.0/16 40.66.128.0/17 52.132.0.0/14 52.145.0.0/16 100.64.0.0/10 104.212.36.0/22 104.212.52.0/22 127.0.0.0/8
    129.75.0.0/16 134.177.0.0/16 138.196.0.0/16 141.251.0.0/16 146.147.0.0/16 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24
    192.32.0.0/16 192.100.102.0/23 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3
"""


def all_but(listing: str) -> list[tuple[int, int]]:
    """Return the IPv4 addresses outside the listed prefixes, as (first, last) pairs."""
    found, start = [], 0
    for network in sorted(ip_network(text) for text in listing.split()):
        if int(network[0]) > start:
            found.append((start, int(network[0]) - 1))
        start = int(network[-1]) + 1
    return found if start == 2**32 else [*found, (start, 2**32 - 1)]


KNOWN = all_but(OUTSIDE_IN_2020)
POSSIBLE = all_but(SURELY_OUTSIDE)
