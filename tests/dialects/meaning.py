"""What a script does, step by step: the form in which scripts of all dialects are compared with what was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netcheck.model.names import key
from netcheck.remedy.edits import Edit
from netcheck.remedy.spelled import SpelledRule, spell_rule, spelled

ASKED = "(asked for)"
"""Stands for a resource group that a script asks for."""
DEPLOYED = "(where it is deployed)"
"""Stands for the resource group of a deployment, which stands in no file."""
CLASSIC = "(none)"
"""Stands for the resource group of a classic NSG."""


@dataclass(frozen=True, slots=True)
class Put:
    """A rule is made, or takes the place of the one of its name."""

    group: str
    rule: SpelledRule


@dataclass(frozen=True, slots=True)
class Removal:
    """A rule goes."""

    group: str
    nsg: str
    name: str


Step = Put | Removal


def rule_from(fields: Mapping[str, object], nsg: str, name: str) -> SpelledRule:
    """Return a rule from its properties in the spelling of the REST interface; refuse other fields than all of them."""
    left = dict(fields)

    def text(field: str) -> str:
        value = left.pop(field)
        assert isinstance(value, str), value
        return value

    def values(field: str, plural: str) -> tuple[str, ...]:
        if field in left:
            return (text(field),)
        found = left.pop(plural)
        assert isinstance(found, list), found
        assert len(found) > 1, found
        return tuple(found)

    priority = left.pop("priority")
    assert isinstance(priority, int), priority
    rule = SpelledRule(
        nsg=nsg,
        name=name,
        priority=priority,
        direction=text("direction"),
        access=text("access"),
        protocol=text("protocol"),
        sources=values("sourceAddressPrefix", "sourceAddressPrefixes"),
        source_ports=values("sourcePortRange", "sourcePortRanges"),
        destinations=values("destinationAddressPrefix", "destinationAddressPrefixes"),
        destination_ports=values("destinationPortRange", "destinationPortRanges"),
        description=text("description") if "description" in left else "",
    )
    assert left == {}, left
    return rule


def meant(edits: Sequence[Edit], groups: Mapping[str, str]) -> list[Step]:
    """Return what edits are to do, the first first."""
    return [Put(groups[key(edit.nsg)], spelled(edit)) for edit in edits]


def meant_back(edits: Sequence[Edit], groups: Mapping[str, str]) -> list[Step]:
    """Return what takes edits back, the last first."""
    return [
        Removal(groups[key(edit.nsg)], edit.nsg, edit.rule.name)
        if edit.replaces is None
        else Put(groups[key(edit.nsg)], spell_rule(edit.nsg, edit.replaces))
        for edit in reversed(edits)
    ]
