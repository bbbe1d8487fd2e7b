"""A plan spelled for Azure PowerShell: the rules of an NSG changed in memory, and the NSG put back once.

`Add-AzNetworkSecurityRuleConfig` refuses a name that the NSG has, and `Remove-AzNetworkSecurityRuleConfig` takes one
that it lacks without a word: so each rule is removed and added, and the script can be run again. Nothing is saved
before `Set-AzNetworkSecurityGroup`. `Get-AzNetworkSecurityGroup` without a resource group would return NSGs of that
name in all of them (Azure/azure-powershell, src/Network/Network/NetworkSecurityGroup).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from netcheck.remedy.dialects.characters import shown
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.dialects.powershell import quote, quote_all
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_name
from netcheck.remedy.spelled import SpelledRule, spell_rule, spelled

_GUARD = 'if (-not $env:RESOURCE_GROUP) { throw "set RESOURCE_GROUP to the resource group of the NSG" }\n'
"""Stops a script; where its lines are pasted one by one, `Get-AzNetworkSecurityGroup` refuses the empty value."""

GROUP_NOT_NAMED = "the site does not name the resource group: give --resource-group, or set $env:RESOURCE_GROUP"


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return one pipeline for the edits of an NSG that follow each other, and those that take them back."""
    is_asked = setting.is_asked_for(edits)
    guard = _GUARD if is_asked else ""
    return Script(
        text=guard + _pipelines(edits, setting, lambda edit: _put(spelled(edit))),
        undo=guard + _pipelines(edits[::-1], setting, _take_back),
        notes=(GROUP_NOT_NAMED,) if is_asked else (),
    )


def _pipelines(edits: Sequence[Edit], setting: Setting, stages: Callable[[Edit], Iterator[str]]) -> str:
    text = ""
    for nsg, own in groupby(edits, key=lambda edit: edit.nsg):
        group = setting.group(nsg)
        first = (
            f"Get-AzNetworkSecurityGroup -ResourceGroupName {quote(group) if group else '$env:RESOURCE_GROUP'} "
            f"-Name {quote(checked_name(nsg, 'NSG'))}"
        )
        commands = [command for edit in own for command in stages(edit)]
        text += " |\n".join([first, *commands, "Set-AzNetworkSecurityGroup"]) + "\n"
    return text


def _take_back(edit: Edit) -> Iterator[str]:
    if edit.replaces is None:
        yield _remove(edit.rule.name)
    else:
        yield from _put(spell_rule(edit.nsg, edit.replaces))


def _remove(name: str) -> str:
    return f"Remove-AzNetworkSecurityRuleConfig -Name {quote(checked_name(name, 'rule'))}"


def _put(rule: SpelledRule) -> Iterator[str]:
    """Yield the commands that put a rule, in the parameter order of the article."""
    description = f"-Description {quote(shown(rule, 'PowerShell'))} " if rule.description else ""
    yield _remove(rule.name)
    yield (
        f"Add-AzNetworkSecurityRuleConfig -Name {quote(checked_name(rule.name, 'rule'))} {description}"
        f"-Access {rule.access} -Protocol {quote(rule.protocol)} -Direction {rule.direction} "
        f"-Priority {rule.priority} "
        f"-SourceAddressPrefix {quote_all(rule.sources)} -SourcePortRange {quote_all(rule.source_ports)} "
        f"-DestinationAddressPrefix {quote_all(rule.destinations)} "
        f"-DestinationPortRange {quote_all(rule.destination_ports)}"
    )
