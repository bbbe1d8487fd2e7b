"""The checklist as Markdown: one table, every line with its source, and what to do where it does not pass."""

from __future__ import annotations

from netcheck.ready.finding import Status
from netcheck.ready.run import LineResult, ReadyReport
from netcheck.reports.markdown_words import escaped, row
from netcheck.reports.ready_text import counts, grouped, is_telling


def ready_markdown(report: ReadyReport) -> str:
    """Return a heading and a table with a row for each line."""
    lines = [
        f"### netcheck ready: {counts(report)}",
        "",
        f"Profile {escaped(report.profile)}.",
        "",
        row(["line", "status", "found", "what to do", "source"]),
        "|---|---|---|---|---|",
        *(_line(result) for result in report.results),
    ]
    return "\n".join(lines) + "\n"


def _line(result: LineResult) -> str:
    telling = [one for one in result.findings if is_telling(one, result.status)]
    left = len(result.findings) - len(telling)
    found = [escaped(text) for text in grouped(telling, result.status)]
    found += [f"{left} more: nothing to do"] if left else []
    is_open = result.status in (Status.FAIL, Status.UNKNOWN)
    remedy = f"{escaped(result.line.do)}. Why: {escaped(result.line.why)}" if is_open else ""
    status = f"**{result.status.words}**" if is_open else result.status.words
    return row([escaped(result.line.title), status, "<br>".join(found), remedy, escaped(str(result.held.source))])
