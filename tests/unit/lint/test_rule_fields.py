"""Names, limits, ports, groups and service tags of rules: what is told, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import InputError
from netcheck.lint.run import lint
from netcheck.model.address import AddressRange, ApplicationSecurityGroup
from netcheck.model.rules import Access
from netcheck.model.site import Site
from netcheck.sources._uncertain import unread_nsg_rules, with_unknown_access
from tests.property.small_sites import prefix
from tests.unit.lint.shared import TAGS, findings, group, rule, told


def loaded(folder: Path, *rules: str, head: str = "") -> Site:
    """Return a site with one NSG."""
    (folder / "site.yaml").write_text(f"netcheck: 1\n{head}{group(*rules)}", encoding="utf-8")
    return nc.load(folder / "site.yaml")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("allow-proxy ", "it ends with a blank"),
        ("allow proxy", "it has the character ` `"),
        ("allow#1", "it has the character `#`"),
        ("-allow", "it begins with `-`"),
        ("allow.", "it ends with `.`"),
        ("a" * 81, "it has 81 characters, and 80 are allowed"),
    ],
)
def test_a_name_outside_the_rule_is_told(tmp_path: Path, name: str, why: str) -> None:
    """Letters, numbers, `_`, `.`, `-`; a letter or number first; no `.` or `-` last; at most 80."""
    [found] = findings(tmp_path, group(rule(name, 100)), "name")
    assert told([found]) == [("NC210", "warning", name)]
    assert found.message.endswith(why)


@pytest.mark.parametrize("name", ["a", "1", "allow_", "Allow.Web-1_", "a" * 80, "allow-x", "[parameters('name')]"])
def test_a_name_inside_the_rule_is_not(tmp_path: Path, name: str) -> None:
    """Neither is one whose value no file gives."""
    assert findings(tmp_path, group(rule(name, 100)), "name") == []


def test_what_stands_for_unread_rules_is_not_told(tmp_path: Path) -> None:
    """For an NSG that was not read, or a rule of unknown access, netcheck makes rules of its own: no findings."""
    site = loaded(tmp_path, rule("a", 100))
    [plain] = site.network_security_groups[0].rules
    unread = unread_nsg_rules("no file describes it", plain.at)
    assert lint(site.with_rules("nsg", unread), vnet=[prefix("10.0.0.0/24")]).findings == ()
    either = with_unknown_access(plain, (Access.ALLOW, Access.DENY))
    assert lint(site.with_rules("nsg", tuple(either)), enable=["name", "clash", "dead"]).findings == ()


def test_blanks_in_classic_names_are_a_note(tmp_path: Path) -> None:
    """Microsoft's own samples have them; a blank at the end stays a warning."""
    classic = "deploymentModel: classic\n" + group(rule("Enable DNS", 100), rule("allow-proxy ", 200))
    assert told(findings(tmp_path, classic, "name")) == [
        ("NC210", "note", "Enable DNS"),
        ("NC210", "warning", "allow-proxy "),
    ]


def test_an_nsg_holds_a_thousand_rules(tmp_path: Path) -> None:
    """One more is an error; classic, it is a matter for a support request from 201 on."""
    rules = [rule(f"r{n}", n) for n in range(100, 1101)]
    assert told(findings(tmp_path, group(*rules), "limit")) == [("NC211", "error", "nsg")]
    assert findings(tmp_path, group(*rules[1:]), "limit") == []
    classic = "deploymentModel: classic\n"
    assert told(findings(tmp_path, classic + group(*rules[:201]), "limit")) == [("NC211", "warning", "nsg")]
    assert findings(tmp_path, classic + group(*rules[:200]), "limit") == []
    assert told(findings(tmp_path, classic + group(*rules), "limit")) == [("NC211", "error", "nsg")]


def test_addresses_are_counted_over_the_nsg_and_by_side(tmp_path: Path) -> None:
    """4,000 as source and 4,000 as destination are allowed; the same one twice counts once."""
    site = loaded(tmp_path, rule("a", 100), rule("b", 200))
    first, second = site.network_security_groups[0].rules
    many = tuple(AddressRange(4, n, n) for n in range(4001))
    full = replace(first, sources=many[:4000], destinations=many[:4000])
    assert lint(site.with_rules("nsg", (full, replace(second, sources=many[:10]))), enable=["limit"]).findings == ()
    [found] = lint(site.with_rules("nsg", (full, replace(second, sources=many[3990:]))), enable=["limit"]).findings
    assert found.message == "NSG `nsg` names 4,001 addresses and ranges as source, and 4,000 are the most"


def test_groups_are_counted_by_side_and_over_the_nsg(tmp_path: Path) -> None:
    """Ten on a side of a rule, a hundred in the NSG."""
    site = loaded(tmp_path, *(rule(f"r{n}", n) for n in range(100, 111)))
    names = [ApplicationSecurityGroup(f"asg-{n}") for n in range(110)]
    rules = site.network_security_groups[0].rules
    spread = [replace(one, sources=tuple(names[n * 10 : n * 10 + 10])) for n, one in enumerate(rules)]
    assert lint(site.with_rules("nsg", tuple(spread[:10])), enable=["limit"]).findings == ()
    [over] = lint(site.with_rules("nsg", tuple(spread)), enable=["limit"]).findings
    assert over.message == "NSG `nsg` names 110 application security groups, and 100 are the most"
    crowded = replace(rules[0], destinations=tuple(names[:11]))
    [side] = lint(site.with_rules("nsg", (crowded,)), enable=["limit"]).findings
    assert side.rule == "r100"
    assert side.message.endswith("names 11 application security groups as destination, and 10 are the most")


def test_descriptions_and_routes_have_limits_too(tmp_path: Path) -> None:
    """140 characters; 400 routes, 25 of them with service tags."""
    text = group(rule("long", 100, description="x" * 141), rule("short", 200, description="x" * 140))
    assert told(findings(tmp_path, text, "limit")) == [("NC211", "error", "long")]
    hop = "nextHopType: Internet"
    routes = [f"{{name: r{n}, addressPrefix: 10.{n // 256}.{n % 256}.0/24, {hop}}}" for n in range(401)]
    table = f"routeTables: [{{name: rt, routes: [{', '.join(routes)}]}}]\n"
    assert told(findings(tmp_path, table, "limit")) == [("NC211", "error", "rt")]
    tagged = [f"{{name: t{n}, addressPrefix: Tag{n}, {hop}}}" for n in range(26)]
    [found] = findings(tmp_path, f"routeTables: [{{name: rt, routes: [{', '.join(tagged)}]}}]\n", "limit")
    assert found.message == "route table `rt` has 26 routes with service tags, and 25 are the most"


@pytest.mark.parametrize(("ports", "count"), [("80-443", "364"), ("22-3389", "3,368"), ("443-8443", "8,001")])
def test_a_range_between_two_services_is_no_list(tmp_path: Path, ports: str, count: str) -> None:
    """The article's `80-443` is 364 ports."""
    [found] = findings(tmp_path, group(rule("allow", 100, destinationPortRange=f'"{ports}"')), "port-range")
    low, high = ports.split("-")
    assert told([found]) == [("NC214", "warning", "allow")]
    assert found.message.endswith(f"opens `{ports}`, which is {count} ports and not the two ports {low} and {high}")


@pytest.mark.parametrize("ports", ["20-21", "5985-5986", "1024-65535", "80", "0-65535", "8000-8100", "137-139"])
def test_ranges_that_are_meant_are_left_alone(tmp_path: Path, ports: str) -> None:
    """Neighbours, and ranges whose ends are no two services."""
    assert findings(tmp_path, group(rule("allow", 100, destinationPortRange=f'"{ports}"')), "port-range") == []


def test_ports_of_a_protocol_without_ports_are_left_alone(tmp_path: Path) -> None:
    """They open no port at all."""
    assert (
        findings(tmp_path, group(rule("a", 100, protocol="Icmp", destinationPortRange='"80-443"')), "port-range") == []
    )


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({}, True),
        ({"sourceAddressPrefix": "Internet"}, True),
        ({"sourceAddressPrefixes": '["0.0.0.0/1", "128.0.0.0/1"]'}, True),
        ({"destinationPortRange": '"1024-65535"'}, True),
        ({"protocol": "Udp"}, True),
        ({"sourceAddressPrefix": "VirtualNetwork"}, False),
        ({"sourceAddressPrefix": "203.0.113.0/24"}, False),
        ({"destinationPortRange": '"443"'}, False),
        ({"protocol": "Icmp"}, False),
        ({"access": "Deny"}, False),
        ({"direction": "Outbound"}, False),
    ],
)
def test_over_wide_is_many_ports_from_many_addresses_of_the_internet(
    tmp_path: Path, fields: dict[str, str], is_told: bool
) -> None:
    """Whatever way it is written; the network's own traffic and single ports are not."""
    access = fields.pop("access", "Allow")
    text = group(rule("in", 100, access, **{"direction": "Inbound", **fields}))
    found = findings(tmp_path, text, "over-wide", vnet=[prefix("10.0.0.0/24")])
    assert told(found) == ([("NC215", "warning", "in")] if is_told else [])


def test_tags_are_looked_up(tmp_path: Path) -> None:
    """One that is known and for rules is not told; a misspelt one is, with the nearest; one not for rules is."""
    rules = [
        rule("good", 100, destinationAddressPrefix="Storage.WestUS"),
        rule("built-in", 110, destinationAddressPrefix="VirtualNetwork"),
        rule("typo", 120, destinationAddressPrefix="Storage.WestSU"),
        rule("not-for-rules", 130, destinationAddressPrefix="AzureBackup.WestUS"),
        rule("other-cloud", 140, destinationAddressPrefix="Storage.ChinaEast2"),
    ]
    kinds = "unknown-tag", "tag-not-for-rules", "tag-of-other-cloud"
    found = findings(tmp_path, group(*rules), *kinds, with_tags=True)
    assert told(found) == [
        ("NC222", "warning", "typo"),
        ("NC223", "warning", "not-for-rules"),
        ("NC224", "warning", "other-cloud"),
    ]
    assert found[0].message.endswith("did you mean `Storage.WestUS`?")
    assert "one of China: the site is in Public" in found[2].message


def test_a_tag_that_the_file_lists_is_of_this_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name says."""
    monkeypatch.setitem(TAGS, "Storage.ChinaEast2", ["20.80.1.0/24"])
    text = group(rule("r", 100, destinationAddressPrefix="Storage.ChinaEast2"))
    assert findings(tmp_path, text, "tag-of-other-cloud", "unknown-tag", with_tags=True) == []


def test_without_a_tag_file_one_note_is_enough(tmp_path: Path) -> None:
    """Twenty rules that name tags are not twenty findings; without tags there is none."""
    rules = [rule(f"r{n}", n, destinationAddressPrefix=f"Tag{n}") for n in range(100, 120)]
    [found] = findings(tmp_path, group(*rules), "unknown-tag")
    assert told([found]) == [("NC222", "note", "nsg")]
    assert found.message == (
        "what 20 service tags cover is not known (`Tag100`, `Tag101`, `Tag102` and 17 more): "
        "no service-tag file was given"
    )
    assert findings(tmp_path, group(rule("r", 100, destinationAddressPrefix="Internet")), "unknown-tag") == []


def test_a_route_with_an_unknown_tag_is_told(tmp_path: Path) -> None:
    """Routes name tags as rules do."""
    text = "routeTables: [{name: rt, routes: [{name: r, addressPrefix: Storag, nextHopType: Internet}]}]\n"
    assert told(findings(tmp_path, text, "unknown-tag", with_tags=True)) == [("NC222", "warning", "r")]


OLD = [f"20.60.{n}.0/24" for n in (1, 2, 3, 4, 5, 9)]
TODAY = [f"20.60.{n}.0/24" for n in range(1, 7)]


def test_a_frozen_copy_of_a_tag_is_recognised(tmp_path: Path) -> None:
    """Five of six prefixes are still in the tag; one is not any more, and one of the tag is missing."""
    text = group(rule("copy", 100, destinationAddressPrefixes=f"[{', '.join(OLD)}]"))
    [found] = findings(tmp_path, text, "stale-prefixes", with_tags=True)
    assert told([found]) == [("NC225", "warning", "copy")]
    assert dict(found.figures) == {"prefixes": 6, "stillInTag": 5, "goneAddresses": 256, "missingAddresses": 256}
    assert "a copy of `Storage.WestUS`" in found.message


def test_a_copy_over_several_rules_is_one_list(tmp_path: Path) -> None:
    """Classic rules hold one prefix each; those for another port are another list."""
    alike = [rule(f"copy-{n}", 100 + n, destinationAddressPrefix=one) for n, one in enumerate(OLD)]
    [found] = findings(tmp_path, group(*alike), "stale-prefixes", with_tags=True)
    assert found.rule == "copy-0"
    assert "and 5 more rules list 6 prefixes" in found.message
    mixed = [
        *alike[:3],
        *(one.replace('destinationPortRange: "*"', 'destinationPortRange: "443"') for one in alike[3:]),
    ]
    assert findings(tmp_path, group(*mixed), "stale-prefixes", with_tags=True) == []


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (TODAY, [("NC225", "note", "copy")]),
        (TODAY[:5], []),
        ([*TODAY[:2], *(f"10.0.{n}.0/24" for n in range(9))], []),
        ([f"198.51.100.{16 * n}/28" for n in range(8)], []),
        ([f"20.60.{n}.0/24" for n in range(10, 20)], []),
    ],
)
def test_a_current_copy_is_a_note_and_a_list_of_its_own_is_nothing(
    tmp_path: Path, listed: list[str], expected: list[tuple[str, str, str]]
) -> None:
    """Short lists, lists mostly of other prefixes, of no tag, or of a small part of one are left alone."""
    text = group(rule("copy", 100, destinationAddressPrefixes=f"[{', '.join(listed)}]"))
    assert told(findings(tmp_path, text, "stale-prefixes", with_tags=True)) == expected


def test_a_faulty_prefix_in_the_tag_file_is_an_error_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every tag is looked at for copies, so that it is not passed over; without a long list no tag is."""
    monkeypatch.setitem(TAGS, "Broken", ["20.60.1.0/99"])
    text = group(rule("copy", 100, destinationAddressPrefixes=f"[{', '.join(OLD)}]"))
    with pytest.raises(InputError, match="NC163"):
        findings(tmp_path, text, "stale-prefixes", with_tags=True)
    assert findings(tmp_path, group(rule("short", 100)), "stale-prefixes", with_tags=True) == []


GROUPS = """applicationSecurityGroups: [web, db]
virtualNetworks:
  - {name: one, addressSpace: [10.0.0.0/16], subnets: [{name: app, addressPrefix: 10.0.0.0/24}]}
  - {name: two, addressSpace: [10.1.0.0/16], subnets: [{name: app, addressPrefix: 10.1.0.0/24}]}
virtualMachines:
  - name: vm-1
    networkInterfaces: [{name: nic-1, subnet: one/app, privateIPAddress: 10.0.0.4, applicationSecurityGroups: [web]}]
  - name: vm-2
    networkInterfaces:
      - {name: nic-2, subnet: SECOND/app, privateIPAddress: 10.SECOND.0.5, applicationSecurityGroups: [db]}
"""


def grouped(second: str) -> str:
    """Return two groups, the second in the network `one` or `two`, and a rule from one to the other."""
    text = GROUPS.replace("10.SECOND.", "10.0." if second == "one" else "10.1.").replace("SECOND", second)
    sides = {"sourceApplicationSecurityGroups": "[web]", "destinationApplicationSecurityGroups": "[db]"}
    line = rule("web-to-db", 100, **sides)
    return text + group(line.replace('sourceAddressPrefix: "*", ', "").replace('destinationAddressPrefix: "*", ', ""))


def test_groups_of_one_rule_are_in_one_network(tmp_path: Path) -> None:
    """Azure refuses a rule between groups of two networks."""
    assert told(findings(tmp_path, grouped("two"), "groups")) == [("NC226", "error", "web-to-db")]
    assert findings(tmp_path, grouped("one"), "groups") == []


def test_nics_of_a_group_are_in_one_network(tmp_path: Path) -> None:
    """The group is named, with a NIC in each network."""
    [found] = findings(tmp_path, grouped("two").replace("Groups: [db]}", "Groups: [web]}"), "groups")
    assert told([found]) == [("NC226", "error", "web")]
    assert [(one.name, one.text) for one in found.related] == [("nic-1", "in `one`"), ("nic-2", "in `two`")]


def test_a_side_names_groups_or_addresses(tmp_path: Path) -> None:
    """The service refuses both at once."""
    site = loaded(tmp_path, rule("a", 100), head="applicationSecurityGroups: [web]\n")
    [plain] = site.network_security_groups[0].rules
    mixed = replace(plain, sources=(ApplicationSecurityGroup("web"), prefix("10.0.0.0/24")))
    assert told(lint(site.with_rules("nsg", (mixed,)), enable=["groups"]).findings) == [("NC226", "error", "a")]
    alone = replace(plain, sources=(ApplicationSecurityGroup("web"),), destinations=(prefix("10.0.0.0/24"),))
    assert lint(site.with_rules("nsg", (alone,)), enable=["groups"]).findings == ()
