"""Dead, partly dead, redundant and clashing rules of an NSG, and what is not raised about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.lint.run import lint
from netcheck.model.rules import NsgRule
from tests.property.small_sites import prefix
from tests.unit.lint.shared import findings, group, rule, told

VNET = [prefix("10.0.0.0/24")]
LOW, HIGH, BOTH = '"0.0.0.0/1"', '"128.0.0.0/1"', '"0.0.0.0/0"'


def to(where: str) -> dict[str, str]:
    """Return the fields of a rule for one destination."""
    return {"destinationAddressPrefix": where}


def test_two_halves_shadow_a_third_rule(tmp_path: Path) -> None:
    """No rule covers it alone: scanners that compare rules one by one miss it."""
    text = group(
        rule("low", 100, "Deny", **to(LOW)), rule("high", 110, "Deny", **to(HIGH)), rule("all", 200, **to(BOTH))
    )
    [found] = findings(tmp_path, text, "dead")
    assert told([found]) == [("NC202", "warning", "all")]
    assert [one.name for one in found.covered_by] == ["low", "high"]
    assert [str(one.at) for one in found.covered_by] == [f"{tmp_path}/site.yaml:5:9", f"{tmp_path}/site.yaml:6:9"]
    assert str(found.place) == found.at == f"{tmp_path}/site.yaml:7:9"


@pytest.mark.parametrize("where", ['"*"', "Internet"])
def test_two_halves_leave_ipv6_to_a_rule_for_both_families(tmp_path: Path, where: str) -> None:
    """It is not dead, and it decides no IPv4 packet: a warning with the halves, whatever else is left to it."""
    text = group(
        rule("low", 100, "Deny", **to(LOW)), rule("high", 110, "Deny", **to(HIGH)), rule("all", 200, **to(where))
    )
    assert findings(tmp_path, text, "dead") == []
    [found] = findings(tmp_path, text, "partly-dead")
    assert told([found]) == [("NC204", "warning", "all")]
    assert [one.name for one in found.covered_by] == ["low", "high"]
    assert "decides no IPv4 packet: 2 earlier rules together take them all, and `low` (100) denies" in found.message


def test_one_of_the_other_action_is_listed_even_if_it_can_be_spared(tmp_path: Path) -> None:
    """The deny of all covers the rule; the allow before it takes a part and is what a reader looks for."""
    text = group(
        rule("deny-some", 100, "Deny", **to("20.60.1.0/24")),
        rule("allow-all", 110),
        rule("allow-storage", 200, **to("20.60.0.0/16")),
    )
    [found] = findings(tmp_path, text, "dead")
    assert told([found]) == [("NC201", "warning", "allow-storage")]
    assert [one.name for one in found.covered_by] == ["allow-all", "deny-some"]
    assert "but for those that `deny-some` (100) denies before" in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (rule("deny-ssh", 100, "Deny", destinationPortRange="22"), rule("allow-all", 200)),
        (rule("allow-storage", 100, **to("20.60.0.0/16")), rule("deny-all", 200, "Deny")),
        (rule("deny-mail", 100, "Deny", destinationPortRange="25"), rule("allow-web", 200, destinationPortRange="443")),
    ],
)
def test_what_single_rule_scanners_raise_is_not_dead(tmp_path: Path, first: str, second: str) -> None:
    """An allow beside or under a deny that leaves something to it is alive."""
    assert findings(tmp_path, group(first, second), "dead") == []


def test_a_wide_allow_behind_a_deny_is_no_opening(tmp_path: Path) -> None:
    """The list denies the Internet before it allows everything: only the rest of the world is let in."""
    inbound = {"direction": "Inbound"}
    text = group(
        rule("deny-internet", 100, "Deny", **inbound, sourceAddressPrefix="Internet"), rule("allow-all", 200, **inbound)
    )
    assert findings(tmp_path, text, "over-wide") == []
    assert told(findings(tmp_path, group(rule("allow-all", 200, **inbound)), "over-wide")) == [
        ("NC215", "warning", "allow-all")
    ]


def test_an_unknown_tag_makes_no_rule_dead(tmp_path: Path) -> None:
    """It may cover nothing; the same tag again is covered whatever it is."""
    deny, allow = rule("deny", 100, "Deny", **to("Contoso")), rule("allow", 200, **to("20.60.1.0/24"))
    assert findings(tmp_path, group(deny, allow), "dead") == []
    again = rule("again", 200, **to("Contoso"))
    assert told(findings(tmp_path, group(deny, again), "dead")) == [("NC201", "warning", "again")]


ONE, TWO = (
    f"  - name: {name}\n    addressSpace: [{space}]\n"
    f"    subnets: [{{name: app, addressPrefix: {space}, networkSecurityGroup: nsg}}]\n"
    for name, space in (("one", "10.0.0.0/16"), ("two", "10.1.0.0/16"))
)
NETWORKS = f"virtualNetworks:\n{ONE}{TWO}"


def test_a_rule_is_dead_only_where_it_is_dead_everywhere(tmp_path: Path) -> None:
    """In the first network `VirtualNetwork` covers the prefix, in the second it does not."""
    rules = group(rule("own", 100, **to("VirtualNetwork")), rule("one", 200, "Deny", **to("10.0.3.0/24")))
    assert findings(tmp_path, NETWORKS + rules, "dead") == []
    assert told(findings(tmp_path, f"virtualNetworks:\n{ONE}{rules}", "dead")) == [("NC201", "warning", "one")]
    both = NETWORKS + group(rule("own", 100, **to("VirtualNetwork")), rule("host", 200, "Deny", **to("168.63.129.16")))
    assert told(findings(tmp_path, both, "dead")) == [("NC203", "warning", "host")]


def test_a_group_without_members_is_a_note(tmp_path: Path) -> None:
    """Who is in a group may stand in files that were not given."""
    text = "applicationSecurityGroups: [web]\n" + group(
        rule("to-web", 100, destinationApplicationSecurityGroups="[web]").replace('destinationAddressPrefix: "*", ', "")
    )
    [found] = findings(tmp_path, text, "dead")
    assert told([found]) == [("NC203", "note", "to-web")]
    assert "no NIC of the site with an address is in `web`" in found.message


@pytest.mark.parametrize(
    ("size", "share", "severity"), [("25", "50%", "warning"), ("26", "25%", "note"), ("31", "0.78%", "note")]
)
def test_how_much_of_an_allow_is_denied_is_told_exactly(tmp_path: Path, size: str, share: str, severity: str) -> None:
    """Of 256 addresses, the prefix that is denied takes its share; half is much."""
    deny = rule("deny-part", 100, "Deny", protocol='"*"', **to(f"20.60.1.0/{size}"))
    [found] = findings(tmp_path, group(deny, rule("allow", 200, **to("20.60.1.0/24"))), "partly-dead")
    assert told([found]) == [("NC204", severity, "allow")]
    assert f"takes {share} of its IPv4 packets" in found.message
    taken, matched = dict(found.figures)["taken"], dict(found.figures)["matched"]
    assert taken * 2 ** (int(size) - 24) == matched == 256 * 2**32 * 65536**2


def test_exceptions_before_a_deny_are_how_lists_are_written(tmp_path: Path) -> None:
    """A deny at the end that matches everything is not told, nor one that loses less than one per cent."""
    allow = rule("allow", 100, destinationPortRange="443", **to("20.60.1.0/24"))
    assert findings(tmp_path, group(allow, rule("deny-all", 4096, "Deny", protocol='"*"')), "partly-dead") == []
    assert findings(tmp_path, group(allow, rule("deny-most", 4096, "Deny", **to("20.60.0.0/16"))), "partly-dead") == []
    half = rule("allow-half", 100, **to("20.60.0.0/17"))
    assert told(
        findings(tmp_path, group(half, rule("deny-most", 200, "Deny", **to("20.60.0.0/16"))), "partly-dead")
    ) == [("NC204", "note", "deny-most")]


def test_overlaps_of_one_action_are_not_told(tmp_path: Path) -> None:
    """Two allows that share packets do no harm."""
    text = group(rule("a", 100, **to("20.60.0.0/16")), rule("b", 200, destinationPortRange="443"))
    assert findings(tmp_path, text, "partly-dead") == []


def test_a_rule_that_a_default_rule_repeats_can_go(tmp_path: Path) -> None:
    """Nothing between the two denies any of it; with a deny in between it is needed."""
    allow = rule("allow-web", 100, destinationPortRange="443", **to("198.51.100.0/24"))
    [found] = findings(tmp_path, group(allow), "redundant", vnet=VNET)
    assert told([found]) == [("NC205", "note", "allow-web")]
    assert [one.name for one in found.covered_by] == ["AllowInternetOutBound"]
    deny = rule("deny-web", 200, "Deny", destinationPortRange="443", **to("Internet"))
    assert findings(tmp_path, group(allow, deny), "redundant", vnet=VNET) == []


def test_a_rule_that_kills_another_is_not_called_redundant(tmp_path: Path) -> None:
    """The denies at the end do the same; without the deny in front, the allow that it kills would come to life."""
    where = to("198.51.100.0/24")
    text = group(rule("deny", 100, "Deny", **where), rule("allow", 200, **where), rule("deny-rest", 4096, "Deny"))
    assert told(findings(tmp_path, text, "dead", "redundant", vnet=VNET)) == [("NC201", "warning", "allow")]


def test_of_two_rules_that_say_the_same_one_is_told(tmp_path: Path) -> None:
    """The second is dead; were the first told as well, removing both would change the list."""
    twice = [rule("first", 100, **to("10.9.0.0/16")), rule("second", 200, **to("10.9.0.0/16"))]
    deny = rule("deny-rest", 4096, "Deny")
    assert told(findings(tmp_path, group(*twice, deny), "dead", "redundant", vnet=VNET)) == [
        ("NC201", "warning", "second")
    ]


def test_two_rules_of_one_priority_clash(tmp_path: Path) -> None:
    """In one direction only; an uncertain one is a warning, and two uncertain ones may be alternatives."""
    maybe = rule("maybe", 100, "Deny", uncertain="its condition is not known")
    assert told(findings(tmp_path, group(rule("sure", 100), maybe), "clash")) == [("NC206", "warning", "maybe")]
    other = rule("other", 100, uncertain="its condition is not known")
    assert findings(tmp_path, group(maybe, other), "clash") == []
    assert findings(tmp_path, group(rule("out", 100), rule("in", 100, direction="Inbound")), "clash") == []


def test_certain_rules_of_one_priority_are_an_error(tmp_path: Path) -> None:
    """What the rules of that direction do together is not told then: nobody knows which comes first."""
    (tmp_path / "site.yaml").write_text("netcheck: 1\n" + group(rule("a", 100), rule("b", 200)), encoding="utf-8")
    site = nc.load(tmp_path / "site.yaml")
    same: tuple[NsgRule, ...] = tuple(replace(one, priority=100) for one in site.network_security_groups[0].rules)
    assert told(lint(site.with_rules("nsg", same)).findings) == [("NC207", "note", "nsg"), ("NC206", "error", "b")]


def test_what_takes_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No finding must not mean that nothing was looked for."""
    monkeypatch.setattr("netcheck.lint.rulelist.MOST_STEPS", 0)
    text = group(rule("deny", 100, "Deny", **to("20.60.1.0/25")), rule("allow", 200, **to("20.60.1.0/24")))
    [found] = findings(tmp_path, text, "partly-dead", "not-checked")
    assert told([found]) == [("NC207", "note", "nsg")]
    assert "outbound: how much is taken of some rules was not worked out" in found.message
