"""The man page is that of the parsers, and a formatter reads it without a complaint."""

import os
import re
import shutil
import subprocess

import pytest

from netcheck.cli.main import COMMANDS
from tests.docs.manpage import man_page
from tests.docs.options import option_names
from tests.docs.pages import DOCS

PAGE = DOCS / "netcheck.1"


def test_the_page_is_that_of_the_parsers(request: pytest.FixtureRequest) -> None:
    """A changed option changes the page, and somebody looks at it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(man_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == man_page(), "pytest tests/docs --update-golden writes it"


def test_the_page_is_plain_text() -> None:
    """Formatters differ in what they take beside ASCII."""
    assert man_page().isascii()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_with_its_options(command: str) -> None:
    """Each option of its parser, here or among those of every command."""
    page = PAGE.read_text(encoding="utf-8")
    shared = page.partition(".SH OPTIONS\n")[2].partition(".SH COMMANDS\n")[0]
    own = page.partition(f".SS netcheck {command}\n")[2].partition("\n.S")[0]
    assert own != ""
    assert [
        one for one in option_names(command) if f"\\fB{one.replace('-', chr(92) + '-')}\\fR" not in shared + own
    ] == []


def _formatted(*command: str) -> subprocess.CompletedProcess[str]:
    if os.environ.get("NETCHECK_REAL_SHELLS") == "0":
        pytest.skip("NETCHECK_REAL_SHELLS=0 turns mandoc off")
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: bash tests/real_shells/install.sh")
    environment = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_mandoc_has_nothing_to_say_of_it() -> None:
    """But that it bears no date, which would make it another file every day."""
    done = _formatted("mandoc", "-T", "lint", "-W", "warning", str(PAGE))
    told = [line.split(": ", 2)[-1] for line in done.stdout.splitlines()]
    assert [one for one in told if "date" not in one] == []


def test_mandoc_shows_it() -> None:
    """In 80 columns, with every command."""
    done = _formatted("mandoc", "-T", "utf8", "-O", "width=78", str(PAGE))
    assert done.returncode == 0
    shown = re.sub(".\b", "", done.stdout)  # bold and underlined are printed over each other
    assert [name for name in COMMANDS if f"netcheck {name}" not in shown] == []
