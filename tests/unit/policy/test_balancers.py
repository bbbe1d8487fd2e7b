"""Load balancers: who is in a pool, who gets a packet, which public addresses are lent, and what comes in."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.model.ports import ANY_PROTOCOL, Protocol
from netcheck.model.services import LoadBalancer, OutboundRule
from netcheck.policy.balancers import (
    balancers_of,
    brings,
    gives_public_way,
    is_public,
    member_choice,
    members,
)
from netcheck.policy.facts import ANY_WORLD
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from tests.unit.networks import (
    HERE,
    ICMP,
    TCP,
    UDP,
    balancer,
    balancing,
    ha_ports,
    nic,
    private_frontend,
    public_frontend,
    site,
    vm,
)

PUBLIC, PRIVATE = public_frontend("out"), private_frontend("in", "v/s", "10.0.0.10")
ONLY_TCP, ONLY_UDP, OTHERS = IntervalSet.point(TCP), IntervalSet.point(UDP), ps.PORTLESS


def outbound(pool: str = "pool", protocol: Protocol = ANY_PROTOCOL) -> OutboundRule:
    """Return an outbound rule."""
    return OutboundRule(name="snat", pool=pool, at=HERE, protocol=protocol)


def test_a_nic_names_its_pools_by_load_balancer() -> None:
    """`load balancer/pool`, letter case aside; a NIC may be behind several, and a name of no load balancer is none."""
    lb, other = balancer("LB"), balancer("other")
    one = nic("n", "v/s", "10.0.0.4", backend_pools=("lb/A", "other/b", "gone/c"))
    assert list(balancers_of(site(lb, other), one)) == [(lb, "A"), (other, "b")]
    assert list(balancers_of(site(lb, other), nic("m", "v/s", "10.0.0.5"))) == []


def test_the_members_of_a_pool_are_the_nics_that_name_it() -> None:
    """Each NIC of each VM is asked; another pool, or a pool of that name elsewhere, is another one."""
    a = nic("a", "v/s", "10.0.0.4", backend_pools=("LB/Web",))
    b = nic("b", "v/s", "10.0.0.5", backend_pools=("lb/web", "lb/other"))
    c = nic("c", "v/s", "10.0.0.6", backend_pools=("lb/other",))
    d = nic("d", "v/s", "10.0.0.7", backend_pools=("lb2/web",))
    one, two = vm("one", a, c), vm("two", d, b)
    where = site(one, two, balancer("lb"), balancer("lb2"))
    assert members(where, balancer("lb"), "web") == ((one, a), (two, b))
    assert members(where, balancer("lb"), "none") == ()


def test_one_of_several_members_gets_a_packet() -> None:
    """Which one is one fact of the rule with a value for each; a pool of one leaves no choice."""
    where = site(
        vm("one", nic("n1", "v/s", "10.0.0.4", backend_pools=("LB/Web",))),
        vm("two", nic("n1", "v/s", "10.0.0.5", backend_pools=("LB/Web",))),
    )
    found = members(where, balancer("LB"), "Web")
    web = balancing("Www", "in", "Web")
    fact, worlds = member_choice(balancer("LB"), web, found)
    assert worlds == (frozenset([(fact, "one/n1")]), frozenset([(fact, "two/n1")]))
    assert (fact.name, fact.side, str(fact.at)) == ("member of lb/web by www", "", "site.yaml:7:3")
    assert fact.reason == "which member of pool `Web` of load balancer `LB` gets the packets is not known"
    assert member_choice(balancer("LB"), web, found[:1])[1] == (ANY_WORLD,)
    assert member_choice(balancer("LB"), web, ())[1] == ()


@pytest.mark.parametrize(
    ("protocol", "ways"),
    [
        (ANY_PROTOCOL, {"tcp", "udp"}),
        (Protocol((TCP,)), {"tcp"}),
        (Protocol((UDP,)), {"udp"}),
    ],
)
def test_an_outbound_rule_is_about_its_pool_and_its_protocol(protocol: Protocol, ways: set[str]) -> None:
    """Protocol `All` means TCP and UDP: port masquerading translates nothing else."""
    lb = balancer("lb", PUBLIC, outbound_rules=(outbound("Pool", protocol),))
    for word, asked in (("tcp", ONLY_TCP), ("udp", ONLY_UDP), ("others", OTHERS)):
        expected = "outbound rule snat of load balancer lb" if word in ways else ""
        assert (word, gives_public_way(lb, "POOL", asked)) == (word, expected)
        assert gives_public_way(lb, "other", asked) == ""


@pytest.mark.parametrize(
    ("protocol", "ways"),
    [(Protocol((TCP,)), {"tcp"}), (Protocol((UDP,)), {"udp"}), (ANY_PROTOCOL, {"tcp", "udp"})],
)
def test_a_rule_of_a_public_frontend_gives_a_way_out_for_its_protocol(protocol: Protocol, ways: set[str]) -> None:
    """Outbound SNAT by a load balancing rule depends on the transport protocol of the rule."""
    lb = balancer("lb", PUBLIC, rules=(balancing("web", "OUT", "Pool", protocol=protocol),))
    for word, asked in (("tcp", ONLY_TCP), ("udp", ONLY_UDP), ("others", OTHERS)):
        expected = "load balancing rule web of load balancer lb" if word in ways else ""
        assert (word, gives_public_way(lb, "pool", asked)) == (word, expected)
        assert gives_public_way(lb, "other", asked) == ""


def test_rules_that_give_no_way_out() -> None:
    """`disableOutboundSnat`, a private frontend, or one that the load balancer does not have."""
    for one in (
        balancer("lb", PUBLIC, rules=(balancing("web", "out", "pool", gives_outbound=False),)),
        balancer("lb", PRIVATE, PUBLIC, rules=(balancing("web", "in", "pool"),)),
        balancer("lb", PUBLIC, rules=(balancing("web", "gone", "pool"),)),
        balancer("lb", PUBLIC),
    ):
        assert gives_public_way(one, "pool", ONLY_TCP) == ""


def test_an_outbound_rule_goes_before_a_load_balancing_rule() -> None:
    """The explicit rule is the one that is told."""
    lb = balancer("lb", PUBLIC, rules=(balancing("web", "out", "pool"),), outbound_rules=(outbound(),))
    assert gives_public_way(lb, "pool", ONLY_TCP) == "outbound rule snat of load balancer lb"


def test_a_load_balancer_is_public_by_one_frontend() -> None:
    """Any public frontend makes it public; private ones, or none, do not."""
    assert is_public(balancer("lb", PRIVATE, PUBLIC))
    assert not is_public(balancer("lb", PRIVATE))
    assert not is_public(balancer("lb"))


def coming(*rules: Any, pools: tuple[str, ...] = ("lb/pool",), **more: Any) -> ps.PacketSet:
    """Return the packets that a load balancer with some rules brings to a NIC from outside."""
    lb: LoadBalancer = balancer("lb", PUBLIC, PRIVATE, rules=rules, **more)
    one = nic("n", "v/s", "10.0.0.4", backend_pools=pools)
    found = (brings(*way) for way in balancers_of(site(lb, vm("one", one)), one))
    return next(found, ps.EMPTY_PACKETS)


def test_what_comes_in_has_the_port_of_the_member() -> None:
    """From outside a public frontend's port is asked; the NIC sees the packets with its own port."""
    expected = ps.box(4, ONLY_TCP, IntervalSet.point(8443))
    assert coming(balancing("web", "OUT", "POOL", (443, 8443))) == expected


def test_a_rule_for_all_ports_brings_tcp_and_udp() -> None:
    """HA ports balance all TCP and UDP flows; other protocols have no rule."""
    assert coming(ha_ports("all", "out", "pool")) == ps.box(4, ps.PORTED)


def test_each_rule_of_the_pool_brings_its_packets() -> None:
    """Several rules together; those of other pools, of private frontends, of none, bring nothing."""
    both = coming(
        balancing("web", "out", "pool", (443, 443)),
        balancing("dns", "out", "pool", (53, 53), protocol=Protocol((UDP,))),
        balancing("other", "out", "elsewhere", (80, 80)),
        balancing("inside", "in", "pool", (81, 81)),
        balancing("gone", "no-such", "pool", (82, 82)),
    )
    web, dns = ps.box(4, ONLY_TCP, IntervalSet.point(443)), ps.box(4, ONLY_UDP, IntervalSet.point(53))
    assert both == web | dns
    assert coming(balancing("web", "out", "pool"), pools=()) == ps.EMPTY_PACKETS
    assert coming(balancing("ping", "out", "pool", (0, 0), protocol=Protocol((ICMP,)))) == ps.EMPTY_PACKETS
