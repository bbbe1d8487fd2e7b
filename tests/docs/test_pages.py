"""Every page is true: its commands run and print what it shows, its Python runs, its files are valid.

A page is one session of a reader who starts in the project's folder and types its `console` blocks from top to bottom.
`pytest tests/docs --update-golden` writes what is printed into the pages; the difference is reviewed like code.
"""

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from netcheck.cli.main import COMMANDS, build_parser
from netcheck.cli.package_data import read_all_data, read_data
from netcheck.questions.catalog import parse_catalog
from tests.docs.blocks import blocks, fenced, is_shown, prose, shown_anew, steps
from tests.docs.options import option_names
from tests.docs.pages import PAGES, TEXTS, Terminal, copy_project

LANGUAGES = {
    "console": "run, and compared with what is shown",
    "python": "run; the text block behind it is what it prints",
    "text": "what Python prints",
    "sh": "not run here; every netcheck command in it is one that its parser takes",
    "yaml": "the same for pipelines; site files and intents are valid by their schemas",
    "toml": "tests/docs/test_pipelines.py",
    "json": "an excerpt of an answer",
    "gherkin": "input of another program",
    "synopsis": "tests/docs/test_commands.py",
}
"""What is done with the blocks of each language."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


@pytest.mark.parametrize("name", [name for name, page in TEXTS.items() if fenced(page, "console")])
def test_a_page_prints_what_it_shows(
    name: str,
    project: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each command of the page, in order, compared to the byte but for lines that the page marks as left out."""
    terminal = Terminal(project, capsys, monkeypatch)
    page, written, at = PAGES[name].read_text(encoding="utf-8"), "", 0
    is_updated, wrong = request.config.getoption("--update-golden"), ""
    for block in blocks(page):
        if block.language != "console":
            continue
        written += page[at : block.start]
        at = block.end
        for step in steps(block.text):
            printed = terminal.enter(step.command)
            shown = shown_anew(step.shown, printed) if is_updated else step.shown
            written += f"$ {step.command}\n{shown}"
            wrong += "" if is_shown(shown, printed) else f"$ {step.command}\n{printed}\nand the page shows\n{shown}\n"
    if is_updated:
        PAGES[name].write_text(written + page[at:], encoding="utf-8")
    assert wrong == ""


@pytest.mark.parametrize("name", [name for name, page in TEXTS.items() if fenced(page, "python")])
def test_the_python_of_a_page_prints_what_it_shows(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block runs in the project's folder, and the tests in it pass; a text block behind it is what it prints."""
    monkeypatch.chdir(project)
    found = blocks(TEXTS[name])
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.language != "python":
            continue
        printed, names = io.StringIO(), {"__name__": name}
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, name, "exec"), names)
            for word, value in list(names.items()):
                if word.startswith("test_") and callable(value):
                    value()
        assert printed.getvalue() == (after.text if after is not None and after.language == "text" else "")


@pytest.mark.parametrize("name", TEXTS)
def test_every_block_has_a_language_that_is_checked(name: str) -> None:
    """A block without a language would be an example that nobody runs."""
    assert [block.text for block in blocks(TEXTS[name]) if block.language not in LANGUAGES] == []
    assert TEXTS[name].count("\n```") == 2 * len(blocks(TEXTS[name])), "each fence is closed"


def _typed_elsewhere() -> Iterator[tuple[str, str, str]]:
    """Yield page, command and the rest of the line for each netcheck command that is not run here."""
    for name, page in TEXTS.items():
        for block in blocks(page):
            if block.language in ("sh", "yaml"):
                text = re.sub(r"\\\n\s*", " ", block.text)
                found = re.finditer(r"(?:^|[\s/])netcheck (\w+)\b(?!:)([^|>&#\n]*)", text)
                yield from ((name, one[1], one[2]) for one in found)


def test_commands_for_elsewhere_are_found() -> None:
    """Those of the pipelines among them."""
    assert len([name for name, _, _ in _typed_elsewhere() if name == "docs/pipelines.md"]) >= 3


@pytest.mark.parametrize(("name", "command", "rest"), list(_typed_elsewhere()))
def test_a_command_for_elsewhere_is_one_that_there_is(name: str, command: str, rest: str) -> None:
    """What a page shows for a pipeline or another machine is understood by the command's parser."""
    assert command in COMMANDS, f"{name} names netcheck {command}"
    options, left = build_parser(command).parse_known_args([command, *shlex.split(rest)])
    assert options.command == command
    assert [word for word in left if word.startswith("-")] == []


def _mentioned() -> list[tuple[str, str]]:
    """Return the page and the text of each `netcheck …` between the words of a page."""
    return [(name, one) for name, page in TEXTS.items() for one in re.findall(r"`netcheck (\w[^`]*)`", prose(page))]


@pytest.mark.parametrize(("name", "text"), _mentioned())
def test_a_command_between_the_words_is_one_that_there_is(name: str, text: str) -> None:
    """So are its options; what they are given may be left out there."""
    command = text.split()[0]
    assert command in COMMANDS, f"{name} names netcheck {command}"
    assert set(re.findall(r"--[a-z][a-z-]*", text)) <= option_names(command)


def _files() -> list[str]:
    """Return each block that is a site file or an intents file."""
    first = re.compile(r"^netcheck(Intents)?:", re.MULTILINE)
    return [text for page in TEXTS.values() for text in fenced(page, "yaml") if first.search(text)]


@pytest.mark.parametrize("text", _files())
def test_a_file_that_a_page_shows_is_valid(text: str) -> None:
    """Its keys and values are those of the schema that netcheck prints."""
    value = yaml.safe_load(text)
    schema = "intents.schema.json" if "netcheckIntents" in value else "site.schema.json"
    jsonschema.validate(value, json.loads(read_data(schema)))


CODES = frozenset(parse_catalog(read_all_data("codes-", ".md")))


@pytest.mark.parametrize("name", TEXTS)
def test_every_code_that_a_page_names_is_in_the_catalogue(name: str) -> None:
    """A code that there is not cannot be looked up with `netcheck rule`."""
    assert sorted(set(re.findall(r"\bNC[0-9]{3}\b", TEXTS[name])) - CODES) == []
