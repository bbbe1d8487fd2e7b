"""Questions about NICs whose address Azure chooses: judged for every address that they may get.

Microsoft Learn, "Private IP addresses": a dynamic address is one of the subnet that nobody has; the first four and the
last address of a subnet are Azure's own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netcheck
from netcheck.errors import QuestionError
from netcheck.model.site import Site

Json = dict[str, Any]
OPEN: Json = {"name": "nic-open", "subnet": "v/a", "privateIPAllocationMethod": "Dynamic"}
OTHER: Json = {"name": "nic-other", "subnet": "v/b", "privateIPAddress": "10.1.0.12"}


def rule(direction: str, access: str, **fields: Any) -> Json:
    """Return a rule for everything, with changes; a group takes the place of the prefix."""
    found: Json = {"name": f"{access}-{direction}", "priority": 100, "direction": direction, "access": access}
    found |= {"protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*"}
    for side in ("source", "destination"):
        if f"{side}ApplicationSecurityGroups" not in fields:
            found[f"{side}AddressPrefix"] = "*"
    return found | fields


def site(folder: Path, *nics: Json, rules: tuple[Json, ...] = (), on: str = "", **subnet: Any) -> Site:
    """Return a site of two subnets of eight addresses; the NSG `nsg` is on the subnet that `on` names."""
    subnets: list[Json] = [
        {"name": "a", "addressPrefix": "10.1.0.0/29", **subnet},
        {"name": "b", "addressPrefix": "10.1.0.8/29"},
    ]
    for one in subnets:
        if one["name"] == on:
            one["networkSecurityGroup"] = "nsg"
    data = {
        "netcheck": 1,
        "virtualNetworks": [{"name": "v", "addressSpace": ["10.1.0.0/24", "fd00:1::/48"], "subnets": subnets}],
        "networkSecurityGroups": [{"name": "nsg", "securityRules": list(rules)}],
        "applicationSecurityGroups": ["asg"],
        "virtualMachines": [
            {"name": nic["name"].replace("nic-", ""), "hostFirewall": "none", "networkInterfaces": [nic]}
            for nic in nics
        ],
    }
    path = folder / "site.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return netcheck.load(path)


def verdict(where: Site, source: str, target: str) -> str:
    return str(netcheck.can_reach(where, source, target, tcp=[443]).verdict)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("10.1.0.4/30", "blocked"),
        ("10.1.0.4/31", "undetermined"),
        ("10.1.0.6", "undetermined"),
        ("10.1.0.0/30", "reachable"),
        ("10.1.0.7", "reachable"),
        ("10.1.0.8/29", "reachable"),
    ],
)
def test_a_rule_that_splits_the_subnet_leaves_the_verdict_open(prefix: str, expected: str, tmp_path: Path) -> None:
    """Denied are all, some or none of .4, .5 and .6, which are the addresses there are in a /29."""
    inbound = rule("Inbound", "Deny", destinationAddressPrefix=prefix)
    assert expected == verdict(site(tmp_path, OPEN, OTHER, rules=(inbound,), on="a"), "other", "open")
    outbound = rule("Outbound", "Deny", sourceAddressPrefix=prefix)
    assert expected == verdict(site(tmp_path, OPEN, OTHER, rules=(outbound,), on="a"), "open", "other")


def test_what_is_open_names_the_nic(tmp_path: Path) -> None:
    """The reason says whose address is missing, and where the file leaves it out."""
    where = site(tmp_path, OPEN, OTHER, rules=(rule("Inbound", "Deny", destinationAddressPrefix="10.1.0.6"),), on="a")
    (reason, *_) = netcheck.can_reach(where, "other", "open", tcp=[443]).reasons
    assert "address of NIC `nic-open` at " in reason


def test_addresses_of_others_are_not_free(tmp_path: Path) -> None:
    """With .4 and .5 taken only .6 is left, so that a rule about .6 decides."""
    taken = [{"name": f"nic-{i}", "subnet": "v/a", "privateIPAddress": f"10.1.0.{i}"} for i in (4, 5)]
    deny = rule("Inbound", "Deny", destinationAddressPrefix="10.1.0.6")
    where = site(tmp_path, OPEN, OTHER, *taken, rules=(deny,), on="a")
    assert [verdict(where, "other", to) for to in ("open", "10.1.0.4", "10.1.0.6")] == [
        "blocked",
        "reachable",
        "blocked",
    ]


def test_a_full_subnet_has_no_address_left(tmp_path: Path) -> None:
    """Azure would refuse the NIC; the question is refused with that reason."""
    taken = [{"name": f"nic-{i}", "subnet": "v/a", "privateIPAddress": f"10.1.0.{i}"} for i in (4, 5, 6)]
    where = site(tmp_path, OPEN, OTHER, *taken)
    for source, target in (("open", "other"), ("other", "open")):
        with pytest.raises(QuestionError, match=r"nic-open|v/a|free"):
            verdict(where, source, target)


def test_the_nsg_of_the_nic_goes_with_it(tmp_path: Path) -> None:
    """Wherever the NIC is, its own NSG decides; the VM with another address is not touched by it."""
    nic = {**OPEN, "networkSecurityGroup": "nsg"}
    fixed = {"name": "nic-fixed", "subnet": "v/a", "privateIPAddress": "10.1.0.4"}
    rules = (rule("Inbound", "Deny"), rule("Outbound", "Deny"))
    where = site(tmp_path, nic, OTHER, fixed, rules=rules)
    assert [verdict(where, *ends) for ends in (("other", "open"), ("open", "other"))] == ["blocked", "blocked"]
    assert [verdict(where, *ends) for ends in (("other", "fixed"), ("fixed", "other"))] == ["reachable", "reachable"]


def test_a_member_of_a_group_is_one_wherever_it_is(tmp_path: Path) -> None:
    """A rule for the group is a rule for the NIC, and may be one for each address that it may have."""
    nic = {**OPEN, "applicationSecurityGroups": ["asg"]}
    deny = rule("Outbound", "Deny", destinationApplicationSecurityGroups=["asg"])
    where = site(tmp_path, nic, OTHER, rules=(deny,), on="b")
    assert [verdict(where, "other", to) for to in ("open", "10.1.0.5", "10.1.0.13")] == [
        "blocked",
        "undetermined",
        "reachable",
    ]


def test_an_address_that_the_nic_may_have_is_open_as_a_destination(tmp_path: Path) -> None:
    """Asked by address, it may be the NIC with its NSG, or nobody."""
    where = site(tmp_path, {**OPEN, "networkSecurityGroup": "nsg"}, OTHER, rules=(rule("Inbound", "Deny"),))
    assert [verdict(where, "other", to) for to in ("10.1.0.5", "v/a")] == ["undetermined", "undetermined"]


@pytest.mark.parametrize("source", ["10.1.0.5", "10.1.0.4/31"])
def test_an_address_that_the_nic_may_have_is_open_as_a_source(source: str, tmp_path: Path) -> None:
    """The NIC's own NSG denies all that it sends; asked by address, it may be the sender."""
    where = site(tmp_path, {**OPEN, "networkSecurityGroup": "nsg"}, OTHER, rules=(rule("Outbound", "Deny"),))
    assert verdict(where, source, "other") == "undetermined"


def test_a_public_ip_of_the_nic_may_be_the_way_out_of_an_address(tmp_path: Path) -> None:
    """In a private subnet an address has no way out, unless it is that of the NIC with a public IP."""
    where = site(tmp_path, {**OPEN, "publicIPAddress": "pip"}, OTHER, defaultOutboundAccess=False)
    assert [verdict(where, source, "8.8.8.8") for source in ("open", "10.1.0.5")] == ["reachable", "undetermined"]


def test_two_nics_without_an_address_are_told_apart_by_name(tmp_path: Path) -> None:
    """A question that names one NIC is about that one: no other NIC has its address."""
    second = {"name": "nic-second", "subnet": "v/a", "privateIPAllocationMethod": "Dynamic"}
    deny = rule("Inbound", "Deny")
    where = site(tmp_path, OPEN, {**second, "networkSecurityGroup": "nsg"}, OTHER, rules=(deny,))
    assert [verdict(where, "other", to) for to in ("open", "second")] == ["reachable", "blocked"]


def test_a_group_of_two_open_nics_is_not_asked_about_at_once(tmp_path: Path) -> None:
    """`every address agrees` would mix up two NICs, so the question is refused (NC317)."""
    member = {**OPEN, "applicationSecurityGroups": ["asg"]}
    members = [{**member, "name": "nic-x"}, {**member, "name": "nic-y"}]
    with pytest.raises(QuestionError, match="NC317"):
        verdict(site(tmp_path, *members, OTHER), "other", "asg")


MIXED: Json = {
    "name": "nic-open",
    "subnet": "v/a",
    "applicationSecurityGroups": ["asg"],
    "ipConfigurations": [
        {"privateIPAddress": "10.1.0.4", "privateIPAllocationMethod": "Static"},
        {"privateIPAllocationMethod": "Dynamic"},
    ],
}


def test_a_second_address_that_is_not_known_is_not_forgotten(tmp_path: Path) -> None:
    """One IP configuration is static and one dynamic: the NIC is .4 for certain, and one of .5 and .6 besides."""
    deny = rule("Outbound", "Deny", destinationApplicationSecurityGroups=["asg"])
    where = site(tmp_path, MIXED, OTHER, rules=(deny,), on="b")
    assert [verdict(where, "other", to) for to in ("10.1.0.4", "10.1.0.5", "10.1.0.13")] == [
        "blocked",
        "undetermined",
        "reachable",
    ]


def test_a_rule_about_the_second_address_leaves_the_vm_open(tmp_path: Path) -> None:
    """.5 is denied and may be the second address: the VM is not reachable at all its addresses for certain."""
    deny = rule("Outbound", "Deny", destinationAddressPrefix="10.1.0.5")
    assert verdict(site(tmp_path, MIXED, OTHER, rules=(deny,), on="b"), "other", "open") != "reachable"


def test_an_ipv6_address_that_is_not_known_is_not_forgotten(tmp_path: Path) -> None:
    """The NIC has an IPv6 address beside its IPv4 one; a question from an IPv6 address is about it."""
    nic = {
        "name": "nic-open",
        "subnet": "v/a",
        "ipConfigurations": [
            {"privateIPAddress": "10.1.0.4", "privateIPAllocationMethod": "Static"},
            {"privateIPAllocationMethod": "Dynamic", "privateIPAddressVersion": "IPv6"},
        ],
    }
    both = {"addressPrefix": None, "addressPrefixes": ["10.1.0.0/29", "fd00:1:0:1::/64"]}
    deny = rule("Inbound", "Deny", sourceAddressPrefix="fd00:1:0:2::/64")
    where = site(tmp_path, nic, OTHER, rules=(deny,), on="a", **both)
    assert [verdict(where, source, "open") for source in ("fd00:1:0:2::5", "other")] == ["blocked", "reachable"]


def test_the_example_flow_is_one_that_two_nics_can_have(tmp_path: Path) -> None:
    """Source and destination are different NICs, so no witness goes from an address to itself."""
    second = {"name": "nic-second", "subnet": "v/a", "privateIPAllocationMethod": "Dynamic"}
    answer = netcheck.can_reach(site(tmp_path, OPEN, second), "open", "second", tcp=[443])
    flows = [flow for part in answer.parts for flow in answer.witnesses(part.verdict)]
    assert flows
    assert [flow for flow in flows if flow.source == flow.destination] == []


def test_one_flow_of_the_nic_is_explained_as_the_question_was_answered(tmp_path: Path) -> None:
    """`explain` names the NIC's own NSG for the address that stands for it."""
    where = site(tmp_path, {**OPEN, "networkSecurityGroup": "nsg"}, OTHER, rules=(rule("Outbound", "Deny"),))
    assert str(netcheck.explain(where, "10.1.0.5 -> 10.1.0.12:443/tcp").verdict) == "undetermined"
