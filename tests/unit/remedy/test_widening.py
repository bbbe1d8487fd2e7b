"""A rule that an NSG has, widened in place of a new one: exactly by what is wanted, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.model.address import AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag, parse_prefix
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.remedy.edits import PLANNED
from netcheck.remedy.widening import widened
from tests.property.strategies import HERE

STORAGE = ServiceTag("Storage.WestUS")
WEB, TLS = PortRange(80, 80), PortRange(443, 443)


def at(text: str) -> Endpoint:
    """Return an address or prefix."""
    return parse_prefix(text)[0]


def rule(*sources: Endpoint, to: tuple[Endpoint, ...] = (STORAGE,), ports: tuple[PortRange, ...] = (TLS,)) -> NsgRule:
    """Return an allow rule at 200."""
    return NsgRule(
        name="own",
        priority=200,
        direction=Direction.OUTBOUND,
        access=Access.ALLOW,
        protocol=Protocol((TCP,)),
        sources=sources,
        source_ports=(ALL_PORTS,),
        destinations=to,
        destination_ports=ports,
        at=HERE,
        description="mine",
    )


def wider(own: NsgRule, wanted: NsgRule, before: int = 4000, is_single: bool = False) -> NsgRule | None:
    """Return what a rule becomes in an NSG of its own."""
    nsg = NetworkSecurityGroup(name="nsg", rules=(own,), at=HERE)
    site = Site(file="drawn.yaml", network_security_groups=(nsg,))
    found = widened(site, "nsg", replace(wanted, name="wanted", at=PLANNED, description=""), before, is_single)
    assert found is None or (found.replaces, found.nsg) == (own, "nsg")
    return found.rule if found else None


APP, PROXY = at("10.0.0.4"), at("10.0.0.5")


@pytest.mark.parametrize(
    ("own", "wanted", "changes"),
    [
        (rule(PROXY), rule(APP), {"sources": (PROXY, APP)}),
        (rule(PROXY), rule(PROXY, ports=(WEB,)), {"destination_ports": (WEB, TLS)}),
        (rule(PROXY), rule(PROXY, ports=(PortRange(444, 450),)), {"destination_ports": (PortRange(443, 450),)}),
        (rule(APP, to=(at("20.60.0.0/24"),)), rule(APP, to=(at("20.60.2.0/24"),)),
         {"destinations": (at("20.60.0.0/24"), at("20.60.2.0/24"))}),
        (rule(at("10.0.0.0/24")), rule(at("10.0.0.128/25"), at("10.0.1.0/24")),
         {"sources": (at("10.0.0.0/24"), at("10.0.1.0/24"))}),
        (rule(AnyAddress()), rule(AnyAddress(), ports=(WEB,)), {"destination_ports": (WEB, TLS)}),
        (rule(APP, to=(ServiceTag("storage.westus"),)), rule(PROXY), {"sources": (APP, PROXY)}),
    ],
)  # fmt: skip
def test_a_rule_that_differs_in_one_field_is_widened(
    own: NsgRule, wanted: NsgRule, changes: dict[str, tuple[object, ...]]
) -> None:
    """Its name, number and description stay; what it had comes first, and what it had already is not said twice."""
    assert wider(own, wanted) == replace(own, **changes)  # type: ignore[arg-type]  # fields under test


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        (rule(PROXY), rule(APP, ports=(WEB,))),  # both at once would open more
        (rule(PROXY), rule(PROXY, to=(ServiceTag("Storage.EastUS"),))),  # tags do not stand in lists
        (rule(AnyAddress()), rule(APP, ports=(WEB,))),
        (rule(APP), rule(at("fd00::4"))),  # one family a rule
        (replace(rule(PROXY), access=Access.DENY), rule(APP)),
        (replace(rule(PROXY), direction=Direction.INBOUND), rule(APP)),
        (replace(rule(PROXY), protocol=ANY_PROTOCOL), rule(APP)),
        (replace(rule(PROXY), source_ports=(TLS,)), rule(APP)),
        (replace(rule(PROXY), unknown="a part"), rule(APP)),
        (replace(rule(PROXY), priority=4000), rule(APP)),
        (replace(rule(PROXY), name="no name"), rule(APP)),
        (rule(ApplicationSecurityGroup("asg")), rule(ApplicationSecurityGroup("asg"), ports=(WEB,))),
    ],
)
def test_any_other_rule_is_left_alone(own: NsgRule, wanted: NsgRule) -> None:
    """Where the wider rule would be more, another kind of rule, behind the denial, or not what it was."""
    assert wider(own, wanted) is None


def test_a_rule_of_one_prefix_and_one_range_stays_one() -> None:
    """In classic two neighbours become their common prefix, and ports that touch one range; nothing else is widened."""
    assert wider(rule(APP), rule(PROXY), is_single=True) == rule(at("10.0.0.4/31"))
    assert wider(rule(PROXY), rule(at("10.0.0.6")), is_single=True) is None
    assert wider(rule(APP), rule(APP, ports=(PortRange(444, 444),)), is_single=True) == rule(
        APP, ports=(PortRange(443, 444),)
    )
    assert wider(rule(APP), rule(APP, ports=(WEB,)), is_single=True) is None
