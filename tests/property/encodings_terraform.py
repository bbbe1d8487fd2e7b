"""One network security group as a Terraform plan or state, its rules inside or standalone."""

from __future__ import annotations

from typing import Any

from tests.property.drawn_nsgs import DrawnNsg, DrawnRule, Side
from tests.property.spelling import Fields, Files, Style, group_id, identity, is_listable

NSG, RULE = "azurerm_network_security_group", "azurerm_network_security_rule"
PROVIDER = "registry.terraform.io/hashicorp/azurerm"


def _text(style: Style) -> str | None:
    return style.random.choice(("", None))


def _list(style: Style) -> list[str] | None:
    return style.random.choice(([], None))


def _rule(rule: DrawnRule, style: Style) -> Fields:
    fields: Fields = {
        "name": rule.name,
        "priority": rule.priority,
        "direction": style.word(rule.direction),
        "access": style.word(rule.access),
        "protocol": style.word(rule.protocol),
        "description": rule.description or _text(style),
    }
    for side, end in (("source", rule.source), ("destination", rule.destination)):
        fields |= _side(side, end, style)
    return fields


def _side(side: str, end: Side, style: Style) -> Fields:
    found: Fields = {f"{side}_application_security_group_ids": [group_id(n) for n in end.groups] or _list(style)}
    for name, values in (("address_prefix", [style.address(p) for p in end.prefixes]), ("port_range", list(end.ports))):
        plural = f"{side}_{name}es" if name.endswith("x") else f"{side}_{name}s"
        as_list = len(values) > 1 or (len(values) == 1 and is_listable(values) and style.random.random() < 0.5)
        found[f"{side}_{name}"] = values[0] if values and not as_list else _text(style)
        found[plural] = values if as_list else _list(style)
    return found


def _group(nsg: DrawnNsg, rules: list[Fields]) -> Fields:
    return {
        "name": nsg.name,
        "location": "westus",
        "resource_group_name": "rg-web",
        "security_rule": rules,
        "tags": None,
        "timeouts": None,
    }


def _rules(nsg: DrawnNsg, style: Style) -> list[Fields]:
    return [_rule(rule, style) for rule in style.shuffled(nsg.rules)]


def _resource(kind: str, label: str, index: str = "") -> Fields:
    found: Fields = {
        "address": f'{kind}.{label}["{index}"]' if index else f"{kind}.{label}",
        "mode": "managed",
        "type": kind,
        "name": label,
        "provider_name": PROVIDER,
    }
    return {**found, "index": index} if index else found


def _plan(style: Style, planned: list[tuple[Fields, Fields, Any]], actions: str, configured: list[Fields]) -> Files:
    """Return a plan of resources, in a module or not, each with its values and what is not known of them."""
    module = style.random.choice(("", "module.net"))
    if module:
        planned = [({**head, "address": f"{module}.{head['address']}"}, *rest) for head, *rest in planned]
    place = {"module_address": module} if module else {}
    changes = [
        {
            **head,
            **place,
            "change": {
                "actions": [actions],
                "before": None if actions == "create" else values,
                "after": values,
                "after_unknown": unknown,
            },
        }
        for head, values, unknown in planned
    ]
    resources = [{**head, "schema_version": 0, "values": values, "sensitive_values": {}} for head, values, _ in planned]
    inner: Fields = {"resources": resources}
    plan: Fields = {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"child_modules": [{**inner, "address": module}]} if module else inner},
        "resource_changes": changes,
    }
    if configured:
        block: Fields = {"resources": configured}
        calls = {"module_calls": {"net": {"source": "./net", "module": block}}}
        plan["configuration"] = {"root_module": calls if module else block}
    return {"plan.json": style.json(plan)}


def plan_inline(nsg: DrawnNsg, style: Style) -> Files:
    """A plan with rules inside the group, which is created or stays as it is."""
    actions = style.random.choice(("create", "no-op"))
    values = _group(nsg, _rules(nsg, style))
    unknown: Any = {"id": True, "security_rule": [{} for _ in nsg.rules]}
    if actions == "no-op":
        values, unknown = {**values, "id": identity(nsg.name)}, {}
    block = {**_resource(NSG, "web"), "expressions": {"name": {}, "security_rule": {"references": ["local.rules"]}}}
    configured = [block] if actions == "create" and style.random.random() < 0.5 else []
    return _plan(style, [(_resource(NSG, "web"), values, unknown)], actions, configured)


def plan_standalone(nsg: DrawnNsg, style: Style) -> Files:
    """A plan with rules beside the group, one block with `for_each` for all; without rules the list is set empty."""
    if not nsg.rules:
        return plan_inline(nsg, style)
    group = _group(nsg, [])
    del group["security_rule"]
    planned: list[tuple[Fields, Fields, Any]] = [(_resource(NSG, "web"), group, {"id": True, "security_rule": True})]
    for rule in _rules(nsg, style):
        values = {**rule, "resource_group_name": "rg-web", "network_security_group_name": nsg.name, "timeouts": None}
        planned.append((_resource(RULE, "rules", rule["name"]), values, {"id": True}))
    named = {"references": [f"{NSG}.web.name", f"{NSG}.web"]}
    configured = [
        {**_resource(NSG, "web"), "expressions": {"name": {"constant_value": nsg.name}}},
        {**_resource(RULE, "rules"), "expressions": {"network_security_group_name": named, "name": {}}},
    ]
    return _plan(style, planned, "create", configured)


def state_shown(nsg: DrawnNsg, style: Style) -> Files:
    """`terraform show -json` of a state."""
    values = {**_group(nsg, _rules(nsg, style)), "id": identity(nsg.name)}
    resources = [{**_resource(NSG, "web"), "schema_version": 0, "values": values}]
    state = {"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {"resources": resources}}}
    return {"state.json": style.json(state)}


def _in_state(kind: str, label: str, instances: list[Fields]) -> Fields:
    return {
        "mode": "managed",
        "type": kind,
        "name": label,
        "provider": f'provider["{PROVIDER}"]',
        "instances": instances,
    }


def _state(style: Style, resources: list[Fields]) -> Files:
    state = {
        "version": 4,
        "terraform_version": "1.9.8",
        "serial": 3,
        "lineage": "2d9a3a1e-0000-4000-8000-000000000004",
        "outputs": {},
        "resources": resources,
    }
    return {"terraform.tfstate": style.json(state)}


def state_inline(nsg: DrawnNsg, style: Style) -> Files:
    """`terraform.tfstate` with rules inside the group."""
    values = {**_group(nsg, _rules(nsg, style)), "id": identity(nsg.name)}
    return _state(style, [_in_state(NSG, "web", [{"schema_version": 0, "attributes": values}])])


def state_standalone(nsg: DrawnNsg, style: Style) -> Files:
    """`terraform.tfstate` with rules beside the group, which shows none of them, or all of them."""
    rules = _rules(nsg, style)
    shown = rules if style.random.random() < 0.5 else []
    group = {**_group(nsg, shown), "id": identity(nsg.name)}
    instances = [
        {
            "index_key": rule["name"],
            "schema_version": 0,
            "attributes": {
                **rule,
                "id": f"{identity(nsg.name)}/securityRules/{rule['name']}",
                "resource_group_name": "rg-web",
                "network_security_group_name": nsg.name,
                "timeouts": None,
            },
        }
        for rule in rules
    ]
    web = _in_state(NSG, "web", [{"schema_version": 0, "attributes": group}])
    return _state(style, [web, _in_state(RULE, "rules", instances)] if rules else [web])
