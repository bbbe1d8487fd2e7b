"""One network security group as each tool would print it: values drawn at random, spelled at random.

`KINDS` holds a renderer for every kind of file. Each takes a drawn group and a `Style`, which chooses among the spellings
that mean the same: what stands for a field that is not set, one value in the singular or the plural field, letter case.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

Files = dict[str, str]
Fields = dict[str, Any]

SUBSCRIPTION = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-web/providers/Microsoft.Network"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/"
NSG_TYPE = "Microsoft.Network/networkSecurityGroups"
RULE_NAMES = (
    "allow-web", "deny_all.1", "null", "1", "1.0", "true", "No", "0x10", "1e3", "a.b-c_d", "R_", "AllowVnetInBound",
    "Regel.7", "x" * 80, "2024-01-01", "Infinity", "x..y", "DenyAllOutBound",
)  # fmt: skip
NSG_NAMES = ("nsg-web", "nsg.v1", "NSG_1", "null", "8080", "nsg.json", "web-nsg_")
DESCRIPTIONS = (
    "", "plain", "a, b; c | d\te", 'say "no"', "two\nlines", "\nType: Inbound\n", "Label : x", "@{Id=x}", "// no comment",
    "System.Object[]", "/* deploymentTemplate.json", "- *x", "[[x]", "=1+1", "\u00fc\u2013\U0001f512", "null", "#TYPE x",
)  # fmt: skip
TAGS = (
    "Internet", "VirtualNetwork", "AzureLoadBalancer", "Storage", "Storage.WestUS", "AzureCloud.westus", "Sql.WestUS",
    "AzureFrontDoor.Backend",
)  # fmt: skip
PREFIXES = {
    4: ("10.1.0.0/24", "10.1.0.4", "10.1.0.0/16", "192.0.2.0/24", "198.51.100.16/28", "20.60.1.0/24", "0.0.0.0/0",
        "10.0.0.5/24", "255.255.255.255/32", "128.0.0.0/1", "789", "4294967295", "0"),
    6: ("2001:db8::/32", "::/0", "fd00::1", "2001:DB8:0:1::/64", "::ffff:10.0.0.1/128", "fe80::/10", "2001:db8::5/64"),
}  # fmt: skip
PORTS = ("*", "0", "22", "443", "80-443", "0-65535", "65535", "1024-65535", "53", "8000-8000")
PROTOCOLS = ("*", "Tcp", "Udp", "Icmp", "Icmpv6", "Esp", "Ah")
ASGS = ("asg-web", "asg.db", "ASG_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a rule: prefixes of one family, or one tag, or `*`, or groups instead; and its ports."""

    prefixes: tuple[str, ...] = ("*",)
    groups: tuple[str, ...] = ()
    ports: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRule:
    """One rule, in the words that Azure uses."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    source: Side
    destination: Side
    description: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNsg:
    """A group with rules of its own; the six default ones it has in any case."""

    name: str
    rules: tuple[DrawnRule, ...]


_VNET, _BALANCER, _WEB = (Side(prefixes=(tag,)) for tag in ("VirtualNetwork", "AzureLoadBalancer", "Internet"))
_DEFAULTS = tuple(
    DrawnRule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol="*",
        source=source,
        destination=destination,
        description="by Azure",
        is_default=True,
    )
    for name, priority, direction, access, source, destination in (
        ("AllowVnetInBound", 65000, "Inbound", "Allow", _VNET, _VNET),
        ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", _BALANCER, Side()),
        ("DenyAllInBound", 65500, "Inbound", "Deny", Side(), Side()),
        ("AllowVnetOutBound", 65000, "Outbound", "Allow", _VNET, _VNET),
        ("AllowInternetOutBound", 65001, "Outbound", "Allow", Side(), _WEB),
        ("DenyAllOutBound", 65500, "Outbound", "Deny", Side(), Side()),
    )
)


@st.composite
def _sides(draw: st.DrawFn, family: int) -> Side:
    ports = tuple(draw(st.lists(st.sampled_from(PORTS), min_size=1, max_size=3)))
    kind = draw(st.sampled_from(("any", "prefixes", "prefixes", "tag", "groups")))
    if kind == "prefixes":
        return Side(prefixes=tuple(draw(st.lists(_prefixes(family), min_size=1, max_size=3))), ports=ports)
    if kind == "groups":
        groups = draw(st.lists(st.sampled_from(ASGS), min_size=1, max_size=2, unique=True))
        return Side(prefixes=(), groups=tuple(groups), ports=ports)
    return Side(prefixes=(draw(st.sampled_from(TAGS)) if kind == "tag" else "*",), ports=ports)


def _prefixes(family: int) -> st.SearchStrategy[str]:
    return st.sampled_from(PREFIXES[family])


@st.composite
def nsgs(draw: st.DrawFn, most_rules: int = 12) -> DrawnNsg:
    """Draw a group that Azure would accept: names and priorities differ, a rule has addresses of one family."""
    names = draw(st.lists(st.sampled_from(RULE_NAMES), max_size=most_rules, unique_by=str.casefold))
    rules = []
    for index, name in enumerate(names):
        family = draw(st.sampled_from((4, 4, 6)))
        rules.append(
            DrawnRule(
                name=name,
                priority=draw(st.sampled_from((100, 1000, 4096 - most_rules))) + index,
                direction=draw(st.sampled_from(("Inbound", "Outbound"))),
                access=draw(st.sampled_from(("Allow", "Deny"))),
                protocol=draw(st.sampled_from(PROTOCOLS)),
                source=draw(_sides(family)),
                destination=draw(_sides(family)),
                description=draw(st.sampled_from(DESCRIPTIONS)),
            )
        )
    return DrawnNsg(name=draw(st.sampled_from(NSG_NAMES)), rules=tuple(rules))


class Style:
    """Chooses how one file spells what may be spelled in several ways; the same seed makes the same choices."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._key: Callable[[str], str] = random.choice((str, str.lower, str.upper, _capital, str.swapcase, str))
        self.unset: tuple[Any, ...] = random.choice(((None,), ("",), ([],), (), (None, "", [], ...)))
        self.lists_defaults = random.random() < 0.5

    def word(self, text: str) -> str:
        """Return a word of Azure in some letter case."""
        return self.random.choice((str, str.lower, str.upper, str.swapcase))(text)

    def address(self, text: str) -> str:
        """Return a prefix, a tag in some letter case, or one of the words for any."""
        if text == "*":
            return self.random.choice(("*", "*", "Any", "any"))
        return self.word(text) if text[0].isalpha() and ":" not in text else text

    def plain(self, text: str) -> str | int:
        """Return a number as number or as text, any other text as it is."""
        return int(text) if text.isascii() and text.isdigit() and self.random.random() < 0.5 else text

    def put_unset(self, fields: Fields, *names: str) -> None:
        """Say of fields that they are not set: by null, by nothing in them, or not at all."""
        for name in names:
            value = self.random.choice(self.unset) if self.unset else ...
            if value is not ...:
                fields[name] = value

    def keys(self, value: Any) -> Any:
        """Return JSON with its keys in the letter case of this file."""
        if isinstance(value, dict):
            return {self._key(name): self.keys(one) for name, one in value.items()}
        return [self.keys(one) for one in value] if isinstance(value, list) else value

    def json(self, value: Any) -> str:
        """Return JSON text, indented or not."""
        return json.dumps(value, indent=self.random.choice((None, 2)), ensure_ascii=self.random.random() < 0.5)

    def shuffled(self, rules: Sequence[DrawnRule]) -> list[DrawnRule]:
        """Return rules in some order: what decides is their priority."""
        return self.random.sample(rules, len(rules))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def identity(nsg: str) -> str:
    """Return the resource ID of a group."""
    return f"{GROUP}/networkSecurityGroups/{nsg}"


def group_id(name: str) -> str:
    """Return the resource ID of an application security group."""
    return f"{GROUP}/applicationSecurityGroups/{name}"


def rule_fields(rule: DrawnRule, style: Style) -> Fields:
    """Return what Azure's REST interface has under `properties` of a rule."""
    fields: Fields = {
        "protocol": style.word(rule.protocol),
        "access": style.word(rule.access),
        "direction": style.word(rule.direction),
        "priority": style.plain(str(rule.priority)),
    }
    for side, end in (("source", rule.source), ("destination", rule.destination)):
        _put(fields, style, f"{side}AddressPrefix", f"{side}AddressPrefixes", [style.address(p) for p in end.prefixes])
        _put(fields, style, f"{side}PortRange", f"{side}PortRanges", list(end.ports))
        if end.groups:
            fields[f"{side}ApplicationSecurityGroups"] = [{"id": group_id(name)} for name in end.groups]
        else:
            style.put_unset(fields, f"{side}ApplicationSecurityGroups")
    if rule.description:
        fields["description"] = rule.description
    else:
        style.put_unset(fields, "description")
    names = style.random.sample(sorted(fields), len(fields))
    return {name: fields[name] for name in names}


def _put(fields: Fields, style: Style, singular: str, plural: str, texts: list[str]) -> None:
    """Set one of two spellings, or both; a tag or a star never stands in a list of prefixes."""
    is_listable = "Port" in singular or all(text[0].isdigit() or ":" in text for text in texts)
    values = [style.plain(text) for text in texts]
    way = style.random.choice(("one", "one", "many", "both")) if is_listable else "one"
    if len(texts) != 1:
        way = "many"
    if not texts:
        style.put_unset(fields, singular, plural)
    elif way == "both":
        fields[singular], fields[plural] = texts[0], values
    else:
        chosen, other = (singular, plural) if way == "one" else (plural, singular)
        fields[chosen] = values if way == "many" else values[0]
        style.put_unset(fields, other)


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


def _lists(nsg: DrawnNsg, style: Style, make: Callable[[str, DrawnRule, Style], Fields]) -> Fields:
    found: Fields = {"securityRules": [make(nsg.name, rule, style) for rule in style.shuffled(nsg.rules)]}
    if style.lists_defaults:
        found["defaultSecurityRules"] = [make(nsg.name, rule, style) for rule in _DEFAULTS]
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
    head = {"ResourceId": one["id"], "ResourceType": NSG_TYPE, "ResourceName": nsg.name, "Kind": None, "Sku": None}
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


def _template(nsg: DrawnNsg, style: Style, properties: Fields, **parts: Any) -> str:
    resource = {
        "type": NSG_TYPE,
        "apiVersion": "2023-04-01",
        "name": nsg.name,
        "location": "westus",
        "properties": properties,
    }
    return style.json(
        {
            "$schema": f"{SCHEMA}deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            **parts,
            "resources": [resource],
        }
    )


def _arm_rules(nsg: DrawnNsg, style: Style, *, is_evaluated: bool = True) -> list[Fields]:
    """Return the rules of a template; a text that begins with a bracket is no expression where it has two."""
    rules = []
    for rule in style.shuffled(nsg.rules):
        fields = rule_fields(rule, style)
        if not is_evaluated and fields.get("description"):
            fields["description"] = rule.description.removeprefix("[")
        rules.append(style.keys({"name": rule.name, "properties": fields}))
    return rules


def arm_template(nsg: DrawnNsg, style: Style) -> Files:
    """A template with everything written out, and a comment."""
    text = _template(nsg, style, {"securityRules": _arm_rules(nsg, style)})
    return {"main.json": f"// made by hand\n{text}\n/* the end */"}


def _rules_file(rules: list[Fields]) -> str:
    parameters = {"rules": {"value": rules}}
    schema = f"{SCHEMA}deploymentParameters.json#"
    return json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "parameters": parameters})


def arm_parameters(nsg: DrawnNsg, style: Style) -> Files:
    """A template that takes its rules from a parameter file."""
    text = _template(nsg, style, {"securityRules": "[parameters('rules')]"}, parameters={"rules": {"type": "array"}})
    rules = _arm_rules(nsg, style, is_evaluated=False)
    return {"main.json": text, "main.parameters.json": _rules_file(rules)}


def arm_loop(nsg: DrawnNsg, style: Style) -> Files:
    """A template that copies its rules out of a parameter, one by one."""
    loop = {
        "name": "securityRules",
        "count": "[length(parameters('rules'))]",
        "input": "[parameters('rules')[copyIndex('securityRules')]]",
    }
    rules = _arm_rules(nsg, style, is_evaluated=False)
    if style.random.random() < 0.5:
        parameters: Fields = {"rules": {"type": "array", "defaultValue": _arm_rules(nsg, style)}}
        return {"main.json": _template(nsg, style, {"copy": [loop]}, parameters=parameters)}
    text = _template(nsg, style, {"copy": [loop]}, parameters={"rules": {"type": "array"}})
    return {"main.json": text, "values.json": _rules_file(rules)}


def arm_variables(nsg: DrawnNsg, style: Style) -> Files:
    """A template that keeps its rules in two variables."""
    rules = _arm_rules(nsg, style)
    cut = style.random.randint(0, len(rules))
    parts = {"first": rules[:cut], "second": rules[cut:]}
    return {
        "main.json": _template(
            nsg, style, {"securityRules": "[concat(variables('first'), variables('second'))]"}, variables=parts
        )
    }


def site_file(nsg: DrawnNsg, style: Style) -> Files:
    """The site file, as YAML or JSON."""
    make = style.random.choice((_site_rule, _deep_rule, _flat_rule))
    site = {"netcheck": 1, "networkSecurityGroups": [style.keys({"name": nsg.name, **_lists(nsg, style, make)})]}
    if style.random.random() < 0.5:
        return {"site.json": style.json(site)}
    return {"site.yaml": yaml.safe_dump(site, sort_keys=False, default_flow_style=style.random.choice((None, True)))}


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
    rules = [*style.shuffled(nsg.rules), *(_DEFAULTS if style.lists_defaults else ())]
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
    quoting = style.random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    end = style.random.choice(("\n", "\r\n"))
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(_rows(nsg, style))
    return {f"{nsg.name}.{ending}": style.random.choice(("", "\ufeff")) + out.getvalue()}


KINDS: dict[str, Callable[[DrawnNsg, Style], Files]] = {
    "az JSON": az_json,
    "az YAML": az_yaml,
    "REST": rest,
    "Az PowerShell": az_powershell,
    "Get-AzResource": get_az_resource,
    "Resource Graph": resource_graph,
    "template": arm_template,
    "template and parameters": arm_parameters,
    "template with a loop": arm_loop,
    "template with variables": arm_variables,
    "table": table,
    "site file": site_file,
}
"""The renderers of this file; those of Terraform stand in `encodings_terraform.py`."""
JSON_KINDS = frozenset(KINDS) - {"az YAML", "table"}
