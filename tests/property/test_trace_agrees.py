"""The trace of one flow, field by field, ends at the rule that the engine says decides it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from netcheck.model.rules import Direction
from netcheck.policy.decision import HopKind
from netcheck.policy.facts import ANY_WORLD
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.policy.trace import trace_rules
from tests.property.strategies import Drawn, drawn_groups
from tests.property.test_oracle_nsg import engine, header, whole


@settings(max_examples=40, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=drawn_groups())
def test_a_trace_ends_at_the_deciding_rule(drawn: Drawn) -> None:
    """A settled flow is decided by the one rule of its trace that matches; an open one by rules that may match."""
    context = NsgContext(AddressBook(drawn.site), drawn.subnet, HopKind.NIC_NSG)
    flows = list(drawn.universe.flows())
    for direction in Direction:
        result = engine(drawn, direction, whole(drawn.universe))
        for flow in flows[:: max(1, len(flows) // 40)]:
            [part] = [part for part in result.parts if header(flow) in part.packets]
            possible = {case.decision.rule for case in part.cases if case.decision and case.decision.rule}
            trace = trace_rules(drawn.nsg, direction, flow, context)
            maybe = {one.rule.name for one in trace if one.matches is not False}
            assert (flow, possible - maybe) == (flow, set())
            if [case.when for case in part.cases] == [ANY_WORLD] and possible:
                certain = [one.rule.name for one in trace if one.matches]
                assert (flow, certain) == (flow, sorted(possible)) or maybe > possible
