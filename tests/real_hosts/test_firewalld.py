"""What netcheck reads of firewalld's zones is what firewalld loads into iptables."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.hosts import Hook
from netcheck.sources.linux.firewalld import read_firewalld
from netcheck.sources.linux.iptables_save import read_iptables_files
from tests.real_hosts.firewalld_server import START_FIREWALLD
from tests.real_hosts.namespaces import Machines, missing
from tests.real_hosts.readings import accepted, differences

PROGRAMS = ("firewalld", "firewall-cmd", "dbus-daemon", "iptables-save", "unshare")
pytestmark = [
    pytest.mark.real_hosts,
    pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "the programs are there"),
]
ROUNDS = 4
SCRIPT = (
    START_FIREWALLD
    + """\
{commands}
firewall-cmd --list-all-zones > {folder}/zones
firewall-cmd --list-all > {folder}/one
firewall-cmd --get-default-zone > {folder}/default
iptables-save > {folder}/four
ip6tables-save > {folder}/six
firewall-cmd --runtime-to-permanent > /dev/null
for table in filter nat mangle raw security; do
  for program in iptables ip6tables; do
    $program -t $table -F
    $program -t $table -X
  done
done
"""
)
PLACES = ("10.0.0.0/8", "192.168.1.0/24", "192.0.2.7", "fd00::/8", "2001:db8::7")


def _rich(draw: random.Random) -> str:
    """Return a rich rule."""
    source = draw.choice((*PLACES, ""))
    words = ["rule"]
    priority = draw.choice((0, 0, 0, -10, 20))
    words += [f'priority="{priority}"'] if priority else []
    words += [f'family="{"ipv6" if ":" in source else "ipv4"}"'] if source else []
    words += [f'source {draw.choice(("", "", "NOT "))}address="{source}"'] if source else []
    words += [
        draw.choice(
            (
                'service name="https"',
                'service name="samba"',
                'port port="8080" protocol="tcp"',
                'port port="5000-5010" protocol="udp"',
                'protocol value="esp"',
                'source-port port="1024" protocol="tcp"',
                *(("",) if source else ()),
            )
        )
    ]
    # Rules of one priority but 0 have no order that a listing shows: they all do the same here.
    words.append({0: draw.choice(("accept", "reject", "drop")), -10: "drop", 20: "accept"}[priority])
    return " ".join(word for word in words if word)


def _commands(draw: random.Random) -> list[str]:
    zones = ("public", "trusted", "drop", "block", "internal", "work")
    found = [f"--set-default-zone={draw.choice(zones)}"]
    for zone, place in zip(draw.sample(zones, 3), draw.sample(PLACES, 3), strict=True):
        found.append(f"--zone={zone} --add-source={place}")
    found.append(f"--zone={draw.choice(zones)} --change-interface=eth0")
    for _ in range(8):
        zone = draw.choice(zones)
        what = draw.choice(
            (
                "--add-service=http",
                "--add-service=dns",
                "--add-service=ipsec",
                "--add-service=mdns",
                "--add-port=9000-9010/udp",
                "--add-port=3128/tcp",
                "--add-protocol=gre",
                "--add-source-port=68/udp",
                "--remove-service=ssh",
                f"--add-rich-rule='{_rich(draw)}'",
                f"--add-rich-rule='{_rich(draw)}'",
                f"--add-rich-rule='{_rich(draw)}'",
            )
        )
        found.append(f"--zone={zone} {what}")
    return [f"firewall-cmd -q {one}" for one in dict.fromkeys(found)]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_three_readings_of_one_firewall_agree(host: Machines, tmp_path: Path, seed: int) -> None:
    """The listing of all zones, the XML files and what iptables has of them let the same packets pass."""
    commands = _commands(random.Random(seed))
    script = SCRIPT.format(folder=tmp_path, commands="\n".join(commands))
    done = host.run(("unshare", "-m", "-p", "-f", "--mount-proc", "bash", "-c", script))
    assert done.returncode == 0, (done.stdout, commands)
    paths = {name: (str(tmp_path / name),) for name in ("zones", "one", "default", "etc")}
    collector = Collector()
    read = {
        "save": read_iptables_files((str(tmp_path / "four"), str(tmp_path / "six")), collector),
        "listing": read_firewalld({"zones": paths["zones"], "defaults": paths["default"]}, collector),
        "folder": read_firewalld({"zones": paths["etc"]}, collector),
    }
    one = read_firewalld({"zones": paths["one"], "defaults": paths["default"]}, collector)
    assert not collector.has_errors, [one.render() for one in collector]
    for hook in Hook:
        expected = accepted(read["save"], hook)
        for name, firewall in read.items():
            assert differences(accepted(firewall, hook), expected) == [], (name, hook, commands)
        single = accepted(one, hook)
        assert single.surely <= expected.surely
        assert expected.surely <= single.surely | single.perhaps
