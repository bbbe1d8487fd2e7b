"""The checklist as plain text: every line with the page it is from, and what to do where it does not pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.ready.finding import Finding, Status
from netcheck.ready.run import LineResult, ReadyReport
from netcheck.reports.text import WIDTH, join

_COLUMN = 16
SHOWN_VMS = 3
"""VMs of one group that are named; JSON names all."""
_HEADLINES = {
    Status.PASS: "READY",
    Status.FAIL: "NOT READY",
    Status.UNKNOWN: "NOT KNOWN",
    Status.NOT_APPLICABLE: "NOT APPLICABLE",
}


def ready_text(report: ReadyReport, is_verbose: bool = False, width: int = WIDTH) -> str:
    """Return the report; a verbose one has the reason and the remedy of every line, and every VM that passes."""
    return join(_lines(report, is_verbose), width)


def _lines(report: ReadyReport, is_verbose: bool) -> Iterator[str]:
    pages = dict.fromkeys(result.held.source for result in report.results)
    numbers = {page: number for number, page in enumerate(pages, 1)}
    yield f"{_HEADLINES[report.status]}  profile {report.profile}: {counts(report)}"
    part = ""
    for result in report.results:
        if result.line.part != part:
            part = result.line.part
            yield ""
            yield report.headings[part]
        yield f"  {result.status.words:<{_COLUMN}}{result.line.title} [{numbers[result.held.source]}]"
        yield from _findings(result, is_verbose)
        if is_verbose or result.status in (Status.FAIL, Status.UNKNOWN):
            yield f"      why: {result.line.why}"
            yield f"      do: {result.line.do}"
    yield ""
    yield from (f"[{number}] {page}" for page, number in numbers.items())


def counts(report: ReadyReport) -> str:
    """Return how many lines have which status, the failures first; what no line has is left out."""
    order = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
    return ", ".join(f"{number} {status.words}" for status in order if (number := report.count(status)))


def _findings(result: LineResult, is_verbose: bool) -> Iterator[str]:
    """Yield what was found, VMs that fare alike together; of those with nothing to do beside others only the number."""
    telling = [one for one in result.findings if is_verbose or is_telling(one, result.status)]
    yield from (f"      {text}" for text in grouped(telling, result.status))
    left = len(result.findings) - len(telling)
    if left:
        yield f"      {left} more: nothing to do"


def grouped(findings: Sequence[Finding], status: Status) -> Iterator[str]:
    """Yield a sentence for each thing found, with the VMs it holds for and the place of the first."""
    groups: dict[tuple[Status, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.status, finding.told), []).append(finding)
    for (own, told), found in groups.items():
        names = [one.vm for one in found if one.vm]
        who = f"{', '.join(names[:SHOWN_VMS])}{_more(len(names) - SHOWN_VMS)}: " if names else ""
        word = f"{own.words}: " if own is not status else ""
        at = f"  {found[0].at}" if found[0].at else ""
        yield f"{who}{word}{told}{at}"


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def is_telling(finding: Finding, status: Status) -> bool:
    """Return whether a reader needs a finding of a line with this status: all but passes beside what does not pass."""
    return finding.status in (Status.FAIL, Status.UNKNOWN) or status not in (Status.FAIL, Status.UNKNOWN)
