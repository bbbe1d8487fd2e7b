"""What one rule of a host firewall matches: boxes for both families, and the facts that each of them waits for."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.model.site import Hook, NetworkInterface, Site, Subnet, VirtualMachine, VirtualNetwork
from netcheck.policy.facts import Fact
from netcheck.policy.hostmatch import HostContext, HostMatch, rule_matches
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PORTS, NO_PORT, PORTED, PORTLESS, Box

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
RULE_PLACE, VM_PLACE = Source("site.yaml", 30, 1), Source("site.yaml", 7, 1)
TCP = IntervalSet.point(6)
LOW_PORTS, HIGH_PORTS = IntervalSet.span(80, 443), IntervalSet.span(1024, 65535)


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def span(*texts: str) -> IntervalSet:
    return IntervalSet.of((prefix(text).first, prefix(text).last) for text in texts)


def rule(direction: Direction = IN, **more: Any) -> HostRule:
    fields: dict[str, Any] = {"protocol": Protocol((6,)), **more}
    return HostRule(name="rule-a", direction=direction, action=HostAction.ALLOW, at=RULE_PLACE, **fields)


def subnet(name: str, *prefixes: str) -> Subnet:
    return Subnet(name=name, virtual_network="v", prefixes=tuple(prefix(p) for p in prefixes), at=VM_PLACE)


def matches(
    one: HostRule,
    near: Subnet | None = None,
    others: tuple[Subnet, ...] = (),
    addresses: tuple[str, ...] = ("10.0.0.5",),
    is_root: bool | None = True,
) -> list[HostMatch]:
    """Return what a rule of a VM matches, whose first NIC is in `near` and whose others are in `others`."""
    own = NetworkInterface(name="NIC-0", subnet="v/near", addresses=tuple(prefix(a) for a in addresses), at=VM_PLACE)
    more = tuple(NetworkInterface(name="nic", subnet=o.full_name, addresses=(), at=VM_PLACE) for o in others)
    vm = VirtualMachine(name="VM", os_type="", interfaces=(own, *more), at=VM_PLACE)
    network = VirtualNetwork(name="v", address_space=(), subnets=(*((near,) if near else ()), *others), at=VM_PLACE)
    book = AddressBook(Site(file="site.yaml", virtual_networks=(network,)))
    hook = Hook.INPUT if one.direction is Direction.INBOUND else Hook.OUTPUT
    return list(rule_matches(one, "rule 3", HostContext(vm, own, near, hook, book, is_root)))


def facts(found: list[HostMatch]) -> list[tuple[str, str, str, str]]:
    """Return name, side, reason and place of the facts that a match waits for."""
    return [(f.name, f.side, f.reason, str(f.at)) for f in dict.fromkeys(fact for one in found for fact in one.when)]


def remote_addresses(found: list[HostMatch], family: int = 4) -> dict[IntervalSet, list[str]]:
    """Return the sources of inbound matches with the names of the facts that they wait for."""
    return {one.box.sources: [fact.name for fact in one.when] for one in found if one.box.family == family}


def test_inbound_the_local_end_is_the_destination() -> None:
    """Local ports and addresses are those of the destination, remote ones of the source, for each family they name."""
    one = rule(
        local_ports=(PortRange(80, 443),),
        remote_ports=(PortRange(1024, 65535),),
        local_addresses=(prefix("10.0.0.5"),),
        remote_addresses=(prefix("10.0.0.0/24"), prefix("10.9.0.0/16")),
    )
    box = Box(4, TCP, LOW_PORTS, HIGH_PORTS, span("10.0.0.0/24", "10.9.0.0/16"), span("10.0.0.5"))
    assert matches(one) == [HostMatch(box, ())]


def test_outbound_the_local_end_is_the_source() -> None:
    """What is local and what is remote change places with the direction."""
    one = rule(
        OUT,
        local_ports=(PortRange(1024, 65535),),
        remote_ports=(PortRange(80, 443),),
        local_addresses=(prefix("10.0.0.5"),),
        remote_addresses=(prefix("20.60.0.0/16"),),
    )
    assert matches(one) == [HostMatch(Box(4, TCP, LOW_PORTS, HIGH_PORTS, span("10.0.0.5"), span("20.60.0.0/16")), ())]


def test_a_rule_without_addresses_takes_both_families() -> None:
    """No address and no address word mean any address."""
    assert matches(rule()) == [
        HostMatch(Box(f, TCP, ALL_PORTS, ALL_PORTS, ALL_ADDRESSES[f], ALL_ADDRESSES[f]), ()) for f in (4, 6)
    ]
    assert [one.box.family for one in matches(rule(remote_addresses=(prefix("fd00::/64"),)))] == [6]


def test_a_disabled_rule_matches_nothing() -> None:
    """Whatever it says."""
    assert matches(rule(is_enabled=False)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("program: C:\\squid.exe", "program: C:\\squid.exe of Inbound packets on vm"),
        ("not owner: 1000", "not owner: 1000 of Inbound packets on vm"),
        ("in interface eth0", "in interface eth0 of Inbound packets on vm"),
        ("--limit 5/min", "--limit 5/min of Inbound rule 3 on vm"),
        ("not --limit 5/min", "not --limit 5/min of Inbound rule 3 on vm"),
    ],
)
def test_a_condition_is_a_fact_of_the_packet_or_of_the_rule(text: str, name: str) -> None:
    """What a packet has for all rules is asked once, what each rule counts for itself is asked for each."""
    reason = f"rule `rule-a` of VM `VM` matches under a condition that no packet header shows: `{text}`"
    assert facts(matches(rule(conditions=(text,)))) == [(name, "", reason, "site.yaml:30:1")]


@pytest.mark.parametrize(
    ("text", "is_root", "expected"),
    [
        ("owner: root", True, ["program: x of Outbound packets on vm"]),
        ("owner: root", False, None),
        ("not owner: root", True, None),
        ("not owner: root", False, ["program: x of Outbound packets on vm"]),
        ("owner: root", None, ["owner: root of Outbound packets on vm", "program: x of Outbound packets on vm"]),
    ],
)
def test_the_owner_is_settled_where_it_is_known(text: str, is_root: bool | None, expected: list[str] | None) -> None:
    """A process of root meets rules about root for certain; further conditions of the rule are asked all the same."""
    found = matches(rule(OUT, conditions=(text, "program: x")), is_root=is_root)
    assert ([name for name, *_ in facts(found)] if found else None) == expected


def test_ports_of_a_protocol_without_ports_are_one_open_fact() -> None:
    """A rule for a port and any protocol takes TCP and UDP for certain, and others if its ports do not count there."""
    found = matches(rule(protocol=ANY_PROTOCOL, local_ports=(PortRange(80, 443),)))
    fact = Fact("ports of Inbound rule 3 on vm")
    everywhere = ALL_ADDRESSES[4], ALL_ADDRESSES[4]
    assert found[:2] == [
        HostMatch(Box(4, PORTED, LOW_PORTS, ALL_PORTS, *everywhere), ()),
        HostMatch(Box(4, PORTLESS, NO_PORT, NO_PORT, *everywhere), (fact,)),
    ]
    reason = "rule `rule-a` of VM `VM` names ports, and the packets are neither TCP nor UDP"
    assert facts(found) == [("ports of Inbound rule 3 on vm", "", reason, "site.yaml:30:1")]


def test_address_words_add_to_addresses_and_to_each_other() -> None:
    """Addresses and words are alternatives: each has its part, certain or open."""
    one = rule(remote_addresses=(prefix("10.7.0.0/16"),), remote_keywords=("DNS", "LocalSubnet", "WINS"))
    found = remote_addresses(matches(one, subnet("near", "10.0.0.0/24")))
    assert found[span("10.7.0.0/16")] == []
    assert found[span("10.0.0.0/24")] == []
    both = [x.when for x in matches(one, subnet("near", "10.0.0.0/24")) if x.box.sources == ALL_ADDRESSES[4]]
    assert both == [(Fact("dns of nic-0 on vm", "source"),), (Fact("wins of nic-0 on vm", "source"),)]


@pytest.mark.parametrize(
    ("direction", "words", "side"),
    [
        (IN, {"remote_keywords": ("DNS",)}, "source"),
        (IN, {"local_keywords": ("DNS",)}, "destination"),
        (OUT, {"remote_keywords": ("DNS",)}, "destination"),
        (OUT, {"local_keywords": ("DNS",)}, "source"),
    ],
)
def test_an_address_word_is_asked_of_the_end_that_it_is_about(
    direction: Direction, words: dict[str, Any], side: str
) -> None:
    """The fact names the end of the packet, and says whose understanding of the word is meant."""
    reason = "whether `DNS`, as VM `VM` understands it, covers this address is not known"
    assert facts(matches(rule(direction, **words))) == [("dns of nic-0 on vm", side, reason, "site.yaml:7:1")]


@pytest.mark.parametrize(
    ("address", "certain"),
    [
        ("10.0.0.0", "10.0.0.0/24"),
        ("10.0.0.255", "10.0.0.0/24"),
        ("10.0.1.0", "10.0.1.0/25"),
        ("10.0.1.127", "10.0.1.0/25"),
    ],
)
def test_local_subnet_is_the_prefix_that_holds_the_nic(address: str, certain: str) -> None:
    """Of a subnet with several prefixes the one with the NIC's address is certain, first and last address included."""
    near = subnet("near", "10.0.0.0/24", "10.0.1.0/25")
    found = matches(rule(remote_keywords=("LocalSubnet",)), near, addresses=("fd00::4", address))
    rest = span("10.0.0.0/24", "10.0.1.0/25") - span(certain)
    assert remote_addresses(found) == {span(certain): [], rest: ["localsubnet of nic-0 on vm"]}
    assert remote_addresses(found, 6) == {}
    assert facts(found)[0][1:3] == (
        "source",
        "whether `LocalSubnet`, as VM `VM` understands it, covers this address is not known",
    )


def test_local_subnet_of_one_prefix_needs_no_address_of_the_nic() -> None:
    """A subnet with one prefix is local whatever address the NIC has, or where it is not given."""
    one = rule(remote_keywords=("LocalSubnet",))
    assert remote_addresses(matches(one, subnet("near", "10.0.0.0/24"), addresses=())) == {span("10.0.0.0/24"): []}


def test_subnets_of_other_nics_possibly_count_as_local() -> None:
    """What Windows takes for local on a machine in two subnets cannot be told from outside."""
    one = rule(remote_keywords=("LocalSubnet4",))
    found = matches(one, subnet("near", "10.0.0.0/24"), (subnet("far", "10.5.0.0/24", "fd00::/64"),))
    assert remote_addresses(found) == {span("10.0.0.0/24"): [], span("10.5.0.0/24"): ["localsubnet of nic-0 on vm"]}
    assert remote_addresses(found, 6) == {}
    six = matches(rule(remote_keywords=("LocalSubnet6",)), subnet("near", "10.0.0.0/24", "fd01::/64"))
    assert remote_addresses(six) == {}
    assert remote_addresses(six, 6) == {span("fd01::/64"): []}


@pytest.mark.parametrize("word", ["LocalSubnet", "localsubnet4"])
def test_local_subnet_of_a_nic_in_no_known_subnet_may_be_anything(word: str) -> None:
    """Without its subnet the word may cover every address, or none."""
    found = matches(rule(remote_keywords=(word,)), None)
    assert remote_addresses(found) == {ALL_ADDRESSES[4]: ["localsubnet of nic-0 on vm"]}
    [(_, side, reason, _)] = facts(found)
    assert side == "source"
    assert reason == "whether `LocalSubnet`, as VM `VM` understands it, covers this address is not known"


def test_a_box_without_addresses_is_not_there() -> None:
    """A rule whose addresses are all of the other family matches nothing in this one."""
    found = matches(rule(local_addresses=(prefix("fd00::4"),), remote_addresses=(prefix("10.0.0.0/24"),)))
    assert found == []
    assert all(one.box.sources != EMPTY for one in matches(rule(remote_keywords=("LocalSubnet",)), subnet("near")))
