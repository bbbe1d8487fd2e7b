"""Security admin rules: what they decide, and for which packets network security groups are looked at after them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AnyAddress, Family, ServiceTag, Unresolved, parse_prefix
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Direction
from netcheck.model.site import Site, Subnet, VirtualNetwork
from netcheck.policy.adminrules import AdminJudgement, is_exempt, judge_admin_rules, rules_for
from netcheck.policy.decision import HopKind, HopPart
from netcheck.policy.facts import joint_outcomes
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EVERYTHING, Header, PacketSet

HERE = Source("site.yaml", 7, 3)
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
ALLOW, ALWAYS, DENY = AdminAccess.ALLOW, AdminAccess.ALWAYS_ALLOW, AdminAccess.DENY
SPACE = (parse_prefix("10.0.0.0/24")[0], parse_prefix("fd00::/64")[0])
SUBNET = Subnet(name="s", virtual_network="V", prefixes=SPACE, at=HERE)
NETWORK = VirtualNetwork(name="V", address_space=SPACE, subnets=(SUBNET,), at=HERE)
BOOK = AddressBook(Site(file="site.yaml", virtual_networks=(NETWORK,)))
HTTPS: dict[str, Any] = {"protocol": Protocol((6,)), "destination_ports": (PortRange(443, 443),)}


def rule(name: str, access: AdminAccess = DENY, priority: int = 100, **more: Any) -> AdminRule:
    """Return an outbound rule that takes every packet, but for what is given."""
    fields: dict[str, Any] = {
        "direction": OUT,
        "protocol": ANY_PROTOCOL,
        "sources": (AnyAddress(),),
        "source_ports": (ALL_PORTS,),
        "destinations": (AnyAddress(),),
        "destination_ports": (ALL_PORTS,),
        "at": HERE,
        **more,
    }
    return AdminRule(name=name, access=access, priority=priority, **fields)


def flow(destination: str = "20.60.0.1", port: int = 443, source: str = "10.0.0.4", protocol: int = 6) -> Header:
    """Return one packet from the network."""
    family: Family = 4 if ip_address(destination).version == 4 else 6
    return Header(family, protocol, port, 50000 if port else 0, int(ip_address(source)), int(ip_address(destination)))


def judge(*rules: AdminRule, direction: Direction = OUT, packets: PacketSet = EVERYTHING) -> AdminJudgement:
    """Return what some rules do."""
    return judge_admin_rules(rules, direction, packets, BOOK, SUBNET)


def part_of(judgement: AdminJudgement, one: Header) -> HopPart:
    """Return the one part that holds a packet."""
    [part] = [part for part in judgement.result.parts if one in part.packets]
    return part


def deciders(judgement: AdminJudgement, one: Header) -> set[tuple[str, bool]]:
    """Return who may decide a packet, and whether it passes then; no name where no rule matches."""
    return {(c.decision.rule if c.decision else "", c.passes) for c in part_of(judgement, one).cases}


def meets_nsgs(judgement: AdminJudgement, one: Header) -> bool | None:
    """Return whether network security groups are looked at for a packet; None: in some worlds."""
    found = [branch for branch in judgement.to_nsgs if one in branch.packets]
    assert len(found) <= 1
    return (True if found[0].is_certain else None) if found else False


def test_deny_ends_it_and_names_the_rule() -> None:
    """What a `Deny` rule matches is dropped (corner case 38); other blockers on the way are still looked for."""
    found = judge(rule("no-web", DENY, 7, **HTTPS))
    [case] = part_of(found, flow()).cases
    assert case.decision is not None
    assert case.decision.to_dict() == {
        "hop": "admin-rules",
        "direction": "Outbound",
        "resource": "V",
        "rule": "no-web",
        "priority": 7,
        "access": "Deny",
        "at": "site.yaml:7:3",
    }
    assert meets_nsgs(found, flow()) is True


def test_always_allow_keeps_network_security_groups_out() -> None:
    """After `AlwaysAllow` no network security group is looked at (corner case 39)."""
    found = judge(rule("always", ALWAYS, **HTTPS))
    assert deciders(found, flow()) == {("always", True)}
    assert meets_nsgs(found, flow()) is False
    assert meets_nsgs(found, flow(port=444)) is True


def test_allow_leaves_the_last_word_to_network_security_groups() -> None:
    """`Allow` is not final (corner case 40), and ends the admin rules all the same."""
    found = judge(rule("deny", DENY, 2), rule("allow", ALLOW, 1, **HTTPS))
    assert deciders(found, flow()) == {("allow", True)}
    assert meets_nsgs(found, flow()) is True
    assert deciders(found, flow(port=80)) == {("deny", False)}


def test_what_no_rule_matches_has_no_decision() -> None:
    """Rules of the other direction, too, have nothing to say."""
    found = judge(rule("no-web", DENY, **HTTPS), rule("inbound", DENY, direction=IN))
    assert deciders(found, flow(port=80)) == {("", True)}
    nothing = judge()
    assert [(part.packets == EVERYTHING, part.cases[0].decision) for part in nothing.result.parts] == [(True, None)]
    assert [branch.packets == EVERYTHING for branch in nothing.to_nsgs] == [True]


def test_the_result_says_where_it_was_judged() -> None:
    """The hop is the network's; the subnet is the one whose view the tags have."""
    result = judge(rule("inbound", direction=IN), direction=IN).result
    assert (result.hop, result.direction, result.resource, result.subnet) == (
        HopKind.ADMIN_RULES,
        "Inbound",
        "V",
        "V/s",
    )


def test_the_parts_are_exactly_the_packets_asked_about() -> None:
    """Parts are disjoint and together what was asked; so are the packets that go on when nothing is always allowed."""
    asked = ps.box(4, destinations=IntervalSet.span(0, 1 << 31)) | ps.box(6, protocols=IntervalSet.point(6))
    found = judge(rule("a", ALLOW, 1, **HTTPS), rule("d", DENY, 2, sources=(SPACE[0],)), packets=asked)
    assert found.result.packets == asked
    assert sum(part.packets.count() for part in found.result.parts) == asked.count()
    assert [branch.packets == asked for branch in found.to_nsgs] == [True]


def test_rules_match_both_families() -> None:
    """`*` is every address of both; a prefix is of its own family."""
    found = judge(rule("six", DENY, 1, destinations=(parse_prefix("2603::/16")[0],)), rule("all", ALLOW, 2))
    assert deciders(found, flow("2603:1030::1", source="fd00::4")) == {("six", False)}
    assert deciders(found, flow("2001::1", source="fd00::4")) == {("all", True)}
    assert deciders(found, flow()) == {("all", True)}


def test_tags_are_seen_from_the_subnet() -> None:
    """`VirtualNetwork` is the network's own space; a tag that no file lists leaves the rule open."""
    found = judge(
        rule("own", ALLOW, 1, destinations=(ServiceTag("VirtualNetwork"),)),
        rule("group", DENY, 2, destinations=(Unresolved("network group g", "its members are not known"),)),
    )
    assert deciders(found, flow("10.0.0.9")) == {("own", True)}
    assert deciders(found, flow()) == {("group", False), ("", True)}


def test_the_platform_is_no_destination_of_admin_rules() -> None:
    """A rule against everything does not stop what goes to 168.63.129.16; what comes from there is met."""
    out = judge(rule("all", DENY))
    assert (deciders(out, flow("168.63.129.16", 80)), meets_nsgs(out, flow("168.63.129.16", 80))) == (
        {("", True)},
        True,
    )
    probe = flow("10.0.0.4", 80, "168.63.129.16")
    assert deciders(judge(rule("all", DENY, direction=IN), direction=IN), probe) == {("all", False)}


def test_two_rules_of_one_number_may_come_in_either_order() -> None:
    """Rules of one priority that differ: either may decide where both match, and nowhere else."""
    found = judge(rule("web", DENY, 5, **HTTPS), rule("all", ALWAYS, 5))
    assert deciders(found, flow()) == {("web", False), ("all", True)}
    assert deciders(found, flow(port=80)) == {("all", True)}
    assert (meets_nsgs(found, flow()), meets_nsgs(found, flow(port=80))) == (None, False)


def test_a_rule_that_may_come_first_still_waits_for_what_it_waits_for() -> None:
    """Where the tag holds the address a rule before both decides; elsewhere the rule for the tag never does."""
    tag: dict[str, Any] = {"destinations": (ServiceTag("Contoso"),)}
    found = judge(rule("first", ALLOW, 4, **tag), rule("tag", DENY, 5, **tag), rule("all", ALLOW, 5))
    assert deciders(found, flow()) == {("first", True), ("all", True)}


def test_two_rules_of_one_number_that_agree_leave_nothing_open() -> None:
    """Whichever comes first, the packet passes or not all the same."""
    found = judge(rule("web", DENY, 5, **HTTPS), rule("all", DENY, 5))
    assert deciders(found, flow()) == {("web", False)}


def test_the_order_of_network_managers_is_not_known() -> None:
    """Each manager's own order holds; between managers any one may decide, and only where it matches."""
    found = judge(
        rule("a1", DENY, 1, manager="A", **HTTPS),
        rule("a2", ALWAYS, 2, manager="a"),
        rule("b9", ALLOW, 9, manager="B", destination_ports=(PortRange(400, 450),)),
        rule("c1", ALLOW, 1, manager="C", destination_ports=(PortRange(440, 450),)),
    )
    assert deciders(found, flow()) == {("a1", False), ("b9", True), ("c1", True)}
    assert deciders(found, flow(port=445)) == {("a2", True), ("b9", True), ("c1", True)}
    assert deciders(found, flow(port=410)) == {("a2", True), ("b9", True)}
    assert deciders(found, flow(port=80)) == {("a2", True)}
    assert meets_nsgs(found, flow(port=410)) is None


def test_the_worlds_of_a_packet_that_may_skip_network_security_groups_are_all_worlds() -> None:
    """`when` and `unless` of a branch together leave no world out, and share none."""
    found = judge(rule("web", DENY, 5, **HTTPS), rule("all", ALWAYS, 5))
    [branch] = [branch for branch in found.to_nsgs if not branch.is_certain]
    worlds = [(world, True) for world in branch.when], [(world, False) for world in branch.unless]
    assert joint_outcomes([[*worlds[0], *worlds[1]]]) == {True, False}
    assert {len(world) for world in (*branch.when, *branch.unless)} == {1}


def test_a_rule_that_is_not_wholly_read_may_match() -> None:
    """Inside the box of its fields it decides or does not."""
    found = judge(rule("unread", DENY, unknown="a field that is not read", **HTTPS))
    assert deciders(found, flow()) == {("unread", False), ("", True)}
    assert deciders(found, flow(port=80)) == {("", True)}


def test_ports_of_a_protocol_without_ports_are_open() -> None:
    """A rule for any protocol with a port: whether it takes a ping is not documented."""
    found = judge(rule("any-443", DENY, destination_ports=(PortRange(443, 443),)))
    assert deciders(found, flow(port=0, protocol=1)) == {("any-443", False), ("", True)}
    assert deciders(found, flow()) == {("any-443", False)}


def test_rules_apply_to_the_networks_they_name() -> None:
    """Letter case aside; a rule that names none applies to every network."""
    named, every = rule("named", virtual_networks=("HUB", "spoke")), rule("every")
    site = Site(file="site.yaml", admin_rules=(named, every))
    assert rules_for(site, "hub") == (named, every)
    assert rules_for(site, "other") == (every,)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AzureFirewallSubnet", True),
        ("azurefirewallmanagementsubnet", True),
        ("GATEWAYSUBNET", True),
        ("AzureBastionSubnet", True),
        ("RouteServerSubnet", True),
        ("AzureFirewallSubnet2", False),
        ("app", False),
    ],
)
def test_subnets_of_network_services_are_exempt(name: str, expected: bool) -> None:
    """Admin rules are not applied in them (corner case 41)."""
    assert is_exempt(Subnet(name=name, virtual_network="V", prefixes=SPACE, at=HERE)) is expected
