"""Rows of a table that claim to be built-in rules: Azure's cannot be changed, so one that differs was edited.

Microsoft Learn, "Network security groups", default security rules.
"""

from __future__ import annotations

from functools import cache

from netcheck.diagnostics import NOWHERE
from netcheck.model.names import key
from netcheck.model.rules import Direction, NsgRule
from netcheck.model.site import DeploymentModel
from netcheck.policy.nsg import default_rules
from netcheck.sources._faults import BAD_CELL, Faults
from netcheck.sources._nodes import Node, Scalar, shorten

_OTHER_NAMES = frozenset(("defaultoutbounddenyall", "defaultinbounddenyall"))
"""What some views call the rules that deny."""


@cache
def _rules() -> dict[str, NsgRule]:
    model = DeploymentModel.RESOURCE_MANAGER
    return {key(rule.name): rule for direction in Direction for rule in default_rules(direction, model, NOWHERE)}


def is_built_in(name: str) -> bool:
    """Return whether a name, folded, is one of a built-in rule."""
    return name in _rules() or name in _OTHER_NAMES


def check_built_in(faults: Faults, name: str, entries: dict[str, Node]) -> None:
    """Collect an error for each field in which a row differs from the built-in rule of its name.

    Addresses are compared only where both are words: Azure prints what tags expand to in place of them.
    """
    rule = _rules().get(name)
    if rule is not None:
        expected = {
            "priority": str(rule.priority),
            "direction": str(rule.direction),
            "access": str(rule.access),
            "sourceAddressPrefix": str(rule.sources[0]),
            "destinationAddressPrefix": str(rule.destinations[0]),
        }
        _compare(faults, rule.name, expected, entries)


def _compare(faults: Faults, name: str, expected: dict[str, str], entries: dict[str, Node]) -> None:
    for field, text in expected.items():
        node = entries.get(field)
        if not isinstance(node, Scalar) or _folded(node.text) == _folded(text):
            continue
        if field.endswith("Prefix") and ("." in node.text or ":" in node.text):
            continue
        message = f"built-in rule `{name}` has `{text}` as `{field}`, not `{shorten(node.text)}`"
        faults.error(node, BAD_CELL, message, "built-in rules cannot be changed: leave the row out, or export anew")


def _folded(text: str) -> str:
    folded = key(text).replace("_", "")
    return "*" if folded == "any" else folded
