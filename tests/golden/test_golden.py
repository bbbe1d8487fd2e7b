"""Golden outputs: what the commands print about the stories in `fixtures/`, to the byte.

`fixtures/<story>/golden/<command>.<format>` holds standard output. A missing file fails, an orphaned one fails;
`pytest tests/golden --update-golden` writes them all, and the difference is reviewed like code.
"""

from pathlib import Path

import pytest

from netcheck.cli.main import COMMANDS as COMMANDS_OF_NETCHECK
from netcheck.cli.main import build_parser
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
    **{f"draw.{name}": ["draw", "site.yaml", "-o", name] for name in ("svg", "dot", "mermaid", "drawio")},
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
LINT = {f"lint.{name}": ["lint", "site.yaml", "-o", name] for name in ("sarif", "github")}
"""Findings of every kind, in the formats of pipelines."""
SMALL = {
    f"{command}.{name}": [command, *words.split(), "-o", name]
    for command, words, names in (
        ("reach", "site.yaml --from app-vm --to Storage.WestUS --port 80,443", "text json"),
        ("explain", "site.yaml --from app-vm --to Storage.WestUS --port 443 --via proxy-vm", "text json"),
        ("filter", "site.yaml --nsg NSG-lockdown --direction Outbound --to Storage.WestUS --port 80,443", "text json"),
        ("client", "site.yaml", "text json"),
        ("convert", "site.yaml", "yaml json digest"),
        ("rule", "NC201", "text json"),
        ("ready", "site.yaml", "text json markdown"),
    )
    for name in names.split()
} | {"fix.text": ["fix", "site.yaml", "--option", "http-proxy", "--as", "classic", "-o", "text"], "init.text": ["init"]}
"""The commands about one path, one NSG, one machine, one code, each in all its formats."""
_SMALL_TAGS, _OLDER_TAGS = (f"../tags/ServiceTags_Public_{name}.json" for name in ("Small", "Older"))
TAGS = {
    f"tags-{name}.{form}": ["tags", *words.split(), "-o", form]
    for name, words in (
        ("which", f"which 20.60.34.9 20.60.32.0/22 8.8.8.8 168.63.129.16 --tags {_SMALL_TAGS}"),
        ("contains", f"contains AzureCloud Storage --tags {_SMALL_TAGS}"),
        ("contains-yes", f"contains AzureCloud.westus Storage.WestUS --tags {_SMALL_TAGS}"),
        ("contains-internet", f"contains Internet Storage --tags {_SMALL_TAGS}"),
        ("diff", f"diff {_OLDER_TAGS} {_SMALL_TAGS}"),
        ("diff-site", f"diff {_OLDER_TAGS} {_SMALL_TAGS} --site site.yaml"),
        ("show", f"show Storage --tags {_SMALL_TAGS}"),
        ("show-region", f"show Storage.EastUS2Stage --tags {_SMALL_TAGS}"),
        ("info", f"info {_SMALL_TAGS}"),
    )
    for form in ("text", "json")
}
"""Service-tag files, and what becomes of a site from one to the next; `tests/unit/cli/test_tags.py` downloads one."""
_PATH = ["--from", "app-vm", "--to", "Storage.WestUS", "--port", "443", "-o"]
PATH = {"path.svg": ["draw", "site.yaml", *_PATH, "svg"]}
PROXIED = {"proxied.svg": ["draw", "site.yaml", *_PATH, "svg", "--via", "proxy-vm"]}
PAGE = {"path.html": ["draw", "site.yaml", *_PATH, "html"]}
"""Pictures of a path: blocked and partial, and through a proxy, blocked on either leg and open; one in its page."""
ELSEWHERE = {"schema", "serve", "mcp", "doctor", "collect"}
"""A schema is a file of the package (tests/unit/cli/test_small_commands.py), servers print an address or answer lines
(tests/unit/live), a doctor tells of the machine (tests/unit/cli/test_doctor.py), and what was collected is printed
where somebody answers (tests/live)."""
COMPLETION = {f"completion.{shell}": ["completion", shell] for shell in ("bash", "zsh", "fish", "powershell")}
"""What shells are given; tests/real_shells runs them."""
REPORT = {"report.html": ["report", "site.yaml"]}
"""The page of all answers: about classic NSGs and a proxy, about Resource Manager ones, and with an open fact."""
OWN = {
    "article-before": ARTICLE | SMALL | PATH | PROXIED | PAGE | REPORT | COMPLETION,
    "private-subnet": REPORT,
    "two-nsgs-disagree": REPORT,
    "article-rule": PROXIED,
    "proxy-port-missing": PROXIED,
    "storage-443": TAGS,
    "storage-partial": PATH,
    "lint-findings": LINT,
    "what-a-change-does": CHANGE,
    "intents-ci": INTENTS,
    "matrix-small": MATRIX,
}
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


def test_every_command_has_a_golden_in_every_format() -> None:
    """A command, or a format of one, that is added without a golden fails here."""
    printed = [words for story in STORIES for words in _commands(story).values()]
    missing = [
        (command, name)
        for command in COMMANDS_OF_NETCHECK
        if command not in ELSEWHERE
        for name in _formats(command)
        if not any(words[0] == command and _format_of(words) == name for words in printed)
    ]
    assert missing == []


def _formats(command: str) -> list[str]:
    """Return what `-o` of a command takes; "" for a command without it."""
    parsers = build_parser(command)._subparsers
    assert parsers is not None
    [group] = parsers._group_actions
    assert isinstance(group.choices, dict)
    actions = group.choices[command]._actions
    found = next((one.choices for one in actions if one.dest == "format"), None)
    return [str(name) for name in found] if found else [""]


def _format_of(words: list[str]) -> str:
    """Return the format that words ask for."""
    default = next(iter(_formats(words[0])))
    return words[words.index("-o") + 1] if "-o" in words else default


@pytest.mark.parametrize("story", STORIES)
def test_no_golden_file_is_left_over(story: str) -> None:
    """A golden file that no command prints any more says nothing."""
    left_over = {path.name for path in _folder(story).iterdir()} - set(_commands(story))
    assert left_over == set()
