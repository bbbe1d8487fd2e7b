"""Real iptables dumps against what proven code computed of them: the packets surely, and those possibly, accepted.

`.Ln.<chain>.lower` and `.upper` beside a dump were made by code extracted from a proof in Isabelle (Diekmann,
Michaelis, Haslbeck, Carle, "Verified iptables firewall analysis"). They are lists of plain rules in the spelling of
`iptables -L -n`: what a match that the proof does not know could do is in the upper bound and not in the lower one.
Packets have the state NEW. Interfaces are replaced by the addresses that may come in by them, `lo` by 127.0.0.0/8: the
bounds are not about other packets with such a source, which come from no network.

`python -m tests.recorded.test_verified_closures` prints how each dump compares.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.address import parse_prefix
from netcheck.model.hosts import Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.site import Site
from netcheck.policy.chains import judge_chains
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet
from netcheck.sources.linux.iptables_save import read_iptables_save
from tests.unit.networks import HERE
from tests.unit.sources.shared import shared_folder

LOOPBACK = IntervalSet.span(127 << 24, (128 << 24) - 1)
FROM_NETWORKS = ps.box(4) - ps.box(4, sources=LOOPBACK)
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "esp": 50, "ah": 51, "gre": 47}
CHAINS = {"FWD": ("FORWARD", Hook.FORWARD), "INP": ("INPUT", Hook.INPUT)}
BOUNDS = (
    ("TUM_Net__iptables-save-2015-05-15_15-23-41", "", "FWD"),
    ("TUM_Net__iptables-save-2015-09-03_15-56-50", "", "FWD"),
    ("TUM_Net__iptables_20.10.2013", "", "FWD"),
    ("TUM_Net__iptables_25.07.2014", "", "FWD"),
    ("config_home_user__typical_home_user", "_iptables-save", "FWD"),
    ("configs_sqrl_shorewall__2014_sep_iptables-saveakachan", "", "FWD"),
    ("configs_sqrl_shorewall__2015_aug_iptables-save-spoofing-protection", "", "FWD"),
    ("configs_sqrl_shorewall__2015_aug_iptables-save-spoofing-protection", "", "INP"),
    ("configs_ugent__iptables", "-save.v1.4.21", "INP"),
    ("docker_topos__iptables-save", ".topos4.1", "FWD"),
    ("gopherproxy.meulie.net__iptables-save", "", "INP"),
    ("linux.gda.pl__firewallp.txt", "", "FWD"),
    ("medium-sized-company__iptables-save", "", "FWD"),
    ("medium-sized-company__iptables-save", "", "INP"),
    ("openwrt.org__iptables-save-AA.txt_fixed_newline", "", "FWD"),
    ("pastebin.com_bbWXHaTn__iptables-save", "", "FWD"),
    ("sargon__iptables-save.txt", "", "INP"),
)
"""Name of the bounds, what the dump's name has beyond it, chain."""

TIGHT = {
    ("configs_sqrl_shorewall__2014_sep_iptables-saveakachan", "FWD"),
    ("configs_sqrl_shorewall__2015_aug_iptables-save-spoofing-protection", "FWD"),
    ("configs_sqrl_shorewall__2015_aug_iptables-save-spoofing-protection", "INP"),
    ("configs_ugent__iptables", "INP"),
    ("docker_topos__iptables-save", "FWD"),
    ("openwrt.org__iptables-save-AA.txt_fixed_newline", "FWD"),
    ("pastebin.com_bbWXHaTn__iptables-save", "FWD"),
    ("sargon__iptables-save.txt", "INP"),
}
"""Where every world lies between the bounds. In the others interfaces matter, which the bounds have replaced, or
matches such as ICMP types, of which the proof knows more."""


class Found(NamedTuple):
    """The packets accepted surely and possibly, as read here and as proven."""

    surely: PacketSet
    possibly: PacketSet
    lower: PacketSet
    upper: PacketSet


def _folder() -> Path:
    return shared_folder("host_firewall") / "verified_iptables"


def _listed(path: Path, chain: str) -> PacketSet:
    """Return what a list of plain rules accepts: the first that matches decides, then the policy."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"Chain {chain} "))
    left, accepted = FROM_NETWORKS, EMPTY_PACKETS
    for line in lines[start + 2 :]:
        if not line.strip() or not left:
            break
        hit = left & _plain(line)
        accepted = accepted | hit if line.startswith("ACCEPT ") else accepted
        left = left - hit
    return accepted | left if "(policy ACCEPT)" in lines[start] else accepted


def _plain(line: str) -> PacketSet:
    action, protocol, _, source, destination, *extra = line.split()
    assert action in ("ACCEPT", "DROP"), line
    box: dict[str, Any] = {}
    if protocol != "all":
        box["protocols"] = IntervalSet.point(int(protocol) if protocol.isdigit() else PROTOCOLS[protocol])
    for side, text in (("sources", source), ("destinations", destination)):
        prefix = parse_prefix(text)[0]
        box[side] = IntervalSet.span(prefix.first, prefix.last)
    for word in extra:
        ports = re.fullmatch(r"([sd])pts?:(\d+)(?::(\d+))?", word)
        assert ports or word == protocol, line
        if ports:
            name = "source_ports" if ports[1] == "s" else "destination_ports"
            box[name] = IntervalSet.span(int(ports[2]), int(ports[3] or ports[2]))
    return ps.box(4, **box)


@cache
def found(name: str, rest: str, kind: str) -> Found:
    """Read one dump, judge one chain of its table `filter` in all worlds, and read the bounds beside it."""
    chain, hook = CHAINS[kind]
    firewall = read_iptables_save(str(_folder() / f"{name}{rest}"), Collector())
    base = next(one for one in firewall.base_chains if one.name == f"filter {chain}" and one.hook is hook)
    alone = replace(firewall, base_chains=(base,))
    nic = NetworkInterface(name="nic", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=alone)
    (result,) = judge_chains(alone, FROM_NETWORKS, HostContext(vm, nic, None, hook, AddressBook(Site(file="-")), None))
    surely = possibly = EMPTY_PACKETS
    for part in result.parts:
        surely = surely | part.packets if all(case.passes for case in part.cases) else surely
        possibly = possibly | part.packets if any(case.passes for case in part.cases) else possibly
    lower, upper = (_listed(_folder() / f"{name}.Ln.{kind}.{side}", chain) for side in ("lower", "upper"))
    return Found(surely, possibly, lower, upper)


@pytest.mark.parametrize(("name", "rest", "kind"), BOUNDS)
def test_a_dump_keeps_the_proven_bounds(name: str, rest: str, kind: str) -> None:
    """What is surely accepted is possible, what is read as sure is possible in the proof, and never the other way."""
    one = found(name, rest, kind)
    assert list((one.lower - one.possibly).boxes()) == []
    assert list((one.surely - one.upper).boxes()) == []
    assert one.surely <= one.possibly


def test_where_every_world_lies_between_the_bounds() -> None:
    """Most dumps have limits or interfaces in them; these lie between the bounds whatever such a match does."""
    assert {
        (name, kind)
        for name, rest, kind in BOUNDS
        for one in (found(name, rest, kind),)
        if one.lower <= one.surely and one.possibly <= one.upper
    } == TIGHT


def test_the_bounds_are_about_something() -> None:
    """Comparisons are not all empty: packets are accepted for sure, and others are blocked for sure."""
    every = [found(*one) for one in BOUNDS]
    assert sum(bool(one.lower) for one in every) >= 8
    assert sum(bool(one.surely) for one in every) >= 7
    assert sum(one.possibly != FROM_NETWORKS for one in every) >= 6


def test_all_bounds_are_compared() -> None:
    """No pair of bounds in the folder is left out."""
    there = {path.name for path in _folder().glob("*.Ln.*")}
    assert there == {f"{name}.Ln.{kind}.{side}" for name, _, kind in BOUNDS for side in ("lower", "upper")}


def main() -> None:
    """Print how each dump compares."""
    for name, rest, kind in BOUNDS:
        one = found(name, rest, kind)
        holds = not one.lower - one.possibly and not one.surely - one.upper
        tight = one.lower <= one.surely and one.possibly <= one.upper
        sys.stdout.write(f"{name} {kind}: {'hold' if holds else 'BROKEN'}{', in every world' if tight else ''}\n")


if __name__ == "__main__":
    main()
