"""What nft rules do to a first packet, by the manual page nft(8), nftables 1.0."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.model.hosts import Hook
from tests.unit.sources.nft import ICMP, UDP, ask, header, input_chain, read

SSH, WEB, DNS = header(22), header(443), header(53, protocol=UDP)
PING = header(protocol=ICMP)
SIX = header(22, source="2001:db8::1")


def test_accept_ends_one_base_chain_only(tmp_path: Path) -> None:
    """`accept` ends the base chain; a later one of the hook may still drop. `drop` is final."""
    rules = "tcp dport {22, 53} accept; tcp dport 443 drop;"
    early = f"table inet a {{ chain c {{ type filter hook input priority -10; {rules} }} }}\n"
    late = (
        "table inet b { chain c { type filter hook input priority 0; policy drop; tcp dport { 22, 443 } accept; } }\n"
    )
    assert ask(tmp_path, early + late, [SSH, WEB, header(53)]) == "+--"
    assert ask(tmp_path, late + early, [SSH, WEB, header(53)]) == "+--"


def test_the_default_policy_is_accept(tmp_path: Path) -> None:
    assert ask(tmp_path, "table inet t { chain c { type filter hook input priority 0; } }", [SSH, DNS]) == "++"


def test_return_and_the_end_of_a_chain_go_on_behind_the_call(tmp_path: Path) -> None:
    called = "chain c {\ntcp dport 22 return\ntcp dport 443 drop\n}"
    assert ask(tmp_path, input_chain("jump c", "tcp dport 22 drop", called=called), [SSH, WEB, header(80)]) == "--+"


def test_goto_does_not_come_back(tmp_path: Path) -> None:
    """After `goto` from a base chain, the end of the chain leads to the policy."""
    called = "chain c {\ntcp dport 22 accept\n}"
    rules = input_chain("goto c", "tcp dport 443 accept", policy="drop", called=called)
    assert ask(tmp_path, rules, [SSH, WEB]) == "+-"


def test_return_in_a_base_chain_is_its_policy(tmp_path: Path) -> None:
    assert ask(tmp_path, input_chain("tcp dport 22 return", "accept", policy="drop"), [SSH, WEB]) == "-+"


def test_continue_goes_on_with_the_next_rule(tmp_path: Path) -> None:
    assert ask(tmp_path, input_chain("tcp dport 22 continue", "tcp dport 22 drop"), [SSH, WEB]) == "-+"


def test_a_chain_of_one_family_does_not_see_the_other(tmp_path: Path) -> None:
    """A table `ip` sees IPv4 packets only; its policy is no answer for IPv6."""
    assert ask(tmp_path, input_chain(policy="drop", family="ip"), [SSH, SIX]) == "-+"
    assert ask(tmp_path, input_chain(policy="drop", family="ip6"), [SSH, SIX]) == "+-"


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("tcp dport 22", "-+++-"),
        ("tcp dport != 22", "+-+++"),  # a comparison of TCP ports is about TCP only
        ("tcp dport { 22, 400-500 }", "--++-"),
        ("tcp dport != { 22, 400-500 }", "+++++"),
        ("tcp dport < 400", "-+++-"),
        ("tcp dport >= 443", "+-+++"),
        ("udp dport 53", "++-++"),
        ("tcp sport 40000", "--++-"),
        ("meta l4proto tcp", "--++-"),
        ("meta l4proto != { tcp, udp }", "+++-+"),
        ("ip protocol icmp", "+++-+"),
        ("ip saddr 10.1.0.0/24", "----+"),
        ("ip saddr != 10.1.0.0/24", "+++++"),
        ("ip saddr 10.1.0.1-10.1.0.3", "+++++"),
        ("ip saddr { 10.1.0.4, 10.2.0.0/16 }", "----+"),
        ("ip saddr & 255.255.0.255 == 10.1.0.4", "----+"),
        ("ip daddr 10.9.0.4", "----+"),
        ("meta nfproto ipv4", "----+"),
        ("meta nfproto ipv6", "++++-"),
        ("ip saddr . tcp dport { 10.1.0.4 . 22, 10.1.0.5 . 443 }", "-++++"),
        ("ip saddr . tcp dport != { 10.1.0.4 . 22 }", "+-+++"),
        ("ip saddr . ip daddr { 10.1.0.0/16 . 10.9.0.4-10.9.0.9 }", "----+"),
        ("meta l4proto { tcp, udp } th dport { 53, 443 }", "+--++"),
    ],
)
def test_header_fields(match: str, expected: str, tmp_path: Path) -> None:
    """A rule matches when all of its comparisons do; a field that the packet lacks matches nothing, negated or not."""
    assert ask(tmp_path, input_chain(f"{match} drop"), [SSH, WEB, DNS, PING, SIX]) == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("ct state new", "-"),
        ("ct state established,related", "+"),
        ("ct state { new, untracked }", "-"),
        ("ct state != new", "+"),
        ("ct state ! established", "-"),
        ("ct state & (established|related) == established", "+"),
        ("ct direction original", "-"),
        ("tcp flags syn", "-"),
        ("tcp flags & (fin|syn|rst|ack) == syn", "-"),
        ("tcp flags & (fin|syn|rst|ack) != syn", "+"),
        ("tcp flags syn / syn,ack", "-"),
        ("tcp flags ! ack", "-"),
        ("tcp flags == syn", "?"),  # a SYN may ask for ECN, which sets two flags more
        ("iif lo", "+"),
        ('iifname != "lo"', "-"),
        ('iifname "eth0"', "?"),
        ('oifname "eth0"', "+"),  # an incoming packet has no such interface
        ('oifname != "eth0"', "-"),
        ("fib daddr type local", "-"),
        ("fib daddr type { broadcast, multicast }", "+"),
        ("meta pkttype host", "-"),
        ("meta pkttype { broadcast, multicast }", "+"),
        ("meta mark 1", "?"),
        ("tcp dport 90-80", "?"),  # nft 1.0.6 lists two comparisons so, and not always as they were meant
        ("tcp dport != 90-80", "?"),
        ("ip dscp cs1", "?"),
        ("ct mark & 0xff == 1", "?"),
        ("limit rate 5/second", "?"),
        ("limit rate over 10 mbytes/second burst 5 kbytes", "?"),
        ("quota over 25 mbytes", "?"),
        ("ct count over 5", "?"),
        ("numgen inc mod 2 0", "?"),
        ("fib saddr . iif oif missing", "?"),
        ("xt match recent", "?"),
        ("meta skuid 0", "?"),
        ("some new match 5", "?"),
        ("icmp type echo-request", "+"),
        ("counter packets 5 bytes 300", "-"),
        ("counter", "-"),
        ('log prefix "a b" level warn flags tcp sequence,options', "-"),
        ("meta mark set meta mark & 0xff | 0x10", "-"),
        ("ct mark set meta mark", "-"),
        ("meta priority set 1:2", "-"),
        ("ip dscp set cs1", "-"),
        ("ip6 dscp set cs1", "+"),  # the rule stops where the packet lacks the field
        ("tcp option maxseg size set rt mtu", "?"),
        ("meta mark set ip saddr map { 10.1.0.4 : 5 }", "?"),  # and where a map has no value
        ("meta mark set ct mark", "?"),
        ("flow add @f", "?"),
        ("dup to 10.1.0.9", "-"),
        ("dup to ip saddr map { 10.1.0.4 : 10.1.0.9 }", "?"),
        ("tcp dport != @missing_is_not_asked", "-"),
    ],
)
def test_first_packets(match: str, expected: str, tmp_path: Path) -> None:
    """What a first packet settles is decided; anything else leaves the rule open; a counter or a mark says nothing."""
    called = "set missing_is_not_asked {\ntype inet_service\nelements = { 80 }\n}"
    assert ask(tmp_path, input_chain(f"{match} drop", called=called), [SSH]) == expected


def test_before_tracking_every_packet_is_invalid(tmp_path: Path) -> None:
    """Chains before the priority -200 see packets whose connection is not looked up yet."""
    text = "table inet t { chain c { type filter hook prerouting priority raw; ct state %s drop; } }"
    assert ask(tmp_path, text % "invalid", [SSH]) == "-"
    assert ask(tmp_path, text % "new", [SSH]) == "+"


def test_an_exempt_packet_may_lack_the_state_new(tmp_path: Path) -> None:
    raw = "table inet r { chain c { type filter hook prerouting priority raw; udp dport 53 notrack; } }\n"
    assert ask(tmp_path, raw + input_chain("ct state new drop"), [DNS]) == "?"


def test_the_sender_of_a_packet(tmp_path: Path) -> None:
    """Outgoing packets are asked about as root's, as the backup extension's are."""
    text = "table inet t { chain c { type filter hook output priority 0; meta skuid %s drop; } }"
    out = [header(443, source="10.9.0.4", destination="203.0.113.1")]
    assert [ask(tmp_path, text % who, out, Hook.OUTPUT) for who in ("0", "!= 0", "root", "1000")] == [
        "-",
        "+",
        "-",
        "+",
    ]


def test_named_sets_and_maps(tmp_path: Path) -> None:
    called = """
    set clients { typeof ip saddr; flags interval; elements = { 10.1.0.0/24, 10.2.0.1-10.2.0.9 } }
    map doors { type ipv4_addr . inet_service : verdict; flags interval;
        elements = { 10.1.0.4 . 22 : drop, 10.1.0.0/16 . 443 comment "web" : jump web, * : accept } }
    chain web { meta nfproto ipv4 drop; }
    """
    clients = [SSH, header(source="10.2.0.5"), header(source="10.3.0.1"), SIX]
    assert ask(tmp_path, input_chain("ip saddr @clients drop", called=called), clients) == "--++"
    assert ask(tmp_path, input_chain("ip saddr != @clients drop", called=called), clients) == "++-+"
    doors = [SSH, WEB, header(80), DNS, SIX]
    rules = input_chain("ip saddr . tcp dport vmap @doors", policy="drop", called=called)
    assert ask(tmp_path, rules, doors) == "--+--"  # `*` too is about packets only that have the fields


def test_a_verdict_map_without_the_value_goes_on(tmp_path: Path) -> None:
    rules = input_chain("tcp dport vmap { 22 : accept, 443 : continue }", "ct state vmap { new : drop }")
    assert ask(tmp_path, rules, [SSH, WEB, header(80)]) == "+--"


@pytest.mark.parametrize(
    "kind",
    ["flags timeout", "flags dynamic", "timeout 1m", "elements = { 10.1.0.4 timeout 5m }"],
)
def test_sets_that_change_by_themselves_are_not_known(kind: str, tmp_path: Path) -> None:
    called = f"set s {{\ntype ipv4_addr\n{kind}\n}}"
    assert ask(tmp_path, input_chain("ip saddr @s drop", called=called), [SSH, SIX]) == "?+"


def test_a_set_that_a_rule_writes_to_is_not_known(tmp_path: Path) -> None:
    """The JSON form does not print the flag `dynamic`; the rule that writes shows it."""
    called = "set s {\ntype ipv4_addr\n}"
    rules = input_chain("ip saddr @s drop", "tcp dport 22 add @s { ip saddr timeout 1m }", called=called)
    assert ask(tmp_path, rules, [SSH]) == "?"


def test_reject_is_for_what_it_can_answer(tmp_path: Path) -> None:
    """`reject with tcp reset` is about TCP, `with icmp` about IPv4: nft adds that test to the rule."""
    assert ask(tmp_path, input_chain("reject with tcp reset"), [SSH, DNS, SIX]) == "-+-"
    assert ask(tmp_path, input_chain("reject with icmp type host-unreachable"), [SSH, DNS, SIX]) == "--+"
    assert ask(tmp_path, input_chain("reject"), [SSH, DNS, SIX]) == "---"


def test_comparisons_that_old_versions_merge(tmp_path: Path) -> None:
    """nft before 1.0.7 makes one of two `!=` in a header, for which one difference is enough; it lists both."""
    packets = [header(80, source_port=81), header(80), header(22, source_port=81), header(22), DNS]
    assert ask(tmp_path, input_chain("tcp sport != 81 tcp dport != 80 drop"), packets) == "+??-+"
    assert ask(tmp_path, input_chain("tcp sport != 81 ct state new tcp dport != 80 drop"), packets) == "+??-+"
    assert ask(tmp_path, input_chain("tcp sport != { 81 } tcp dport != 80 drop"), packets) == "+??-+"
    assert ask(tmp_path, input_chain("tcp sport 81 tcp dport != 80 drop"), packets) == "++-++"
    assert ask(tmp_path, input_chain("tcp sport != { 81 } tcp dport != { 80, 81 } drop"), packets) == "+++-+"
    away = "ip saddr != 10.1.0.9 ip daddr != 10.9.0.5 drop"
    assert ask(tmp_path, input_chain(away), [SSH, header(source="10.1.0.9"), SIX]) == "-++"


def test_ports_by_place_mean_something_else_in_other_protocols(tmp_path: Path) -> None:
    assert ask(tmp_path, input_chain("th dport 53 drop"), [DNS, header(53), SSH, PING]) == "--+?"
    assert ask(tmp_path, input_chain("@th,16,16 53 drop"), [DNS, header(53), SSH, PING]) == "--+?"
    both = 40000 << 16 | 53
    assert ask(tmp_path, input_chain(f"@th,0,32 {both} drop"), [DNS, header(53), SSH, PING]) == "--+?"


def test_what_comes_from_here_on_may_do_anything(tmp_path: Path) -> None:
    """A statement that is not known leaves open what the rule matched before it, and nothing else."""
    assert ask(tmp_path, input_chain("tcp dport 22 frobnicate hard accept"), [SSH, WEB]) == "?+"
    assert ask(tmp_path, input_chain("tcp dport 22 # xt_recent counter drop"), [SSH, WEB]) == "?+"
    assert ask(tmp_path, input_chain("tcp dport 22 queue num 1", policy="drop"), [SSH, WEB]) == "?-"


def test_a_dormant_table_does_nothing(tmp_path: Path) -> None:
    text = "table inet t {\nflags dormant\nchain c { type filter hook input priority 0; policy drop; }\n}\n"
    assert ask(tmp_path, text, [SSH]) == "+"


def test_a_redirected_packet_is_open_in_every_later_chain(tmp_path: Path) -> None:
    nat = "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 22 redirect to :2222; } }\n"
    text = nat + input_chain("tcp dport 443 accept", policy="drop")
    assert ask(tmp_path, text, [SSH, WEB, header(80), SIX]) == "?+--"
    assert [one.code for one in read(tmp_path, text)[1]] == ["NC182"]


def test_a_chain_before_nat_has_the_last_word(tmp_path: Path) -> None:
    """A packet that is dropped before the redirect does not come to it; nat has its own place whatever its priority."""
    raw = "table ip raw { chain pre { type filter hook prerouting priority raw; tcp dport 22 drop; } }\n"
    nat = "table ip nat { chain pre { type nat hook prerouting priority -350; tcp dport 22 redirect to :2222; } }\n"
    assert ask(tmp_path, nat + raw, [SSH]) == "-"


def test_a_changed_header_is_open(tmp_path: Path) -> None:
    assert (
        ask(tmp_path, input_chain("tcp dport 22 tcp dport set 23", "tcp dport 22 accept", "drop"), [SSH, WEB]) == "?-"
    )


def test_the_machine_keeps_its_own_address(tmp_path: Path) -> None:
    """Its own packets leave by `masquerade` with the address they have; by `snat` with another one."""
    text = "table ip nat { chain post { type nat hook postrouting priority srcnat; %s } }\n"
    out = [header(443, source="10.9.0.4", destination="203.0.113.1")]
    assert ask(tmp_path, text % "masquerade", out, Hook.OUTPUT) == "+"
    assert ask(tmp_path, text % "snat to 10.9.0.5", out, Hook.OUTPUT) == "?"
    assert ask(tmp_path, text % "masquerade", out, Hook.FORWARD) == "?"


def test_nat_chains_see_tracked_connections_only(tmp_path: Path) -> None:
    """Without a rule that has connections tracked, a chain of the type nat is not called."""
    nat = "table inet n { chain pre { type nat hook prerouting priority dstnat; tcp dport 22 drop; } }\n"
    assert ask(tmp_path, nat, [SSH]) == "?"
    assert ask(tmp_path, nat + input_chain("ct state established accept"), [SSH]) == "-"
    assert ask(tmp_path, nat + input_chain("ct state established accept", family="ip"), [SSH, SIX]) == "-?"


def test_chains_for_frames_are_open_where_they_can_drop(tmp_path: Path) -> None:
    text = "table netdev n { chain in { type filter hook ingress device eth0 priority 0; %s } }\n"
    assert ask(tmp_path, text % "ip saddr 10.1.0.4 drop", [SSH]) == "?"
    assert ask(tmp_path, text % "counter accept", [SSH]) == "+"
    arp = "table arp a { chain in { type filter hook input priority 0; policy drop; } }\n"
    assert ask(tmp_path, arp, [SSH]) == "?"


def test_forwarded_packets_pass_their_own_chains(tmp_path: Path) -> None:
    text = """
    table inet t {
        chain pre { type filter hook prerouting priority 0; tcp dport 23 drop; }
        chain in { type filter hook input priority 0; policy drop; }
        chain fwd { type filter hook forward priority 0; policy drop; tcp dport { 22, 23, 24 } accept; }
        chain post { type filter hook postrouting priority 0; tcp dport 24 drop; }
    }"""
    served = [header(port, destination="10.8.0.1") for port in (22, 23, 24, 25)]
    assert ask(tmp_path, text, served, Hook.FORWARD) == "+---"
    assert ask(tmp_path, text, [SSH], Hook.INPUT) == "-"
