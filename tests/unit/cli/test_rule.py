"""`netcheck rule`: every code that netcheck can print is explained, and every example is what netcheck prints."""

import json
import re
from pathlib import Path

import pytest

from netcheck.cli.package_data import read_all_data
from netcheck.questions.catalog import PARTS, CatalogError, CodeEntry, find_code, parse_catalog
from tests.unit.cli.shared import ROOT, run

ENTRIES = parse_catalog(read_all_data("codes-", ".md"))
RUNNABLE = [entry for entry in ENTRIES.values() if entry.example()[1]]
_CODE = re.compile(r"\bNC[1-4][0-9]{2}\b")


def _codes_in_source() -> set[str]:
    return {
        code
        for path in sorted((ROOT / "netcheck").rglob("*.py"))
        for code in _CODE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_code_in_the_source_is_explained() -> None:
    """A code without an entry would leave its reader alone with it."""
    assert sorted(_codes_in_source() - set(ENTRIES)) == []


def test_every_explained_code_is_in_the_source() -> None:
    """An entry that no message uses is left over."""
    assert sorted(set(ENTRIES) - _codes_in_source()) == []


@pytest.mark.parametrize("entry", RUNNABLE, ids=lambda entry: entry.code)
def test_the_example_is_what_netcheck_prints(
    entry: CodeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files of the example, given to the command of the example, lead to the message of the example."""
    _, files = entry.example()
    monkeypatch.chdir(tmp_path)
    for file in files:
        if file.name:
            Path(file.name).write_text(file.text, encoding="utf-8")
    prompt, _, expected = next(file.text for file in files if not file.name).partition("\n")
    outcome = run(capsys, prompt.removeprefix("$ "))
    assert (entry.code if entry.code.startswith("NC2") else f"[{entry.code}]") in expected
    if entry.code.startswith("NC2"):  # a finding is part of an answer
        assert expected in outcome.out
        return
    assert expected in outcome.err
    assert outcome.status == (1 if entry.code.startswith("NC4") else 3)  # no plan is a no, not bad input


def test_most_examples_can_be_run() -> None:
    """Only what needs binary, huge or many files is told in words."""
    told = {entry.code for entry in ENTRIES.values() if not entry.example()[1]}
    assert told == {
        "NC102",
        "NC103",
        "NC105",
        "NC111",
        "NC118",
        "NC119",
        "NC150",
        "NC159",
        "NC163",
        "NC173",
        "NC182",
        "NC207",
        "NC316",
        "NC318",
        "NC350",
        "NC351",
        "NC352",
        "NC355",
        "NC401",
        "NC410",
        "NC414",
        "NC417",
    }


@pytest.mark.parametrize("text", ["NC115", "nc115", "115", " Nc115 "])
def test_a_code_is_found_in_any_spelling(text: str) -> None:
    """Letter case and the letters themselves do not matter."""
    assert find_code(ENTRIES, text).code == "NC115"


def test_an_unknown_code_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt code names the nearest one; the status is that of bad input."""
    outcome = run(capsys, "netcheck rule NC115x")
    assert outcome.status == 3
    assert outcome.err.startswith("error[NC320]: there is no message code `NC115x`\n  help: did you mean `NC115`?")


def test_the_text_has_all_four_parts(capsys: pytest.CaptureFixture[str]) -> None:
    """Title first, then meaning, reason, example and advice; no line of prose is wider than a terminal."""
    outcome = run(capsys, "netcheck rule nc115")
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert lines[0] == "NC115 (error): a star is not quoted, or an alias repeats nothing"
    assert [line for line in lines if line in PARTS] == list(PARTS)
    assert max(len(line) for line in lines) <= 80


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has each code once, with severity and title."""
    outcome = run(capsys, "netcheck rule")
    listed = [line.split()[0] for line in outcome.out.splitlines() if line.startswith("  NC")]
    assert listed == sorted(ENTRIES)


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON holds the same texts."""
    outcome = run(capsys, "netcheck rule NC115 -o json")
    entry = ENTRIES["NC115"]
    assert json.loads(outcome.out) == {
        "code": "NC115",
        "severity": "error",
        "title": entry.title,
        "whatItMeans": entry.parts["What it means"],
        "whyItMatters": entry.parts["Why it matters"],
        "example": entry.parts["Example"],
        "whatToDo": entry.parts["What to do"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "## NC999 error: no parts\n",
        "## NC199 error: a part too few\n### What it means\na\n### Why it matters\nb\n### Example\nc\n",
        "## NC199 error: an empty part\n### What it means\n### Why it matters\nb\n### Example\nc\n### What to do\nd\n",
    ],
)
def test_an_incomplete_entry_is_a_fault_of_the_package(text: str) -> None:
    """Whoever adds a code writes all four parts."""
    with pytest.raises(CatalogError):
        parse_catalog([text.replace("NC999", "NC199")])
