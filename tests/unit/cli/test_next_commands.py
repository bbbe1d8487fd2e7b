"""What a report tells the reader to type next can be typed as it stands."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

FIXTURES = ROOT / "fixtures"
STORIES = sorted(path.parent.name for path in FIXTURES.glob("*/site.yaml") if path.parent.name != "article-gov-tags")
REFUSED = {2, 3, 70}
"""Statuses of what cannot be typed: wrong usage, bad input, a fault of ours."""


def following(text: str) -> Iterator[list[str]]:
    """Yield the commands of a report that are marked as the next to type, as words after `netcheck`."""
    for line in text.splitlines():
        told = line.lstrip("# /*")
        for mark in ("next: ", "e.g. "):
            if told.startswith(f"{mark}netcheck "):
                yield shlex.split(told.removeprefix(mark))[1:]


def check_runnable(capsys: pytest.CaptureFixture[str], words: list[str], *, least: int = 1) -> list[list[str]]:
    """Run a command and each command it names; there have to be some."""
    outcome = run(capsys, words)
    assert outcome.status not in {2, 70}, outcome.err
    named = [*following(outcome.out), *following(outcome.err)]
    assert outcome.status == 3 or len(named) >= least, outcome.out
    for one in named:
        assert run(capsys, one).status not in REFUSED, shlex.join(one)
    return named


@pytest.mark.parametrize("story", STORIES)
def test_what_is_next_can_be_typed(
    story: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the main job, the comparison, the findings, and all pairs, for every story."""
    monkeypatch.chdir(FIXTURES / story)
    for command in ("check", "compare", "lint", "client"):
        check_runnable(capsys, [command, "site.yaml"])
    check_runnable(capsys, ["matrix", "site.yaml", "--port", "443"], least=0)
    check_runnable(capsys, ["matrix", "site.yaml"], least=0)


ARTICLE = [
    ("reach", "--from", "app-vm", "--to", "10.0.0.5", "--port", "8080"),
    ("reach", "--from", "app-vm", "--to", "Storage.WestUS", "--port", "443", "--via", "proxy-vm"),
    ("reach", "--from", "app-vm", "--to", "proxy-vm", "--protocol", "icmp"),
    ("explain", "10.0.0.4#53 -> 20.60.0.1:443/udp"),
    ("explain", "app-vm -> 10.0.0.5:0/icmp"),
    ("explain", "--from", "app-vm", "--to", "Storage.WestUS", "--port", "80,443", "--via", "proxy-vm"),
    ("explain", "--from", "app-vm", "--to", "proxy-vm", "--protocol", "any"),
    ("filter", "--to", "Storage.WestUS", "--port", "443"),
    ("filter", "--from", "10.0.0.4", "--to", "Storage.WestUS", "--port", "443"),
    ("fix", "--option", "http-proxy"),
    ("fix", "--option", "service-endpoint"),
    ("matrix", "--protocol", "any"),
    ("matrix", "--protocol", "icmp"),
    ("matrix", "--changed-from", "../article-rule/site.yaml"),
]


@pytest.mark.parametrize("words", ARTICLE, ids=" ".join)
def test_the_question_is_kept(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Protocols, proxies, ports and source ports that were asked about are in what is next."""
    for story in ("article-before", "article-rule", "tags"):
        shutil.copytree(FIXTURES / story, tmp_path / story)
    monkeypatch.chdir(tmp_path / "article-before")
    command, *rest = words
    check_runnable(capsys, [command, "site.yaml", *rest], least=0 if "service-endpoint" in rest else 1)


def test_the_site_and_the_machines_are_those_that_were_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the tag file and the VMs, ports and profile that were typed, quoted for the shell."""
    folder = tmp_path / "my site's files"
    shutil.copytree(FIXTURES / "article-before", folder)
    monkeypatch.chdir(tmp_path)
    tags = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
    site = [str(folder.name) + "/site.yaml", "--tags", tags]
    asked = ["--vm", "app-vm", "--port", "443", "--profile", "article-2015"]
    for command in ("check", "compare"):
        named = check_runnable(capsys, [command, *site, *asked])
        assert named[-1][1:4] == site
        assert named[-1][4:10] == ["--vm", "app-vm", "--profile", "article-2015", "--port", "443"]
    for command in ("lint", "matrix"):
        assert check_runnable(capsys, [command, *site])[-1][1:4] == site


def test_what_a_change_opens_can_be_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the new site, where the packet now fares as told."""
    monkeypatch.chdir(FIXTURES / "what-a-change-does")
    named = check_runnable(capsys, ["diff", "site.yaml", "site-new.yaml"])
    assert [one[:2] for one in named] == [["explain", "site-new.yaml"]]
    assert [one[:2] for one in check_runnable(capsys, ["diff", "site.yaml", "site.yaml"])] == [["lint", "site.yaml"]]


def test_intents_that_fail_can_be_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each breach with its own packet; where all hold there are other questions."""
    monkeypatch.chdir(FIXTURES / "intents-ci")
    check_runnable(capsys, ["test", "site.yaml", "intents.yaml"])


def test_a_packet_is_explained_from_the_port_that_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A witness that another source port would not be one for is printed with it: `explain` gives the same verdict."""
    text = (FIXTURES / "article-before" / "site.yaml").read_text(encoding="utf-8")
    site = tmp_path / "site.yaml"
    site.write_text(text.replace('sourcePortRange: "*"', 'sourcePortRange: "53"'), encoding="utf-8")
    tags = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
    words = ["reach", str(site), "--tags", tags, "--from", "proxy-vm", "--to", "20.60.0.1", "--port", "443"]
    outcome = run(capsys, words)
    assert outcome.out.startswith("PARTIAL")
    [command] = [one for one in following(outcome.out) if "10.0.0.5#53" in one[-1]]
    assert run(capsys, command).status == 1


def test_a_command_that_cannot_be_shown_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its control characters made visible it would be another command."""
    folder = tmp_path / "a\x1b[31m\u202eb"
    shutil.copytree(FIXTURES / "article-before", folder)
    shutil.copytree(FIXTURES / "tags", tmp_path / "tags")
    monkeypatch.chdir(tmp_path)
    site = f"{folder.name}/site.yaml"
    questions = [
        ["check", site], ["compare", site], ["lint", site], ["matrix", site], ["client", site],
        ["fix", site, "--option", "http-proxy"], ["explain", site, "10.0.0.4 -> 20.60.1.1:443/tcp"],
        ["filter", site, "--port", "443"], ["reach", site, "--from", "app-vm", "--to", "10.0.0.5", "--port", "8080"],
        ["diff", site, site],
    ]  # fmt: skip
    for words in questions:
        outcome = run(capsys, [*words, "-q"])
        assert outcome.status in {0, 1}
        assert list(following(outcome.out)) == [], words
        assert "\x1b" not in outcome.out
        assert "\u202e" not in outcome.out
