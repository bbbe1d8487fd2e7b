"""What Azure's tools print becomes resources: type, ID, name and parent are found in every spelling."""

from __future__ import annotations

import time
from typing import Any

import pytest

from netcheck.sources.exports.fields import parent_of, type_in
from tests.unit.sources.exported import NETWORK, NSG_ID, kinds, read

NSG = "microsoft.network/networksecuritygroups"
RULE: dict[str, Any] = {
    "name": "ssh",
    "protocol": "Tcp",
    "access": "Allow",
    "direction": "Inbound",
    "priority": 100,
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRange": "22",
}
REST_NSG = {"name": "web", "id": NSG_ID, "type": "Microsoft.Network/networkSecurityGroups"}


def identified(name: str, nsg: str = NSG_ID, kind: str = "securityRules", **fields: object) -> dict[str, Any]:
    """Return a rule as the REST interface prints it, with its ID."""
    return {**RULE, "name": name, "id": f"{nsg}/{kind}/{name}", **fields}


@pytest.mark.parametrize(
    ("identity", "expected_type", "expected_parent"),
    [
        (NSG_ID, NSG, ""),
        (f"{NSG_ID}/", NSG, ""),
        (f"{NSG_ID}/securityRules/ssh", f"{NSG}/securityrules", NSG_ID),
        (f"{NSG_ID}/securityRules/ssh/", f"{NSG}/securityrules", NSG_ID),
        (NSG_ID.replace("providers", "PROVIDERS"), NSG, ""),
        (f"{NETWORK}/networkSecurityGroups/myproviders/securityRules/x", f"{NSG}/securityrules", None),
        (f"{NETWORK}/networkSecurityGroups//defaultSecurityRules/", f"{NSG}/defaultsecurityrules", ""),
        (
            f"{NETWORK}/networkInterfaces/n/providers/Microsoft.Insights/diagnosticSettings/d",
            "microsoft.insights/diagnosticsettings",
            "",
        ),
        (f"{NETWORK}/networkSecurityGroups", "", ""),
        ("web", "", ""),
        ("", "", ""),
    ],
)
def test_a_resource_id_tells_type_and_parent(identity: str, expected_type: str, expected_parent: str | None) -> None:
    """Behind the last provider stand its namespace, then types and names in turn; a child has two of them or more."""
    assert expected_type == type_in(identity)
    if expected_parent is not None:
        assert expected_parent == parent_of(identity)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"name": "n", "securityRules": []}, NSG),
        ({"Name": "n", "DefaultSecurityRules": []}, NSG),
        ({"name": "n", "properties": {"securityRules": []}}, NSG),
        (
            {"name": "v", "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}, "subnets": []},
            "microsoft.network/virtualnetworks",
        ),
        ({"name": "i", "ipConfigurations": [], "macAddress": "0"}, "microsoft.network/networkinterfaces"),
        ({"name": "i", "ipConfigurations": [], "enableIPForwarding": False}, "microsoft.network/networkinterfaces"),
        ({"name": "t", "routes": []}, "microsoft.network/routetables"),
        ({"name": "m", "networkProfile": {}, "storageProfile": {}}, "microsoft.compute/virtualmachines"),
        (
            {"name": "s", "addressPrefix": "10.0.0.0/24", "serviceEndpoints": None},
            "microsoft.network/virtualnetworks/subnets",
        ),
        (
            {"name": "s", "addressPrefixes": ["10.0.0.0/24"], "networkSecurityGroup": None},
            "microsoft.network/virtualnetworks/subnets",
        ),
        (RULE, f"{NSG}/securityrules"),
        ({**RULE, "priority": 65000}, f"{NSG}/defaultsecurityrules"),
        ({"name": "r", "addressPrefix": "0.0.0.0/0", "nextHopType": "None"}, "microsoft.network/routetables/routes"),
        (
            {"name": "p", "remoteVirtualNetwork": {"id": "x"}},
            "microsoft.network/virtualnetworks/virtualnetworkpeerings",
        ),
        (
            {"name": "p", "ipAddress": "20.1.2.3", "publicIPAllocationMethod": "Static"},
            "microsoft.network/publicipaddresses",
        ),
        ({"type": " Microsoft.Storage/storageAccounts", "name": "s"}, "microsoft.storage/storageaccounts"),
        ({"id": f"{NSG_ID}/flowLogs/f", "x": 1}, f"{NSG}/flowlogs"),
    ],
)
def test_the_fields_tell_the_type_where_nothing_else_does(element: dict[str, Any], expected: str) -> None:
    """`type` is Azure's word; without it the ID tells, and else the fields that only one kind of resource has."""
    assert kinds(element) == ["arm_exports"]
    assert [expected] == [one.type for one in read("arm_exports", element).resources]


@pytest.mark.parametrize(
    "content",
    [
        {**REST_NSG, "properties": {"securityRules": []}},
        {**REST_NSG, "securityRules": []},
        [{**REST_NSG, "securityRules": []}],
        {"value": [{**REST_NSG, "properties": {"securityRules": []}}]},
        {"value": [{**REST_NSG, "properties": {"securityRules": []}}], "nextLink": None},
        {"value": [{"Name": "web", "Id": NSG_ID, "SecurityRules": []}], "Count": 1},
        {"Name": "web", "ResourceId": NSG_ID, "ResourceType": REST_NSG["type"], "Properties": {"securityRules": []}},
    ],
)
def test_every_spelling_is_one_nsg(content: object) -> None:
    """az flattens, REST nests under `properties`, PowerShell capitalises, lists may stand under `value`."""
    found = read("arm_exports", content)
    assert [(r.type, r.name, r.id, r.parent, r.unsure) for r in found.resources] == [(NSG, "web", NSG_ID, "", "")]
    assert found.faults == []


def test_nodes_stay_as_they_are() -> None:
    """A resource is the very mapping of the file: its place is the user's, and nothing of it is copied."""
    found = read("arm_exports", '[\n  {"name": "web", "securityRules": []}]')
    offset = len("[]") + 2 + len("[\n  ")
    assert [offset] == [one.node.start for one in found.resources]
    assert found.nodes == [{"name": "web", "securityRules": []}]


def test_a_child_alone_names_its_parent() -> None:
    """The ID of a subnet holds that of its network; `Get-AzResource` calls it `VNET/SUBNET`."""
    subnet = {"addressPrefix": "10.0.0.0/24", "type": "Microsoft.Network/virtualNetworks/subnets"}
    by_id = read("arm_exports", {**subnet, "name": "s", "id": f"{NETWORK}/virtualNetworks/v/subnets/s"})
    by_name = read("arm_exports", {**subnet, "name": "v/s"})
    assert [("s", f"{NETWORK}/virtualNetworks/v")] == [(one.name, one.parent) for one in by_id.resources]
    assert [(one.name, one.parent) for one in by_name.resources] == [("s", "v")]
    assert [node["name"] for node in by_name.nodes] == ["s"]


def test_a_single_rule_is_a_child() -> None:
    """One rule that is no list is a part of an NSG, not the NSG."""
    found = read("arm_exports", identified("ssh"))
    assert [(f"{NSG}/securityrules", NSG_ID)] == [(one.type, one.parent) for one in found.resources]


def test_a_list_of_rules_is_the_nsg_their_ids_name() -> None:
    """`az network nsg rule list --include-default` lists both kinds; type, ID or priority tells them apart."""
    content = [
        identified("ssh"),
        identified("AllowVnetInBound", kind="defaultSecurityRules", priority=65000),
        {**RULE, "name": "late", "priority": 65500},
    ]
    found = read("arm_exports", content)
    assert [(one.type, one.name, one.id) for one in found.resources] == [(NSG, "web", NSG_ID)]
    [node] = found.nodes
    assert [rule["name"] for rule in node["securityRules"]] == ["ssh"]
    assert [rule["name"] for rule in node["defaultSecurityRules"]] == ["AllowVnetInBound", "late"]


def test_a_list_of_rules_of_two_nsgs_is_two_nsgs() -> None:
    """Rules of different NSGs never share a list."""
    other = f"{NETWORK}/networkSecurityGroups/db"
    found = read("arm_exports", [identified("a"), identified("b", other), identified("c")])
    assert [one.name for one in found.resources] == ["web", "db"]
    assert [[rule["name"] for rule in node["securityRules"]] for node in found.nodes] == [["a", "c"], ["b"]]


def test_rules_without_any_id_are_called_as_their_file() -> None:
    """Nothing else names the NSG."""
    found = read("arm_exports", [RULE, {**RULE, "name": "rdp"}], "exports/web.nsg.json")
    assert [(one.name, one.id) for one in found.resources] == [("web.nsg", "")]


def test_a_rule_without_id_among_rules_of_two_nsgs_is_refused() -> None:
    """To which NSG it belongs decides verdicts, and nothing says it."""
    text = (
        f'[{{"id": "{NSG_ID}/securityRules/a", "access": 1, "direction": 1, "priority": 1}},\n'
        f'{{"id": "{NETWORK}/networkSecurityGroups/db/securityRules/b", "access": 1, "direction": 1, "priority": 1}},\n'
        '{"name": "c", "access": 1, "direction": 1, "priority": 1}]'
    )
    assert read("arm_exports", text).faults == ["f.json:3:1 error NC169"]


def test_default_rules_alone_do_not_say_that_there_are_no_others() -> None:
    """The REST interface lists default rules apart: an NSG without own rules must not be made of that."""
    found = read("arm_exports", {"value": [identified("DenyAllInBound", kind="defaultSecurityRules", priority=65500)]})
    [node] = found.nodes
    assert node["securityRules"] == "?securityRules of web"
    assert len(node["defaultSecurityRules"]) == 1


def test_a_mixed_list_keeps_rules_as_children() -> None:
    """Beside other resources a rule is a resource of its own, which names its NSG."""
    found = read("arm_exports", [identified("ssh"), {"name": "t", "routes": []}])
    assert [f"{NSG}/securityrules", "microsoft.network/routetables"] == [one.type for one in found.resources]


def test_resources_nested_by_an_export_are_found() -> None:
    """Some exports put child resources under `resources` of their parent."""
    child = {"name": "v/s", "type": "Microsoft.Network/virtualNetworks/subnets", "addressPrefix": "10.0.0.0/24"}
    network = {"name": "v", "addressSpace": {}, "subnets": [], "resources": [child]}
    assert [one.name for one in read("arm_exports", network).resources] == ["v", "s"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", "f.json:1:1 error NC169"),
        ('{"value": []}', "f.json:1:11 error NC169"),
        ('[{"name": "w", "securityRules": []},\n 7]', "f.json:2:2 error NC169"),
        ('[{"name": "w", "securityRules": []},\n {"name": "x"}]', "f.json:2:2 error NC169"),
        ('{"value": [{"name": "w", "securityRules": []}],\n"nextLink": "https://x"}', "f.json:2:13 error NC167"),
        ('[\n{"name": "w", "type": "Microsoft.Network/networkSecurityGroups"}]', "f.json:2:1 error NC168"),
        (
            '[\n{"name": "w", "type": "Microsoft.Network/networkSecurityGroups", "properties": null}]',
            "f.json:2:1 error NC168",
        ),
        (
            '{"name": "w", "type": "Microsoft.Network/networkSecurityGroups",\n"properties": "{}"}',
            "f.json:2:15 error NC168",
        ),
        ('{"Name": "w",\n"SecurityRules": "System.Collections.Generic.List"}', "f.json:2:1 error NC168"),
        ('{"Name": "w", "SecurityRules": [{\n"Access": "@{x=1}"}]}', "f.json:2:1 error NC168"),
        (
            '{"name": "w", "securityRules": [], "subnets":\n["Microsoft.Azure.Commands.Network.Models.PSSubnet"]}',
            "f.json:1:36 error NC168",
        ),
    ],
)
def test_what_is_missing_is_an_error_at_its_place(text: str, expected: str) -> None:
    """A page, a cut, an entry of an inventory, a stranger among resources, nothing: all would read as "no rule"."""
    assert kinds(text) == ["arm_exports"]
    assert [expected] == read("arm_exports", text).faults


def test_a_cut_is_advised_to_export_deeper() -> None:
    """ConvertTo-Json is two levels deep unless told otherwise."""
    found = read("arm_exports", {"Name": "w", "SecurityRules": "System.Object[]", "Subnets": "@{Id=x}"})
    cut = "`SecurityRules` was cut off by ConvertTo-Json, and 1 more value"
    assert found.messages == [f"{cut} | export again with `ConvertTo-Json -Depth 10`"]


def test_prose_that_looks_cut_off_is_prose() -> None:
    """Descriptions are free text, and PowerShell's doubles of lists hold JSON as text."""
    rule = {**RULE, "description": "@{owner=me}"}
    found = read("arm_exports", {"name": "w", "securityRules": [rule], "securityRulesText": "System.Object[]"})
    assert found.faults == []


def test_a_resource_of_a_template_may_lack_fields() -> None:
    """In a template an NSG without `securityRules` has none: a template says what will be, an inventory does not."""
    found = read("arm_exports", {"name": "w", "type": NSG, "apiVersion": "2024-05-01"})
    assert found.faults == []
    assert [one.name for one in found.resources] == ["w"]


@pytest.mark.parametrize(
    "content",
    [
        {"netcheck": "1", "virtualNetworks": []},
        {"values": [], "changeNumber": 1, "cloud": "Public", "type": "Microsoft.Network/serviceTags", "name": "x"},
        {"$schema": "x", "contentVersion": "1", "resources": []},
        {"Name": "classic", "Rules": [{"Type": "Inbound", "Action": "Allow", "Name": "r"}]},
        [{"Type": "Inbound", "Action": "Allow", "Name": "r"}],
        {"name": "x"},
        ["x"],
        "7",
    ],
)
def test_other_files_are_left_to_others(content: object) -> None:
    """A site, tags, a template, a classic group, and what is nothing at all are no exports."""
    assert kinds(content) == []


def test_a_list_of_strangers_is_told_in_few_words() -> None:
    """Half a million faults on one line of a file would fill the memory: twenty are shown, the others counted."""
    text = "[" + '{"name": "w", "securityRules": []}' + ', "x"' * 200_000 + "]"
    begin = time.perf_counter()
    found = read("arm_exports", text)
    assert len(found.faults) == 21
    assert found.messages[-1] == "199980 more like this from here on | "
    assert time.perf_counter() - begin < 10
