"""Needs of names without addresses, and what several needs come to together."""

from __future__ import annotations

import pytest

from netcheck.path.leg import Verdict
from netcheck.questions.answer import AnswerPart
from netcheck.questions.by_name import all_needed, name_reasons, settled_parts
from netcheck.questions.profiles import Need
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

NAMES = Need(target="Internet", ports=(443,), hosts=(".example.com", "example.org"), is_by_name=True)
TAG = Need(target="Storage", ports=(443,))


def some(first: int, last: int, port: int = 443) -> PacketSet:
    """Return packets to a range of addresses."""
    tcp, ports = IntervalSet.point(6), IntervalSet.point(port)
    return ps.box(4, protocols=tcp, destinations=IntervalSet.of([(first, last)]), destination_ports=ports)


def part(verdict: Verdict, packets: PacketSet) -> AnswerPart:
    """Return a part that nobody decided."""
    return AnswerPart(verdict, packets, ())


def test_a_need_is_called_by_its_names() -> None:
    """A star before a suffix; a tag by itself."""
    assert (NAMES.label, TAG.label) == ("*.example.com,example.org", "Storage")


@pytest.mark.parametrize("verdict", [Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED])
def test_what_all_addresses_share_is_certain(verdict: Verdict) -> None:
    """Whichever address a name has, the answer is the same, and says what it rests on."""
    parts = (part(verdict, some(1, 9)),)
    assert settled_parts(NAMES, parts) == parts
    assert name_reasons(NAMES, parts)[0].endswith(f"{verdict}, is that for every address of the Internet")


def test_what_differs_is_open() -> None:
    """The packets stay; none of them is reachable or blocked for certain."""
    parts = (part(Verdict.REACHABLE, some(1, 4)), part(Verdict.BLOCKED, some(5, 9)))
    assert [one.verdict for one in settled_parts(NAMES, parts)] == [Verdict.UNDETERMINED] * 2
    assert [one.packets for one in settled_parts(NAMES, parts)] == [one.packets for one in parts]
    assert name_reasons(NAMES, parts)[0].endswith("not all addresses of the Internet fare alike")


def test_a_tag_is_left_alone() -> None:
    """Its addresses are known, so parts of it may differ."""
    parts = (part(Verdict.REACHABLE, some(1, 4)), part(Verdict.BLOCKED, some(5, 9)))
    assert settled_parts(TAG, parts) == parts
    assert name_reasons(TAG, parts) == ()


def test_needs_that_do_not_overlap_stay_as_they_are() -> None:
    """In their order."""
    parts = [
        part(Verdict.REACHABLE, some(5, 9)),
        part(Verdict.BLOCKED, some(1, 4)),
        part(Verdict.BLOCKED, some(5, 9, 80)),
    ]
    assert list(all_needed(parts)) == parts


def test_a_packet_that_one_need_loses_is_lost() -> None:
    """Blocked by one name, open by another, through by a third: each packet once, with the worst of them."""
    parts = [
        part(Verdict.REACHABLE, some(1, 9)),
        part(Verdict.UNDETERMINED, some(1, 6)),
        part(Verdict.BLOCKED, some(1, 3)),
        part(Verdict.BLOCKED, some(1, 2)),
    ]
    found = {(one.verdict, one.packets.count_pairs()) for one in all_needed(parts)}
    assert found == {(Verdict.BLOCKED, 3), (Verdict.UNDETERMINED, 3), (Verdict.REACHABLE, 3)}
