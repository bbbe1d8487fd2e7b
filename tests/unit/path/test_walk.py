"""The way packets take: every blocker is found, both ends of a subnet are filtered, what lies outside stays open."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.model.site import Site
from tests.unit.sources.sites import load

RULE = (
    '{{name: {name}, priority: {priority}, direction: {direction}, access: {access}, protocol: "*", '
    'sourceAddressPrefix: "*", sourcePortRange: "*", destinationAddressPrefix: "{to}", destinationPortRange: "*"}}'
)


def rule(name: str, direction: str, access: str = "Deny", to: str = "*", priority: int = 100) -> str:
    """Return a rule about everything."""
    return RULE.format(name=name, priority=priority, direction=direction, access=access, to=to)


def group(name: str, *rules: str) -> str:
    """Return a network security group."""
    return f"  - {{name: {name}, securityRules: [{', '.join(rules)}]}}\n"


TEXT = """\
netcheck: 1
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/16]
    subnets:
      - {name: a, addressPrefix: 10.0.0.0/24, networkSecurityGroup: A_SUBNET, defaultOutboundAccess: EGRESS}
      - {name: b, addressPrefix: 10.0.1.0/24, networkSecurityGroup: B_SUBNET, defaultOutboundAccess: true}
    virtualNetworkPeerings: PEERINGS
MORE
networkSecurityGroups:
GROUPS
virtualMachines:
  - name: app
    hostFirewall: FIREWALL
    networkInterfaces: [{name: app-nic, subnet: v/a, privateIPAddress: 10.0.0.4, networkSecurityGroup: A_NIC}]
  - name: near
    hostFirewall: none
    networkInterfaces: [{name: near-nic, subnet: v/a, privateIPAddress: 10.0.0.5PUBLIC}]
  - name: db
    hostFirewall: none
    networkInterfaces: [{name: db-nic, subnet: v/b, privateIPAddress: 10.0.1.4, networkSecurityGroup: B_NIC}]
"""
NONE_GROUP = group("unused")


def site(folder: Path, groups: str = NONE_GROUP, **words: str) -> Site:
    """Load the network with some of its places filled."""
    usual = {
        "A_SUBNET": "null",
        "B_SUBNET": "null",
        "A_NIC": "null",
        "B_NIC": "null",
        "EGRESS": "true",
        "PEERINGS": "[]",
        "MORE": "",
        "FIREWALL": "none",
        "PUBLIC": "",
    }
    text = TEXT.replace("GROUPS\n", groups)
    for word, value in {**usual, **words}.items():
        text = text.replace(word, value)
    return load(folder, text)


def blockers(answer: nc.Answer) -> list[tuple[str, str, str, str]]:
    """Return who decides about blocked packets, in travel order."""
    [part] = answer.parts
    return [(str(d.hop), d.direction, d.resource, d.rule) for d in part.decided_by]


WINDOWS = "{kind: windows, rules: [{name: stop, direction: Outbound, action: Block, protocol: Any}]}"


def test_every_hop_that_blocks_is_listed_in_travel_order(tmp_path: Path) -> None:
    """Host firewall, NIC, subnet, the other subnet, the other NIC: all are named, not only the first."""
    groups = "".join(group(f"g{i}", rule(f"out{i}", "Outbound"), rule(f"in{i}", "Inbound")) for i in range(4))
    one = site(tmp_path, groups, A_NIC="g0", A_SUBNET="g1", B_SUBNET="g2", B_NIC="g3", FIREWALL=WINDOWS)
    assert blockers(nc.can_reach(one, "app", "db", tcp=[443])) == [
        ("host-firewall", "Outbound", "app", "stop"),
        ("nic-nsg", "Outbound", "g0", "out0"),
        ("subnet-nsg", "Outbound", "g1", "out1"),
        ("subnet-nsg", "Inbound", "g2", "in2"),
        ("nic-nsg", "Inbound", "g3", "in3"),
    ]


def test_a_missing_egress_is_listed_beside_a_denying_rule(tmp_path: Path) -> None:
    """Mending the rule alone would not help, and the answer shows it."""
    one = site(tmp_path, group("g", rule("out", "Outbound")), A_SUBNET="g", EGRESS="false")
    found = blockers(nc.can_reach(one, "app", "20.60.0.1", tcp=[443]))
    assert found == [("subnet-nsg", "Outbound", "g", "out"), ("egress", "Outbound", "v/a", "")]


def test_an_exception_on_the_nic_does_not_help_against_the_subnet(tmp_path: Path) -> None:
    """Both groups must allow: an allow rule on the NIC's group leaves the subnet's denial in force."""
    groups = group("nic", rule("yes", "Outbound", "Allow")) + group("sub", rule("no", "Outbound"))
    one = site(tmp_path, groups, A_NIC="nic", A_SUBNET="sub")
    assert blockers(nc.can_reach(one, "app", "20.60.0.1", tcp=[443])) == [("subnet-nsg", "Outbound", "sub", "no")]


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_inside_a_subnet_the_group_filters_both_ways(direction: str, tmp_path: Path) -> None:
    """Two machines of one subnet: the subnet's group is met by the sender and by the receiver."""
    one = site(tmp_path, group("g", rule("stop", direction)), A_SUBNET="g")
    found = nc.can_reach(one, "app", "near", tcp=[443])
    assert (found.verdict, blockers(found)) == ("blocked", [("subnet-nsg", direction, "g", "stop")])


def test_inside_a_subnet_an_open_group_is_passed_twice(tmp_path: Path) -> None:
    """The default rules allow traffic in the network; both the outbound and the inbound one are needed and named."""
    one = site(tmp_path, group("g"), A_SUBNET="g")
    rules = [d.rule for part in nc.can_reach(one, "app", "near", tcp=[443]).parts for d in part.decided_by]
    assert [name for name in rules if name.startswith("Allow")] == ["AllowVnetOutBound", "AllowVnetInBound"]


def test_rules_of_uninvolved_groups_do_not_decide(tmp_path: Path) -> None:
    """Outbound rules of the destination's groups and inbound rules of the source's are not met."""
    groups = group("a", rule("in", "Inbound")) + group("b", rule("out", "Outbound"))
    one = site(tmp_path, groups, A_SUBNET="a", A_NIC="a", B_SUBNET="b", B_NIC="b")
    assert nc.can_reach(one, "app", "db", tcp=[443]).verdict == "reachable"


def test_without_any_group_everything_passes(tmp_path: Path) -> None:
    """No group at a level means that the level lets everything pass."""
    assert nc.can_reach(site(tmp_path), "app", "db", protocol="any").verdict == "reachable"


PEERED = (
    "[{name: to-far, remoteVirtualNetwork: far, peeringState: Connected, "
    "remoteAddressSpace: {addressPrefixes: [10.9.0.0/16]}}]"
)


def test_a_peer_outside_the_site_leaves_the_answer_open(tmp_path: Path) -> None:
    """Nobody can see the peer's own groups here: not reachable and not blocked, and the peering is named."""
    answer = nc.can_reach(site(tmp_path, PEERINGS=PEERED), "app", "10.9.0.4", tcp=[443])
    assert (answer.verdict, any("to-far" in reason for reason in answer.reasons)) == ("undetermined", True)


def test_a_denial_on_this_side_settles_it_whatever_the_peer_does(tmp_path: Path) -> None:
    """What is unknown behind a hop that certainly blocks does not matter."""
    one = site(tmp_path, group("g", rule("stop", "Outbound")), A_SUBNET="g", PEERINGS=PEERED)
    answer = nc.can_reach(one, "app", "10.9.0.4", tcp=[443])
    assert (answer.verdict, blockers(answer)) == ("blocked", [("subnet-nsg", "Outbound", "g", "stop")])


FAR = """\
  - name: far
    addressSpace: [10.9.0.0/16]
    subnets: [{name: s, addressPrefix: 10.9.0.0/24, networkSecurityGroup: far-nsg}]
    virtualNetworkPeerings: BACK
"""
TO_FAR = "[{name: p, remoteVirtualNetwork: far, peeringState: Connected, allowVirtualNetworkAccess: ACCESS}]"


def peered(folder: Path, access: str, *rules: str, back: bool = True) -> Site:
    """Load a site with two peered networks; the far subnet has a group with some rules."""
    there = TO_FAR.replace("ACCESS", access)
    return_ = there.replace("remoteVirtualNetwork: far", "remoteVirtualNetwork: v") if back else "[]"
    return site(folder, group("far-nsg", *rules), PEERINGS=there, MORE=FAR.replace("BACK", return_))


def test_in_a_peer_its_own_groups_decide(tmp_path: Path) -> None:
    """The way leads through the peer's subnet group, seen from the peer: its tag holds the first network's space."""
    assert nc.can_reach(peered(tmp_path, "true"), "app", "10.9.0.4", tcp=[443]).verdict == "reachable"
    stopped = nc.can_reach(peered(tmp_path, "true", rule("stop", "Inbound")), "app", "10.9.0.4", tcp=[443])
    assert blockers(stopped) == [("subnet-nsg", "Inbound", "far-nsg", "stop")]


def test_access_switched_off_only_changes_the_tag(tmp_path: Path) -> None:
    """Without virtual network access the default rules no longer match; an explicit rule still lets packets pass."""
    closed = nc.can_reach(peered(tmp_path, "false"), "app", "10.9.0.4", tcp=[443])
    assert (closed.verdict, blockers(closed)) == ("blocked", [("subnet-nsg", "Inbound", "far-nsg", "DenyAllInBound")])
    allowed = peered(tmp_path, "false", rule("yes", "Inbound", "Allow", "10.9.0.0/16"))
    assert nc.can_reach(allowed, "app", "10.9.0.4", tcp=[443]).verdict == "reachable"


def test_a_peering_stated_on_one_side_only_is_not_certain(tmp_path: Path) -> None:
    """A peering is connected when both sides have it: where one side is not in the site, the answer is open."""
    answer = nc.can_reach(peered(tmp_path, "true", back=False), "app", "10.9.0.4", tcp=[443])
    assert (answer.verdict, any("does not peer back" in reason for reason in answer.reasons)) == ("undetermined", True)


def test_a_peering_that_is_down_carries_nothing(tmp_path: Path) -> None:
    """One side stating that it is not connected settles it for both."""
    down = TO_FAR.replace("ACCESS", "true").replace("Connected", "Disconnected")
    up = TO_FAR.replace("ACCESS", "true").replace("remoteVirtualNetwork: far", "remoteVirtualNetwork: v")
    one = site(tmp_path, group("far-nsg"), PEERINGS=down, MORE=FAR.replace("BACK", up))
    assert nc.can_reach(one, "app", "10.9.0.4", tcp=[443]).verdict == "blocked"
    assert nc.can_reach(one, "10.9.0.4", "app", tcp=[443]).verdict == "blocked"


def test_networks_without_peering_do_not_reach_each_other(tmp_path: Path) -> None:
    """Private space of another network has no route."""
    one = site(tmp_path, group("far-nsg"), MORE=FAR.replace("BACK", "[]"))
    assert nc.can_reach(one, "app", "10.9.0.4", tcp=[443]).verdict == "blocked"


def test_peering_is_not_transitive(tmp_path: Path) -> None:
    """Networks A-B and B-C peered: A has no way to C."""
    middle = """\
  - name: far
    addressSpace: [10.8.0.0/16]
    subnets: [{name: s, addressPrefix: 10.8.0.0/24}]
    virtualNetworkPeerings:
      - {name: p1, remoteVirtualNetwork: v, peeringState: Connected}
      - {name: p2, remoteVirtualNetwork: end, peeringState: Connected}
  - name: end
    addressSpace: [10.7.0.0/16]
    subnets: [{name: s, addressPrefix: 10.7.0.0/24}]
    virtualNetworkPeerings: [{name: p, remoteVirtualNetwork: far, peeringState: Connected}]
"""
    one = site(tmp_path, PEERINGS=TO_FAR.replace("ACCESS", "true"), MORE=middle)
    assert nc.can_reach(one, "app", "10.8.0.4", tcp=[443]).verdict == "reachable"
    assert nc.can_reach(one, "app", "10.7.0.4", tcp=[443]).verdict == "blocked"


def test_a_question_that_never_touches_the_site_is_not_reachable(tmp_path: Path) -> None:
    """Neither end is in the site: nothing here decides, so nothing is certain."""
    assert nc.can_reach(site(tmp_path), "8.8.8.8", "20.60.0.1", tcp=[443]).verdict == "undetermined"


@pytest.mark.parametrize(
    ("public", "source", "target", "verdict"),
    [
        (", publicIPAddress: {ipAddress: 203.0.113.10, sku: Basic}", "8.8.8.8", "near", "reachable"),
        (", publicIPAddress: {ipAddress: 203.0.113.10, sku: Standard}", "8.8.8.8", "near", "blocked"),
        (", publicIPAddress: 203.0.113.10", "8.8.8.8", "near", "undetermined"),
        (", publicIPAddress: 203.0.113.10", "192.168.7.7", "near", "undetermined"),
        ("", "8.8.8.8", "near", "undetermined"),
        (", publicIPAddress: 203.0.113.10", "8.8.8.8", "10.0.0.77", "undetermined"),
    ],
)
def test_from_outside_only_a_public_address_is_a_certain_way_in(
    public: str, source: str, target: str, verdict: str, tmp_path: Path
) -> None:
    """A public source meets a NIC with a public address; any other way in is not shown by the site."""
    one = site(tmp_path, PUBLIC=public)
    assert nc.can_reach(one, source, target, tcp=[443]).verdict == verdict


def test_from_outside_the_default_rules_stand_in_the_way(tmp_path: Path) -> None:
    """With a public address and a group of defaults only, the last default rule denies what comes from the Internet."""
    one = site(tmp_path, group("g"), A_SUBNET="g", PUBLIC=", publicIPAddress: 203.0.113.10")
    answer = nc.can_reach(one, "8.8.8.8", "near", tcp=[443])
    assert blockers(answer) == [("subnet-nsg", "Inbound", "g", "DenyAllInBound")]
