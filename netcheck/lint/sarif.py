"""Findings as SARIF 2.1.0: one result a finding, at its place in the user's own file."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from netcheck.diagnostics import NOWHERE, printable
from netcheck.lint.registry import CHECKS
from netcheck.lint.run import LintReport
from netcheck.lint.text import shown_at, told
from netcheck.questions.catalog import CodeEntry
from netcheck.questions.finding import Finding
from netcheck.reports.file_places import place_in
from netcheck.reports.sarif import LEVELS, Files, Value, message, sarif_log

FINGERPRINT = "netcheckFinding/v1"


def lint_sarif(report: LintReport, catalog: Mapping[str, CodeEntry], version: str, exit_code: int) -> Value:
    """Return the report as a SARIF log of one run; its rules are the checks, as `catalog` explains them."""
    rules = [catalog[code] for code in sorted({one.code for one in CHECKS})]
    numbers = {one.code: number for number, one in enumerate(rules)}
    files = Files([report.site.file])
    results = [_result(one, numbers[one.code], report.site.file, files) for one in report.findings]
    return sarif_log(results, rules, files, version, exit_code)


def _result(one: Finding, number: int, site_file: str, files: Files) -> Value:
    others = [other for other in (*one.covered_by, *one.related) if other.at != NOWHERE]
    found: Value = {
        "ruleId": one.code,
        "ruleIndex": number,
        "level": LEVELS[one.severity],
        "message": message(_text(one)),
        "locations": [files.location(shown_at(one, site_file), one.resource, one.rule, one.kind)],
        "partialFingerprints": {FINGERPRINT: fingerprint(one)},
    }
    if others:
        found["relatedLocations"] = [
            {"id": at, **files.location(place_in(other.at)), "message": message(printable(told(other)))}
            for at, other in enumerate(others, 1)
        ]
    return found


def _text(one: Finding) -> str:
    """Return the finding in words; what it is about may have no place of its own."""
    subject = " ".join(filter(None, (one.resource, one.rule, one.direction.lower())))
    more = [printable(told(other)) for other in (*one.covered_by, *one.related)]
    return "\n".join([f"{printable(subject)}: {printable(one.message)}.", *more])


def fingerprint(one: Finding) -> str:
    """Return the name of a finding from run to run: what it is about, wherever that stands in the file."""
    about = (one.code, one.resource, one.direction, one.rule, *(other.name for other in one.covered_by))
    return sha256("\0".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:16]
