"""What the law of dialects does not show of classic commands, and the quoting of PowerShell alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.errors import PlanError
from netcheck.model.address import ServiceTag
from netcheck.model.ports import ESP, PortRange, Protocol
from netcheck.model.rules import NsgRule
from netcheck.remedy.dialects.classic import render
from netcheck.remedy.dialects.dialect import Setting
from netcheck.remedy.dialects.powershell import quote
from netcheck.remedy.edits import Opening
from tests.dialects.drawn import HOSTILE
from tests.dialects.powershell import Command, pipelines
from tests.dialects.test_refused import some_rule

SETTING = Setting(groups={})


def test_a_group_of_another_resource_group_keeps_the_name_the_portal_gave_it() -> None:
    """The portal names a classic group `Group <resource group> <name>`: the blanks are written, in quotes."""
    script = render([Opening("Group my-rg NSG.lock_down", some_rule("allow"))], SETTING)
    _, [[first, _]] = pipelines(script.text)
    assert first == Command("Get-AzureNetworkSecurityGroup", {"-Name": "Group my-rg NSG.lock_down"})


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (replace(some_rule("a"), destinations=(ServiceTag("Storage"),)), "NC406"),
        (replace(some_rule("a"), sources=(ServiceTag("Internet"), ServiceTag("VirtualNetwork"))), "NC410"),
        (replace(some_rule("a"), destination_ports=(PortRange(80, 80), PortRange(443, 443))), "NC410"),
        (replace(some_rule("a"), protocol=Protocol((ESP,))), "NC415"),
    ],
)
def test_what_classic_has_no_words_for_is_refused(rule: NsgRule, code: str) -> None:
    """Other tags than three, two prefixes or port ranges in a rule, other protocols than TCP and UDP."""
    with pytest.raises(PlanError, match=code):
        render([Opening("nsg", rule)], SETTING)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(HOSTILE, st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_quoting_never_lets_a_text_escape(text: str) -> None:
    """Whatever the text, its quoted form is one word that PowerShell reads as exactly that text."""
    found = pipelines(f"Get-Thing -Name {quote(text)} | Next-Thing")
    assert found == (False, [[Command("Get-Thing", {"-Name": text}), Command("Next-Thing", {})]])
