"""A plan spelled for Terraform: one `azurerm_network_security_rule` a rule.

The provider takes words in Azure's letter case only, makes a rule only where there is none of that name, and overwrites
what `security_rule` blocks inside the NSG say (hashicorp/terraform-provider-azurerm, network_security_rule_resource.go
and network_security_rule.html.markdown). Resources are put side by side unless one depends on the other: they form a
chain, so that no two rules ever have one number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.errors import PlanError
from netcheck.remedy.dialects.characters import escaped
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.dialects.labels import labels
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spell_rule, spelled

_TYPE = "azurerm_network_security_rule"
_VARIABLE = """\
variable "resource_group_name" {
  type        = string
  description = "The resource group of the NSG"
}
"""
GROUP_NOT_NAMED = "the site does not name the resource group: give --resource-group, or set the variable"
INLINE = (
    f"`security_rule` blocks inside an `azurerm_network_security_group` and `{_TYPE}` resources overwrite each other: "
    "where the NSG has such blocks, write these rules as such"
)
IN_PLACE = (
    f"a rule that the NSG has is changed by its own `{_TYPE}` block: the new one stands in that one's place, under its "
    "label; beside it, Terraform would refuse to make the rule twice"
)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class _Block:
    """One resource: its label, the rule, and a line of comment above it."""

    label: str
    rule: SpelledRule
    remark: str = ""


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return one block a rule, each behind the one before it.

    Undo says which blocks go first, and has those that become what they were.
    """
    found = labels(f"{checked_name(edit.nsg, 'NSG')}_{checked_name(edit.rule.name, 'rule')}" for edit in edits)
    labelled = list(zip(found, edits, strict=True))
    blocks = [_Block(label, spelled(edit), _in_place(edit)) for label, edit in labelled]
    is_asked = setting.is_asked_for(edits)
    has_changed = any(edit.replaces for edit in edits)
    return Script(
        text="\n".join([*([_VARIABLE] if is_asked else ()), *_chain(blocks, setting)]),
        undo=_take_back(labelled[::-1], setting),
        notes=(INLINE, *((GROUP_NOT_NAMED,) if is_asked else ()), *((IN_PLACE,) if has_changed else ())),
    )


def _in_place(edit: Edit) -> str:
    return f"# in place of the block that declares rule {edit.rule.name} of {edit.nsg} now\n" if edit.replaces else ""


def _take_back(labelled: Sequence[tuple[str, Edit]], setting: Setting) -> str:
    """Return what to do with the blocks: a new rule goes with its block, before another gets its number back."""
    out = [f'# take out: resource "{_TYPE}" "{label}"\n' for label, edit in labelled if edit.replaces is None]
    back = [_Block(label, spell_rule(edit.nsg, edit.replaces)) for label, edit in labelled if edit.replaces is not None]
    between = ["# apply, then put back:\n"] if out and back else []
    return "".join([*out, *between]) + "\n".join(_chain(back, setting))


def _chain(blocks: Sequence[_Block], setting: Setting) -> list[str]:
    before = [None, *blocks[:-1]]
    return [_resource(block, last, setting) for block, last in zip(blocks, before, strict=True)] if blocks else []


def _resource(block: _Block, last: _Block | None, setting: Setting) -> str:
    fields = _attributes(block.rule, setting)
    width = max(map(len, fields))
    lines = [f"  {name:<{width}} = {value}\n" for name, value in fields.items()]
    if last is not None:
        lines.append(f"\n  depends_on = [{_TYPE}.{last.label}]\n")
    return f'{block.remark}resource "{_TYPE}" "{block.label}" {{\n{"".join(lines)}}}\n'


def _attributes(rule: SpelledRule, setting: Setting) -> dict[str, str]:
    group = setting.group(rule.nsg)
    return {
        "name": _quote(checked_name(rule.name, "rule")),
        "resource_group_name": _quote(group) if group else "var.resource_group_name",
        "network_security_group_name": _quote(checked_name(rule.nsg, "NSG")),
        **{_snake(name): _value(value) for name, value in _checked(rule).properties.items()},
    }


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_quote(str(one)) for one in value)}]"
    return str(value) if isinstance(value, int) else _quote(str(value))


def _checked(rule: SpelledRule) -> SpelledRule:
    """Return a rule; raise PlanError where Terraform would change its description: every text becomes NFC there."""
    if not unicodedata.is_normalized("NFC", rule.description):
        raise PlanError(
            "NC415",
            f"rule `{rule.name}` cannot be written anew: Terraform composes the accents of its description (Unicode "
            "form NFC)",
            "use another dialect than terraform",
        )
    return rule


def _quote(text: str) -> str:
    """Return a quoted template that stands for exactly this text.

    `${` and `%{` begin a template; an escape for the first sign leaves no doubt, as `$$${` would (HashiCorp,
    "Strings and Templates: Escape Sequences").
    """
    plain = escaped(text, _ESCAPES, lambda number: f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")
    return '"' + re.sub(r"([$%])(?=\{)", lambda sign: f"\\u{ord(sign[0]):04x}", plain) + '"'
