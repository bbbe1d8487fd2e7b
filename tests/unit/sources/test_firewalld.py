"""firewalld: zones from listings and XML files, and to which zone a packet belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.path.leg import Verdict
from netcheck.sources.linux.firewalld import read_firewalld
from tests.unit.sources.linux_hosts import NO, OPEN, YES, errors, passes
from tests.unit.sources.sites import load_machine

UDP, ESP, ICMP, SCTP = 17, 50, 1, 132
KEYS = ("interfaces", "sources", "services", "ports", "protocols", "forward-ports", "source-ports", "icmp-blocks")
Packet = dict[str, Any]


def _zone(name: str, heading: str = "", *, target: str = "default", rich: tuple[str, ...] = (), **values: Any) -> str:
    """Return a zone as `firewall-cmd` lists it."""
    given = {key.replace("_", "-"): value for key, value in values.items()}
    lines = [f"{name}{heading}", f"  target: {target}", "  icmp-block-inversion: no"]
    lines += [f"  {key}: {given.pop(key, '')}" for key in KEYS]
    lines += [f"  {key}: {value}" for key, value in given.items()]
    lines += ["  rich rules: ", *(f"\t{rule}" for rule in rich)]
    return "\n".join(lines) + "\n\n"


def _read(folder: Path, *zones: str, default: str = "") -> tuple[ChainFirewall, Collector]:
    (folder / "zones.txt").write_text("".join(zones))
    (folder / "default").write_text(f"{default}\n" if default else "# nothing\nDefaultZone=public\n")
    collector = Collector()
    files = {"zones": (str(folder / "zones.txt"),), **({"defaults": (str(folder / "default"),)} if default else {})}
    return read_firewalld(files, collector), collector


def _in(folder: Path, *zones: str, default: str = "public", **packet: Any) -> Verdict:
    firewall, collector = _read(folder, *zones, _zone("unused"), default=default)
    assert errors(collector) == []
    return passes(firewall, **packet)


@pytest.mark.parametrize(
    ("values", "packet", "expected"),
    [
        ({}, {"port": 22}, NO),
        ({"services": "ssh http"}, {"port": 80}, YES),
        ({"services": "ssh http"}, {"port": 443}, NO),
        ({"services": "dns"}, {"port": 53, "protocol": UDP}, YES),
        ({"services": "samba"}, {"port": 138, "protocol": UDP}, YES),
        ({"services": "mdns"}, {"port": 5353, "protocol": UDP}, NO),
        ({"services": "mdns"}, {"port": 5353, "protocol": UDP, "destination": "224.0.0.251"}, YES),
        ({"services": "dhcpv6-client"}, {"port": 546, "protocol": UDP}, NO),
        ({"services": "ipsec"}, {"protocol": ESP}, YES),
        ({"services": "our-own"}, {"port": 7}, OPEN),
        ({"ports": "3128/tcp 9000-9010/udp"}, {"port": 3128}, YES),
        ({"ports": "3128/tcp 9000-9010/udp"}, {"port": 9010, "protocol": UDP}, YES),
        ({"ports": "3128/tcp 9000-9010/udp"}, {"port": 9011, "protocol": UDP}, NO),
        ({"ports": "99/sctp"}, {"protocol": SCTP}, OPEN),
        ({"protocols": "esp"}, {"protocol": ESP}, YES),
        ({"source_ports": "50000/tcp"}, {"port": 7}, YES),
        ({"source_ports": "50000/tcp"}, {"port": 7, "source_port": 50001}, NO),
        ({"target": "ACCEPT"}, {"port": 7}, YES),
        ({"target": "DROP"}, {"protocol": ICMP}, NO),
        ({"target": "%%REJECT%%"}, {"protocol": ICMP}, NO),
        ({}, {"protocol": ICMP}, YES),
        ({"icmp_blocks": "echo-request"}, {"protocol": ICMP}, OPEN),
        ({"forward_ports": "port=80:proto=tcp:toport=8080:toaddr="}, {"port": 80}, OPEN),
        ({"forward_ports": "port=80:proto=tcp:toport=8080:toaddr="}, {"port": 81}, NO),
        ({}, {"port": 7, "hook": Hook.OUTPUT}, YES),
        ({}, {"port": 7, "hook": Hook.FORWARD}, NO),
        ({"target": "ACCEPT"}, {"port": 7, "hook": Hook.FORWARD}, YES),
        ({"target": "ACCEPT", "masquerade": "yes"}, {"port": 7, "hook": Hook.FORWARD}, OPEN),
        ({"interfaces": "eth0", "forward": "yes"}, {"port": 7, "hook": Hook.FORWARD}, OPEN),
    ],
)
def test_one_zone(tmp_path: Path, values: dict[str, Any], packet: Packet, expected: Verdict) -> None:
    """What the default zone does; what nothing lets in meets the target, which rejects all but ICMP by default."""
    assert _in(tmp_path, _zone("public", **values), **packet) is expected


@pytest.mark.parametrize(
    ("rich", "packet", "expected"),
    [
        (('rule family="ipv4" source address="10.0.0.0/8" accept',), {"port": 7}, YES),
        (('rule family="ipv4" source address="10.0.0.0/8" accept',), {"port": 7, "family": 6}, NO),
        (('rule family="ipv4" source NOT address="10.0.0.0/8" accept',), {"port": 7}, NO),
        (('rule family="ipv4" source address="192.0.2.1" invert="True" accept',), {"port": 7}, YES),
        (
            ('rule family="ipv4" destination address="10.0.0.5" port port="7-9" protocol="tcp" accept',),
            {"port": 8},
            YES,
        ),
        (('rule service name="http" log prefix="x" level="info" limit value="1/m" accept',), {"port": 80}, YES),
        (('rule service name="http" accept limit value="1/m"',), {"port": 80}, OPEN),
        (('rule service name="ssh" drop',), {"port": 22}, NO),
        (('rule priority="5" service name="ssh" drop',), {"port": 22}, YES),
        (('rule priority="-5" service name="ssh" reject type="icmp-port-unreachable"',), {"port": 22}, NO),
        (
            ('rule priority="-5" port port="22" protocol="tcp" drop', 'rule priority="-9" service name="ssh" accept'),
            {"port": 22},
            YES,
        ),
        (
            ('rule priority="-5" port port="22" protocol="tcp" drop', 'rule priority="-5" service name="ssh" accept'),
            {"port": 22},
            OPEN,
        ),
        (('rule protocol value="esp" accept',), {"protocol": ESP}, YES),
        (('rule source-port port="50000" protocol="tcp" accept',), {"port": 7}, YES),
        (('rule family="ipv4" source mac="00:11:22:33:44:55" accept',), {"port": 7}, OPEN),
        (('rule family="ipv4" source ipset="office" accept',), {"port": 7}, OPEN),
        (('rule service name="http" log',), {"port": 80}, NO),
        (('rule service name="http" mark set="1"',), {"port": 80}, NO),
        (('rule icmp-type name="echo-request" drop',), {"protocol": ICMP}, OPEN),
        (('rule family="ipv4" forward-port port="80" protocol="tcp" to-port="8080"',), {"port": 80}, OPEN),
        (('rule family="ipv4" masquerade',), {"port": 80}, NO),
    ],
)
def test_rich_rules(tmp_path: Path, rich: tuple[str, ...], packet: Packet, expected: Verdict) -> None:
    """What denies goes before what allows, and priorities before and after both."""
    assert _in(tmp_path, _zone("public", services="ssh", rich=rich), **packet) is expected


def test_the_zone_of_a_packet(tmp_path: Path) -> None:
    """By its source, in the order of the zones' names; then by its interface; else the default zone."""
    zones = (
        _zone("drop", target="DROP", sources="10.0.0.0/24"),
        _zone("trusted", target="ACCEPT", sources="10.0.0.0/8 fd00::/8 00:11:22:33:44:55"),
        _zone("public", services="ssh"),
    )
    assert _in(tmp_path, *zones, port=22) is NO
    assert _in(tmp_path, *zones, port=7, source="10.1.0.1") is YES
    assert _in(tmp_path, *zones, port=7, family=6) is YES
    assert _in(tmp_path, *zones, port=22, source="192.0.2.1") is YES
    assert _in(tmp_path, *zones, port=7, source="192.0.2.1") is OPEN  # its card may be that of `trusted`
    by_priority = (
        _zone("trusted", target="ACCEPT", sources="10.0.0.0/8", ingress_priority="-1"),
        *zones[:1],
        *zones[2:],
    )
    assert _in(tmp_path, *by_priority, port=7) is YES


def test_zones_of_old_versions_may_drift(tmp_path: Path) -> None:
    """Before 1.0 the zone of the interface could let in what the zone of the source left to its target.

    Such versions list no zone that forwards, and their firewalld.conf may say so.
    """
    zones = (_zone("internal", sources="10.0.0.0/8", services="http"), _zone("public", services="ssh"))
    assert [_in(tmp_path, *zones, port=port) for port in (80, 22, 23)] == [YES, OPEN, NO]
    newer = (*zones, _zone("home", forward="yes"))
    assert [_in(tmp_path, *newer, port=port) for port in (80, 22, 23)] == [YES, NO, NO]
    internal = '<zone><source address="10.0.0.0/8"/></zone>'
    for word, expected in (("yes", OPEN), ("no", NO)):
        conf = f"DefaultZone=public\nAllowZoneDrifting={word}\n"
        firewall = _etc(tmp_path / word, firewalld_conf=conf, **{"zones__internal.xml": internal})
        assert passes(firewall, 22) is expected


def test_an_interface_matters_where_zones_differ(tmp_path: Path) -> None:
    """By which interface a packet comes is not known; where its zone is the default one it is no question."""
    own = (_zone("public", " (active)", services="ssh", interfaces="eth0"),)
    assert [_in(tmp_path, *own, port=port) for port in (22, 23)] == [YES, NO]
    other = (*own, _zone("block", target="%%REJECT%%"))
    assert [_in(tmp_path, *other, port=port, default="block") for port in (22, 23)] == [OPEN, NO]


def test_the_default_zone_has_to_be_known(tmp_path: Path) -> None:
    """A heading may mark it; a listing that does not leaves open what no source and no interface decides."""
    zones = (_zone("public", services="ssh"), _zone("trusted", target="ACCEPT"))
    assert passes(_read(tmp_path, *zones)[0], 22) is OPEN
    marked = (_zone("public", " (default, active)", services="ssh"), _zone("trusted", target="ACCEPT"))
    assert [passes(_read(tmp_path, *marked)[0], port) for port in (22, 23)] == [YES, NO]
    assert passes(_read(tmp_path, *zones, default="elsewhere")[0], 22) is OPEN


def test_one_zone_alone_does_not_say_where_packets_go(tmp_path: Path) -> None:
    """`--list-all` shows one zone: another may take the packets by their source."""
    advice = (
        "You're performing an operation over default zone ('public'),\n"
        "but your connections/interfaces are in zone 'drop' (see --get-active-zones)\n"
        "You most likely need to use --zone=drop option.\n\n"
    )
    firewall, collector = _read(tmp_path, advice, _zone("public", services="ssh"), default="public")
    assert errors(collector) == []
    assert [passes(firewall, port) for port in (22, 23)] == [OPEN, OPEN]


PUBLIC = """<?xml version="1.0" encoding="utf-8"?>
<zone target="default">
  <short>Public</short>
  <interface name="eth0"/>
  <service name="ssh"/><service name="mine"/>
  <port port="8000-8010" protocol="tcp"/>
  <protocol value="esp"/>
  <rule family="ipv4" priority="-3"><source address="192.0.2.0/24" invert="yes"/><port port="8001" protocol="tcp"/>
    <drop/></rule>
  <rule><service name="https"/><accept><limit value="1/m"/></accept></rule>
  <forward/>
</zone>
"""
MINE = '<service><port port="77" protocol="tcp"/><include service="http"/></service>'


def _etc(folder: Path, **files: str) -> ChainFirewall:
    """Return what a copy of /etc/firewalld says; `a__b` is the file b in the folder a."""
    for name, text in {"zones__public.xml": PUBLIC, "services__mine.xml": MINE, **files}.items():
        path = folder / "etc" / name.replace("__", "/").replace("_conf", ".conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    collector = Collector()
    firewall = read_firewalld({"zones": (str(folder / "etc"),)}, collector)
    assert list(collector) == []
    return firewall


def test_xml_files(tmp_path: Path) -> None:
    """The folder holds all zones in use, services of its own and the default zone."""
    firewall = _etc(tmp_path, firewalld_conf="# comment\nDefaultZone=public\n")
    found = {port: passes(firewall, port) for port in (22, 77, 80, 8000, 8001, 443, 9)}
    assert found == {22: YES, 77: YES, 80: YES, 8000: YES, 8001: NO, 443: OPEN, 9: NO}
    assert passes(firewall, 8001, source="192.0.2.7") is YES
    assert passes(firewall, protocol=ESP) is YES


def test_policies_and_direct_rules_are_named(tmp_path: Path) -> None:
    """What comes before the zones and is not evaluated leaves all packets open."""
    conf = {"firewalld_conf": "DefaultZone=public\n"}
    policy = {"policies__mine.xml": '<policy target="DROP"/>', "policies__allow-host-ipv6.xml": "<policy/>"}
    assert passes(_etc(tmp_path, **conf), 22) is YES
    assert passes(_etc(tmp_path / "a", **conf, **policy), 22) is OPEN
    assert passes(_etc(tmp_path / "b", **conf, **{"direct.xml": "<direct/>"}), 22) is YES
    assert passes(_etc(tmp_path / "c", **conf, **{"direct.xml": "<direct><rule/></direct>"}), 22) is OPEN


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Error: firewalld is not running\n", 1),
        ("  target: default\n", 1),
        ("public\n  ziel: default\n", 2),
        ("public\n  target: OPEN\n", 2),
        ("public\n  forward: perhaps\n", 2),
        ("public\n  target: default\n  rich rules: \n\trule family=ipv5 accept\n", 4),
        ("public\n  rich rules: \n\trule frobnicate accept\n", 3),
        ('public\n  rich rules: \n\trule service name="x accept\n', 3),
        ("public\n  rich rules: \n\trule source accept\n", 3),
        ("public\n  ports: 80\n", 0),
        ("public\n  ports: http/tcp\n", 0),
        ("public\n  protocols: nonsense\n", 0),
        ("public\n  sources: somewhere\n", 0),
        ("public\n  forward-ports: \n\tport=80\n", 0),
        ("public\n  target: default\n\npublic\n  target: default\n", 4),
        ("<zone>\n<service/></zone>", 1),
        ("<zone>\n<frobnicate/></zone>", 1),
        ("<zone>\n", 2),
        ("<service/>", 1),
        ('<!DOCTYPE zone [<!ENTITY a "b">]>\n<zone/>', 1),
    ],
)
def test_faults_have_a_place(tmp_path: Path, text: str, line: int) -> None:
    """What is no listing and no zone is an error, never a firewall without rules."""
    _, collector = _read(tmp_path, text)
    assert errors(collector) == [("NC180", line)]


def test_site_files_name_zones_and_services(tmp_path: Path) -> None:
    """`zones` is a listing, XML files or a folder; `services` and `defaults` stand beside it."""
    (tmp_path / "zones.txt").write_text(_zone("public", services="mine") + _zone("drop", target="DROP"))
    (tmp_path / "mine.xml").write_text(MINE)
    (tmp_path / "default").write_text("public\n")
    body = "    hostFirewall: {kind: firewalld, zones: zones.txt, services: [mine.xml], defaults: default}\n"
    firewall = load_machine(tmp_path, body).virtual_machines[0].host_firewall
    assert isinstance(firewall, ChainFirewall)
    assert [passes(firewall, port) for port in (77, 78)] == [YES, NO]
    assert sorted(firewall.files) == ["defaults", "services", "zones"]
