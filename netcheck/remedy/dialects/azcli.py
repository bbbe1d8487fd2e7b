"""A plan spelled for the Azure CLI: `az network nsg rule create`.

Every field is written out: the command's own defaults (`--direction Inbound`, `--protocol '*'`, destination port 80)
would make another rule without a word (Microsoft, `az network nsg rule create`). `*` is quoted, because the shell
expands an unquoted one to file names. A rule of the same name is replaced, so that the script can be run again. For
each value of a list the command first looks for a JSON file of that name in the folder it runs in (seen with 2.91): a
note says so, since no spelling that people know again keeps it from that.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from netcheck.remedy.dialects.characters import shown
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spell_rule, spelled

ASKED_FOR = '"${RESOURCE_GROUP:?set it to the resource group of the NSG}"'
"""Stands for a resource group that the site does not name: the shell stops and says so unless the variable is set."""

FILES = (
    "az reads a value from a file of that name where it runs, such as `443` or `Storage.WestUS`: run it in a folder "
    "without such files"
)
GROUP_NOT_NAMED = "the site does not name the resource group: give --resource-group, or set RESOURCE_GROUP"


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return one command a rule, and the commands that take them back."""
    is_asked = setting.is_asked_for(edits)
    return Script(
        text="".join(_create(spelled(edit), setting) for edit in edits),
        undo=take_back(edits, setting),
        notes=(FILES, GROUP_NOT_NAMED) if is_asked else (FILES,),
    )


def take_back(edits: Sequence[Edit], setting: Setting) -> str:
    """Return the commands that take edits back, the last one first: new rules go, others become what they were."""
    return "".join(_take_back(edit, setting) for edit in reversed(edits))


def _take_back(edit: Edit, setting: Setting) -> str:
    if edit.replaces is not None:
        return _create(spell_rule(edit.nsg, edit.replaces), setting)
    return f"az network nsg rule delete {_which(edit.nsg, edit.rule.name, setting)}\n"


def _which(nsg: str, name: str, setting: Setting) -> str:
    return (
        f"--resource-group {group_word(setting.group(nsg))} "
        f"--nsg-name {_word(checked_name(nsg, 'NSG'))} --name {_word(checked_name(name, 'rule'))}"
    )


def group_word(group: str) -> str:
    """Return a resource group as the shell takes it; one that is not named stops the shell."""
    return _word(group) if group else ASKED_FOR


def _create(rule: SpelledRule, setting: Setting) -> str:
    lines = [
        f"az network nsg rule create {_which(rule.nsg, rule.name, setting)}",
        f"--priority {rule.priority} --direction {rule.direction} --access {rule.access} "
        f"--protocol {_word(rule.protocol)}",
        f"--source-address-prefixes {_words(rule.sources)} --source-port-ranges {_words(rule.source_ports)}",
        f"--destination-address-prefixes {_words(rule.destinations)} "
        f"--destination-port-ranges {_words(rule.destination_ports)}",
    ]
    if rule.description:
        lines.append(f"--description={_quoted(_exact(shown(rule, 'a shell script')))}")
    return " \\\n  ".join(lines) + "\n"


def _words(texts: Iterable[str]) -> str:
    return " ".join(_word(text) for text in texts)


def _word(text: str) -> str:
    return shlex.quote(_exact(text))


def _quoted(text: str) -> str:
    """Return a text in quotes whatever it is: a shell may expand `~` or `=` behind a sign of equality."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _exact(text: str) -> str:
    """Return what az takes for exactly this text.

    It reads `null` as no value, `??` as a call for help, and what stands in single quotes as a text of any kind, in
    which `'/` is such a quote (azure-cli-core, aaz/_utils.py, `AAZShortHandSyntaxParser`). Of an argument, and of the
    part behind its first sign of equality, it takes one that begins with `@` for the name of a file to read
    (azure-cli-core, commands/__init__.py, `_expand_file_prefixed_files`): so the description follows such a sign.
    """
    if text in ("null", "??") or text.startswith(("@", "'")):
        return "'" + text.replace("'", "'/") + "'"
    return text
