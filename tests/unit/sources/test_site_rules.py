"""NSG rules as exports mix their fields, and what the service refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.errors import InputError
from netcheck.model.address import AnyAddress, ApplicationSecurityGroup, ServiceTag, Unresolved, parse_prefix
from netcheck.model.ports import ANY_PROTOCOL
from netcheck.sources.load import load_site
from tests.unit.sources.sites import RULE, load_rule, write


def rule_codes(folder: Path, model: str = "resourceManager", **changes: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_rule(folder, model, **changes)
    return [found.code for found in caught.value.diagnostics]


@pytest.mark.parametrize("absent", [None, "", []])
def test_plural_counts_when_the_singular_is_not_set(absent: object, tmp_path: Path) -> None:
    """A plural list with the singular absent, null, "" or [] is used (corner case 12)."""
    changes: dict[str, Any] = {"destinationPortRange": absent, "destinationPortRanges": ["80", "443-445"]}
    changes |= {"destinationAddressPrefix": absent, "destinationAddressPrefixes": ["10.0.0.0/8", "10.1.2.3"]}
    rule = load_rule(tmp_path, **changes)
    assert [str(port) for port in rule.destination_ports] == ["80", "443-445"]
    assert (parse_prefix("10.0.0.0/8")[0], parse_prefix("10.1.2.3")[0]) == rule.destinations


def test_singular_counts_when_the_plural_is_empty(tmp_path: Path) -> None:
    """An empty plural list beside a singular value is no value (corner case 12)."""
    rule = load_rule(tmp_path, destinationPortRanges=[], destinationAddressPrefixes=[], sourceAddressPrefixes=None)
    assert (["443"], (ServiceTag("Storage"),)) == ([str(p) for p in rule.destination_ports], rule.destinations)


def test_null_singular_is_not_set(tmp_path: Path) -> None:
    """JSON null is absent, not the text `null`."""
    rule = {**RULE, "destinationPortRange": None, "destinationPortRanges": [80]}
    text = json.dumps({"name": "n", "securityRules": [rule]})
    (nsg,) = load_site([write(tmp_path, text, "nsg.json")]).network_security_groups
    assert [str(port) for port in nsg.rules[0].destination_ports] == ["80"]


def test_both_spellings_may_agree(tmp_path: Path) -> None:
    """Effective exports print both spellings; they have to say the same."""
    assert [str(p) for p in load_rule(tmp_path, destinationPortRanges=["443"]).destination_ports] == ["443"]
    assert rule_codes(tmp_path, destinationPortRanges=["80"]) == ["NC139"]


def test_powershell_spelling(tmp_path: Path) -> None:
    """Az PowerShell writes PascalCase keys and lists of one in the singular fields."""
    rule = {name[0].upper() + name[1:]: value for name, value in RULE.items()}
    rule |= {
        "SourceAddressPrefix": ["*"],
        "DestinationAddressPrefix": ["Storage"],
        "DestinationPortRange": ["80", "443"],
    }
    text = json.dumps({"Name": "n", "SecurityRules": [rule], "SecurityRulesText": "[]", "Tag": {}})
    (nsg,) = load_site([write(tmp_path, text, "nsg.json")]).network_security_groups
    assert ((AnyAddress(),), (ServiceTag("Storage"),)) == (nsg.rules[0].sources, nsg.rules[0].destinations)
    assert [str(port) for port in nsg.rules[0].destination_ports] == ["80", "443"]


@pytest.mark.parametrize("value", ["80,443", "443-80", "65536", "-1", "22:30", "443_444", "http", "80-", "1e3", "0x50"])
def test_no_port(value: str, tmp_path: Path) -> None:
    """A comma list in the singular field is refused (corner case 11), and so is all that is no port."""
    assert rule_codes(tmp_path, destinationPortRange=value) == ["NC134"]


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "0"), ("65535", "65535"), ("0-65535", "0-65535"), (" 80 - 81 ", "80-81")]
)
def test_port_edges(value: str, expected: str, tmp_path: Path) -> None:
    """Ports run from 0 to 65535, both included."""
    assert [expected] == [str(port) for port in load_rule(tmp_path, destinationPortRange=value).destination_ports]


@pytest.mark.parametrize(
    ("priority", "expected"), [(99, False), (100, True), (4096, True), (4097, False), (0, False), (-5, False)]
)
def test_priority_edges(priority: int, expected: bool, tmp_path: Path) -> None:
    """Custom rules have priorities 100 to 4096."""
    if expected:
        assert priority == load_rule(tmp_path, priority=priority).priority
    else:
        assert {"NC135", "NC124"} > set(rule_codes(tmp_path, priority=priority))


def test_one_priority_in_both_directions(tmp_path: Path) -> None:
    """One number may stand once inbound and once outbound, not twice in one direction (corner case 4)."""
    other = {**RULE, "name": "rule-b", "direction": "Inbound"}
    text = json.dumps({"name": "n", "securityRules": [RULE, other]})
    assert len(load_site([write(tmp_path, text, "nsg.json")]).network_security_groups[0].rules) == 2
    text = json.dumps({"name": "n", "securityRules": [RULE, {**RULE, "name": "rule-b"}]})
    with pytest.raises(InputError) as caught:
        load_site([write(tmp_path, text, "nsg.json")])
    (found,) = caught.value.diagnostics
    assert (found.code, len(found.related)) == ("NC136", 1)


def test_integer_prefix_is_an_address(tmp_path: Path) -> None:
    """`789` is 0.0.3.21, neither a crash nor "any" (corner case 13)."""
    assert (parse_prefix("0.0.3.21")[0],) == load_rule(tmp_path, destinationAddressPrefix="789").destinations


def test_all_of_ipv4_is_not_star(tmp_path: Path) -> None:
    """`0.0.0.0/0` is IPv4 alone, `*` both families (corner case 14)."""
    assert (parse_prefix("0.0.0.0/0")[0],) == load_rule(tmp_path, destinationAddressPrefix="0.0.0.0/0").destinations
    assert (AnyAddress(),) == load_rule(tmp_path, destinationAddressPrefix="*").destinations


def test_trailing_space_belongs_to_the_name(tmp_path: Path) -> None:
    """The article's rule name ends in a space and stays so (corner case 15)."""
    assert load_rule(tmp_path, name="allow-proxy ").name == "allow-proxy "


def test_host_bits_are_masked_with_a_warning(tmp_path: Path) -> None:
    """`10.0.0.5/24` means 10.0.0.0/24, and the reader says so."""
    rule = {**RULE, "destinationAddressPrefix": "10.0.0.5/24"}
    site = load_site([write(tmp_path, json.dumps({"name": "n", "securityRules": [rule]}), "nsg.json")])
    assert (parse_prefix("10.0.0.0/24")[0],) == site.network_security_groups[0].rules[0].destinations
    assert [found.code for found in site.warnings] == ["NC133"]


@pytest.mark.parametrize("values", [["Storage"], ["Storage", "Sql"], ["*"], ["10.0.0.0/8", "Internet"]])
def test_tags_do_not_go_into_lists(values: list[str], tmp_path: Path) -> None:
    """The service takes prefixes only in the plural field (corner case 29)."""
    codes = rule_codes(tmp_path, destinationAddressPrefix="", destinationAddressPrefixes=values)
    assert {"NC137"} == set(codes)


@pytest.mark.parametrize(
    "changes",
    [
        {"destinationAddressPrefix": "", "destinationAddressPrefixes": ["10.0.0.0/8", "fd00::/8"]},
        {"sourceAddressPrefix": "10.0.0.0/8", "destinationAddressPrefix": "fd00::/8"},
    ],
)
def test_families_do_not_mix(changes: dict[str, Any], tmp_path: Path) -> None:
    """One rule names one address family, on either side."""
    assert rule_codes(tmp_path, **changes) == ["NC138"]


def test_application_security_groups(tmp_path: Path) -> None:
    """Groups come as resource IDs, `{id}` mappings or names; the last segment is the name."""
    groups = [
        {"id": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/applicationSecurityGroups/web"},
        "db",
    ]
    rule = load_rule(tmp_path, sourceAddressPrefix=None, sourceApplicationSecurityGroups=groups)
    assert (ApplicationSecurityGroup("web"), ApplicationSecurityGroup("db")) == rule.sources


def test_template_expressions_stay_unknown(tmp_path: Path) -> None:
    """An expression is neither empty nor any: an address stays unresolved, other fields make the rule unknown."""
    rule = load_rule(tmp_path, destinationAddressPrefix="[parameters('x')]", destinationPortRange="[variables('p')]")
    assert isinstance(rule.destinations[0], Unresolved)
    assert rule.unknown == "`destinationPortRange` is the unresolved expression `[variables('p')]`"
    assert load_rule(tmp_path, protocol="[parameters('proto')]").protocol == ANY_PROTOCOL


@pytest.mark.parametrize("word", ["tcp", "TCP", "Udp", "icmp", "Esp", "ah", "*"])
def test_words_in_any_case(word: str, tmp_path: Path) -> None:
    """Enumerated words are compared without regard to letter case."""
    rule = load_rule(tmp_path, protocol=word, access="ALLOW", direction="outbound")
    assert (rule.access, rule.direction) == ("Allow", "Outbound")


@pytest.mark.parametrize(
    "key", ["name", "priority", "direction", "access", "protocol", "sourcePortRange", "sourceAddressPrefix"]
)
def test_nothing_required_is_guessed(key: str, tmp_path: Path) -> None:
    """A rule that lacks a field is an error, never "any"."""
    assert rule_codes(tmp_path, **dict[str, Any]({key: None})) == ["NC121"]


@pytest.mark.parametrize(
    "tag", ["INTERNET", "Internet", "VIRTUAL_NETWORK", "VirtualNetwork", "AZURE_LOADBALANCER", "AzureLoadBalancer"]
)
def test_classic_tags(tag: str, tmp_path: Path) -> None:
    """The classic model has three tags; the spelling of either model is read and kept."""
    assert (ServiceTag(tag),) == load_rule(tmp_path, "classic", destinationAddressPrefix=tag).destinations


@pytest.mark.parametrize(
    "changes",
    [
        {"destinationAddressPrefix": "Storage.WestUS"},
        {"destinationAddressPrefix": "INTERNET", "protocol": "Icmp"},
        {"destinationAddressPrefix": "INTERNET", "destinationPortRange": "", "destinationPortRanges": ["80", "443"]},
        {"destinationAddressPrefix": "", "destinationAddressPrefixes": ["10.0.0.0/8", "11.0.0.0/8"]},
    ],
)
def test_classic_refusals(changes: dict[str, Any], tmp_path: Path) -> None:
    """No other tag (corner case 30), no ICMP, one value a field: the classic model knows no more."""
    assert rule_codes(tmp_path, "classic", **changes) == ["NC141"]


def test_export_keys_are_accepted(tmp_path: Path) -> None:
    """What Azure prints beside a rule is ignored; anything else is an unknown key."""
    load_rule(
        tmp_path, id="/x", etag="W/1", provisioningState="Succeeded", type="t", resourceGroup="rg", description="d"
    )
    assert rule_codes(tmp_path, colour="red") == ["NC120"]
