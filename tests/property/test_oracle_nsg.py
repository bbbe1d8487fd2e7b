"""The engine against the reference decider: verdict, deciding rule and what is undetermined, flow by flow."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PORTED, PortRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.nsg import judge_nsg
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, Header, PacketSet, box
from tests.oracle.reference import WIRE_SERVER, Ruling, decide_nsg, platform_ruling
from tests.oracle.worlds import World, every_world
from tests.property.strategies import (
    EDGE4,
    EDGE6,
    HERE,
    NAMED4,
    UNIVERSES,
    Drawn,
    Universe,
    build,
    drawn_groups,
    endpoints,
    port_ranges,
)

SMALL = settings(max_examples=100, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])


def whole(universe: Universe) -> PacketSet:
    """Return all flows of a universe as one set."""
    addresses = IntervalSet.of((a, a) for a in universe.addresses)
    ports = IntervalSet.of((p, p) for p in universe.ports)
    protocols = IntervalSet.of((p, p) for p in universe.protocols)
    return box(universe.family, protocols, ports, ports, addresses, addresses)


def header(flow: Flow) -> Header:
    """Return a flow in the engine's order of fields."""
    return Header(flow.family, flow.protocol, flow.destination_port, flow.source_port, flow.source, flow.destination)


def engine(drawn: Drawn, direction: Direction, packets: PacketSet) -> HopResult:
    """Return what the engine does with packets at the drawn group."""
    context = NsgContext(AddressBook(drawn.site), drawn.subnet, HopKind.NIC_NSG)
    return judge_nsg(drawn.nsg, direction, packets, context)


def engine_rulings(result: HopResult, flow: Flow) -> set[Ruling]:
    """Return who may decide a flow; more than one where it hangs on an open fact."""
    parts = [part for part in result.parts if header(flow) in part.packets]
    assert len(parts) == 1, f"{flow} is in {len(parts)} parts"
    rulings = set()
    for case in parts[0].cases:
        assert case.decision is not None
        rulings.add(Ruling(Access.ALLOW if case.passes else Access.DENY, case.decision.rule))
    return rulings


def oracle_rulings(drawn: Drawn, direction: Direction, flow: Flow) -> set[Ruling]:
    """Return the rulings of the reference decider in every world."""

    def decide(world: World) -> Ruling:
        special = platform_ruling(drawn.nsg, flow, drawn.end, world) if direction is Direction.OUTBOUND else None
        return special or decide_nsg(drawn.nsg, direction, flow, drawn.end, world)

    return set(every_world(decide))


def settled_flows(universe: Universe, direction: Direction) -> Iterator[Flow]:
    """Yield the flows whose treatment is documented.

    Nobody says whether rules see traffic to the platform's address on a port that has no service there. A packet
    from an address to itself never leaves its machine.
    """
    for flow in universe.flows():
        is_platform = (flow.family, flow.destination, direction) == (4, WIRE_SERVER, Direction.OUTBOUND)
        is_service = flow.protocol in PORTED and flow.destination_port in (53, 80, 32526)
        if flow.source != flow.destination and (is_service or not is_platform):
            yield flow


@SMALL
@given(drawn=drawn_groups())
def test_engine_decides_every_flow_as_the_reference_does(drawn: Drawn) -> None:
    """Access, deciding rule and openness of each flow are those that trying all worlds with plain loops gives."""
    for direction in Direction:
        result = engine(drawn, direction, whole(drawn.universe))
        for flow in settled_flows(drawn.universe, direction):
            expected = oracle_rulings(drawn, direction, flow)
            assert (flow, direction, expected) == (flow, direction, engine_rulings(result, flow))


@SMALL
@given(drawn=drawn_groups())
def test_parts_partition_the_question(drawn: Drawn) -> None:
    """The parts of an answer are disjoint and together exactly the packets asked about."""
    asked = whole(drawn.universe)
    for direction in Direction:
        union = EMPTY_PACKETS
        for part in engine(drawn, direction, asked).parts:
            assert (union & part.packets) == EMPTY_PACKETS
            union = union | part.packets
        assert asked == union


@settings(SMALL, max_examples=40)
@given(drawn=drawn_groups())
def test_a_single_flow_is_decided_as_in_company(drawn: Drawn) -> None:
    """Asking for one flow alone gives the answer it has inside the whole question."""
    flows = [flow for flow in drawn.universe.flows() if flow.source != flow.destination]
    for direction in Direction:
        result = engine(drawn, direction, whole(drawn.universe))
        for flow in flows[:: max(1, len(flows) // 12)]:
            ports = IntervalSet.point(flow.destination_port), IntervalSet.point(flow.source_port)
            ends = IntervalSet.point(flow.source), IntervalSet.point(flow.destination)
            alone = box(flow.family, IntervalSet.point(flow.protocol), *ports, *ends)
            assert engine_rulings(result, flow) == engine_rulings(engine(drawn, direction, alone), flow)


def test_repeated_unknown_name_is_one_unknown() -> None:
    """Allow A, allow B, deny B, deny A, allow all: whatever A and B hold, no deny ever decides."""
    first, second = ServiceTag("Contoso"), ServiceTag("Fabrikam")
    listed = (
        one_rule(100, Access.ALLOW, first),
        one_rule(200, Access.ALLOW, second),
        one_rule(300, Access.DENY, second),
        one_rule(400, Access.DENY, first),
        one_rule(500, Access.ALLOW, AnyAddress()),
    )
    drawn = build(NAMED4, listed, [], DeploymentModel.RESOURCE_MANAGER)
    flow = Flow(4, 6, NAMED4.addresses[0], 443, NAMED4.addresses[2], 443)
    expected = {Ruling(Access.ALLOW, f"rule-{priority}") for priority in (100, 200, 500)}
    assert expected == oracle_rulings(drawn, Direction.OUTBOUND, flow)
    assert expected == engine_rulings(engine(drawn, Direction.OUTBOUND, whole(NAMED4)), flow)


def one_rule(priority: int, access: Access, destination: AnyAddress | ServiceTag | AddressRange) -> NsgRule:
    """Return an outbound rule for any protocol, port and source."""
    return NsgRule(
        name=f"rule-{priority}",
        priority=priority,
        direction=Direction.OUTBOUND,
        access=access,
        protocol=ANY_PROTOCOL,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(destination,),
        destination_ports=(ALL_PORTS,),
        at=HERE,
    )


def test_generators_hit_the_edges() -> None:
    """The first and last two values of every number line occur as rule ends, in both families."""
    seen: set[tuple[str, int]] = set()
    edges = st.sampled_from((EDGE4, EDGE6))

    @settings(max_examples=200, database=None, deadline=None, derandomize=True)
    @given(drawn=edges.flatmap(lambda u: st.tuples(endpoints(u), port_ranges(u))))
    def look(drawn: tuple[Endpoint, tuple[PortRange, ...]]) -> None:
        endpoint, spans = drawn
        if isinstance(endpoint, AddressRange):
            seen.update((f"v{endpoint.family}", end) for end in (endpoint.first, endpoint.last))
        seen.update(("port", end) for span in spans for end in (span.first, span.last))

    look()
    for line, top in (("v4", 2**32 - 1), ("v6", 2**128 - 1), ("port", 65535)):
        assert {(line, end) for end in (0, 1, top - 1, top)} <= seen


def test_universes_are_small_enough_to_try_every_flow() -> None:
    """Four addresses, four ports and two protocols, one of them without ports, make 272 flows."""
    assert [4 * 4 * (4 * 4 + 1)] * len(UNIVERSES) == [len(list(u.flows())) for u in UNIVERSES]
    assert {4, 6} == {u.family for u in UNIVERSES}
    assert EDGE4.addresses == (0, 1, 2**32 - 2, 2**32 - 1)
