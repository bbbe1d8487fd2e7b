"""A baseline: failures that were there when it was written. Those are known; what is more than them is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from netcheck.model.intents import Baseline, KnownFailure, KnownPackets
from netcheck.model.names import key
from netcheck.model.ports import ICMP, ICMPV6, PortRange
from netcheck.policy.resolve import to_set
from netcheck.questions.answer import blocks
from netcheck.questions.intents.result import Breach, IntentsReport
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

FORMAT = 1


def seen_with(report: IntentsReport, baseline: Baseline) -> IntentsReport:
    """Return a report in which what the baseline lists is known, and what it lists without need is told.

    A failure is known when it is the same one (`Breach.fingerprint`) and every packet of it was in it before: one more
    packet, and it is a new failure.
    """
    known: dict[str, PacketSet] = {}
    for one in baseline.known:
        known[one.fingerprint] = known.get(one.fingerprint, EMPTY_PACKETS) | _packets(one)
    results = tuple(
        replace(result, breaches=tuple(_seen(breach, known) for breach in result.breaches)) for result in report.results
    )
    there = {breach.fingerprint for breach in report.breaches}
    asked = {key(result.intent.title) for result in report.results}
    gone = [one for one in baseline.known if one.fingerprint not in there and key(one.intent) in asked]
    return replace(report, results=results, baseline=baseline.file, gone=tuple(dict.fromkeys(gone)))


def _seen(breach: Breach, known: dict[str, PacketSet]) -> Breach:
    before = known.get(breach.fingerprint)
    return replace(breach, is_known=before is not None and breach.packets <= before)


def _packets(failure: KnownFailure) -> PacketSet:
    whole = EMPTY_PACKETS
    for one in failure.packets:
        sources, destinations = to_set(one.sources, one.family), to_set(one.destinations, one.family)
        ports, source_ports = _ports(one.destination_ports), _ports(one.source_ports)
        whole = whole | ps.box(one.family, _protocols(one), ports, source_ports, sources, destinations)
    return whole


def _protocols(one: KnownPackets) -> IntervalSet:
    """The word `icmp` of a block is the ICMP of its family."""
    if one.protocol.is_any:
        return ps.ALL_PROTOCOLS
    numbers = one.protocol.numbers
    if numbers == (ICMP, ICMPV6):
        return IntervalSet.point(ICMP if one.family == 4 else ICMPV6)
    return IntervalSet.of((number, number) for number in numbers)


def _ports(ranges: Sequence[PortRange]) -> IntervalSet:
    return IntervalSet.of((one.first, one.last) for one in ranges)


def baseline_dict(breaches: Iterable[Breach]) -> dict[str, object]:
    """Return failures as the JSON of a baseline file."""
    return {"netcheckBaseline": FORMAT, "breaches": [_entry(breach) for breach in breaches]}


def _entry(breach: Breach) -> dict[str, object]:
    return {
        "fingerprint": breach.fingerprint,
        "intent": breach.intent,
        "code": breach.code,
        "subject": breach.subject,
        "packets": list(blocks(breach.packets)),
    }
