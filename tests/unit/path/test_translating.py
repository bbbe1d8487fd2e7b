"""Azure Firewalls as destinations: where DNAT rules send packets, and what the hops behind them see."""

from __future__ import annotations

from dataclasses import replace

import pytest

import netcheck as nc
from netcheck.model.azfirewall import AzureFirewall, FirewallNatRule, RuleCollection
from netcheck.model.network import VirtualMachine
from netcheck.model.ports import TCP, PortRange, Protocol
from netcheck.model.rules import Access
from netcheck.model.site import NetworkSecurityGroup, Site
from tests.unit.networks import ALLOW, DENY, HERE, IN, network, nic, nsg, ranges, rule, site, subnet, vm

PUBLIC, OUTSIDE = "203.0.113.7", "198.51.100.7"
[TARGET] = ranges("10.0.1.4/32")
WEB = FirewallNatRule(
    name="web",
    protocols=(Protocol((TCP,)),),
    sources=ranges("198.51.100.0/24"),
    destinations=ranges(f"{PUBLIC}/32"),
    ports=(PortRange(443, 443),),
    to_address=TARGET,
    to_port=8443,
    at=HERE,
)


def firewall(*rules: FirewallNatRule, unknown: str = "") -> AzureFirewall:
    """Return a firewall with DNAT rules, at 10.0.3.4 and 203.0.113.7."""
    collection = RuleCollection(name="in", order=(0, 0, 100), access=Access.ALLOW, rules=rules, at=HERE)
    return AzureFirewall(
        name="fw",
        subnet="v/AzureFirewallSubnet",
        addresses=ranges("10.0.3.4/32"),
        collections=(collection,),
        at=HERE,
        public_ips=ranges(f"{PUBLIC}/32"),
        has_public_ip=True,
        unknown=unknown,
    )


def around(one: AzureFirewall, group: NetworkSecurityGroup | None = None) -> Site:
    """Return a network with the firewall and a VM, whose subnet may have a group."""
    app = subnet("v/app", "10.0.1.0/24", network_security_group=group.name if group else "")
    own = subnet("v/AzureFirewallSubnet", "10.0.3.0/30")
    machine: VirtualMachine = vm("app", nic("app-nic", "v/app", "10.0.1.4"))
    return site(network("v", "10.0.0.0/16", app, own), machine, one, *([group] if group else []))


def verdict(where: Site, port: int = 443, source: str = OUTSIDE) -> str:
    """Return the verdict about packets from outside to the firewall's public address."""
    return str(nc.can_reach(where, source, PUBLIC, tcp=[port]).verdict)


def test_a_dnat_rule_sends_packets_to_its_target() -> None:
    """By its source, protocol and port; everything else the firewall denies by default."""
    where = around(firewall(WEB))
    assert verdict(where) == "reachable"
    assert verdict(where, 80) == verdict(where, source="192.0.2.1") == "blocked"


@pytest.mark.parametrize(
    ("let_in", "expected"),
    [
        ("10.0.3.0/30", "reachable"),
        ("198.51.100.0/24", "blocked"),
        ("10.0.3.1/32", "undetermined"),
    ],
)
def test_the_groups_behind_see_an_address_of_the_firewalls_subnet(let_in: str, expected: str) -> None:
    """Not the client's; which address of the subnet it is, is not known."""
    group = nsg("g", rule("in", IN, ALLOW, source=let_in, port=8443), rule("rest", IN, DENY))
    assert verdict(around(firewall(WEB), group)) == expected


def test_the_groups_behind_see_the_translated_port() -> None:
    """A rule for the port that the client asked for does not match."""
    group = nsg("g", rule("in", IN, ALLOW, port=443), rule("rest", IN, DENY))
    assert verdict(around(firewall(WEB), group)) == "blocked"


@pytest.mark.parametrize("port", [443, 80])
def test_rules_that_are_not_known_may_translate_or_not(port: int) -> None:
    """A firewall of which not all is known may have a rule that is in no file."""
    assert verdict(around(firewall(WEB, unknown="its policy is in no file")), port) == "undetermined"


def test_a_name_as_target_is_open() -> None:
    """Which address the name has is not in the site."""
    assert verdict(around(firewall(replace(WEB, to_address=None)))) == "undetermined"
