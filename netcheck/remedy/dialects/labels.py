"""Identifiers for rules, in languages whose declarations have names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable


def labels(names: Iterable[str]) -> list[str]:
    """Return one identifier a name, each another: letters, digits and underscores, no digit first.

    That is an identifier in Terraform ("Configuration Syntax: Identifiers") and in Bicep ("Bicep file structure").
    """
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        plain = f"_{plain}" if plain[:1].isdigit() else plain
        label, number = plain, 2
        while label in found:
            label, number = f"{plain}_{number}", number + 1
        found.append(label)
    return found
