"""The formats of `lint` for pipelines: right for the programs that read them, whatever names stand in a site."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from netcheck.cli.package_data import read_all_data
from netcheck.diagnostics import NOWHERE, Severity, Source
from netcheck.lint.github import lint_github
from netcheck.lint.registry import CHECKS
from netcheck.lint.run import LintReport
from netcheck.lint.sarif import lint_sarif
from netcheck.model.site import Site
from netcheck.questions.catalog import parse_catalog
from netcheck.questions.finding import Finding, Related
from tests.unit.reports.test_intents_formats import NASTY, parsed

CATALOG = parse_catalog(read_all_data("codes-7", ".md"))


def finding(name: str, **more: object) -> Finding:
    """Return a finding with a name wherever one can stand."""
    found = Finding(
        code="NC201", kind="dead", resource=name, rule=name, direction="Inbound", message=f"rule `{name}` is dead",
        at="site.yaml:7:9", place=Source("site.yaml", 7, 9),
        covered_by=(Related(name, Source("site.yaml", 5, 9), f"Deny {name}"),), related=(Related(name, NOWHERE),),
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]  # fields of a finding


def report_of(*findings: Finding) -> LintReport:
    """Return the report of a site of one file."""
    return LintReport(Site(file="site.yaml"), findings)


def run_of(report: LintReport) -> Any:
    """Return the one run of a SARIF log as a program reads it."""
    [run] = json.loads(json.dumps(lint_sarif(report, CATALOG, "1.2.3", 1)))["runs"]
    return run


@pytest.mark.parametrize("name", NASTY)
def test_sarif_points_at_the_rule(name: str) -> None:
    """The place is that of the rule in the user's own file, and those that cover it are related places."""
    run = run_of(report_of(finding(name)))
    [result] = run["results"]
    [location] = result["locations"]
    file = {"uri": "site.yaml", "index": 0}
    assert location["physicalLocation"] == {"artifactLocation": file, "region": {"startLine": 7, "startColumn": 9}}
    [related] = result["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 9}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "NC201"
    text = result["message"]["text"]
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert "](" not in json.dumps([result["message"], related["message"]])


def test_sarif_explains_every_check_that_there_is() -> None:
    """A viewer lists the checks that found nothing as well."""
    rules = run_of(report_of())["tool"]["driver"]["rules"]
    assert {one["id"] for one in rules} == {one.code for one in CHECKS}
    assert all(one["help"]["text"] and one["fullDescription"]["text"] for one in rules)


def test_sarif_levels_and_places_without_a_line() -> None:
    """Severities are SARIF's own words; what has no place is shown at the site's file."""
    severities = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    several = [finding("x", severity=one, place=NOWHERE, at="") for one in severities]
    results = run_of(report_of(*several))["results"]
    assert [one["level"] for one in results] == ["error", "warning", "note"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert places == [{"artifactLocation": {"uri": "site.yaml", "index": 0}}] * 3


def test_a_fingerprint_stays_where_lines_move() -> None:
    """It names what the finding is about: not the line, and not the sentence about it."""
    moved = finding("x", place=Source("site.yaml", 99, 1), message="another sentence")
    others = [finding("y"), finding("x", code="NC202"), finding("x", direction="Outbound"), finding("x", covered_by=())]
    one, two, *rest = [
        result["partialFingerprints"] for result in run_of(report_of(finding("x"), moved, *others))["results"]
    ]
    assert one == two
    assert one not in rest


@pytest.mark.parametrize("name", NASTY)
def test_github_commands_come_apart_as_they_were_put_together(name: str) -> None:
    """One command a finding, and nothing in a name ends it, starts another or is read as a property."""
    lines = lint_github(report_of(finding(name))).splitlines()
    assert len(lines) == 2
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    command, properties, message = parsed(lines[0])
    assert (command, properties["file"], properties["line"], properties["col"]) == ("warning", "site.yaml", "7", "9")
    assert properties["title"] == f"NC201 {printable} {printable}"
    assert message.splitlines()[0] == f"rule `{printable}` is dead"
    assert lines[1] == "found: 1 warning"


def test_github_words_for_each_severity() -> None:
    """GitHub's word for a note is notice."""
    for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")):
        assert parsed(lint_github(report_of(finding("x", severity=severity))).splitlines()[0])[0] == word
