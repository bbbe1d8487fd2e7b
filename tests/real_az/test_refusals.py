"""The small Resource Manager refuses what the service refuses: else a script that fails there would pass here."""

from __future__ import annotations

import pytest

from tests.real_az.refusals import Json, RefusalError
from tests.real_az.sites import nsg_id
from tests.real_az.store import Store

NSG = nsg_id("rg", "nsg")
RULE: Json = {
    "priority": 200,
    "direction": "Outbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.0.0.4/32",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "Storage.WestUS",
    "destinationPortRanges": ["80", "443"],
}


def store_with_a_rule() -> Store:
    """Return a store with one NSG and one rule in it."""
    store = Store()
    store.put(NSG, {"properties": {"securityRules": [{"name": "first", "properties": RULE}]}})
    return store


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("second", {}, "SecurityRuleConflict"),
        ("second", {"priority": 99}, "SecurityRuleInvalidPriority"),
        ("second", {"priority": "210"}, "SecurityRuleInvalidPriority"),
        ("two words", {"priority": 210}, "InvalidResourceName"),
        ("-second", {"priority": 210}, "InvalidResourceName"),
        ("second", {"priority": 210, "protocol": "TCP"}, "InvalidRequestFormat"),
        ("second", {"priority": 210, "sourceAddressPrefixes": ["10.0.0.5"]}, "InvalidRequestFormat"),
        ("second", {"priority": 210, "sourceAddressPrefix": ""}, "InvalidRequestFormat"),
        ("second", {"priority": 210, "description": "x" * 141}, "InvalidRequestFormat"),
        ("second", {"priority": 210, "destinationPortRanges": ["80,443"]}, "SecurityRuleInvalidPortRange"),
        ("second", {"priority": 210, "destinationPortRanges": ["443-80"]}, "SecurityRuleInvalidPortRange"),
        ("second", {"priority": 210, "sourceAddressPrefix": "10.0.0.4/33"}, "SecurityRuleInvalidAddressPrefix"),
        (
            "second",
            {"priority": 210, "destinationAddressPrefix": None, "destinationAddressPrefixes": ["10.0.0.1", "Storage"]},
            "SecurityRuleParameterContainsUnsupportedValue",
        ),
        (
            "second",
            {"priority": 210, "destinationAddressPrefix": "fd00::1"},
            "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
        ),
    ],
)
def test_a_rule_that_the_service_refuses(name: str, changes: Json, code: str) -> None:
    """The rule is refused with the service's code, and the NSG stays as it was."""
    store = store_with_a_rule()
    before = store.get(NSG)
    with pytest.raises(RefusalError) as raised:
        store.put(f"{NSG}/securityRules/{name}", {"properties": {**RULE, **changes}})
    assert (code, before) == (raised.value.code, store.get(NSG))


def test_a_rule_of_the_same_name_is_replaced_whole() -> None:
    """A PUT by the name of a rule, in any letter case, takes its place: what it does not say is gone."""
    store = store_with_a_rule()
    store.put(f"{NSG}/securityRules/first", {"properties": {**RULE, "description": "old"}})
    store.put(f"{NSG}/securityRules/FIRST", {"properties": {**RULE, "priority": 300}})
    held = store.get(NSG)
    assert held is not None
    [rule] = held["properties"]["securityRules"]
    assert rule["properties"]["priority"] == 300
    assert "description" not in rule["properties"]


def test_the_other_direction_may_have_the_same_priority() -> None:
    """Priorities are unique in a direction, not in an NSG."""
    store = store_with_a_rule()
    _, is_new = store.put(f"{NSG}/securityRules/second", {"properties": {**RULE, "direction": "Inbound"}})
    assert is_new


def test_a_rule_of_an_nsg_that_is_not_there_is_refused() -> None:
    """A rule needs its NSG: a wrong name or resource group fails."""
    with pytest.raises(RefusalError, match="not found"):
        Store().put(f"{NSG}/securityRules/first", {"properties": RULE})
