"""Classic NSGs as `Get-AzureNetworkSecurityGroup -Detailed | ConvertTo-Json` writes them."""

from __future__ import annotations

import json

import pytest

from netcheck.sources._json import parse_json
from netcheck.sources.classic.json_files import is_classic_json, read_classic_json
from tests.unit.sources.test_classic_xml import WEB_RULE, faults_of, nodes_of, opened

RULE = {
    "Action": "Allow",
    "DestinationAddressPrefix": "10.0.0.4/32",
    "DestinationPortRange": "443",
    "IsDefault": False,
    "Name": "web",
    "Priority": 100,
    "Protocol": "TCP",
    "SourceAddressPrefix": "INTERNET",
    "SourcePortRange": "*",
    "State": "Active",
    "Type": "Inbound",
}
DEFAULT = RULE | {"Name": "DENY ALL INBOUND", "Priority": 65500, "Action": "Deny", "IsDefault": True}
NSG = {"Rules": [RULE, DEFAULT], "Name": "web-nsg", "Location": "West US", "Label": "web"}
EXPECTED = {
    "name": "web-nsg",
    "location": "West US",
    "securityRules": [WEB_RULE],
    "defaultSecurityRules": [WEB_RULE | {"name": "DENY ALL INBOUND", "priority": "65500", "access": "Deny"}],
}


def read(value: object) -> tuple[list[object], list[str]]:
    document, opening = opened(json.dumps(value, indent=1))
    root = parse_json(document, opening.collector)
    assert is_classic_json(root)
    return nodes_of(read_classic_json(document, root, opening)), faults_of(opening)


@pytest.mark.parametrize(
    "value",
    [NSG, [NSG], {"value": [NSG], "Count": 1}, NSG | {"Rules": {"value": [RULE, DEFAULT], "Count": 2}}],
)
def test_one_group_or_a_list_of_them(value: object) -> None:
    """PowerShell writes one object bare, several as a list, and in some versions a list as `value` and `Count`."""
    assert read(value) == ([EXPECTED], [])


@pytest.mark.parametrize(
    ("rules", "place", "shown"),
    [
        ("System.Object[]", "2:11", "`System.Object[]`"),
        (["Microsoft.WindowsAzure.Rule", "Microsoft.WindowsAzure.Rule"], "3:3", "`Microsoft.WindowsAzure.Rule`"),
        ([RULE, [1]], "16:3", "a list"),
    ],
)
def test_rules_that_became_texts_are_refused(rules: object, place: str, shown: str) -> None:
    """Below the depth of ConvertTo-Json stand type names: that is no group without rules."""
    _, faults = read({"Rules": rules, "Name": "web-nsg", "Location": "West US", "Label": ""})
    message = f"the rules of `web-nsg` were cut off: {shown} stands for one or all of them"
    assert faults[0] == f"given.txt:{place} error NC193 {message}"


@pytest.mark.parametrize("rules", [{}, {"Rules": None}, {"Rules": []}])
def test_a_group_without_rules_was_not_listed_in_detail(rules: dict[str, object]) -> None:
    """Without `-Detailed` the cmdlet knows no rules; a detailed listing has at least the built-in ones."""
    reason = "?the export of network security group `web-nsg` lists no rules (it was made without `-Detailed`)"
    value = {"Name": "web-nsg", "Location": "West US", "Label": ""} | rules
    assert read(value) == ([{"name": "web-nsg", "location": "West US", "securityRules": reason}], [])


def test_a_rule_alone_is_refused() -> None:
    """`(Get-AzureNetworkSecurityGroup -Detailed).Rules` does not say whose rules they are."""
    _, faults = read([RULE])
    assert faults == ["given.txt:2:2 error NC193 a rule without its network security group decides nothing"]


def test_a_count_that_differs_tells_that_elements_are_missing() -> None:
    """`Count` says how many elements the list had."""
    _, faults = read({"value": [NSG], "Count": 2})
    assert [fault.partition(" ")[2] for fault in faults] == ["error NC193 `Count` is `2`, but the list has 1 elements"]


def test_a_group_without_name_is_refused() -> None:
    """A group cannot be attached to anything without its name."""
    _, faults = read(NSG | {"Name": ""})
    assert faults == ["given.txt:1:1 error NC193 a network security group lacks `Name`"]


def test_unknown_keys_and_states_are_named() -> None:
    """A key of a rule that is not known may decide something; a rule that is not active may not apply."""
    found, faults = read(NSG | {"Rules": [RULE | {"State": "Creating", "Sort": 1}]})
    reason = "rule `web` is in state `Creating`, not `Active`"
    assert found == [{"name": "web-nsg", "location": "West US", "securityRules": [WEB_RULE | {"access": f"?{reason}"}]}]
    assert [fault.partition(" ")[2] for fault in faults] == [
        f"warning NC194 {reason}: whether it is in effect is not known",
        "warning NC194 key `Sort` of a rule is not known and is left out",
    ]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        "text",
        {"name": "a", "rules": [{"action": "Allow", "fqdns": []}]},
        {"name": "a", "properties": {"securityRules": []}, "location": "x", "label": "y"},
        {"name": "a", "location": "x", "securityRules": []},
    ],
)
def test_other_json_is_not_taken(value: object) -> None:
    """Groups of Resource Manager, and rules of other services, have other keys."""
    document, opening = opened(json.dumps(value))
    assert not is_classic_json(parse_json(document, opening.collector))
