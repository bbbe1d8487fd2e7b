"""Rule lists of a group: the default rules of both models, exported ones, order, letter case, rule fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.model.rules import Direction, NsgRule
from netcheck.model.site import DeploymentModel, Site
from netcheck.policy.nsg import default_rules, ordered_rules
from netcheck.sources.load import load_site
from tests.oracle.defaults import TABLE
from tests.property.strategies import HERE
from tests.unit.sources.sites import RULE, write

MODELS = list(DeploymentModel)


def fields(rule: NsgRule) -> tuple[object, ...]:
    """Return a rule as the service lists it."""
    ends = "".join(map(str, rule.sources)), "".join(map(str, rule.destinations))
    return rule.name, rule.direction, rule.priority, *ends, rule.access


@pytest.mark.parametrize("model", MODELS)
def test_the_six_default_rules_are_those_of_the_service(model: DeploymentModel) -> None:
    """Names, numbers, addresses and access of the default rules are those recorded for each deployment model."""
    is_classic = model is DeploymentModel.CLASSIC
    expected = [(row[1] if is_classic else row[0], row[2], row[3], str(row[4]), str(row[5]), row[6]) for row in TABLE]
    found = [fields(rule) for direction in Direction for rule in default_rules(direction, model, HERE)]
    assert sorted(expected, key=str) == sorted(found, key=str)
    for rule in default_rules(Direction.INBOUND, model, HERE):
        assert (rule.protocol.is_any, str(rule.source_ports[0]), str(rule.destination_ports[0])) == (
            True,
            "0-65535",
            "0-65535",
        )


def group(folder: Path, *rules: dict[str, Any], **more: Any) -> Site:
    """Load a site that is one group."""
    nsg = {"name": "nsg", "securityRules": list(rules), **more}
    return load_site([write(folder, json.dumps({"netcheck": 1, "networkSecurityGroups": [nsg]}), "site.json")])


def names(site: Site, direction: Direction = Direction.OUTBOUND) -> list[str]:
    """Return the rules of a direction in the order of evaluation."""
    nsg = site.network_security_groups[0]
    return [rule.name for rule in ordered_rules(nsg, direction, site.deployment_model)]


def test_an_export_without_default_rules_still_has_them(tmp_path: Path) -> None:
    """Default rules cannot be removed: a group that lists none gets all six."""
    assert names(group(tmp_path)) == ["AllowVnetOutBound", "AllowInternetOutBound", "DenyAllOutBound"]
    assert names(group(tmp_path), Direction.INBOUND) == [
        "AllowVnetInBound",
        "AllowAzureLoadBalancerInBound",
        "DenyAllInBound",
    ]


def exported(name: str, priority: int, access: str, destination: str) -> dict[str, Any]:
    """Return a default rule as an export spells it."""
    return {
        **RULE,
        "name": name,
        "priority": priority,
        "access": access,
        "protocol": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": "*",
    }


def test_exported_default_rules_are_used_as_listed_and_not_doubled(tmp_path: Path) -> None:
    """Rules that an export lists under `defaultSecurityRules` stand once, with their own spelling and place."""
    listed = [
        exported("AllowVNetOutBound", 65000, "Allow", "VirtualNetwork"),
        exported("AllowInternetOutbound", 65001, "Allow", "Internet"),
        exported("DenyAllOutbound", 65500, "Deny", "*"),
    ]
    site = group(tmp_path, defaultSecurityRules=listed)
    assert names(site) == ["AllowVNetOutBound", "AllowInternetOutbound", "DenyAllOutbound"]
    places = {rule.at.line for rule in ordered_rules(site.network_security_groups[0], Direction.OUTBOUND, MODELS[0])}
    assert 0 not in places
    assert names(site, Direction.INBOUND)[0] == "AllowVnetInBound"


def test_the_smaller_number_is_first_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    """Rules are looked at by priority; the one listed first does not go first."""
    rules = [{**RULE, "name": f"r{p}", "priority": p} for p in (4000, 100, 200)]
    assert names(group(tmp_path, *rules))[:3] == ["r100", "r200", "r4000"]


def test_words_are_read_in_any_letter_case(tmp_path: Path) -> None:
    """Direction, access, protocol and tags are compared without regard to letter case."""
    loud = {
        **RULE,
        "direction": "OUTBOUND",
        "access": "deny",
        "protocol": "TCP",
        "destinationAddressPrefix": "INTERNET",
    }
    site = group(tmp_path, loud)
    answer = nc.filter_packets(site, "NSG", "Outbound", "10.0.0.4", "20.60.0.1", tcp=[443])
    assert (answer.verdict, [d.rule for p in answer.parts for d in p.decided_by]) == ("blocked", ["rule-a"])


@pytest.mark.parametrize(
    ("changes", "target", "verdict"),
    [
        ({"destinationPortRange": "80-443"}, "20.60.0.1:79", "blocked"),
        ({"destinationPortRange": "80-443"}, "20.60.0.1:80", "reachable"),
        ({"destinationPortRange": "80-443"}, "20.60.0.1:443", "reachable"),
        ({"destinationPortRange": "80-443"}, "20.60.0.1:444", "blocked"),
        ({"destinationAddressPrefix": "20.60.0.0/31"}, "20.60.0.1:443", "reachable"),
        ({"destinationAddressPrefix": "20.60.0.0/31"}, "20.60.0.2:443", "blocked"),
        ({"sourceAddressPrefix": "10.0.0.5/32"}, "20.60.0.1:443", "blocked"),
        ({"protocol": "Udp"}, "20.60.0.1:443", "blocked"),
        ({"protocol": "Icmp", "destinationPortRange": "*"}, "20.60.0.1:443", "blocked"),
        ({"protocol": "*"}, "20.60.0.1:443", "reachable"),
        ({"destinationAddressPrefix": "0.0.0.0/0"}, "20.60.0.1:443", "reachable"),
        ({"destinationAddressPrefix": "::/0"}, "20.60.0.1:443", "blocked"),
    ],
)
def test_each_field_of_a_rule_is_part_of_the_match(
    changes: dict[str, Any], target: str, verdict: str, tmp_path: Path
) -> None:
    """Protocol, addresses and ports, each with its edges: outside one of them the rule behind decides."""
    allow = {**RULE, "destinationAddressPrefix": "*", **changes}
    deny = {**RULE, "name": "deny", "priority": 300, "access": "Deny", "protocol": "*", "destinationPortRange": "*"}
    site = group(tmp_path, allow, {**deny, "destinationAddressPrefix": "*"})
    address, _, port = target.partition(":")
    assert nc.filter_packets(site, "nsg", "Outbound", "10.0.0.4", address, tcp=[int(port)]).verdict == verdict


def test_source_ports_split_the_question(tmp_path: Path) -> None:
    """A rule on source ports decides some connections only: both halves are in the answer, exactly."""
    allow = {**RULE, "destinationAddressPrefix": "*", "sourcePortRange": "1024-65535"}
    deny = {**RULE, "name": "deny", "priority": 300, "access": "Deny", "destinationAddressPrefix": "*"}
    found: Any = nc.filter_packets(
        group(tmp_path, allow, deny), "nsg", "Outbound", "10.0.0.4", "20.60.0.1", tcp=[443]
    ).to_dict()
    assert found["verdict"] == "partial"
    assert [block["sourcePorts"] for block in found["packets"]["reachable"]] == [["1024-65535"]]
    assert [block["sourcePorts"] for block in found["packets"]["blocked"]] == [["0-1023"]]
