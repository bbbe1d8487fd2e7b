"""Names outside Azure's rule: no dialect writes a command with one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.errors import PlanError
from netcheck.model.address import AnyAddress, ServiceTag
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.remedy.dialects.dialect import Dialect, Setting, render
from netcheck.remedy.edits import Edit, Opening, Renumbering
from tests.dialects.drawn import HERE

HOSTILE = (
    'a"; Remove-Item C:\\ -Recurse; "', "a'; calc; '", "$(calc)", "`calc`", "${x}", "%{x}", "a`nb", "a\nb", "a\n",
    "\n", "a\u201d; calc", "a\u2019", "a\u201a", "a\u201b", "a\u201e", "-Name", "-x", "--name", "name ", " name",
    "a b", "a;b", "a|b", "a&b", "a>b", "", "@file", "@-", "[", "[a]", "{", "{a}", "'a'", "a'b", 'a"b', "a/b", "a\\b",
    "a#b", "a=b", "a,b", "~", "*", "?", "!", "%", "\u202eabc", "a\u202e", "a\u200b", "a\u00a0b", "a\0", "a\x1b[2J",
    "a.", "..", "a..",
)  # fmt: skip
NAMES = (
    *HOSTILE,
    "a-",
    "_a",
    "(a)",
    "\uff41bc",
    "\u0430pp",
    "\u00fcber",
    "a" * 81,
    "Group rg nsg x",
    "Group rg $(calc)",
)
"""Not for NSGs and rules: they begin with a letter or digit, of ASCII only, and end with one or an underscore."""
GROUPS = (*HOSTILE, "a" * 91)
MANAGER = tuple(dialect for dialect in Dialect if dialect is not Dialect.CLASSIC)


def some_rule(name: str) -> NsgRule:
    return NsgRule(
        name=name,
        priority=200,
        direction=Direction.OUTBOUND,
        access=Access.ALLOW,
        protocol=Protocol((TCP,)),
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(ServiceTag("Internet"),),
        destination_ports=(PortRange(443, 443),),
        at=HERE,
    )


def refusal(dialect: Dialect, edit: Edit, group: str = "rg") -> str:
    with pytest.raises(PlanError) as raised:
        render(dialect, [Opening("nsg", some_rule("first")), edit], Setting(groups={"nsg": "rg", key(edit.nsg): group}))
    return raised.value.code


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", Dialect)
def test_no_command_is_written_for_a_hostile_nsg(dialect: Dialect, name: str) -> None:
    """An NSG whose name is outside the naming rule is refused."""
    assert refusal(dialect, Opening(name, some_rule("second"))) == "NC409"
    with pytest.raises(PlanError, match="NC409"):
        render(dialect, [Opening(name, some_rule("allow"))], Setting(groups={key(name): "rg"}))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", Dialect)
def test_no_command_is_written_for_a_hostile_rule(dialect: Dialect, name: str) -> None:
    """A rule of that name is refused, be it new, made wider or given another priority."""
    rule = some_rule(name)
    for edit in (Opening("nsg", rule), Opening("nsg", rule, rule), Renumbering("nsg", rule, rule)):
        assert refusal(dialect, edit) == "NC409"


@pytest.mark.parametrize("group", [group for group in GROUPS if group])
@pytest.mark.parametrize("dialect", MANAGER)
def test_no_command_is_written_for_a_hostile_resource_group(dialect: Dialect, group: str) -> None:
    """A resource group that Azure does not allow is refused, also where only notes and undo name it."""
    assert refusal(dialect, Opening("other", some_rule("second")), group) == "NC409"
    with pytest.raises(PlanError, match="NC409"):
        render(dialect, [Opening("nsg", some_rule("allow"))], Setting(groups={"nsg": group}))


@pytest.mark.parametrize("dialect", Dialect)
def test_half_a_character_is_refused(dialect: Dialect) -> None:
    """A surrogate alone is no text: Terraform would write another character, and no file can hold it."""
    rule = some_rule("rule")
    broken = replace(rule, description="a\ud800")
    assert refusal(dialect, Renumbering("nsg", broken, rule)) == "NC415"


@pytest.mark.parametrize("dialect", Dialect)
def test_half_a_character_is_no_text(dialect: Dialect) -> None:
    """A description that no file can be written with is refused, be it of the new rule or of the old one."""
    broken = replace(some_rule("a"), description="\ud800")
    for edit in (Opening("nsg", broken), Renumbering("nsg", some_rule("a"), broken)):
        assert refusal(dialect, edit) == "NC415"
