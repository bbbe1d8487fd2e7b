"""Effective security rules become NSGs of one level each, in the spelling of the REST interface."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sources.exported import NETWORK, NSG_ID, kinds, read

SUBNET_ID = f"{NETWORK}/virtualNetworks/v/subnets/s"
NIC_ID = f"{NETWORK}/networkInterfaces/nic1"
TYPE = "netcheck/effectivenetworksecuritygroup"
SSH: dict[str, Any] = {
    "name": "securityRules/ssh",
    "protocol": "Tcp",
    "sourcePortRange": "0-65535",
    "destinationPortRange": "22-22",
    "sourceAddressPrefix": "10.0.0.0/8",
    "destinationAddressPrefix": "10.1.0.0/16",
    "access": "Allow",
    "priority": 100,
    "direction": "Inbound",
}
READ_SSH = {
    "name": "ssh",
    "protocol": "Tcp",
    "direction": "Inbound",
    "access": "Allow",
    "priority": "100",
    "sourcePortRange": "0-65535",
    "sourceAddressPrefix": "10.0.0.0/8",
    "destinationPortRange": "22-22",
    "destinationAddressPrefix": "10.1.0.0/16",
}


def item(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the effective rules of one NSG, on a subnet unless said otherwise."""
    return {
        "networkSecurityGroup": {"id": NSG_ID},
        "association": {"subnet": {"id": SUBNET_ID}},
        "effectiveSecurityRules": list(rules),
        **fields,
    }


def read_rule(**fields: Any) -> dict[str, Any]:
    """Return what an effective rule is read into; None takes a field away."""
    rule = {name: value for name, value in {**SSH, **fields}.items() if value is not None}
    [node] = read("effective_nsg", [item(rule)]).nodes
    [found] = node["securityRules"] + node["defaultSecurityRules"]
    return found  # type: ignore[no-any-return] # JSON


@pytest.mark.parametrize(
    "content",
    [
        {"value": [item(SSH)]},
        {"value": [item(SSH)], "nextLink": None},
        [item(SSH)],
        item(SSH),
        {
            "NetworkSecurityGroup": {"Id": NSG_ID},
            "Association": {"Subnet": {"Id": SUBNET_ID}, "NetworkInterface": None},
            "EffectiveSecurityRules": [
                {
                    "Name": "securityRules/ssh",
                    "Protocol": "Tcp",
                    "SourcePortRange": ["0-65535"],
                    "DestinationPortRange": ["22-22"],
                    "SourceAddressPrefix": ["10.0.0.0/8"],
                    "DestinationAddressPrefix": ["10.1.0.0/16"],
                    "ExpandedSourceAddressPrefix": [],
                    "ExpandedDestinationAddressPrefix": [],
                    "Access": "Allow",
                    "Priority": 100,
                    "Direction": "Inbound",
                }
            ],
            "EffectiveSecurityRulesText": "[]",
        },
    ],
)
def test_every_spelling_is_one_nsg(content: object) -> None:
    """REST wraps the list, az prints either, PowerShell capitalises and prints every prefix and port as a list."""
    assert kinds(content) == ["effective_nsg"]
    found = read("effective_nsg", content)
    assert [(one.type, one.name, one.id, one.unsure) for one in found.resources] == [(TYPE, "web", NSG_ID, "")]
    expected = {
        "name": "web",
        "id": NSG_ID,
        "securityRules": [READ_SSH],
        "defaultSecurityRules": [],
        "association": {"subnet": {"id": SUBNET_ID}},
    }
    assert [expected] == found.nodes
    assert found.faults == []


def test_levels_stay_apart() -> None:
    """The NSG of the subnet and that of the NIC both have to allow: their rules are never one list."""
    nic = item(SSH, association={"networkInterface": {"id": NIC_ID}})
    found = read("effective_nsg", [item(SSH), nic])
    assert [node["association"] for node in found.nodes] == [
        {"subnet": {"id": SUBNET_ID}},
        {"networkInterface": {"id": NIC_ID}},
    ]


def test_rules_of_a_network_manager_are_another_type() -> None:
    """Security admin rules go before every NSG."""
    manager = f"{NETWORK}/networkManagers/m"
    found = read(
        "effective_nsg", [item(SSH, association={"networkManager": {"id": manager}}, networkSecurityGroup=None)]
    )
    assert [("netcheck/effectiveadminrules", "m", manager)] == [(one.type, one.name, one.id) for one in found.resources]


def test_an_nsg_without_id_has_an_unknown_name() -> None:
    """Its level is known, and its rules are; only what it is called is not."""
    found = read("effective_nsg", [item(SSH, networkSecurityGroup=None)])
    assert [(one.name, one.id) for one in found.resources] == [("NSG of s", "")]
    assert [node["name"] for node in found.nodes] == ["?NSG of s"]


@pytest.mark.parametrize(
    ("name", "priority", "expected", "is_default"),
    [
        ("securityRules/ssh", 100, "ssh", False),
        ("UserRule_ssh", 100, "ssh", False),
        ("securityRules/UserRule_ssh", 100, "UserRule_ssh", False),
        ("defaultSecurityRules/AllowVnetInBound", 65000, "AllowVnetInBound", True),
        ("DefaultRule_AllowVnetInBound", 65000, "AllowVnetInBound", True),
        ("defaultSecurityRules/DefaultInboundDenyAll", 65500, "DefaultInboundDenyAll", True),
        ("DefaultInboundDenyAll", 65500, "DefaultInboundDenyAll", True),
        ("ssh", 4096, "ssh", False),
    ],
)
def test_names_lose_the_list_they_are_from(name: str, priority: int, expected: str, is_default: bool) -> None:
    """The prefix says whose rule it is; without one the priority does."""
    [node] = read("effective_nsg", [item({**SSH, "name": name, "priority": priority})]).nodes
    assert [expected] == [rule["name"] for rule in node["defaultSecurityRules" if is_default else "securityRules"]]
    assert node["securityRules" if is_default else "defaultSecurityRules"] == []


def test_protocol_all_is_a_star() -> None:
    """Effective rules print `All` for what the rule has as `*`."""
    assert read_rule(protocol="All")["protocol"] == "*"


def test_a_list_of_one_is_the_singular_field() -> None:
    """Since 2017 both spellings are printed and say the same; a tag may stand in the singular field only."""
    fields = {"sourceAddressPrefix": "VirtualNetwork", "sourceAddressPrefixes": ["VirtualNetwork"]}
    found = read_rule(**fields, destinationPortRanges=["22-22"])
    assert found["sourceAddressPrefix"] == "VirtualNetwork"
    assert found["destinationPortRange"] == "22-22"
    assert not {"sourceAddressPrefixes", "destinationPortRanges"} & found.keys()


def test_a_longer_list_is_the_plural_field() -> None:
    """The singular value is one of the list, and each value counts once."""
    found = read_rule(destinationPortRange="22-22", destinationPortRanges=["22-22", "80-80", "22-22"])
    assert found["destinationPortRanges"] == ["22-22", "80-80"]
    assert "destinationPortRange" not in found


def test_a_singular_value_that_the_list_lacks_is_passed_on() -> None:
    """Whoever checks the rule sees both and refuses them."""
    found = read_rule(sourceAddressPrefix="10.9.0.0/16", sourceAddressPrefixes=["10.0.0.0/8"])
    assert found["sourceAddressPrefix"] == "10.9.0.0/16"
    assert found["sourceAddressPrefixes"] == ["10.0.0.0/8"]


def test_expanded_prefixes_stand_for_the_tag() -> None:
    """What Azure put in place of `Internet` is what the rule matches; an empty expansion is none."""
    fields = {"destinationAddressPrefix": "Internet", "destinationAddressPrefixes": ["Internet"]}
    found = read_rule(**fields, expandedDestinationAddressPrefix=["1.0.0.0/8", "2.0.0.0/7"])
    assert found["destinationAddressPrefixes"] == ["1.0.0.0/8", "2.0.0.0/7"]
    assert "destinationAddressPrefix" not in found
    assert read_rule(**fields, expandedDestinationAddressPrefix=[])["destinationAddressPrefix"] == "Internet"


@pytest.mark.parametrize("plural", [None, ["0.0.0.0/0"], ["0.0.0.0/0", "0.0.0.0/0"]])
def test_a_printed_zero_prefix_is_all_of_ipv4_and_perhaps_of_ipv6(plural: list[str] | None) -> None:
    """Azure prints `*` as `0.0.0.0/0`, once or twice: whether the rule holds for IPv6 is not known."""
    found = read_rule(sourceAddressPrefix="0.0.0.0/0", sourceAddressPrefixes=plural)
    assert found["sourceAddressPrefixes"] == ["0.0.0.0/0", "?::/0 as source of ssh"]
    assert "sourceAddressPrefix" not in found


def test_a_zero_prefix_in_a_default_rule_is_a_star() -> None:
    """Azure's own rules are documented: they say `*`."""
    fields: dict[str, Any] = {"name": "defaultSecurityRules/DenyAllInBound", "priority": 65500}
    found = read_rule(**fields, sourceAddressPrefix="0.0.0.0/0", sourceAddressPrefixes=["0.0.0.0/0", "0.0.0.0/0"])
    assert found["sourceAddressPrefix"] == "*"


def test_platform_doubles_are_kept() -> None:
    """In 2017 Azure printed a second deny rule for each direction: the same rule twice is no fault."""
    rules = [
        {**SSH, "name": f"defaultSecurityRules/{name}", "priority": 65500} for name in ("DenyAllInBound", "Double")
    ]
    [node] = read("effective_nsg", [item(*rules)]).nodes
    assert [rule["name"] for rule in node["defaultSecurityRules"]] == ["DenyAllInBound", "Double"]


def test_the_tag_map_is_kept() -> None:
    """It is the best source of what `VirtualNetwork` means for this NIC."""
    [node] = read("effective_nsg", [item(SSH, tagMap={"VirtualNetwork": ["10.0.0.0/16"]})]).nodes
    assert node["tagMap"] == {"VirtualNetwork": ["10.0.0.0/16"]}


def test_rules_stand_where_the_file_has_them() -> None:
    """A verdict names the place of the effective rule."""
    text = (
        '[{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules": [\n'
        '{"name": "securityRules/a", "priority": 1}]}]'
    )
    [resource] = read("effective_nsg", text).resources
    [rules] = [value for name, value in resource.node.entries if name.text == "securityRules"]
    assert [4 + text.index("\n") + 1] == [rule.start for rule in rules.items]  # type: ignore[union-attr] # a list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"association": {}, "effectiveSecurityRules": [{}]}]', "f.json:1:2 error NC197"),
        ('[{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules":\n[]}]', "f.json:2:1 error NC197"),
        ('[{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules":\nnull}]', "f.json:2:1 error NC197"),
        ('[{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules": [{},\n"x"]}]', "f.json:2:1 error NC197"),
        ('[{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules": [{}]},\n{}]', "f.json:2:1 error NC197"),
        (
            '{"value": [{"association": {"subnet": {"id": "s"}}, "effectiveSecurityRules": [{}]}],\n"nextLink": "x"}',
            "f.json:2:13 error NC167",
        ),
        (
            '[{"Association": {"Subnet": {"Id": "s"}},\n"EffectiveSecurityRules": ["System.Object"]}]',
            "f.json:2:1 error NC168",
        ),
        ('{"networkInterfaces":\n[]}', "f.json:1:1 error NC197"),
        ('{"networkInterfaces": [\n{"securityRuleAssociations": {}}]}', "f.json:2:1 error NC197"),
        (
            '{"networkInterfaces": [{"securityRuleAssociations": {"subnetAssociation": {"id": "s"}}},\n7]}',
            "f.json:2:1 error NC197",
        ),
    ],
)
def test_what_is_not_whole_is_an_error(text: str, expected: str) -> None:
    """No level, no rules, no item: each would let packets through that Azure stops."""
    assert kinds(text) == ["effective_nsg"]
    assert [expected] == read("effective_nsg", text).faults


WRITTEN = {
    "name": "ssh",
    "id": f"{NSG_ID}/securityRules/ssh",
    "properties": {
        "protocol": "TCP",
        "sourcePortRange": "*",
        "destinationPortRange": "22",
        "sourceAddressPrefix": "VirtualNetwork",
        "destinationAddressPrefix": "*",
        "access": "Allow",
        "priority": 100,
        "direction": "Inbound",
    },
}
COMPUTED = {
    **SSH,
    "name": "UserRule_ssh",
    "sourceAddressPrefix": "VirtualNetwork",
    "expandedSourceAddressPrefix": ["10.0.0.0/16", "168.63.129.16/32"],
    "destinationAddressPrefix": "0.0.0.0/0",
}
DEFAULT = {**SSH, "name": "DenyAllInBound", "access": "Deny", "priority": 65500, "sourceAddressPrefix": "*"}
PLATFORM = {**DEFAULT, "name": "DefaultInboundDenyAll"}


def view(**associations: Any) -> dict[str, Any]:
    """Return the view of a VM with one NIC."""
    return {"networkInterfaces": [{"id": NIC_ID, "securityRuleAssociations": associations}]}


def test_a_view_joins_rules_as_written_with_what_azure_computed() -> None:
    """A `*` stays a `*`, and a tag becomes what Azure put in its place; platform doubles are default rules."""
    content = view(
        networkInterfaceAssociation={"id": NIC_ID, "securityRules": [WRITTEN]},
        defaultSecurityRules=[DEFAULT],
        effectiveSecurityRules=[COMPUTED, {**DEFAULT, "name": "DefaultRule_DenyAllInBound"}, PLATFORM],
    )
    found = read("effective_nsg", content)
    assert [(one.type, one.name, one.id, one.unsure) for one in found.resources] == [(TYPE, "web", NSG_ID, "")]
    [node] = found.nodes
    [rule] = node["securityRules"]
    assert rule["sourceAddressPrefixes"] == ["10.0.0.0/16", "168.63.129.16/32"]
    assert (rule["destinationAddressPrefix"], rule["destinationPortRange"], rule["protocol"]) == ("*", "22", "TCP")
    assert "sourceAddressPrefix" not in rule
    assert [one["name"] for one in node["defaultSecurityRules"]] == ["DenyAllInBound", "DefaultInboundDenyAll"]
    assert node["association"] == {"networkInterface": {"id": NIC_ID}}
    assert found.faults == []


def test_both_levels_of_a_view_stay_apart() -> None:
    """Computed rules of both levels stand in one list; one that could be of either adds nothing to the written one."""
    content = view(
        networkInterfaceAssocation={"id": NIC_ID, "securityRules": [WRITTEN]},  # the misspelling of 2016
        subnetAssociation={"id": SUBNET_ID, "securityRules": [WRITTEN]},
        defaultSecurityRules=[DEFAULT],
        effectiveSecurityRules=[COMPUTED, COMPUTED],
    )
    found = read("effective_nsg", content)
    assert [list(node["association"]) for node in found.nodes] == [["networkInterface"], ["subnet"]]
    assert [[WRITTEN["name"]], [WRITTEN["name"]]] == [
        [r["name"] for r in node["securityRules"]] for node in found.nodes
    ]
    prefixes = [rule["properties"]["sourceAddressPrefix"] for node in found.nodes for rule in node["securityRules"]]
    assert prefixes == ["VirtualNetwork", "VirtualNetwork"]


def test_a_level_without_rules_is_unsure_beside_another() -> None:
    """It has an NSG without rules, or none at all: the view does not say which."""
    content = view(
        networkInterfaceAssociation={"id": NIC_ID, "securityRules": []},
        subnetAssociation={"id": SUBNET_ID, "securityRules": [WRITTEN]},
        defaultSecurityRules=[DEFAULT],
        effectiveSecurityRules=[COMPUTED],
    )
    found = read("effective_nsg", content)
    assert [bool(one.unsure) for one in found.resources] == [True, False]


def test_a_view_of_powershell_lists_rules_without_associations() -> None:
    """It does not name the subnet, and lists no rules for a level without an NSG."""
    nic = {
        "Id": NIC_ID,
        "NetworkInterfaceSecurityRules": [{**SSH, "Name": "ssh", "Id": f"{NSG_ID}/securityRules/ssh"}],
        "SubnetSecurityRules": [],
        "DefaultSecurityRules": [DEFAULT],
        "EffectiveSecurityRules": [],
    }
    found = read("effective_nsg", {"NetworkInterfaces": [nic]})
    assert [(one.name, bool(one.unsure)) for one in found.resources] == [
        ("web", False),
        ("NSG of the subnet of the view", True),
    ]
    assert found.nodes[1]["association"] == {"subnet": {"id": "?the subnet of the view"}}


def test_a_computed_rule_of_no_level_is_an_error() -> None:
    """Where it applies is not known, and it may be the rule that decides."""
    content = view(
        networkInterfaceAssociation={"id": NIC_ID, "securityRules": [WRITTEN]},
        defaultSecurityRules=[DEFAULT],
        effectiveSecurityRules=[COMPUTED, {**COMPUTED, "name": "UserRule_rdp"}],
    )
    found = read("effective_nsg", content)
    assert [message.partition(" | ")[0] for message in found.messages] == [
        "effective rule `rdp` is in no list of the view, so that its level is not known"
    ]


def test_an_nsg_that_lists_its_nics_is_no_view() -> None:
    """`networkInterfaces` is a field of every exported NSG."""
    assert kinds({"name": "web", "id": NSG_ID, "securityRules": [], "networkInterfaces": []}) == ["arm_exports"]
