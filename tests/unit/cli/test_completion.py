"""What `netcheck completion` prints: scripts that need no netcheck to run, and PowerShell's by its grammar."""

import argparse

import pytest
from tree_sitter import Parser

from netcheck.cli.completion import SHELLS
from netcheck.cli.main import build_parser
from netcheck.cli.shells.words import _CHECKED, Kind, commands
from tests.dialects.trees import LANGUAGES
from tests.unit.cli.shared import run


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_does_not_start_netcheck(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A Python that starts at each key would be felt; comments tell how to load the script."""
    lines = run(capsys, ["completion", shell]).out.splitlines()
    code = [line for line in lines if not line.lstrip().startswith("#")]
    assert [line for line in code if "$(netcheck" in line or "python" in line] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_the_same_each_time(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the terminal nor the folder has a part in it."""
    first = run(capsys, ["completion", shell]).out
    monkeypatch.setenv("COLUMNS", "40")
    assert run(capsys, ["completion", shell]).out == first


def test_powershell_can_read_its_script(capsys: pytest.CaptureFixture[str]) -> None:
    """By its grammar: no node of it is an error, and every command stands in it as a key."""
    script = run(capsys, "netcheck completion powershell").out
    root = Parser(LANGUAGES["powershell"]).parse(script.encode()).root_node
    assert not root.has_error
    assert [one.name for one in commands() if f"'{one.name}' = " not in script] == []


def test_no_two_flags_differ_in_case_alone() -> None:
    """PowerShell's tables take them for one."""
    for command in commands():
        flags = [flag.lower() for option in command.options for flag in option.flags]
        assert len(flags) == len(set(flags))


def test_choices_that_a_command_checks_itself_are_its_own() -> None:
    """Each of them is taken by the parser, and the option exists."""
    for (command, flag), choices in _CHECKED.items():
        [option] = [one for one in _options(command) if flag in one.option_strings]
        assert option.choices is None
        take = option.type
        assert callable(take)
        assert [str(take(one)) for one in choices] == [str(one) for one in choices]


def _options(command: str) -> list[argparse.Action]:
    [group] = [one for one in build_parser(command)._actions if isinstance(one, argparse._SubParsersAction)]
    return list(group.choices[command]._actions)


def test_every_value_has_a_kind() -> None:
    """What is a file is offered as one: these words alone are neither choices nor files."""
    texts = {one.value.name for c in commands() for one in c.options if one.value.kind is Kind.TEXT}
    assert not {name for name in texts if "FILE" in name or "SITE" in name or "TAGS" in name}
