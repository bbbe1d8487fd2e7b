"""What the law of dialects does not show of Azure PowerShell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.errors import PlanError
from netcheck.remedy.dialects.azps import GROUP_NOT_NAMED, render
from netcheck.remedy.dialects.dialect import Setting
from netcheck.remedy.edits import Opening, Renumbering
from tests.dialects.test_refused import some_rule

RULE = some_rule("allow")
GUARD = 'if (-not $env:RESOURCE_GROUP) { throw "set RESOURCE_GROUP to the resource group of the NSG" }\n'
PUT = """\
Remove-AzNetworkSecurityRuleConfig -Name "{name}" |
Add-AzNetworkSecurityRuleConfig -Name "{name}" -Access Allow -Protocol "Tcp" -Direction Outbound -Priority {priority} \
-SourceAddressPrefix "*" -SourcePortRange "*" -DestinationAddressPrefix "Internet" -DestinationPortRange "443" |
"""


def test_an_nsg_is_read_and_put_once() -> None:
    """Edits that follow each other in one NSG are one pipeline, and nothing is left to a default."""
    moved = some_rule("deny")
    script = render(
        [Renumbering("nsg", replace(moved, priority=201), moved), Opening("nsg", RULE)], Setting(groups={"nsg": "rg"})
    )
    get = 'Get-AzNetworkSecurityGroup -ResourceGroupName "rg" -Name "nsg" |\n'
    put = PUT.format(name="deny", priority=201) + PUT.format(name="allow", priority=200)
    assert script.text == f"{get}{put}Set-AzNetworkSecurityGroup\n"
    back = 'Remove-AzNetworkSecurityRuleConfig -Name "allow" |\n' + PUT.format(name="deny", priority=200)
    assert script.undo == f"{get}{back}Set-AzNetworkSecurityGroup\n"


def test_the_script_stops_where_no_resource_group_is_named() -> None:
    """Without one the cmdlet would return NSGs of that name in all resource groups: the script and its undo throw."""
    script = render([Opening("nsg", RULE), Opening("other", RULE)], Setting(groups={"nsg": "", "other": "rg"}))
    get = "Get-AzNetworkSecurityGroup -ResourceGroupName"
    assert script.text.startswith(f'{GUARD}{get} $env:RESOURCE_GROUP -Name "nsg" |\n')
    assert script.undo.startswith(f'{GUARD}{get} "rg" -Name "other" |\n')
    assert f'\n{get} $env:RESOURCE_GROUP -Name "nsg" |\n' in script.undo
    assert script.notes == (GROUP_NOT_NAMED,)
    named = render([Opening("other", RULE)], Setting(groups={"other": "rg"}))
    assert (named.text.startswith(get), named.notes) == (True, ())


def test_an_invisible_character_of_a_description_is_refused() -> None:
    """PowerShell 5 has no escape for a mark that turns the writing direction, and would print it as it is."""
    rule = replace(RULE, description="a\u202eb")
    with pytest.raises(PlanError, match=r"NC415.*U\+202E"):
        render([Renumbering("nsg", rule, rule)], Setting(groups={"nsg": "rg"}))
