"""Rules, routes and subnets inside their parent and beside it: one and the same, or a conflict (corner case 84)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netcheck.sources._resources import Resource
from tests.unit.sources.plain import plain
from tests.unit.sources.test_terraform_plan import (
    RULE,
    Json,
    associations,
    block,
    configured,
    made,
    nsg,
    plan,
    read_text,
    resources,
    values_of,
)


def alone(name: str, actions: tuple[str, ...] = ("no-op",), **changes: Any) -> Json:
    """A rule that stands alone, for the NSG `nsg-web`."""
    values = {**RULE, "name": name, "resource_group_name": "rg", "network_security_group_name": "nsg-web"}
    return made(f"azurerm_network_security_rule.{name}", {**values, **changes}, actions=actions)


def group(*names: str, **more: Any) -> Json:
    """The NSG `nsg-web`, which exists, with rules inside."""
    return {**nsg("web", security_rule=[{**RULE, "name": name} for name in names], **more), "actions": ["no-op"]}


def shown_with(**expressions: Any) -> Json:
    """A configuration that shows the block of the NSG."""
    return configured(block("network_security_group", "web", expressions))


def names_inside(found: list[Resource]) -> list[str]:
    """The names of the rules that the NSG holds."""
    return [rule["name"] for rule in plain(found[0].node).get("securityRules", [])]


def test_rules_that_the_provider_read_into_the_nsg_are_those_beside_it() -> None:
    """The NSG of a state lists every rule that Azure has; the plan's version of one that stands alone counts."""
    data = plan(group("web", "other"), alone("web", priority=300), **shown_with())
    found = resources(data)
    assert names_inside(found) == ["other"]
    assert [(one.name, one.parent, one.unsure) for one in found[1:]] == [
        ("web", "azurerm_network_security_group.web", "")
    ]


def test_a_state_that_is_older_than_its_rules_lists_some_of_them() -> None:
    """What an apply makes shows up in the NSG only when that is read again."""
    found = resources(plan(group("a"), alone("a"), alone("b")))
    assert (names_inside(found), [one.unsure for one in found]) == ([], ["", "", ""])


def test_a_rule_that_goes_is_taken_out_of_the_nsg() -> None:
    """The plan deletes the rule; what the provider once read into the NSG does not keep it."""
    found = resources(plan(group("web", "old"), alone("web"), alone("old", ("delete",)), **shown_with()))
    assert (names_inside(found), [one.name for one in found]) == ([], ["nsg-web", "web"])


def conflict(data: Json) -> tuple[list[Resource], list[str]]:
    """What is read from a plan, and its diagnostics."""
    found, faults = read_text(json.dumps(data))
    return [one for one in found if isinstance(one, Resource)], faults


WHY = (
    "`azurerm_network_security_group.web` has rules inside and beside it (`azurerm_network_security_rule.b`), "
    "and each apply undoes the others"
)


@pytest.mark.parametrize(
    "data",
    [
        plan(group("a"), alone("b"), **shown_with(security_rule={"references": ["var.rules"]})),
        plan(group("b"), alone("b"), **shown_with(security_rule={"references": ["var.rules"]})),
        plan(group(), alone("b"), **shown_with(security_rule={"constant_value": []})),
        plan(nsg("web"), alone("b", ("create",))),
        plan(group("a"), alone("b")),
    ],
    ids=["both set", "both set alike", "set to none", "made with a rule", "a state of other rules"],
)
def test_rules_inside_and_beside_are_a_conflict(data: Json) -> None:
    """The provider's documentation forbids it: which rules are in force depends on which was applied last."""
    found, faults = conflict(data)
    assert [fault.partition(" ")[2] for fault in faults] == [f"warning[NC190] {WHY}"]
    assert plain(found[0].node)["unsureRules"] == WHY
    assert [one.unsure for one in found] == ["", WHY]


def test_the_conflict_is_told_at_the_list_and_the_rule() -> None:
    """The warning stands at the list inside the NSG, and names the place of a rule beside it."""
    text = json.dumps(plan(nsg("web"), alone("b", ("create",))))
    _, faults = read_text(text)
    assert faults[0].startswith(f"1:{text.index('[{', text.index('security_rule')) + 1} warning")


def test_an_nsg_with_rules_of_its_own_beside_it_has_none_inside() -> None:
    """The provider allows only one of the two ways, so what a plan says of every NSG without blocks is void."""
    values = {"name": "nsg-web", "resource_group_name": "rg"}
    new = made("azurerm_network_security_group.web", values, {"id": True, "security_rule": True})
    found = resources(plan(new, alone("b", ("create",)), **shown_with()))
    assert "securityRules" not in plain(found[0].node)
    assert [one.unsure for one in found] == ["", ""]


def test_the_rules_of_an_nsg_without_any_are_not_known() -> None:
    """Without blocks and without rules beside it, `dynamic` blocks may still set some from values nobody knows yet."""
    values = {"name": "nsg-web", "resource_group_name": "rg"}
    new = made("azurerm_network_security_group.web", values, {"id": True, "security_rule": True})
    [found] = resources(plan(new, **shown_with()))
    assert plain(found.node)["securityRules"] == "?azurerm_network_security_group.web.security_rule"


def test_a_rule_belongs_to_the_nsg_of_its_own_resource_group() -> None:
    """Two groups may each have an NSG of that name."""
    other = made("azurerm_network_security_group.other", {"name": "nsg-web", "resource_group_name": "rg-2"})
    found = resources(plan(group(), other, alone("a"), alone("b", resource_group_name="RG-2")))
    assert [one.parent for one in found[2:]] == [
        "azurerm_network_security_group.web",
        "azurerm_network_security_group.other",
    ]


def test_a_rule_of_an_nsg_elsewhere_names_it() -> None:
    """An NSG that the file does not describe is called by its name, for other files to know."""
    assert [one.parent for one in resources(plan(alone("a")))] == ["nsg-web"]


def test_a_rule_is_not_given_to_an_nsg_of_another_resource_group() -> None:
    """One that has the name and another group is not the one meant, so a path is told instead of the name."""
    found = resources(plan(group(), alone("a", resource_group_name="rg-9")))
    assert found[1].parent == "/resourceGroups/rg-9/providers/microsoft.network/networksecuritygroups/nsg-web"


def test_routes_inside_and_beside_are_a_conflict() -> None:
    """The same holds of route tables."""
    route = {"name": "a", "address_prefix": "0.0.0.0/0", "next_hop_type": "Internet"}
    table = made("azurerm_route_table.rt", {"name": "rt", "resource_group_name": "rg", "route": [route]})
    values = {**route, "name": "b", "resource_group_name": "rg", "route_table_name": "rt"}
    found, faults = conflict(plan(table, made("azurerm_route.b", values)))
    assert ["warning[NC190]" in fault for fault in faults] == [True]
    assert plain(found[0].node)["unsureRoutes"] == found[1].unsure != ""


NETWORK_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"


def network(*subnets: Json) -> Json:
    """The virtual network `v`, which exists, with subnets inside."""
    values = {"id": NETWORK_ID, "name": "v", "resource_group_name": "rg", "address_space": ["10.0.0.0/16"]}
    return made("azurerm_virtual_network.v", {**values, "subnet": list(subnets)}, actions=("no-op",))


def subnet(name: str) -> Json:
    """A subnet of it that stands alone, and exists."""
    values = {"id": f"{NETWORK_ID}/subnets/{name}", "name": name, "address_prefixes": ["10.0.1.0/24"]}
    more = {"resource_group_name": "rg", "virtual_network_name": "v"}
    return made(f"azurerm_subnet.{name}", {**values, **more}, actions=("no-op",))


def inside(name: str, **more: Any) -> Json:
    """A subnet as the provider reads it into its virtual network."""
    return {"id": f"{NETWORK_ID}/subnets/{name}", "name": name, "address_prefixes": ["10.0.1.0/24"], **more}


def test_what_azure_attached_to_a_subnet_is_kept_when_it_stands_alone() -> None:
    """An NSG that nobody attached with Terraform shows only in the list inside the virtual network."""
    data = plan(network(inside("app", security_group="/nsg/by-policy")), subnet("app"))
    expected = (f"{NETWORK_ID}/subnets/app", "networkSecurityGroup", {"id": "/nsg/by-policy"}, "")
    assert associations(data) == [expected]
    assert "subnets" not in plain(resources(data)[0].node)


@pytest.mark.parametrize("actions", [("create",), ("no-op",), ("delete",)])
def test_an_association_says_better_what_is_attached(actions: tuple[str, ...]) -> None:
    """One that goes takes its NSG along, and one that comes replaces what was read."""
    values = {"subnet_id": f"{NETWORK_ID}/subnets/app", "network_security_group_id": "/nsg/mine"}
    link = made("azurerm_subnet_network_security_group_association.a", values, actions=actions)
    data = plan(network(inside("app", security_group="/nsg/was")), subnet("app"), link)
    attached = [plain_id["id"] for _, _, plain_id, _ in associations(data)]
    assert attached == ([] if actions == ("delete",) else ["/nsg/mine"])


def test_a_data_source_of_an_nsg_holds_what_azure_has() -> None:
    """Rules beside a data source are no conflict: it sets nothing."""
    hub = made("data.azurerm_network_security_group.hub", {"name": "nsg-web", "resource_group_name": "rg"})
    hub["values"]["security_rule"] = [{**RULE, "name": "a"}]
    data = plan(alone("b", ("create",)), prior_state={"values": values_of([hub])})
    found = {one.name: one for one in resources(data)}
    assert [rule["name"] for rule in plain(found["nsg-web"].node)["securityRules"]] == ["a"]
    assert (found["b"].parent, found["b"].unsure) == ("data.azurerm_network_security_group.hub", "")


def test_a_rule_without_a_resource_group_may_belong_to_either_nsg() -> None:
    """A group that is not known yet leaves open which NSG of that name is meant: the rule may be in each."""
    other = made("azurerm_network_security_group.other", {"name": "nsg-web", "resource_group_name": "rg-2"})
    rule = alone("a", resource_group_name=None)
    rule["unknown"] = {"resource_group_name": True}
    why = "the resource group tells not which `nsg-web` it is that `azurerm_network_security_rule.a` belongs to"
    found = [one for one in resources(plan(group(), other, rule)) if one.name == "a"]
    assert [(one.parent, one.unsure) for one in found] == [
        ("azurerm_network_security_group.web", why),
        ("azurerm_network_security_group.other", why),
    ]


def test_a_parent_that_nothing_names_is_called_by_what_stands_for_it() -> None:
    """Without a configuration a name that is not known leads nowhere; the rule is kept all the same."""
    rule = alone("a")
    del rule["values"]["network_security_group_name"]
    rule["unknown"] = {"network_security_group_name": True}
    (found,) = resources(plan(rule))
    assert found.parent == "?azurerm_network_security_rule.a.network_security_group_name"
    assert found.unsure.startswith("what `azurerm_network_security_rule.a` belongs to is not certain")
