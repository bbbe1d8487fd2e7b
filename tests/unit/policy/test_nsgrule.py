"""One rule of a group as boxes with facts, and the lists of rules that packets of a direction meet."""

from __future__ import annotations

import pytest

from netcheck.model.address import ServiceTag
from netcheck.model.ports import ALL_PORTS, PortRange, Protocol
from netcheck.model.site import NetworkSecurityGroup
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause
from netcheck.policy.nsg import rule_lists
from netcheck.policy.nsgrule import NsgContext, port_set, protocol_set, rule_clauses
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box
from tests.unit.policy.test_nsg_hop import DNS, IN, METADATA, NSG_PLACE, OUT, SITE, TCP, WIRE, B, packet, prefix, rule


def test_outbound_the_platform_has_a_list_of_its_own() -> None:
    """Packets to the platform meet the rules that name its services, all others every rule; inbound all meet one."""
    rules = rule("dns", destinations=DNS), rule("no", 200), rule("in", direction=IN)
    nsg = NetworkSecurityGroup(name="Nsg", rules=rules, at=NSG_PLACE)
    context = NsgContext(AddressBook(SITE), B, HopKind.SUBNET_NSG)
    platform, others = rule_lists(nsg, OUT, context)
    assert [one.name for one in platform.rules] == ["dns"]
    assert [one.name for one in others.rules][:2] == ["dns", "no"]
    assert len(others.rules) == 5
    assert platform.packets & others.packets == ps.EMPTY_PACKETS
    assert platform.packets | others.packets == ps.EVERYTHING
    assert packet(WIRE, 53) | packet(METADATA, 80) <= platform.packets
    assert packet("168.63.129.17", 53) | packet("2603::1", source="fd00::4") <= others.packets
    [inbound] = rule_lists(nsg, IN, context)
    assert (inbound.rules[0].name, inbound.packets) == ("in", ps.EVERYTHING)
    assert len({platform.name, others.name}) == 2


def test_the_boxes_of_a_rule_are_its_fields() -> None:
    """A rule that names everything is one box of the family; its number is that of its place in the list."""
    context = NsgContext(AddressBook(SITE), B, HopKind.SUBNET_NSG)
    tcp = rule(
        "r",
        protocol=Protocol((TCP,)),
        sources=(prefix("10.0.0.0/24"),),
        source_ports=(PortRange(1024, 65535),),
        destinations=(prefix("20.60.0.0/16"), prefix("2603::/16")),
        destination_ports=(PortRange(80, 80), PortRange(443, 443)),
    )
    ports = IntervalSet.of([(80, 80), (443, 443)]), IntervalSet.span(1024, 65535)
    places = [to_set([prefix(text)], 4) for text in ("10.0.0.0/24", "20.60.0.0/16")]
    assert list(rule_clauses(tcp, 7, 4, context, "Nsg")) == [Clause(7, Box(4, IntervalSet.point(TCP), *ports, *places))]
    assert list(rule_clauses(tcp, 7, 6, context, "Nsg")) == []


def test_the_boxes_of_an_open_rule_wait_for_its_facts() -> None:
    """What is not read, what ports mean without ports, and what a tag covers are facts of the box they are about."""
    context = NsgContext(AddressBook(SITE), B, HopKind.SUBNET_NSG)
    odd = rule("Odd", sources=(ServiceTag("Contoso"),), destination_ports=(PortRange(80, 80),), unknown="x")
    unread, ports, tag = Fact("rule nsg/Odd #0"), Fact("ports of nsg/Odd"), Fact("service tag contoso", "source")
    every, eighty = ps.ALL_ADDRESSES[6], IntervalSet.point(80)
    assert list(rule_clauses(odd, 0, 6, context, "Nsg")) == [
        Clause(0, Box(6, ps.PORTED, eighty, ps.ALL_PORTS, every, every), (unread, tag)),
        Clause(0, Box(6, ps.PORTLESS, ps.NO_PORT, ps.NO_PORT, every, every), (unread, ports, tag)),
    ]


@pytest.mark.parametrize("numbers", [(), (6,), (17,), (1,), (1, 58), (6, 17)])
def test_the_protocols_of_a_rule_are_its_numbers(numbers: tuple[int, ...]) -> None:
    """No number means every protocol."""
    expected = IntervalSet.of((n, n) for n in numbers or range(256))
    assert protocol_set(Protocol(numbers)) == expected


def test_the_ports_of_a_rule_are_the_union_of_its_ranges() -> None:
    """Ranges may overlap, and one of them may be all ports."""
    assert port_set((PortRange(80, 90), PortRange(85, 443))) == IntervalSet.span(80, 443)
    assert port_set((PortRange(80, 80),)) == IntervalSet.point(80)
    assert port_set((PortRange(80, 80), ALL_PORTS)) == port_set((ALL_PORTS, PortRange(80, 80))) == ps.ALL_PORTS
    assert port_set((ALL_PORTS,)) == ps.ALL_PORTS
