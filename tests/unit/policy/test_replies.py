"""Answers come to the other hook: a chain there that drops by default and knows no states leaves a connection open."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.questions.check import check
from netcheck.questions.profiles import BackupProfile, Need
from netcheck.questions.reach import reach
from netcheck.sources.load import load_site

SITE = """
netcheck: 1
location: westus
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/24]
    subnets: [{{name: default, addressPrefix: 10.0.0.0/24}}]
virtualMachines:
  - name: app-vm
    osType: Linux
    hostFirewall: none
    networkInterfaces: [{{name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}}]
  - name: host-vm
    osType: Linux
    hostFirewall: {{kind: {kind}}}
    networkInterfaces: [{{name: host-nic, subnet: vnet/default, privateIPAddress: 10.0.0.5}}]
"""
SAVE = "*filter\n:INPUT {}\n:FORWARD DROP [0:0]\n:OUTPUT {}\n-A INPUT -p tcp -m tcp --dport 3128 -j ACCEPT\n{}COMMIT\n"
OPEN, SHUT = "ACCEPT [0:0]", "DROP [0:0]"
STATES = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
NFT = """table inet filter {{
	chain input {{
		type filter hook input priority filter; policy drop;
		{}
		tcp dport 3128 accept
	}}
	chain output {{
		type filter hook output priority filter; policy {};
		{}
	}}
}}
"""


@pytest.mark.parametrize(
    ("kind", "text", "into", "out"),
    [
        ("iptables, save: fw", SAVE.format(SHUT, OPEN, ""), "reachable", "undetermined"),
        ("iptables, save: fw", SAVE.format(SHUT, OPEN, f"-A INPUT {STATES}"), "reachable", "reachable"),
        ("iptables, save: fw", SAVE.format(OPEN, OPEN, "-A INPUT -j REJECT\n"), "reachable", "undetermined"),
        ("iptables, save: fw", SAVE.format(OPEN, SHUT, ""), "undetermined", "blocked"),
        ("iptables, save: fw", SAVE.format(OPEN, SHUT, f"-A OUTPUT {STATES}"), "reachable", "blocked"),
        ("iptables, save: fw", SAVE.format(OPEN, OPEN, ""), "reachable", "reachable"),
        ("nftables, ruleset: fw", NFT.format("", "accept", ""), "reachable", "undetermined"),
        ("nftables, ruleset: fw", NFT.format("ct state established accept", "accept", ""), "reachable", "reachable"),
        ("nftables, ruleset: fw", NFT.format("ct state vmap { established : accept }", "drop", ""), "undetermined",
         "blocked"),
        ("nftables, ruleset: fw", NFT.format("", "drop", "ct state established accept"), "reachable", "blocked"),
    ],
)  # fmt: skip
def test_answers(kind: str, text: str, into: str, out: str, tmp_path: Path) -> None:
    """Into the host on 3128, and from it to a VM that lets everything in."""
    (tmp_path / "fw").write_text(text, encoding="utf-8")
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(kind=kind), encoding="utf-8")
    site = load_site([str(path)])
    assert str(reach(site, "app-vm", "host-vm", ["3128"]).verdict) == into
    found = reach(site, "host-vm", "app-vm", ["443"])
    assert str(found.verdict) == out
    assert any("answers of a connection" in reason for reason in found.reasons) is (out == "undetermined")


def test_names_that_may_not_be_found_are_not_said_to_be_lost(tmp_path: Path) -> None:
    """DNS is a connection too: what is open about its answers is open about names."""
    (tmp_path / "fw").write_text(SAVE.format(SHUT, OPEN, ""), encoding="utf-8")
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(kind="iptables, save: fw"), encoding="utf-8")
    need = Need(target="20.60.0.1", ports=(443,), hosts=(".blob.core.windows.net",))
    chosen = BackupProfile(name="vm-2018", needs=(need,), source="")
    entry = check(load_site([str(path)]), ["host-vm"], chosen=chosen).entries[0]
    assert any("may be unable to ask 168.63.129.16" in reason for reason in entry.answer.reasons)
    assert not any("cannot ask" in reason for reason in entry.answer.reasons)
