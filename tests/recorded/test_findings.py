"""Azure's recorded rules and routes beside their networks: findings are the known differences, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.policy.builtin import INTERNET_LOWER
from netcheck.questions.asking import Asking
from netcheck.sets.intervals import IntervalSet
from tests.recorded.cases import (
    CASES,
    CORMACPAYNE,
    JAVA,
    NET,
    NIC_2018,
    NIC_2020,
    OLYDIS_VIEW,
    ROUTES,
    RULES,
    SERGEY,
    VIANANTH_ROUTES,
    VIANANTH_VIEW,
    VIEW,
    Case,
)
from tests.recorded.replies import find_nic, prefixes_of
from tests.recorded.rule_replies import BLOCK
from tests.recorded.transcripts import answers_of, load_recording, site_of

UNNAMED = {JAVA, NET}
"""Views that do not name the NSG: beside the network that has it they are refused, as a second one."""
LISTED = [case for case in CASES if case.operation in (RULES, ROUTES, VIEW) and case.recording not in UNNAMED]
_OPEN = IntervalSet.of([(0x19215000, 0x19215FFF), (0x19290300, 0x1929037F)])
"""25.33.80.0/20 and 25.41.3.0/25, which later tables drop: netcheck leaves them open."""
_CERTAIN = INTERNET_LOWER[4] & BLOCK
LESS_INTERNET = ("effective-rules", "networkInterface", "AllowInternetOutBound", f"to {_CERTAIN.size:,} addresses")
DROPS_25 = ("effective-routes", "", "system route", f"sends {(BLOCK - _OPEN).size:,} addresses")
KEEPS_172_16 = (
    "effective-routes",
    "",
    "system route",
    "sends 1,048,576 addresses, 172.16.0.0/12, to next hop Internet",
)
KNOWN = {
    (CORMACPAYNE, RULES): LESS_INTERNET,
    (SERGEY, RULES): LESS_INTERNET,
    (VIANANTH_ROUTES, RULES): LESS_INTERNET,
    (OLYDIS_VIEW, VIEW): LESS_INTERNET,
    (VIANANTH_VIEW, VIEW): LESS_INTERNET,
    (CORMACPAYNE, ROUTES): DROPS_25,
    (SERGEY, ROUTES): DROPS_25,
    (NIC_2018, ROUTES): KEEPS_172_16,
    (NIC_2020, ROUTES): KEEPS_172_16,
}
"""`Internet` of 2016 and 2017 leaves out all of 25.0.0.0/8, and so did the routes."""


@pytest.mark.parametrize("case", LISTED, ids=str)
def test_a_recorded_list_differs_where_it_is_known_to(case: Case) -> None:
    """The list lies beside the files of its network, under the name of its NIC."""
    recording = load_recording(case.recording)
    answer = list(answers_of(recording, case.operation))[case.number]
    answer = replace(answer, request=answer.request or dict(case.asked))
    nic = find_nic(site_of(recording, answer), answer.target).name
    site = site_of(recording, answer, with_defaults=False, beside={f"{nic}.json": answer.reply})
    known = find_nic(site, nic)
    assert (known.effective_nsgs or known.effective_routes) is not None
    expected = KNOWN.get((case.recording, case.operation))
    found = [(one.kind, one.level, one.rule, one.message) for one in Asking(site).findings]
    assert [one[:3] for one in found] == ([expected[:3]] if expected else [])
    assert [expected[3] for _, _, _, message in found if expected and expected[3] not in message] == []


def test_the_blocks_are_those_that_the_recordings_show() -> None:
    """The numbers above are of these blocks."""
    assert prefixes_of(_OPEN) == ["25.33.80.0/20", "25.41.3.0/25"]
    assert prefixes_of(BLOCK) == ["25.0.0.0/8"]
