"""Dead rules of an NSG: by one rule, by a union, at platform addresses, beside unknown names."""

from __future__ import annotations

import pytest

from netcheck.api import find_dead_rules
from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.questions.dead import DeadNsgRule
from tests.property.small_sites import prefix
from tests.property.strategies import HERE

LOW, HIGH, BOTH = prefix("20.60.0.0/25"), prefix("20.60.0.128/25"), prefix("20.60.0.0/24")
ALLOW, DENY = Access.ALLOW, Access.DENY


def rule(
    name: str,
    access: Access,
    *destinations: Endpoint,
    ports: PortRange = ALL_PORTS,
    protocol: Protocol = ANY_PROTOCOL,
) -> NsgRule:
    """Return an outbound rule; its priority is the number in its name."""
    return NsgRule(
        name=name,
        priority=int(name.removeprefix("rule-")),
        direction=Direction.OUTBOUND,
        access=access,
        protocol=protocol,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=destinations or (AnyAddress(),),
        destination_ports=(ports,),
        at=HERE,
    )


def dead(*rules: NsgRule) -> list[tuple[str, list[str], str]]:
    """Return (dead rule, covering rules, rule it is dead against) of a group, whatever the order in the file."""
    group = NetworkSecurityGroup(name="nsg", rules=rules[::-1], at=HERE)
    site = Site(file="drawn.yaml", network_security_groups=(group,))
    return [told(one) for one in find_dead_rules(site, "nsg", "Outbound", vnet=["10.0.0.0/24"])]


def told(one: DeadNsgRule) -> tuple[str, list[str], str]:
    """Return a finding in names."""
    return one.rule.name, [other.name for other in one.covered_by], one.against.name if one.against else ""


def test_a_rule_behind_one_that_takes_all_its_packets_is_dead() -> None:
    """The covering rule is named, and whether it does something else."""
    assert dead(rule("rule-100", DENY, BOTH), rule("rule-200", ALLOW, LOW)) == [("rule-200", ["rule-100"], "rule-100")]
    assert dead(rule("rule-100", DENY, BOTH), rule("rule-200", DENY, LOW)) == [("rule-200", ["rule-100"], "")]


def test_a_union_of_rules_kills_what_none_of_them_kills_alone() -> None:
    """Two halves cover the whole; the third rule takes nothing of it that is still there."""
    found = dead(
        rule("rule-100", ALLOW, LOW),
        rule("rule-110", ALLOW, prefix("198.51.100.0/24")),
        rule("rule-120", DENY, HIGH),
        rule("rule-200", ALLOW, BOTH),
    )
    assert found == [("rule-200", ["rule-100", "rule-120"], "rule-120")]


def test_a_rule_that_keeps_one_port_is_alive() -> None:
    """All ports but one are taken: the rule still decides that one."""
    tcp = Protocol((6,))
    before = rule("rule-100", DENY, BOTH, ports=PortRange(0, 442), protocol=tcp)
    after = rule("rule-110", DENY, BOTH, ports=PortRange(444, 65535), protocol=tcp)
    assert dead(before, after, rule("rule-200", ALLOW, BOTH, protocol=tcp)) == []
    closing = rule("rule-120", DENY, BOTH, ports=PortRange(443, 443), protocol=tcp)
    names = ["rule-100", "rule-110", "rule-120"]
    assert dead(before, after, closing, rule("rule-200", ALLOW, BOTH, protocol=tcp)) == [
        ("rule-200", names, "rule-100")
    ]


def test_an_unknown_name_covers_itself_and_nothing_else() -> None:
    """What one unknown tag takes it takes of itself, whatever it means; of other addresses it may take nothing."""
    contoso, fabrikam = ServiceTag("Contoso"), ServiceTag("Fabrikam")
    assert dead(rule("rule-100", DENY, contoso), rule("rule-200", ALLOW, contoso)) == [
        ("rule-200", ["rule-100"], "rule-100")
    ]
    assert dead(rule("rule-100", DENY, contoso), rule("rule-200", ALLOW, fabrikam)) == []
    assert dead(rule("rule-100", DENY, contoso), rule("rule-200", ALLOW, BOTH)) == []
    assert dead(rule("rule-100", DENY), rule("rule-200", ALLOW, contoso)) == [("rule-200", ["rule-100"], "rule-100")]


def test_default_rules_are_not_told_and_do_not_kill_what_comes_before() -> None:
    """A rule that repeats a default rule decides before it; that all default rules are dead is no news."""
    assert dead(rule("rule-4096", DENY)) == []
    assert dead() == []


def test_a_rule_for_the_platform_lives_at_its_own_address_only() -> None:
    """Rules see the platform's resolver only if they name its tag: then a wider rule before does not kill them."""
    resolver, host = ServiceTag("AzurePlatformDNS"), AddressRange(4, 0xA83F8110, 0xA83F8110)
    assert dead(rule("rule-100", DENY), rule("rule-200", ALLOW, resolver)) == []
    assert dead(rule("rule-100", DENY, resolver), rule("rule-200", ALLOW, resolver)) == [
        ("rule-200", ["rule-100"], "rule-100")
    ]
    assert dead(rule("rule-100", ALLOW, host)) == [("rule-100", [], "")]


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_the_other_direction_is_another_list(direction: str) -> None:
    """Outbound rules neither kill inbound ones nor are found among them."""
    group = NetworkSecurityGroup(name="nsg", rules=(rule("rule-100", DENY), rule("rule-200", ALLOW, BOTH)), at=HERE)
    site = Site(file="drawn.yaml", network_security_groups=(group,))
    found = find_dead_rules(site, "", direction, vnet=["10.0.0.0/24"])
    assert [one.rule.name for one in found] == (["rule-200"] if direction == "Outbound" else [])


@pytest.mark.parametrize("text", ["bogus", "10.0.0.5/24"])
def test_a_network_that_is_none_is_an_error_of_the_question(text: str) -> None:
    """What is no prefix, or has host bits and could mean two things, is not guessed at."""
    site = Site(file="drawn.yaml", network_security_groups=(NetworkSecurityGroup(name="nsg", rules=(), at=HERE),))
    with pytest.raises(QuestionError, match="NC302"):
        find_dead_rules(site, "nsg", vnet=[text])
