"""A page for each command, with the options that its parser has.

To add one: `docs/commands/NAME.md` with the headings below and the two lines `<!-- generated: NAME -->` and
`<!-- end -->`, between which `pytest tests/docs --update-golden` writes the synopsis and the options.
"""

import re

import pytest

from netcheck.cli.main import COMMANDS, EXIT_STATUS
from tests.docs.blocks import fenced, headings, steps
from tests.docs.options import formats, generated_parts, regenerated
from tests.docs.pages import DOCS, PAGES, TEXTS

HEADINGS = ["Exit status", "Output", "Example", "What it does not do", "See also"]
"""What every page of a command tells below its options, in this order."""


def _page(command: str) -> str:
    name = f"docs/commands/{command}.md"
    assert name in TEXTS, f"{name} is missing: the command has no page"
    return TEXTS[name]


def _section(page: str, heading: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", [name for name, page in TEXTS.items() if generated_parts(page)])
def test_the_generated_parts_are_those_of_the_parser(name: str, request: pytest.FixtureRequest) -> None:
    """A changed option changes the page, and somebody looks at it."""
    if request.config.getoption("--update-golden"):
        # read again: what the page's commands print may have been written since the tests were collected
        page = PAGES[name].read_text(encoding="utf-8")
        PAGES[name].write_text(regenerated(page), encoding="utf-8")
        return
    assert regenerated(TEXTS[name]) == TEXTS[name], "pytest tests/docs --update-golden writes it"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_page(command: str) -> None:
    """It has the options of its own parser, and tells all that the others tell."""
    page = _page(command)
    assert page.startswith(f"# netcheck {command}\n\n")
    assert generated_parts(page) == [command]
    found = list(headings(page))
    assert [one for one in found if one in HEADINGS] == HEADINGS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_the_command_at_work(command: str) -> None:
    """An example that is run."""
    shown = [step.command for block in fenced(_section(_page(command), "Example"), "console") for step in steps(block)]
    assert [line for line in shown if line.startswith(f"netcheck {command} ") or line == f"netcheck {command}"] != []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_tells_every_output_format(command: str) -> None:
    """What each value of `-o` is good for."""
    told = _section(_page(command), "Output")
    assert [one for one in formats(command) if f"`{one}`" not in told] == []


def test_the_commands_without_json_are_named() -> None:
    """All others answer as JSON, as the index of the commands says."""
    told = re.search(r"All commands but (.+?) take\s`-o json`", TEXTS["docs/commands/README.md"])
    assert told is not None
    assert re.findall("`([^`]+)`", told[1]) == [one for one in COMMANDS if "json" not in formats(one)]


def test_no_page_is_left_over() -> None:
    """A page of a command that there is not leads nowhere."""
    assert {path.stem for path in (DOCS / "commands").glob("*.md")} - {"README", *COMMANDS} == set()


def test_the_overviews_list_every_command() -> None:
    """README and the index of the commands have a table of all of them."""
    assert generated_parts(TEXTS["README.md"]) == ["commands docs/commands/"]
    assert "commands ./" in " ".join(generated_parts(TEXTS["docs/commands/README.md"])) + " "


def test_every_exit_status_is_explained() -> None:
    """The table has the numbers that every help text ends with."""
    numbers = [word for word in EXIT_STATUS.replace(",", " ").split() if word.isdigit()]
    table = _section(TEXTS["docs/commands/README.md"], "Exit status")
    assert [line.split("|")[1].strip() for line in table.splitlines() if line[:3].strip("| ").isdigit()] == numbers
