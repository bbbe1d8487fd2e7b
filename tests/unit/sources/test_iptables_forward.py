"""Chains for packets that a machine passes on: which are met, and what their rules can match there."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.address import parse_prefix
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, cut
from netcheck.policy.decision import HopKind
from netcheck.policy.hostfw import judge_forwarding
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.linux.iptables_save import read_iptables_save
from tests.unit.networks import HERE

EMPTY = "*filter\n:INPUT DROP [0:0]\n:FORWARD {policy} [0:0]\n:OUTPUT DROP [0:0]\n:ONE - [0:0]\n{rules}COMMIT\n"
NAT = ":PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"


def _read(folder: Path, text: str) -> ChainFirewall:
    (folder / "a.save").write_text(text)
    collector = Collector()
    firewall = read_iptables_save(str(folder / "a.save"), collector)
    assert not collector.has_errors, [one.render() for one in collector]
    return firewall


def _passed_on(folder: Path, text: str) -> Verdict:
    """Return what becomes of a TCP packet from 10.0.0.4 to 10.0.1.4, port 443, that the machine passes on."""
    nic = NetworkInterface(name="nic", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="nva", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=_read(folder, text))
    ends = (parse_prefix(f"{one}/32")[0].first for one in ("10.0.0.4", "10.0.1.4"))
    packets = ps.box(4, *(IntervalSet.point(value) for value in (6, 443, 50000, *ends)))
    results = judge_forwarding(vm, nic, None, packets, AddressBook(Site(file="-")))
    assert {(result.hop, result.direction, result.resource) for result in results} == {(HopKind.APPLIANCE, "", "nva")}
    (region,) = cut(packets, results)
    return region.verdict


YES, NO, OPEN = Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), NO),
        (("-A FORWARD -j ACCEPT",), YES),
        (("-A INPUT -j ACCEPT", "-A OUTPUT -j ACCEPT"), NO),
        (("-A FORWARD -s 10.0.0.4/32 -d 10.0.1.4/32 -p tcp -m tcp --sport 50000 --dport 443 -j ACCEPT",), YES),
        (("-A FORWARD -s 10.0.1.4/32 -j ACCEPT",), NO),
        (("-A FORWARD -p tcp -m tcp --dport 50000 -j ACCEPT",), NO),
        (("-A FORWARD -j ONE", "-A ONE -p tcp -j ACCEPT"), YES),
        (("-A FORWARD -i eth0 -j ACCEPT",), OPEN),
        (("-A FORWARD -o eth1 -j ACCEPT",), OPEN),
        (("-A FORWARD -i lo -j ACCEPT", "-A FORWARD -o lo -j ACCEPT"), NO),
        (("-A FORWARD -i eth0 -o eth1 -j ACCEPT", "-A FORWARD ! -i eth0 -j ACCEPT"), OPEN),
        (("-A FORWARD -i eth0 -j ACCEPT", "-A FORWARD -p udp -j DROP"), OPEN),
        (("-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT",), NO),
        (("-A FORWARD -m addrtype ! --dst-type LOCAL -j ACCEPT",), YES),
        (("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",), NO),
        (("-A FORWARD -m conntrack --ctstate NEW -j ACCEPT",), YES),
        (("-A FORWARD -m pkttype --pkt-type unicast -j ACCEPT",), YES),
    ],
)
def test_one_chain(tmp_path: Path, rules: tuple[str, ...], expected: Verdict) -> None:
    """FORWARD alone decides; the source is the remote end; a packet has both interfaces, and neither is known."""
    text = EMPTY.format(policy="DROP", rules="".join(f"{rule}\n" for rule in rules))
    assert _passed_on(tmp_path, text) is expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ("", YES),
        ("*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n", NO),
        ("*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n", NO),
        ("*mangle\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT DROP [0:0]\nCOMMIT\n", YES),
        ("*mangle\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -p tcp -j DROP\nCOMMIT\n", NO),
        ("*mangle\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m owner --uid-owner 0 -j DROP\nCOMMIT\n", YES),
        ("*security\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n", NO),
        (f"*nat\n{NAT}-A POSTROUTING -j MASQUERADE\nCOMMIT\n", OPEN),
        (f"*nat\n{NAT}-A POSTROUTING -p udp -j SNAT --to-source 10.0.9.4\nCOMMIT\n", YES),
        (f"*nat\n{NAT}-A POSTROUTING -p tcp -j RETURN\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n", YES),
        (f"*nat\n{NAT}-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.1.5\nCOMMIT\n", OPEN),
        (f"*nat\n{NAT}-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.1.5\nCOMMIT\n", YES),
        (f"*nat\n{NAT}-A OUTPUT -j DNAT --to-destination 10.0.1.5\nCOMMIT\n", YES),
    ],
)
def test_other_tables(tmp_path: Path, tables: str, expected: Verdict) -> None:
    """What is passed on meets raw and mangle before routing, FORWARD of each table, and POSTROUTING; nat is open."""
    assert _passed_on(tmp_path, EMPTY.format(policy="ACCEPT", rules="") + tables) is expected


def test_a_chain_that_is_not_given_may_do_anything(tmp_path: Path) -> None:
    """A file that somebody cut FORWARD out of does not say what it did."""
    assert _passed_on(tmp_path, "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n") is OPEN


def test_one_chain_called_from_two_hooks_is_kept_for_each(tmp_path: Path) -> None:
    """What is for the machine and what it passes on meet PREROUTING with other matches possible."""
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n:X - [0:0]\n-A PREROUTING -j X\n-A X -m addrtype --dst-type LOCAL -j DROP\n"
    firewall = _read(tmp_path, EMPTY.format(policy="ACCEPT", rules="") + raw + "COMMIT\n")
    enabled = {name: [rule.match.is_enabled for rule in rules] for name, rules in firewall.chains.items()}
    assert enabled == {"raw/PREROUTING/X": [True], "forward/raw/PREROUTING/X": [False]}
    assert [base.name for base in firewall.base_chains if base.hook is Hook.FORWARD] == [
        "raw PREROUTING",
        "filter FORWARD",
    ]


def test_snat_of_what_the_machine_sends_is_open_too(tmp_path: Path) -> None:
    """SNAT may give its packets any address; MASQUERADE gives the one they have."""
    for target, expected in (("SNAT --to-source 10.0.9.9", ["nat POSTROUTING"]), ("MASQUERADE", [])):
        nat = f"*nat\n{NAT}-A POSTROUTING -p tcp -j {target}\nCOMMIT\n"
        firewall = _read(tmp_path, EMPTY.format(policy="ACCEPT", rules="") + nat)
        names = [base.name for base in firewall.base_chains if base.hook is Hook.OUTPUT]
        assert names == ["filter OUTPUT", *expected]
