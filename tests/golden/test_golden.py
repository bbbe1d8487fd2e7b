"""Golden outputs: what the commands print about the stories in `fixtures/`, to the byte.

`fixtures/<story>/golden/<command>.<format>` holds standard output. A missing file fails, an orphaned one fails;
`pytest tests/golden --update-golden` writes them all, and the difference is reviewed like code.
"""

from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

FIXTURES = ROOT / "fixtures"
STORIES = sorted(path.parent.name for path in FIXTURES.glob("*/site.yaml"))
COMMANDS = {
    "check.text": ["check", "site.yaml"],
    "check.json": ["check", "site.yaml", "-o", "json"],
}
"""The golden files of a story, and the words that print them in its folder."""

REQUIRED: tuple[str, ...] = ()
"""Stories that must have golden files, apart from those that have some."""


def _folder(story: str) -> Path:
    return FIXTURES / story / "golden"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Compare the stories that have golden files or must have them; write those of all stories."""
    if "story" in metafunc.fixturenames:
        kept = [story for story in STORIES if _folder(story).is_dir() or story in REQUIRED]
        metafunc.parametrize("story", STORIES if metafunc.config.getoption("--update-golden") else kept)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_output_is_the_golden_one(
    story: str,
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bytes equal: the same input gives the same output, until someone means to change it."""
    monkeypatch.chdir(FIXTURES / story)
    printed = run(capsys, COMMANDS[name]).out.encode()
    path = _folder(story) / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(printed)
    assert path.is_file(), f"{path} is missing: run pytest tests/golden --update-golden and review the difference"
    assert path.read_bytes() == printed


def test_no_golden_file_is_left_over(story: str) -> None:
    """A golden file that no command prints any more says nothing."""
    assert sorted(path.name for path in _folder(story).iterdir() if path.name not in COMMANDS) == []


def test_the_required_stories_exist() -> None:
    """A story that is renamed takes its requirement with it."""
    assert set(REQUIRED) <= set(STORIES)
