"""Templates read back: rules as children of NSGs that exist, and no expression but for what comes before what.

Microsoft Learn, "Understand the structure and syntax of ARM templates", "Syntax and expressions: Escape characters".
"""

from __future__ import annotations

import json
from typing import Any

from tests.dialects.meaning import DEPLOYED, Put, Step, rule_from

_RULE = "Microsoft.Network/networkSecurityGroups/securityRules"
_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def read(script: str) -> list[Step]:
    """Return the rules that a template declares, in the order in which they are put."""
    template = json.loads(script, object_pairs_hook=_once)
    assert list(template) == ["$schema", "contentVersion", "metadata", "resources"]
    assert (template["$schema"], template["contentVersion"]) == (_SCHEMA, "1.0.0.0")
    found: list[Put] = []
    for resource in template["resources"]:
        last = found[-1].rule if found else None
        before = [f"[resourceId('{_RULE}', '{last.nsg}', '{last.name}')]"] if last else []
        assert resource.pop("dependsOn", []) == before
        assert set(resource) == {"type", "apiVersion", "name", "properties"}
        assert (resource["type"], resource["apiVersion"]) == (_RULE, "2024-05-01")
        nsg, name = resource["name"].split("/")
        properties = {field: _evaluated(value) for field, value in resource["properties"].items()}
        found.append(Put(DEPLOYED, rule_from(properties, nsg, name)))
    return list(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def _evaluated(value: object) -> object:
    """Return what Azure takes a value for: brackets around a text make an expression, a second one in front a text."""
    if isinstance(value, list):
        return [_evaluated(one) for one in value]
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        assert value.startswith("[["), f"an expression: {value}"
        return value[1:]
    return value
