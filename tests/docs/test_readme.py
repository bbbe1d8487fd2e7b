"""The README is true: its commands run and print what it shows, its Python runs, nothing is left unmentioned."""

import contextlib
import io
import shutil
from pathlib import Path

import pytest

from netcheck.cli.main import COMMANDS, EXIT_STATUS
from tests.docs.blocks import Step, fenced, steps
from tests.unit.cli.shared import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLES = fenced(README, "console")
EXAMPLE_FOLDER = Path("fixtures") / "article-before"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the fixtures, so that no example can change the project."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    return tmp_path


def _shown(step: Step, status: int, capsys: pytest.CaptureFixture[str]) -> tuple[str, int]:
    """Run one command as the shell would; return what it shows (messages before the answer) and the new status."""
    word, _, rest = step.command.partition(" ")
    match word:
        case "cd":
            return "", 0
        case "cat":
            return Path(rest).read_text(encoding="utf-8"), 0
        case "echo":
            assert rest == "$?", "only the status is echoed"
            return f"{status}\n", 0
        case "netcheck":
            outcome = run(capsys, step.command)
            return outcome.err + outcome.out, outcome.status
        case _:
            raise AssertionError(f"the README runs `{word}`, which this test cannot run")


@pytest.mark.parametrize("block", CONSOLES, ids=[steps(block)[-1].command[:60] for block in CONSOLES])
def test_an_example_prints_what_the_readme_shows(
    block: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each block starts in the folder of the example and is compared to the byte."""
    monkeypatch.chdir(project / EXAMPLE_FOLDER)
    status = 0
    for step in steps(block):
        if step.command.startswith("cd "):
            monkeypatch.chdir(step.command.removeprefix("cd "))
        shown, status = _shown(step, status, capsys)
        assert shown == step.shown


def test_the_python_example_prints_what_the_readme_shows(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each Python block runs in the project folder; the text block after it is what it prints."""
    monkeypatch.chdir(project)
    for code, expected in zip(fenced(README, "python"), fenced(README, "text"), strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), {})
        assert expected == printed.getvalue()


def test_there_are_exactly_two_commands_of_set_up() -> None:
    """One line installs and runs the main job, the other installs what the tests need and runs them."""
    assert [block.count("\n") for block in fenced(README, "sh")] == [1, 1]


def test_the_first_command_runs_the_main_job(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last part, run in the project folder, is answered: with the article's rule the example network is open."""
    monkeypatch.chdir(project)
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
def test_every_command_is_shown(command: str) -> None:
    """A command that the README does not run is a command nobody finds."""
    shown = {step.command.split()[1] for block in CONSOLES for step in steps(block) if step.command[:9] == "netcheck "}
    assert command in shown or f"`netcheck {command}" in README


def test_every_exit_status_is_explained() -> None:
    """The table has the numbers that every help text ends with."""
    numbers = [word for word in EXIT_STATUS.replace(",", " ").split() if word.isdigit()]
    table = README.partition("## Exit status")[2].partition("## ")[0]
    assert [line.split("|")[1].strip() for line in table.splitlines() if line[:3].strip("| ").isdigit()] == numbers
