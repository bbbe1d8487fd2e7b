"""Recorded files of Windows firewalls: each is read, with named unknowns if need be, or refused; counts are separate.

The files are read where they lie and never copied; without them every test here is skipped. What they hold is counted
with the csv, xml and re modules of Python, and nothing of ours.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from netcheck.diagnostics import Collector, Severity
from netcheck.model.hosts import WindowsFirewall
from netcheck.model.rules import ALL_PROFILES, Access, HostAction, Profile
from netcheck.sources.windows.export import read_windows_export
from tests.recorded.windows_ports import edges, open_ports, plain_ports, report
from tests.unit.sources.shared import shared_folder

PAGE = Path(__file__).parents[2] / "docs" / "windows-366.md"
WITH_UNKNOWNS = {"FirewallRules.csv", "netsh_show_rule_3rules_en.txt", "nsacyber__gpreport.xml"}
REFUSED = {
    "netsh_global_settings.txt": "NC154",
    "netsh_profile_settings.txt": "NC154",
    "netsh_show_rule_ja.txt": "NC155",
    "netsh_show_rule_verbose_de.txt": "NC155",
    "nsacyber__Backup.xml": "NC154",
    "nsacyber__GptTmpl.inf": "NC154",
    "nsacyber__WindowsFirewall.audit": "NC154",
    "nsacyber__bkupInfo.xml": "NC154",
    "nsacyber__policy.json": "NC154",
}


def folder() -> Path:
    """Return the recorded files of Windows."""
    return shared_folder("host_firewall") / "windows"


def read(name: str) -> tuple[WindowsFirewall, Collector]:
    """Read one file."""
    collector = Collector()
    return read_windows_export([str(folder() / name)], collector), collector


def test_what_becomes_of_every_file() -> None:
    """Three are read, with what they leave open named; nine are refused with one error that says why."""
    outcomes: dict[str, str] = {}
    for path in sorted(folder().iterdir()):
        firewall, collector = read(path.name)
        codes = [one.code for one in collector if one.severity is Severity.ERROR]
        assert len(codes) <= 1, path.name
        is_open = any(rule.conditions and "unknown: " in "".join(rule.conditions) for rule in firewall.rules)
        outcomes[path.name] = codes[0] if codes else "with unknowns" if is_open else "whole"
    assert outcomes == {**dict.fromkeys(WITH_UNKNOWNS, "with unknowns"), **REFUSED}


def rows() -> list[dict[str, str]]:
    """Return the rows of the export of 366 rules."""
    with (folder() / "FirewallRules.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def test_no_rule_of_the_export_is_lost() -> None:
    """Each of the 366 rows is one rule of its name, state, direction, action, profiles, protocol and ports."""
    firewall, _ = read("FirewallRules.csv")
    numbers = {"Any": (), "TCP": (6,), "UDP": (17,), "ICMPv4": (1,), "ICMPv6": (58,)}
    expected = [
        (
            row["DisplayName"],
            row["Enabled"] == "True",
            row["Direction"],
            row["Action"],
            tuple(p for p in ALL_PROFILES if row["Profile"] == "Any" or p in row["Profile"].split(", ")),
            numbers.get(row["Protocol"]) if row["Protocol"] in numbers else (int(row["Protocol"]),),
            [] if not row["LocalPort"][0].isdigit() else row["LocalPort"].split(","),
            row["RemoteAddress"],
        )
        for row in rows()
    ]
    found = [
        (
            rule.name,
            rule.is_enabled,
            str(rule.direction),
            str(rule.action),
            rule.profiles,
            rule.protocol.numbers,
            [] if str(rule.local_ports[0]) == "0-65535" else [str(port) for port in rule.local_ports],
            ", ".join([*map(str, rule.remote_addresses), *rule.remote_keywords]) or "Any",
        )
        for rule in firewall.rules
    ]
    assert len(found) == 366
    assert found == expected


def test_the_conditions_of_the_export_are_those_of_its_filters() -> None:
    """A program, service, package, owner, platform, user, interface or target that is not Any stands in the rule."""
    columns = {"Program": "program", "Package": "package", "Owner": "owner", "Platform": "platform"}
    columns |= {"Service": "service", "LocalUser": "localUser", "InterfaceAlias": "interfaceAlias"}
    columns |= {"DynamicTarget": "dynamicTarget"}
    expected = Counter(name for row in rows() for column, name in columns.items() if row[column] not in ("", "Any"))
    expected["unknown"] = sum(row["DynamicTarget"] == "" for row in rows())
    ported = [row for row in rows() if row["Protocol"] in ("TCP", "UDP")]
    expected["localPort"] = sum(row["LocalPort"][0].isalpha() and row["LocalPort"] != "Any" for row in ported)
    expected["icmpType"] = sum(row["IcmpType"] != "Any" for row in rows() if row["Protocol"].startswith("ICMP"))
    firewall, _ = read("FirewallRules.csv")
    assert Counter(text.partition(":")[0] for rule in firewall.rules for text in rule.conditions) == expected


@pytest.mark.parametrize("profile", ALL_PROFILES)
def test_open_ports_of_the_export(profile: Profile) -> None:
    """At every port where a rule begins or ends: which conditions open it to another subnet, against plain loops."""
    firewall, _ = read("FirewallRules.csv")
    ports = edges(firewall)
    expected = plain_ports(folder() / "FirewallRules.csv", str(profile), ports)
    assert open_ports(firewall, profile, ports) == expected
    assert len(ports) > 150


def test_the_page_of_open_ports() -> None:
    """The page holds what is printed today; `python -m tests.recorded.windows_ports` writes it anew."""
    printed = "".join(f"{line}\n" for line in report(folder() / "FirewallRules.csv"))
    assert PAGE.read_text(encoding="utf-8") == printed


def test_settings_of_the_policy_report() -> None:
    """Each profile is on, blocks inbound and allows outbound; under Public only rules of policies count."""
    root = ElementTree.fromstring((folder() / "nsacyber__gpreport.xml").read_bytes())
    space = "{http://www.microsoft.com/GroupPolicy/Settings/WindowsFirewall}"
    firewall, _ = read("nsacyber__gpreport.xml")
    for profile in ALL_PROFILES:
        [element] = root.iter(f"{space}{profile}Profile")
        given = {one.tag.removeprefix(space): one.findtext(f"{space}Value") for one in element}
        settings = firewall.settings[profile]
        assert settings.is_enabled is {"true": True, "false": False}[given["EnableFirewall"] or ""]
        blocks = {"true": Access.DENY, "false": Access.ALLOW}
        assert settings.default_inbound is blocks[given["DefaultInboundAction"] or ""]
        assert settings.default_outbound is blocks[given["DefaultOutboundAction"] or ""]
        assert settings.allows_local_rules is {"false": False, None: None}[given.get("AllowLocalPolicyMerge")]
    assert not list(root.iter(f"{space}InboundFirewallRules"))
    assert {rule.profiles for rule in firewall.rules} == {(Profile.DOMAIN, Profile.PRIVATE)}
    assert {rule.is_group_policy for rule in firewall.rules} == {False}


def test_the_english_listing() -> None:
    """Three rules as their labels say; the listing is not verbose, so each may be for one program alone."""
    text = (folder() / "netsh_show_rule_3rules_en.txt").read_text(encoding="utf-8")
    names = re.findall(r"^Rule Name: +(.+)$", text, re.MULTILINE)
    ports = re.findall(r"^(?:Local|Remote)Port: +(\d.*)$", text, re.MULTILINE)
    directions = re.findall(r"^Direction: +(\w+)$", text, re.MULTILINE)
    firewall, _ = read("netsh_show_rule_3rules_en.txt")
    assert [rule.name for rule in firewall.rules] == names
    assert [str(rule.direction)[: len(one)] for rule, one in zip(firewall.rules, directions, strict=True)] == directions
    found = [
        ",".join(map(str, rule.local_ports if str(rule.direction) == "Inbound" else rule.remote_ports))
        for rule in firewall.rules
    ]
    assert found == ports
    assert {(rule.action, rule.profiles) for rule in firewall.rules} == {(HostAction.ALLOW, ALL_PROFILES)}
    assert {text.partition(":")[0] for rule in firewall.rules for text in rule.conditions} == {"unknown"}
