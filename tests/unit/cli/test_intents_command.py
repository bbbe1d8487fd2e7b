"""`netcheck test`: what it takes, what it writes, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

SITE = """\
netcheck: 1
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/24]
    subnets: [{name: a, addressPrefix: 10.0.0.0/25}, {name: b, addressPrefix: 10.0.0.128/25}]
virtualMachines:
  - name: one
    networkInterfaces: [{name: one-nic, subnet: vnet/a, privateIPAddress: 10.0.0.4}]
"""
HOLDS = "{name: fine, mustReach: {from: a, to: b, port: 443}}"
FAILS = "{name: bad, mustNotReach: {from: a, to: b, port: 443}}"
OPEN = "{name: open, mustNotReach: {from: Internet, to: one, port: 443}}"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    Path("site.yaml").write_text(SITE)


def write(*intents: str) -> None:
    """Write the intents file."""
    Path("intents.yaml").write_text("netcheckIntents: 1\nintents:\n" + "".join(f"  - {one}\n" for one in intents))


@pytest.mark.parametrize(
    ("intents", "status"),
    [
        ((HOLDS,), 0),
        ((HOLDS, OPEN), 4),
        ((HOLDS, OPEN, FAILS), 1),
        ((HOLDS, "{mustReach: {from: nobody, to: b, port: 1}}"), 3),
        ((FAILS, "{mustReach: {from: a, to: b}}"), 3),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "github"])
def test_the_status_says_how_it_ended(
    intents: tuple[str, ...], status: int, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 all hold, 1 one fails, 4 none fails and one is open; 3 bad input, and then nothing is printed."""
    write(*intents)
    outcome = run(capsys, f"netcheck test site.yaml intents.yaml -o {form}")
    assert outcome.status == status
    assert bool(outcome.out) == (status != 3)
    if form == "sarif" and status != 3:
        assert json.loads(outcome.out)["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": status}]


def test_only_some(capsys: pytest.CaptureFixture[str]) -> None:
    """`--only` may be given again; a name that is not there is an error, not a run of nothing."""
    write(HOLDS, FAILS, OPEN)
    assert run(capsys, "netcheck test site.yaml intents.yaml --only fine").status == 0
    assert run(capsys, "netcheck test site.yaml intents.yaml --only fine --only open").status == 4
    outcome = run(capsys, "netcheck test site.yaml intents.yaml --only none")
    assert (outcome.status, outcome.out) == (3, "")
    assert "NC333" in outcome.err


def test_a_baseline_is_written_and_used(capsys: pytest.CaptureFixture[str]) -> None:
    """Writing it does not make failures pass; with it they do not count, and a new one does."""
    write(HOLDS, FAILS, OPEN)
    command = "netcheck test site.yaml intents.yaml"
    assert run(capsys, f"{command} --write-baseline known.json").status == 1
    assert run(capsys, f"{command} --baseline known.json").status == 0
    write(HOLDS, FAILS, OPEN, "{name: worse, mustNotReach: {from: b, to: a, port: 22}}")
    assert run(capsys, f"{command} --baseline known.json").status == 1
    assert run(capsys, f"{command} --baseline known.json --write-baseline known.json").status == 1
    assert run(capsys, f"{command} --baseline known.json").status == 0
    write(HOLDS)
    outcome = run(capsys, f"{command} --baseline known.json")
    assert (outcome.status, "no more" in outcome.out) == (0, False)  # of intents that are gone nothing is known
    assert run(capsys, f"{command} --baseline nowhere.json").status == 3
    assert run(capsys, f"{command} --baseline intents.yaml").status == 3


@pytest.mark.parametrize("option", ["--write-baseline", "--output"])
@pytest.mark.parametrize("file", ["site.yaml", "intents.yaml"])
def test_nothing_that_is_read_is_written_over(option: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the hand must not cost the intents."""
    write(HOLDS)
    before = Path(file).read_text()
    outcome = run(capsys, f"netcheck test site.yaml intents.yaml {option} {file}")
    assert (outcome.status, "NC104" in outcome.err, Path(file).read_text()) == (3, True, before)


def test_the_two_files_exchanged(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says which comes first."""
    write(HOLDS)
    outcome = run(capsys, "netcheck test intents.yaml site.yaml")
    assert outcome.status == 3
    assert "give SITE first, then INTENTS" in outcome.err


def test_the_job_summary_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `-o github` alone, after what other steps wrote there; a file that cannot be written is said."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    write(FAILS)
    run(capsys, "netcheck test site.yaml intents.yaml -o junit")
    assert summary.read_text() == "before\n"
    run(capsys, "netcheck test site.yaml intents.yaml -o github")
    assert summary.read_text().startswith("before\n### netcheck test: 1 intent: 1 fails\n")
    assert "| ❌ | bad | NC241 " in summary.read_text()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    outcome = run(capsys, "netcheck test site.yaml intents.yaml -o github")
    assert (outcome.status, "NC151" in outcome.err) == (3, True)


def test_what_the_old_site_says_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings of a site to compare with are as good as those of the site."""
    shutil.copytree(ROOT / "fixtures" / "intents-ci", "story")
    write("{unchangedFrom: story/site-before.yaml}")
    old = Path("story/site-before.yaml")
    old.write_text(old.read_text().replace("addressPrefix: 10.8.1.0/24", "addressPrefix: 10.8.1.1/24"))
    outcome = run(capsys, "netcheck test story/site.yaml intents.yaml")
    assert "story/site-before.yaml:8:" in outcome.err
    assert run(capsys, "netcheck test story/site.yaml intents.yaml -q").err == ""


def test_schema_of_intents(capsys: pytest.CaptureFixture[str]) -> None:
    """`netcheck schema intents` prints it; without a kind it is that of sites, as ever."""
    assert json.loads(run(capsys, "netcheck schema intents").out)["title"] == "netcheck intents file"
    assert run(capsys, "netcheck schema").out == run(capsys, "netcheck schema site").out
    assert run(capsys, "netcheck schema nothing").status == 2
