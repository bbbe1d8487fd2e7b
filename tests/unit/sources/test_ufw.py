"""ufw: what a line of its status stands for, and its rule files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.path.leg import Verdict
from netcheck.sources.linux.ufw_rules import read_ufw_rules
from netcheck.sources.linux.ufw_status import read_ufw_status
from tests.unit.sources.linux_hosts import NO, OPEN, YES, errors, passes
from tests.unit.sources.sites import load_machine

UDP, ESP, ICMP = 17, 50, 1
HEAD = "Status: active\nLogging: on (low)\nDefault: {} (incoming), {} (outgoing), {} (routed)\nNew profiles: skip\n\n"
TABLE = "To                         Action      From\n--                         ------      ----\n"


def _status(
    folder: Path, *lines: str, defaults: tuple[str, str, str] | None = ("deny", "allow", "deny"), apps: str = ""
) -> tuple[ChainFirewall, Collector]:
    head = HEAD.format(*defaults) if defaults else "Status: active\n\n"
    (folder / "status").write_text(head + TABLE + "".join(f"{line}\n" for line in lines))
    (folder / "apps").write_text(apps or "[Nothing]\nports=1/tcp\n")
    collector = Collector()
    files = {"status": (str(folder / "status"),), **({"applications": (str(folder / "apps"),)} if apps else {})}
    return read_ufw_status(files, collector), collector


def _first(folder: Path, line: str, **packet: Any) -> Verdict:
    """Return what becomes of a packet by one line, before a default of deny."""
    firewall, collector = _status(folder, line)
    assert errors(collector) == []
    return passes(firewall, **packet)


@pytest.mark.parametrize(
    ("line", "packet", "expected"),
    [
        ("22/tcp                     ALLOW IN    Anywhere", {"port": 22}, YES),
        ("22/tcp                     ALLOW IN    Anywhere", {"port": 23}, NO),
        ("22/tcp                     ALLOW IN    Anywhere", {"port": 22, "protocol": UDP}, NO),
        ("22                         ALLOW IN    Anywhere", {"port": 22, "protocol": UDP}, YES),
        ("22                         ALLOW       Anywhere", {"port": 22}, YES),
        ("[ 1] 22                    ALLOW IN    Anywhere", {"port": 22}, YES),
        ("22 (v6)                    ALLOW IN    Anywhere (v6)", {"port": 22, "family": 6}, YES),
        ("22 (v6)                    ALLOW IN    Anywhere (v6)", {"port": 22}, NO),
        ("22                         ALLOW IN    Anywhere", {"port": 22, "family": 6}, OPEN),
        ("80,443,8000:8010/tcp       ALLOW IN    10.0.0.0/8", {"port": 8005}, YES),
        ("80,443,8000:8010/tcp       ALLOW IN    10.0.0.0/8", {"port": 8011}, NO),
        ("80,443/tcp                 ALLOW IN    192.168.0.0/16", {"port": 443}, NO),
        ("10.0.0.5 8080              ALLOW IN    10.0.0.4 50000", {"port": 8080}, YES),
        ("10.0.0.5 8080              ALLOW IN    10.0.0.4 50001", {"port": 8080}, NO),
        ("10.0.0.6 8080              ALLOW IN    Anywhere", {"port": 8080}, NO),
        ("Anywhere                   ALLOW IN    10.0.0.4", {"port": 7}, YES),
        ("Anywhere                   ALLOW IN    10.0.0.4/tcp", {"port": 7, "protocol": UDP}, NO),
        ("Anywhere/tcp               ALLOW IN    Anywhere/tcp", {"port": 7}, YES),
        ("10.0.0.5/esp               ALLOW IN    10.0.0.0/16/esp", {"protocol": ESP}, YES),
        ("10.0.0.5/esp               ALLOW IN    Anywhere", {"port": 22}, NO),
        ("53/udp                     ALLOW IN    50000/udp", {"port": 53, "protocol": UDP}, YES),
        ("Anywhere on eth0           ALLOW IN    Anywhere", {"port": 22}, OPEN),
        ("22 on eth0                 ALLOW IN    Anywhere                   # ALLOW IN the office", {"port": 22}, OPEN),
        ("22                         ALLOW IN    Anywhere                   (log) # note", {"port": 22}, YES),
        ("22                         LIMIT IN    Anywhere", {"port": 22}, YES),
        ("443/tcp (Nginx HTTPS)      ALLOW IN    Anywhere", {"port": 443}, YES),
        ("443/tcp (Nginx HTTPS (v6)) ALLOW IN    Anywhere (v6)", {"port": 443, "family": 6}, YES),
        ("443/tcp (Nginx HTTPS)      ALLOW IN    Anywhere", {"port": 22}, NO),
        ("Nginx HTTPS                ALLOW IN    Anywhere", {"port": 22}, OPEN),
        ("22                         ALLOW OUT   Anywhere", {"port": 22}, NO),
        ("22                         ALLOW FWD   Anywhere", {"port": 22}, NO),
        ("22                         ALLOW FWD   Anywhere", {"port": 22, "hook": Hook.FORWARD}, YES),
        ("22 on eth1                 ALLOW FWD   Anywhere on eth0", {"port": 22, "hook": Hook.FORWARD}, OPEN),
        (
            "10.0.0.5 22                DENY OUT    Anywhere                   (out)",
            {"port": 22, "hook": Hook.OUTPUT},
            NO,
        ),
        ("10.0.0.6 22                REJECT OUT  Anywhere", {"port": 22, "hook": Hook.OUTPUT}, YES),
    ],
)
def test_one_line(tmp_path: Path, line: str, packet: dict[str, Any], expected: Verdict) -> None:
    """What one line does to a packet; incoming and routed ones are denied where no line allows them."""
    assert _first(tmp_path, line, **packet) is expected


def test_the_first_line_that_matches_decides(tmp_path: Path) -> None:
    """Rules stand in the order in which they are looked at."""
    lines = ("22/tcp   DENY IN   10.0.0.0/8", "22/tcp   ALLOW IN   Anywhere")
    assert passes(_status(tmp_path, *lines)[0], 22) is NO
    assert passes(_status(tmp_path, *lines[::-1])[0], 22) is YES


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        (("deny", "allow", "deny"), (NO, YES, NO)),
        (("allow", "reject", "allow"), (YES, NO, YES)),
        (("reject", "deny", "disabled"), (NO, NO, NO)),
        (None, (OPEN, OPEN, OPEN)),
    ],
)
def test_defaults(tmp_path: Path, defaults: tuple[str, str, str] | None, expected: tuple[Verdict, ...]) -> None:
    """What no line matches meets the default of its way, which only `verbose` prints."""
    firewall, _ = _status(tmp_path, "22/tcp   ALLOW IN   Anywhere", defaults=defaults)
    assert tuple(passes(firewall, 80, hook=hook) for hook in (Hook.INPUT, Hook.OUTPUT, Hook.FORWARD)) == expected
    assert passes(firewall, 22) is YES


def test_profiles_of_applications(tmp_path: Path) -> None:
    """A name without ports is looked up in the files of the profiles, if they are given."""
    line = "Web Server                 ALLOW IN    Anywhere"
    profiles = "[Web Server]\ntitle=Web\ndescription=d\nports=80,443/tcp|443/udp\n[Other]\nports=any/tcp|53\n"
    printed = (
        "Profile: Web Server\nTitle: Web\n\nPorts:\n  80,443/tcp\n  443/udp\n\n--\n\nProfile: Other\nPort:\n  53\n"
    )
    for text in (profiles, printed):
        firewall, collector = _status(tmp_path, line, apps=text)
        assert errors(collector) == []
        assert [passes(firewall, port) for port in (80, 22)] == [YES, NO]
        assert [passes(firewall, port, protocol=UDP) for port in (80, 443)] == [NO, YES]


def test_inactive_lets_everything_pass(tmp_path: Path) -> None:
    """A firewall that is off decides nothing, for neither family."""
    (tmp_path / "status").write_text("Status: inactive\n")
    collector = Collector()
    firewall = read_ufw_status({"status": (str(tmp_path / "status"),)}, collector)
    assert errors(collector) == []
    assert {passes(firewall, 22, hook=hook, family=family) for hook in Hook for family in (4, 6)} == {YES}


def test_notes_say_what_is_assumed(tmp_path: Path) -> None:
    """The status has not all of ufw's rules, and a limit is not followed."""
    _, collector = _status(tmp_path, "22/tcp   LIMIT IN   Anywhere")
    assert [(one.code, one.severity.value) for one in collector] == [("NC159", "note"), ("NC173", "note")]


def test_rules_of_the_package_come_first(tmp_path: Path) -> None:
    """DHCP answers get in without a rule; pings may, since only some types of ICMP are let in."""
    firewall, _ = _status(tmp_path, "22/tcp   ALLOW IN   Anywhere")
    assert passes(firewall, 68, protocol=UDP, source_port=67) is YES
    assert passes(firewall, protocol=ICMP) is OPEN


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Status: aktiv\n", 1),
        ("Zustand: inaktiv\n", 1),
        ("ERROR: You need to be root to run this script\n", 1),
        ("Status: inactive\n22 ALLOW Anywhere\n", 1),
        ("Status: active\n\nZu   Aktion   Von\n", 3),
        (f"Status: active\n{TABLE}22/tcp   ERLAUBEN   Anywhere\n", 4),
        (f"Status: active\n{TABLE}22/tcp   ALLOW IN\n", 4),
        (f"Status: active\n{TABLE}   ALLOW IN   Anywhere\n", 4),
        (f"Status: active\n{TABLE}22/xyz   ALLOW IN   Anywhere\n", 4),
        (f"Status: active\n{TABLE}A ALLOW IN B   ALLOW IN   Anywhere\n", 4),
        (f"Status: active\n{TABLE}10.0.0.1 22 (v6)   ALLOW IN   Anywhere (v6)\n", 4),
        (f"Status: active\n{TABLE}70000/tcp   ALLOW IN   Anywhere\n", 4),
    ],
)
def test_another_status_is_an_error(tmp_path: Path, text: str, line: int) -> None:
    """Another language, a fault of ufw, a line that is none of a status: never a firewall without rules."""
    (tmp_path / "status").write_text(text)
    collector = Collector()
    read_ufw_status({"status": (str(tmp_path / "status"),)}, collector)
    assert errors(collector) == [("NC180", line)]


USER = "*filter\n:ufw{6}-user-input - [0:0]\n:ufw{6}-user-limit - [0:0]\n### RULES ###\n{rules}\nCOMMIT\n"
BEFORE = (
    "*filter\n:ufw{6}-before-input - [0:0]\n-A ufw{6}-before-input -p udp --sport 67 --dport 68 -j ACCEPT\nCOMMIT\n"
)
SETTINGS = 'IPV6={}\nDEFAULT_INPUT_POLICY="DROP"\nDEFAULT_OUTPUT_POLICY="ACCEPT"\nDEFAULT_FORWARD_POLICY="DROP"\n'


def _folder(folder: Path, rules: str, *, six: str = "", conf: str = "ENABLED=yes\n") -> Path:
    made = folder / "ufw"
    made.mkdir(exist_ok=True)
    for digit, own in (("", rules), ("6", six)):
        (made / f"user{digit}.rules").write_text(USER.replace("{6}", digit).replace("{rules}", own))
        (made / f"before{digit}.rules").write_text(BEFORE.replace("{6}", digit))
        (made / f"after{digit}.rules").write_text(f"*filter\n:ufw{digit}-after-input - [0:0]\nCOMMIT\n")
    (made / "ufw.conf").write_text(conf)
    return made


def _rules(folder: Path, *, settings: str = "yes") -> tuple[ChainFirewall, Collector]:
    (folder / "defaults").write_text(SETTINGS.format(settings))
    collector = Collector()
    files = {"rules": (str(folder / "ufw"),), "defaults": (str(folder / "defaults"),)}
    return read_ufw_rules(files, collector), collector


def test_rule_files(tmp_path: Path) -> None:
    """The user's rules follow those before them, and the defaults follow all."""
    _folder(
        tmp_path, "-A ufw-user-input -p tcp --dport 22 -j ACCEPT", six="-A ufw6-user-input -p tcp --dport 23 -j ACCEPT"
    )
    firewall, collector = _rules(tmp_path)
    assert list(collector) == []
    assert [passes(firewall, port) for port in (22, 23)] == [YES, NO]
    assert [passes(firewall, port, family=6) for port in (22, 23)] == [NO, YES]
    assert passes(firewall, 68, protocol=UDP, source_port=67) is YES
    assert [passes(firewall, 22, hook=hook) for hook in (Hook.OUTPUT, Hook.FORWARD)] == [YES, NO]


def test_a_limit_in_the_rule_files(tmp_path: Path) -> None:
    """What rejects the sixth connection is left out, and said."""
    rules = (
        "-A ufw-user-input -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --set\n"
        "-A ufw-user-input -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6"
        " -j ufw-user-limit\n-A ufw-user-input -p tcp --dport 22 -j ufw-user-limit-accept\n"
        "-A ufw-user-limit -j REJECT\n-A ufw-user-limit-accept -j ACCEPT"
    )
    _folder(tmp_path, rules)
    firewall, collector = _rules(tmp_path)
    assert [(one.code, one.at.line) for one in collector] == [("NC173", 6)]
    assert passes(firewall, 22) is YES


def test_settings_of_ufw(tmp_path: Path) -> None:
    """`IPV6=no` lets no IPv6 pass, `ENABLED=no` lets everything pass, no settings leave the defaults open."""
    made = _folder(tmp_path, "-A ufw-user-input -p tcp --dport 22 -j ACCEPT")
    firewall, _ = _rules(tmp_path, settings="no")
    assert {passes(firewall, 22, hook=hook, family=6) for hook in Hook} == {NO}
    collector = Collector()
    firewall = read_ufw_rules({"rules": (str(made),)}, collector)
    assert [passes(firewall, 22), passes(firewall, 80)] == [YES, OPEN]
    _folder(tmp_path, "-A ufw-user-input -p tcp --dport 22 -j DROP", conf="ENABLED=no\n")
    assert passes(_rules(tmp_path)[0], 22) is YES


def test_single_files_of_ufw(tmp_path: Path) -> None:
    """Copies are known by the end of their names; what is not given is said, rules of the user are needed."""
    made = _folder(tmp_path, "-A ufw-user-input -p tcp --dport 22 -j ACCEPT")
    (made / "user.rules").rename(made / "web_user.rules")
    collector = Collector()
    firewall = read_ufw_rules({"rules": (str(made / "web_user.rules"),)}, collector)
    assert [(one.code, one.severity.value) for one in collector] == [("NC159", "note")]
    assert [passes(firewall, 22), passes(firewall, 22, family=6)] == [YES, OPEN]
    for names in (("before.rules",), ("web_user.rules", "ufw.txt"), ("web_user.rules", "web_user.rules")):
        (made / "ufw.txt").write_text("rules\n")
        collector = Collector()
        read_ufw_rules({"rules": tuple(str(made / name) for name in names)}, collector)
        assert [code for code, _ in errors(collector)] == ["NC180"], names


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("-A ufw-user-input -p tcp --dport ssh -j ACCEPT", 5),
        ("-A ufw-nowhere -j ACCEPT", 5),
        ("hello", 5),
    ],
)
def test_faults_in_rule_files_have_a_place(tmp_path: Path, rules: str, line: int) -> None:
    """A malformed rule file is an error at its line."""
    _folder(tmp_path, rules)
    assert errors(_rules(tmp_path)[1]) == [("NC180", line)]


def test_settings_that_are_none_are_an_error(tmp_path: Path) -> None:
    """A file of another kind is not read as one without settings."""
    made = _folder(tmp_path, "")
    (tmp_path / "defaults").write_text("Status: active\n")
    collector = Collector()
    read_ufw_rules({"rules": (str(made),), "defaults": (str(tmp_path / "defaults"),)}, collector)
    assert errors(collector) == [("NC180", 1)]


def test_site_files_name_either_form(tmp_path: Path) -> None:
    """`status` or `rules`; both at once are an error, and so is neither."""
    _folder(tmp_path, "-A ufw-user-input -p tcp --dport 22 -j ACCEPT")
    (tmp_path / "status").write_text("Status: inactive\n")
    for body, expected in (("status: status", YES), ("rules: ufw", OPEN), ("rules: [ufw/user.rules]", OPEN)):
        firewall = (
            load_machine(tmp_path, f"    hostFirewall: {{kind: ufw, {body}}}\n").virtual_machines[0].host_firewall
        )
        assert isinstance(firewall, ChainFirewall)
        assert passes(firewall, 80) is expected
    for body, code in (("status: status, rules: ufw", "NC139"), ("defaults: status", "NC121")):
        with pytest.raises(InputError) as caught:
            load_machine(tmp_path, f"    hostFirewall: {{kind: ufw, {body}}}\n")
        assert code in [one.code for one in caught.value.diagnostics]
