"""What `netcheck test -o sarif` and `netcheck lint -o sarif` print, validated by Microsoft's SARIF Multitool."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netcheck.lint.sarif import lint_sarif
from netcheck.reports.intents.sarif import intents_sarif
from tests.unit.cli.shared import ROOT, run
from tests.unit.lint.test_formats import CATALOG as LINT_CATALOG
from tests.unit.lint.test_formats import finding
from tests.unit.lint.test_formats import report_of as lint_report_of
from tests.unit.reports.test_intents_formats import CATALOG, NASTY, breach, report_of

pytestmark = pytest.mark.real_sarif
FINE = {("SARIF2005", "warning")}
"""The one warning that stays: the project has no page of its own that a log could name. Its absence would say that the
validator gave up on the file without a word, as it does where a word is none of an enumeration."""


@pytest.fixture(scope="session")
def multitool() -> Path:
    """The program; without it the tests are skipped."""
    if os.environ.get("NETCHECK_REAL_SARIF") == "0":
        pytest.skip("NETCHECK_REAL_SARIF=0 turns the SARIF Multitool off")
    ready = ROOT / os.environ.get("NETCHECK_SARIF_FOLDER", ".sarif-multitool") / "ready"
    if not ready.is_file():
        pytest.skip("the SARIF Multitool is not installed: bash tests/real_sarif/install.sh")
    return ROOT / ready.read_text(encoding="utf-8").strip()


def verdicts(multitool: Path, folder: Path, log: str) -> set[tuple[str, str]]:
    """Return the rules of the validator that a log breaks, with their levels; notes are left out."""
    (folder / "in.sarif").write_text(log, encoding="utf-8")
    words = [
        "validate", "in.sarif", "--output", "out.sarif", "--level", "Error;Warning", "--rule-kind", "Sarif",
        "--log", "ForceOverwrite",
    ]  # fmt: skip
    environment = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        [multitool, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert (folder / "out.sarif").is_file(), done.stdout + done.stderr
    [found] = json.loads((folder / "out.sarif").read_text(encoding="utf-8-sig"))["runs"]
    return {(one["ruleId"], one.get("level", "warning")) for one in found.get("results", [])}


def test_the_log_of_a_story_is_valid(
    multitool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Failures of every kind, one of them in the baseline."""
    monkeypatch.chdir(ROOT / "fixtures" / "intents-ci")
    printed = run(capsys, "netcheck test site.yaml intents.yaml --baseline known.json -o sarif").out
    assert len(json.loads(printed)["runs"][0]["results"]) > 3
    assert verdicts(multitool, tmp_path, printed) == FINE


def test_the_log_without_a_failure_is_valid(
    multitool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing found is a result as well."""
    monkeypatch.chdir(ROOT / "fixtures" / "intents-ci")
    printed = run(capsys, "netcheck test site-before.yaml intents.yaml -o sarif").out
    assert json.loads(printed)["runs"][0]["results"] == []
    assert verdicts(multitool, tmp_path, printed) == FINE


def test_names_of_any_kind_are_valid(multitool: Path, tmp_path: Path) -> None:
    """Every name that hurts, each in a result of its own, in one log."""
    runs: list[Any] = []
    for name in NASTY:
        log: Any = intents_sarif(report_of(name, breach(name)), CATALOG, "1.2.3", 1)
        runs += log["runs"]
    results = [one for each in runs for one in each["results"]]
    log = {"$schema": log["$schema"], "version": "2.1.0", "runs": [{**runs[0], "results": results}]}
    assert verdicts(multitool, tmp_path, json.dumps(log)) == FINE


def test_the_log_of_findings_is_valid(
    multitool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings of many kinds, and a site without any."""
    monkeypatch.chdir(ROOT / "fixtures" / "lint-findings")
    printed = run(capsys, "netcheck lint site.yaml -o sarif").out
    assert len(json.loads(printed)["runs"][0]["results"]) > 8
    assert verdicts(multitool, tmp_path, printed) == FINE
    assert [error.message for error in schema(multitool).iter_errors(json.loads(printed))] == []
    nothing = run(capsys, "netcheck lint site.yaml --enable NC203 -o sarif").out
    assert json.loads(nothing)["runs"][0]["results"] == []
    assert verdicts(multitool, tmp_path, nothing) == FINE


def test_findings_of_any_name_are_valid(multitool: Path, tmp_path: Path) -> None:
    """Every name that hurts, each in a result of its own, in one log."""
    log = lint_sarif(lint_report_of(*map(finding, NASTY)), LINT_CATALOG, "1.2.3", 1)
    assert verdicts(multitool, tmp_path, json.dumps(log)) == FINE


def broken(fault: str) -> str:
    """Return a log with one fault."""
    log: Any = json.loads(json.dumps(intents_sarif(report_of("x", breach("x")), CATALOG, "1.2.3", 1)))
    [run] = log["runs"]
    [result] = run["results"]
    match fault:
        case "tool":
            del run["tool"]
        case "key":
            result["bogus"] = 1
        case "index":
            result["ruleIndex"] = 99
        case "word":
            result["level"] = "terrible"
    return json.dumps(log)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("tool", ("JSON1002", "error")), ("key", ("JSON1005", "error")), ("index", ("SARIF1009", "error"))],
)
def test_the_validator_sees_faults(multitool: Path, tmp_path: Path, fault: str, expected: tuple[str, str]) -> None:
    """A log that is no SARIF is refused: the tests above can fail."""
    assert expected in verdicts(multitool, tmp_path, broken(fault))


def schema(multitool: Path) -> jsonschema.Draft202012Validator:
    """Return the schema of SARIF 2.1.0 that comes with the validator."""
    return jsonschema.Draft202012Validator(json.loads((multitool.parent / "sarif-2.1.0.json").read_text("utf-8-sig")))


@pytest.mark.parametrize("site", ["site.yaml", "site-before.yaml"])
def test_the_log_is_valid_by_the_schema(
    multitool: Path, site: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words of enumerations are what the schema alone looks at."""
    monkeypatch.chdir(ROOT / "fixtures" / "intents-ci")
    printed = run(capsys, f"netcheck test {site} intents.yaml --baseline known.json -o sarif").out
    assert [error.message for error in schema(multitool).iter_errors(json.loads(printed))] == []
    assert not schema(multitool).is_valid(json.loads(broken("word")))
