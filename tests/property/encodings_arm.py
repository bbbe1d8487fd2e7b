"""One network security group as an ARM template: rules written out, from parameters, from a loop, in variables."""

from __future__ import annotations

import json
from typing import Any

from tests.property.drawn_nsgs import DrawnNsg
from tests.property.spelling import NSG_TYPE, Fields, Files, Style, arm_head, rule_fields


def _template(nsg: DrawnNsg, style: Style, properties: Fields, **parts: Any) -> str:
    resource = {
        "type": NSG_TYPE,
        "apiVersion": "2023-04-01",
        "name": nsg.name,
        "location": "westus",
        "properties": properties,
    }
    head = {**arm_head("deploymentTemplate"), **parts}
    if style.random.random() < 0.3:  # as Bicep writes it
        return style.json({"languageVersion": "2.0", **head, "resources": {"nsg": resource}})
    return style.json({**head, "resources": [resource]})


def _rules(nsg: DrawnNsg, style: Style, *, is_evaluated: bool = True) -> list[Fields]:
    """Return the rules of a template; a text that begins with a bracket is no expression where it has two."""
    rules = []
    for rule in style.shuffled(nsg.rules):
        fields = rule_fields(rule, style)
        if not is_evaluated and fields.get("description"):
            fields["description"] = rule.description.removeprefix("[")
        rules.append(style.keys({"name": rule.name, "properties": fields}))
    return rules


def plain(nsg: DrawnNsg, style: Style) -> Files:
    """A template with everything written out, and a comment."""
    text = _template(nsg, style, {"securityRules": _rules(nsg, style)})
    return {"main.json": f"// made by hand\n{text}\n/* the end */"}


def _rules_file(rules: list[Fields]) -> str:
    values = {"rules": {"value": rules}}
    return json.dumps({**arm_head("deploymentParameters"), "parameters": values})


def parameters(nsg: DrawnNsg, style: Style) -> Files:
    """A template that takes its rules from a parameter file."""
    text = _template(nsg, style, {"securityRules": "[parameters('rules')]"}, parameters={"rules": {"type": "array"}})
    rules = _rules(nsg, style, is_evaluated=False)
    return {"main.json": text, "main.parameters.json": _rules_file(rules)}


def loop(nsg: DrawnNsg, style: Style) -> Files:
    """A template that copies its rules out of a parameter, one by one."""
    copy = {
        "name": "securityRules",
        "count": "[length(parameters('rules'))]",
        "input": "[parameters('rules')[copyIndex('securityRules')]]",
    }
    rules = _rules(nsg, style, is_evaluated=False)
    if style.random.random() < 0.5:
        declared: Fields = {"rules": {"type": "array", "defaultValue": _rules(nsg, style)}}
        return {"main.json": _template(nsg, style, {"copy": [copy]}, parameters=declared)}
    text = _template(nsg, style, {"copy": [copy]}, parameters={"rules": {"type": "array"}})
    return {"main.json": text, "values.json": _rules_file(rules)}


def variables(nsg: DrawnNsg, style: Style) -> Files:
    """A template that keeps its rules in two variables."""
    rules = _rules(nsg, style)
    cut = style.random.randint(0, len(rules))
    parts = {"first": rules[:cut], "second": rules[cut:]}
    return {
        "main.json": _template(
            nsg, style, {"securityRules": "[concat(variables('first'), variables('second'))]"}, variables=parts
        )
    }
