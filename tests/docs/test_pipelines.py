"""What is for other people's pipelines does what it says: scripts of the action are run, hooks name real commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from netcheck.cli.main import COMMANDS, build_parser
from tests.docs.blocks import fenced
from tests.unit.cli.shared import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository whose main branch has a site as it was, and whose work tree has it as it is to be."""
    if shutil.which("git") is None or shutil.which("bash") is None:
        pytest.skip("the action's scripts need git and bash")
    site = tmp_path / "work" / "network"
    site.mkdir(parents=True)
    story = ROOT / "fixtures" / "what-a-change-does"
    shutil.copy(story / "site.yaml", site / "site.yaml")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.com", "-C", str(tmp_path / "work")]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "as it was"]):
        subprocess.run([*git, *words], check=True)
    shutil.copy(story / "site-new.yaml", site / "site.yaml")
    return tmp_path / "work"


def run_step(name: str, workspace: Path, **variables: str) -> tuple[int, str]:
    """Run the script of a step as the runner does; return its status and the job's summary."""
    step = STEPS[name]
    assert set(step["env"]) == set(variables), "every variable of the step is given"
    home = workspace.parent / "bin"
    home.mkdir(exist_ok=True)
    tool = home / "netcheck"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m netcheck "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    summary = workspace.parent / "summary.md"
    environment = {
        **os.environ,
        **variables,
        "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(workspace.parent),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(script, cwd=workspace, env=environment, check=False, capture_output=True, text=True)
    return done.returncode, summary.read_text(encoding="utf-8") if summary.exists() else done.stdout


@pytest.mark.parametrize(("fail_on", "status"), [("opened", 1), ("closed", 1), ("any", 1), ("none", 0)])
def test_the_action_tells_what_a_pull_request_opens(fail_on: str, status: int, workspace: Path) -> None:
    """The table is in the summary whatever fails the job."""
    code, summary = run_step("What changes", workspace, SITE="network/site.yaml", BASE="main", FAIL_ON=fail_on)
    assert code == status
    assert "#### Opened" in summary
    assert "rdp-for-a-moment" in summary


def test_the_action_does_not_compare_part_of_a_site(workspace: Path) -> None:
    """Several files cannot be compared with what they were: that is said, and no part of them is."""
    code, said = run_step("What changes", workspace, SITE="network/site.yaml b.json", BASE="main", FAIL_ON="opened")
    assert code == 2
    assert "one folder" in said


def test_a_base_that_is_not_there_fails_the_job(workspace: Path) -> None:
    """No difference is told where there is nothing to compare with."""
    code, _ = run_step("What changes", workspace, SITE="network/site.yaml", BASE="no-such", FAIL_ON="none")
    assert code not in (0, 1, 4)


def test_the_action_lints_and_tests(workspace: Path) -> None:
    """With the options that the steps have."""
    code, said = run_step("Lint", workspace, SITE="network/site.yaml")
    assert code == 1
    assert "3389 (RDP)" in said
    (workspace / "intents.yaml").write_text(
        "netcheckIntents: 1\nintents:\n  - mustNotReach: {from: Internet, to: web-1, port: 3389}\n", encoding="utf-8"
    )
    code, said = run_step("Intents", workspace, SITE="network/site.yaml", INTENTS="intents.yaml")
    assert code == 1
    assert "rdp-for-a-moment" in said


def test_every_input_of_the_action_is_used() -> None:
    """An input that no step reads would be passed over in silence."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []


def test_the_hooks_run_commands_that_there_are() -> None:
    """Each entry begins with `netcheck` and a command."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["entry"].split()[0] for hook in hooks] == ["netcheck"] * len(hooks)
    assert {hook["entry"].split()[1] for hook in hooks} <= set(COMMANDS)


def test_the_configuration_of_the_page_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its keys is an option of the command it is for."""
    from netcheck.cli.config import configured

    (text,) = fenced(PAGE, "toml")
    assert tomllib.loads(text)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "netcheck.toml").write_text(text, encoding="utf-8")
    parsers = {one: build_parser(one, is_first=True) for one in ("lint", "diff")}
    given = {one: configured(parser, one, COMMANDS, is_quiet=True) for one, parser in parsers.items()}
    assert given["lint"] == ["--tags=network/ServiceTags_Public.json", "--disable=NC205", "--severity=warning"]
    assert given["diff"] == ["--tags=network/ServiceTags_Public.json", "--fail-on=opened"]
