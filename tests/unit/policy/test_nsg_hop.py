"""The hop of a network security group itself: who decides, in which world, under which name, seen from which subnet."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, AnyAddress, ServiceTag, everything, parse_prefix
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NextHop, NsgRule, Route
from netcheck.model.site import (
    NetworkInterface,
    NetworkSecurityGroup,
    RouteTable,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.policy.decision import Decision, HopKind, HopResult, settled
from netcheck.policy.nsg import applied_to, judge_nsg, no_nsg, ordered_rules
from netcheck.policy.nsgrule import NsgContext, names_platform
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
NSG_PLACE, RULE_PLACE = Source("site.yaml", 20, 3), Source("site.yaml", 22, 7)
TCP, ICMP = 6, 1


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def rule(name: str, priority: int = 100, access: Access = Access.DENY, **more: Any) -> NsgRule:
    """Return an outbound rule that takes every packet, but for what is given."""
    fields: dict[str, Any] = {
        "direction": OUT,
        "protocol": ANY_PROTOCOL,
        "sources": (AnyAddress(),),
        "source_ports": (ALL_PORTS,),
        "destinations": (AnyAddress(),),
        "destination_ports": (ALL_PORTS,),
        "at": RULE_PLACE,
        **more,
    }
    return NsgRule(name=name, priority=priority, access=access, **fields)


def subnet(name: str, text: str, table: str = "", nsg: str = "") -> Subnet:
    return Subnet(
        name=name,
        virtual_network="V",
        prefixes=(prefix(text),),
        at=NSG_PLACE,
        route_table=table,
        network_security_group=nsg,
    )


A, B = subnet("A", "10.0.0.0/24", "rt"), subnet("B", "10.0.1.0/24")
NETWORK = VirtualNetwork(name="V", address_space=(prefix("10.0.0.0/16"),), subnets=(A, B), at=NSG_PLACE)
TO_APPLIANCE = Route(
    name="r",
    prefix=everything(4),
    next_hop=NextHop.VIRTUAL_APPLIANCE,
    next_hop_address=prefix("10.0.1.9"),
    at=NSG_PLACE,
)
SITE = Site(
    file="site.yaml",
    virtual_networks=(NETWORK,),
    route_tables=(RouteTable(name="rt", routes=(TO_APPLIANCE,), at=NSG_PLACE),),
)


def packet(destination: str, port: int = 443, protocol: int = TCP, source: str = "10.0.0.4") -> PacketSet:
    """Return one packet; a protocol without ports has the port 0."""
    ports = (port, 50000) if protocol in (6, 17) else (0, 0)
    ends = int(ip_address(source)), int(ip_address(destination))
    family = ip_address(destination).version
    return ps.box(family, *(IntervalSet.point(number) for number in (protocol, *ports, *ends)))


def judge(packets: PacketSet, *rules: NsgRule, direction: Direction = OUT, where: Subnet | None = B) -> HopResult:
    """Return what a group with some rules does with packets; the parts cover them without overlap."""
    nsg = NetworkSecurityGroup(name="Nsg", rules=rules, at=NSG_PLACE)
    result = judge_nsg(nsg, direction, packets, NsgContext(AddressBook(SITE), where, HopKind.SUBNET_NSG))
    assert result.packets == packets
    assert sum(part.packets.count() for part in result.parts) == packets.count()
    return result


def says(passes: bool, name: str = "", priority: int | None = None, at: str = "", **more: Any) -> Decision:
    """Return a decision of the group on the subnet."""
    fields: dict[str, Any] = {"direction": "Outbound", "resource": "Nsg", **more}
    return Decision(hop=HopKind.SUBNET_NSG, passes=passes, rule=name, priority=priority, at=at, **fields)


def cases(result: HopResult) -> list[tuple[dict[str, bool | str], bool, str]]:
    """Return the cases of the only part: facts by name, whether packets pass, the rule."""
    [part] = result.parts
    return [
        ({fact.name: value for fact, value in case.when}, case.passes, case.decision.rule if case.decision else "")
        for case in part.cases
    ]


def waits_for(result: HopResult) -> list[tuple[str, str, str, str]]:
    """Return name, side, reason and place of the facts that a result waits for."""
    facts = dict.fromkeys(fact for part in result.parts for case in part.cases for fact, _ in case.when)
    return [(fact.name, fact.side, fact.reason, str(fact.at)) for fact in facts]


def test_a_rule_decides_under_its_name_number_and_place() -> None:
    """The result is that of the group, at its hop, in its direction, seen from its subnet."""
    asked = packet("20.60.0.1")
    decision = says(False, "no", 100, "site.yaml:22:7")
    assert judge(asked, rule("no")) == HopResult(
        HopKind.SUBNET_NSG, "Outbound", "Nsg", (settled(asked, decision),), "V/B"
    )
    inbound = judge(asked, rule("in", access=Access.ALLOW, direction=IN), direction=IN)
    expected = says(True, "in", 100, "site.yaml:22:7", direction="Inbound")
    assert inbound == HopResult(HopKind.SUBNET_NSG, "Inbound", "Nsg", (settled(asked, expected),), "V/B")


def test_both_families_are_decided_in_one_question() -> None:
    """A rule for every address takes IPv4 and IPv6, asked for together or apart."""
    asked = packet("20.60.0.1") | packet("2603:1030::1", source="fd00::4")
    assert judge(asked, rule("no")).parts == (settled(asked, says(False, "no", 100, "site.yaml:22:7")),)


def test_default_rules_stand_where_the_group_does() -> None:
    """A default rule that the site does not list has the place of its group."""
    asked = packet("20.60.0.1")
    assert judge(asked).parts == (settled(asked, says(True, "AllowInternetOutBound", 65001, "site.yaml:20:3")),)
    nsg = NetworkSecurityGroup(name="Nsg", rules=(), at=NSG_PLACE)
    for direction in Direction:
        assert {one.at for one in ordered_rules(nsg, direction, SITE.deployment_model)} == {NSG_PLACE}


def test_a_group_that_stands_alone_names_no_subnet() -> None:
    """Without a subnet what `VirtualNetwork` covers is open, and the result says no subnet."""
    result = judge(packet("10.0.1.4"), where=None)
    assert result.subnet == ""
    assert {(passes, name) for _, passes, name in cases(result)} == {
        (True, "AllowVnetOutBound"),
        (False, "DenyAllOutBound"),
    }
    assert {(name, side) for name, side, *_ in waits_for(result)} == {
        ("virtualnetwork", "source"),
        ("virtualnetwork", "destination"),
    }


def test_no_group_decides_nothing() -> None:
    """A level without group lets everything pass, and has no name."""
    asked = packet("20.60.0.1")
    for direction in Direction:
        expected = HopResult(HopKind.NIC_NSG, str(direction), "", (settled(asked, None),))
        assert no_nsg(asked, direction, HopKind.NIC_NSG) == expected


def test_one_group_means_something_else_on_each_subnet_and_in_each_direction() -> None:
    """`VirtualNetwork` is everything under a default route to an appliance, on the subnet that has it alone."""
    rules = (
        rule("vnet", destinations=(ServiceTag("VirtualNetwork"),)),
        rule("udp", direction=IN, protocol=Protocol((17,))),
    )
    nsg = NetworkSecurityGroup(name="Nsg", rules=rules, at=NSG_PLACE)
    book = AddressBook(SITE)  # one book for all questions: what it has worked out must not leak
    asked = packet("20.60.0.1")

    def decides(where: Subnet | None, direction: Direction, packets: PacketSet = asked) -> str:
        result = judge_nsg(nsg, direction, packets, NsgContext(book, where, HopKind.SUBNET_NSG))
        [(_, _, name)] = cases(result)
        return name

    assert decides(A, OUT) == "vnet"
    assert decides(B, OUT) == "AllowInternetOutBound"
    assert decides(A, IN) == "AllowVnetInBound"
    assert decides(B, IN) == "DenyAllInBound"
    assert decides(A, OUT, packet("fd00::5", source="fd00::4")) == "DenyAllOutBound"
    assert decides(A, OUT) == "vnet"


def test_what_is_not_read_of_a_rule_is_one_fact_of_it() -> None:
    """The rule decides where it matches, and the next one where it does not; the reason is what was not read."""
    unread = rule("Odd", access=Access.ALLOW, unknown="`sourceServiceTag` is not read")
    result = judge(packet("20.60.0.1"), unread, rule("no", 200))
    assert cases(result) == [({"rule nsg/Odd #0": True}, True, "Odd"), ({"rule nsg/Odd #0": False}, False, "no")]
    assert waits_for(result) == [("rule nsg/Odd #0", "", "`sourceServiceTag` is not read", "site.yaml:22:7")]


def test_two_rules_that_are_not_read_are_two_facts() -> None:
    """Each may match or not whatever the other does."""
    odd = [rule(name, number, access, unknown="x") for name, number, access in
           (("one", 100, Access.ALLOW), ("two", 200, Access.DENY))]  # fmt: skip
    assert [(passes, name) for _, passes, name in cases(judge(packet("20.60.0.1"), *odd))] == [
        (True, "one"),
        (False, "two"),
        (True, "AllowInternetOutBound"),
    ]


def test_an_unknown_tag_is_asked_for_each_end() -> None:
    """That the source is in a tag says nothing about the destination."""
    tag = (ServiceTag("Contoso"),)
    result = judge(packet("20.60.0.1"), rule("both", sources=tag, destinations=tag))
    assert {(name, side) for name, side, *_ in waits_for(result)} == {
        ("service tag contoso", "source"),
        ("service tag contoso", "destination"),
    }
    assert {name for _, _, name in cases(result)} == {"both", "AllowInternetOutBound"}


def test_ports_mean_nothing_certain_for_a_protocol_without_ports() -> None:
    """A rule that restricts ports may take ICMP or not; one for TCP alone never does."""
    ping = packet("20.60.0.1", protocol=ICMP)
    result = judge(ping, rule("Web", destination_ports=(PortRange(80, 443),)))
    assert cases(result) == [
        ({"ports of nsg/Web": True}, False, "Web"),
        ({"ports of nsg/Web": False}, True, "AllowInternetOutBound"),
    ]
    reason = "what the ports of rule `Web` mean for a protocol without ports is not documented"
    assert waits_for(result) == [("ports of nsg/Web", "", reason, "site.yaml:22:7")]
    tcp_only = rule("Web", destination_ports=(PortRange(80, 443),), protocol=Protocol((TCP,)))
    assert cases(judge(ping, tcp_only)) == [({}, True, "AllowInternetOutBound")]
    both = packet("20.60.0.1") | packet("20.60.0.1", 444)
    decided = {
        part.packets: [c.decision.rule for c in part.cases if c.decision] for part in judge(both, tcp_only).parts
    }
    assert decided == {packet("20.60.0.1"): ["Web"], packet("20.60.0.1", 444): ["AllowInternetOutBound"]}


# The platform's own addresses

DNS, IMDS = (ServiceTag("AzurePlatformDNS"),), (ServiceTag("AzurePlatformIMDS"),)
WIRE, METADATA = "168.63.129.16", "169.254.169.254"
NOT_SUBJECT = says(True, note="the platform address is not subject to NSGs")


@pytest.mark.parametrize(
    ("destinations", "expected"),
    [
        (DNS, True),
        (IMDS, True),
        ((ServiceTag("azureplatformLKM"),), True),
        ((AnyAddress(), *DNS), True),
        ((ServiceTag("Internet"), AnyAddress()), False),
        ((ServiceTag("AzurePlatformDNSx"),), False),
    ],
)
def test_rules_about_the_platform_name_its_tags(destinations: tuple[Any, ...], expected: bool) -> None:
    """Any of the three tags among the destinations, in any letter case."""
    assert names_platform(rule("r", destinations=destinations)) is expected


@pytest.mark.parametrize(
    ("destination", "port", "protocol"),
    [(WIRE, 80, TCP), (WIRE, 32526, TCP), (WIRE, 53, TCP), (METADATA, 80, TCP), (WIRE, 0, ICMP)],
)
def test_a_rule_for_everything_does_not_touch_the_platform(destination: str, port: int, protocol: int) -> None:
    """Agent, DNS and metadata pass a deny of every address; no rule says so."""
    asked = packet(destination, port, protocol)
    assert judge(asked, rule("no")).parts == (settled(asked, NOT_SUBJECT),)


def test_a_platform_tag_takes_its_port_of_its_address() -> None:
    """`AzurePlatformDNS` denies port 53 and no other; `AzurePlatformIMDS` port 80 of the metadata address."""
    deny = rule("no-dns", destinations=DNS), rule("no-imds", 200, destinations=IMDS)
    asked = [packet(WIRE, 53), packet(WIRE, 80), packet(METADATA, 80), packet(METADATA, 53)]
    result = judge(asked[0] | asked[1] | asked[2] | asked[3], *deny)
    found = {part.packets: part.cases[0].decision for part in result.parts}
    assert found == {
        asked[0]: says(False, "no-dns", 100, "site.yaml:22:7"),
        asked[2]: says(False, "no-imds", 200, "site.yaml:22:7"),
        asked[1] | asked[3]: NOT_SUBJECT,
    }


def test_a_rule_that_names_a_platform_tag_beside_others_touches_its_service_only() -> None:
    """`*` beside `AzurePlatformDNS` takes every ordinary address, and of the platform port 53 of one address."""
    both = rule("both", destinations=(AnyAddress(), *DNS))
    assert cases(judge(packet("20.60.0.1"), both)) == [({}, False, "both")]
    assert cases(judge(packet(WIRE, 53), both)) == [({}, False, "both")]
    for asked in (packet(WIRE, 80), packet(METADATA, 80), packet(METADATA, 53)):
        assert judge(asked, both).parts == (settled(asked, NOT_SUBJECT),)


@pytest.mark.parametrize(
    ("ports", "is_denied"), [((50, 60), True), ((53, 53), True), ((80, 443), False), ((54, 99), False)]
)
def test_a_platform_tag_and_the_rules_ports_must_both_take_the_port(ports: tuple[int, int], is_denied: bool) -> None:
    """A rule for other ports than the tag's one matches nothing."""
    asked = packet(WIRE, 53)
    result = judge(asked, rule("dns", destinations=DNS, destination_ports=(PortRange(*ports),)))
    assert [case.passes for part in result.parts for case in part.cases] == [not is_denied]


def test_an_open_rule_about_the_platform_leaves_the_packet_open() -> None:
    """Where the rule may not match, the packet may still be none of the group's business."""
    result = judge(packet(WIRE, 53), rule("Maybe", destinations=DNS, unknown="x"))
    assert cases(result) == [({"rule nsg/Maybe #0": True}, False, "Maybe"), ({"rule nsg/Maybe #0": False}, True, "")]


def test_inbound_the_platform_is_subject_to_rules() -> None:
    """A health probe comes from the platform's address and is looked at like any packet."""
    probe = packet("10.0.1.4", 80, source=WIRE)
    assert cases(judge(probe, rule("no", direction=IN), direction=IN)) == [({}, False, "no")]
    to_platform = packet(WIRE, 53)
    assert cases(judge(to_platform, rule("no", direction=IN), direction=IN)) == [({}, False, "no")]


def test_a_group_is_applied_to_subnets_and_to_the_subnets_of_nics() -> None:
    """A group sees the packets of subnets that name it, and of those with a NIC that names it, in any spelling."""
    own, far, near = (
        subnet("own", "10.0.0.0/24", nsg="NSG"),
        subnet("far", "10.0.1.0/24"),
        subnet("near", "10.0.2.0/24"),
    )
    network = VirtualNetwork(name="V", address_space=(), subnets=(own, far, near), at=NSG_PLACE)
    nics = [
        NetworkInterface(name="n1", subnet="v/NEAR", addresses=(), at=NSG_PLACE, network_security_group="nsg"),
        NetworkInterface(name="n2", subnet="V/far", addresses=(), at=NSG_PLACE, network_security_group="other"),
        NetworkInterface(name="n3", subnet="V/far", addresses=(), at=NSG_PLACE),
    ]
    machine = VirtualMachine(name="vm", os_type="", interfaces=tuple(nics), at=NSG_PLACE)
    site = Site(file="site.yaml", virtual_networks=(network,), virtual_machines=(machine,))
    assert applied_to(site, "Nsg") == [own, near]
    assert applied_to(site, "other") == [far]
    assert applied_to(site, "nobody") == []
