"""A plan spelled for Bicep: the NSGs as they exist, and each rule as a child of its NSG.

A rule that exists is replaced, so that the file can be deployed again. Resources are put side by side unless one
depends on the other: they form a chain, so that no two rules ever have one number.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key
from netcheck.remedy.dialects.azcli import take_back
from netcheck.remedy.dialects.characters import escaped
from netcheck.remedy.dialects.deployment import API_VERSION, NSG_TYPE, RULE_TYPE, deployment_notes
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.dialects.labels import labels
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spelled

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "'": "\\'", "\\": "\\\\"}


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return the NSGs and one resource a rule, each behind the one before it; undo is for the Azure CLI."""
    nsgs = {key(edit.nsg): checked_name(edit.nsg, "NSG") for edit in edits}
    parents = dict(zip(nsgs, labels(f"nsg_{name}" for name in nsgs.values()), strict=True))
    own = labels(f"rule_{edit.nsg}_{checked_name(edit.rule.name, 'rule')}" for edit in edits)
    behind = ["", *own[:-1]]
    return Script(
        text="\n".join(
            [
                *(_nsg(parents[at], name) for at, name in nsgs.items()),
                *(
                    _rule(label, parents[key(edit.nsg)], spelled(edit), last)
                    for label, edit, last in zip(own, edits, behind, strict=True)
                ),
            ]
        ),
        undo=take_back(edits, setting),
        comment="//",
        notes=deployment_notes(edits, setting, "bicep"),
    )


def _nsg(symbol: str, name: str) -> str:
    return f"resource {symbol} '{NSG_TYPE}@{API_VERSION}' existing = {{\n  name: {_quote(name)}\n}}\n"


def _rule(symbol: str, parent: str, rule: SpelledRule, last: str) -> str:
    fields = "".join(f"    {name}: {_value(value)}\n" for name, value in rule.properties.items())
    behind = f"  dependsOn: [\n    {last}\n  ]\n" if last else ""
    return (
        f"resource {symbol} '{RULE_TYPE}@{API_VERSION}' = {{\n"
        f"  parent: {parent}\n"
        f"  name: {_quote(rule.name)}\n"
        f"  properties: {{\n{fields}  }}\n"
        f"{behind}}}\n"
    )


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[\n" + "".join(f"      {_quote(str(one))}\n" for one in value) + "    ]"
    return str(value) if isinstance(value, int) else _quote(str(value))


def _quote(text: str) -> str:
    """Return a string that stands for exactly this text (Microsoft Learn, "Data types in Bicep: Strings")."""
    plain = escaped(text, _ESCAPES, lambda number: f"\\u{{{number:x}}}")
    return "'" + plain.replace("${", "\\${") + "'"
