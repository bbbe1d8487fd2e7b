"""The outcome of intents for GitHub Actions: annotations at the deciding rules, and a job summary."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import printable
from netcheck.questions.intents.result import Breach, IntentsReport, Judged, Status
from netcheck.reports.decisions import decision_text
from netcheck.reports.file_places import Place
from netcheck.reports.intents.words import shown_at, summary
from netcheck.reports.markdown_words import escaped
from netcheck.reports.workflow_commands import annotation

_COMMANDS = {Status.FAILS: "error", Status.UNDETERMINED: "warning", Status.KNOWN: "notice"}
_SIGNS = {Status.HOLDS: "✅", Status.FAILS: "❌", Status.UNDETERMINED: "❔", Status.KNOWN: "➖"}
MOST_ROWS = 200
"""A job summary holds 1 MiB."""


def intents_github(report: IntentsReport) -> str:
    """Return one workflow command a breach, and the count of intents."""
    lines = [_annotation(breach, result) for result in report.results for breach in result.breaches]
    lines += [
        annotation("notice", Place(report.baseline), "baseline", f"no longer fails: {one.intent}: {one.subject}")
        for one in report.gone
    ]
    return "".join(f"{line}\n" for line in [*lines, summary(report)])


def _annotation(breach: Breach, result: Judged) -> str:
    place, _ = shown_at(breach, result.intent)
    told = [f"{breach.subject}: {breach.message}"]
    told += dict.fromkeys(decision_text(one) for one in breach.deciders)
    message = "\n".join(printable(line) for line in told)
    return annotation(_COMMANDS[breach.status], place, f"{breach.code} {result.intent.title}", message)


def intents_summary(report: IntentsReport) -> str:
    """Return the outcome as Markdown, fit to be added to a job's summary."""
    lines = [f"### netcheck test: {escaped(summary(report))}", "", *_table(report), ""]
    lines += [f"> {escaped(f'no longer fails: {one.intent}: {one.subject}')}" for one in report.gone]
    return "\n".join(lines).rstrip() + "\n\n"


def _table(report: IntentsReport) -> Iterator[str]:
    yield "| | intent | what is wrong | decided by |"
    yield "|---|---|---|---|"
    rows = [row for result in report.results for row in _rows(result)]
    yield from rows[:MOST_ROWS]
    if len(rows) > MOST_ROWS:
        yield f"| | and {len(rows) - MOST_ROWS:,} more | | |"


def _rows(result: Judged) -> Iterator[str]:
    title = escaped(result.intent.title)
    if not result.breaches:
        yield f"| {_SIGNS[Status.HOLDS]} | {title} | | |"
    for breach in result.breaches:
        deciders = dict.fromkeys(decision_text(one) for one in breach.deciders)
        who = "<br>".join(escaped(text) for text in deciders)
        what = escaped(f"{breach.code} {breach.subject}: {breach.message}")
        yield f"| {_SIGNS[breach.status]} | {title} | {what} | {who} |"
