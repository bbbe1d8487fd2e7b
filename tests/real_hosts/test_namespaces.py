"""The namespaces tell truly what a firewall lets through."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netcheck.model.hosts import Hook
from netcheck.sets.packets import Header
from tests.real_hosts.namespaces import PROTOCOLS, Machines, RefusedError

pytestmark = pytest.mark.real_hosts
_NFT = ("nft", "-f", "-")


def _number(text: str) -> int:
    return int(ip_address(text))


def _headers(hook: Hook) -> list[Header]:
    """Return one packet for each protocol of each family, of each of some far addresses."""
    near = {4: "10.9.0.4", 6: "fd00:9::5"}
    far = {4: "203.0.113.7", 6: "2001:db8::7"}
    served = {4: "10.8.3.4", 6: "fd00:8::1"}
    found: list[Header] = []
    for family in (4, 6):
        ends = {
            Hook.INPUT: (far[family], near[family]),
            Hook.OUTPUT: (near[family], far[family]),
            Hook.FORWARD: (far[family], served[family]),
        }[hook]
        for protocol in PROTOCOLS:
            if protocol != (58 if family == 4 else 1):
                ports = (443, 40000) if protocol in (6, 17) else (0, 0)
                found.append(Header(family, protocol, *ports, *(_number(end) for end in ends)))
    return found


@pytest.mark.parametrize("hook", Hook)
def test_without_rules_every_packet_comes_through(host: Machines, hook: Hook) -> None:
    host.load(_NFT, "flush ruleset")
    assert all(host.send(hook, _headers(hook)))


@pytest.mark.parametrize("hook", Hook)
@pytest.mark.parametrize("verdict", ["drop", "reject"])
def test_a_rule_stops_what_it_matches_and_nothing_else(host: Machines, hook: Hook, verdict: str) -> None:
    rules = f"table inet t {{ chain c {{ type filter hook {hook} priority 0; udp dport 443 {verdict}; }}; }}"
    host.load(_NFT, f"flush ruleset; {rules}")
    headers = _headers(hook)
    assert host.send(hook, headers) == [header.protocol != 17 for header in headers]


def test_connections_are_forgotten(host: Machines) -> None:
    """A second packet of a connection would not be NEW; after forgetting it is."""
    rules = (
        "table inet t { chain c { type filter hook input priority 0; ct state new ct mark set 1; ct mark 1 accept; }; }"
    )
    host.load(_NFT, f"flush ruleset; {rules}")
    host.forget_connections()
    host.send(Hook.INPUT, _headers(Hook.INPUT))
    assert _connections(host) > 0
    host.forget_connections()
    assert _connections(host) == 0


def test_a_refused_file_is_an_error_that_says_why(host: Machines) -> None:
    with pytest.raises(RefusedError, match="syntax error"):
        host.load(_NFT, "flush rulesets")


def test_headers_must_differ(host: Machines) -> None:
    with pytest.raises(ValueError, match="must differ"):
        host.send(Hook.INPUT, _headers(Hook.INPUT)[:1] * 2)


def _connections(host: Machines) -> int:
    return int(host.run(("cat", "/proc/sys/net/netfilter/nf_conntrack_count")).stdout)
