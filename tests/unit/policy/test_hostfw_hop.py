"""The host firewall's whole results: hop, direction, machine and place, and what an open answer waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.model.ports import PortRange
from netcheck.model.rules import Direction, HostAction, Profile
from netcheck.model.site import HostFirewall, NoHostFirewall
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.facts import Fact
from netcheck.policy.hostfw import undeclared_proxy_port
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from tests.unit.policy.test_hostfw import (
    APP,
    IN,
    OUT,
    PROXY,
    TO_PROXY,
    firewall,
    judge,
    machine,
    open_port,
    outcomes,
    packet,
    place,
    rule,
)


def says(passes: bool, direction: Direction = IN, *, at: str, rule: str = "", note: str = "") -> Decision:
    """Return a decision of the host firewall of the proxy VM."""
    return Decision(
        hop=HopKind.HOST_FIREWALL,
        passes=passes,
        direction=str(direction),
        resource="proxy-vm",
        rule=rule,
        at=at,
        note=note,
    )


def of_vm(*parts: HopPart, direction: Direction = IN) -> HopResult:
    return HopResult(HopKind.HOST_FIREWALL, str(direction), "proxy-vm", parts)


def waits_for(result: HopResult) -> list[tuple[str, str, str, str]]:
    """Return name, side, reason and place of the facts that a result waits for."""
    facts = dict.fromkeys(fact for part in result.parts for case in part.cases for fact, _ in case.when)
    return [(fact.name, fact.side, fact.reason, str(fact.at)) for fact in facts]


@pytest.mark.parametrize("direction", [IN, OUT])
@pytest.mark.parametrize("absent", [None, NoHostFirewall(at=place(5))])
def test_an_absent_firewall_has_no_machine_to_name(absent: HostFirewall | None, direction: Direction) -> None:
    """Everything passes, and the result names neither rule nor firewall."""
    expected = HopResult(HopKind.HOST_FIREWALL, str(direction), "", (settled(TO_PROXY, None),))
    assert judge(absent, TO_PROXY, direction) == expected


@pytest.mark.parametrize(
    ("direction", "passes", "note"),
    [(IN, False, "default inbound action (Block)"), (OUT, True, "default outbound action (Allow)")],
)
def test_a_default_action_stands_where_the_firewall_is_given(direction: Direction, passes: bool, note: str) -> None:
    """What no rule matches gets the default of the direction, said with the place of the firewall."""
    decision = says(passes, direction, at="site.yaml:20:1", note=note)
    assert judge(firewall(), TO_PROXY, direction) == of_vm(settled(TO_PROXY, decision), direction=direction)


def test_a_rule_decides_under_its_own_name_and_place() -> None:
    """The decision of a rule names the rule, the machine and the rule's place, and has no note."""
    block = rule("no-telnet", HostAction.BLOCK, OUT)
    assert judge(firewall(open_port()), TO_PROXY) == of_vm(
        settled(TO_PROXY, says(True, rule="proxy-in", at="site.yaml:30:1"))
    )
    assert judge(firewall(block), TO_PROXY, OUT) == of_vm(
        settled(TO_PROXY, says(False, OUT, rule="no-telnet", at="site.yaml:30:1")), direction=OUT
    )
    off = says(True, at="site.yaml:20:1", note="the firewall is off")
    assert judge(firewall(is_enabled=False), TO_PROXY) == of_vm(settled(TO_PROXY, off))


def test_the_active_profile_is_asked_for_by_machine() -> None:
    """The fact has the profile's name as its value, and says that the rules of the profiles differ."""
    result = judge(firewall(open_port(profiles=(Profile.PUBLIC,))), TO_PROXY)
    reason = "the site does not give the active profile of the host firewall of VM `proxy-vm`, and its rules differ"
    assert waits_for(result) == [("active profile of VM proxy-vm", "", reason, "site.yaml:20:1")]


def test_authentication_is_asked_for_each_rule_that_overrides_blocks() -> None:
    """Two such rules wait for two facts: what one takes need not be what the other takes."""
    secure = (open_port(name, action=HostAction.BYPASS) for name in ("first", "second"))
    result = judge(firewall(rule("no", HostAction.BLOCK), *secure), TO_PROXY)
    assert outcomes(result) == [(True, "first"), (True, "second"), (False, "no")]
    assert waits_for(result) == [
        (
            f"authentication for rule {number} on proxy-vm",
            "",
            f"rule `{name}` of VM `proxy-vm` takes connections only that IPsec has authenticated",
            "site.yaml:30:1",
        )
        for number, name in ((1, "first"), (2, "second"))
    ]


def test_a_condition_that_each_rule_counts_for_itself_is_asked_for_each_rule() -> None:
    """Two rules with one rate limit may answer differently, so both, one or none may match."""
    limited = [open_port(name, conditions=("--limit 5/min",)) for name in ("one", "two")]
    result = judge(firewall(*limited), TO_PROXY)
    assert [name for name, *_ in waits_for(result)] == [
        "--limit 5/min of Inbound rule 0 on proxy-vm",
        "--limit 5/min of Inbound rule 1 on proxy-vm",
    ]


def test_packets_are_sent_by_root_unless_said_otherwise() -> None:
    """The backup extension runs as root, so a rule for other owners does not meet its packets."""
    others = firewall(rule("no-users", HostAction.BLOCK, OUT, conditions=("not owner: root",)))
    assert outcomes(judge(others, TO_PROXY, OUT)) == [(True, "default outbound action (Allow)")]


def test_profiles_that_differ_are_laid_over_each_other() -> None:
    """Packets are cut by the rules of every profile, and each piece has a case for each profile that matters."""
    web = open_port("web", profiles=(Profile.DOMAIN,), local_ports=(PortRange(80, 443),))
    tls = open_port("tls", profiles=(Profile.PRIVATE,), local_ports=(PortRange(443, 8080),))
    asked = packet(APP, PROXY, 80) | packet(APP, PROXY, 443) | TO_PROXY | packet(APP, PROXY, 22)
    found = {
        part.packets: {value: case.passes for case in part.cases for _, value in case.when}
        for part in judge(firewall(web, tls), asked).parts
    }
    assert found == {
        packet(APP, PROXY, 80): {"Domain": True, "Private": False, "Public": False},
        packet(APP, PROXY, 443): {"Domain": True, "Private": True, "Public": False},
        TO_PROXY: {"Domain": False, "Private": True, "Public": False},
        packet(APP, PROXY, 22): {},
    }


def test_a_proxy_without_given_firewall_is_asked_about_its_port_over_both_families() -> None:
    """TCP to the proxy's port is open over IPv4 and IPv6; UDP to it and TCP elsewhere pass as on any machine."""
    both = [ps.box(f, IntervalSet.point(6), IntervalSet.point(8080)) for f in (4, 6)]
    rest = [ps.box(f, IntervalSet.point(17), IntervalSet.point(8080)) for f in (4, 6)]
    rest += [ps.box(f, IntervalSet.point(6), IntervalSet.span(8081, 8082)) for f in (4, 6)]
    asked = both[0] | both[1]
    passing = rest[0] | rest[1] | rest[2] | rest[3]
    result = undeclared_proxy_port(machine(None), asked | passing)
    yes, no = (says(p, at="site.yaml:7:1", note="not given") for p in (True, False))
    fact = Fact("host firewall of VM proxy-vm")
    assert result == of_vm(depends(asked, fact, yes, no), settled(passing, None))
    assert [(name, side, at) for name, side, _, at in waits_for(result)] == [(fact.name, "", "site.yaml:7:1")]


def test_a_machine_that_runs_no_proxy_has_no_proxy_port() -> None:
    """Nothing is open on a machine without proxy: everything passes, and no firewall is named."""
    bare = replace(machine(None), proxy_server=None)
    expected = HopResult(HopKind.HOST_FIREWALL, "Inbound", "", (settled(TO_PROXY, None),))
    assert undeclared_proxy_port(bare, TO_PROXY) == expected
    assert undeclared_proxy_port(bare, ps.EMPTY_PACKETS).parts == ()
