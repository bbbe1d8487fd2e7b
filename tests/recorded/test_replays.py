"""What Azure answered is what netcheck answers: each recorded answer, on the network that the recording shows.

The cases name their recording. Three recordings (Java, xplat) lack request bodies: the flow is the one that the source
of the published test asks. The networks of the quickstart, of Test-VerifyIPFlow and of xplat are written by hand, after
what their sources say.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.recorded.cases import (
    CASES,
    LEGACY_ROUTE,
    NEWER_ROUTES,
    NO_PRIVATE_ROUTE,
    NOT_REPLAYABLE,
    POWERSHELL,
    QUICKSTART,
    Case,
    judge,
)
from tests.recorded.transcripts import Json, answers_of, load_recording, read
from tests.unit.sources.shared import shared_folder

SAME = [case for case in CASES if not case.difference]


def _different(why: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [case for case in CASES if case.difference == why], ids=str)


@pytest.mark.parametrize("case", SAME, ids=str)
def test_the_answer_is_the_same(case: Case) -> None:
    """Access and rule, next hop and table, every field of every rule looked at, every effective rule and route."""
    outcome = judge(case)
    assert outcome.ours == outcome.azures
    assert outcome.ours


@_different(NEWER_ROUTES)
def test_two_routes_that_azure_did_not_have_yet_are_open(case: Case) -> None:
    """All other addresses have the next hop that Azure gave."""
    outcome = judge(case)
    assert set(outcome.azures) - set(outcome.ours) == {"0.0.0.0/0: Internet"}
    ours = "0.0.0.0/0: Internet, but perhaps None for 25.33.80.0/20 25.41.3.0/25"
    assert set(outcome.ours) - set(outcome.azures) == {ours}


@_different(LEGACY_ROUTE)
def test_azure_had_a_route_for_25_until_2017(case: Case) -> None:
    """It is the only route that differs, over all addresses."""
    outcome = judge(case)
    assert set(outcome.azures) - set(outcome.ours) == {"25.0.0.0/8: None"}
    assert set(outcome.ours) - set(outcome.azures) == {
        "25.0.0.0/8: Internet, but perhaps None for 25.33.80.0/20 25.41.3.0/25"
    }


@_different(NO_PRIVATE_ROUTE)
def test_azure_had_two_small_routes_and_none_for_172_16(case: Case) -> None:
    """The route for 172.16.0.0/12 is documented and was recorded in 2016 and 2017."""
    outcome = judge(case)
    assert set(outcome.azures) - set(outcome.ours) == {
        "0.0.0.0/0: Internet",
        "25.33.80.0/20: None",
        "25.41.3.0/25: None",
    }
    assert set(outcome.ours) - set(outcome.azures) == {
        "0.0.0.0/0: Internet, but None for 172.16.0.0/12",
        "25.33.80.0/20: Internet, but perhaps None for 25.33.80.0/20",
        "25.41.3.0/25: Internet, but perhaps None for 25.41.3.0/25",
    }


def test_every_recorded_answer_has_its_case() -> None:
    """An answer is a case here, or it is listed with the reason why it cannot be one."""
    folder = shared_folder("azure_verdicts")
    listed = {str(case) for case in (*CASES, *(case for case, _ in NOT_REPLAYABLE))}
    found = set()
    for path in folder.glob("*__*.json"):
        if path.stem.startswith("xplat"):
            found.add(f"{path.stem}-{'nextHop' if 'next-hop' in path.stem else 'ipFlowVerify'}-0")
            continue
        recording = load_recording(path.stem)
        for operation in {one.operation for one in recording.answers}:
            found |= {
                str(Case(recording=path.stem, operation=operation, number=number))
                for number, _ in enumerate(answers_of(recording, operation))
            }
    found |= {str(Case(recording=QUICKSTART, operation="ipFlowVerify", number=n)) for n in range(3)}
    found |= {str(Case(recording=POWERSHELL, operation="ipFlowVerify", number=n)) for n in range(2)}
    assert found == listed


def test_the_collected_cases_are_all_replayed() -> None:
    """The flat list of flows, hops and diagnostics that comes with the recordings: each stands here, too."""
    collected = Counter(_place(one) for one in read("CASES_dev")["cases"])
    ours = Counter((case.recording, case.operation) for case in CASES)
    assert sum(collected.values()) == 25
    assert collected == {place: ours[place] for place in collected}


def _place(one: Json) -> tuple[str, str]:
    file = one["source_file"]
    return (POWERSHELL if file.startswith("(") else file.removesuffix(".json")), one["operation"]
