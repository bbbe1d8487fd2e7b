"""The checklist of the first backup: every line with its status, what was found, and the page that it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, paragraph, prose
from netcheck.overview.report import Report
from netcheck.ready.finding import Status
from netcheck.ready.run import LineResult, ReadyReport
from netcheck.reports.html.markup import Content, code, element
from netcheck.reports.html.parts import row, table
from netcheck.reports.ready_text import counts, grouped, is_telling

_SIGNS = {Status.PASS: "\u2713", Status.FAIL: "\u00d7", Status.UNKNOWN: "?", Status.NOT_APPLICABLE: "\u2013"}
_LOOKS = {
    Status.PASS: "reachable",
    Status.FAIL: "blocked",
    Status.UNKNOWN: "undetermined",
    Status.NOT_APPLICABLE: "none",
}
"""The looks of verdicts that mean the same for whoever goes down the list."""


def checklist(report: Report, typed: Typed) -> list[ET.Element]:
    """Return the checklist of the profile, part by part; why there is none where the profile has none."""
    found = report.readiness
    if found is None:
        return [paragraph("There is no checklist: ", prose(report.why_not_ready), ".", classes="note")]
    pages = list(dict.fromkeys(str(one.held.source) for one in found.results))
    told = [paragraph(f"Profile {found.profile}: {counts(found)}. ", "What is not known is no pass.")]
    told += [_part(found, part, pages) for part in dict.fromkeys(one.line.part for one in found.results)]
    told.append(element("ol", *(element("li", text, id=f"source-{n}") for n, text in enumerate(pages, 1))))
    command = code(typed.command("ready", has_choice=False))
    return [*told, paragraph(command, " has the same, and names every VM with ", code("-v"), ".", classes="note")]


def _part(found: ReadyReport, part: str, pages: Sequence[str]) -> ET.Element:
    heads = ["line", "status", "what was found", "what to do", "page"]
    rows = [_row(one, pages.index(str(one.held.source)) + 1) for one in found.results if one.line.part == part]
    return table(found.headings[part], heads, rows)


def _row(one: LineResult, page: int) -> ET.Element:
    is_open = one.status in (Status.FAIL, Status.UNKNOWN)
    remedy: list[Content] = [*prose(one.line.do), element("br"), element("span", one.line.why, classes="soft")]
    source = element("a", f"[{page}]", href=f"#source-{page}")
    return row(one.line.title, _status(one.status), [*_findings(one)], remedy if is_open else "", source)


def _status(status: Status) -> ET.Element:
    sign = element("span", _SIGNS[status], classes="sign", aria_hidden="true")
    return element("span", sign, status.words, classes=f"verdict {_LOOKS[status]}")


def _findings(one: LineResult) -> Iterator[Content]:
    telling = [finding for finding in one.findings if is_telling(finding, one.status)]
    if telling:
        yield bullets((prose(text) for text in grouped(telling, one.status)), "plain")
    if len(telling) < len(one.findings):
        yield element("span", f"{len(one.findings) - len(telling):,} more: nothing to do", classes="soft")
