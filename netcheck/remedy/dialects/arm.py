"""A plan spelled as an Azure Resource Manager template: each rule as a child of an NSG that exists.

A rule that exists is replaced, so that the template can be deployed again. Resources are put side by side unless one
depends on the other: they form a chain, so that no two rules ever have one number. JSON has no comments: what other
dialects say in theirs is the template's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from netcheck.remedy.dialects.azcli import take_back
from netcheck.remedy.dialects.characters import escaped
from netcheck.remedy.dialects.deployment import API_VERSION, RULE_TYPE, deployment_notes
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spelled

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return a template with one resource a rule, each behind the one before it; undo is for the Azure CLI."""
    notes, back = deployment_notes(edits, setting, "arm"), take_back(edits, setting)
    rules = [spelled(edit) for edit in edits]
    behind = [None, *rules[:-1]]
    template = {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {"proof": list(setting.told), "notes": list(notes), "undo": back.splitlines()},
        "resources": [_resource(rule, last) for rule, last in zip(rules, behind, strict=True)],
    }
    return Script(text=_json(template), undo=back, comment="", notes=notes)


def _resource(rule: SpelledRule, last: SpelledRule | None) -> dict[str, object]:
    nsg, name = checked_name(rule.nsg, "NSG"), checked_name(rule.name, "rule")
    before = f"[resourceId('{RULE_TYPE}', '{last.nsg}', '{last.name}')]" if last else ""
    return {
        "type": RULE_TYPE,
        "apiVersion": API_VERSION,
        "name": f"{nsg}/{name}",
        **({"dependsOn": [before]} if before else {}),
        "properties": {field: _literal(value) for field, value in rule.properties.items()},
    }


def _literal(value: object) -> object:
    """Return a value so that no text is taken for an expression.

    What stands in square brackets is one, and a second bracket before it says that it is not (Microsoft Learn,
    "Syntax and expressions in ARM templates: Escape characters"); a bracket that is not closed at the end means itself.
    """
    is_expression = isinstance(value, str) and value.startswith("[") and value.endswith("]")
    return f"[{value}" if is_expression else value


def _json(template: object) -> str:
    """Return JSON in which letters of any script are themselves, and invisible characters their numbers."""
    text = json.dumps(template, indent=2, ensure_ascii=False)
    return escaped(text, {"\n": "\n"}, lambda number: json.dumps(chr(number))[1:-1]) + "\n"
