"""Answers as plain text for people: the verdict first, then who decided, then what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netcheck.model.tags import TagTable
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import SETTLED, Answer, AnswerPart, HopSummary, ports, prefixes
from netcheck.questions.check import CheckEntry, CheckReport
from netcheck.questions.proxied import LegSummary
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

SHOWN_PREFIXES = 3


def printable(text: str) -> str:
    """Return text without control characters: a name from a hostile file must not move the cursor."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def answer_text(answer: Answer) -> str:
    """Return the report of `reach` and `filter`."""
    return _join([*_headline(answer), *_parts(answer), *_hops(answer.hops), *_reasons(answer.reasons), *_tail(answer)])


def check_text(report: CheckReport) -> str:
    """Return the report of `check`."""
    lines = [f"profile {report.profile.name}: {report.profile.source}", ""]
    for entry in report.entries:
        lines += [*_entry(entry), ""]
    first = report.entries[0].answer
    return _join([*lines, *tag_lines(first.tags)])


def _entry(entry: CheckEntry) -> Iterator[str]:
    yield from _headline(entry.answer)
    for result in entry.results:
        for leg in result.legs:
            yield f"  {_leg(leg)}"
        if result.legs:
            yield f"  {_leg(result.direct)}  (directly)"
    yield from _parts(entry.answer)
    yield from _reasons(entry.answer.reasons)
    yield from _examples(entry.answer)


def _leg(leg: LegSummary) -> str:
    text = f"{leg.source} -> {leg.target}: {leg.verdict}"
    if leg.verdict is Verdict.REACHABLE or not leg.decided_by:
        return text
    return f"{text} by {'; '.join(decision_text(d) for d in leg.decided_by)}"


def _headline(answer: Answer) -> Iterator[str]:
    q = answer.question
    via = f" via {q.via}" if q.via else ""
    yield f"{answer.verdict.upper()}  {q.source} -> {q.target}{via}  {q.protocol} {','.join(q.ports)}"


def _parts(answer: Answer) -> Iterator[str]:
    for verdict in SETTLED:
        for part in answer.parts:
            if part.verdict is verdict:
                yield from _part(part)


def _part(part: AnswerPart) -> Iterator[str]:
    """Yield the packets in short form, then each decision on a line of its own."""
    yield f"  {part.verdict:<12}  {packets_text(part.packets)}"
    seen: set[str] = set()
    for decision in part.decided_by:
        both = part.verdict is Verdict.UNDETERMINED and replace(decision, passes=not decision.passes) in part.decided_by
        line = decision_text(decision, "may allow or deny" if both else "")
        if line not in seen:
            seen.add(line)
            yield f"    {line}"


def decision_text(decision: Decision, word: str = "") -> str:
    """Return who decided and where the file says so; `word` in place of what it decided."""
    number = f" ({decision.priority})" if decision.priority is not None else ""
    named = [word for word in (f"{decision.rule}{number}" if decision.rule else "", decision.note) if word]
    where = f" {decision.resource}" if decision.resource else ""
    at = f"  {decision.at}" if decision.at else ""
    return f"{decision.hop}{where}: {word or decision.access.lower()} {', '.join(named)}{at}"


def packets_text(packets: PacketSet) -> str:
    """Return a packet set in short form: the first prefixes, how many more, and the ports."""
    texts = []
    for box in packets.boxes():
        listed = list(prefixes(box.family, box.destinations))
        more = f" and {len(listed) - SHOWN_PREFIXES} more" if len(listed) > SHOWN_PREFIXES else ""
        sports = "" if box.source_ports.size == 65536 or box.protocols.first not in (6, 17) else " from source ports "
        limited = sports + _numbers(box.source_ports) if sports else ""
        texts.append(f"{', '.join(listed[:SHOWN_PREFIXES])}{more} : {_numbers(box.destination_ports)}{limited}")
    return "; ".join(texts[:4]) + (f"; and {len(texts) - 4} more" if len(texts) > 4 else "")


def _numbers(values: IntervalSet) -> str:
    return ",".join(ports(values))


def _hops(hops: Sequence[HopSummary]) -> Iterator[str]:
    """Yield the way in one line a leg: `nic-nsg - > subnet-nsg NSG-lockdown blocked`."""
    legs: dict[str, list[HopSummary]] = {}
    for hop in hops:
        legs.setdefault(hop.leg, []).append(hop)
    for leg, found in legs.items():
        told = [f"{h.hop}{' ' + h.resource if h.resource else ''} {h.verdict}" for h in found]
        yield f"  way{' ' + leg if leg else ''}:"
        yield from (f"    {line}" for line in told)


def _reasons(reasons: Iterable[str]) -> Iterator[str]:
    return (f"  note: {reason}" for reason in reasons)


def _examples(answer: Answer) -> Iterator[str]:
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED):
        for flow in answer.witnesses(verdict, 1):
            yield f"  e.g. netcheck explain SITE '{flow}'"


def _tail(answer: Answer) -> Iterator[str]:
    counts = [f"{answer.packets(v).count_pairs():,} {v}" for v in SETTLED if answer.packets(v)]
    yield f"  address-port pairs: {', '.join(counts)}"
    yield from _examples(answer)
    yield from tag_lines(answer.tags)


def tag_lines(tags: TagTable | None) -> Iterator[str]:
    """Yield the facts about the tag file."""
    if tags is not None:
        number = f", changeNumber {tags.change_number}" if tags.change_number is not None else ""
        published = f", published {tags.published}" if tags.published else ""
        yield f"service tags: {tags.file}, cloud {tags.cloud}{number}{published}"


def _join(lines: Iterable[str]) -> str:
    return "".join(f"{printable(line)}\n" for line in lines)
