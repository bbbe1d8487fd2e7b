"""The report as a page: the summary first, then a section for each question that a reader has next."""

from __future__ import annotations

from collections.abc import Mapping

from netcheck.overview.html.bars import bars
from netcheck.overview.html.checklist import checklist
from netcheck.overview.html.findings import findings
from netcheck.overview.html.machines import machines
from netcheck.overview.html.notes import left_out, notes
from netcheck.overview.html.options import options
from netcheck.overview.html.plans import plans
from netcheck.overview.html.summary import summary
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.ways import ways
from netcheck.overview.report import Report
from netcheck.questions.catalog import CodeEntry
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.picture.style import PICTURE_CSS

ASSETS = ("report.css", "report.js")
"""The files of the package that the page needs beside those of all pages."""


def report_html(report: Report, typed: Typed, catalog: Mapping[str, CodeEntry], assets: Assets) -> str:
    """Return the page. `typed` is what was typed, `catalog` says what to do about a finding."""
    lead, sections = [summary(report, typed)], report_sections(report, typed, catalog)
    return page(title_of(typed), lead, sections, with_pictures(assets))


def title_of(typed: Typed) -> str:
    """Return the title of the report."""
    return f"Backup traffic of {typed.site}"


def with_pictures(assets: Assets) -> Assets:
    """Return what a page embeds that has pictures in it."""
    return assets._replace(styles=(*assets.styles, PICTURE_CSS))


def report_sections(report: Report, typed: Typed, catalog: Mapping[str, CodeEntry]) -> list[Section]:
    """Return the parts of the report behind its summary."""
    return [
        Section("vms", "Verdicts", machines(report, typed)),
        Section("ways", "The way, hop by hop", ways(report, typed)),
        Section("addresses", "Addresses", bars(report)),
        Section("options", "Options", options(report, typed)),
        Section("plan", "Plan", plans(report, typed)),
        Section("ready", "Ready for the first backup", checklist(report, typed)),
        Section("findings", "Findings", findings(report, catalog, typed)),
        Section("notes", "Not known, and notes", notes(report)),
        Section("left-out", "What this report leaves out", left_out(report)),
    ]
