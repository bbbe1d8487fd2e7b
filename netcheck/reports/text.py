"""Answers as plain text for people: the verdict first, then who decided, then what to type next."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from netcheck.diagnostics import printable
from netcheck.model.address import AddressRange, address_text
from netcheck.model.tags import TagTable
from netcheck.path.leg import Verdict
from netcheck.questions.answer import SETTLED, Answer, AnswerPart, HopSummary, ports, prefixes
from netcheck.reports.decisions import decider_lines
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, PORTED, PacketSet

if TYPE_CHECKING:  # `filter` and `reach` print their answers without loading the main job
    from netcheck.questions.check import CheckEntry, CheckReport
    from netcheck.questions.finding import Finding

_WORTH_EXPLAINING = (Verdict.BLOCKED, Verdict.UNDETERMINED)
SHOWN_PREFIXES = 2
_SHOWN_TARGETS = 2
SHOWN_DECIDERS = 3
WIDTH = 80
"""Lines are wrapped to this width wherever they go but to a narrower terminal: output is the same in a pipe and on
a terminal."""


def answer_text(answer: Answer, site_name: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `reach` and `filter`; `site_name` stands in the commands to type next, "" for none."""
    lines = [*_headline(answer), *_parts(answer), *_hops(answer.hops), *_reasons(answer.reasons)]
    return join([*lines, *finding_lines(answer.findings), *_tail(answer, site_name)], width)


def check_text(report: CheckReport, is_verbose: bool = False, site_name: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `check`; a verbose one lists every hop."""
    lines = [f"profile {report.profile.name}: {report.profile.source}", ""]
    for entry in report.entries:
        lines += [*_entry(entry, site_name), *(_hops(entry.answer.hops) if is_verbose else ()), ""]
    first, found = report.entries[0].answer, [*finding_lines(report.findings)]
    return join([*lines, *found, *([""] if found else ()), *tag_lines(first.tags)], width)


def _entry(entry: CheckEntry, site_name: str) -> Iterator[str]:
    from netcheck.reports.path_text import path_lines  # the main job's alone

    yield from _headline(entry.answer, ", degraded" if entry.is_degraded else "")
    yield from path_lines(entry.results)
    yield from _parts(entry.answer)
    yield from _reasons(reason for reason in entry.answer.reasons if reason not in entry.told)
    for verdict in _WORTH_EXPLAINING:
        yield from next(
            (
                _examples(r.answer, site_name, verdict, r.via, not r.need.is_by_name)
                for r in entry.results
                if r.has(verdict)
            ),
            (),
        )


def _headline(answer: Answer, also: str = "") -> Iterator[str]:
    q = answer.question
    via = f" via {q.via}" if q.via else ""
    to = q.target
    if len(to) > WIDTH // 2 and to.count(",") > _SHOWN_TARGETS:
        names = to.split(",")
        to = f"{','.join(names[:_SHOWN_TARGETS])} and {len(names) - _SHOWN_TARGETS} more"
    yield f"{answer.verdict.upper()}{also}  {q.source} -> {to}{via}  {q.protocol} {','.join(q.ports)}"
    if len(answer.by_family) > 1:
        yield f"  {', '.join(f'{name} {verdict}' for name, verdict in answer.by_family.items())}"


def _parts(answer: Answer) -> Iterator[str]:
    for verdict in SETTLED:
        for part in answer.parts:
            if part.verdict is verdict:
                yield from _part(part)


def _part(part: AnswerPart) -> Iterator[str]:
    """Yield the packets in short form, then each decision on a line of its own."""
    yield f"  {part.verdict}: {packets_text(part.packets)}"
    yield from decider_lines(part.verdict, part.decided_by)


def packets_text(packets: PacketSet) -> str:
    """Return a packet set in short form: the first prefixes, how many more, and the ports."""
    texts = []
    for box in packets.boxes():
        listed = list(prefixes(box.family, box.destinations))
        more = f" and {len(listed) - SHOWN_PREFIXES:,} more" if len(listed) > SHOWN_PREFIXES else ""
        has_ports = bool(box.protocols & PORTED)
        on_ports = f"port {_numbers(box.destination_ports)} of " if has_ports else ""
        limited = (
            f" from source port {_numbers(box.source_ports)}" if has_ports and box.source_ports != ALL_PORTS else ""
        )
        texts.append(f"{on_ports}{', '.join(listed[:SHOWN_PREFIXES])}{more}{limited}")
    return "; ".join(texts[:4]) + (f"; and {len(texts) - 4} more" if len(texts) > 4 else "")


def _numbers(values: IntervalSet) -> str:
    return ",".join(ports(values))


def _hops(hops: Sequence[HopSummary]) -> Iterator[str]:
    """Yield the hops in travel order, leg by leg, with what each does on its own."""
    legs: dict[str, list[HopSummary]] = {}
    for hop in hops:
        legs.setdefault(hop.leg, []).append(hop)
    for leg, found in legs.items():
        yield f"  way{' ' + leg if leg else ''}:"
        yield from (f"    {_hop(hop)}" for hop in found)


def _hop(hop: HopSummary) -> str:
    """Return one hop with its verdict and the first of those who decide there."""
    names = list(dict.fromkeys(", ".join(filter(None, (d.named, d.note))) for d in hop.decided_by))
    more = f" and {len(names) - SHOWN_DECIDERS} more" if len(names) > SHOWN_DECIDERS else ""
    told = f": {'; '.join(names[:SHOWN_DECIDERS])}{more}" if names else ""
    return f"{hop.hop}{' ' + hop.resource if hop.resource else ''} {hop.verdict}{told}"


def _reasons(reasons: Iterable[str]) -> Iterator[str]:
    return (f"  note: {reason}" for reason in reasons)


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield what is wrong with the site itself."""
    return (f"  finding {one.code}: {one.message}" for one in findings)


def _examples(
    answer: Answer,
    site_name: str,
    verdict: Verdict,
    via: Callable[[int], str] = lambda _: "",
    has_addresses: bool = True,
) -> Iterator[str]:
    """Yield the command that explains a witness: by names where it goes through a proxy, whose list is by name.

    `has_addresses`: the target is one that can be typed, not names of which no file says the addresses.
    """
    for flow in answer.witnesses(verdict, 1):
        q, proxy = (
            answer.question,
            answer.question.via if answer.question.kind == "reach" else via(flow.destination_port),
        )
        if proxy:
            to = (
                q.target
                if has_addresses
                else address_text(AddressRange(flow.family, flow.destination, flow.destination))
            )
            words = ["--from", q.source, "--to", to, "--port", str(flow.destination_port), "--via", proxy]
            yield f"  e.g. netcheck explain {site_name} {shlex.join(words)}"
        else:
            yield f"  e.g. netcheck explain {site_name} {shlex.quote(str(flow))}"


def _tail(answer: Answer, site_name: str) -> Iterator[str]:
    counts = [f"{answer.packets(v).count_pairs():,} {v}" for v in SETTLED if answer.packets(v)]
    yield f"  address-port pairs: {', '.join(counts)}"
    if site_name:
        found = [verdict for verdict in _WORTH_EXPLAINING if answer.packets(verdict)] or [Verdict.REACHABLE]
        yield from (line for verdict in found for line in _examples(answer, site_name, verdict))
    yield from tag_lines(answer.tags)


def tag_lines(tags: TagTable | None) -> Iterator[str]:
    """Yield the facts about the tag file."""
    if tags is not None:
        number = f", changeNumber {tags.change_number}" if tags.change_number is not None else ""
        published = f", published {tags.published}" if tags.published else ""
        yield f"service tags: {tags.file}, cloud {tags.cloud}{number}{published}"


def join(lines: Iterable[str], width: int = WIDTH) -> str:
    """Return lines as text: wrapped, and without control characters; a command that has some is left out.

    It would not be the command any more that it has to be.
    """
    shown = (printable(line) for line in lines if line.isprintable() or not _is_command(line))
    return "".join(f"{wrapped}\n" for line in shown for wrapped in wrap(line, width))


def _is_command(line: str) -> bool:
    return line.lstrip().startswith(("e.g.", "next:"))


def wrap(line: str, width: int = WIDTH) -> list[str]:
    """Return a line cut at blanks to the width, with hanging indent; words and commands to copy stay whole."""
    if len(line) <= width or _is_command(line):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
