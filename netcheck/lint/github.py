"""Findings for GitHub Actions: an annotation each, at its place in the user's own file."""

from __future__ import annotations

from netcheck.diagnostics import Severity, printable
from netcheck.lint.run import LintReport
from netcheck.lint.text import shown_at, summary, told
from netcheck.questions.finding import Finding
from netcheck.reports.workflow_commands import annotation

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def lint_github(report: LintReport) -> str:
    """Return one workflow command a finding, and how many there are."""
    lines = [_annotation(one, report.site.file) for one in report.findings]
    return "".join(f"{line}\n" for line in [*lines, summary(report.findings)])


def _annotation(one: Finding, site_file: str) -> str:
    lines = [one.message, *map(told, (*one.covered_by, *one.related))]
    title = " ".join(filter(None, (one.code, one.resource, one.rule)))
    return annotation(_COMMANDS[one.severity], shown_at(one, site_file), title, "\n".join(map(printable, lines)))
