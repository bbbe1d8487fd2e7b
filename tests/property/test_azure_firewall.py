"""Azure Firewall against the reference decider: flow by flow and name by name, who decides in which world."""

from __future__ import annotations

from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.model.address import AnyAddress, Endpoint
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, Protocol
from netcheck.model.rules import Access
from netcheck.model.site import DeploymentModel
from netcheck.policy.azfirewall import judge_azure_firewall
from netcheck.policy.decision import HopResult
from netcheck.policy.facts import joint_outcomes
from netcheck.policy.resolve import AddressBook
from tests.oracle.firewallnames import ruling_for
from tests.oracle.reference import Ruling
from tests.oracle.worlds import every_world
from tests.property.strategies import HERE, UNIVERSES, Drawn, Universe, build, endpoints, port_ranges, prefixes
from tests.property.test_oracle_nsg import header, whole

SMALL = settings(max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("a.blob.x.net", "b.blob.x.net", "a.queue.x.net", "x.net")
PATTERNS = ("*", "*.blob.x.net", "*.x.net", "*x.net", "*b.blob.x.net", *NAMES)


@st.composite
def firewall_rules(draw: st.DrawFn, universe: Universe, name: str, is_network: bool) -> FirewallRule:
    """Draw a network rule or an application rule."""
    named = st.lists(endpoints(universe), min_size=1, max_size=2).map(tuple)
    sides: st.SearchStrategy[tuple[Endpoint, ...]] = st.one_of(st.just((AnyAddress(),)), named)
    unknown = draw(st.sampled_from(("", "", "", "", "", "a field that is not read")))
    if is_network:
        protocols = ((ANY_PROTOCOL,), (Protocol((6,)),), (Protocol((6,)), Protocol((1, 58))))
        return FirewallNetworkRule(
            name=name,
            protocols=draw(st.sampled_from(protocols)),
            sources=draw(sides),
            destinations=draw(sides),
            ports=draw(st.one_of(st.just((ALL_PORTS,)), port_ranges(universe))),
            hosts=draw(st.sampled_from(((), (), (f"{name}.example",)))),
            at=HERE,
            unknown=unknown,
        )
    ports = draw(st.lists(st.sampled_from(universe.ports), min_size=1, max_size=2, unique=True))
    return FirewallApplicationRule(
        name=name,
        sources=draw(sides),
        ports=tuple(("https", port) for port in ports),
        hosts=tuple(draw(st.lists(st.sampled_from(PATTERNS), max_size=2))),
        host_tags=draw(st.sampled_from(((), (), ("AzureBackup",)))),
        at=HERE,
        unknown=unknown,
    )


@st.composite
def drawn_firewalls(draw: st.DrawFn) -> tuple[Drawn, AzureFirewall]:
    """Draw a site and a firewall whose collections are of one kind each and in a known order."""
    universe = draw(st.sampled_from(UNIVERSES))
    drawn = build(universe, (), draw(st.lists(prefixes(universe), max_size=2)), DeploymentModel.RESOURCE_MANAGER)
    orders = draw(st.lists(st.tuples(*[st.sampled_from((0, 1, 2))] * 3), max_size=4, unique=True))
    collections = []
    for position, order in enumerate(orders):
        is_network = draw(st.booleans())
        rules = [draw(firewall_rules(universe, f"r{position}{n}", is_network)) for n in range(draw(st.integers(1, 2)))]
        access = draw(st.sampled_from(tuple(Access)))
        collections.append(RuleCollection(name="c", order=order, access=access, rules=tuple(rules), at=HERE))
    return drawn, AzureFirewall(name="fw", subnet="v/s", addresses=(), collections=tuple(collections), at=HERE)


def engine(drawn: Drawn, firewall: AzureFirewall, hosts: tuple[str, ...]) -> HopResult:
    """Return what the engine says about all flows of the universe."""
    book = AddressBook(drawn.site)
    return judge_azure_firewall(firewall, whole(drawn.universe), book, hosts, drawn.subnet)


def engine_says(result: HopResult, flow: Flow) -> set[Ruling]:
    """Return who may decide a flow; every case that is there must be able to come to pass."""
    [part] = [part for part in result.parts if header(flow) in part.packets]
    rulings = {
        Ruling(Access.ALLOW if case.passes else Access.DENY, case.decision.rule.removeprefix("c/"))
        for case in part.cases
        if case.decision
    }
    outcomes = joint_outcomes([[(case.when, case.passes) for case in part.cases]])
    assert outcomes == {ruling.access is Access.ALLOW for ruling in rulings}
    return rulings


def oracle_says(drawn: Drawn, firewall: AzureFirewall, flow: Flow, names: tuple[str, ...]) -> set[Ruling]:
    """Return who decides a flow for one of some names in some world."""
    return {ruling for name in names for ruling in every_world(partial(ruling_for, firewall, flow, name, drawn.end))}


def flows_of(drawn: Drawn) -> list[Flow]:
    """Return some flows of the universe, more of those with ports."""
    flows = [flow for flow in drawn.universe.flows() if flow.source != flow.destination]
    ported = [flow for flow in flows if flow.protocol == TCP]
    return [*ported[:: max(1, len(ported) // 30)], *[flow for flow in flows if flow.protocol != TCP][:6]]


@SMALL
@given(drawn=drawn_firewalls(), names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple))
def test_a_firewall_decides_as_the_reference_does(drawn: tuple[Drawn, AzureFirewall], names: tuple[str, ...]) -> None:
    """For full names: the same rules may decide, in some world for some name, and no others."""
    site, firewall = drawn
    result = engine(site, firewall, names)
    for flow in flows_of(site):
        expected = oracle_says(site, firewall, flow, names)
        assert (flow, expected) == (flow, engine_says(result, flow))


@SMALL
@given(drawn=drawn_firewalls(), suffix=st.sampled_from((".blob.x.net", ".x.net", "")))
def test_any_name_below_a_suffix_is_among_what_the_engine_allows_for(
    drawn: tuple[Drawn, AzureFirewall], suffix: str
) -> None:
    """What decides for some name, known or new, is among what may decide for the suffix, or for a name unknown.

    Where the engine is sure, it is the same for every name.
    """
    site, firewall = drawn
    names = tuple(name for name in (*NAMES, f"new{suffix or '.example'}") if name.endswith(suffix))
    result = engine(site, firewall, (suffix,) if suffix else ())
    for flow in flows_of(site):
        found = engine_says(result, flow)
        assert (flow, oracle_says(site, firewall, flow, names) - found) == (flow, set())


@SMALL
@given(drawn=drawn_firewalls())
def test_a_parts_whole_is_what_was_asked(drawn: tuple[Drawn, AzureFirewall]) -> None:
    """Parts are disjoint and together the packets asked about, also where names fare differently."""
    site, firewall = drawn
    result = engine(site, firewall, NAMES)
    assert result.packets == whole(site.universe)
    assert sum(part.packets.count() for part in result.parts) == whole(site.universe).count()
