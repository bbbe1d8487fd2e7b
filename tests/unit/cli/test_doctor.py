"""`netcheck doctor`: both formats, exit statuses, and a machine on which another netcheck stands in front."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netcheck.live import machine
from netcheck.live.machine import Finding, State
from tests.unit.cli.shared import ROOT, run

SITE = str(ROOT / "fixtures" / "article-before" / "site.yaml")


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the one thing is fine that this machine may not have: its PATH."""
    monkeypatch.setattr(machine, "on_path", lambda *_: Finding("command", State.FINE, "/bin/netcheck"))
    monkeypatch.setattr(machine, "owners", lambda _: Finding("owner", State.FINE, "no other"))
    monkeypatch.setattr(machine, "installed", lambda _: iter([Finding("version", State.FINE, "1.0")]))


@pytest.mark.usefixtures("mended")
def test_nothing_to_mend_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Each thing looked at has a line, absent parts as well."""
    outcome = run(capsys, ["doctor", SITE])
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.endswith("\n\nnothing to mend\n")
    told = [line.split()[:2] for line in outcome.out.splitlines() if line and line[0] != " "]
    assert ["fine", "version"] in told
    assert ["fine", "tags"] in told


@pytest.mark.usefixtures("mended")
def test_something_to_mend_is_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Said in words and by a word in capitals, with what to do below it."""
    fault = Finding("owner", State.MEND, "`netcheck` brings a `netcheck` as well", "pip uninstall netcheck")
    monkeypatch.setattr(machine, "owners", lambda _: fault)
    outcome = run(capsys, ["doctor"])
    assert outcome.status == 1
    assert (
        "MEND    owner     `netcheck` brings a `netcheck` as well\n                  pip uninstall netcheck\n"
        in outcome.out
    )
    assert outcome.out.endswith("\n\n1 to mend\n")
    found = json.loads(run(capsys, ["doctor", "-o", "json"]).out)
    assert (found["format"], found["isFine"]) == ("netcheck/1", False)
    assert fault.to_dict() in found["findings"]


def test_a_site_that_cannot_be_read_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """As with every command."""
    assert run(capsys, ["doctor", "no-such-file.yaml"]).status == 3


def test_the_real_machine_is_looked_at(tmp_path: Path) -> None:
    """Another program of the name stands first on PATH; nothing of it is run."""
    other = tmp_path / "netcheck"
    other.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n", encoding="utf-8")
    other.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "netcheck", "doctor", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    [found] = [one for one in json.loads(done.stdout)["findings"] if one["about"] == "command"]
    assert (done.returncode, found["state"]) == (1, "mend")
    assert str(other) in found["told"]
    assert not (tmp_path / "was-run").exists()
