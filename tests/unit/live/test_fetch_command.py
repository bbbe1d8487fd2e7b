"""`netcheck tags fetch` from end to end, on the loopback address."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.unit.cli.shared import run
from tests.unit.live.download_server import GOVERNMENT, OLDER, PUBLIC, Served, page, sending

TOKEN = "a-token.that.is-secret"


def test_the_current_file_is_fetched(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the page to the file in the current folder, with its checksum; the second time nothing changes."""
    monkeypatch.chdir(tmp_path)
    name = "ServiceTags_Public_20251027.json"
    server.routes["/p?id=56519"] = sending(page({name: f"{server.base}/d/{name}"}), "text/html")
    server.routes[f"/d/{name}"] = sending(PUBLIC)
    outcome = run(capsys, ["tags", "fetch", "--from", f"{server.base}/p?id=56519"])
    digest = hashlib.sha256(PUBLIC).hexdigest()
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == (
        f"{name}  downloaded: cloud Public, changeNumber 1, 17\n    tags\n"
        f"  from {server.base}/d/{name}\n  sha256 {digest}\n"
        f"next: netcheck tags info {name}\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, f"{name}.sha256"]
    assert "checksum: as downloaded" in run(capsys, ["tags", "info", name]).out
    again = run(capsys, ["tags", "fetch", "--from", f"{server.base}/p?id=56519"])
    assert again.out.startswith(f"{name}  is the current file already")
    (tmp_path / name).write_bytes(OLDER)
    changed = run(capsys, ["tags", "info", name])
    assert (changed.status, "checksum: NOT that of" in changed.out) == (1, True)


def test_the_former_file_is_kept_and_named(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what to type to see what has changed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tags.json").write_bytes(OLDER)
    server.routes["/tags.json"] = sending(PUBLIC)
    words = ["tags", "fetch", "--from", f"{server.base}/tags.json", "--output", "tags.json"]
    outcome = run(capsys, words)
    assert outcome.status == 0
    assert "  the former file is kept as tags.0.json\n" in outcome.out
    assert outcome.out.endswith("next: netcheck tags diff tags.0.json tags.json\n")
    assert run(capsys, ["tags", "diff", "tags.0.json", "tags.json"]).status == 1
    server.routes["/tags.json"] = sending(OLDER)
    back = json.loads(run(capsys, [*words, "-o", "json"]).out)
    assert (back["file"], back["isNew"], back["former"], back["isOlderThanFormer"]) == (
        "tags.json", True, "tags.1.json", True,
    )  # fmt: skip
    assert back["sha256"] == hashlib.sha256(OLDER).hexdigest()


def test_a_download_that_fails_touches_nothing(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file that is there, its checksum, the folder: all as before; the status is that of bad input."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tags.json").write_bytes(OLDER)
    for answer in (
        sending(b"<html>", "text/html"),
        sending(PUBLIC[:900]),
        sending(GOVERNMENT),
        sending(b"", status=404),
    ):
        server.routes["/tags.json"] = answer
        outcome = run(capsys, ["tags", "fetch", "--from", f"{server.base}/tags.json", "--output", "tags.json"])
        assert (outcome.status, outcome.out) == (3, "")
        assert "error[NC35" in outcome.err
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("tags.json", OLDER)]


def test_nothing_is_asked_where_the_file_could_not_be_written(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The folder is looked at first."""
    monkeypatch.chdir(tmp_path)
    words = ["tags", "fetch", "--from", f"{server.base}/tags.json", "--output", "nowhere/tags.json"]
    assert run(capsys, words).status == 3
    assert server.asked == []


def test_the_token_comes_from_the_environment_and_goes_nowhere_else(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is in the request, and in no output and no file, with -v and with a refusal as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCHECK_ARM_TOKEN", f"{TOKEN}\n")
    path = "/subscriptions/s/providers/Microsoft.Network/locations/westus/serviceTags"
    server.routes[path] = sending(PUBLIC)
    outcomes = [run(capsys, ["tags", "fetch", "--from", server.base + path, "-v"])]
    assert (outcomes[0].status, server.asked[0][1]["Authorization"]) == (0, f"Bearer {TOKEN}")
    server.routes[path] = sending(b"", status=403)
    outcomes.append(run(capsys, ["tags", "fetch", "--from", server.base + path, "-v"]))
    assert "answers 403 Forbidden" in outcomes[1].err
    assert [one for one in outcomes if TOKEN in one.out + one.err] == []
    assert [one for one in tmp_path.iterdir() if TOKEN.encode() in one.read_bytes()] == []
