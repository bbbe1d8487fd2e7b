"""Address runs: every address asked about is in one of them, with the fate of its packets."""

from itertools import pairwise

import pytest

from netcheck.overview.ranges import Run, runs_of
from netcheck.path.leg import Verdict, combine
from netcheck.questions.answer import Answer, AnswerPart, Question
from netcheck.questions.packets import parse_ports
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet, union
from tests.unit.overview.shared import STORIES, story

TCP = IntervalSet.point(6)
QUESTION = Question(kind="reach", source="a", target="b", protocol="tcp", ports=("80", "443"))


def _part(verdict: Verdict, ports: str, *spans: tuple[int, int], source_ports: str = "0-65535") -> AnswerPart:
    packets = ps.box(4, TCP, parse_ports([ports]), parse_ports([source_ports]), None, IntervalSet.of(spans))
    return AnswerPart(verdict, packets, ())


def _answer(*parts: AnswerPart) -> Answer:
    return Answer(question=QUESTION, parts=parts, hops=(), reasons=(), tags=None)


def test_ports_of_one_fate_stand_together() -> None:
    """80 is blocked wherever it goes, 443 passes to the first addresses; 8443 is as 80."""
    [one, other] = runs_of(
        _answer(
            _part(Verdict.REACHABLE, "443", (10, 19)),
            _part(Verdict.BLOCKED, "443", (20, 29)),
            _part(Verdict.BLOCKED, "80,8443", (10, 29)),
        )
    )
    assert (one.ports, one.size) == (("443",), 20)
    assert one.runs == (
        Run(Verdict.REACHABLE, IntervalSet.of([(10, 19)])),
        Run(Verdict.BLOCKED, IntervalSet.of([(20, 29)])),
    )
    assert (other.ports, other.count(Verdict.BLOCKED), len(other.runs)) == (("80", "8443"), 20, 1)


def test_ports_that_parts_share_in_part_are_told_apart() -> None:
    """443 goes to all addresses, 80 to the last ones only: each port is in one bar."""
    [one, other] = runs_of(
        _answer(_part(Verdict.REACHABLE, "443", (10, 19)), _part(Verdict.BLOCKED, "80,443", (20, 29)))
    )
    assert (one.ports, [run.verdict for run in one.runs]) == (("443",), [Verdict.REACHABLE, Verdict.BLOCKED])
    assert (other.ports, [run.verdict for run in other.runs], other.size) == (("80",), [Verdict.BLOCKED], 10)


def test_gaps_do_not_end_a_run() -> None:
    """Neighbours in the range are neighbours in the bar."""
    [one] = runs_of(
        _answer(_part(Verdict.BLOCKED, "443", (10, 19), (40, 49)), _part(Verdict.REACHABLE, "443", (60, 69)))
    )
    assert [(run.verdict, run.addresses.size) for run in one.runs] == [(Verdict.BLOCKED, 20), (Verdict.REACHABLE, 10)]


def test_an_address_of_two_fates_is_told_as_both() -> None:
    """Some source ports pass and some do not: partial; some are open: undetermined, never reachable."""
    [one] = runs_of(
        _answer(
            _part(Verdict.REACHABLE, "443", (10, 19), source_ports="0-999"),
            _part(Verdict.BLOCKED, "443", (10, 14), source_ports="1000-65535"),
            _part(Verdict.UNDETERMINED, "443", (15, 19), source_ports="1000-65535"),
        )
    )
    assert [run.verdict for run in one.runs] == [Verdict.PARTIAL, Verdict.UNDETERMINED]


@pytest.mark.parametrize("name", STORIES)
def test_the_runs_of_a_story_are_its_packets(name: str) -> None:
    """Both ends of every span are asked about by plain loops over the boxes; nothing is there twice or left out."""
    for answer in (result.answer for one in story(name).groups for result in one.group.entry.results):
        boxes = [(part.verdict, box) for part in answer.parts for box in part.packets.boxes()]
        found = runs_of(answer)
        for one in found:
            for run in one.runs:
                for first, last in run.addresses.spans():
                    for port in (int(word.split("-")[0]) for word in one.ports):
                        for address in (first, last):
                            fates = [
                                verdict
                                for verdict, box in boxes
                                if box.family == one.family
                                and address in box.destinations
                                and port in box.destination_ports
                            ]
                            assert combine(fates) is run.verdict
            assert all(run.verdict is not after.verdict for run, after in pairwise(one.runs))
            spans = [span for run in one.runs for span in run.addresses.spans()]
            assert spans == sorted(spans)
        for family in (4, 6):
            asked = union(box.destinations for _, box in boxes if box.family == family)
            told = union(run.addresses for one in found if one.family == family for run in one.runs)
            assert told == asked
