"""Lint against a plain decider: dead rules decide nothing, all others decide something, removing changes nothing."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.lint.run import lint
from netcheck.model.rules import Access, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.policy.decision import HopKind
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.nsg import clauses_for, rule_lists
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.resolve import AddressBook
from tests.lint_campaign import CAMPAIGN
from tests.property.linted_nsgs import NETWORK, check, draw_nsg
from tests.property.small_sites import prefix

SEEDS = range(12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_lint_agrees_with_the_oracle(seed: int) -> None:
    """Over every flow that the rules can tell apart, in every world."""
    assert check(draw_nsg(Random(f"lint {seed}"), most=6)).differences == ()


def test_the_oracle_finds_a_rule_that_is_called_dead_and_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail proves nothing: with findings about another NSG, it fails."""
    nsg = draw_nsg(Random("1/0"))
    other = replace(nsg, rules=tuple(replace(rule, access=Access.ALLOW, unknown="") for rule in nsg.rules))
    monkeypatch.setattr(
        "tests.property.linted_nsgs.lint",
        lambda site, **options: lint(replace(site, network_security_groups=(_all_alike(other),)), **options),
    )
    assert check(nsg).differences != ()


def _all_alike(nsg: NetworkSecurityGroup) -> NetworkSecurityGroup:
    """Return a group in which the first rule takes what all others match."""
    first, *rest = sorted(nsg.rules, key=lambda rule: rule.priority)
    whole = replace(rest[-1], name=first.name, priority=first.priority)
    return replace(nsg, rules=(whole, *(replace(whole, name=r.name, priority=r.priority) for r in rest)))


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_dead_and_redundant_rules_the_list_is_the_same(seed: int) -> None:
    """The engine's own comparison of both lists is empty, over all packets and in every world."""
    nsg = draw_nsg(Random(f"diff {seed}"), most=30)
    site = Site(file="drawn.yaml", network_security_groups=(nsg,))
    found = lint(site, enable=["dead", "redundant"], vnet=[prefix(NETWORK)]).findings
    gone = {one.rule for one in found}
    context = NsgContext(AddressBook(site, [prefix(NETWORK)]), None, HopKind.SUBNET_NSG)
    for one in rule_lists(nsg, nsg.rules[0].direction, context):
        clauses = clauses_for(nsg, nsg.rules[0].direction, one, context)
        left = [clause for clause in clauses if one.rules[clause.rule].name not in gone]

        def allows(number: int, rules: tuple[NsgRule, ...] = one.rules) -> bool:
            return number == NO_RULE or rules[number].access is Access.ALLOW

        change = compare_rules(Rules(clauses, allows), Rules(left, allows), one.packets)
        assert [kind for kind in Change if change.packets(kind)] == []


def test_the_campaign_runs_and_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The long run starts from a line that names what is drawn."""
    assert CAMPAIGN.main(["--nsgs", "4", "--seed", "7", "--processes", "1"]) == 0
    assert "4 sites, " in capsys.readouterr().out
