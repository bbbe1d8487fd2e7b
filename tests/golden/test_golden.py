"""Golden outputs: what the commands print about the stories in `fixtures/`, to the byte.

`fixtures/<story>/golden/<command>.<format>` holds standard output. A missing file fails, an orphaned one fails;
`pytest tests/golden --update-golden` writes them all, and the difference is reviewed like code.
"""

from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

FIXTURES = ROOT / "fixtures"
REFUSED = {"article-gov-tags"}
"""Stories whose site is refused: they print nothing, and the scenarios check what is said."""
STORIES = sorted(path.parent.name for path in FIXTURES.glob("*/site.yaml") if path.parent.name not in REFUSED)
COMMANDS = {
    "check.text": ["check", "site.yaml"],
    "check.json": ["check", "site.yaml", "-o", "json"],
    "check.markdown": ["check", "site.yaml", "-o", "markdown"],
    "compare.text": ["compare", "site.yaml"],
    "compare.json": ["compare", "site.yaml", "-o", "json"],
    "draw.mermaid": ["draw", "site.yaml", "-o", "mermaid"],
    "lint.text": ["lint", "site.yaml"],
    "lint.json": ["lint", "site.yaml", "-o", "json"],
}
"""The golden files of a story, and the words that print them in its folder."""
CLASSIC = {
    "fix.classic": ["fix", "site.yaml", "--option", "http-proxy", "--as", "classic"],
    "fix.documented": ["fix", "site.yaml", "--option", "http-proxy", "--as", "classic", "--as-documented"],
    "fix.json": ["fix", "site.yaml", "--option", "http-proxy", "--as", "classic", "-o", "json"],
}
"""The same for stories of the classic deployment model that have a proxy VM."""


RESOURCE_MANAGER = {
    "fix.az": ["fix", "site.yaml", "--option", "storage-region-tag", "--as", "az", "--resource-group", "rg"],
}
"""The same for stories of the Resource Manager deployment model."""
ARTICLE = {
    f"fix.{dialect}": ["fix", "site-rm.yaml", "--option", "http-proxy", "--as", dialect, "--resource-group", "rg"]
    for dialect in ("az", "azps", "terraform", "bicep", "arm")
}
"""The article's own case in the dialects for Resource Manager."""
CHANGE = {f"diff.{name}": ["diff", "site.yaml", "site-new.yaml", "-o", name] for name in ("text", "json", "markdown")}
"""What differs between a site and what somebody made of it."""
INTENTS = {
    f"test.{name}": ["test", "site.yaml", "intents.yaml", "-o", name]
    for name in ("text", "json", "junit", "sarif", "github")
} | {"test.baseline": ["test", "site.yaml", "intents.yaml", "--baseline", "known.json"]}
"""The intents of a platform team, in the formats of their pipelines."""
MATRIX = {
    **{f"matrix.{name}": ["matrix", "site.yaml", "-o", name] for name in ("text", "csv", "json", "html")},
    **{
        f"changed.{name}": ["matrix", "site-new.yaml", "--changed-from", "site.yaml", "-o", name]
        for name in ("text", "csv", "json", "html")
    },
}
"""All pairs of a small estate."""
OWN = {"article-before": ARTICLE, "what-a-change-does": CHANGE, "intents-ci": INTENTS, "matrix-small": MATRIX}
"""What single stories are printed with beside the commands that all have."""


def _commands(story: str) -> dict[str, list[str]]:
    text = (FIXTURES / story / "site.yaml").read_text(encoding="utf-8")
    is_classic = "deploymentModel: classic" in text and "proxyServer" in text
    is_manager = "deploymentModel: classic" not in text
    own = OWN.get(story, {})
    return {**COMMANDS, **(CLASSIC if is_classic else {}), **(RESOURCE_MANAGER if is_manager else {}), **own}


def _folder(story: str) -> Path:
    return FIXTURES / story / "golden"


PAIRS = [(story, name) for story in STORIES for name in _commands(story)]


@pytest.mark.parametrize(("story", "name"), PAIRS)
def test_the_output_is_the_golden_one(
    story: str,
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bytes equal: the same input gives the same output, until someone means to change it."""
    monkeypatch.chdir(FIXTURES / story)
    printed = run(capsys, _commands(story)[name]).out.encode()
    path = _folder(story) / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(printed)
    assert path.is_file(), f"{path} is missing: run pytest tests/golden --update-golden and review the difference"
    assert path.read_bytes() == printed


@pytest.mark.parametrize("story", STORIES)
def test_no_golden_file_is_left_over(story: str) -> None:
    """A golden file that no command prints any more says nothing."""
    left_over = {path.name for path in _folder(story).iterdir()} - set(_commands(story))
    assert left_over == set()
