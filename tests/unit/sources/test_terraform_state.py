"""Terraform states: as `terraform show -json` prints them, and `terraform.tfstate` itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netcheck.sources._resources import Resource
from tests.unit.sources.plain import plain
from tests.unit.sources.test_terraform_plan import (
    AZURE_RULE,
    RULE,
    Json,
    associations,
    made,
    nsg,
    read,
    read_text,
    resources,
    values_of,
)

NSG_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-web"


def state_file(*parts: Json, version: int = 4) -> Json:
    """A `terraform.tfstate`."""
    return {"version": version, "terraform_version": "1.11.4", "serial": 3, "lineage": "x", "resources": list(parts)}


def part(kind: str, label: str, *instances: Json, **more: Any) -> Json:
    """A resource of it."""
    return {"mode": "managed", "type": kind, "name": label, "provider": "p", "instances": list(instances), **more}


def test_a_state_as_terraform_shows_it() -> None:
    """`values` holds what exists; IDs are those of Azure."""
    data = {"format_version": "1.0", "terraform_version": "1.11.4", "values": values_of([nsg("web", id=NSG_ID)])}
    (found,) = resources(data)
    assert (found.id, plain(found.node)["securityRules"]) == (NSG_ID, [AZURE_RULE])


@pytest.mark.parametrize(
    "data", [{"format_version": "1.0"}, {"format_version": "1.0", "terraform_version": "1.11.4", "values": None}]
)
def test_an_empty_state_holds_nothing(data: Json) -> None:
    """Terraform shows an empty state without values."""
    assert read(data) == []


def test_a_state_file() -> None:
    """The file has instances with attributes; their keys make the addresses that plans use."""
    values = {"name": "nsg-web", "security_rule": [RULE]}
    instances: list[Json] = [
        {"index_key": "a", "attributes": {**values, "id": NSG_ID}},
        {"index_key": 1, "attributes": {**values, "name": "nsg-2"}},
    ]
    found = resources(state_file(part("azurerm_network_security_group", "web", *instances, module='module.m["k"]')))
    assert [one.id for one in found] == [NSG_ID, 'module.m["k"].azurerm_network_security_group.web[1]']
    assert [plain(one.node)["securityRules"] for one in found] == [[AZURE_RULE], [AZURE_RULE]]


def test_associations_of_a_state_name_ids() -> None:
    """In a state every ID is known."""
    link = {"attributes": {"id": "/s/a", "subnet_id": "/s/a", "network_security_group_id": NSG_ID}}
    kind = "azurerm_subnet_network_security_group_association"
    assert associations(state_file(part(kind, "l", link))) == [("/s/a", "networkSecurityGroup", {"id": NSG_ID}, "")]


def test_a_subnet_and_an_association_that_has_its_id_are_two() -> None:
    """The provider gives an association the ID of its subnet; a data source of the subnet is not that association."""
    real = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    link = {"attributes": {"id": real, "subnet_id": real, "route_table_id": "/rt"}}
    subnet = {"attributes": {"id": real, "name": "a", "virtual_network_name": "v", "resource_group_name": "rg"}}
    data = state_file(
        part("azurerm_subnet_route_table_association", "l", link), part("azurerm_subnet", "a", subnet, mode="data")
    )
    assert [(one.name, one.id) for one in resources(data)] == [("a", real)]


def test_a_deposed_instance_may_be_gone() -> None:
    """It is left of a replacement that could not be finished; the next apply destroys it."""
    values = {"attributes": {"name": "old"}, "deposed": "12ab"}
    (found,) = resources(state_file(part("azurerm_network_security_group", "web", values)))
    assert found.unsure == "the state lists it as deposed: the next apply destroys it"


def test_an_azapi_body_in_a_state_file_is_unwrapped() -> None:
    """A state file writes a value of no fixed type as `{type, value}`."""
    body = {"type": ["object", {}], "value": {"properties": {"securityRules": []}}}
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "name": "nsg", "body": body}
    (found,) = resources(state_file(part("azapi_resource", "x", {"attributes": values})))
    assert plain(found.node)["properties"] == {"securityRules": []}


def test_an_old_state_file_is_refused() -> None:
    """Before version 4 attributes were flat texts: such a file is not read as an empty one."""
    data = {"version": 3, "terraform_version": "0.11.14", "serial": 1, "modules": []}
    what = "`version` of a state file is `3`, which netcheck cannot read"
    assert read_text(json.dumps(data)) == ([], [f"1:13 error[NC189] {what}"])


@pytest.mark.parametrize(
    ("broken", "place", "message"),
    [
        ({"type": "t"}, '{"type"', "a resource lacks `type` or `name`"),
        (
            {"type": "t", "name": "n", "instances": [{"attributes_flat": {}}]},
            '{"attributes_flat"',
            "an instance of `t.n` lacks `attributes`",
        ),
        ({"type": "t", "name": "n", "instances": {}}, "{}", "`instances` must be a list, not a mapping"),
        (
            {"type": "t", "name": "n", "instances": [{"attributes": []}]},
            "[]",
            "`attributes` must be a mapping, not a list",
        ),
    ],
)
def test_a_malformed_state_file_is_an_error_at_its_place(broken: Json, place: str, message: str) -> None:
    """What cannot be read is not taken for nothing."""
    text = json.dumps(state_file(broken))
    _, faults = read_text(text)
    assert f"1:{text.index(place) + 1} error[NC189] {message}" in faults


def test_rules_beside_an_nsg_of_a_state_are_those_it_lists() -> None:
    """A state lists every rule in its NSG as well, and that is no conflict."""
    group = {"id": NSG_ID, "name": "nsg-web", "resource_group_name": "rg", "security_rule": [RULE]}
    rule = {**RULE, "id": f"{NSG_ID}/securityRules/web", "resource_group_name": "rg"}
    rule |= {"network_security_group_name": "nsg-web"}
    data = {
        "format_version": "1.0",
        "values": values_of(
            [made("azurerm_network_security_group.web", group), made("azurerm_network_security_rule.web", rule)]
        ),
    }
    found = [one for one in read(data) if isinstance(one, Resource)]
    assert [(one.name, one.parent, one.unsure) for one in found] == [("nsg-web", "", ""), ("web", NSG_ID, "")]
    assert "securityRules" not in plain(found[0].node)
