"""Run by the Python that has azure-mgmt-network: reads NSGs as JSON, prints what its models do not take as they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

from azure.mgmt.network import models

WORDS = {"access", "direction", "protocol", "provisioning_state"}
"""The fields whose values the models know as words of their own; any other text is kept as text."""


def complaints(model: Any, where: str) -> Iterator[str]:
    """Yield every field that a model does not declare, and every word it does not know, at any depth."""
    attributes = {field._rest_name: attribute for attribute, field in model._attr_to_rest_field.items()}
    for name in model:
        place = f"{where}.{name}"
        value = getattr(model, attributes[name]) if name in attributes else None
        if name not in attributes:
            yield f"{place} is not declared"
        elif attributes[name] in WORDS and not isinstance(value, Enum):
            yield f"{place} is {value}"
        for one in value if isinstance(value, list) else [value]:
            if hasattr(one, "_attr_to_rest_field"):
                yield from complaints(one, place)


def main() -> None:
    """Print the complaints about each NSG, and the JSON that its model gives back, as a list of pairs."""
    found = []
    for body in json.load(sys.stdin):
        model = models.NetworkSecurityGroup(body)
        found.append([list(complaints(model, body["name"])), model.as_dict()])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
