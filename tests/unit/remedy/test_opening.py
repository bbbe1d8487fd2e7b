"""Openings: which numbers and names new rules get, and how they are spelled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.errors import PlanError
from netcheck.model.address import AddressRange, AnyAddress, ServiceTag
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, parse_protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.policy.resolve import AddressBook
from netcheck.remedy.edits import with_edits
from netcheck.remedy.opening import Form, Wanted, to_edits
from netcheck.remedy.priorities import free_priorities
from netcheck.remedy.rulenames import is_azure_name
from netcheck.remedy.spelled import spelled
from netcheck.remedy.task import Draft
from tests.property.patches import patched
from tests.property.strategies import HERE, number

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
PROXY = AddressRange(4, number("10.0.0.5"), number("10.0.0.5"))
APP = AddressRange(4, number("10.0.0.4"), number("10.0.0.4"))


SINGLE, LISTS = Form(is_single=True), Form(is_single=False)


def rule(priority: int, name: str = "", direction: Direction = OUT) -> NsgRule:
    """Return a rule that denies everything."""
    return NsgRule(
        name=name or f"rule-{priority}",
        priority=priority,
        direction=direction,
        access=Access.DENY,
        protocol=ANY_PROTOCOL,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(AnyAddress(),),
        destination_ports=(ALL_PORTS,),
        at=HERE,
    )


def group(*rules: NsgRule) -> NetworkSecurityGroup:
    """Return a group of rules."""
    return NetworkSecurityGroup(name="nsg", rules=rules, at=HERE)


@pytest.mark.parametrize(
    ("taken", "before", "count", "expected"),
    [
        ([], 4000, 3, [200, 210, 220]),
        ([200, 210], 4000, 2, [220, 230]),
        ([], 211, 2, [200, 210]),
        ([], 211, 3, [200, 201, 202]),
        ([], 205, 5, [200, 201, 202, 203, 204]),
        ([], 205, 6, [100, 101, 102, 103, 104, 105]),
        ([], 101, 1, [100]),
        ([100, 102], 105, 3, [101, 103, 104]),
        ([], 65500, 1, [200]),
    ],
)
def test_numbers_are_free_and_before_the_rule(taken: list[int], before: int, count: int, expected: list[int]) -> None:
    """From 200 in steps of ten where that fits, else packed; always unused and smaller than the rule that blocks."""
    found = free_priorities(group(*map(rule, taken)), OUT, before, count)
    assert found == expected
    assert all(100 <= n < before and n not in taken for n in found)


def test_the_last_number_is_4096() -> None:
    """Before a default rule any number up to 4096 may be used, and none beyond."""
    assert free_priorities(group(), OUT, 65500, 3997)[-1] == 4096
    with pytest.raises(PlanError) as raised:
        free_priorities(group(), OUT, 65500, 3998)
    assert raised.value.code == "NC402"


def test_a_denial_at_100_leaves_no_room() -> None:
    """The smallest number is 100: before a rule that stands there nothing fits, and the plan says so."""
    with pytest.raises(PlanError) as raised:
        free_priorities(group(rule(100)), OUT, 100, 1)
    assert (raised.value.code, "renumber" in raised.value.help) == ("NC402", True)


def test_numbers_of_the_other_direction_are_free() -> None:
    """The same number may be used once inbound and once outbound."""
    assert free_priorities(group(rule(200, direction=IN)), OUT, 4000, 1) == [200]


def wanted(**changes: object) -> Wanted:
    """Return the rules of the article's exception: two sources, two ports."""
    ports = (PortRange(80, 80), PortRange(443, 443))
    usual = Wanted("nsg", OUT, (APP, PROXY), (ServiceTag("Internet"),), ports, "allow", parse_protocol("tcp"))
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields under test


def site(*rules: NsgRule) -> Site:
    """Return a site of one group."""
    return Site(file="drawn.yaml", network_security_groups=(group(*rules),))


def test_classic_takes_a_rule_for_each_source_and_port() -> None:
    """One prefix and one port range a rule: two sources and two ports are four rules, together the whole product."""
    openings = to_edits(site(), wanted(), 4000, SINGLE)
    assert len({o.rule.name for o in openings}) == len({o.rule.priority for o in openings}) == 4
    pairs = {(o.rule.sources, o.rule.destination_ports) for o in openings}
    assert pairs == {((s,), (p,)) for s in (APP, PROXY) for p in (PortRange(80, 80), PortRange(443, 443))}


def test_resource_manager_takes_one_rule() -> None:
    """Lists of prefixes and ports stand in one rule."""
    [opening] = to_edits(site(), wanted(), 4000, LISTS)
    fields = spelled(opening).to_dict()
    assert fields["sourceAddressPrefixes"] == ["10.0.0.4/32", "10.0.0.5/32"]
    assert fields["destinationPortRanges"] == ["80", "443"]
    assert (fields["destinationAddressPrefix"], fields["sourcePortRange"]) == ("Internet", "*")
    assert not {"sourceAddressPrefix", "destinationPortRange", "destinationAddressPrefixes"} & set(fields)


def test_a_name_that_is_taken_gets_a_number() -> None:
    """Names are unique in a group without regard to letter case."""
    [opening] = to_edits(site(rule(4000, "Allow"), rule(4001, "allow-2")), wanted(), 4000, LISTS)
    assert opening.rule.name == "allow-3"


def test_a_fixed_number_that_is_taken_is_refused() -> None:
    """The documented number is not given to a second rule of the direction; of the other direction it may be."""
    with pytest.raises(PlanError) as raised:
        to_edits(site(rule(200, "mine")), wanted(), 4000, replace(LISTS, priority=200))
    assert (raised.value.code, "`mine`" in raised.value.message) == ("NC402", True)
    [opening] = to_edits(site(rule(200, direction=IN)), wanted(), 4000, replace(LISTS, priority=200))
    assert opening.rule.priority == 200


def test_what_a_rule_allows_already_is_not_written_again() -> None:
    """Of two sources and two ports one pair is allowed before the rule that blocks: three rules are lacking."""
    [own] = (edit.rule for edit in to_edits(site(), wanted(sources=(APP,), ports=(PortRange(443, 443),)), 4000, SINGLE))
    edits = to_edits(site(own, rule(4000)), wanted(), 4000, SINGLE)
    pairs = [(edit.rule.sources, edit.rule.destination_ports) for edit in edits]
    assert ((APP,), (PortRange(443, 443),)) not in pairs
    assert len(pairs) == 3


def test_openings_are_added_and_nothing_else_changes() -> None:
    """The changed site has the old rules and the new ones; the old site is as it was."""
    before = site(rule(4000))
    openings = to_edits(before, wanted(), 4000, SINGLE)
    after = with_edits(before, openings)
    assert after.network_security_groups[0].rules == (rule(4000), *(o.rule for o in openings))
    assert before == site(rule(4000))


def test_rules_that_move_again_for_another_need_never_meet_a_number_that_is_taken() -> None:
    """The second need moves the denial onto a number whose rule moves on only then: that one has to go first."""
    before = site(rule(100, "deny"), rule(102, "other"))
    draft = Draft(before, AddressBook(before))
    for blocked_at, target in ((100, "Storage.WestUS"), (101, "AzureBackup")):
        needed = wanted(destinations=(ServiceTag(target),), name=f"allow-{target}")
        draft.add(to_edits(draft.site, needed, blocked_at, LISTS))
    after = patched(before, draft.edits)
    numbers = {one.name: one.priority for one in after.network_security_groups[0].rules}
    assert numbers == {"allow-Storage.WestUS": 100, "allow-AzureBackup": 101, "deny": 102, "other": 103}
    back = before.network_security_groups[0].rules
    for edit in reversed(draft.edits):
        others = [one for one in after.network_security_groups[0].rules if one.name != edit.rule.name]
        assert edit.replaces is None or edit.replaces.priority not in {one.priority for one in others}
        after = after.with_rules("nsg", (*others, *([edit.replaces] if edit.replaces else [])))
    assert sorted(after.network_security_groups[0].rules, key=lambda one: one.priority) == list(back)


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ("a", True), ("9", True), ("a_", True), ("a.b-c_d", True), ("a" * 80, True), ("A1", True),
        ("", False), ("_a", False), ("-a", False), ("a-", False), ("a.", False), ("a b", False), ("a\n", False),
        ("a" * 81, False), ("é", False), ("a$", False), (".", False), ("\uff11", False),
    ],
)  # fmt: skip
def test_names_keep_to_the_documented_rule(name: str, is_valid: bool) -> None:
    """At most 80 letters, digits, `_`, `.`, `-`; starts with a letter or digit, ends with one of these or `_`."""
    assert is_azure_name(name) is is_valid
