"""Ways, leg by leg: they are those that `check` judged, and their flows are decided as the leg's packets are."""

import pytest

from netcheck.overview.explained import ExplainedLeg, ExplainedWay
from netcheck.overview.report import Report
from netcheck.path.leg import Verdict
from netcheck.sets.packets import Header
from tests.unit.overview.shared import ARTICLE, STORIES, report_of, story


def _ways(report: Report) -> list[ExplainedWay]:
    return [way for one in report.groups for way in one.ways]


def _legs(report: Report) -> list[ExplainedLeg]:
    return [leg for way in _ways(report) for leg in way.legs]


@pytest.mark.parametrize("name", STORIES)
def test_ways_are_those_of_the_check(name: str) -> None:
    """A way has the verdict of the client's packets; the legs of one proxy have the verdicts that `check` tells."""
    for one in story(name).groups:
        taken = [way for way in one.ways if way.is_taken]
        judged = [(result, way) for result in one.group.entry.results for way in result.ways]
        assert len(taken) == len(judged)
        for shown, (result, way) in zip(taken, judged, strict=True):
            own = result.answer.packets
            for verdict in (Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED):
                assert shown.answer.packets(verdict) <= own(verdict)
            if way.client is not None and way.client.way == "proxy":
                assert [leg.answer.verdict for leg in shown.legs] == [leg.verdict for leg in way.legs]
        beside = [way.answer.verdict for way in one.ways if not way.is_taken]
        assert set(beside) <= {result.direct.verdict for result in one.group.entry.results}


@pytest.mark.parametrize("name", STORIES)
def test_flows_are_decided_as_the_packets_that_they_stand_for(name: str) -> None:
    """Followed alone a flow has the verdict of its part, and each hop decides as it does about all packets."""
    for leg in _legs(story(name)):
        assert leg.flows
        for one in leg.flows:
            flow = one.flow
            header = Header(
                flow.family, flow.protocol, flow.destination_port, flow.source_port, flow.source, flow.destination
            )
            assert header in leg.answer.packets(one.verdict)
            known = {decision for hop in leg.answer.hops for decision in hop.decided_by}
            assert {decision for hop in one.hops for decision in hop.decisions} <= known


def test_the_way_of_the_article() -> None:
    """The application goes to the proxy, which an NSG keeps from Storage; the direct way is there beside it."""
    first, second = report_of(ARTICLE).groups
    ends = [[(leg.source, leg.target, str(leg.answer.verdict)) for leg in way.legs] for way in first.ways]
    assert ends == [
        [("app-vm", "proxy-vm", "reachable"), ("proxy-vm", "Storage.WestUS", "blocked")],
        [("app-vm", "Storage.WestUS", "blocked")],
    ]
    assert [way.is_taken for way in first.ways] == [True, False]
    assert [way.is_taken for way in second.ways] == [True]
