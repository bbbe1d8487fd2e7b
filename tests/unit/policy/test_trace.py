"""One flow against the rules of a group, field by field."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AnyAddress, ApplicationSecurityGroup, Family, ServiceTag, parse_prefix
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site, Subnet, VirtualNetwork
from netcheck.policy.decision import HopKind
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.policy.trace import RuleTrace, trace_admin_rules, trace_rules

HERE = Source("site.yaml", 7, 3)
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SPACE = (parse_prefix("10.0.0.0/24")[0],)
SUBNET = Subnet(name="s", virtual_network="v", prefixes=SPACE, at=HERE)
NETWORK = VirtualNetwork(name="v", address_space=SPACE, subnets=(SUBNET,), at=HERE)
CONTEXT = NsgContext(AddressBook(Site(file="site.yaml", virtual_networks=(NETWORK,))), SUBNET, HopKind.SUBNET_NSG)
HTTPS = (PortRange(443, 443),)
EVERY = {"protocol": True, "source": True, "sourcePort": True, "destination": True, "destinationPort": True}


def rule(name: str, priority: int = 100, **more: Any) -> NsgRule:
    """Return an outbound rule that takes every packet, but for what is given."""
    fields: dict[str, Any] = {
        "direction": OUT,
        "access": Access.DENY,
        "protocol": ANY_PROTOCOL,
        "sources": (AnyAddress(),),
        "source_ports": (ALL_PORTS,),
        "destinations": (AnyAddress(),),
        "destination_ports": (ALL_PORTS,),
        "at": HERE,
        **more,
    }
    return NsgRule(name=name, priority=priority, **fields)


def flow(destination: str = "20.60.0.1", port: int = 443, protocol: int = 6, source: str = "10.0.0.4") -> Flow:
    """Return a flow from the network to some address."""
    family: Family = 4 if ip_address(destination).version == 4 else 6
    return Flow(family, protocol, int(ip_address(source)), 50000, int(ip_address(destination)), port)


def trace(one: Flow, *rules: NsgRule, direction: Direction = OUT) -> tuple[RuleTrace, ...]:
    """Return the rules that a flow meets."""
    nsg = NetworkSecurityGroup(name="nsg", rules=rules, at=HERE)
    return trace_rules(nsg, direction, one, CONTEXT)


def first(one: Flow, **more: Any) -> RuleTrace:
    """Return the trace of one rule."""
    return trace(one, rule("rule", **more))[0]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"protocol": Protocol((17,))}, "protocol"),
        ({"sources": (parse_prefix("10.0.0.5/32")[0],)}, "source"),
        ({"source_ports": (PortRange(0, 49999),)}, "sourcePort"),
        ({"destinations": (parse_prefix("20.61.0.0/16")[0],)}, "destination"),
        ({"destination_ports": (PortRange(444, 65535),)}, "destinationPort"),
    ],
)
def test_the_field_that_does_not_match_is_named(more: dict[str, Any], field: str) -> None:
    """A rule that misses the flow in one field says which; the other fields match."""
    found = first(flow(), **more)
    assert (dict(found.fields), found.mismatches(), found.matches) == ({**EVERY, field: False}, (field,), False)


def test_the_edges_of_ports_are_in_the_rule() -> None:
    """A port range holds its first and last port, of the source as of the destination."""
    edges = {"source_ports": (PortRange(50000, 50001),), "destination_ports": (PortRange(80, 443),)}
    assert first(flow(), **edges).matches is True
    assert first(flow(port=444), **edges).mismatches() == ("destinationPort",)


def test_the_trace_ends_at_the_first_rule_that_certainly_matches() -> None:
    """Rules are met by number; behind the one that decides nothing is looked at, default rules neither."""
    other = rule("other", 300, protocol=Protocol((17,)))
    found = trace(flow(), rule("late", 900), rule("takes-it", 400), other)
    assert [(one.rule.name, one.matches) for one in found] == [("other", False), ("takes-it", True)]
    defaults = [(one.rule.name, one.matches) for one in trace(flow(), other)]
    assert defaults == [("other", False), ("AllowVnetOutBound", False), ("AllowInternetOutBound", True)]


def test_inbound_rules_are_met_by_inbound_flows() -> None:
    """A health probe comes from the platform's address and meets the rule for the load balancer."""
    probe = flow("10.0.0.4", 80, source="168.63.129.16")
    found = trace(probe, rule("out"), rule("in", direction=IN, protocol=Protocol((17,))), direction=IN)
    assert [(one.rule.name, one.matches) for one in found] == [
        ("in", False),
        ("AllowVnetInBound", True),  # the platform's address is in `VirtualNetwork`
    ]


def test_a_platform_tag_may_stand_as_source() -> None:
    """A packet from the platform's address to the tag's port meets the rule that names the tag as its source."""
    answer = flow("10.0.0.4", 53, source="168.63.129.16")
    dns = rule("dns", direction=IN, sources=(ServiceTag("AzurePlatformDNS"),))
    assert [(one.rule.name, one.matches) for one in trace(answer, dns, direction=IN)] == [("dns", True)]


def test_an_unknown_tag_leaves_its_field_open_and_the_trace_goes_on() -> None:
    """A tag without addresses may hold the destination or not; a field that misses settles the rule all the same."""
    tag = (ServiceTag("Contoso"),)
    found = trace(flow(), rule("maybe", 100, destinations=tag), rule("no", 200, destinations=tag, sources=SPACE[:0]))
    assert dict(found[0].fields) == {**EVERY, "destination": None}
    assert (found[0].matches, found[0].mismatches()) == (None, ())
    assert (found[1].matches, found[1].mismatches()) == (False, ("source",))
    assert found[-1].rule.name == "AllowInternetOutBound"


def test_a_known_alternative_settles_what_an_unknown_one_leaves_open() -> None:
    """Destinations are alternatives: one that certainly holds the address is enough."""
    both = (ServiceTag("Contoso"), parse_prefix("20.60.0.0/16")[0])
    assert first(flow(), destinations=both).matches is True
    assert first(flow(), destinations=tuple(reversed(both))).matches is True


def test_a_rule_that_is_not_wholly_read_is_open_where_its_fields_fit() -> None:
    """What is not read may make the rule miss the flow; a protocol that does not fit misses it for certain."""
    open_rule = first(flow(), unknown="a field that is not read")
    assert dict(open_rule.fields) == {**EVERY, "rule": None}
    assert open_rule.matches is None
    assert first(flow(), unknown="x", protocol=Protocol((17,))).mismatches() == ("protocol",)


def test_restricted_ports_are_open_for_a_protocol_without_ports() -> None:
    """What a port means for ICMP is not documented; a rule for all ports takes ICMP."""
    ping = flow(port=0, protocol=1)
    assert first(ping).matches is True
    assert dict(first(ping, source_ports=HTTPS).fields) == {**EVERY, "sourcePort": None}
    assert dict(first(ping, destination_ports=HTTPS).fields) == {**EVERY, "destinationPort": None}
    assert first(ping, source_ports=(PortRange(0, 65534),)).matches is None


def test_a_flow_to_the_platform_meets_rules_that_name_its_tag_only() -> None:
    """A rule for every address does not touch the platform's; one that names DNS takes port 53 and no other."""
    dns = rule("dns", 300, destinations=(ServiceTag("AzurePlatformDNS"),))
    rules = (rule("everything", 100), dns, rule("metadata", 400, destinations=(ServiceTag("AzurePlatformIMDS"),)))
    assert [(one.rule.name, one.matches) for one in trace(flow("168.63.129.16", 53), *rules)] == [("dns", True)]
    on_80 = trace(flow("168.63.129.16", 80), *rules)
    assert [(one.rule.name, one.mismatches()) for one in on_80] == [
        ("dns", ("destinationPort",)),
        ("metadata", ("destination",)),
    ]
    assert trace(flow("169.254.169.254", 80), *rules)[-1].matches is True
    assert [one.rule.name for one in trace(flow(), *rules)] == ["everything"]


def test_a_tag_of_one_service_takes_its_port_only() -> None:
    """Whether `AzurePlatformLKM` holds an address is open on port 1688; any other port does not match."""
    lkm = {"destinations": (ServiceTag("AzurePlatformLKM"),)}
    assert dict(first(flow(port=1688), **lkm).fields) == {**EVERY, "destination": None}
    assert first(flow(port=1687), **lkm).mismatches() == ("destinationPort",)
    with_prefix = (ServiceTag("AzurePlatformLKM"), parse_prefix("20.60.0.0/16")[0])
    assert first(flow(port=443), destinations=with_prefix).matches is True


def test_ipv6_flows_are_compared_with_ipv6_addresses() -> None:
    """A prefix of the other family does not match, and `*` takes both."""
    six = flow("2603:1030::1", source="fd00::4")
    assert first(six).matches is True
    assert first(six, destinations=(parse_prefix("0.0.0.0/0")[0],)).mismatches() == ("destination",)
    assert first(six, destinations=(parse_prefix("::/0")[0],)).matches is True


def test_default_rules_are_named_as_the_deployment_model_names_them() -> None:
    """In classic the trace ends at the classic name of the rule for the Internet."""
    classic = Site(file="site.yaml", virtual_networks=(NETWORK,), deployment_model=DeploymentModel.CLASSIC)
    nsg = NetworkSecurityGroup(name="nsg", rules=(), at=HERE)
    found = trace_rules(nsg, OUT, flow(), NsgContext(AddressBook(classic), SUBNET, HopKind.SUBNET_NSG))
    assert [one.rule.name for one in found] == ["ALLOW VNET OUTBOUND", "ALLOW INTERNET OUTBOUND"]


def test_a_trace_as_json() -> None:
    """Programs read the rule, its number, access and place, whether it is a default rule, and each field."""
    assert first(flow(), destination_ports=(PortRange(80, 80),)).to_dict() == {
        "rule": "rule",
        "priority": 100,
        "access": "Deny",
        "at": "site.yaml:7:3",
        "default": False,
        "fields": {**EVERY, "destinationPort": False},
        "matches": False,
    }
    assert type(first(flow()).to_dict()["access"]) is str
    assert trace(flow())[0].to_dict()["default"] is True


def test_a_platform_tag_as_source_narrows_the_port_in_the_trace_as_it_does_in_the_decision() -> None:
    """`AzurePlatformDNS` is one service of an address: on another port the rule decides nothing."""
    one = Flow(4, 6, int(ip_address("168.63.129.16")), 50000, int(ip_address("10.0.0.4")), 80)
    dns = rule("dns", direction=IN, sources=(ServiceTag("AzurePlatformDNS"),))
    assert trace(one, dns, direction=IN)[0].matches is False


def test_a_group_that_is_another_one_is_named_as_a_group() -> None:
    """Of a rule for an application security group it is said that the group does not match."""
    site = Site(file="site.yaml", virtual_networks=(NETWORK,), application_security_groups=("web",))
    context = NsgContext(AddressBook(site), SUBNET, HopKind.SUBNET_NSG)
    web = (ApplicationSecurityGroup("web"),)
    for side, field in (("sources", "sourceGroup"), ("destinations", "destinationGroup")):
        nsg = NetworkSecurityGroup(name="nsg", rules=(rule("group", 100, **{side: web}),), at=HERE)
        found = trace_rules(nsg, OUT, flow(), context)[0]
        name = field.removesuffix("Group")
        assert (found.mismatches(), dict(found.fields)[name], found.to_dict()["groups"]) == ((field,), False, [name])
    other = first(flow(), sources=(parse_prefix("10.0.0.5/32")[0],))
    assert (other.mismatches(), "groups" in other.to_dict()) == (("source",), False)


def admin(name: str, access: AdminAccess, priority: int, **more: Any) -> AdminRule:
    """Return an admin rule that takes every outbound packet, but for what is given."""
    same = rule(name, priority, **{field: value for field, value in more.items() if field != "manager"})
    fields = {field: getattr(same, field) for field in ("direction", "protocol", "sources", "source_ports", "at")}
    ends = {field: getattr(same, field) for field in ("destinations", "destination_ports")}
    manager = more.get("manager", "")
    return AdminRule(name=name, priority=priority, access=access, manager=manager, **fields, **ends)


def admin_trace(*rules: AdminRule, one: Flow | None = None) -> list[tuple[str, bool | None, tuple[str, ...]]]:
    """Return name, match and missed fields of the admin rules that a flow meets."""
    found = trace_admin_rules(rules, OUT, one or flow(), CONTEXT.book, SUBNET)
    return [(one.rule.name, one.matches, one.mismatches()) for one in found]


def test_admin_rules_are_met_by_number_up_to_the_first_that_matches() -> None:
    """Of the rules of the direction; a flow to the platform meets none."""
    rules = (
        admin("last", AdminAccess.DENY, 9),
        admin("always", AdminAccess.ALWAYS_ALLOW, 5),
        admin("udp", AdminAccess.DENY, 2, protocol=Protocol((17,))),
        admin("inbound", AdminAccess.DENY, 1, direction=IN),
    )
    assert admin_trace(*rules) == [("udp", False, ("protocol",)), ("always", True, ())]
    assert admin_trace(*rules, one=flow("168.63.129.16", 80)) == []
    [_, decided] = trace_admin_rules(rules, OUT, flow(), CONTEXT.book, SUBNET)
    assert decided.to_dict() == {
        "rule": "always",
        "priority": 5,
        "access": "AlwaysAllow",
        "at": "site.yaml:7:3",
        "default": False,
        "fields": EVERY,
        "matches": True,
    }


def test_admin_rules_of_one_number_are_met_together() -> None:
    """Which of two that differ comes first is not known; where only one matches it decides."""
    both = (admin("allow", AdminAccess.ALLOW, 5), admin("deny", AdminAccess.DENY, 5))
    late = admin("late", AdminAccess.DENY, 6)
    assert admin_trace(*both, late) == [("allow", None, ()), ("deny", None, ())]
    udp = admin("udp", AdminAccess.DENY, 5, protocol=Protocol((17,)))
    assert admin_trace(both[0], udp, late) == [("allow", True, ()), ("udp", False, ("protocol",))]


def test_admin_rules_of_several_managers_are_met_manager_by_manager() -> None:
    """Each manager's first match may decide; where one manager only has a match, it does."""
    rules = (
        admin("a", AdminAccess.ALLOW, 5, manager="a"),
        admin("b", AdminAccess.DENY, 1, manager="b"),
        admin("b2", AdminAccess.DENY, 2, manager="b"),
    )
    assert admin_trace(*rules) == [("a", None, ()), ("b", None, ())]
    udp = admin("udp", AdminAccess.DENY, 1, manager="b", protocol=Protocol((17,)))
    assert admin_trace(rules[0], udp) == [("a", True, ()), ("udp", False, ("protocol",))]
