"""Every recorded file is read or refused: no traceback, no rule lost, and the counts are those of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sources.recorded_census import Outcome, census, table
from tests.unit.sources.shared import shared_folder

PAGE = Path(__file__).parents[3] / "docs" / "importers.md"


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(census(shared_folder("nsg").parent))


def test_no_rule_is_lost(outcomes: list[Outcome]) -> None:
    """Each rule that the file holds, counted without our readers, is in the site, or its NSG is said to be open."""
    assert [(one.path.name, sorted(one.lost)) for one in outcomes if one.lost] == []


def test_the_counts_are_those_of_the_documentation(outcomes: list[Outcome]) -> None:
    """The table of `docs/importers.md` says what becomes of the recorded files, by kind."""
    starts = ("| `nsg", "| `azure_v", "| `classic_a", "| together")
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(starts)]
    assert rows == table(outcomes)
