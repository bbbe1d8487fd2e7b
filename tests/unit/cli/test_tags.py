"""`netcheck tags`: statuses, what each question takes, what is never written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run
from tests.unit.live.download_server import OLDER, PUBLIC

TAGS = ROOT / "fixtures" / "tags"
SMALL, OLD = str(TAGS / "ServiceTags_Public_Small.json"), str(TAGS / "ServiceTags_Public_Older.json")
SITE = str(ROOT / "fixtures" / "storage-443" / "site.yaml")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["which", "20.60.34.9", "--tags", SMALL], 0),
        (["which", "20.60.34.9,20.60.34.10", "20.60.34.11", "--tags", SMALL], 0),
        (["which", "--tags", SMALL, "20.60.34.9"], 0),
        (["which", "20.60.34.9", "--tags", SMALL, "8.8.8.8"], 1),
        (["which", "20.60.32.0/22", "--tags", SMALL], 1),
        (["which", "Storage", "--tags", SMALL], 3),
        (["contains", "AzureCloud.westus", "Storage.WestUS", "--tags", SMALL], 0),
        (["contains", "--tags", SMALL, "AzureCloud", "Storage"], 1),
        (["contains", "Internet", "Storage", "--tags", SMALL], 4),
        (["contains", "AzureCloud", "Storag", "--tags", SMALL], 3),
        (["show", "Storage", "--tags", SMALL], 0),
        (["show", "Storage.Nowhere", "--tags", SMALL], 3),
        (["info", SMALL], 0),
        (["info", "--tags", SMALL], 0),
        (["info", SITE], 3),
        (["diff", OLD, SMALL], 1),
        (["diff", SMALL, SMALL], 0),
        (["diff", OLD, SMALL, "--tag", "GatewayManager"], 1),
        (["diff", SMALL, OLD, "--tag", "Storage,storage.westus"], 1),
        (["diff", OLD, SMALL, "--tag", "Nothing"], 3),
        (["diff", OLD, SITE], 3),
        (["diff", OLD, str(TAGS / "ServiceTags_AzureGovernment_Small.json")], 3),
        (["diff", OLD, SMALL, "--site", SITE], 1),
        (["diff", SMALL, SMALL, "--site", SITE], 0),
        (["fetch", "--from", "nowhere"], 3),
        (["fetch", "--from", "api", "--subscription", "s"], 3),
    ],
)
def test_the_status_is_the_answer(words: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """0 yes, 1 no, 3 for what cannot be asked, 4 where nobody can tell; JSON says so as well."""
    assert run(capsys, ["tags", *words]).status == status
    outcome = run(capsys, ["tags", *words, "-o", "json"])
    assert outcome.status == status
    if status != 3:
        assert json.loads(outcome.out)["format"] == "netcheck/1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: QUESTION"),
        (["what"], "invalid choice: 'what'"),
        (["which"], "write: tags which ADDRESS ..."),
        (["which", "20.60.34.9"], "a service-tag file is needed: --tags FILE"),
        (["contains", "A", "--tags", SMALL], "write: tags contains A B"),
        (["contains", "A", "B", "C", "--tags", SMALL], "write: tags contains A B"),
        (["diff", OLD], "write: tags diff OLD NEW"),
        (["show", "--tags", SMALL], "write: tags show TAG"),
        (["info"], "a service-tag file is needed: tags info FILE"),
        (["info", SMALL, OLD], "write: tags info [FILE]"),
        (["fetch", "x"], "write: tags fetch"),
        (["fetch", "--output", "-"], "--output names a file or a folder"),
        (
            ["which", "20.60.34.9", "--tags", SMALL, "--site", SITE],
            "--site belongs to `tags diff`, not to `tags which`",
        ),
        (["show", "Storage", "--tags", SMALL, "--from", "x"], "--from belongs to `tags fetch`, not to `tags show`"),
        (["fetch", "--tag", "Storage"], "--tag belongs to `tags diff`, not to `tags fetch`"),
        (["fetch", "--cloud", "Private"], "argument --cloud: invalid choice: 'Private'"),
    ],
)
def test_wrong_usage_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that has no effect on a question is refused, not passed over."""
    outcome = run(capsys, ["tags", *words])
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err


def test_both_commands_compare_tag_files_alike(capsys: pytest.CaptureFixture[str]) -> None:
    """`diff` and `tags diff` are one question there."""
    assert run(capsys, ["tags", "diff", OLD, SMALL]) == run(capsys, ["diff", OLD, SMALL])
    assert run(capsys, ["tags", "diff", OLD, SMALL, "-o", "json"]) == run(capsys, ["diff", OLD, SMALL, "-o", "json"])


def test_an_answer_is_never_written_over_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever of its inputs `--output` names."""
    old, new, site = (tmp_path / name for name in ("old.json", "new.json", "site.yaml"))
    old.write_bytes(OLDER)
    new.write_bytes(PUBLIC)
    site.write_bytes(Path(SITE).read_bytes().replace(b"../tags/ServiceTags_Public_Small.json", b"new.json"))
    for output in (old, new, site):
        before = output.read_bytes()
        words = ["tags", "diff", str(old), str(new), "--site", str(site), "--output", str(output)]
        assert run(capsys, words).status == 3
        assert output.read_bytes() == before
    assert run(capsys, ["tags", "info", str(new), "--output", str(new)]).status == 3


def test_how_old_a_file_is_is_said_beside_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By `info` always, by the others where it is old; on standard error, because the answer carries no clock."""
    path = tmp_path / "ServiceTags_Public_20190722.json"
    path.write_bytes(PUBLIC)
    for words in (["info", str(path)], ["show", "Storage", "--tags", str(path)]):
        outcome = run(capsys, ["tags", *words])
        assert "ServiceTags_Public_20190722.json is" in outcome.err
        assert "days old" not in outcome.out
        assert run(capsys, ["tags", *words, "-q"]).err == ""
    assert run(capsys, ["tags", "diff", str(path), str(path)]).err == ""
    said = run(capsys, ["tags", "info", SMALL]).err
    assert said == "note: how old ServiceTags_Public_Small.json is, is not known: its name has no date\n"


def test_names_of_a_file_are_text_and_drive_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file can come from anybody: control and direction marks are shown as such, markup and quotes as they are."""
    name = "<b>\u202eA\x1b[31m'; rm -rf ~"
    properties = {"region": "\u2066west", "systemService": "\x07", "addressPrefixes": ["20.0.0.0/24"]}
    value = {"name": name, "id": name, "properties": properties}
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps({"changeNumber": 1, "cloud": "Public", "values": [value]}))
    properties["addressPrefixes"] = ["20.0.0.0/25"]
    new.write_text(json.dumps({"changeNumber": 2, "cloud": "Public", "values": [value]}))
    for words in (
        ["which", "20.0.0.1", "--tags", str(old)],
        ["contains", name, "20.0.1.0", "--tags", str(old)],
        ["show", name, "--tags", str(old)],
        ["diff", str(old), str(new)],
    ):
        outcome = run(capsys, ["tags", *words])
        assert outcome.status in (0, 1)
        assert "<b>" in outcome.out
        assert outcome.out.replace("\n", "").isprintable()
        assert "\x1b" not in run(capsys, ["tags", *words, "-o", "json"]).out
