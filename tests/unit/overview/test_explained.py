"""Ways, leg by leg: they are those that `check` judged, and their flows are decided as the leg's packets are."""

from pathlib import Path

import pytest

from netcheck.overview.explained import ExplainedLeg, ExplainedWay
from netcheck.overview.report import Report, report
from netcheck.questions.answer import SETTLED
from netcheck.sets.packets import Header
from tests.bench.backed_up import estate
from tests.unit.cli.test_explain import OWNER
from tests.unit.overview.shared import ARTICLE, STORIES, load, report_of, story


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
            for verdict in SETTLED:
                assert shown.answer.packets(verdict) <= own(verdict)
            if len(shown.legs) == 1 and (way.client is None or way.client.way == "direct"):
                [leg] = shown.legs
                assert all(leg.answer.packets(verdict) == shown.answer.packets(verdict) for verdict in SETTLED)
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


def test_a_proxy_is_followed_as_a_user_of_its_own(tmp_path: Path) -> None:
    """What root may send, another user may not for certain: the proxy's leg is open, and so is the flow of it."""
    content = estate(1)
    save = tmp_path / "owner.save"
    save.write_text(OWNER, encoding="utf-8")
    content["virtualMachines"][-1]["hostFirewall"] = {"kind": "iptables", "save": str(save)}
    for group in content["networkSecurityGroups"]:
        group["securityRules"] = []
    [first] = [one for one in report(load(content, tmp_path)).groups if one.group.entry.vm == "vm-000"]
    [leg] = [leg for way in first.ways for leg in way.legs if leg.source == "proxy"]
    assert str(leg.answer.verdict) == "undetermined"
    assert {str(flow.verdict) for flow in leg.flows} == {"undetermined"}
