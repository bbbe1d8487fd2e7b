"""Exports of an estate as files: many NSGs in one list, as `az network nsg list` and `az rest` print them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ID = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-{group}/providers/Microsoft.Network"


def write_estate(path: Path, nsgs: int, rules: int, form: str) -> Path:
    """Write a list of NSGs in the form of a tool, without blanks: `az` (flattened) or `rest` (below `properties`)."""
    found: Any = [_nsg(number, rules, form == "rest") for number in range(nsgs)]
    path.write_text(json.dumps({"value": found} if form == "rest" else found, separators=(",", ":")), encoding="utf-8")
    return path


def _nsg(number: int, rules: int, is_rest: bool) -> dict[str, Any]:
    name = f"nsg-{number}"
    identity = f"{_ID.format(group=number % 50)}/networkSecurityGroups/{name}"
    held: dict[str, Any] = {"securityRules": [_rule(number, index, is_rest) for index in range(rules)]}
    head = {"name": name, "id": identity, "location": "westeurope", "etag": f'W/"{number}"'}
    return {**head, "properties": held} if is_rest else {**head, **held}


def _rule(number: int, index: int, is_rest: bool) -> dict[str, Any]:
    fields = {
        "access": "Deny" if index % 3 == 0 else "Allow",
        "priority": 100 + index,
        "direction": "Inbound" if index % 2 else "Outbound",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": f"10.{number % 200}.{index}.0/24",
        "destinationPortRange": str(1000 + index),
    }
    return {"name": f"r{index}", "properties": fields} if is_rest else {"name": f"r{index}", **fields}
