"""Reading iptables-save, walked packet by packet by a small evaluator of its own."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.model.address import AddressRange, parse_address, parse_prefix
from netcheck.model.ports import PortRange
from netcheck.model.rules import Access, Direction, HostRule
from netcheck.model.site import BaseChain, ChainFirewall, ChainRule, Hook
from netcheck.sources.linux.iptables_save import read_iptables_save
from tests.unit.sources.shared import shared_folder

HOOKS = {Direction.INBOUND: Hook.INPUT, Direction.OUTBOUND: Hook.OUTPUT}
TCP, UDP, ICMP = 6, 17, 1
Outcomes = frozenset[str]


@dataclass(frozen=True)
class Packet:
    """A first packet, seen from the machine."""

    protocol: int
    local: AddressRange
    local_port: int
    remote: AddressRange
    remote_port: int


def _packet(
    remote: str = "10.0.0.4", port: int = 8080, protocol: int = TCP, local: str = "10.0.0.5", remote_port: int = 50000
) -> Packet:
    return Packet(protocol, parse_address(local), port, parse_address(remote), remote_port)


def _in(address: AddressRange, ranges: tuple[AddressRange, ...]) -> bool:
    return not ranges or any(r.family == address.family and r.first <= address.first <= r.last for r in ranges)


def _on(port: int, ranges: tuple[PortRange, ...]) -> bool:
    return any(r.first <= port <= r.last for r in ranges)


def _matches(rule: HostRule, packet: Packet) -> bool:
    return (
        rule.is_enabled
        and (rule.protocol.is_any or packet.protocol in rule.protocol.numbers)
        and _in(packet.local, rule.local_addresses)
        and _in(packet.remote, rule.remote_addresses)
        and (packet.protocol not in (TCP, UDP) or _on(packet.local_port, rule.local_ports))
        and (packet.protocol not in (TCP, UDP) or _on(packet.remote_port, rule.remote_ports))
    )


def _walk(chains: Mapping[str, tuple[ChainRule, ...]], rules: tuple[ChainRule, ...], packet: Packet) -> Outcomes:
    """Return what may come out of a chain: `accept`, `drop`, `return`; a condition may hold or not."""
    found: set[str] = set()
    for rule in rules:
        if not _matches(rule.match, packet):
            continue
        if rule.target in ("ACCEPT", "DROP", "REJECT", "RETURN"):
            out = {{"ACCEPT": "accept", "RETURN": "return"}.get(rule.target, "drop")}
            goes_on = False
        else:
            inner = _walk(chains, chains[rule.target], packet)
            goes_on = "return" in inner and not rule.is_goto
            out = set(inner) if rule.is_goto else set(inner) - {"return"}
        found |= out
        if not goes_on and not rule.match.conditions:
            return frozenset(found)
    return frozenset(found | {"return"})


def _base(firewall: ChainFirewall, base: BaseChain, packet: Packet) -> Outcomes:
    policy = "accept" if base.policy is Access.ALLOW else "drop"
    return frozenset(policy if o == "return" else o for o in _walk(firewall.chains, base.rules, packet))


def _decide(firewall: ChainFirewall, direction: Direction, packet: Packet) -> str:
    """Return `accept`, `drop` or `unknown`: every base chain of the direction must accept."""
    outcomes = [_base(firewall, base, packet) for base in firewall.base_chains if base.hook is HOOKS[direction]]
    if any(o == {"drop"} for o in outcomes):
        return "drop"
    return "accept" if all(o == {"accept"} for o in outcomes) else "unknown"


def _read(folder: Path, text: str) -> tuple[ChainFirewall, Collector]:
    path = folder / "iptables.save"
    path.write_text(text)
    collector = Collector()
    return read_iptables_save(str(path), collector), collector


def _filter(*rules: str, policy: str = "DROP", chains: str = "") -> str:
    body = "".join(f"{rule}\n" for rule in rules)
    return f"*filter\n:INPUT {policy} [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n{chains}{body}COMMIT\n"


def _inbound(folder: Path, text: str, packet: Packet) -> str:
    firewall, collector = _read(folder, text)
    assert not collector.has_errors, [d.render() for d in collector]
    return _decide(firewall, Direction.INBOUND, packet)


@pytest.mark.parametrize(
    ("rule", "packet", "expected"),
    [
        ("-p tcp -m tcp --dport 8080 -j ACCEPT", _packet(), "accept"),
        ("-p tcp -m tcp --dport 8080 -j ACCEPT", _packet(port=8081), "drop"),
        ("-p tcp -m tcp --dport 8080 -j ACCEPT", _packet(protocol=UDP), "drop"),
        ("-p tcp -m tcp --dport 8000:8090 -j ACCEPT", _packet(port=8090), "accept"),
        ("-p tcp -m tcp --dport 8080: -j ACCEPT", _packet(port=65535), "accept"),
        ("-p udp -m udp --dport 9000:8000 -j ACCEPT", _packet(port=8500, protocol=UDP), "drop"),
        ("-p udp -m udp ! --dport 9000:8000 -j ACCEPT", _packet(port=8500, protocol=UDP), "accept"),
        ("-p tcp -m tcp ! --dport 22 -j ACCEPT", _packet(), "accept"),
        ("-p tcp -m tcp ! --dport 22 -j ACCEPT", _packet(port=22), "drop"),
        ("-p tcp -m tcp --sport 1024:65535 --dport 8080 -j ACCEPT", _packet(remote_port=1023), "drop"),
        ("-p tcp -m multiport --dports 80,443,8080:8090 -j ACCEPT", _packet(), "accept"),
        ("-p tcp -m multiport ! --dports 80,443 -j ACCEPT", _packet(port=443), "drop"),
        ("-p tcp -m multiport --ports 8080 -j ACCEPT", _packet(port=1, remote_port=8080), "accept"),
        ("-p tcp -m multiport --ports 8080 -j ACCEPT", _packet(), "accept"),
        ("-p tcp -m multiport --ports 8080 -j ACCEPT", _packet(port=1), "drop"),
        ("-p tcp -m multiport ! --ports 8080 -j ACCEPT", _packet(port=1, remote_port=8080), "drop"),
        ("-s 10.0.0.0/24 -j ACCEPT", _packet(), "accept"),
        ("-s 10.0.0.0/24 -j ACCEPT", _packet(remote="10.0.1.4"), "drop"),
        ("! -s 10.0.0.0/24 -j ACCEPT", _packet(), "drop"),
        ("! -s 10.0.0.0/24 -j ACCEPT", _packet(remote="10.0.1.4"), "accept"),
        ("-s ! 10.0.0.0/24 -j ACCEPT", _packet(remote="10.0.1.4"), "accept"),
        ("-d 10.0.0.5/32 -j ACCEPT", _packet(), "accept"),
        ("-d 10.0.0.6/32 -j ACCEPT", _packet(), "drop"),
        ("-m iprange --src-range 10.0.0.1-10.0.0.4 -j ACCEPT", _packet(), "accept"),
        ("-m iprange ! --src-range 10.0.0.1-10.0.0.4 -j ACCEPT", _packet(), "drop"),
        ("-s 10.0.0.0/24 -m iprange --src-range 10.0.0.9-10.9.0.0 -j ACCEPT", _packet(), "drop"),
        ("! -p udp -j ACCEPT", _packet(), "accept"),
        ("! -p tcp -j ACCEPT", _packet(), "drop"),
        ("-p all -j ACCEPT", _packet(), "accept"),
        ("-p 6 -j ACCEPT", _packet(), "accept"),
        ("-4 -p tcp -j ACCEPT", _packet(), "accept"),
        ("-6 -p tcp -j ACCEPT", _packet(), "drop"),
        ("-i lo -j ACCEPT", _packet(), "drop"),
        ("! -i lo -j ACCEPT", _packet(), "accept"),
        ("-i eth0 -j ACCEPT", _packet(), "unknown"),
        ("-i + -j ACCEPT", _packet(), "accept"),
        ("-m state --state RELATED,ESTABLISHED -j ACCEPT", _packet(), "drop"),
        ("-m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", _packet(), "accept"),
        ("-m conntrack ! --ctstate INVALID -j ACCEPT", _packet(), "accept"),
        ("-m conntrack --ctstate INVALID -j ACCEPT", _packet(), "drop"),
        ("-m conntrack --ctstate DNAT -j ACCEPT", _packet(), "unknown"),
        ("-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", _packet(), "accept"),
        ("-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", _packet(), "drop"),
        ("-p tcp -m tcp --tcp-flags ALL NONE -j ACCEPT", _packet(), "drop"),
        ("-p tcp -m tcp --syn -j ACCEPT", _packet(), "accept"),
        ("-m limit --limit 5/min -j ACCEPT", _packet(), "unknown"),
        ("-m set --match-set good src -j ACCEPT", _packet(), "unknown"),
        ("-m socket -j ACCEPT", _packet(), "unknown"),
        ("-m addrtype --dst-type LOCAL -j ACCEPT", _packet(), "accept"),
        ("-m pkttype --pkt-type multicast -j ACCEPT", _packet(), "drop"),
        ('-p tcp -m comment --comment "-j DROP ! the proxy" -j ACCEPT', _packet(), "accept"),
        ("-p tcp --frobnicate 3 -j ACCEPT", _packet(), "unknown"),
        ('-j LOG --log-prefix "!"', _packet(), "drop"),
        ("-p tcp", _packet(), "drop"),
        ("-p tcp -j NFQUEUE --queue-num 0", _packet(), "unknown"),
    ],
)
def test_one_rule(tmp_path: Path, rule: str, packet: Packet, expected: str) -> None:
    """What one rule does to a first packet from the network, before a policy of DROP."""
    assert _inbound(tmp_path, _filter(f"-A INPUT {rule}"), packet) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("-A INPUT -j REJECT", "-A INPUT -j ACCEPT"), "drop"),
        (("-A INPUT -j ACCEPT", "-A INPUT -j DROP"), "accept"),
        (("-A INPUT -j ACCEPT", "-I INPUT -j DROP"), "drop"),
        (("-A INPUT -j ACCEPT", "-I INPUT 2 -j DROP"), "accept"),
        (("-A INPUT -j ONE", "-A ONE -p udp -j ACCEPT", "-A INPUT -j ACCEPT"), "accept"),
        (("-A INPUT -j ONE", "-A ONE -j RETURN", "-A ONE -j DROP", "-A INPUT -j ACCEPT"), "accept"),
        (("-A INPUT -g ONE", "-A INPUT -j ACCEPT"), "drop"),
        (("-A INPUT -j ONE", "-A ONE -g TWO", "-A ONE -j DROP", "-A INPUT -j ACCEPT"), "accept"),
        (("-A INPUT -j RETURN", "-A INPUT -j ACCEPT"), "drop"),
        (("[5:300] -A INPUT -j ACCEPT",), "accept"),
        (("-A INPUT -p tcp -m owner --uid-owner 0 -j ACCEPT",), "unknown"),
    ],
)
def test_order_and_chains(tmp_path: Path, rules: tuple[str, ...], expected: str) -> None:
    """The first terminating target wins; jumps return, gotos return to the caller's caller."""
    assert _inbound(tmp_path, _filter(*rules, chains=":ONE - [0:0]\n:TWO - [0:0]\n"), _packet()) == expected


def test_a_chain_called_from_both_sides(tmp_path: Path) -> None:
    """The source is remote on the way in and local on the way out, also in a chain that both ways share."""
    rules = ("-A INPUT -j ONE", "-A OUTPUT -j ONE", "-A ONE -s 10.0.0.4/32 -p tcp --dport 8080 -j DROP")
    firewall, _ = _read(tmp_path, _filter(*rules, policy="ACCEPT", chains=":ONE - [0:0]\n"))
    inbound = _packet()
    reply_side = Packet(TCP, parse_address("10.0.0.4"), 50000, parse_address("10.0.0.9"), 8080)
    assert _decide(firewall, Direction.INBOUND, inbound) == "drop"
    assert _decide(firewall, Direction.OUTBOUND, inbound) == "accept"
    assert _decide(firewall, Direction.OUTBOUND, reply_side) == "drop"
    assert sorted(firewall.chains) == ["filter/INPUT/ONE", "filter/OUTPUT/ONE"]


def test_interfaces_of_the_other_side_never_match(tmp_path: Path) -> None:
    """A packet on its way in has no output interface."""
    rules = ("-A INPUT -j ONE", "-A ONE -o eth0 -j ACCEPT")
    assert _inbound(tmp_path, _filter(*rules, chains=":ONE - [0:0]\n"), _packet()) == "drop"


def test_the_agents_own_rules(tmp_path: Path) -> None:
    """The Azure agent lets root alone talk to the platform: the condition says `owner: root`, others are dropped."""
    text = _filter(policy="ACCEPT") + (
        "*security\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        "-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT\n"
        "-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner --uid-owner 0 -j ACCEPT\n"
        "-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP\nCOMMIT\n"
    )
    firewall, collector = _read(tmp_path, text)
    wire = Packet(TCP, parse_address("10.0.0.4"), 50000, parse_address("168.63.129.16"), 80)
    storage = Packet(TCP, parse_address("10.0.0.4"), 50000, parse_address("20.60.0.1"), 443)
    base = firewall.base_chains[-1]
    assert list(collector) == []
    assert (base.name, base.hook) == ("security OUTPUT", Hook.OUTPUT)
    assert [r.match.conditions for r in base.rules if r.match.conditions][-1] == ("owner: root",)
    assert _decide(firewall, Direction.OUTBOUND, wire) == "unknown"
    assert _decide(firewall, Direction.OUTBOUND, storage) == "accept"


def test_every_table_must_accept(tmp_path: Path) -> None:
    """A DROP in raw or mangle holds although filter accepts; an empty accepting chain is left out."""
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -s 10.0.0.4/32 -j DROP\nCOMMIT\n"
    firewall, _ = _read(tmp_path, raw + _filter(policy="ACCEPT"))
    assert [(base.hook.value, base.name) for base in firewall.base_chains] == [
        ("input", "raw PREROUTING"),
        ("input", "filter INPUT"),
        ("forward", "raw PREROUTING"),
        ("forward", "filter FORWARD"),
        ("output", "filter OUTPUT"),
    ]
    assert _decide(firewall, Direction.INBOUND, _packet()) == "drop"
    assert _decide(firewall, Direction.INBOUND, _packet(remote="10.0.0.9")) == "accept"


def test_untracked_packets_may_lack_the_state_new(tmp_path: Path) -> None:
    """Where raw exempts packets from tracking, a match on NEW is possible, not certain."""
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p tcp -j CT --notrack\nCOMMIT\n"
    text = _filter("-A INPUT -m conntrack --ctstate NEW -j ACCEPT")
    assert _inbound(tmp_path, text, _packet()) == "accept"
    assert _inbound(tmp_path, raw + text, _packet()) == "unknown"


def test_a_packet_that_nat_leaves_alone_has_no_state_of_nat(tmp_path: Path) -> None:
    """`DNAT` is the state of a connection whose destination was changed: the rules that change it are given."""
    nat = "*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp -j REDIRECT\nCOMMIT\n"
    rules = _filter("-A INPUT -m conntrack --ctstate RELATED,DNAT -j ACCEPT")
    assert [_inbound(tmp_path, text, _packet()) for text in (rules, nat + rules)] == ["unknown", "drop"]
    assert _inbound(tmp_path, nat + rules, _packet(protocol=UDP)) == "unknown"


def test_before_tracking_every_packet_is_invalid(tmp_path: Path) -> None:
    """The raw table stands before connection tracking: no packet is NEW there, each counts as INVALID."""
    for states, expected in (("INVALID,ESTABLISHED", "drop"), ("NEW,ESTABLISHED,RELATED", "accept")):
        rule = f"-A PREROUTING -m conntrack --ctstate {states} -j DROP"
        raw = f"*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{rule}\nCOMMIT\n"
        assert _inbound(tmp_path, raw + _filter(policy="ACCEPT"), _packet()) == expected


def test_nat_leaves_the_redirected_packets_open(tmp_path: Path) -> None:
    """REDIRECT and DNAT change the destination before filter sees it: those packets are undetermined, no others."""
    nat = (
        "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
        ":DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
        "-A DOCKER -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128\n"
        "-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n"
    )
    firewall, collector = _read(tmp_path, nat + _filter("-A INPUT -p tcp -m tcp --dport 3128 -j ACCEPT"))
    assert [(d.code, d.severity, d.at.line) for d in collector] == [("NC182", Severity.NOTE, 8)]
    ports = {port: _decide(firewall, Direction.INBOUND, _packet(port=port)) for port in (80, 3128, 22)}
    assert ports == {80: "unknown", 3128: "accept", 22: "drop"}


def test_the_other_family_is_unknown_without_its_dump(tmp_path: Path) -> None:
    """iptables-save says nothing about IPv6; with the ip6tables-save dump behind it, both are decided."""
    four = "# Generated by iptables-save v1.8.7\n" + _filter("-A INPUT -p tcp --dport 8080 -j ACCEPT")
    six = "# Generated by ip6tables-save v1.8.7\n" + _filter("-A INPUT -s fd00::/8 -p tcp --dport 8080 -j ACCEPT")
    packet = _packet(remote="fd00::4", local="fd00::5")
    other = _packet(remote="2001:db8::4", local="fd00::5")
    assert _inbound(tmp_path, four, packet) == "unknown"
    assert _inbound(tmp_path, six, _packet()) == "unknown"
    assert [_inbound(tmp_path, four + six, p) for p in (packet, other, _packet())] == ["accept", "drop", "accept"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n", "NC180", 1),
        ("Chain INPUT (policy ACCEPT)\ntarget prot opt\n", "NC180", 1),
        ("*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n", "NC180", 0),
        ("*filter\n:INPUT DROP [0:0]\nCOMMIT\n", "NC180", 1),
        (_filter() + _filter(), "NC180", 6),
        (_filter("hello"), "NC180", 5),
        (_filter("-D INPUT -j DROP"), "NC180", 5),
        (_filter("-A NOWHERE -j DROP"), "NC180", 5),
        (_filter("-A INPUT -j NOWHERE"), "NC181", 5),
        (_filter("-A INPUT -p tcp --dport"), "NC180", 5),
        (_filter("-A INPUT -p tcp --dport http -j DROP"), "NC180", 5),
        (_filter("-A INPUT -p tcp --dport 70000 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -p tcp -m tcp --dport 90:80 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -p udp -m multiport --dports 90:80 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -p nonsense -j DROP"), "NC180", 5),
        (_filter("-A INPUT -s 10.0.0.0/33 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -s fd00::/8 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j DROP"), "NC180", 5),
        (_filter("-A INPUT -j DROP !"), "NC180", 5),
        (_filter("-A INPUT stray -j DROP"), "NC180", 5),
        (_filter("-A INPUT -j A", "-A A -j B", "-A B -j A", chains=":A - [0:0]\n:B - [0:0]\n"), "NC181", 5),
    ],
)
def test_faults_have_a_place(tmp_path: Path, text: str, code: str, line: int) -> None:
    """A cut-off, foreign or malformed file is an error at its line, never a firewall without rules."""
    _, collector = _read(tmp_path, text)
    assert [(d.code, d.at.line) for d in collector if d.severity is Severity.ERROR] == [(code, line)]


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    """An empty file is not a firewall that lets everything pass."""
    with pytest.raises(InputError):
        _read(tmp_path, "")


def test_recorded_dumps_read() -> None:
    """Every recorded dump reads without a fault; the listing of `iptables -L` among them is refused by name."""
    refused = {}
    for path in sorted((shared_folder("host_firewall") / "iptables_save").iterdir()):
        collector = Collector()
        read_iptables_save(str(path), collector)
        if list(collector):
            refused[path.name] = [d.at.line for d in collector]
    assert refused == {"isem__Ringofsaturn_com__iptables_Lnv": [1]}


@dataclass(frozen=True)
class Plain:
    """One rule of a listing by `iptables -L -n` that holds addresses and ports only."""

    action: str
    protocol: int | None
    source: AddressRange
    destination: AddressRange
    source_ports: PortRange
    ports: PortRange


def _ports(words: list[str], kind: str) -> PortRange:
    """Return `dpt:80` or `dpts:80:90` as a range."""
    for word in words:
        found = re.fullmatch(rf"{kind}s?:(\d+)(?::(\d+))?", word)
        if found:
            return PortRange(int(found[1]), int(found[2] or found[1]))
    return PortRange(0, 65535)


def _closure(path: Path) -> list[Plain]:
    """Return the INPUT rules of a listing of plain rules."""
    rules = []
    for line in path.read_text().splitlines()[2:]:
        if not line.strip():
            break
        action, protocol, _, source, destination, *extra = line.split()
        assert all(re.fullmatch(r"tcp|udp|[sd]pts?:[\d:]+", word) for word in extra), line
        number = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "all": None}[protocol]
        addresses = parse_prefix(source)[0], parse_prefix(destination)[0]
        rules.append(Plain(action, number, *addresses, _ports(extra, "spt"), _ports(extra, "dpt")))
    return rules


def _closure_accepts(rules: list[Plain], packet: Packet) -> bool:
    for rule in rules:
        if (
            rule.protocol in (None, packet.protocol)
            and _in(packet.remote, (rule.source,))
            and _in(packet.local, (rule.destination,))
            and _on(packet.remote_port, (rule.source_ports,))
            and _on(packet.local_port, (rule.ports,))
        ):
            return rule.action == "ACCEPT"
    return True


def _sample(rules: list[Plain], rng: random.Random) -> Iterator[Packet]:
    """Yield packets from the network at the edges of what the listing names: its addresses, its ports."""
    named = {v for r in rules for v in (r.source.first, r.source.last, r.destination.first)}
    addresses = sorted({v for v in named if v >> 24 != 127} | {0x0A000004, 0x08080808})
    ports = sorted({p for r in rules for p in (r.ports.first, r.ports.last, r.source_ports.last)} | {80, 8080, 50000})
    for _ in range(2000):
        yield Packet(
            rng.choice((TCP, UDP)),
            AddressRange(4, *(rng.choice(addresses),) * 2),
            rng.choice(ports),
            AddressRange(4, *(rng.choice(addresses),) * 2),
            rng.choice((*ports, 50000)),
        )


@pytest.mark.parametrize(
    ("dump", "closure"),
    [
        ("sargon__iptables-save.txt", "sargon__iptables-save.txt.Ln.INP"),
        ("configs_ugent__iptables-save.v1.4.21", "configs_ugent__iptables.Ln.INP"),
        ("gopherproxy.meulie.net__iptables-save", "gopherproxy.meulie.net__iptables-save.Ln.INP"),
    ],
)
def test_agrees_with_verified_closures(dump: str, closure: str) -> None:
    """What a proven tool computed as surely and as possibly accepted by INPUT bounds what is read here."""
    folder = shared_folder("host_firewall") / "verified_iptables"
    firewall = read_iptables_save(str(folder / dump), Collector())
    base = next(b for b in firewall.base_chains if b.name == "filter INPUT")
    surely, possibly = (_closure(folder / f"{closure}.{side}") for side in ("lower", "upper"))
    packets = list(_sample(possibly, random.Random(1)))
    read = [(packet, _base(firewall, base, packet)) for packet in packets]
    assert [p for p, o in read if "accept" not in o and _closure_accepts(surely, p)] == []
    assert [p for p, o in read if o == {"accept"} and not _closure_accepts(possibly, p)] == []
    assert len({o for _, o in read}) > 1
