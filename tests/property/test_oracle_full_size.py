"""The engine against the reference decider on full-size rules: flows on both sides of every boundary."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.model.flow import Flow
from netcheck.model.rules import Direction
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet, box
from tests.property.strategies import Drawn, full_size_groups
from tests.property.test_oracle_nsg import engine, engine_rulings, oracle_rulings

EVERY_PORT = IntervalSet.span(0, 65535)


def question(sources: list[int]) -> PacketSet:
    """Return TCP and UDP from some sources to everywhere."""
    addresses = IntervalSet.of((a, a) for a in sources)
    return box(4, IntervalSet.of([(6, 6), (17, 17)]), EVERY_PORT, EVERY_PORT, addresses)


@settings(max_examples=25, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=full_size_groups(), data=st.data())
def test_engine_decides_boundary_flows_as_the_reference_does(drawn: Drawn, data: st.DataObject) -> None:
    """On the first and last member of every field and their neighbours the two agree in verdict and rule."""
    sources = list(drawn.universe.addresses[:6])
    results = {direction: engine(drawn, direction, question(sources)) for direction in Direction}
    picks = st.tuples(
        st.sampled_from((6, 17)),
        st.sampled_from(sources),
        st.sampled_from(drawn.universe.ports),
        st.sampled_from(drawn.universe.addresses),
        st.sampled_from(drawn.universe.ports),
    )
    for protocol, source, sport, destination, dport in data.draw(st.lists(picks, min_size=20, max_size=40)):
        flow = Flow(4, protocol, source, sport, destination, dport)
        if source != destination:
            for direction, result in results.items():
                assert (flow, oracle_rulings(drawn, direction, flow)) == (flow, engine_rulings(result, flow))
