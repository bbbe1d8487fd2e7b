"""Each kind of match and statement, loaded alone: text and JSON read alike, and packets end as netcheck says."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.model.hosts import Hook
from tests.real_hosts.namespaces import Machines, RefusedError, missing
from tests.real_hosts.nft_campaign import Tally, compare, read_forms
from tests.real_hosts.random_nft import Drawer

pytestmark = pytest.mark.real_hosts
RULES = """
ct state new drop ;; ct state == new drop ;; ct state != new drop ;; ct state ! new drop
ct state established,related drop ;; ct state { established, new } drop ;; ct state != { established, new } drop
ct state vmap { new : drop, * : accept } ;; ct state & (established|new) == new drop ;; ct direction original drop
ct direction reply drop ;; ct status dnat drop ;; ct status ! dnat drop ;; ct original ip saddr 10.1.0.1 drop
ct mark 0 drop ;; ct mark & 0xff != 0 drop ;; ct bytes > 5 drop ;; tcp flags syn drop ;; tcp flags == syn drop
tcp flags != syn drop ;; tcp flags ! syn drop ;; tcp flags { syn, syn|ack } drop
tcp flags & (syn|ack) != syn drop ;; tcp flags & (syn|ack) == (syn|ack) drop ;; tcp flags & syn == 0 drop
tcp flags syn / syn,ack drop ;; tcp option maxseg exists drop ;; tcp option maxseg missing drop
iifname "eth0" drop ;; iifname { "eth*", "lo" } drop ;; iifname != "lo" drop ;; iif "lo" drop ;; iif != "lo" drop
oifname "eth0" drop ;; oifname != "eth0" drop ;; oif "eth0" drop ;; oif != { "eth0", "lo" } drop ;; iifgroup 0 drop
iifname . tcp dport { "eth0" . 22, "lo" . 80 } drop ;; iifname . tcp dport != { "eth0" . 22 } drop
iifname . tcp dport vmap { "eth0" . 22 : drop, "lo" . 23 : accept, * : drop } ;; fib daddr type local drop
fib daddr type { local, broadcast } drop ;; fib daddr type != local drop ;; fib saddr type local drop
fib saddr . iif oif missing drop ;; fib saddr . iif oifname "eth0" drop ;; meta nfproto ipv4 drop
meta nfproto != ipv4 drop ;; meta protocol ip6 drop ;; meta protocol { ip, ip6 } drop ;; meta l4proto tcp drop
meta l4proto != { tcp, udp } drop ;; meta l4proto 50-51 drop ;; meta l4proto vmap { tcp : drop }
ip version 4 drop ;; ip6 version 6 drop ;; ip protocol tcp drop ;; ip6 nexthdr != udp drop
ip protocol { esp, ah } drop ;; ip saddr 10.1.0.0/24 drop ;; ip saddr != 10.1.0.0/16 drop
ip saddr 10.1.0.1-10.1.0.9 drop ;; ip6 saddr fd00:1::/64 drop ;; ip saddr { 10.1.0.1, 10.1.0.9, 10.2.0.0/16 } drop
ip saddr & 255.255.0.255 == 10.1.0.1 drop ;; ip6 saddr != fd00::/8 drop
ip daddr . ip saddr { 10.9.0.4 . 10.1.0.0/24 } drop
ip saddr . udp dport != { 10.1.0.1 . 53, 10.1.0.9 . 1-80 } drop
ip saddr vmap { 10.1.0.1 : drop, 10.1.0.9 : accept, * : drop }
ip6 saddr . tcp dport vmap { fd00:1::1 . 22-80 : drop } ;; tcp dport 22 drop ;; tcp dport != 22 drop
tcp dport < 80 drop ;; tcp dport >= 80 drop ;; tcp dport 22-80 drop ;; tcp dport != 22-80 drop
tcp dport { 22, 80-443 } drop ;; tcp dport != { 22, 80-443 } drop ;; tcp dport & 1 == 1 drop ;; udp sport 53 drop
meta l4proto { tcp, udp } th dport 53 drop ;; th dport 80 drop ;; th sport 1024-65535 drop
meta l4proto { tcp, udp } th sport 53 th dport 80 drop ;; @th,16,16 22 drop ;; @th,0,32 5177366 drop
sctp dport 5 drop ;; udp length > 5 drop ;; meta length > 100 drop ;; ip length 20-100 drop ;; ip ttl < 65 drop
ip dscp cs1 drop ;; ip ecn ce drop ;; ip frag-off & 0x1fff != 0 drop ;; exthdr frag exists drop
exthdr frag missing drop ;; frag more-fragments 1 drop ;; icmp type { echo-request, 13 } drop
icmpv6 type echo-request drop ;; icmp code 0 drop ;; esp spi 1-100000 drop ;; meta pkttype host drop
meta pkttype { broadcast, multicast } drop ;; meta cpu < 64 drop ;; meta mark 0 drop ;; meta mark & 0xff == 0 drop
meta priority 0 drop ;; meta skuid 0 drop ;; meta skuid != 0 drop
meta skuid { 0, 1000 } drop ;; meta skgid 0 drop ;; socket transparent 1 drop ;; rt ip nexthop 10.9.255.1 drop
numgen inc mod 2 0 drop ;; jhash ip saddr mod 2 0 drop ;; symhash mod 2 0 drop ;; meta hour "00:00"-"12:00" drop
limit rate 5/second drop ;; limit rate over 10 mbytes/second burst 5 kbytes drop ;; quota over 25 mbytes drop
ct count over 5 drop ;; counter drop ;; log prefix "a b" flags tcp sequence,options flags ip options drop
log group 5 snaplen 20 queue-threshold 3 drop ;; meta mark set 1 drop ;; meta mark set meta mark & 0xff
0x10 drop ;; meta mark set ip saddr map { 10.1.0.1 : 5 } drop ;; meta mark set numgen inc mod 2 drop
meta mark set ct mark drop ;; meta mark set jhash ip saddr . tcp dport mod 16 drop ;; ct mark set meta mark drop
ip dscp set cs1 drop ;; notrack drop ;; tcp option maxseg size set 1000 drop ;; tcp dport set 23 drop
ip6 hoplimit set 5 drop ;; meta nftrace set 1 drop ;; reject ;; reject with tcp reset
reject with icmp host-prohibited ;; reject with icmpv6 no-route ;; continue ;; return
reject with icmpx admin-prohibited ;; meta l4proto udp reject with icmp port-unreachable
tcp dport 22 comment "a" drop
"""
"""Rules for incoming packets, parted by `;;`; the kernel may lack some, which are then passed over."""


@pytest.fixture(autouse=True)
def _nft() -> None:
    why = missing("nft")
    if why:
        pytest.skip(why)


@pytest.mark.parametrize("family", ["inet", "ip"])
def test_every_kind_of_rule(host: Machines, tmp_path: Path, family: str) -> None:
    tally = Tally()
    drawer = Drawer(3)
    rules = [rule.strip() for line in RULES.strip().split("\n") for rule in line.split(" ;; ")]
    for rule in rules:
        text = f"table {family} t {{\nchain c {{\ntype filter hook input priority 0; policy accept;\n{rule}\n}}\n}}\n"
        try:
            host.load(("nft", "-f", "-"), f"flush ruleset\n{text}")
        except RefusedError:
            continue
        read = read_forms(host, tmp_path, text, tally)
        if read:
            compare(host, read, Hook.INPUT, drawer.headers(Hook.INPUT, 60), text, tally)
    assert tally.differences == []
    assert tally.lists > len(rules) * (0.9 if family == "inet" else 0.6)
