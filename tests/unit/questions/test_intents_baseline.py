"""Baselines: a failure is known while it does not grow, and one that is gone is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.questions.intents.known import baseline_dict, seen_with
from netcheck.questions.intents.result import Breach, IntentsReport, Part, Status
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.intents.baseline import read_baseline
from tests.unit.questions.intents_sites import LOCK, judged, rule, site_of

BAN = "{name: no telnet, mustNotReach: {from: b, to: one, port: 20-30, protocol: tcp}}"


def written(folder: Path, report: IntentsReport) -> IntentsReport:
    """Return a report seen with the baseline in the folder; the first report is the one that writes it."""
    path = folder / "known.json"
    if not path.exists():
        path.write_text(json.dumps(baseline_dict(report.breaches)), encoding="utf-8")
    return seen_with(report, read_baseline(str(path)))


def test_what_is_known_is_known_until_it_grows(tmp_path: Path) -> None:
    """The same packets by another rule, and fewer of them, are known; one port more is a new failure."""
    first = judged(tmp_path, site_of(tmp_path, rule("a", 100, "Allow", "10.0.1.4", "22-23"), LOCK), BAN)
    assert first.status is Status.FAILS
    assert [one.status for one in written(tmp_path, first).results] == [Status.KNOWN]
    for port, expected in (("22-23", "known"), ("23", "known"), ("22-24", "fails"), ("24", "fails")):
        again = judged(tmp_path, site_of(tmp_path, rule("other", 200, "Allow", "10.0.1.4", port), LOCK), BAN)
        assert [str(one.status) for one in written(tmp_path, again).results] == [expected], port
        assert again.breaches[0].fingerprint == first.breaches[0].fingerprint


def test_what_is_there_no_more_is_told(tmp_path: Path) -> None:
    """An entry without a failure says that the baseline may be shortened; entries of other intents are not touched."""
    first = judged(tmp_path, site_of(tmp_path, rule("a", 100, "Allow", "10.0.1.4", "22"), LOCK), BAN)
    written(tmp_path, first)
    mended = written(tmp_path, judged(tmp_path, site_of(tmp_path, LOCK), BAN))
    assert (mended.status, [one.subject for one in mended.gone]) == (Status.HOLDS, ["b -> one  tcp 20-30"])
    other = written(tmp_path, judged(tmp_path, site_of(tmp_path, LOCK), "mustNotReach: {from: two, to: one}"))
    assert other.gone == ()


def test_an_open_question_is_not_known_as_a_failure(tmp_path: Path) -> None:
    """What failed and is open now is another thing, and so is the other way round."""
    tag = rule("who", 100, "Deny", "NoSuchTag", "22")
    open_site = site_of(tmp_path, tag, rule("a", 110, "Allow", "10.0.1.0/24", "22"), LOCK)
    assert written(tmp_path, judged(tmp_path, open_site, BAN)).results[0].status is Status.KNOWN
    failing = site_of(tmp_path, rule("a", 110, "Allow", "10.0.1.0/24", "22"), LOCK)
    assert written(tmp_path, judged(tmp_path, failing, BAN)).results[0].status is Status.FAILS


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(
    "protocols",
    [ps.ALL_PROTOCOLS, IntervalSet.point(6), IntervalSet.point(17), IntervalSet.of([(1, 1), (6, 6), (58, 58)]),
     IntervalSet.of([(0, 5), (50, 51), (255, 255)])],
)  # fmt: skip
def test_packets_come_back_as_they_were_written(tmp_path: Path, family: int, protocols: IntervalSet) -> None:
    """Every protocol of both families, ports of both ends: one packet less in the file, and it would not be known."""
    sources, destinations = IntervalSet.span(3, 9), IntervalSet.of([(1 << 30, (1 << 30) + 4), (7, 7)])
    packets = ps.box(
        family, protocols, IntervalSet.of([(0, 0), (443, 450)]), IntervalSet.span(1, 9), sources, destinations
    )
    breach = Breach(intent="x", code="NC241", subject="s", message="m", parts=(Part(packets, ()),))
    report = judged(tmp_path, site_of(tmp_path, LOCK), "{name: x, mustNotReach: {from: two, to: one}}")
    path = tmp_path / "known.json"
    path.write_text(json.dumps(baseline_dict([breach])), encoding="utf-8")
    baseline = read_baseline(str(path))

    def status(found: ps.PacketSet) -> Status:
        from dataclasses import replace

        one = replace(report.results[0], breaches=(replace(breach, parts=(Part(found, ()),)),))
        return seen_with(replace(report, results=(one,)), baseline).results[0].status

    assert status(packets) is Status.KNOWN
    for more in (
        ps.box(family, protocols, IntervalSet.point(442), IntervalSet.span(1, 9), sources, destinations),
        ps.box(family, IntervalSet.point(132), sources=sources, destinations=destinations),
        ps.box(10 - family, protocols, IntervalSet.point(443), IntervalSet.span(1, 9), sources, destinations),
    ):
        assert status(packets | more) is (Status.KNOWN if more <= packets else Status.FAILS)
