"""What the law of dialects does not show of Bicep files and templates."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import PlanError
from netcheck.remedy.dialects.azcli import GROUP_NOT_NAMED
from netcheck.remedy.dialects.dialect import Dialect, Setting, render
from netcheck.remedy.edits import Edit, Opening, Renumbering
from netcheck.remedy.spelled import spell_rule, spelled
from tests.dialects.meaning import DEPLOYED, Put
from tests.dialects.reading import DEPLOYMENTS, read
from tests.dialects.test_refused import some_rule

RULE, OTHER = some_rule("allow"), replace(some_rule("deny"), priority=300)
NSG_TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.Network/networkSecurityGroups",
            "apiVersion": "2024-05-01",
            "name": "nsg",
            "location": "westus",
            "properties": {"securityRules": []},
        }
    ],
}


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize("second", ["other", ""])
def test_several_resource_groups_are_refused(dialect: Dialect, second: str) -> None:
    """A deployment goes into one resource group, and a group that is not named may be any."""
    edits = [Opening("nsg", RULE), Opening("nsg-2", RULE)]
    with pytest.raises(PlanError, match="NC416"):
        render(dialect, edits, Setting(groups={"nsg": "rg", "nsg-2": second}))
    assert render(dialect, edits, Setting(groups={"nsg": "rg", "nsg-2": "RG"})).text


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
def test_notes_say_how_to_deploy_and_what_takes_the_rules_away(dialect: Dialect) -> None:
    """The command names the group as a shell takes it, or says that one has to be given."""
    how, warning = render(dialect, [Opening("nsg", RULE)], Setting(groups={"nsg": "a(b)"})).notes
    assert how == "deploy with `az deployment group create --resource-group 'a(b)' --template-file FILE`"
    assert "takes these rules away when it is deployed again" in warning
    how, _, asked = render(dialect, [Opening("nsg", RULE)], Setting(groups={})).notes
    assert how == "deploy with `az deployment group create --resource-group RESOURCE_GROUP --template-file FILE`"
    assert asked == GROUP_NOT_NAMED


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
def test_undo_is_that_of_the_azure_cli(dialect: Dialect) -> None:
    """An incremental deployment takes no rule away."""
    edits: list[Edit] = [Renumbering("nsg", replace(OTHER, priority=301), OTHER), Opening("nsg", RULE)]
    setting = Setting(groups={"nsg": "rg"})
    assert render(dialect, edits, setting).undo == render(Dialect.AZ, edits, setting).undo


def test_symbols_of_bicep_differ_where_names_are_alike() -> None:
    """`a.b` and `a-b` are two NSGs; a name of Bicep's own words is no symbol."""
    edits = [
        Opening(nsg, some_rule(name)) for nsg, name in (("a.b", "x"), ("a-b", "x"), ("null", "x.y"), ("null", "x_y"))
    ]
    text = render(Dialect.BICEP, edits, Setting(groups={})).text
    symbols = [line.split()[1] for line in text.splitlines() if line.startswith("resource ")]
    assert symbols == [
        *("nsg_a_b", "nsg_a_b_2", "nsg_null"),
        *("rule_a_b_x", "rule_a_b_x_2", "rule_null_x_y", "rule_null_x_y_2"),
    ]


def test_an_nsg_is_declared_once_in_bicep_whatever_the_letter_case() -> None:
    """Azure takes `NSG` and `nsg` for one."""
    text = render(Dialect.BICEP, [Opening("NSG", RULE), Opening("nsg", OTHER)], Setting(groups={})).text
    assert (text.count(" existing = "), text.count("  parent: nsg_nsg\n")) == (1, 2)


@pytest.mark.parametrize(
    ("text", "bicep", "arm"),
    [
        ("[concat('a')]", r"'[concat(\'a\')]'", "\"[[concat('a')]\""),
        ("[[a]", "'[[a]'", '"[[[a]"'),
        ("[a", "'[a'", '"[a"'),
        ("// a /* b */", "'// a /* b */'", '"// a /* b */"'),
        ("${x} $${y} $", r"'\${x} $\${y} $'", '"${x} $${y} $"'),
        ("a\\b\nc\t", r"'a\\b\nc\t'", r'"a\\b\nc\t"'),
        ("\u202e\x7f\u00e9", r"'\u{202e}\u{7f}" + "\u00e9'", r'"\u202e\u007f' + '\u00e9"'),
    ],
)
def test_descriptions_are_escaped(text: str, bicep: str, arm: str) -> None:
    """A text in brackets is no expression, `${` begins nothing, and no invisible character stands in the file."""
    edits = [Opening("nsg", replace(RULE, description=text))]
    assert f"    description: {bicep}\n" in render(Dialect.BICEP, edits, Setting(groups={})).text
    assert f'"description": {arm},\n' in render(Dialect.ARM, edits, Setting(groups={})).text


def test_netcheck_reads_its_own_template(tmp_path: Path) -> None:
    """Beside the template of the NSG, the one of a plan adds exactly its rules."""
    edits = [Opening("nsg", replace(OTHER, description="a\u202e\t${x} [b] 'c'")), Opening("nsg", RULE)]
    template, nsg = tmp_path / "plan.json", tmp_path / "nsg.json"
    template.write_text(render(Dialect.ARM, edits, Setting(groups={"nsg": "rg"})).text, encoding="utf-8")
    nsg.write_text(json.dumps(NSG_TEMPLATE), encoding="utf-8")
    [found] = nc.load(str(nsg), str(template)).network_security_groups
    assert [spell_rule("nsg", rule) for rule in found.rules] == [spelled(edit) for edit in edits]


def test_slashes_in_a_description_are_no_comment() -> None:
    """A string that begins like a comment is read back as the text it is."""
    for text in ("//", "/*", "a // b", "'//", "http://a/*"):
        edit = Opening("nsg", replace(RULE, description=text))
        [step] = read(Dialect.BICEP, render(Dialect.BICEP, [edit], Setting(groups={})).text)
        assert step == Put(DEPLOYED, spelled(edit))


def test_a_template_says_what_the_plan_needs_beside_its_rules() -> None:
    """JSON has no comments: notes and commands of the other changes stand in the metadata."""
    site = nc.load(Path(__file__).parents[2] / "fixtures" / "article-before" / "site-firewall-not-given.yaml")
    metadata = json.loads(nc.fix(site, "http-proxy", dialect="arm", resource_group="rg").script)["metadata"]
    told = "\n".join(metadata["proof"])
    assert "note: also needed: allow inbound TCP 8080 on proxy-vm" in told
    assert "note: `NSG-lockdown` is classic in the site" in told
    assert "New-NetFirewallRule" in told
