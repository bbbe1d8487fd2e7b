"""The two connections of a request through a proxy: what they share, what they do not, and how each is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.address import Unresolved
from netcheck.model.hosts import NoHostFirewall
from netcheck.model.network import PublicIp, VirtualMachine
from netcheck.model.proxies import ProxyServer
from netcheck.model.proxyacl import AclCondition, AclRule, Always, HostNames
from netcheck.model.rules import Access
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, combine
from netcheck.policy.resolve import to_set
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.places import Origin, Target
from netcheck.questions.proxied import ProxiedLeg, through_proxy
from netcheck.questions.proxies import Proxy, named_proxy, proxy_at
from netcheck.sets.intervals import IntervalSet
from tests.unit.networks import (
    ALLOW,
    DENY,
    HERE,
    IN,
    OUT,
    Part,
    balancer,
    balancing,
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

STORAGE, FRONT = "20.60.0.1", "10.0.2.10"
HOST = "acct.blob.core.windows.net"
NONE = NoHostFirewall(at=HERE)


def proxy(
    name: str = "one", address: str = "10.0.1.4", server: ProxyServer | None = None, **more: Any
) -> VirtualMachine:
    """Return a proxy VM, with what is given of its NIC."""
    interface = nic(f"{name}-nic", "v/p", address, backend_pools=("lb/pool",), **more)
    return vm(name, interface, host_firewall=NONE, proxy_server=server or ProxyServer(port=8080, at=HERE))


def around(*parts: Part, table_of_clients: str = "", table_of_proxies: str = "") -> Site:
    """Return `app` and what is given in a network; the subnets of clients and proxies may have route tables."""
    home = network(
        "v",
        "10.0.0.0/16",
        subnet("v/a", "10.0.0.0/24", route_table=table_of_clients),
        subnet("v/p", "10.0.1.0/24", route_table=table_of_proxies, nat_gateway="nat"),
        subnet("v/f", "10.0.2.0/24"),
        subnet("v/nva", "10.0.9.0/24", nat_gateway="nat"),
        subnet("v/shut", "10.0.8.0/24", default_outbound_access=False),
    )
    return site(home, vm("app", nic("app-nic", "v/a", "10.0.0.4"), host_firewall=NONE), *parts)


def through(
    one: Site,
    host: str = "one",
    port: int | None = 8080,
    *,
    to: str = STORAGE,
    asks: int = 443,
    names: tuple[str, ...] = (),
) -> ProxiedLeg:
    """Return what becomes of app's requests through a proxy that a client's setting names."""
    found: Proxy | None = proxy_at(one, host, port)
    assert found is not None
    target = Target(to, {4: to_set(ranges(to), 4), 6: to_set((), 6)}, hosts=names)
    app = one.vm("app")
    assert app is not None
    return through_proxy(Asking(one), [primary_origin(app)], found, target, IntervalSet.point(asks))


def verdict(leg: ProxiedLeg) -> Verdict:
    """Return the verdict about all requests."""
    return combine(region.verdict for region in leg.regions)


def test_each_connection_is_a_leg_with_its_own_verdict_and_deciders() -> None:
    """To the proxy's port, and from the proxy to the target: who blocks is named in the leg that it blocks."""
    out = nsg("out", rule("no", OUT, DENY))
    leg = through(around(proxy(network_security_group="out"), out))
    first, second = leg.legs
    assert (first.source, first.target, first.verdict) == ("app", "one:8080", Verdict.REACHABLE)
    assert (second.source, second.target, second.verdict) == ("one", STORAGE, Verdict.BLOCKED)
    assert [d.rule for d in second.decided_by] == ["no"]
    assert "no" not in [d.rule for d in first.decided_by]
    assert verdict(leg) is Verdict.BLOCKED


def test_the_deciders_of_a_reachable_leg_let_it_pass() -> None:
    """All who have a say are named."""
    leg = through(around(proxy()))
    assert {d.rule for d in leg.legs[0].decided_by} >= {"system route"}
    assert ("egress", "NAT gateway nat") in [(str(d.hop), d.note) for d in leg.legs[1].decided_by]
    assert (verdict(leg), leg.hops[0].leg, leg.hops[-1].leg) == (Verdict.REACHABLE, "app -> one", f"one -> {STORAGE}")
    assert {str(result.hop) for result in leg.results} >= {"nic-nsg", "route", "egress"}


def test_a_vm_of_which_no_file_says_that_a_proxy_listens_is_open() -> None:
    """A client's setting may name it: whether there is a proxy is the fact that is missing."""
    bare = replace(proxy(), proxy_server=None)
    leg = through(around(bare))
    assert verdict(leg) is Verdict.UNDETERMINED
    [(listens, does_not)] = {
        tuple(case.decision for case in cases)
        for region in leg.regions
        for cases in region.hops
        if any(case.decision and case.decision.hop == "proxy-server" for case in cases)
    }
    assert listens is not None
    assert does_not is not None
    assert (listens.passes, listens.note, does_not.passes, does_not.note) == (
        True,
        "proxy assumed",
        False,
        "no proxy listens",
    )
    assert "the site does not say that a proxy listens on `one`" in reasons(leg)


def reasons(leg: ProxiedLeg) -> set[str]:
    """Return why packets are open."""
    return {fact.reason for region in leg.regions for fact in region.open_facts()}


ONLY_BLOBS = (
    AclRule(
        action=Access.ALLOW,
        conditions=(AclCondition(test=HostNames((".blob.core.windows.net",)), text="blobs"),),
        text="http_access allow blobs",
        at=HERE,
    ),
    AclRule(
        action=Access.DENY,
        conditions=(AclCondition(test=Always(), text="all"),),
        text="http_access deny all",
        at=HERE,
    ),
)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((HOST,), Verdict.REACHABLE),
        (("example.com",), Verdict.BLOCKED),
        ((HOST, "example.com"), Verdict.BLOCKED),
    ],
)
def test_the_list_of_the_proxy_judges_every_name_that_is_asked_for(names: tuple[str, ...], expected: Verdict) -> None:
    """One refusal is enough, and the decision says which names are refused and by which line."""
    server = ProxyServer(port=8080, at=HERE, acl=ONLY_BLOBS)
    leg = through(around(proxy(server=server)), names=names)
    assert verdict(leg) is expected
    [said] = {d for region in leg.regions for d in region.decided_by() if d.hop == "proxy-server"}
    if expected is Verdict.BLOCKED:
        assert said.note.startswith("refused: example.com")
        assert (said.rule, said.at) == ("http_access deny all", "site.yaml:7:3")
    else:
        assert (said.rule, said.note.startswith("refused")) == ("http_access allow blobs", False)


def test_what_no_line_of_the_list_matches_has_the_proxys_default() -> None:
    """The place is that of the proxy itself."""
    server = ProxyServer(port=8080, at=HERE, acl=ONLY_BLOBS[:1], default=Access.DENY)
    [said] = {
        d
        for region in through(around(proxy(server=server)), names=("example.com",)).regions
        for d in region.decided_by()
        if d.hop == "proxy-server"
    }
    assert (said.passes, said.rule, said.at) == (False, "", "site.yaml:7:3")


def shared_name(*, second: Any, third: Any) -> Site:
    """Return a proxy whose inbound rule and whose outbound rule wait for the same unknown name."""
    name = (Unresolved("Odd", "no tag of that name"),)
    inbound = nsg("in", replace(rule("in-odd", IN, second), sources=name), rule("rest", IN, opposite(second)))
    outbound = nsg("out", replace(rule("out-odd", OUT, third), sources=name), rule("rest", OUT, opposite(third)))
    one = around(proxy(network_security_group="both"))
    both = nsg("both", *inbound.rules, *outbound.rules)
    return replace(one, network_security_groups=(both,))


def opposite(access: Any) -> Any:
    """Return the other action."""
    return DENY if access is ALLOW else ALLOW


def test_a_fact_about_the_source_of_one_connection_is_none_about_the_other() -> None:
    """Whether the name holds the client's address says nothing about the proxy's: both may be as they are needed."""
    assert verdict(through(shared_name(second=ALLOW, third=DENY))) is Verdict.UNDETERMINED
    assert verdict(through(shared_name(second=ALLOW, third=ALLOW))) is Verdict.UNDETERMINED


def behind_two_nics() -> Site:
    """Return a proxy and its client that both send through an appliance with two NICs.

    By one NIC packets get to the proxy and not out of the network, by the other out and not to the proxy.
    """
    inner = nsg("inner", rule("proxy", OUT, ALLOW, to="10.0.1.4/32"), rule("rest", OUT, DENY))
    outer = nsg("outer", rule("proxy", OUT, DENY, to="10.0.1.4/32"), rule("rest", OUT, ALLOW))
    first = nic("in-nic", "v/nva", "10.0.9.4", has_ip_forwarding=True, network_security_group="inner")
    second = nic("out-nic", "v/nva", "10.0.9.5", has_ip_forwarding=True, network_security_group="outer")
    passing = (rule("in", IN, ALLOW),)
    return around(
        proxy(),
        vm("fw", first, second, host_firewall=NONE),
        replace(inner, rules=(*inner.rules, replace(passing[0], priority=300))),
        replace(outer, rules=(*outer.rules, replace(passing[0], priority=300))),
        table("clients", route("to-proxy", "10.0.1.0/24", "10.0.9.4")),
        table("proxies", route("out", "0.0.0.0/0", "10.0.9.4")),
        table_of_clients="clients",
        table_of_proxies="proxies",
    )


def test_an_appliance_chooses_for_each_connection_by_itself() -> None:
    """The NIC by which the first leaves need not be that of the second: both may pass, so it is open."""
    leg = through(behind_two_nics())
    assert [one.verdict for one in leg.legs] == [Verdict.UNDETERMINED, Verdict.UNDETERMINED]
    assert verdict(leg) is Verdict.UNDETERMINED


def balanced(*members: VirtualMachine) -> Site:
    """Return proxies behind a load balancer."""
    rules = (balancing("squid", "in", "pool", (3128, 8080)),)
    return around(balancer("lb", private_frontend("in", "v/f", FRONT), rules=rules), *members)


def test_a_proxy_that_asks_its_own_frontend_may_get_the_other_member() -> None:
    """The rule chooses anew for the second connection: open with two members, blocked with one that gets itself."""
    two = balanced(proxy(), proxy("two", "10.0.1.5"))
    assert verdict(through(two, FRONT, 3128, to=FRONT, asks=3128)) is Verdict.UNDETERMINED
    alone = balanced(proxy())
    assert verdict(through(alone, FRONT, 3128, to=FRONT, asks=3128)) is Verdict.BLOCKED


def test_legs_of_a_balanced_proxy() -> None:
    """One to the frontend, and one out of each member by its own name, whichever the client gets."""
    out = nsg("out", rule("no", OUT, DENY))
    one = balanced(proxy(), proxy("two", "10.0.1.5", network_security_group="out"))
    leg = through(replace(one, network_security_groups=(out,)), FRONT, 3128)
    assert [(each.source, each.target, each.verdict) for each in leg.legs] == [
        ("app", "lb:3128", Verdict.REACHABLE),
        ("one", STORAGE, Verdict.REACHABLE),
        ("two", STORAGE, Verdict.BLOCKED),
    ]
    assert verdict(leg) is Verdict.UNDETERMINED


def test_a_public_address_of_the_client_is_no_way_out_of_the_proxy() -> None:
    """The second connection has the proxy's address."""
    one = around()
    app = vm("app", nic("app-nic", "v/a", "10.0.0.4", public_ips=(PublicIp(4),)), host_firewall=NONE)
    private = vm(
        "one", nic("one-nic", "v/shut", "10.0.8.4"), host_firewall=NONE, proxy_server=ProxyServer(port=8080, at=HERE)
    )
    assert verdict(through(replace(one, virtual_machines=(app, private)))) is Verdict.BLOCKED


def test_a_leg_that_some_packets_do_not_pass_names_who_keeps_these() -> None:
    """Rules that let the others pass are not its deciders."""
    group = nsg("out", rule("yes", OUT, ALLOW, to="20.60.0.0/32"), rule("no", OUT, DENY))
    leg = through(around(proxy(network_security_group="out"), group), to="20.60.0.0/31")
    assert (leg.legs[1].verdict, [d.rule for d in leg.legs[1].decided_by]) == (Verdict.PARTIAL, ["no"])
    assert verdict(leg) is Verdict.PARTIAL


def test_clients_that_no_vm_holds_are_called_clients() -> None:
    """An address of a subnet has no name to give; the hops of both connections are there all the same."""
    one = around(proxy())
    found = proxy_at(one, "one", 8080)
    assert found is not None
    origin = Origin(ranges("10.0.0.77"), subnet=one.virtual_networks[0].subnets[0])
    target = Target(STORAGE, {4: to_set(ranges(STORAGE), 4), 6: to_set((), 6)})
    leg = through_proxy(Asking(one), [origin], found, target, IntervalSet.point(443))
    assert (leg.legs[0].source, leg.hops[0].leg) == ("client", "client -> one")
    directions = [(str(result.hop), result.direction) for result in leg.results if result.hop != "egress"]
    assert directions == [
        ("subnet-nsg", "Outbound"),
        ("route", "Outbound"),
        ("subnet-nsg", "Inbound"),
        ("nic-nsg", "Inbound"),
        ("host-firewall", "Inbound"),
        ("host-firewall", "Outbound"),
        ("nic-nsg", "Outbound"),
        ("subnet-nsg", "Outbound"),
        ("route", "Outbound"),
    ]


def test_the_address_that_a_setting_names_is_the_door_that_counts() -> None:
    """A second NIC has an NSG of its own: what the primary one lets in does not help; requests leave by the primary."""
    shut = nsg("shut", rule("no", IN, DENY))
    more = nic("in-nic", "v/p", "10.0.1.9", network_security_group="shut")
    both = around(replace(proxy(), interfaces=(*proxy().interfaces, more)), shut)
    assert verdict(through(both, "10.0.1.4")) is Verdict.REACHABLE
    leg = through(both, "10.0.1.9")
    assert verdict(leg) is Verdict.BLOCKED
    assert [d.rule for d in leg.legs[0].decided_by] == ["no"]
    assert leg.legs[1].verdict is Verdict.REACHABLE
    assert named_proxy(both, "10.0.1.9") == proxy_at(both, "10.0.1.9", None)


def test_a_proxy_that_listens_on_another_of_its_addresses_hears_nothing() -> None:
    """It has both addresses; a client asks the one that its setting names."""
    [heard, asked] = ranges("10.0.1.4", "10.0.1.5")
    server = ProxyServer(port=8080, at=HERE, listen=heard)
    two = replace(proxy(server=server), interfaces=(replace(proxy().primary, addresses=(heard, asked)),))
    assert verdict(through(around(two), "10.0.1.4")) is Verdict.REACHABLE
    assert verdict(through(around(two), "10.0.1.5")) is Verdict.BLOCKED
