"""What the law of dialects does not show of Terraform."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.errors import PlanError
from netcheck.remedy.dialects.dialect import Setting
from netcheck.remedy.dialects.labels import labels
from netcheck.remedy.dialects.terraform import GROUP_NOT_NAMED, IN_PLACE, INLINE, render
from netcheck.remedy.edits import Opening, Renumbering
from tests.dialects.test_refused import some_rule

RULE, DENY = some_rule("allow"), some_rule("deny")
MOVED = Renumbering("nsg", replace(DENY, priority=201), DENY)
SETTING = Setting(groups={"nsg": "rg"})
TYPE = "azurerm_network_security_rule"
DENIAL = """\
resource "azurerm_network_security_rule" "nsg_deny" {
  name                        = "deny"
  resource_group_name         = "rg"
  network_security_group_name = "nsg"
  priority                    = PRIORITY
  direction                   = "Outbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "*"
  source_port_range           = "*"
  destination_address_prefix  = "Internet"
  destination_port_range      = "443"
}
"""


def test_a_rule_that_exists_is_changed_in_its_own_block() -> None:
    """The block says which one it takes the place of; the new rule comes behind it; undo goes the other way."""
    script = render([MOVED, Opening("nsg", RULE)], SETTING)
    moved, restored = DENIAL.replace("PRIORITY", "201"), DENIAL.replace("PRIORITY", "200")
    assert script.text.startswith(f"# in place of the block that declares rule deny of nsg now\n{moved}\n")
    assert script.text.endswith(f"\n\n  depends_on = [{TYPE}.nsg_deny]\n}}\n")
    assert script.undo == f'# take out: resource "{TYPE}" "nsg_allow"\n# apply, then put back:\n{restored}'
    assert script.notes == (INLINE, IN_PLACE)


def test_new_rules_alone_need_no_word_about_other_blocks() -> None:
    """Undo names their blocks and nothing else, the last first."""
    script = render([Opening("nsg", RULE), Opening("nsg", DENY)], SETTING)
    assert script.undo == "".join(f'# take out: resource "{TYPE}" "nsg_{name}"\n' for name in ("deny", "allow"))
    assert script.notes == (INLINE,)


def test_a_resource_group_that_is_not_named_is_a_variable() -> None:
    """Terraform asks for a variable without a default, and plans nothing before it has one."""
    script = render([Opening("nsg", RULE)], Setting(groups={}))
    assert script.text.startswith('variable "resource_group_name" {\n  type        = string\n')
    assert "\n  resource_group_name         = var.resource_group_name\n" in script.text
    assert script.notes == (INLINE, GROUP_NOT_NAMED)


def test_a_description_that_terraform_would_compose_is_refused() -> None:
    """Terraform turns every text into Unicode's form NFC, seen with 1.11: `e` and an accent become one letter."""
    for text, is_refused in (("e\u0301", True), ("\u212b", True), ("\u00e9", False)):
        rule = replace(RULE, description=text)
        if is_refused:
            with pytest.raises(PlanError, match="NC415"):
                render([Renumbering("nsg", rule, rule)], SETTING)
        else:
            assert f'"{text}"' in render([Renumbering("nsg", rule, rule)], SETTING).text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("${var.x}", r"\u0024{var.x}"),
        ("%{ if x }", r"\u0025{ if x }"),
        ("$${x}", r"$\u0024{x}"),
        ("5 $ and 5 %", "5 $ and 5 %"),
        ('a"b\\c\nd', r"a\"b\\c\nd"),
        ("\u202e\U000e0001\t\x1b", r"\u202e\U000e0001\t\u001b"),
    ],
)
def test_descriptions_are_escaped(text: str, written: str) -> None:
    """No template begins in a description, and no invisible character stands in the file."""
    script = render([Opening("nsg", replace(RULE, description=text))], SETTING)
    assert f'  description                 = "{written}"\n' in script.text


def test_labels_are_identifiers_and_differ() -> None:
    """What two names have in common after the signs that no identifier holds are taken out gets a number."""
    assert labels(["a.b", "a-b", "a_b_2", "a_b", "9"]) == ["a_b", "a_b_2", "a_b_2_2", "a_b_3", "_9"]
