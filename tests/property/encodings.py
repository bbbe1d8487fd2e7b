"""One network security group as each tool would print it: values drawn at random, spelled at random.

`ALL_KINDS` holds a renderer for every kind of file. Each takes a drawn group and a `Style`, which chooses among
spellings that mean the same: what stands for a field that is not set, the singular or the plural field, letter case.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from tests.property import encodings_arm as arm
from tests.property import encodings_terraform as terraform
from tests.property.drawn_nsgs import DEFAULTS, DrawnNsg, DrawnRule
from tests.property.spelling import NSG_TYPE, Fields, Files, Style, identity, rule_fields


def _rule_head(nsg: str, rule: DrawnRule) -> Fields:
    kind = "defaultSecurityRules" if rule.is_default else "securityRules"
    return {
        "name": rule.name,
        "id": f"{identity(nsg)}/{kind}/{rule.name}",
        "etag": 'W/"5c1ab2f6-0000-4000-8000-000000000001"',
        "type": f"{NSG_TYPE}/{kind}",
    }


def _flat_rule(nsg: str, rule: DrawnRule, style: Style) -> Fields:
    more = {"provisioningState": "Succeeded", "resourceGroup": "rg-web"}
    return {**_rule_head(nsg, rule), **rule_fields(rule, style), **more}


def _deep_rule(nsg: str, rule: DrawnRule, style: Style) -> Fields:
    return {**_rule_head(nsg, rule), "properties": {"provisioningState": "Succeeded", **rule_fields(rule, style)}}


def _listed(nsg: DrawnNsg, style: Style) -> list[DrawnRule]:
    """Return the rules where a file has one list of them."""
    return [*style.shuffled(nsg.rules), *(DEFAULTS if style.lists_defaults else ())]


def _lists(nsg: DrawnNsg, style: Style, make: Callable[[str, DrawnRule, Style], Fields]) -> Fields:
    found: Fields = {"securityRules": [make(nsg.name, rule, style) for rule in style.shuffled(nsg.rules)]}
    if style.lists_defaults:
        found["defaultSecurityRules"] = [make(nsg.name, rule, style) for rule in DEFAULTS]
    return found


def _az(nsg: DrawnNsg, style: Style) -> Any:
    fields = {
        "name": nsg.name,
        "id": identity(nsg.name),
        "type": NSG_TYPE,
        "location": "westus",
        "resourceGroup": "rg-web",
        "tags": None,
        **_lists(nsg, style, _flat_rule),
    }
    return style.keys(style.random.choice((fields, [fields])))


def az_json(nsg: DrawnNsg, style: Style) -> Files:
    """`az network nsg show` or `list`."""
    return {"nsg.json": style.json(_az(nsg, style))}


def az_rules(nsg: DrawnNsg, style: Style) -> Files:
    """`az network nsg rule list`: rules without their group, which their IDs name, or else the file."""
    rules = [_flat_rule(nsg.name, rule, style) for rule in _listed(nsg, style)]
    if style.random.random() < 0.5:
        rules = [{name: value for name, value in rule.items() if name != "id"} for rule in rules]
    return {f"{nsg.name}.json": style.json(style.keys(rules))}


def az_yaml(nsg: DrawnNsg, style: Style) -> Files:
    """The same with `-o yaml`."""
    return {"nsg.yaml": yaml.safe_dump(_az(nsg, style), allow_unicode=style.random.random() < 0.5)}


def _rest_resource(nsg: DrawnNsg, style: Style) -> Fields:
    inner = {"provisioningState": "Succeeded", **_lists(nsg, style, _deep_rule)}
    return {
        "name": nsg.name,
        "id": identity(nsg.name),
        "type": NSG_TYPE,
        "location": "westus",
        "properties": inner,
    }


def rest(nsg: DrawnNsg, style: Style) -> Files:
    """The REST interface: one resource, or a page that holds it."""
    one = _rest_resource(nsg, style)
    return {"rest.json": style.json(style.keys(style.random.choice((one, {"value": [one]}))))}


def az_powershell(nsg: DrawnNsg, style: Style) -> Files:
    """`Get-AzNetworkSecurityGroup | ConvertTo-Json -Depth 10`: a list wherever there may be several."""

    def rule(name: str, one: DrawnRule, style: Style) -> Fields:
        fields = {**_rule_head(name, one), **rule_fields(one, style)}
        for side, end in (("source", one.source), ("destination", one.destination)):
            fields.pop(f"{side}AddressPrefixes", None), fields.pop(f"{side}PortRanges", None)
            fields[f"{side}AddressPrefix"] = [style.address(text) for text in end.prefixes]
            fields[f"{side}PortRange"] = [style.plain(text) for text in end.ports]
            fields[f"{side}ApplicationSecurityGroupsText"] = "[]"
        return fields

    head = {"FlushConnection": None, "Name": nsg.name, "Id": identity(nsg.name), "ResourceGroupName": "rg-web"}
    texts = {"SecurityRulesText": "[]", "SubnetsText": "[]"}
    return {"az.json": style.json(style.keys({**_lists(nsg, style, rule), **head, **texts}))}


def get_az_resource(nsg: DrawnNsg, style: Style) -> Files:
    """`Get-AzResource -ExpandProperties | ConvertTo-Json -Depth 100`."""
    one = _rest_resource(nsg, style)
    more = ("Kind", "Sku", "Plan", "ParentResource", "ExtensionResourceName", "ExtensionResourceType", "ManagedBy")
    head: Fields = {
        "ResourceId": one["id"],
        "ResourceType": NSG_TYPE,
        "ResourceName": nsg.name,
        "ResourceGroupName": "rg-web",
    }
    head |= dict.fromkeys(more) | {"CreatedTime": None, "ChangedTime": None, "ETag": None, "TagsTable": None}
    return {"resource.json": style.json(style.keys({**one, **head}))}


def resource_graph(nsg: DrawnNsg, style: Style) -> Files:
    """`az graph query`: rows with what the tool puts around them, or without."""
    one = {
        **_rest_resource(nsg, style),
        "type": NSG_TYPE.lower(),
        "tenantId": "t",
        "subscriptionId": "s",
        "resourceGroup": "rg-web",
        "kind": "",
        "plan": None,
        "zones": None,
    }
    page = {"count": 1, "data": [one], "skip_token": None, "total_records": 1}
    return {"graph.json": style.json(style.keys(style.random.choice((page, [one]))))}


def site_file(nsg: DrawnNsg, style: Style) -> Files:
    """The site file, as YAML or JSON."""
    make = style.random.choice((_site_rule, _deep_rule, _flat_rule))
    site = {"netcheck": 1, "networkSecurityGroups": [style.keys({"name": nsg.name, **_lists(nsg, style, make)})]}
    if style.random.random() < 0.5:
        return {"site.json": style.json(site)}
    flow = style.random.choice((None, True))
    return {"site.yaml": yaml.safe_dump(site, sort_keys=False, explicit_start=True, default_flow_style=flow)}


def _site_rule(_nsg: str, rule: DrawnRule, style: Style) -> Fields:
    return {"name": rule.name, **rule_fields(rule, style)}


_HEADERS = {
    "name": ("Name", "rule_name", "Rule Name"),
    "priority": ("Priority", "PRIO"),
    "direction": ("Direction", "Type"),
    "access": ("Access", "Action", "allow/deny"),
    "protocol": ("Protocol", "Proto"),
    "source": ("Source", "SourceAddressPrefix", "src ip", "Source Addresses"),
    "source ports": ("Source Port", "SourcePortRange", "src_ports"),
    "destination": ("Destination", "DestinationAddressPrefixes", "dest.prefix"),
    "destination ports": ("Destination Port", "DestinationPortRanges", "dst port", "Ports"),
    "source groups": ("SourceApplicationSecurityGroups", "Source ASG"),
    "destination groups": ("DestinationApplicationSecurityGroups", "dst asg names"),
    "description": ("Description", "Remarks"),
}


def _rows(nsg: DrawnNsg, style: Style) -> Iterator[list[str]]:
    between = style.random.choice((",", ", ", ";", " "))
    rules = _listed(nsg, style)
    has_column = style.random.random() < 0.7
    order = style.random.sample(sorted(_HEADERS), len(_HEADERS))
    yield [*(["NSG"] if has_column else []), *(style.random.choice(_HEADERS[name]) for name in order)]
    for rule in rules:
        cells = {
            "name": rule.name,
            "priority": str(rule.priority) + style.random.choice(("", ".0")),
            "direction": style.word(rule.direction),
            "access": style.word(rule.access),
            "protocol": style.random.choice(("*", "Any", "ANY")) if rule.protocol == "*" else style.word(rule.protocol),
            "description": rule.description,
        }
        for side, end in (("source", rule.source), ("destination", rule.destination)):
            cells[side] = between.join(style.address(text) for text in end.prefixes)
            cells[f"{side} ports"] = between.join(end.ports)
            cells[f"{side} groups"] = between.join(end.groups)
        yield [*([nsg.name] if has_column else []), *(cells[name] for name in order)]


def table(nsg: DrawnNsg, style: Style) -> Files:
    """A table with commas, tabs or semicolons; without a column of NSGs it is called as the group."""
    delimiter, ending = style.random.choice(((",", "csv"), ("\t", "tsv"), (";", "csv")))
    out = io.StringIO()
    dialect = style.random.choice(("excel", "unix"))
    csv.writer(out, dialect, delimiter=delimiter).writerows(_rows(nsg, style))
    return {f"{nsg.name}.{ending}": out.getvalue()}


ALL_KINDS: dict[str, Callable[[DrawnNsg, Style], Files]] = {
    "az JSON": az_json,
    "az YAML": az_yaml,
    "az rules": az_rules,
    "REST": rest,
    "Az PowerShell": az_powershell,
    "Get-AzResource": get_az_resource,
    "Resource Graph": resource_graph,
    "template": arm.plain,
    "template and parameters": arm.parameters,
    "template with a loop": arm.loop,
    "template with variables": arm.variables,
    "Terraform plan": terraform.plan_inline,
    "Terraform plan, standalone": terraform.plan_standalone,
    "Terraform state, shown": terraform.state_shown,
    "Terraform state": terraform.state_inline,
    "Terraform state, standalone": terraform.state_standalone,
    "table": table,
    "site file": site_file,
}
NEEDS_RULES = frozenset(("table", "az rules"))
"""A list without rules does not say whose it is, and is refused."""
JSON_KINDS = [kind for kind in ALL_KINDS if kind not in ("az YAML", "table")]
