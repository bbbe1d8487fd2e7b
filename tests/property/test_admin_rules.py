"""Security admin rules against the reference decider, flow by flow: what they say, in every world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.model.address import AnyAddress, Endpoint
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, Protocol
from netcheck.model.rules import Direction
from netcheck.model.site import DeploymentModel
from netcheck.policy.adminrules import AdminJudgement, judge_admin_rules, rules_for
from netcheck.policy.facts import is_consistent
from netcheck.policy.resolve import AddressBook
from netcheck.policy.trace import trace_admin_rules
from netcheck.sets.packets import EMPTY_PACKETS
from tests.oracle.admin import admin_ruling
from tests.oracle.ground import Ground, is_platform
from tests.oracle.worlds import every_world
from tests.property.strategies import (
    HERE,
    UNIVERSES,
    Drawn,
    Universe,
    build,
    endpoints,
    port_ranges,
    prefixes,
)
from tests.property.test_oracle_nsg import header, whole

SMALL = settings(max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def admin_rules(draw: st.DrawFn, universe: Universe) -> tuple[AdminRule, ...]:
    """Draw rules of which some share a number, some come from another manager and some are for another network."""
    named = st.lists(endpoints(universe), min_size=1, max_size=2).map(tuple)
    sides: st.SearchStrategy[tuple[Endpoint, ...]] = st.one_of(st.just((AnyAddress(),)), named)
    ports = st.one_of(st.just((ALL_PORTS,)), port_ranges(universe))
    return tuple(
        AdminRule(
            name=f"admin-{position}",
            priority=draw(st.sampled_from((1, 2, 2, 3))),
            direction=draw(st.sampled_from(tuple(Direction))),
            access=draw(st.sampled_from(tuple(AdminAccess))),
            protocol=draw(st.sampled_from((ANY_PROTOCOL, Protocol((6,)), Protocol((1, 58))))),
            sources=draw(sides),
            source_ports=draw(ports),
            destinations=draw(sides),
            destination_ports=draw(ports),
            at=HERE,
            virtual_networks=draw(st.sampled_from(((), ("V",), ("other",)))),
            manager=draw(st.sampled_from(("first", "first", "second"))),
            unknown=draw(st.sampled_from(("", "", "", "", "a field that is not read"))),
        )
        for position in range(draw(st.integers(0, 5)))
    )


@st.composite
def drawn_sites(draw: st.DrawFn) -> Drawn:
    """Draw a site with admin rules, and what the reference decider has to know about it."""
    universe = draw(st.sampled_from(UNIVERSES))
    storage = draw(st.lists(prefixes(universe), max_size=2))
    drawn = build(universe, (), storage, DeploymentModel.RESOURCE_MANAGER)
    return replace(drawn, site=replace(drawn.site, admin_rules=draw(admin_rules(universe))))


def engine(drawn: Drawn, direction: Direction) -> AdminJudgement:
    """Return what the engine says about all flows of the universe."""
    rules = rules_for(drawn.site, drawn.subnet.virtual_network)
    return judge_admin_rules(rules, direction, whole(drawn.universe), AddressBook(drawn.site), drawn.subnet)


def engine_says(drawn: Drawn, judgement: AdminJudgement, flow: Flow) -> set[AdminAccess | None]:
    """Return what admin rules may say about a flow; None where none matches."""
    access = {rule.name: rule.access for rule in drawn.site.admin_rules}
    [part] = [part for part in judgement.result.parts if header(flow) in part.packets]
    for case in part.cases:
        if case.decision is not None:
            assert case.passes is (access[case.decision.rule] is not AdminAccess.DENY)
    return {access[case.decision.rule] if case.decision else None for case in part.cases}


def oracle_says(drawn: Drawn, direction: Direction, flow: Flow) -> set[AdminAccess | None]:
    """Return what the reference decider says in every world."""
    ground = Ground(drawn.site)
    ground.ends[key(drawn.subnet.full_name)] = drawn.end
    return set(every_world(lambda world: admin_ruling(ground, direction, flow, drawn.subnet, None, world)))


def flows_of(drawn: Drawn, direction: Direction) -> Iterator[Flow]:
    """Yield flows of the universe. Whether admin rules see what the platform itself sends is not documented."""
    flows = [flow for flow in drawn.universe.flows() if flow.source != flow.destination]
    for flow in flows[:: max(1, len(flows) // 60)]:
        if direction is Direction.OUTBOUND or not is_platform(flow.family, flow.source):
            yield flow


@SMALL
@given(drawn=drawn_sites())
def test_admin_rules_say_what_the_reference_says(drawn: Drawn) -> None:
    """In each direction, in every world: the access of the first match, or none."""
    for direction in Direction:
        judgement = engine(drawn, direction)
        for flow in flows_of(drawn, direction):
            expected = oracle_says(drawn, direction, flow)
            assert (flow, direction, expected) == (flow, direction, engine_says(drawn, judgement, flow))


@SMALL
@given(drawn=drawn_sites())
def test_network_security_groups_are_looked_at_unless_always_allow_decides(drawn: Drawn) -> None:
    """The branches are disjoint; each world of a part is in one of `when` and `unless`, as what decides there says."""
    access = {rule.name: rule.access for rule in drawn.site.admin_rules}
    for direction in Direction:
        judgement = engine(drawn, direction)
        assert judgement.result.packets == whole(drawn.universe)
        seen = EMPTY_PACKETS
        for branch in judgement.to_nsgs:
            assert seen & branch.packets == EMPTY_PACKETS
            seen = seen | branch.packets
        for part in judgement.result.parts:
            branches = [one for one in judgement.to_nsgs if one.packets & part.packets]
            for case in part.cases:
                name = case.decision.rule if case.decision else ""
                skips = access.get(name) is AdminAccess.ALWAYS_ALLOW
                worlds = [world for one in branches for world in (one.unless if skips else one.when)]
                assert any(is_consistent((case.when, world)) for world in worlds) or (skips and not branches)


@settings(SMALL, max_examples=30)
@given(drawn=drawn_sites())
def test_a_trace_of_admin_rules_holds_what_may_decide(drawn: Drawn) -> None:
    """Every rule that may decide is in the trace and is not passed over; one that surely matches decides alone."""
    book = AddressBook(drawn.site)
    rules = rules_for(drawn.site, drawn.subnet.virtual_network)
    for direction in Direction:
        judgement = engine(drawn, direction)
        for flow in flows_of(drawn, direction):
            [part] = [part for part in judgement.result.parts if header(flow) in part.packets]
            deciders = {case.decision.rule if case.decision else "" for case in part.cases}
            trace = trace_admin_rules(rules, direction, flow, book, drawn.subnet)
            assert (flow, deciders - {""} - {one.rule.name for one in trace if one.matches is not False}) == (
                flow,
                set(),
            )
            if len(deciders) == 1 and deciders != {""} and sum(one.matches is not False for one in trace) == 1:
                assert (flow, {one.rule.name for one in trace if one.matches}) == (flow, deciders)
