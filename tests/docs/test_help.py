"""Help texts: each starts with an example of its own command, fits a terminal and ends with the exit statuses."""

import argparse
import re
import shlex
from importlib import import_module

import pytest

from netcheck.cli.main import COMMANDS, _module_name, build_parser
from tests.unit.cli.shared import run


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_leads_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """After the usage comes a line that can be typed, then what the command is for."""
    outcome = run(capsys, [command, "--help"])
    assert (outcome.status, outcome.err) == (0, "")
    _, _, described = outcome.out.partition("\n\n")
    assert described.startswith((f"example:  netcheck {command} ", f"example:  netcheck {command}\n"))
    assert "exit status: 0 yes" in outcome.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_is_understood(command: str) -> None:
    """Its options exist and are complete: the command's own parser takes it."""
    example = str(import_module(f"netcheck.cli.{_module_name(command)}").EXAMPLE)
    words = shlex.split(example)
    assert words[:2] == ["netcheck", command]
    assert isinstance(build_parser(command).parse_args(words[1:]), argparse.Namespace)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is wider than the terminal, apart from the example, which is one command."""
    outcome = run(capsys, [command, "--help"] if command else ["--help"])
    assert [line for line in outcome.out.splitlines() if len(line) > 80 and not line.startswith("example:")] == []


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`netcheck --help` names each command with what it answers, beside it or below a long name."""
    listed = run(capsys, ["--help"]).out
    assert [name for name in COMMANDS if re.search(rf"^    {name}(?: |$)", listed, re.MULTILINE) is None] == []
