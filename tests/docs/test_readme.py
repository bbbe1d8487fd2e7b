"""The README is short and true: its two commands of set-up work, and every command of netcheck is shown somewhere."""

from pathlib import Path

import pytest

from netcheck.cli.main import COMMANDS
from tests.docs.blocks import fenced, steps
from tests.docs.pages import TEXTS, copy_project
from tests.unit.cli.shared import ROOT, run

README = TEXTS["README.md"]


def test_there_are_exactly_two_commands_of_set_up() -> None:
    """One line installs and runs the main job, the other installs what the tests need and runs them."""
    assert [block.count("\n") for block in fenced(README, "sh")] == [1, 1]


def test_the_first_command_runs_the_main_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last part, run in the project folder, is answered: with the article's rule the example network is open."""
    monkeypatch.chdir(copy_project(tmp_path))
    command = fenced(README, "sh")[0].strip().rpartition("&& ")[2]
    assert command.startswith(".venv/bin/netcheck check fixtures/article")
    outcome = run(capsys, command.removeprefix(".venv/bin/"))
    assert (outcome.status, outcome.err) == (0, "")
    assert "REACHABLE  app-vm -> Storage.WestUS" in outcome.out


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """What the README tells people to run is what is run before a change is taken."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == [fenced(README, "sh")[1].strip()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_run_on_some_page(command: str) -> None:
    """A command that no page runs is a command nobody finds."""
    lines = [step.command for page in TEXTS.values() for block in fenced(page, "console") for step in steps(block)]
    assert command in {line.split()[1] for line in lines if line.startswith("netcheck ")}


def test_the_readme_is_read_in_five_minutes() -> None:
    """What is longer belongs on a page of `docs/`."""
    assert README.count("\n") <= 270
