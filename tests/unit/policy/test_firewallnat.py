"""DNAT rules of an Azure Firewall: which packets go where."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, AnyAddress, Unresolved, parse_prefix
from netcheck.model.azfirewall import AzureFirewall, FirewallNatRule, RuleCollection
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access
from netcheck.model.site import Site
from netcheck.policy.firewallnat import nat_targets
from netcheck.policy.resolve import AddressBook
from netcheck.sets.packets import EVERYTHING, Header

HERE = Source("site.yaml", 7, 3)
BOOK = AddressBook(Site(file="site.yaml"))


def address(text: str) -> AddressRange:
    """Return an address or prefix."""
    return parse_prefix(text)[0]


def nat(name: str, **more: Any) -> FirewallNatRule:
    """Return a rule that sends TCP 443 of the public address to a machine, but for what is given."""
    fields: dict[str, Any] = {
        "protocols": (Protocol((6,)),),
        "sources": (AnyAddress(),),
        "destinations": (address("20.1.2.3"),),
        "ports": (PortRange(443, 443),),
        **more,
    }
    return FirewallNatRule(name=name, to_address=address("10.0.0.4"), to_port=8443, at=HERE, **fields)


def collection(*rules: FirewallNatRule, order: tuple[int, int, int] = (0, 100, 100)) -> RuleCollection:
    """Return a collection of DNAT rules."""
    return RuleCollection(name="nat", order=order, access=Access.ALLOW, rules=rules, at=HERE)


def targets(*collections: RuleCollection, unknown: str = "", to: str = "20.1.2.3", port: int = 443) -> dict[str, bool]:
    """Return the rules that may translate a packet, and whether they do for certain."""
    firewall = AzureFirewall(
        name="fw",
        subnet="hub/AzureFirewallSubnet",
        addresses=(address("10.9.0.4"),),
        public_ips=(address("20.1.2.3"),),
        collections=collections,
        at=HERE,
        unknown=unknown,
    )
    one = Header(4, 6, port, 50000, int(ip_address("198.51.100.7")), int(ip_address(to)))
    found = nat_targets(firewall, EVERYTHING, BOOK)
    return {rule.name: branch.is_certain for branch, rule in found if one in branch.packets}


def test_a_rule_takes_packets_to_its_address_and_port() -> None:
    """Other packets are in no branch."""
    rule = nat("web")
    assert targets(collection(rule)) == {"web": True}
    assert targets(collection(rule), port=80) == {}
    assert targets(collection(rule), to="20.1.2.4") == {}
    assert targets() == {}


def test_the_first_match_ends_it() -> None:
    """Collections by order, rules by place."""
    late, early = collection(nat("late"), order=(0, 200, 100)), collection(nat("a"), nat("b"), order=(0, 100, 900))
    assert targets(late, early) == {"a": True}
    assert targets(early, late, port=80) == {}


def test_collections_of_one_priority_may_come_in_either_order() -> None:
    """Then either may translate the packet."""
    assert targets(collection(nat("a")), collection(nat("b"))) == {"a": False, "b": False}


def test_of_a_range_the_firewalls_own_addresses_count() -> None:
    """A rule for every address does not translate what is on its way elsewhere."""
    every = collection(nat("every", destinations=(address("0.0.0.0/0"),)))
    assert targets(every) == {"every": True}
    assert targets(every, to="10.9.0.4") == {"every": True}
    assert targets(every, to="20.60.0.1") == {}


def test_a_single_address_is_the_firewalls() -> None:
    """The files may name a public IP address without saying what it is."""
    assert targets(collection(nat("other", destinations=(address("20.9.9.9"),))), to="20.9.9.9") == {"other": True}


def test_what_is_not_known_leaves_the_translation_open() -> None:
    """A rule that is not wholly read, a source that is not, a firewall whose other rules are not known."""
    assert targets(collection(nat("x", unknown="a field that is not read"))) == {"x": False}
    assert targets(collection(nat("x", sources=(Unresolved("ip group", "not in the files"),)))) == {"x": False}
    assert targets(collection(nat("x")), unknown="its policy is not in the files") == {"x": False}


def test_protocols_without_ports_are_open() -> None:
    """A rule for any protocol and one port: TCP to that port is certain."""
    assert targets(collection(nat("any", protocols=(ANY_PROTOCOL,)))) == {"any": True}
