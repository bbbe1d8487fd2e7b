"""Each line of the checklist has, for each profile, a story where it passes, one where it fails, and one left open."""

from __future__ import annotations

import pytest

from netcheck.cli.package_data import read_data
from netcheck.model.profiles import PROFILE_NAMES
from netcheck.ready.checklist import Line, parse_checklist
from netcheck.ready.run import predicate
from tests.scenarios.test_scenarios import CASES

CHECKLIST = parse_checklist(read_data("checklist.yaml"))
PAIRS = [(line, profile) for line in CHECKLIST.lines for profile in PROFILE_NAMES]


def told() -> set[tuple[str, str, str]]:
    """Return what the stories expect: profile, line, status."""
    found = set()
    for case in CASES:
        run = case.facts["run"]
        if run[0] == "ready" and "--profile" in run and "expect" in case.facts:
            lines = case.facts["expect"].get("lines", {}).get("contains", [])
            found |= {(run[run.index("--profile") + 1], one["id"], one["status"]) for one in lines}
    return found


TOLD = told()


@pytest.mark.parametrize(("line", "profile"), PAIRS, ids=lambda one: one.id if isinstance(one, Line) else one)
def test_every_line_has_its_stories(line: Line, profile: str) -> None:
    """What has been lifted does not apply, and a story says so; everything else passes, fails and is open somewhere."""
    wanted = {"notApplicable"} if line.held[profile].lifted else {"pass", "fail", "unknown"}
    assert wanted - {status for name, one, status in TOLD if (name, one) == (profile, line.id)} == set()


def test_every_line_holds_for_every_profile() -> None:
    """A line says of each profile whether it holds for it, and nothing of profiles that there are not."""
    assert [line.id for line in CHECKLIST.lines if set(line.held) != set(PROFILE_NAMES)] == []


def test_every_line_is_whole() -> None:
    """Identifiers differ; a heading, a predicate, a page with a title, a reason and a remedy are there."""
    assert len({line.id for line in CHECKLIST.lines}) == len(CHECKLIST.lines)
    for line in CHECKLIST.lines:
        assert line.part in CHECKLIST.parts
        assert callable(predicate(line.rule))
        assert all((line.title, line.why, line.do)), line.id
        assert all(held.source.title for held in line.held.values()), line.id


def test_no_predicate_is_left_over() -> None:
    """A file that no line names judges nothing."""
    from pathlib import Path

    import netcheck.ready.rules as rules

    files = {path.stem for path in Path(rules.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == {line.rule for line in CHECKLIST.lines}
