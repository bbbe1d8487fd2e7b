"""Sets of ipset by their given entries, against a small matcher of single packets."""

from __future__ import annotations

import random
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, cut
from netcheck.policy.chains import judge_chains
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.linux.iptables_save import read_iptables_files
from tests.unit.networks import HERE
from tests.unit.sources.sites import load_machine

YES, NO, OPEN = Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED
SAVE = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n{}\nCOMMIT\n"
TAIL = "hashsize 1024 maxelem 65536 bucketsize 12 initval 0xba6e0b57"
SETS = f"""
create hosts hash:ip family inet {TAIL}
add hosts 10.0.0.4
add hosts 10.0.0.8
create masked hash:ip family inet netmask 24 {TAIL}
add masked 10.5.0.0
create nets hash:net family inet {TAIL} timeout 0 comment
add nets 10.1.2.128/25 timeout 299
add nets 10.1.2.0/24 timeout 0 nomatch comment "not here, at all"
add nets 10.1.0.0/16 timeout 0
create services hash:ip,port family inet {TAIL}
add services 10.0.0.5,tcp:80
add services 10.0.0.5,udp:53
add services 10.0.0.5,icmp:echo-request
add services 10.0.0.5,gre:0
add services 10.0.0.5,sctp:99
create ports bitmap:port range 0-65535
add ports 80
add ports 81
create pairs hash:net,net family inet {TAIL}
add pairs 10.0.0.0/8,10.0.0.5/32
create triples hash:net,port,net family inet {TAIL}
add triples 10.0.0.0/8,tcp:80,10.0.0.4/31
create six hash:net family inet6 {TAIL}
add six fd00::/8
create wires hash:net,iface family inet {TAIL}
add wires 10.0.0.0/24,eth0
create some list:set size 8
add some hosts
add some nets
create empty hash:ip family inet {TAIL}
"""


def _judged(folder: Path, rules: str, source: str, protocol: int = 6, port: int = 80, sets: str = SETS) -> Verdict:
    """Return what INPUT does with a packet to 10.0.0.5."""
    firewall, collector = _read(folder, rules, sets)
    assert not collector.has_errors, [one.render() for one in collector]
    return _verdict(firewall, source, protocol, port)


def _read(folder: Path, rules: str, sets: str = SETS) -> tuple[ChainFirewall, Collector]:
    (folder / "save").write_text(SAVE.format(rules))
    (folder / "sets").write_text(sets)
    collector = Collector()
    return read_iptables_files((str(folder / "save"),), collector, (str(folder / "sets"),)), collector


def _verdict(firewall: ChainFirewall, source: str, protocol: int = 6, port: int = 80) -> Verdict:
    nic = NetworkInterface(name="nic", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=firewall)
    ends = [int(ip_address(text)) for text in (source, "10.0.0.5")]
    packets = ps.box(4, *(IntervalSet.point(value) for value in (protocol, port, 50000, *ends)))
    if protocol not in (6, 17):
        packets = ps.box(4, IntervalSet.point(protocol), sources=IntervalSet.point(ends[0]))
        packets &= ps.box(4, destinations=IntervalSet.point(ends[1]))
    context = HostContext(vm, nic, None, Hook.INPUT, AddressBook(Site(file="-")), None)
    (region,) = cut(packets, judge_chains(firewall, packets, context))
    return region.verdict


@pytest.mark.parametrize(
    ("match", "source", "expected"),
    [
        ("--match-set hosts src", "10.0.0.4", YES),
        ("--match-set hosts src", "10.0.0.5", NO),
        ("--match-set hosts dst", "10.0.0.4", NO),
        ("--match-set hosts src,dst", "10.0.0.4", YES),
        ("! --match-set hosts src", "10.0.0.4", NO),
        ("! --match-set hosts src", "10.0.0.9", YES),
        ("--match-set masked src", "10.5.0.77", YES),
        ("--match-set masked src", "10.5.1.0", NO),
        ("--match-set nets src", "10.1.1.1", YES),
        ("--match-set nets src", "10.1.2.1", NO),
        ("--match-set nets src", "10.1.2.200", OPEN),
        ("! --match-set nets src", "10.1.2.1", YES),
        ("! --match-set nets src", "10.1.2.200", OPEN),
        ("! --match-set nets src", "10.1.1.1", NO),
        ("--match-set services dst,dst", "10.9.9.9", YES),
        ("--match-set services dst,src", "10.9.9.9", NO),
        ("--match-set services dst", "10.9.9.9", NO),
        ("! --match-set services dst", "10.9.9.9", YES),
        ("! --match-set services dst,dst", "10.9.9.9", NO),
        ("--match-set ports dst", "10.9.9.9", YES),
        ("--match-set ports src", "10.9.9.9", NO),
        ("--match-set pairs src,dst", "10.9.9.9", YES),
        ("--match-set pairs src,dst", "11.9.9.9", NO),
        ("--match-set triples src,dst,dst", "10.9.9.9", YES),
        ("--match-set triples src,src,dst", "10.9.9.9", NO),
        ("--match-set six src", "10.0.0.4", NO),
        ("! --match-set six src", "10.0.0.4", YES),
        ("--match-set wires src,src", "10.0.0.4", OPEN),
        ("--match-set wires src,src", "10.0.1.4", NO),
        ("--match-set some src", "10.0.0.8", YES),
        ("--match-set some src", "10.1.1.1", YES),
        ("--match-set some src", "10.1.2.200", OPEN),
        ("--match-set some src", "10.1.2.3", NO),
        ("--match-set empty src", "10.0.0.4", NO),
        ("! --match-set empty src", "10.0.0.4", YES),
        ("--match-set hosts src -m set --match-set ports dst", "10.0.0.4", YES),
        ("--match-set hosts src -m set ! --match-set ports dst", "10.0.0.4", NO),
        ("--match-set hosts src --return-nomatch", "10.0.0.4", OPEN),
    ],
)
def test_one_set(tmp_path: Path, match: str, source: str, expected: Verdict) -> None:
    """What one rule accepts by a set, before a policy of DROP, for TCP to port 80."""
    assert _judged(tmp_path, f"-A INPUT -m set {match} -j ACCEPT", source) is expected


@pytest.mark.parametrize(
    ("protocol", "port", "expected"),
    [(6, 80, YES), (6, 81, NO), (17, 53, YES), (17, 80, NO), (1, 0, OPEN), (47, 0, YES), (132, 0, OPEN), (50, 0, NO)],
)
def test_protocols_of_entries(tmp_path: Path, protocol: int, port: int, expected: Verdict) -> None:
    """Types of ICMP and ports of SCTP are no part of a packet here; a protocol with port 0 has none."""
    rule = "-A INPUT -m set --match-set services dst,dst -j ACCEPT"
    assert _judged(tmp_path, rule, "10.9.9.9", protocol, port) is expected


def test_other_matches_of_the_rule_hold_too(tmp_path: Path) -> None:
    """A set narrows what the rest of the rule matches."""
    rule = "-A INPUT -s 10.0.0.0/29 -p tcp -m tcp --dport 80 -m set --match-set hosts src -j ACCEPT"
    assert [_judged(tmp_path, rule, one) for one in ("10.0.0.4", "10.0.0.8")] == [YES, NO]
    assert _judged(tmp_path, rule, "10.0.0.4", port=81) is NO


@pytest.mark.parametrize("name", ["hosts", "some"])
def test_a_set_that_rules_change_is_open(tmp_path: Path, name: str) -> None:
    """What the dump has of it may be outdated, also in a list that holds it."""
    rules = f"-A INPUT -m set --match-set {name} src -j ACCEPT\n-A FORWARD -j SET --add-set hosts src"
    assert _judged(tmp_path, rules, "10.0.0.99") is OPEN


def test_nested_networks_are_what_a_matcher_of_single_packets_says(tmp_path: Path) -> None:
    """The smallest network that holds an address decides."""
    draw = random.Random(7)
    for _ in range(30):
        networks = {}
        for _ in range(draw.randint(1, 8)):
            length = draw.randint(24, 32)
            network = ip_network((int(ip_address("10.7.7.0")) + draw.randrange(256), length), strict=False)
            networks[network] = draw.choice(("", " nomatch"))
        text = "create n hash:net family inet\n" + "".join(f"add n {n}{end}\n" for n, end in networks.items())
        firewall, _ = _read(tmp_path, "-A INPUT -m set --match-set n src -j ACCEPT", text)
        for last in draw.sample(range(256), 20):
            source = f"10.7.7.{last}"
            holding = [n for n in networks if ip_address(source) in n]
            expected = bool(holding) and not networks[max(holding, key=lambda n: n.prefixlen)]
            assert _verdict(firewall, source) is (YES if expected else NO), (source, text)


@pytest.mark.parametrize(
    ("sets", "line", "said"),
    [
        ("add a 10.0.0.1\n", 1, "above this line"),
        ("create a hash:ip\ncreate a hash:ip\n", 2, "twice"),
        ("create a hash:color\n", 1, "unknown type"),
        ("create a hash:ip family inet5\n", 1, "no address family"),
        ("create a hash:ip sideways\n", 1, "no option"),
        ("create a hash:ip timeout\n", 1, "needs a value"),
        ("create a hash:ip\nadd a 10.0.0.1 timeout\n", 2, "needs a value"),
        ("create a hash:ip\nadd a 10.0.0.1 maybe\n", 2, "no option"),
        ("Name: a\nType: hash:ip\n", 1, "no line of `ipset save`"),
        ("create hosts hash:ip\nadd hosts 10.0.0.300\n", 5, "10.0.0.300"),
        ("create hosts hash:ip\nadd hosts fd00::1\n", 5, "other address family"),
        ("create hosts hash:ip,port\nadd hosts 10.0.0.3\n", 5, "no entry of type"),
        ("create hosts hash:ip,port\nadd hosts 10.0.0.3,tcp:http\n", 5, "no port"),
        ("create hosts hash:ip,port\nadd hosts 10.0.0.3,foo:1\n", 5, "no protocol"),
        ("create hosts hash:net\nadd hosts 10.0.0.3-10.0.0.9\n", 5, "no prefix"),
        ("create hosts list:set\nadd hosts other\n", 5, "no set that a list can have"),
        ("create other hash:ip\n", 5, "no set `hosts`"),
    ],
)
def test_faults_have_a_place(tmp_path: Path, sets: str, line: int, said: str) -> None:
    """A malformed set is an error, never one without entries."""
    _, collector = _read(tmp_path, "-A INPUT -m set --match-set hosts src,src -j ACCEPT", sets)
    errors = [one for one in collector if one.severity == "error" and said in one.message]
    assert [one.at.line for one in errors] == [line], [one.render() for one in collector]


def test_site_files_name_sets_and_both_families(tmp_path: Path) -> None:
    """`save` and `ipset` take one file or a list of them."""
    (tmp_path / "four").write_text(SAVE.format("-A INPUT -m set --match-set hosts src -j ACCEPT"))
    (tmp_path / "six").write_text("# Generated by ip6tables-save\n" + SAVE.format("-A INPUT -j ACCEPT"))
    (tmp_path / "sets").write_text(SETS)
    body = "    hostFirewall: {kind: iptables, save: [four, six], ipset: sets}\n"
    firewall = load_machine(tmp_path, body).virtual_machines[0].host_firewall
    assert isinstance(firewall, ChainFirewall)
    assert {key: tuple(Path(one).name for one in files) for key, files in firewall.files.items()} == {
        "save": ("four", "six"),
        "ipset": ("sets",),
    }
    assert [base.name for base in firewall.base_chains if base.hook is Hook.INPUT] == [
        "filter INPUT",
        "ip6 filter INPUT",
    ]
    assert _verdict(firewall, "10.0.0.4") is YES
    assert _verdict(firewall, "10.0.0.9") is NO
