"""The JSON of answers: protocols with and without ports, `any`, blocks, counts, order of the verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, combine
from netcheck.questions.answer import blocks, ports, prefixes
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import box
from tests.unit.sources.sites import load

TEXT = """\
netcheck: 1
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/24, "fd00::/64"]
    subnets:
      - {name: s, addressPrefixes: [10.0.0.0/24, "fd00::/64"], networkSecurityGroup: nsg}
networkSecurityGroups:
  - name: nsg
    securityRules: [RULES]
virtualMachines:
  - name: one
    hostFirewall: none
    networkInterfaces: [{name: n1, subnet: v/s, privateIPAddresses: [10.0.0.4, "fd00::4"]}]
  - name: two
    hostFirewall: none
    networkInterfaces: [{name: n2, subnet: v/s, privateIPAddresses: [10.0.0.5, "fd00::5"]}]
"""
DENY = (
    '{{name: deny, priority: 100, direction: Outbound, access: Deny, protocol: {protocol}, sourceAddressPrefix: "*", '
    'sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "{port}"}}'
)


def site(folder: Path, *rules: tuple[str, str]) -> Site:
    """Load two machines of two families each, behind a group that denies some outbound traffic."""
    text = TEXT.replace('privateIPAddresses: [10.0.0.4, "fd00::4"]', CONFIGS.format(4))
    text = text.replace('privateIPAddresses: [10.0.0.5, "fd00::5"]', CONFIGS.format(5))
    return load(folder, text.replace("RULES", ", ".join(DENY.format(protocol=p, port=n) for p, n in rules)))


CONFIGS = 'ipConfigurations: [{{privateIPAddress: 10.0.0.{0}}}, {{privateIPAddress: "fd00::{0}"}}]'


def found(one: Site, source: str, target: str, **words: Any) -> Any:
    """Return the JSON of an answer."""
    return nc.can_reach(one, source, target, **words).to_dict()


def test_any_protocol_is_one_block_where_all_pass_alike(tmp_path: Path) -> None:
    """All 256 protocols with all ports are the word `any`; counted are two times 65,536 ports and 254 protocols."""
    answer = found(site(tmp_path), "10.0.0.4", "10.0.0.5", protocol="any")
    [block] = answer["packets"]["reachable"]
    assert (block["protocol"], block["sourcePorts"], block["destinationPorts"]) == ("any", ["0-65535"], ["0-65535"])
    assert answer["counts"] == {"reachable": 2 * 65536 + 254, "blocked": 0, "undetermined": 0}
    assert answer["question"]["protocol"] == "any"


def test_any_protocol_is_told_apart_where_one_is_denied(tmp_path: Path) -> None:
    """With TCP denied the rest is listed protocol by protocol: UDP with its ports, each other with the port 0."""
    answer = found(site(tmp_path, ("Tcp", "*")), "10.0.0.4", "10.0.0.5", protocol="any")
    assert [b["protocol"] for b in answer["packets"]["blocked"]] == ["tcp"]
    words = [b["protocol"] for b in answer["packets"]["reachable"]]
    assert len(words) == len(set(words)) == 255
    assert {"udp", "icmp", "esp", "ah", "0", "58", "255"} <= set(words)
    assert answer["verdict"] == "partial"
    for block in answer["packets"]["reachable"]:
        assert block["destinationPorts"] == (["0-65535"] if block["protocol"] == "udp" else ["0"])


@pytest.mark.parametrize(("source", "target", "other"), [("10.0.0.4", "10.0.0.5", "58"), ("fd00::4", "fd00::5", "1")])
def test_icmp_is_the_familys_own(source: str, target: str, other: str, tmp_path: Path) -> None:
    """ICMP over IPv4 is protocol 1 and over IPv6 58, one packet a pair of addresses; the other one is a number."""
    answer = found(site(tmp_path), source, target, protocol="icmp")
    [block] = answer["packets"]["reachable"]
    assert (block["protocol"], block["destinationPorts"], answer["counts"]["reachable"]) == ("icmp", ["0"], 1)
    assert answer["witnesses"]["reachable"][0]["destinationPort"] == 0
    [block] = found(site(tmp_path), source, target, protocol=other)["packets"]["reachable"]
    assert block["protocol"] == other


def test_a_rule_that_names_icmp_matches_the_icmp_of_both_families(tmp_path: Path) -> None:
    """A rule for ICMP stops ICMP over IPv4 and over IPv6, and nothing else."""
    one = site(tmp_path, ("Icmp", "*"))
    assert found(one, "one", "two", protocol="icmp")["families"] == {"ipv4": "blocked", "ipv6": "blocked"}
    assert found(one, "one", "two", tcp=[443])["verdict"] == "reachable"


def test_a_restricted_port_on_a_protocol_without_ports_is_open(tmp_path: Path) -> None:
    """What `80` means in a rule for ICMP or for any protocol is not documented: open for ICMP, exact for TCP."""
    one = site(tmp_path, ("'*'", "80"))
    assert found(one, "10.0.0.4", "10.0.0.5", protocol="icmp")["verdict"] == "undetermined"
    assert found(one, "10.0.0.4", "10.0.0.5", tcp=[80])["verdict"] == "blocked"
    assert found(one, "10.0.0.4", "10.0.0.5", tcp=[81])["verdict"] == "reachable"
    assert found(site(tmp_path, ("Icmp", "80")), "10.0.0.4", "10.0.0.5", tcp=[80])["verdict"] == "reachable"


def test_families_are_told_apart(tmp_path: Path) -> None:
    """A question about machines of two families has blocks of both, each with its own addresses."""
    answer = found(site(tmp_path), "one", "two", tcp=[443])
    told = [(b["family"], b["source"], b["destination"]) for b in answer["packets"]["reachable"]]
    assert told == [(4, ["10.0.0.4/32"], ["10.0.0.5/32"]), (6, ["fd00::4/128"], ["fd00::5/128"])]
    assert answer["counts"]["reachable"] == 2


def test_texts_are_the_fewest_prefixes_and_ranges() -> None:
    """Addresses are CIDR, ports numbers and ranges; what touches is one."""
    assert list(prefixes(4, IntervalSet.of([(1, 1), (2, 3), (4, 7), (9, 9)]))) == [
        "0.0.0.1/32",
        "0.0.0.2/31",
        "0.0.0.4/30",
        "0.0.0.9/32",
    ]
    assert list(ports(IntervalSet.of([(80, 80), (81, 443), (8080, 8080)]))) == ["80-443", "8080"]
    assert list(blocks(box(4, protocols=IntervalSet.of([])))) == []


R, B, P, U = Verdict.REACHABLE, Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([R], R), ([B], B), ([U], U), ([P], P), ([R, R], R), ([B, B], B), ([R, B], P), ([R, U], U), ([B, U], U),
        ([R, B, U], P), ([P, U], P), ([P, R], P),
    ],
)  # fmt: skip
def test_some_and_some_not_is_partial_whatever_is_open(parts: list[Verdict], whole: Verdict) -> None:
    """Reachable or blocked need all packets; a part of each is partial; otherwise an open part leaves it open."""
    assert combine(parts) == whole
    assert combine(reversed(parts)) == whole


def test_an_answer_has_no_truth_value(tmp_path: Path) -> None:
    """Four verdicts do not fit into two: asking an answer whether it is true is an error that says what to do."""
    with pytest.raises(TypeError, match="verdict"):
        bool(nc.can_reach(site(tmp_path), "one", "two", tcp=[443]))


def test_assert_reachable_says_who_blocks(tmp_path: Path) -> None:
    """The assertion for people's own tests passes in silence, or names verdict, witness and deciding rule."""
    nc.assert_reachable(nc.can_reach(site(tmp_path), "one", "two", tcp=[443]))
    with pytest.raises(AssertionError, match=r"(?s)blocked, .*deny by deny \(100\).*:443/tcp"):
        nc.assert_reachable(nc.can_reach(site(tmp_path, ("Tcp", "443")), "one", "two", tcp=[443]))
