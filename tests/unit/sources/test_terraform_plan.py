"""Terraform plans: what will exist, what goes, what is left alone, what is not known yet, and what is no plan."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Document, Library, Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources._resources import Association, Opening, Options, Resource
from netcheck.sources.terraform.reader import is_terraform, read_terraform
from tests.unit.sources.plain import plain

Json = dict[str, Any]
AFTER_APPLY = "it is known only after the plan is applied"
RULE: Json = {
    "name": "web",
    "description": None,
    "priority": 200,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "source_port_range": "*",
    "source_port_ranges": None,
    "source_address_prefix": "Internet",
    "source_address_prefixes": None,
    "source_application_security_group_ids": None,
    "destination_port_range": "443",
    "destination_port_ranges": None,
    "destination_address_prefix": "*",
    "destination_address_prefixes": None,
    "destination_application_security_group_ids": None,
}
AZURE_RULE: Json = {
    "name": "web",
    "priority": "200",
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourcePortRange": "*",
    "sourceAddressPrefix": "Internet",
    "destinationPortRange": "443",
    "destinationAddressPrefix": "*",
}


def made(address: str, values: Json, unknown: Json | None = None, actions: tuple[str, ...] = ("create",)) -> Json:
    """A resource of a plan: `module.m["k"].type.label["key"]` with its values, and what is not known of them."""
    module, _, rest = address.rpartition("azurerm_") if "azurerm_" in address else address.rpartition("azapi_")
    rest = address[len(module) :]
    mode = "data" if module.endswith("data.") else "managed"
    kind, _, label = rest.partition(".")
    return {
        "address": address,
        "module": module.removesuffix("data.").rstrip("."),
        "mode": mode,
        "type": kind,
        "name": label.partition("[")[0],
        "values": values,
        "unknown": unknown or {},
        "actions": list(actions),
    }


def shown(resource: Json) -> Json:
    """The resource as a values representation has it."""
    return {name: value for name, value in resource.items() if name not in ("unknown", "actions", "module")}


def change(resource: Json) -> Json:
    """The resource as `resource_changes` has it."""
    actions = resource["actions"]
    found: Json = {
        "actions": actions,
        "before": None if actions == ["create"] else resource["values"],
        "after": None if actions == ["delete"] else resource["values"],
        "after_unknown": resource["unknown"],
    }
    head = {name: resource[name] for name in ("address", "mode", "type", "name")}
    return {**head, **({"module_address": resource["module"]} if resource["module"] else {}), "change": found}


def values_of(resources: list[Json]) -> Json:
    """A values representation; every module stands directly below the root."""
    modules: dict[str, list[Json]] = {}
    for resource in resources:
        modules.setdefault(resource["module"], []).append(shown(resource))
    children = [{"address": name, "resources": inner} for name, inner in modules.items() if name]
    return {"root_module": {"resources": modules.get("", []), "child_modules": children}}


def plan(*resources: Json, **more: Any) -> Json:
    """A plan that holds these resources."""
    staying = [resource for resource in resources if resource["actions"] != ["delete"]]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": values_of(staying),
        "resource_changes": [change(resource) for resource in resources],
        **more,
    }


def refers(*references: str) -> Json:
    """An expression, as the configuration of a plan shows it."""
    return {"references": list(references)}


def block(kind: str, label: str, expressions: Json, **more: Any) -> Json:
    """A resource block of a configuration."""
    return {"mode": "managed", "type": f"azurerm_{kind}", "name": label, "expressions": expressions, **more}


def configured(*blocks: Json, **more: Any) -> Json:
    """A configuration whose root module holds these blocks."""
    return {"configuration": {"root_module": {"resources": list(blocks), **more}}}


def read_text(text: str) -> tuple[list[Resource | Association], list[str]]:
    """What is read from a text, and its diagnostics as `line:column severity[code] message`."""
    library, collector = Library(), Collector()
    document = library.open("plan.json", text)
    root = parse_json(document, collector)
    assert is_terraform(root)
    found: list[Resource | Association] = []
    with contextlib.suppress(InputError):  # it carries what the collector holds
        found = read_terraform(document, root, Opening(library, collector, Options()))
    return found, [f"{d.at.line}:{d.at.column} {d.severity}[{d.code}] {d.message}" for d in collector]


def read(data: Json) -> list[Resource | Association]:
    """What is read from a plan that has no faults."""
    found, faults = read_text(json.dumps(data))
    assert faults == []
    return found


def resources(data: Json) -> list[Resource]:
    """The resources of a plan that has no faults."""
    return [one for one in read(data) if isinstance(one, Resource)]


def associations(data: Json) -> list[tuple[str, str, Any, str]]:
    """The associations of a plan that has no faults."""
    return [(a.target, a.key, plain(a.value), a.unsure) for a in read(data) if isinstance(a, Association)]


def unknowns(node: Node) -> list[Unknown]:
    """Everything in a node that is not known."""
    if isinstance(node, Unknown):
        return [node]
    inner = node.children if isinstance(node, Mapping) else node.items if isinstance(node, Sequence) else ()
    return [found for child in inner for found in unknowns(child)]


def nsg(label: str, **more: Any) -> Json:
    """An NSG that a plan makes, with one rule inside."""
    values = {"name": f"nsg-{label}", "resource_group_name": "rg", "location": "westeurope", "tags": None}
    return made(f"azurerm_network_security_group.{label}", {**values, "security_rule": [RULE], **more}, {"id": True})


def test_inline_rules_are_spelled_as_azure_does() -> None:
    """`security_rule` is Azure's `securityRules`, null is not set, and what has no ID is called by its address."""
    (found,) = resources(plan(nsg("web")))
    assert found.type == "microsoft.network/networksecuritygroups"
    assert (found.name, found.id, found.parent, found.unsure) == (
        "nsg-web",
        "azurerm_network_security_group.web",
        "",
        "",
    )
    assert plain(found.node) == {
        "name": "nsg-web",
        "location": "westeurope",
        "securityRules": [AZURE_RULE],
        "resourceGroup": "rg",
    }


def test_a_rule_and_its_values_stand_where_the_plan_has_them() -> None:
    """Whoever reads a verdict is led to the rule in the plan, not to a place that the reader made up."""
    text = json.dumps(plan(nsg("web")), indent=1)
    found, _ = read_text(text)
    assert isinstance(found[0], Resource)
    rules = {name.text: value for name, value in found[0].node.entries}["securityRules"]
    assert isinstance(rules, Sequence)
    rule = rules.items[0]
    assert isinstance(rule, Mapping)
    at = text.index('"security_rule"')
    assert rule.start == text.index("{", at)
    ports = next(value for name, value in rule.entries if name.text == "destinationPortRange")
    assert isinstance(ports, Scalar)
    assert text[ports.start : ports.end] == '"443"'
    assert ports.start > at


def test_inline_rules_that_no_block_sets_are_not_known() -> None:
    """Corner case 83: `after_unknown.security_rule` without the field is neither "no rules" nor "deny everything"."""
    values = {"name": "nsg", "resource_group_name": "rg", "location": "westeurope"}
    group = made("azurerm_network_security_group.web", values, {"id": True, "security_rule": True})
    text = json.dumps(plan(group))
    found, faults = read_text(text)
    assert faults == []
    assert isinstance(found[0], Resource)
    assert plain(found[0].node)["securityRules"] == "?azurerm_network_security_group.web.security_rule"
    (unknown,) = unknowns(found[0].node)
    assert unknown.reason.startswith(AFTER_APPLY)
    assert text[unknown.start : unknown.end] == "true"
    assert text[: unknown.start].endswith('"security_rule": ')


def test_a_field_inside_a_block_and_inside_a_list_can_be_unknown() -> None:
    """`after_unknown` has the structure of the values: objects leave the value out, lists hold null for it."""
    rule = {**RULE, "source_address_prefix": None, "source_address_prefixes": ["10.0.0.0/8", None]}
    del rule["destination_port_range"]
    marks = {"destination_port_range": True, "source_address_prefixes": [False, True]}
    group = nsg("web", security_rule=[RULE, rule])
    group["unknown"]["security_rule"] = [{}, marks]
    (found,) = resources(plan(group))
    where = "azurerm_network_security_group.web.security_rule[1]"
    first, second = plain(found.node)["securityRules"]
    assert first == AZURE_RULE
    assert second["destinationPortRange"] == f"?{where}.destination_port_range"
    assert second["sourceAddressPrefixes"] == ["10.0.0.0/8", f"?{where}.source_address_prefixes[1]"]


def test_a_list_whose_marks_do_not_fit_is_not_known_as_a_whole() -> None:
    """Marks tell elements by their order; where there are not as many, any element may be the unknown one."""
    group = nsg("web")
    group["unknown"]["security_rule"] = [{}, {"priority": True}]
    (found,) = resources(plan(group))
    assert plain(found.node)["securityRules"] == "?azurerm_network_security_group.web.security_rule"


@pytest.mark.parametrize("field", ["name", "access", "priority", "direction", "protocol", "destination_port_range"])
def test_every_field_of_a_rule_can_be_unknown(field: str) -> None:
    """A rule of which something is not known is still a rule."""
    rule = {name: value for name, value in RULE.items() if name != field}
    rule |= {"resource_group_name": "rg", "network_security_group_name": "nsg-else"}
    alone = made("azurerm_network_security_rule.r", rule, {"id": True, field: True})
    (found,) = resources(plan(alone))
    assert [unknown.text for unknown in unknowns(found.node)] == [f"azurerm_network_security_rule.r.{field}"]
    assert found.name == (f"azurerm_network_security_rule.r.{field}" if field == "name" else "web")


def test_what_the_plan_deletes_is_gone_and_what_it_replaces_stays() -> None:
    """`["delete"]` alone removes; with `create` beside it the resource is made anew."""
    gone = made("azurerm_network_security_group.old", {"name": "old"}, actions=("delete",))
    anew = made("azurerm_network_security_group.new", {"name": "new"}, actions=("delete", "create"))
    assert [found.name for found in resources(plan(gone, anew))] == ["new"]


def test_a_deposed_object_does_not_take_its_successor_along() -> None:
    """The entry with `deposed` is about what is left of an earlier replacement, not about the resource."""
    group = nsg("web")
    group["actions"] = ["no-op"]
    data = plan(group)
    left = change({**group, "actions": ["delete"]})
    data["resource_changes"].append({**left, "deposed": "byebye"})
    assert [found.name for found in resources(data)] == ["nsg-web"]


def test_without_planned_values_the_changes_tell_the_same() -> None:
    """A plan that some tool cut down to `resource_changes` still says what comes after."""
    data = plan(nsg("web"), made("azurerm_route_table.old", {"name": "old"}, actions=("delete",)))
    del data["planned_values"]
    (found,) = resources(data)
    assert plain(found.node)["securityRules"] == [AZURE_RULE]


def test_child_modules_are_read_at_every_level() -> None:
    """`child_modules` nest, and the address of a resource names the modules it stands in."""
    group = nsg("web")
    group |= {"address": f"module.a.module.b.{group['address']}", "module": "module.a.module.b"}
    data = plan(group)
    inner = data["planned_values"]["root_module"].pop("child_modules")
    data["planned_values"]["root_module"]["child_modules"] = [{"address": "module.a", "child_modules": inner}]
    (found,) = resources(data)
    assert found.id == "module.a.module.b.azurerm_network_security_group.web"


def test_data_sources_stand_in_the_prior_state() -> None:
    """What a plan reads and does not manage exists as well, with all its values."""
    real = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/hub"
    hub = made("data.azurerm_network_security_group.hub", {"id": real, "name": "hub", "security_rule": [RULE]})
    data = plan(nsg("web"), prior_state={"format_version": "1.0", "values": values_of([hub])})
    assert [(found.name, found.id) for found in resources(data)] == [
        ("nsg-web", "azurerm_network_security_group.web"),
        ("hub", real),
    ]


def test_a_data_source_of_a_managed_resource_is_that_resource() -> None:
    """One NSG of Azure is not two, whether it is read or made."""
    read_back = made("data.azurerm_network_security_group.same", {"name": "NSG-web", "resource_group_name": "RG"})
    data = plan(nsg("web"), prior_state={"format_version": "1.0", "values": values_of([read_back])})
    assert [found.id for found in resources(data)] == ["azurerm_network_security_group.web"]


def test_what_a_target_leaves_out_still_exists() -> None:
    """A plan made with `-target` has the rest in its prior state only; it says that it is not complete."""
    beside = made("azurerm_route_table.rt", {"name": "rt", "resource_group_name": "rg"})
    gone = made("azurerm_route_table.old", {"name": "old", "resource_group_name": "rg"}, actions=("delete",))
    state = {"format_version": "1.0", "values": values_of([beside, gone])}
    text = json.dumps(plan(nsg("web"), gone, prior_state=state, complete=False, errored=False))
    found, faults = read_text(text)
    assert [one.name for one in found if isinstance(one, Resource)] == ["nsg-web", "rt"]
    column = text.index("false") + 1
    message = "the plan is not complete: what it leaves out may still change"
    assert faults == [f"1:{column} warning[NC189] {message}"]


def test_a_forgotten_resource_stays_in_azure() -> None:
    """`forget` takes a resource out of the state and leaves it in Azure."""
    left = made("azurerm_route_table.rt", {"name": "rt", "resource_group_name": "rg"}, actions=("forget",))
    data = plan(nsg("web"), prior_state={"format_version": "1.0", "values": values_of([left])})
    data["resource_changes"].append(change(left) | {"change": {"actions": ["forget"], "before": left["values"]}})
    assert [found.name for found in resources(data)] == ["nsg-web", "rt"]


def test_a_failed_plan_is_reported() -> None:
    """`errored` means that planning stopped before the end."""
    text = json.dumps(plan(nsg("web"), errored=True, complete=False))
    _, faults = read_text(text)
    message = "planning failed: the plan may lack resources that the configuration has"
    assert faults == [f"1:{text.rindex('true, ') + 1} warning[NC189] {message}"]


def test_what_is_deferred_may_not_exist() -> None:
    """A deferred resource is known to come, perhaps; the reason is told with it."""
    later = made("azurerm_route_table.later", {"name": "later", "resource_group_name": "rg"})
    deferred = {"reason": "instance_count_unknown", "resource_change": change(later)}
    found, faults = read_text(json.dumps(plan(nsg("web"), deferred_changes=[deferred])))
    why = "the plan defers `azurerm_route_table.later`: how many instances there will be is not known"
    assert [(one.name, one.unsure) for one in found if isinstance(one, Resource)] == [("nsg-web", ""), ("later", why)]
    assert [fault.partition(" ")[2] for fault in faults] == [f"warning[NC189] {why}"]


def test_of_a_deferred_update_the_difference_is_not_known() -> None:
    """Until the next plan the old value holds, afterwards perhaps the new one."""
    before = {"name": "rt", "resource_group_name": "rg", "bgp_route_propagation_enabled": True}
    later = change(made("azurerm_route_table.rt", before, actions=("update",)))
    later["change"]["after"] = {**before, "bgp_route_propagation_enabled": False}
    found, _ = read_text(json.dumps(plan(nsg("web"), deferred_changes=[{"reason": "x", "resource_change": later}])))
    assert isinstance(found[1], Resource)
    assert plain(found[1].node) == {
        "name": "rt",
        "disableBgpRoutePropagation": "?azurerm_route_table.rt.bgp_route_propagation_enabled",
        "resourceGroup": "rg",
    }


def test_sensitive_values_are_read_like_others() -> None:
    """`after_sensitive` hides values from people's eyes; in the JSON they stand as they are."""
    data = plan(nsg("web"))
    data["resource_changes"][0]["change"]["after_sensitive"] = {"security_rule": True}
    (found,) = resources(data)
    assert plain(found.node)["securityRules"] == [AZURE_RULE]


def test_an_unknown_field_of_a_known_type_is_reported_once() -> None:
    """A field that the provider has since got may matter, so it is never dropped in silence."""
    text = json.dumps(plan(nsg("one", flow_mode="strict"), nsg("two", flow_mode="strict")))
    _, faults = read_text(text)
    column = text.index('"flow_mode"') + 1
    what = "`flow_mode` of `azurerm_network_security_group.one` is not known to netcheck and not taken into account"
    assert faults == [f"1:{column} warning[NC191] {what}"]


def test_fields_that_decide_nothing_and_fields_not_set_are_silent() -> None:
    """Tags and timeouts decide nothing, and null, an empty text and an empty list are not set."""
    assert len(resources(plan(nsg("web", tags={"a": "b"}, timeouts={}, new_one=None, newer=[], newest="")))) == 1


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        ({"planned_values": []}, "[]", "`planned_values` must be a mapping, not a list"),
        ({"resource_changes": {}}, "{}", "`resource_changes` must be a list, not a mapping"),
        ({"resource_changes": ["no"]}, '"no"', "`resource_changes` must hold mappings, not `no`"),
        ({"resource_changes": [{}]}, "{}", "an entry of `resource_changes` lacks `address` or `change`"),
        (
            {"resource_changes": [{"address": "a.b", "change": {"x": 1}}]},
            '{"x"',
            "the change of `a.b` lacks `actions`",
        ),
        (
            {"resource_changes": [{"address": "a.b", "change": {"actions": ["create"], "after_unknown": True}}]},
            "true",
            "`after_unknown` must be a mapping or `false`, not `true`",
        ),
        ({"planned_values": {"root_module": 1}}, "1}", "`root_module` must be a mapping, not `1`"),
        (
            {"planned_values": {"root_module": {"resources": [{"type": "t"}]}}},
            '{"type"',
            "a resource lacks `address` or `type`",
        ),
        (
            {"planned_values": {"root_module": {"resources": [{"address": "t.a", "type": "t"}]}}},
            '{"address"',
            "`resource_changes` has no entry for `t.a`: what is not known of it cannot be told from what is not set",
        ),
        ({"deferred_changes": [{}]}, "{}", "an entry of `deferred_changes` lacks `resource_change` or its `change`"),
    ],
)
def test_a_malformed_plan_is_an_error_at_its_place(data: Json, place: str, message: str) -> None:
    """What has not the shape of a plan cannot be taken for one that says less."""
    text = json.dumps({"format_version": "1.2", "configuration": None, **data})
    _, faults = read_text(text)
    assert faults == [f"1:{text.index(place) + 1} error[NC189] {message}"]


def test_another_major_version_of_the_format_is_refused() -> None:
    """Terraform: "Reject any input which reports an unsupported major version"."""
    text = '{"format_version": "2.0", "planned_values": {}}'
    what = "`format_version` of the output of `terraform show -json` is `2.0`, which netcheck cannot read"
    assert read_text(text) == ([], [f"1:20 error[NC189] {what}"])


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version": "1.0", "valid": true, "error_count": 0}',
        '{"format_version": "1.0", "provider_schemas": {}}',
        '{"version": 4, "resources": []}',
        '{"resources": [], "contentVersion": "1.0.0.0"}',
        "[]",
    ],
)
def test_other_files_are_no_plans(text: str) -> None:
    """`terraform validate -json` and `terraform providers schema -json` have a `format_version`, too."""
    assert not is_terraform(parse_json(Document("f.json", text), Collector()))


def test_an_empty_plan_holds_nothing() -> None:
    """Terraform leaves out what is empty."""
    assert read({"format_version": "1.2", "planned_values": {"root_module": {}}}) == []


def test_a_hostile_plan_takes_no_longer_than_its_size() -> None:
    """A name of a megabyte in the path of many unknown values is not copied for each of them."""
    long_name = "a" * 1_000_000
    marks = {f"f{index}": True for index in range(20_000)}
    found = resources(plan(made("azurerm_bastion_host.x", {"name": "lb"}, {long_name: marks, **marks})))
    assert [one.name for one in found] == ["lb"]


def test_the_plan_of_the_story_is_read_whole() -> None:
    """Six resources: the VM has the NIC, that the subnet, and the subnet the NSG with two rules."""
    file = Path(__file__).parents[3] / "fixtures" / "terraform-plan" / "plan.json"
    found, faults = read_text(file.read_text(encoding="utf-8"))
    nodes = {one.name: plain(one.node) for one in found if isinstance(one, Resource)}
    assert faults == []
    assert sorted(nodes) == ["app", "nic-app", "nsg-app", "vm-app", "vnet"]
    assert nodes["vm-app"]["networkProfile"]["networkInterfaces"][0]["id"] == "azurerm_network_interface.app"
    assert nodes["nic-app"]["ipConfigurations"][0]["subnet"] == {"id": "azurerm_subnet.app"}
    assert [rule["name"] for rule in nodes["nsg-app"]["securityRules"]] == ["allow-storage", "deny-internet"]
    assert [(one.target, one.unsure) for one in found if isinstance(one, Association)] == [("azurerm_subnet.app", "")]
