"""What netcheck reads of ufw's status and of its rule files is what ufw loads into iptables."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.hosts import Hook
from netcheck.sources.linux.iptables_save import read_iptables_files
from netcheck.sources.linux.ufw_rules import read_ufw_rules
from netcheck.sources.linux.ufw_status import read_ufw_status
from tests.real_hosts.namespaces import Machines, missing
from tests.real_hosts.readings import accepted, differences

PROGRAMS = ("ufw", "iptables-save", "unshare")
pytestmark = [
    pytest.mark.real_hosts,
    pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "the programs are there"),
]
ROUNDS = 6
PREPARE = """
set -e
cp -a /etc/ufw {folder}/ufw
cp /etc/default/ufw {folder}/ufw-defaults
mount --bind {folder}/ufw /etc/ufw
mount --bind {folder}/ufw-defaults /etc/default/ufw
exec 2>&1
"""
COLLECT = """
ufw --force enable
ufw status verbose > {folder}/verbose
ufw status numbered > {folder}/numbered
iptables-save > {folder}/four
ip6tables-save > {folder}/six
cp -a {folder}/ufw {folder}/kept
"""
CLEAN = "ufw --force disable; ip6tables -F; iptables -F; iptables -X; ip6tables -X; true"


def _command(draw: random.Random) -> str:
    """Return one `ufw` command; some are for IPv4 alone, some for IPv6, most for both."""
    action = draw.choice(("allow", "allow", "deny", "reject"))
    way = draw.choice(("", "", "in", "out", "route"))
    port = draw.choice(("22", "80,443", "8000:8010", "53"))
    protocol = draw.choice(("tcp", "udp")) if "," in port or ":" in port else draw.choice(("", "tcp", "udp"))
    if not way and draw.random() < 0.4:
        return f"ufw {action} {port}{'/' if protocol else ''}{protocol}"
    family = draw.choice((4, 6))
    pools = {4: ("10.0.0.0/8", "192.0.2.7", "any"), 6: ("fd00::/8", "2001:db8::7", "any")}
    source, destination = draw.choice(pools[family]), draw.choice(pools[family])
    words = ["ufw", *(["route"] if way == "route" else []), action, *([way] if way in ("in", "out") else [])]
    if way and draw.random() < 0.3:
        words += {"route": ["in", "on", "eth0", "out", "on", "eth1"]}.get(way, ["on", "eth0"])
    kind = draw.choice(("ports", "ports", "source port", "none", "esp"))
    if kind == "esp":
        return " ".join([*words, "proto", "esp", "from", source, "to", destination.replace("any", pools[family][1])])
    words += ["proto", protocol] if protocol and kind != "none" else []
    words += ["from", source, *(["port", "1024"] if kind == "source port" else [])]
    words += ["to", destination, *(["port", port] if kind != "none" else [])]
    return " ".join(words)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_three_readings_of_one_firewall_agree(host: Machines, tmp_path: Path, seed: int) -> None:
    """The status, its numbered form, the rule files and what iptables has of them let the same packets pass."""
    draw = random.Random(seed)
    defaults = {way: draw.choice(("allow", "deny", "reject")) for way in ("incoming", "outgoing", "routed")}
    commands = [f"ufw default {word} {way}" for way, word in defaults.items()]
    commands += ["ufw allow 2222/tcp", *(_command(draw) for _ in range(12))]
    script = PREPARE + "\n".join(commands) + COLLECT + CLEAN
    done = host.run(("unshare", "-m", "bash", "-c", script.format(folder=tmp_path)))
    assert done.returncode == 0, (done.stdout, commands)
    collector = Collector()
    paths = {name: (str(tmp_path / name),) for name in ("verbose", "numbered", "kept", "ufw-defaults")}
    read = {
        "save": read_iptables_files((str(tmp_path / "four"), str(tmp_path / "six")), collector),
        "status": read_ufw_status({"status": paths["verbose"]}, collector),
        "rules": read_ufw_rules({"rules": paths["kept"], "defaults": paths["ufw-defaults"]}, collector),
    }
    numbered = read_ufw_status({"status": paths["numbered"]}, collector)
    assert not collector.has_errors, [one.render() for one in collector]
    for hook in Hook:
        expected = accepted(read["save"], hook)
        for name, firewall in read.items():
            assert differences(accepted(firewall, hook), expected) == [], (name, hook, commands)
        without_defaults = accepted(numbered, hook)
        assert without_defaults.surely <= expected.surely
        assert expected.surely <= without_defaults.surely | without_defaults.perhaps
