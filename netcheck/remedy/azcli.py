"""A plan spelled for the Azure CLI: `az network nsg rule create`.

Every field is written out: the command's own defaults (`--direction Inbound`, `--protocol '*'`, destination port 80)
would make another rule without a word (Microsoft, `az network nsg rule create`). `*` is quoted, because the shell
expands an unquoted one to file names. A rule of the same name is replaced, so that the script can be run again.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from netcheck.remedy.dialects import Script, Setting
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spell_rule, spelled

ASKED_FOR = '"${RESOURCE_GROUP:?set it to the resource group of the NSG}"'
"""Stands for a resource group that the site does not name: the shell stops and says so unless the variable is set."""


GROUP_NOT_NAMED = "the site does not name the resource group: give --resource-group, or set RESOURCE_GROUP"


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return one command a rule, and the commands that take them back."""
    is_asked = not all(setting.group(edit.nsg) for edit in edits)
    return Script(
        text="".join(_create(spelled(edit), setting) for edit in edits),
        undo="".join(_take_back(edit, setting) for edit in reversed(edits)),
        notes=(GROUP_NOT_NAMED,) if is_asked else (),
    )


def _take_back(edit: Edit, setting: Setting) -> str:
    if edit.replaces is not None:
        return _create(spell_rule(edit.nsg, edit.replaces), setting)
    return f"az network nsg rule delete {_which(edit.nsg, edit.rule.name, setting)}\n"


def _which(nsg: str, name: str, setting: Setting) -> str:
    group = setting.group(nsg)
    return (
        f"--resource-group {shlex.quote(group) if group else ASKED_FOR} "
        f"--nsg-name {shlex.quote(checked_name(nsg, 'NSG'))} --name {shlex.quote(checked_name(name, 'rule'))}"
    )


def _create(rule: SpelledRule, setting: Setting) -> str:
    lines = [
        f"az network nsg rule create {_which(rule.nsg, rule.name, setting)}",
        f"--priority {rule.priority} --direction {rule.direction} --access {rule.access} "
        f"--protocol {shlex.quote(rule.protocol)}",
        f"--source-address-prefixes {shlex.join(rule.sources)} --source-port-ranges {shlex.join(rule.source_ports)}",
        f"--destination-address-prefixes {shlex.join(rule.destinations)} "
        f"--destination-port-ranges {shlex.join(rule.destination_ports)}",
    ]
    if rule.description:
        lines.append(f"--description {shlex.quote(rule.description)}")
    return " \\\n  ".join(lines) + "\n"
