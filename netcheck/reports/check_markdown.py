"""The report of `check` as Markdown: one row a VM, then the legs of those that have proxy settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import ports
from netcheck.questions.check import CheckEntry, CheckReport, NeedResult
from netcheck.questions.proxied import LegSummary
from netcheck.reports.decisions import decider_lines
from netcheck.reports.markdown_words import escaped, row
from netcheck.reports.path_text import client_text
from netcheck.reports.text import finding_lines


def check_markdown(report: CheckReport, advice: str = "") -> str:
    """Return a heading, a table of the VMs, a table of legs for each with proxy settings, and the notes."""
    passing = sum(entry.verdict is Verdict.REACHABLE for entry in report.entries)
    lines = [
        f"### netcheck check: {report.verdict}, {passing} of {len(report.entries)} VMs pass",
        "",
        f"Profile {escaped(report.profile.name)}: {escaped(report.profile.source)}.",
        "",
        row(["VM", "verdict", "to", "by", "who does not let it pass, in travel order"]),
        "|---|---|---|---|---|",
        *(_vm(entry) for entry in report.entries),
        "",
    ]
    for entry in report.entries:
        lines += _legs(entry)
    lines += [f"> {escaped(line.strip())}" for line in finding_lines(report.findings)]
    lines += [f"> {escaped(line)}" for line in advice.splitlines()]
    return "\n".join(lines).rstrip() + "\n"


def _vm(entry: CheckEntry) -> str:
    answer = entry.answer
    stuck = [(part.verdict, part.decided_by) for part in answer.parts if part.verdict is not Verdict.REACHABLE]
    told = dict.fromkeys(line for verdict, decided in stuck for line in _deciders(verdict, decided))
    to = f"{answer.question.target} {answer.question.protocol} {','.join(answer.question.ports)}"
    verdict = f"**{entry.verdict}**{', degraded' if entry.is_degraded else ''}"
    return row([escaped(entry.vm), verdict, escaped(to), escaped(answer.question.via or "directly"), "<br>".join(told)])


def _deciders(verdict: Verdict, decided: Sequence[Decision]) -> Iterator[str]:
    return (escaped(line.strip()) for line in decider_lines(verdict, decided))


def _legs(entry: CheckEntry) -> Iterator[str]:
    if any(way.client for result in entry.results for way in result.ways):
        rows = dict.fromkeys(one for result in entry.results for one in _ways(result))
        yield from (
            f"#### {escaped(entry.vm)}",
            "",
            row(["leg", "verdict", "hops", "who decides"]),
            "|---|---|---|---|",
        )
        yield from rows
        yield ""
    notes = [reason for reason in entry.answer.reasons if reason not in entry.told]
    yield from (f"> {escaped(entry.vm)}: {escaped(reason)}" for reason in notes)
    if notes:
        yield ""


def _ways(result: NeedResult) -> Iterator[str]:
    for way in result.ways:
        if way.client:
            on_ports = f"port {','.join(ports(way.wanted))}" if len(result.ways) > 1 else ""
            told = client_text(way.client).partition(": ")[2]
            yield row([escaped(f"client-proxy {on_ports}".strip()), way.client.way, "", escaped(told)])
        first, others = way.legs[:1], way.legs[1:]
        yield from (_leg(leg) for leg in first)
        for one in way.lists:
            refusing = [d for d in one.decided_by if not d.passes] if one.verdict is Verdict.BLOCKED else one.decided_by
            told = "<br>".join(_deciders(one.verdict, refusing))
            yield row([escaped(f"list of {one.resource}"), f"**{one.verdict}**", "", told])
        yield from (_leg(leg) for leg in others)
    if any(way.client for way in result.ways):
        yield _leg(result.direct, f"directly to {result.direct.target}")
        if result.instead:
            yield _leg(result.instead, f"through {result.instead.source} to {result.instead.target}, were it used")


def _leg(leg: LegSummary, label: str = "") -> str:
    told = _deciders(leg.verdict, leg.decided_by) if leg.verdict is not Verdict.REACHABLE else ()
    label = label or f"{leg.source} -> {leg.target}"
    return row([escaped(label), f"**{leg.verdict}**", escaped(leg.chain), "<br>".join(told)])
