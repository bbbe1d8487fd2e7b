"""Which VMs are one class: those that could change places, and no others."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from netcheck.estate.classes import build_estate
from netcheck.estate.question import kinds_about, rule_kinds
from netcheck.estate.telling import spans_told_apart
from netcheck.model.address import ApplicationSecurityGroup, parse_prefix
from netcheck.model.hosts import NoHostFirewall, WindowsFirewall
from netcheck.model.network import PublicIp
from netcheck.model.proxies import ProxyServer
from netcheck.model.rules import NextHop, NsgRule
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site, VirtualMachine
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from tests.property.walk_networks import draw_network
from tests.unit.networks import ALLOW, DENY, HERE, IN, OUT, network, nic, nsg, route, rule, site, subnet, table, vm

Edit = Callable[[NetworkInterface], NetworkInterface]
SIX = "10.0.0.6/32"


def _site(one: VirtualMachine, *groups: NetworkSecurityGroup) -> Site:
    """Two VMs at .4 and .6 of one subnet; the second is given."""
    net = network("net", "10.0.0.0/16", subnet("net/a", "10.0.0.0/24"), subnet("net/b", "10.0.1.0/24"))
    return site(net, vm("first", nic("n1", "net/a", "10.0.0.4", application_security_groups=())), one, *groups)


def _second(**more: object) -> VirtualMachine:
    return vm("second", nic("n2", "net/a", "10.0.0.6", **more))


def _sizes(one: Site) -> list[int]:
    estate = build_estate(one, AddressBook(one))
    assert sorted(m for c in estate.classes for m in c.members) == list(range(len(one.virtual_machines)))
    return sorted(len(found.members) for found in estate.classes)


def test_vms_that_nothing_tells_apart_are_one_class() -> None:
    assert _sizes(_site(_second())) == [2]


@pytest.mark.parametrize(
    "other",
    [
        _second(network_security_group="nsg"),
        _second(has_ip_forwarding=True),
        _second(public_ips=(PublicIp(4),)),
        _second(backend_pools=("lb/pool",)),
        _second(application_security_groups=("asg",)),
        vm("second", nic("n2", "net/b", "10.0.1.6")),
        vm("second", nic("n2", "net/a", "10.0.0.6 fd00::6")),
        vm("second", nic("n2", "net/a", "10.0.0.6"), nic("n3", "net/a", "10.0.0.7")),
        replace(_second(), host_firewall=WindowsFirewall(rules=(), at=HERE)),
        replace(_second(), proxy_server=ProxyServer(port=3128, at=HERE)),
    ],
    ids=["nsg", "forwarding", "public", "pool", "group", "subnet", "ipv6", "two nics", "host firewall", "proxy"],
)
def test_what_decides_about_a_vm_makes_a_class_of_its_own(other: VirtualMachine) -> None:
    """The group is named by a rule; a NIC's own NSG, a public address, an IPv6 address may all decide."""
    named = replace(rule("r", IN, ALLOW), sources=(ApplicationSecurityGroup("asg"),))
    assert _sizes(_site(other, nsg("nsg", named))) == [1, 1]


def test_a_group_that_no_rule_names_tells_nobody_apart() -> None:
    assert _sizes(_site(_second(application_security_groups=("asg",)))) == [2]


def test_a_host_without_firewall_is_like_one_of_which_nothing_is_said() -> None:
    """Neither has a say about packets."""
    assert _sizes(_site(replace(_second(), host_firewall=NoHostFirewall(at=HERE)))) == [2]


@pytest.mark.parametrize("prefix", [SIX, "10.0.0.6/31", "10.0.0.0/30", "10.0.0.4/32", "10.0.0.5-10.0.0.9"])
def test_an_address_that_a_rule_names_is_told_apart(prefix: str) -> None:
    """.4 is inside the prefix and .6 is not, or the other way round."""
    if "-" in prefix:
        given = _site(_second(), nsg("nsg", rule("r", OUT, DENY, to="10.0.0.5/32"), rule("s", OUT, DENY, to=SIX)))
    else:
        given = _site(_second(), nsg("nsg", rule("r", OUT, DENY, to=prefix)))
    is_between = prefix == "10.0.0.0/30"
    assert _sizes(given) == ([2] if is_between else [1, 1])


def test_an_address_that_a_route_leads_to_is_told_apart() -> None:
    """The next hop of a route is one VM, whatever else it has in common with others."""
    given = replace(_site(_second()), route_tables=(table("t", route("r", "0.0.0.0/0", "10.0.0.6")),))
    assert _sizes(given) == [1, 1]
    given = replace(_site(_second()), route_tables=(table("t", route("r", SIX, NextHop.NONE)),))
    assert _sizes(given) == [1, 1]


def _rules(one: Site) -> list[NsgRule]:
    return [rule for group in one.network_security_groups for rule in (*group.rules, *group.default_rules)]


_RANGE = re.compile(r"AddressRange\(family=([46]), first=(\d+), last=(\d+)\)")


@pytest.mark.parametrize("seed", range(40))
def test_no_prefix_of_a_site_is_overlooked(seed: int) -> None:
    """Whatever a site prints of itself, the NICs' own addresses apart, is among the spans that tell VMs apart."""
    one = draw_network(Random(seed))
    machines = tuple(
        replace(m, interfaces=tuple(replace(n, addresses=()) for n in m.interfaces)) for m in one.virtual_machines
    )
    printed = repr(replace(one, virtual_machines=machines))
    wanted = {(int(family), int(first), int(last)) for family, first, last in _RANGE.findall(printed)}
    assert len(wanted) > 5
    known = spans_told_apart(AddressBook(one), _rules(one))
    assert {found for found in wanted if found[1:] not in known[4 if found[0] == 4 else 6]} == set()


def test_what_azure_itself_tells_apart_is_told_apart() -> None:
    """Private space is not the Internet: 9.255.255.255 and 10.0.0.0 are never in one piece."""
    known = spans_told_apart(AddressBook(_site(_second())), ())[4]
    ten = parse_prefix("10.0.0.0/8")[0]
    assert (ten.first, ten.last) in known


@pytest.mark.parametrize(("port", "sizes"), [(443, [1, 1]), (80, [2])])
def test_only_rules_about_the_question_tell_vms_apart(port: int, sizes: list[int]) -> None:
    """A rule for port 443 says nothing about packets to port 80."""
    given = _site(_second(), nsg("nsg", rule("r", OUT, DENY, to=SIX, port=443)))
    about = kinds_about(rule_kinds(given), IntervalSet.point(6), IntervalSet.point(port))
    estate = build_estate(given, AddressBook(given), about=about)
    assert sorted(len(one.members) for one in estate.classes) == sizes


def test_ports_do_not_matter_for_protocols_without_any() -> None:
    """What a rule for port 443 means for ICMP is not documented: it may match."""
    given = _site(_second(), nsg("nsg", rule("r", OUT, DENY, to=SIX, port=443)))
    kinds = rule_kinds(given)
    assert kinds_about(kinds, IntervalSet.point(1), IntervalSet.point(0)) == kinds
