"""Spellings that mean the same in files of Azure's tools: of words, keys, numbers, and of what is not set."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.property.drawn_nsgs import DrawnRule

Files = dict[str, str]
Fields = dict[str, Any]

SUBSCRIPTION = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-web/providers/Microsoft.Network"
NSG_TYPE = "Microsoft.Network/networkSecurityGroups"


class Style:
    """Chooses how one file spells what may be spelled in several ways; the same seed makes the same choices."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._key: Callable[[str], str] = random.choice((str, str.lower, str.upper, _capital, str.swapcase, str))
        self._unset: tuple[Any, ...] = random.choice(((None,), ("",), ([],), (), (None, "", [], ...)))
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
            value = self.random.choice(self._unset) if self._unset else ...
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


def arm_head(kind: str) -> Fields:
    """Return what a file of Azure's deployments begins with: of kind `deploymentTemplate` or `deploymentParameters`."""
    schema = f"https://schema.management.azure.com/schemas/2019-04-01/{kind}.json#"
    return {"$schema": schema, "contentVersion": "1.0.0.0"}


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


def is_listable(texts: Sequence[str]) -> bool:
    """Return whether texts may stand in a list of prefixes: a tag or a star never does."""
    return all(text[0].isdigit() or ":" in text for text in texts)


def _put(fields: Fields, style: Style, singular: str, plural: str, texts: list[str]) -> None:
    """Set one of two spellings, or both."""
    values = [style.plain(text) for text in texts]
    way = style.random.choice(("one", "one", "many", "both")) if "Port" in singular or is_listable(texts) else "one"
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
