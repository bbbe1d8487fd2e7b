"""Windows Defender Firewall, firewalls that are absent or unread, and the proxy's port."""

from __future__ import annotations

from dataclasses import fields
from ipaddress import ip_address
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.hosts import ProfileSettings, under_all
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, HostRule, Profile
from netcheck.model.site import (
    HostFirewall,
    NetworkInterface,
    NoHostFirewall,
    ProxyServer,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.policy.decision import HopResult
from netcheck.policy.facts import is_consistent
from netcheck.policy.hostfw import judge_host_firewall, undeclared_proxy_port
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Header, PacketSet

SETTINGS = {one.name for one in fields(ProfileSettings)}
TCP, UDP, ICMP = Protocol((6,)), Protocol((17,)), Protocol((1,))
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
APP, FAR, PROXY = "10.0.0.4", "10.0.1.4", "10.0.0.5"


def place(line: int) -> Source:
    return Source("site.yaml", line, 1)


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def subnet(name: str, *prefixes: str) -> Subnet:
    return Subnet(name=name, virtual_network="vnet", prefixes=tuple(prefix(p) for p in prefixes), at=place(2))


def rule(name: str, action: HostAction = HostAction.ALLOW, direction: Direction = IN, **more: Any) -> HostRule:
    fields: dict[str, Any] = {"protocol": TCP, **more}
    return HostRule(name=name, direction=direction, action=action, at=place(30), **fields)


def open_port(name: str = "proxy-in", **more: Any) -> HostRule:
    """The rule of the article's step B."""
    return rule(name, **{"local_ports": (PortRange(8080, 8080),), **more})


def firewall(*rules: HostRule, **more: Any) -> WindowsFirewall:
    settings = ProfileSettings(**{name: more.pop(name) for name in SETTINGS & set(more)})
    return WindowsFirewall(rules=rules, at=place(20), settings=under_all(settings), **more)


def machine(host_firewall: HostFirewall | None, *subnets: str, address: str = PROXY) -> VirtualMachine:
    own = NetworkInterface(name="nic-0", subnet="vnet/default", addresses=(prefix(address),), at=place(8))
    others = [
        NetworkInterface(name=f"nic-{i}", subnet=name, addresses=(), at=place(8)) for i, name in enumerate(subnets, 1)
    ]
    server = ProxyServer(port=8080, at=place(12))
    return VirtualMachine(
        name="proxy-vm",
        os_type="Windows",
        interfaces=(own, *others),
        at=place(7),
        host_firewall=host_firewall,
        proxy_server=server,
    )


DEFAULT = subnet("default", "10.0.0.0/24")


def judge(
    host_firewall: HostFirewall | None,
    packets: PacketSet,
    direction: Direction = IN,
    near: Subnet = DEFAULT,
    others: tuple[Subnet, ...] = (),
    address: str = PROXY,
) -> HopResult:
    network = VirtualNetwork(name="vnet", address_space=(), subnets=(near, *others), at=place(1))
    book = AddressBook(Site(file="site.yaml", virtual_networks=(network,)))
    vm = machine(host_firewall, *(other.full_name for other in others), address=address)
    (result,) = judge_host_firewall(vm, vm.primary, near, direction, packets, book)
    assert result.packets == packets
    return result


def packet(source: str, destination: str, port: int, protocol: int = 6) -> PacketSet:
    header = Header(4, protocol, port, 50000, int(ip_address(source)), int(ip_address(destination)))
    return ps.box(4, *(IntervalSet.point(value) for value in header[1:]))


def outcomes(result: HopResult) -> list[tuple[bool, str]]:
    """Return (passes, rule or note) of each case of the only part."""
    (part,) = result.parts
    return [(case.passes, (case.decision.rule or case.decision.note) if case.decision else "") for case in part.cases]


TO_PROXY = packet(APP, PROXY, 8080)
BLOCKED_BY_DEFAULT = [(False, "default inbound action (Block)")]


def test_article_rule_opens_the_proxy_port_and_nothing_else() -> None:
    """The rule of step B lets in TCP to the proxy's port; other ports get the inbound default, Block."""
    passes, stays_shut = TO_PROXY, packet(APP, PROXY, 8081)
    result = judge(firewall(open_port()), passes | stays_shut)
    decided = {part.packets: [c.decision for c in part.cases] for part in result.parts}
    (opened,), (shut,) = decided[passes], decided[stays_shut]
    assert opened is not None
    assert shut is not None
    assert (opened.passes, opened.rule, opened.at, opened.resource) == (True, "proxy-in", "site.yaml:30:1", "proxy-vm")
    assert (shut.passes, shut.rule, shut.at) == (False, "", "site.yaml:20:1")
    assert shut.note == "default inbound action (Block)"


def test_corner_36_outbound_block_of_the_platform_address() -> None:
    """A host firewall that blocks 168.63.129.16 stops the agent, though no NSG could."""
    block = rule("no-agent", HostAction.BLOCK, OUT, remote_addresses=(prefix("168.63.129.16/32"),))
    assert outcomes(judge(firewall(block), packet(PROXY, "168.63.129.16", 80), OUT)) == [(False, "no-agent")]
    assert outcomes(judge(firewall(block), packet(PROXY, "20.60.0.1", 443), OUT)) == [
        (True, "default outbound action (Allow)")
    ]


def test_corner_66_block_goes_before_a_more_specific_allow() -> None:
    """An explicit block wins over any allow, wherever it stands and however wide it is."""
    block = rule("no-app-subnet", HostAction.BLOCK, protocol=ANY_PROTOCOL, remote_addresses=(prefix("10.0.0.0/24"),))
    for rules in ((open_port(), block), (block, open_port())):
        assert outcomes(judge(firewall(*rules), TO_PROXY)) == [(False, "no-app-subnet")]


def test_corner_67_rule_of_another_profile_does_not_count() -> None:
    """A rule for the Private profile does nothing while Public is active."""
    private = open_port(profiles=(Profile.PRIVATE,))
    assert outcomes(judge(firewall(private, active_profile=Profile.PUBLIC), TO_PROXY)) == BLOCKED_BY_DEFAULT
    assert outcomes(judge(firewall(private, active_profile=Profile.PRIVATE), TO_PROXY)) == [(True, "proxy-in")]


def test_unknown_profile_is_an_open_fact_with_three_values() -> None:
    """Where the active profile decides and is not given, each of the three has its case."""
    private = open_port(profiles=(Profile.PRIVATE,))
    (part,) = judge(firewall(private), TO_PROXY).parts
    found = {value: case.passes for case in part.cases for _, value in case.when}
    assert found == {"Domain": False, "Private": True, "Public": False}
    assert {fact.name for case in part.cases for fact, _ in case.when} == {"active profile of VM proxy-vm"}


def test_unknown_profile_does_not_matter_where_all_three_agree() -> None:
    """Packets that the same rule decides under every profile do not depend on the profile."""
    private = open_port("private-only", profiles=(Profile.PRIVATE,), remote_addresses=(prefix("10.0.9.0/24"),))
    (part,) = judge(firewall(private, open_port()), TO_PROXY).parts
    assert [(case.when, case.passes) for case in part.cases] == [(frozenset(), True)]


def test_corner_68_local_rules_do_not_count_without_local_merge() -> None:
    """With local rules switched off only those of Group Policy are in force."""
    assert outcomes(judge(firewall(open_port(), allows_local_rules=False), TO_PROXY)) == BLOCKED_BY_DEFAULT
    by_policy = open_port(is_group_policy=True)
    assert outcomes(judge(firewall(by_policy, allows_local_rules=False), TO_PROXY)) == [(True, "proxy-in")]


def test_corner_69_local_subnet_is_the_own_subnet_of_the_nic() -> None:
    """`LocalSubnet` takes the NIC's subnet; a VM of another subnet is not in it."""
    near_only = firewall(open_port(remote_keywords=("LocalSubnet",)))
    assert outcomes(judge(near_only, TO_PROXY)) == [(True, "proxy-in")]
    assert outcomes(judge(near_only, packet(FAR, PROXY, 8080))) == BLOCKED_BY_DEFAULT


def test_local_subnet_keywords_tell_the_family() -> None:
    """`LocalSubnet4` takes IPv4 alone and `LocalSubnet6` IPv6 alone."""
    for word, expected in (("LocalSubnet4", [(True, "proxy-in")]), ("localsubnet6", BLOCKED_BY_DEFAULT)):
        assert outcomes(judge(firewall(open_port(remote_keywords=(word,))), TO_PROXY)) == expected


def test_local_subnet_of_a_vm_with_more_prefixes_and_nics_is_partly_open() -> None:
    """Only the prefix that holds the NIC's address is certain; other near prefixes possibly count."""
    near = subnet("default", "10.0.0.0/24", "10.0.2.0/24")
    rules = firewall(open_port(remote_keywords=("LocalSubnet",)))
    for source, expected in ((APP, [True]), ("10.0.2.9", [True, False]), (FAR, [True, False]), ("10.0.3.1", [False])):
        result = judge(rules, packet(source, PROXY, 8080), near=near, others=(subnet("second", "10.0.1.0/24"),))
        assert [passes for passes, _ in outcomes(result)] == expected


def test_corner_70_disabled_rule_matches_nothing() -> None:
    """A disabled rule neither allows nor blocks."""
    assert outcomes(judge(firewall(open_port(is_enabled=False)), TO_PROXY)) == BLOCKED_BY_DEFAULT
    shut_off = rule("off", HostAction.BLOCK, is_enabled=False)
    assert outcomes(judge(firewall(shut_off, open_port()), TO_PROXY)) == [(True, "proxy-in")]


def test_any_among_keywords_is_no_restriction() -> None:
    """`Any` as an address word takes every address."""
    assert outcomes(judge(firewall(open_port(remote_keywords=("Any",))), TO_PROXY)) == [(True, "proxy-in")]


def test_keyword_that_only_the_machine_can_resolve_is_an_open_fact() -> None:
    """A rule for `DNS` servers may or may not match."""
    result = judge(firewall(open_port(remote_keywords=("DNS",))), TO_PROXY)
    assert outcomes(result) == [(True, "proxy-in"), (False, "default inbound action (Block)")]
    assert [(fact.name, fact.side) for fact, _ in result.parts[0].cases[0].when] == [
        ("dns of nic-0 on proxy-vm", "source")
    ]


def test_condition_makes_the_match_possible_and_is_asked_once() -> None:
    """Two rules for one program get one answer: a block and an allow under it never let the packet in."""
    squid = ("program: C:\\squid\\squid.exe",)
    assert outcomes(judge(firewall(open_port(conditions=squid)), TO_PROXY)) == [
        (True, "proxy-in"),
        (False, "default inbound action (Block)"),
    ]
    both = firewall(open_port(conditions=squid), rule("no-squid", HostAction.BLOCK, conditions=squid))
    assert [passes for passes, _ in outcomes(judge(both, TO_PROXY))] == [False, False]


def test_bypass_beats_a_block_for_authenticated_connections_only() -> None:
    """A rule that overrides blocks leaves the verdict open, since authentication is not in a header."""
    rules = firewall(rule("no", HostAction.BLOCK), open_port("secure", action=HostAction.BYPASS))
    assert outcomes(judge(rules, TO_PROXY)) == [(True, "secure"), (False, "no")]


def test_inbound_allow_rules_can_be_switched_off() -> None:
    """With inbound rules not allowed, inbound allows are ignored and outbound ones are not."""
    rules = firewall(open_port(), rule("out", direction=OUT), allows_inbound_rules=False)
    assert outcomes(judge(rules, TO_PROXY)) == BLOCKED_BY_DEFAULT
    assert outcomes(judge(rules, packet(PROXY, "20.60.0.1", 443), OUT)) == [(True, "out")]


def test_default_inbound_allow_leaves_blocks_effective() -> None:
    """The default applies to what no rule matches; explicit blocks still block."""
    rules = firewall(rule("no", HostAction.BLOCK, local_ports=(PortRange(22, 22),)), default_inbound=Access.ALLOW)
    assert outcomes(judge(rules, packet(APP, PROXY, 22))) == [(False, "no")]
    assert outcomes(judge(rules, TO_PROXY)) == [(True, "default inbound action (Allow)")]


def test_outbound_default_block_needs_an_allow() -> None:
    """Local and remote change places outbound: the remote port is the destination's."""
    allow = rule("storage-out", direction=OUT, remote_ports=(PortRange(443, 443),))
    rules = firewall(allow, default_outbound=Access.DENY)
    assert outcomes(judge(rules, packet(PROXY, "20.60.0.1", 443), OUT)) == [(True, "storage-out")]
    assert outcomes(judge(rules, packet(PROXY, "20.60.0.1", 80), OUT)) == [(False, "default outbound action (Block)")]


def test_rules_of_the_other_direction_do_not_count() -> None:
    """An outbound block does not touch what comes in."""
    rules = firewall(rule("no-way-out", HostAction.BLOCK, OUT), open_port())
    assert outcomes(judge(rules, TO_PROXY)) == [(True, "proxy-in")]


def test_local_address_is_the_destination_inbound() -> None:
    """A rule for one local address takes packets to it, not packets from it."""
    rules = firewall(open_port(local_addresses=(prefix("10.0.0.5/32"),)))
    assert outcomes(judge(rules, TO_PROXY)) == [(True, "proxy-in")]
    assert outcomes(judge(rules, packet(PROXY, APP, 8080))) == BLOCKED_BY_DEFAULT


def test_ports_are_fields_of_tcp_and_udp_only() -> None:
    """A rule for a TCP port does not match ICMP; one for any protocol with a port is open about ICMP."""
    ping = ps.box(4, protocols=IntervalSet.point(1))
    assert outcomes(judge(firewall(open_port()), ping)) == BLOCKED_BY_DEFAULT
    assert outcomes(judge(firewall(open_port(protocol=ICMP, local_ports=(PortRange(0, 65535),))), ping)) == [
        (True, "proxy-in")
    ]
    assert [passes for passes, _ in outcomes(judge(firewall(open_port(protocol=ANY_PROTOCOL)), ping))] == [True, False]


def test_firewall_that_is_off_lets_everything_pass() -> None:
    """Rules of a disabled firewall do nothing."""
    rules = firewall(rule("no", HostAction.BLOCK), is_enabled=False)
    assert outcomes(judge(rules, TO_PROXY)) == [(True, "the firewall is off")]


def test_no_firewall_and_none_given_decide_nothing() -> None:
    """Neither a stated absence nor a firewall the site does not give has a deciding rule."""
    for absent in (NoHostFirewall(at=place(5)), None):
        assert outcomes(judge(absent, TO_PROXY)) == [(True, "")]


def test_undeclared_firewall_of_a_proxy_leaves_its_port_open() -> None:
    """Without the article's step B only TCP to the proxy's own port is undetermined."""
    rest = packet(APP, PROXY, 3389) | packet(APP, PROXY, 8080, protocol=17)
    result = undeclared_proxy_port(machine(None), TO_PROXY | rest)
    by_packets = {part.packets: [case.passes for case in part.cases] for part in result.parts}
    assert by_packets == {TO_PROXY: [True, False], rest: [True]}
    (fact,) = {fact for part in result.parts for case in part.cases for fact, _ in case.when}
    assert fact.name == "host firewall of VM proxy-vm"
    assert fact.reason == (
        "the site gives no host firewall for the proxy VM `proxy-vm`, so whether port 8080 is open inbound is "
        "not known (step B of the article)"
    )


def test_no_packets_give_no_parts() -> None:
    """A hop that no packet meets has nothing to say, whatever its kind."""
    for one in (None, NoHostFirewall(at=place(5)), firewall(open_port()), firewall(is_enabled=False)):
        assert judge(one, ps.EMPTY_PACKETS).parts == ()


ADDRESSES, PORTS = (APP, FAR), (22, 8080)
drawn_rules = st.lists(
    st.builds(
        HostRule,
        name=st.sampled_from(("a", "b", "c")),
        direction=st.sampled_from((IN, IN, OUT)),
        action=st.sampled_from((HostAction.ALLOW, HostAction.BLOCK)),
        at=st.just(place(30)),
        protocol=st.sampled_from((TCP, UDP, ANY_PROTOCOL)),
        local_ports=st.sampled_from(((PortRange(0, 65535),), (PortRange(22, 22),), (PortRange(23, 8080),))),
        remote_addresses=st.sampled_from(((), (prefix(APP),), (prefix("10.0.1.0/24"), prefix("10.0.9.1")))),
        profiles=st.sampled_from((ALL_PROFILES, (Profile.PUBLIC,), (Profile.DOMAIN, Profile.PRIVATE))),
        is_enabled=st.sampled_from((True, True, False)),
        is_group_policy=st.booleans(),
    ),
    max_size=5,
)


def plain_verdict(fw: WindowsFirewall, profile: Profile, source: str, port: int) -> bool:
    """Decide one inbound TCP packet by the documented precedence, with plain loops."""
    address, settings = int(ip_address(source)), fw.settings[profile]
    actions = {
        rule.action
        for rule in fw.rules
        if rule.is_enabled
        and rule.direction is IN
        and profile in rule.profiles
        and (settings.allows_local_rules or rule.is_group_policy)
        and rule.protocol in (TCP, ANY_PROTOCOL)
        and any(span.first <= port <= span.last for span in rule.local_ports)
        and (not rule.remote_addresses or any(a.first <= address <= a.last for a in rule.remote_addresses))
    }
    if HostAction.BLOCK in actions:
        return False
    return HostAction.ALLOW in actions or settings.default_inbound is Access.ALLOW


@settings(max_examples=60, deadline=None)
@given(drawn_rules, st.sampled_from((None, *ALL_PROFILES)), st.booleans(), st.sampled_from((Access.ALLOW, Access.DENY)))
def test_rules_agree_with_the_documented_precedence(
    rules: list[HostRule], active: Profile | None, allows_local: bool, default: Access
) -> None:
    """Every packet gets, under each possible profile, what blocks, then allows, then the default say."""
    fw = firewall(*rules, active_profile=active, allows_local_rules=allows_local, default_inbound=default)
    everything = ps.EMPTY_PACKETS
    for source in ADDRESSES:
        for port in PORTS:
            everything = everything | packet(source, PROXY, port)
    result = judge(fw, everything)
    for source in ADDRESSES:
        for port in PORTS:
            header = next(packet(source, PROXY, port).examples(source_port=50000))
            (part,) = [part for part in result.parts if header in part.packets]
            facts = {fact for case in part.cases for fact, _ in case.when}
            for profile in ALL_PROFILES if active is None else (active,):
                world = frozenset((fact, str(profile)) for fact in facts)
                expected = plain_verdict(fw, profile, source, port)
                assert {case.passes for case in part.cases if is_consistent((case.when, world))} == {expected}
