"""Findings for GitHub Actions: an annotation each, at its place in the user's own file."""

from __future__ import annotations

from netcheck.diagnostics import NOWHERE, Severity, Source, printable
from netcheck.lint.run import LintReport
from netcheck.lint.text import summary
from netcheck.questions.finding import Finding
from netcheck.reports.file_places import place_in
from netcheck.reports.workflow_commands import annotation

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def lint_github(report: LintReport) -> str:
    """Return one workflow command a finding, and how many there are."""
    lines = [_annotation(one, report.site.file) for one in report.findings]
    return "".join(f"{line}\n" for line in [*lines, summary(report.findings)])


def _annotation(one: Finding, site_file: str) -> str:
    place = place_in(one.place if one.place != NOWHERE else Source(site_file))
    told = [one.message, *(f"{other.name}: {other.text}".rstrip(": ") for other in (*one.covered_by, *one.related))]
    title = " ".join(filter(None, (one.code, one.resource, one.rule)))
    return annotation(_COMMANDS[one.severity], place, title, "\n".join(printable(line) for line in told))
