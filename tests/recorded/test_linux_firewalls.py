"""Every recorded file of a Linux firewall has an outcome and loses no rule; damaged ones are firewalls or errors."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.hosts import ChainFirewall
from netcheck.sources.linux.firewalld import read_firewalld
from netcheck.sources.linux.iptables_save import read_iptables_files
from netcheck.sources.linux.ufw_rules import read_ufw_rules
from netcheck.sources.linux.ufw_status import read_ufw_status
from tests.recorded.linux_firewalls import PART, REFUSED, UNKNOWNS, WHOLE, census
from tests.unit.sources.shared import shared_folder

COUNTS = {
    ("batfish_iptables", WHOLE): 3,
    ("batfish_iptables", UNKNOWNS): 1,
    ("batfish_iptables", REFUSED): 11,
    ("iptables_save", UNKNOWNS): 6,
    ("iptables_save", REFUSED): 1,
    ("jc_fixtures", WHOLE): 1,
    ("jc_fixtures", UNKNOWNS): 5,
    ("jc_fixtures", PART): 5,
    ("jc_fixtures", REFUSED): 25,
    ("ufw", PART): 3,
    ("verified_iptables", WHOLE): 1,
    ("verified_iptables", UNKNOWNS): 15,
    ("verified_iptables", REFUSED): 4,
}
REASONS = {
    "batfish_iptables": {"no iptables-save dump": 7, "no `filter` table": 2, "table `filter` has no chain": 2},
    "iptables_save": {"a listing of `iptables -L`": 1},
    "jc_fixtures": {"no iptables-save dump": 7, "a listing of `iptables -L`": 7, "no status of ufw in English": 11},
    "verified_iptables": {"no iptables-save dump": 4},
}


def test_every_file_has_an_outcome() -> None:
    """Counts by folder, with the reasons of what is refused."""
    outcomes = list(census(shared_folder("host_firewall")))
    assert Counter((one.path.parent.name, one.outcome) for one in outcomes) == COUNTS
    reasons = {
        folder: {
            start: sum(one.message.startswith(start) for one in outcomes if one.path.parent.name == folder)
            for start in starts
        }
        for folder, starts in REASONS.items()
    }
    assert reasons == REASONS


def test_no_rule_is_lost() -> None:
    """Each file that is read has as many rules as a plain search finds in it."""
    read = [one for one in census(shared_folder("host_firewall")) if one.outcome != REFUSED]
    assert [one.path.name for one in read if one.rules != one.counted] == []
    assert sum(one.rules for one in read) > 15_000


Reader = Callable[[str, Collector], ChainFirewall]
READERS: Mapping[str, Reader] = {
    "iptables": lambda path, collector: read_iptables_files((path,), collector),
    "ipset": lambda path, collector: read_iptables_files((path,), collector, (path,)),
    "ufw": lambda path, collector: read_ufw_status({"status": (path,), "applications": (path,)}, collector),
    "ufw rules": lambda path, collector: read_ufw_rules({"rules": (path,), "defaults": (path,)}, collector),
    "firewalld": lambda path, collector: read_firewalld({"zones": (path,), "services": (path,)}, collector),
}
LISTING = """public (default, active)
  target: default
  services: ssh http
  sources: 10.0.0.0/8 ipset:office
  ports: 3128/tcp 9000-9010/udp
  rich rules:
\trule family="ipv4" source NOT address="10.0.0.0/8" port port="80" protocol="tcp" accept limit value="1/m"
"""
XML = """<?xml version="1.0" encoding="utf-8"?>
<zone target="DROP"><service name="ssh"/><port port="80" protocol="tcp"/><source address="10.0.0.0/8"/>
<rule family="ipv4" priority="-3"><source address="192.0.2.0/24" invert="yes"/><drop/></rule></zone>
"""
SETS = """create a hash:net,port family inet timeout 0
add a 10.0.0.0/8,tcp:80 timeout 3 nomatch
create l list:set
add l a
"""


def _texts() -> list[str]:
    folder = shared_folder("host_firewall")
    small = [path for name in ("iptables_save", "jc_fixtures", "ufw") for path in sorted((folder / name).iterdir())]
    return [*(path.read_text(encoding="utf-8") for path in small if path.suffix != ".json"), LISTING, XML, SETS]


def _damaged(text: str, draw: random.Random) -> str:
    """Return a text that is cut, or has a line too many, too few or changed."""
    lines = text.splitlines(keepends=True)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(lines))
        line = lines[at]
        where = draw.randrange(len(line) + 1)
        words = line.split(" ")
        draw.shuffle(words)
        changes = (
            line[:where],
            line + line,
            "",
            line[:where] + draw.choice('"!-/:,=([<\\9é \t') + line[where:],
            " ".join(words),
        )
        lines[at] = draw.choice(changes)
    damaged = "".join(lines)
    return damaged[: draw.randrange(len(damaged) + 1)] if draw.random() < 0.3 else damaged


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_firewalls_or_errors(tmp_path: Path, name: str) -> None:
    """Whatever a file holds, reading it ends with a firewall or with errors that have a place."""
    draw = random.Random(name)
    path = tmp_path / ("a_user.rules" if name == "ufw rules" else "file")
    outcomes: Counter[str] = Counter()
    for text in _texts():
        for _ in range(12):
            path.write_text(_damaged(text, draw), encoding="utf-8")
            collector = Collector()
            try:
                firewall = READERS[name](str(path), collector)
            except InputError:
                outcomes["refused"] += 1
                continue
            assert isinstance(firewall, ChainFirewall)
            outcomes["faulty" if collector.has_errors else "read"] += 1
    assert outcomes["faulty"] > 100
