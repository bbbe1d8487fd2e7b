"""Who a proxy is, and what becomes of requests where a load balancer stands in front of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import netcheck as nc
from netcheck.errors import QuestionError
from netcheck.model.address import parse_address
from netcheck.model.hosts import NoHostFirewall
from netcheck.model.network import VirtualMachine
from netcheck.model.ports import Protocol
from netcheck.model.proxies import ProxyServer
from netcheck.model.proxyacl import AclCondition, AclRule, Always
from netcheck.model.rules import Access
from netcheck.model.services import LoadBalancer
from netcheck.model.site import Site
from netcheck.policy.branches import EVERY_WORLD
from netcheck.policy.resolve import to_set
from netcheck.questions.proxies import Proxy, Relay, named_proxy, proxy_at
from tests.unit.networks import (
    DENY,
    HERE,
    IN,
    OUT,
    UDP,
    Part,
    balancer,
    balancing,
    ha_ports,
    network,
    nic,
    nsg,
    private_frontend,
    public_frontend,
    ranges,
    rule,
    site,
    subnet,
    vm,
)

FRONT, STORAGE = "10.0.2.10", "20.60.0.1"
NO_IN, NO_OUT = nsg("no-in", rule("keep-out", IN, DENY)), nsg("no-out", rule("keep-in", OUT, DENY))


def proxy(name: str, address: str, port: int = 8080, pool: str = "lb/pool", **more: Any) -> VirtualMachine:
    """Return a proxy VM in a pool, with what is given of its NIC."""
    interface = nic(f"{name}-nic", "v/p", address, backend_pools=(pool,) if pool else (), **more)
    return vm(name, interface, proxy_server=ProxyServer(port=port, at=HERE), host_firewall=NoHostFirewall(at=HERE))


def lb(*rules: Any) -> LoadBalancer:
    """Return a load balancer with a private frontend; without rules it has one from port 3128 to 8080."""
    usual = (balancing("squid", "in", "pool", (3128, 8080)),)
    return balancer("LB", public_frontend("out"), private_frontend("in", "v/f", FRONT), rules=rules or usual)


def around(*parts: Part) -> Site:
    """Return `app` and what is given in a network."""
    clients, proxies = subnet("v/a", "10.0.0.0/24"), subnet("v/p", "10.0.1.0/24", nat_gateway="nat")
    home = network("v", "10.0.0.0/16", clients, proxies, subnet("v/f", "10.0.2.0/24"))
    return site(home, vm("app", nic("app-nic", "v/a", "10.0.0.4")), *parts)


def one_of(address: str) -> dict[Any, Any]:
    """Return one IPv4 address by family."""
    return {4: to_set(ranges(address), 4), 6: to_set((), 6)}


# Who it is


def test_a_vm_is_a_proxy_by_its_name_or_its_address() -> None:
    """Its own port is asked, on its primary NIC, in every world; there is no choice."""
    one = proxy("One", "10.0.1.4", pool="")
    expected = Proxy(
        "One", one_of("10.0.1.4"), 8080, (Relay(one, one.interfaces[0], None, one.interfaces[0].addresses),)
    )
    for text in ("one", "10.0.1.4"):
        assert named_proxy(around(one), text) == expected
    assert (expected.vm, expected.end, expected.choice) == (one, one.interfaces[0], None)


def test_a_client_may_ask_another_port_than_the_proxys_own() -> None:
    """The port of the client's setting is the one that is asked, and the relay is told."""
    one = proxy("one", "10.0.1.4", pool="")
    for host in ("one", "10.0.1.4"):
        found = proxy_at(around(one), host, 3128)
        assert found == Proxy(
            "one", one_of("10.0.1.4"), 3128, (Relay(one, one.interfaces[0], 3128, one.interfaces[0].addresses),)
        )


def test_a_vm_without_proxy_has_no_port() -> None:
    """No file says on which it listens."""
    found = named_proxy(around(), "app")
    assert (found.name, found.port) == ("app", None)


def test_nobody_is_no_proxy() -> None:
    """A setting may name what is not in the site; a question may not."""
    assert proxy_at(around(), "proxy.contoso.com", 8080) is None
    assert proxy_at(around(), "10.9.9.9", 8080) is None
    assert proxy_at(around(lb(), proxy("one", "10.0.1.4")), "10.9.9.9", 3128) is None
    with pytest.raises(QuestionError, match="no VM `nobody`"):
        named_proxy(around(), "nobody")


@pytest.mark.parametrize("text", ["lb", FRONT])
def test_a_frontend_is_a_proxy_by_the_load_balancers_name_or_its_own_address(text: str) -> None:
    """Clients ask the frontend's port; each member gets them on the backend port, in a world of its own."""
    one, two = proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5")
    where = around(lb(), one, two)
    found = named_proxy(where, text)
    assert found == proxy_at(where, text, 3128)
    assert (found.name, found.addresses, found.port, found.end) == ("LB", one_of(FRONT), 3128, None)
    assert found.choice is not None
    first, second = (frozenset([(found.choice, name)]) for name in ("one/one-nic", "two/two-nic"))
    assert found.relays == (
        Relay(one, one.interfaces[0], 8080, one.interfaces[0].addresses, (first,), (second,)),
        Relay(two, two.interfaces[0], 8080, two.interfaces[0].addresses, (second,), (first,)),
    )
    assert found.vm == one


def test_one_member_gets_every_connection() -> None:
    """There is no choice; but what the client asks is the frontend, not the member's NIC."""
    one = proxy("one", "10.0.1.4")
    found = named_proxy(around(lb(), one), "LB")
    assert found.relays == (Relay(one, one.interfaces[0], 8080, one.interfaces[0].addresses, EVERY_WORLD, ()),)
    assert found.end is None


def test_a_vms_address_goes_before_a_frontends() -> None:
    """A setting that names a VM by its address means the VM, in front of which nothing stands."""
    one = proxy("one", "10.0.1.4")
    found = proxy_at(around(lb(), one), "10.0.1.4", 8080)
    assert found is not None
    assert (found.name, found.addresses) == ("one", one_of("10.0.1.4"))


def test_a_rule_for_all_ports_keeps_the_port_that_the_client_asks() -> None:
    """Members get the connection on the same port."""
    one = proxy("one", "10.0.1.4")
    found = proxy_at(around(lb(ha_ports("all", "in", "pool")), one), FRONT, 3128)
    assert found is not None
    assert (found.port, found.relays[0].port) == (3128, 3128)


def test_of_several_rules_the_port_says_which_is_meant() -> None:
    """A setting has a port; a question that names the load balancer alone has none, and is refused."""
    one, two = proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5", pool="lb/second")
    rules = (balancing("a", "in", "pool", (3128, 8080)), balancing("b", "IN", "second", (3129, 8081)))
    where = around(lb(*rules), one, two)
    found = proxy_at(where, FRONT, 3129)
    assert found is not None
    assert [(relay.vm.name, relay.port) for relay in found.relays] == [("two", 8081)]
    with pytest.raises(QuestionError, match="has 2 rules for clients of `lb`"):
        named_proxy(where, "lb")
    with pytest.raises(QuestionError, match="has 0 rules for clients of"):
        proxy_at(where, FRONT, 3130)


def test_a_pool_without_member_is_no_proxy() -> None:
    """Nobody would get the connection; the question is refused with the pool's name."""
    with pytest.raises(QuestionError, match="pool `pool` of load balancer `LB` has no member"):
        named_proxy(around(lb()), "lb")


def test_a_public_frontend_is_no_proxy_inside() -> None:
    """Neither by its address nor by the name of a load balancer that has no other."""
    public = balancer("LB", public_frontend("out"), rules=(balancing("squid", "out", "pool", (3128, 8080)),))
    one = proxy("one", "10.0.1.4")
    assert proxy_at(around(public, one), "203.0.113.50", 3128) is None
    with pytest.raises(QuestionError, match="no VM `lb`"):
        named_proxy(around(public, one), "lb")


# What becomes of requests


def asked(*parts: Part, via: str = "lb", to: str = STORAGE, port: int = 443) -> nc.Answer:
    """Return the answer about a request of `app` through a proxy."""
    return nc.can_reach(around(*parts, NO_IN, NO_OUT), "app", to, tcp=[port], via=via)


SHUT: dict[str, Any] = {"network_security_group": "no-in"}
STUCK: dict[str, Any] = {"network_security_group": "no-out"}


def test_any_member_that_passes_both_ways_is_as_good_as_another() -> None:
    """Alike members leave nothing open."""
    assert asked(lb(), proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5")).verdict == "reachable"
    assert asked(lb(), proxy("one", "10.0.1.4")).verdict == "reachable"


@pytest.mark.parametrize("kept", [SHUT, STUCK])
def test_a_member_that_does_not_pass_leaves_it_open_beside_one_that_does(kept: dict[str, Any]) -> None:
    """Which one gets the connection is not known, and that is the reason, whichever of the two ways is blocked."""
    for first, second in (({}, kept), (kept, {})):
        answer = asked(lb(), proxy("one", "10.0.1.4", **first), proxy("two", "10.0.1.5", **second))
        assert answer.verdict == "undetermined"
        assert any("which member of pool `pool` of load balancer `LB`" in reason for reason in answer.reasons)


def test_members_that_each_lack_another_way_are_blocked() -> None:
    """One is not reached, the other gets nowhere: the member that gets the connection sends the second one."""
    answer = asked(lb(), proxy("one", "10.0.1.4", **SHUT), proxy("two", "10.0.1.5", **STUCK))
    assert answer.verdict == "blocked"
    assert {d.rule for part in answer.parts for d in part.decided_by if not d.passes} == {"keep-out", "keep-in"}
    assert asked(lb(), proxy("one", "10.0.1.4", **STUCK), proxy("two", "10.0.1.5", **SHUT)).verdict == "blocked"


def test_three_members_of_which_one_passes_are_open() -> None:
    """Two lack one way each; the third has both."""
    three = (proxy("one", "10.0.1.4", **SHUT), proxy("two", "10.0.1.5", **STUCK), proxy("three", "10.0.1.6"))
    assert asked(lb(), *three).verdict == "undetermined"


def refusing(one: VirtualMachine) -> VirtualMachine:
    """Return a proxy whose list refuses every request."""
    line = AclRule(
        action=Access.DENY, conditions=(AclCondition(test=Always(), text="all"),), text="http_access deny all", at=HERE
    )
    assert one.proxy_server is not None
    return replace(one, proxy_server=replace(one.proxy_server, acl=(line,)))


def test_the_list_of_a_member_decides_for_that_member() -> None:
    """A member that refuses leaves it open beside one that permits; where the others are blocked too, none passes."""
    one, two = proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5")
    assert asked(lb(), refusing(one), two).verdict == "undetermined"
    assert asked(lb(), refusing(one), refusing(two)).verdict == "blocked"
    assert asked(lb(), refusing(one), proxy("two", "10.0.1.5", **STUCK)).verdict == "blocked"
    assert asked(lb(), refusing(one), proxy("two", "10.0.1.5", **SHUT)).verdict == "blocked"


def test_a_member_listens_on_the_port_that_it_is_asked() -> None:
    """The backend port of the rule must be the proxy's own."""
    assert asked(lb(), proxy("one", "10.0.1.4", port=8081)).verdict == "blocked"
    both = asked(lb(), proxy("one", "10.0.1.4", port=8081), proxy("two", "10.0.1.5"))
    assert both.verdict == "undetermined"
    on_another = proxy("one", "10.0.1.4")
    assert on_another.proxy_server is not None
    bound = replace(on_another.proxy_server, listen=parse_address("127.0.0.1"))
    assert asked(lb(), replace(on_another, proxy_server=bound)).verdict == "blocked"
    own = replace(on_another.proxy_server, listen=parse_address("10.0.1.4"))
    assert asked(lb(), replace(on_another, proxy_server=own)).verdict == "reachable"


def test_a_rule_for_udp_carries_no_connection_to_a_proxy() -> None:
    """Clients speak TCP with it."""
    udp = balancing("squid", "in", "pool", (3128, 8080), protocol=Protocol((UDP,)))
    assert asked(lb(udp), proxy("one", "10.0.1.4")).verdict == "blocked"


def test_the_second_connection_chooses_a_member_of_its_own() -> None:
    """Proxies that are also the web servers behind another frontend: each may be sent to the other one."""
    frontends = (private_frontend("in", "v/f", FRONT), private_frontend("web", "v/f", "10.0.2.11"))
    rules = (balancing("squid", "in", "pool", (3128, 8080)), balancing("www", "web", "pool", (443, 443)))
    both = balancer("LB", *frontends, rules=rules)
    answer = asked(both, proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5"), via=FRONT, to="10.0.2.11")
    assert answer.verdict == "undetermined"


@pytest.mark.parametrize("ports", [(8080, 8080), (8080, 3128), (8080, None)])
def test_a_rule_for_all_ports_leads_to_the_port_on_which_all_members_listen(ports: tuple[int, int | None]) -> None:
    """Without a port in the question, that of the proxies behind the frontend is meant, where it is one."""
    first, second = proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5")
    server = ProxyServer(port=ports[1], at=HERE) if ports[1] is not None else None
    one = around(lb(ha_ports("all", "in", "pool")), first, replace(second, proxy_server=server))
    if ports[0] == ports[1]:
        found = named_proxy(one, "lb")
        assert (found.port, [relay.port for relay in found.relays]) == (8080, [8080, 8080])
    else:
        with pytest.raises(QuestionError, match="does not say on which one"):
            named_proxy(one, "lb")


@pytest.mark.parametrize(("listen", "verdict"), [("10.0.1.4", "blocked"), (FRONT, "reachable")])
def test_a_floating_ip_comes_to_the_proxy_as_the_frontend(listen: str, verdict: str) -> None:
    """The destination stays the frontend's: a proxy that listens on its own address only does not see it."""
    floating = lb(balancing("squid", "in", "pool", (8080, 8080), has_floating_ip=True))
    server = ProxyServer(port=8080, at=HERE, listen=parse_address(listen))
    assert asked(floating, replace(proxy("one", "10.0.1.4"), proxy_server=server)).verdict == verdict


def test_each_member_is_a_leg_of_its_own() -> None:
    """The answer lists the way to the load balancer and one way out for each member."""
    answer = asked(lb(), proxy("one", "10.0.1.4"), proxy("two", "10.0.1.5"))
    legs = dict.fromkeys(hop.leg for hop in answer.hops)
    assert list(legs) == ["app -> LB", "one", "two", f"one -> {STORAGE}", f"two -> {STORAGE}"]
