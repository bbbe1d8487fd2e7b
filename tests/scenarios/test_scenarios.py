"""Every case of every story in `fixtures/`, run through the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.matching import mismatches

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOT_STORIES = {"tags", "bad"}
NOT_INPUTS = {"README.md", "cases.yaml", "golden"}
KEYS = {"name", "corner", "why", "run", "exit", "expect", "stderr"}
REQUIRED_CORNERS = {*range(1, 71), *range(73, 86), 87, 89, 90}
"""The corner cases of Azure path analysis that this version has to answer rightly, by number."""


@dataclass(frozen=True)
class Case:
    """One case of one story."""

    folder: Path
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """`folder:name`."""
        return f"{self.folder.name}:{self.facts['name']}"


def stories() -> list[Path]:
    """Return the folders that tell a story."""
    return sorted(p for p in FIXTURES.iterdir() if p.is_dir() and p.name not in NOT_STORIES)


def read_cases(folder: Path) -> list[Case]:
    """Return the cases of a story, none if it has no `cases.yaml`."""
    file = folder / "cases.yaml"
    if not file.exists():
        return []
    return [Case(folder, facts) for facts in yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]]


CASES = [case for folder in stories() for case in read_cases(folder)]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_case(case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status and the printed answer are those that the story expects."""
    from netcheck.cli.main import main

    monkeypatch.chdir(case.folder)
    status = main([*case.facts["run"], "-o", "json"])
    printed = capsys.readouterr()
    told = f"\nwhy: {case.facts['why']}\nstdout: {printed.out[:3000]}\nstderr: {printed.err[:3000]}"
    assert (case.facts["exit"], told) == (status, told)
    assert [text for text in case.facts.get("stderr", []) if text not in printed.err] == [], told
    if "expect" in case.facts:
        assert list(mismatches(case.facts["expect"], json.loads(printed.out))) == [], told


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in stories()])
def test_story_is_complete(folder: Path) -> None:
    """A story has a README and cases; site files name their schema in the first line; no input is left unused."""
    assert (folder / "README.md").exists()
    cases = read_cases(folder)
    assert cases, f"{folder.name} has no cases"
    first = "# yaml-language-server: $schema=../../netcheck/data/site.schema.json"
    sites = sorted(folder.glob("site*.yaml"))
    assert [s.name for s in sites if s.read_text(encoding="utf-8").splitlines()[0] != first] == []
    used = {word for case in cases for word in case.facts["run"]}
    assert [name for name in inputs(folder) if name not in used and not is_named(folder, name)] == []


def inputs(folder: Path) -> list[str]:
    """Return the files and folders of a story that hold networks: all but the story itself and what is recorded."""
    return sorted(path.name for path in folder.iterdir() if path.name not in NOT_INPUTS)


def is_named(folder: Path, name: str) -> bool:
    """Return whether a site file of the story names a file, or a proxy's configuration that a site names does."""
    naming = (*folder.glob("site*.yaml"), *folder.glob("*.conf"))
    return any(name in file.read_text(encoding="utf-8") for file in naming)


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in stories()])
def test_cases_are_well_formed(folder: Path) -> None:
    """A case has known keys only, says why, and expects an answer or an error, not neither."""
    names = [case.facts["name"] for case in read_cases(folder)]
    assert sorted(set(names)) == sorted(names)
    for case in read_cases(folder):
        assert set(case.facts) <= KEYS, case.id
        assert {"name", "why", "run", "exit"} <= set(case.facts), case.id
        assert all(isinstance(word, str) for word in case.facts["run"]), case.id
        assert ("expect" in case.facts) or ("stderr" in case.facts), case.id  # both: an answer with a warning
        assert ("stderr" in case.facts) or case.facts["exit"] in (0, 1, 4), case.id
        assert ("expect" in case.facts) or case.facts["exit"] in (1, 2, 3), f"{case.id}: 1 is also a plan refused"


def test_every_required_corner_case_has_a_scenario() -> None:
    """No corner case of the list is left without a story."""
    told = {number for case in CASES for number in case.facts.get("corner", [])}
    assert set() == REQUIRED_CORNERS - told


@pytest.mark.parametrize(
    ("expected", "actual", "is_match"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        ([2, 1], [1, 2], False),
        ({"contains": [2]}, [1, 2], True),
        ({"contains": [{"a": 3}]}, [{"a": 1}, {"a": 3, "b": 4}], True),
        ({"contains": [3]}, [1, 2], False),
        ({"contains": [3]}, [], False),
        ({"contains": [3]}, {"a": 3}, False),
        ("~b+c", "abbc", True),
        ("~^b", "abbc", False),
        (None, None, True),
        (None, "x", False),
    ],
)
def test_matching(expected: object, actual: object, is_match: bool) -> None:
    """The comparison itself can fail: each form has a pair that matches and one that does not."""
    assert is_match is (not list(mismatches(expected, actual)))
