"""What the shells offer is what the parsers take, for every command, option and choice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netcheck.cli.completion import SHELLS
from netcheck.cli.main import COMMANDS, main
from netcheck.cli.schema import KINDS
from netcheck.cli.shells.bash import bash
from netcheck.cli.shells.words import Command, Kind, Value, commands, general
from tests.real_shells.shells import Zsh, offered_by_bash, offered_by_fish

pytestmark = pytest.mark.real_shells
Offered = Callable[[str], list[str]]


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def offered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offered]:
    """What a shell offers at the end of a line, in a folder with two files and a folder."""
    folder = tmp_path_factory.mktemp("work folder")
    script = tmp_path_factory.mktemp("script") / "script"
    assert main(["completion", request.param, "--output", str(script)]) == 0
    (folder / "site-files").mkdir()
    (folder / "site-a.yaml").touch()
    (folder / "site-b.yaml").touch()
    match request.param:
        case "bash":
            yield lambda line: offered_by_bash(script, line, folder)
        case "fish":
            yield lambda line: offered_by_fish(script, line, folder)
        case _:
            zsh = Zsh(script, folder)
            yield zsh
            zsh.close()


def test_the_commands_are_offered(offered: Offered) -> None:
    """All of them, and those that begin as what is typed."""
    assert set(offered("netcheck ")) == set(COMMANDS)
    assert set(offered("netcheck co")) == {name for name in COMMANDS if name.startswith("co")}


def test_the_options_before_a_command_are_offered(offered: Offered) -> None:
    """Those of netcheck itself."""
    assert {flag for one in general() for flag in one.flags if flag.startswith("--")} <= set(offered("netcheck --"))


@pytest.mark.parametrize("command", commands(), ids=lambda one: one.name)
def test_the_options_of_a_command_are_offered(command: Command, offered: Offered) -> None:
    """All long options, and nothing else."""
    wanted = {flag for one in command.options for flag in one.flags if flag.startswith("--")}
    assert {one.rstrip("=") for one in offered(f"netcheck {command.name} --")} == wanted


CHOICES = [
    (command.name, option.flags[-1], option.value.choices)
    for command in commands()
    for option in command.options
    if option.value.kind is Kind.CHOICE and option.flags[-1] != "--color"
]


@pytest.mark.parametrize(("command", "flag", "choices"), CHOICES)
def test_the_choices_of_an_option_are_offered(
    command: str, flag: str, choices: tuple[str, ...], offered: Offered
) -> None:
    """And nothing else."""
    assert set(offered(f"netcheck {command} {flag} ")) == set(choices)


def test_a_short_option_and_one_with_its_value_behind_a_sign_are_known(offered: Offered) -> None:
    """`-o` is the one that is typed most."""
    assert set(offered("netcheck lint -o ")) == {"text", "json", "sarif", "github"}
    assert {one.rpartition("=")[2] for one in offered("netcheck fix --as=b")} == {"bicep"}


@pytest.mark.parametrize(
    "line", ["netcheck check site-", "netcheck check --tags site-", "netcheck diff site-a.yaml site-"]
)
def test_files_are_offered_where_files_are_meant(line: str, offered: Offered) -> None:
    """Folders as well."""
    found = {one.rstrip("/") for one in offered(line)}
    assert found >= {"site-a.yaml", "site-b.yaml", "site-files"}


@pytest.mark.parametrize("line", ["netcheck check --vm ", "netcheck reach site-a.yaml --port ", "netcheck rule "])
def test_no_file_is_offered_where_none_is_meant(line: str, offered: Offered) -> None:
    """A VM is not a file."""
    assert [one for one in offered(line) if one.startswith("site-")] == []


def test_words_behind_a_choice_are_offered_in_bash(tmp_path: Path) -> None:
    """As of a command whose first word says what it asks, and whose others are files."""
    words = (Value(Kind.CHOICE, "QUESTION", ("which", "diff")), Value(Kind.FILE, "NAME"))
    script = tmp_path / "script"
    script.write_text(bash([], [Command("tags", "about tags", (), words)]), encoding="utf-8")
    (tmp_path / "old.json").touch()
    asked = {line: offered_by_bash(script, line, tmp_path) for line in ("netcheck tags ", "netcheck tags diff ol")}
    assert asked == {"netcheck tags ": ["which", "diff"], "netcheck tags diff ol": ["old.json"]}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("netcheck completion ", set(SHELLS)), ("netcheck schema ", set(KINDS))],
)
def test_words_that_stand_alone_are_offered(line: str, wanted: set[str], offered: Offered) -> None:
    """Without a file beside them."""
    assert set(offered(line)) == wanted
