"""Load balancers as destinations: which rule takes a packet, which member gets it, and what the rules there see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import netcheck as nc
from netcheck.model.address import Unresolved
from netcheck.model.hosts import WindowsFirewall
from netcheck.model.network import VirtualMachine
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Direction, HostAction, HostRule, NextHop
from netcheck.model.services import LoadBalancer
from netcheck.model.site import Site
from netcheck.policy.decision import SeenAs
from tests.unit.networks import (
    ALLOW,
    DENY,
    HERE,
    ICMP,
    IN,
    OUT,
    TCP,
    UDP,
    Part,
    balancer,
    balancing,
    ha_ports,
    network,
    nic,
    nsg,
    private_frontend,
    ranges,
    route,
    rule,
    site,
    subnet,
    table,
    vm,
)
from tests.unit.path.walks import BLOCKED, OPEN, REACHABLE, walked

FRONT, ONE, TWO = "10.0.2.10", "10.0.1.4", "10.0.1.5"


def member(name: str, address: str, **more: Any) -> VirtualMachine:
    """Return a VM in the pool, with what is given of its NIC."""
    return vm(name, nic(f"{name}-nic", "v/web", address, backend_pools=("LB/Web",), **more))


def lb(*rules: Any, **more: Any) -> LoadBalancer:
    """Return a load balancer with a private frontend."""
    return balancer("lb", private_frontend("In", "v/front", FRONT), pools=("web",), rules=rules, **more)


def around(*parts: Part, front: str = "", web: str = "") -> Site:
    """Return `app`, the subnets of a frontend and of its members with NSGs, and what is given."""
    home = network(
        "v",
        "10.0.0.0/16 fd00::/56",
        subnet("v/a", "10.0.0.0/24 fd00::/64"),
        subnet("v/web", "10.0.1.0/24 fd00:0:0:1::/64", network_security_group=web),
        subnet("v/front", "10.0.2.0/24 fd00:0:0:2::/64", network_security_group=front),
    )
    return site(home, vm("app", nic("app-nic", "v/a", "10.0.0.4 fd00::4")), *parts)


WEB = balancing("web", "in", "WEB", (443, 8443))
ALL = ha_ports("all", "in", "web")


def test_packets_go_on_to_the_member_behind_the_rule() -> None:
    """The load balancer is a hop that names its rule; behind it are the member's subnet, its NIC and its VM."""
    found = walked(around(lb(WEB), member("one", ONE)), "app", FRONT)
    assert (found.verdict, found.hops[4:]) == (
        REACHABLE,
        ["load-balancer Inbound lb", "subnet-nsg Inbound", "nic-nsg Inbound", "host-firewall Inbound one"],
    )
    [told] = [d for d in found.region.decided_by() if d.hop == "load-balancer"]
    assert (told.rule, told.note, told.at) == ("web", "to 1 member of pool WEB", "site.yaml:7:3")


@pytest.mark.parametrize(
    ("port", "protocol", "verdict"),
    [(443, TCP, REACHABLE), (8443, TCP, BLOCKED), (444, TCP, BLOCKED), (443, UDP, BLOCKED), (0, ICMP, BLOCKED)],
)
def test_a_rule_takes_its_protocol_and_the_port_of_the_frontend(port: int, protocol: int, verdict: object) -> None:
    """What no rule of the frontend takes goes to nobody; the port of the members is not asked for from outside."""
    found = walked(around(lb(WEB), member("one", ONE)), "app", FRONT, port, protocol)
    nobody = [("load-balancer", "lb", "no rule of frontend In takes them")]
    assert (found.verdict, found.blockers) == (verdict, [] if verdict is REACHABLE else nobody)


@pytest.mark.parametrize(
    ("port", "protocol", "verdict"),
    [(443, TCP, REACHABLE), (53, UDP, REACHABLE), (0, ICMP, BLOCKED)],
)
def test_a_rule_for_all_ports_takes_tcp_and_udp(port: int, protocol: int, verdict: object) -> None:
    """HA ports balance TCP and UDP flows only."""
    assert walked(around(lb(ALL), member("one", ONE)), "app", FRONT, port, protocol).verdict is verdict


def test_rules_of_other_frontends_do_not_count() -> None:
    """Each rule names its frontend, letter case aside."""
    other = balancing("other", "second", "web", (443, 443))
    assert walked(around(lb(other), member("one", ONE)), "app", FRONT).verdict is BLOCKED


def test_a_rule_for_one_port_goes_before_that_for_all() -> None:
    """Where both are, the port's own rule takes its packets, whichever stands first; the other takes the rest."""
    one, other = member("one", ONE), vm("two", nic("two-nic", "v/web", TWO, backend_pools=("lb/rest",)))
    rest = ha_ports("all", "in", "rest")
    for rules in ((WEB, rest), (rest, WEB)):
        where = around(lb(*rules), one, other)
        assert "host-firewall Inbound one" in walked(where, "app", FRONT).hops
        assert "host-firewall Inbound two" not in walked(where, "app", FRONT).hops
        assert "host-firewall Inbound two" in walked(where, "app", FRONT, 80).hops


def test_an_empty_pool_has_nobody_to_take_packets() -> None:
    """The rule is named, and that its pool has no member."""
    found = walked(around(lb(WEB), vm("one", nic("n", "v/web", ONE))), "app", FRONT)
    [told] = [d for d in found.region.decided_by() if not d.passes]
    assert (found.verdict, told.rule, told.note) == (BLOCKED, "web", "pool WEB has no member")


@pytest.mark.parametrize(
    ("to", "port", "verdict"),
    [(ONE, 8443, BLOCKED), (ONE, 443, REACHABLE), (FRONT, 443, REACHABLE), (FRONT, 8443, REACHABLE)],
)
def test_groups_of_the_member_see_its_address_and_its_port(to: str, port: int, verdict: object) -> None:
    """Behind it the destination is the member: a rule for the frontend's address or port takes nothing."""
    group = nsg("g", rule("stop", IN, DENY, to=f"{to}/32", port=port))
    found = walked(around(lb(WEB), member("one", ONE), group, web="g"), "app", FRONT)
    expected = [("subnet-nsg", "g", "stop")] if verdict is BLOCKED else []
    assert (found.verdict, found.blockers) == (verdict, expected)


def test_the_group_of_the_frontends_subnet_is_not_met() -> None:
    """A frontend is no NIC: the rules that count are the member's."""
    group = nsg("g", rule("stop", IN, DENY))
    assert walked(around(lb(WEB), member("one", ONE), group, front="g"), "app", FRONT).verdict is REACHABLE
    on_nic = member("one", ONE, network_security_group="g")
    assert walked(around(lb(WEB), on_nic, group), "app", FRONT).blockers == [("nic-nsg", "g", "stop")]


def test_the_source_address_is_kept() -> None:
    """A rule about the client's address decides; one about the frontend's as a source takes nothing."""
    allowed = nsg("g", rule("client", IN, ALLOW, source="10.0.0.4/32"), rule("rest", IN, DENY))
    assert walked(around(lb(WEB), member("one", ONE), allowed, web="g"), "app", FRONT).verdict is REACHABLE
    other = nsg("g", rule("frontend", IN, ALLOW, source=f"{FRONT}/32"), rule("rest", IN, DENY))
    assert walked(around(lb(WEB), member("one", ONE), other, web="g"), "app", FRONT).verdict is BLOCKED


@pytest.mark.parametrize(("port", "verdict"), [(443, BLOCKED), (8443, REACHABLE)])
def test_a_rule_for_all_ports_keeps_the_port(port: int, verdict: object) -> None:
    """The member's group sees its own address with the port that was asked for."""
    group = nsg("g", rule("stop", IN, DENY, to=f"{ONE}/32", port=443))
    assert walked(around(lb(ALL), member("one", ONE), group, web="g"), "app", FRONT, port).verdict is verdict


@pytest.mark.parametrize(
    ("to", "port", "verdict"), [(FRONT, 443, BLOCKED), (FRONT, 8443, REACHABLE), (ONE, 443, REACHABLE)]
)
def test_a_floating_address_stays_the_destination(to: str, port: int, verdict: object) -> None:
    """With floating IP the member gets packets for the frontend's address and port."""
    floating = replace(WEB, backend_port=443, has_floating_ip=True)
    group = nsg("g", rule("stop", IN, DENY, to=f"{to}/32", port=port))
    assert walked(around(lb(floating), member("one", ONE), group, web="g"), "app", FRONT).verdict is verdict


def test_the_host_firewall_of_the_member_sees_its_own_port() -> None:
    """The program listens on the rule's backend port."""
    for port, verdict in ((8443, REACHABLE), (443, BLOCKED)):
        opened = HostRule(
            name="web", direction=Direction.INBOUND, action=HostAction.ALLOW, at=HERE, protocol=Protocol((TCP,)),
            local_ports=(PortRange(port, port),),
        )  # fmt: skip
        one = replace(member("one", ONE), host_firewall=WindowsFirewall(rules=(opened,), at=HERE))
        assert walked(around(lb(WEB), one), "app", FRONT).verdict is verdict


def test_which_of_several_members_gets_a_packet_is_a_fact() -> None:
    """Members that differ leave the answer open; alike ones, whichever it is, do not."""
    group = nsg("g", rule("stop", IN, DENY))
    guarded = {"network_security_group": "g"}
    alike = around(lb(WEB), member("one", ONE), member("two", TWO), group)
    assert walked(alike, "app", FRONT).verdict is REACHABLE
    differ = walked(around(lb(WEB), member("one", ONE, **guarded), member("two", TWO), group), "app", FRONT)
    assert (differ.verdict, differ.facts) == (OPEN, ["member of lb/web by web"])
    assert differ.blockers == [("nic-nsg", "g", "stop")]
    both = around(lb(WEB), member("one", ONE, **guarded), member("two", TWO, **guarded), group)
    assert walked(both, "app", FRONT).verdict is BLOCKED


def test_members_blocked_by_different_hops_are_blocked() -> None:
    """In each world another member is met, and each is blocked by something of its own."""
    group = nsg("g", rule("stop", IN, DENY))
    guarded = member("one", ONE, network_security_group="g")
    firewalled = replace(member("two", TWO), host_firewall=WindowsFirewall(rules=(), at=HERE))
    found = walked(around(lb(WEB), guarded, firewalled, group), "app", FRONT)
    assert (found.verdict, {hop for hop, _, _ in found.blockers}) == (BLOCKED, {"nic-nsg", "host-firewall"})


def test_a_load_balancer_that_is_not_known_is_open() -> None:
    """What no file tells of it may take the packets or not, whatever its known rules say."""
    for rules in ((), (WEB,)):
        found = walked(around(lb(*rules, unknown="its rules are not in the file"), member("one", ONE)), "app", FRONT)
        assert found.verdict is OPEN
        assert found.reasons == "load balancer `lb` at site.yaml:7:3: its rules are not in the file"


def test_a_member_whose_address_is_not_known_is_open() -> None:
    """Rules about its address cannot be judged; the answer names the member."""
    nowhere = nic("one-nic", "v/web", "", open_families=(4,), backend_pools=("lb/web",))
    free = replace(nowhere, addresses=ranges("10.0.1.0/24"), open_addresses=ranges("10.0.1.0/24"))
    for one in (nowhere, free):
        found = walked(around(lb(WEB), vm("one", one)), "app", FRONT)
        assert (found.verdict, found.reasons) == (OPEN, "the address of member `one-nic` is not known")


def test_a_member_cannot_reach_itself_through_the_load_balancer() -> None:
    """Alone in the pool it is certain that it gets its own packets back; beside another it depends."""
    alone = walked(around(lb(WEB), member("one", ONE)), "one", FRONT)
    note = "one-nic cannot reach itself through the load balancer"
    [told] = [d for d in alone.region.decided_by() if not d.passes]
    assert (alone.verdict, told.rule, told.note) == (BLOCKED, "web", note)
    found = walked(around(lb(WEB), member("one", ONE), member("two", TWO)), "one", FRONT)
    assert (found.verdict, found.facts) == (OPEN, ["member of lb/web by web"])


def test_each_family_has_a_member_address_of_its_own() -> None:
    """An IPv6 frontend sends packets to the member's IPv6 address."""
    six = balancer("lb", private_frontend("in", "v/front", "fd00:0:0:2::10"), pools=("web",), rules=(WEB,))
    one = member("one", f"{ONE} fd00:0:0:1::4")
    group = nsg("g", rule("stop", IN, DENY, to="fd00:0:0:1::4/128", port=8443))
    assert walked(around(six, one), "app", "fd00:0:0:2::10").verdict is REACHABLE
    assert walked(around(six, one, group, web="g"), "app", "fd00:0:0:2::10").verdict is BLOCKED
    found = walked(around(six, member("one", ONE)), "app", "fd00:0:0:2::10")
    assert (found.verdict, found.reasons) == (OPEN, "the address of member `one-nic` is not known")


def test_a_frontend_that_names_no_subnet_is_in_the_one_that_holds_its_address() -> None:
    """Of the members' network; without members, of the only network that has it."""
    bare = balancer("lb", replace(private_frontend("in", "v/front", FRONT), subnet=""), pools=("web",), rules=(WEB,))
    assert walked(around(bare, member("one", ONE)), "app", FRONT).verdict is REACHABLE
    found = walked(around(bare), "app", FRONT)
    assert (found.verdict, [hop for hop, _, _ in found.blockers]) == (BLOCKED, ["load-balancer"])


def test_routes_lead_to_a_frontend_as_to_any_address() -> None:
    """A route that drops its address goes before all that the load balancer does."""
    where = around(lb(WEB), member("one", ONE), table("rt", route("drop", "10.0.2.0/24", NextHop.NONE)))
    home = where.virtual_networks[0]
    a = replace(home.subnets[0], route_table="rt")
    found = walked(replace(where, virtual_networks=(replace(home, subnets=(a, *home.subnets[1:])),)), "app", FRONT)
    assert (found.verdict, found.blockers) == (BLOCKED, [("route", "v/a", "drop")])


def test_a_rule_of_any_protocol_for_one_port_is_no_rule_for_all() -> None:
    """Protocol `All` with a port takes that port of TCP and UDP."""
    one = around(lb(balancing("dns", "in", "web", (53, 53), protocol=ANY_PROTOCOL)), member("one", ONE))
    for port, protocol, verdict in ((53, UDP, REACHABLE), (53, TCP, REACHABLE), (54, UDP, BLOCKED)):
        assert walked(one, "app", FRONT, port, protocol).verdict is verdict


def test_what_the_hops_behind_a_load_balancer_see() -> None:
    """Each is told with the destination and the port in place of the packet's; a port that is kept is not told."""
    one = member("one", f"{ONE} fd00:0:0:1::4")
    address = ranges(ONE)[0].first
    for rule_, expected in (
        (WEB, SeenAs(address, 8443)),
        (ALL, SeenAs(address)),
        (replace(WEB, has_floating_ip=True), None),
    ):
        results = walked(around(lb(rule_), one), "app", FRONT).results
        at = [str(result.hop) for result in results].index("load-balancer")
        assert [str(result.hop) for result in results[at + 1 :]] == ["subnet-nsg", "nic-nsg", "host-firewall"]
        assert {result.seen_as for result in results[: at + 1]} == {None}
        assert {result.seen_as for result in results[at + 1 :]} == {expected}


def test_packets_go_to_the_first_address_of_a_member() -> None:
    """A NIC with several is in the pool by its first."""
    group = nsg("g", rule("stop", IN, DENY, to="10.0.1.6/32"))
    one = around(lb(WEB), member("one", f"{ONE} 10.0.1.6"), group, web="g")
    assert walked(one, "app", FRONT).verdict is REACHABLE
    first = nsg("g", rule("stop", IN, DENY, to=f"{ONE}/32"))
    assert walked(around(lb(WEB), member("one", f"{ONE} 10.0.1.6"), first, web="g"), "app", FRONT).verdict is BLOCKED


def test_nothing_stands_behind_a_member_that_is_the_sender() -> None:
    """Its packets do not come back to it: its own rules have no say about them."""
    found = walked(around(lb(WEB), member("one", ONE)), "one", FRONT)
    assert found.hops[-1] == "load-balancer Inbound lb"
    assert [hop for hop in found.hops if "Inbound" in hop] == ["load-balancer Inbound lb"] * 2


def test_what_the_members_rules_say_is_told_of_the_packets_sent() -> None:
    """A rule about one client splits the question's own packets: they are for the frontend, on its port."""
    group = nsg("g", rule("stop", IN, DENY, source="10.0.0.9/32"))
    answer = nc.can_reach(around(lb(WEB), member("one", ONE), group, web="g"), "10.0.0.8/30", FRONT, tcp=[443])
    told: dict[str, Any] = answer.to_dict()["packets"]  # type: ignore[assignment]  # JSON
    for verdict, sources in (("reachable", ["10.0.0.8/32", "10.0.0.10/31"]), ("blocked", ["10.0.0.9/32"])):
        [block] = told[verdict]
        assert (block["source"], block["destination"], block["destinationPorts"]) == (sources, [f"{FRONT}/32"], ["443"])


def test_what_is_not_known_of_the_frontends_address_is_not_so_of_the_members() -> None:
    """A name that may hold the one need not hold the other: the client's rule and the member's wait for two facts."""
    name = (Unresolved("Odd", "no tag of that name"),)
    out = nsg("out", replace(rule("to-odd", OUT, ALLOW), destinations=name), rule("rest", OUT, DENY))
    inside = nsg("in", replace(rule("not-odd", IN, DENY), destinations=name), rule("rest", IN, ALLOW))
    one = around(lb(WEB), member("one", ONE), out, inside, web="in")
    app = vm("app", nic("app-nic", "v/a", "10.0.0.4", network_security_group="out"))
    found = walked(replace(one, virtual_machines=(app, *one.virtual_machines[1:])), "app", FRONT)
    assert found.verdict is OPEN
