"""The folder: the same answers give the same bytes, nothing private is in it, and nobody's files are lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.live.shared import azure_site, collect, fill, texts
from tests.real_az.server import SUBSCRIPTION, Arm
from tests.unit.cli.shared import ROOT, run

NAME = "corner-groups/site-42-asg.yaml"


@pytest.fixture
def filled(arm: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Arm:
    """The service with a small site."""
    fill(arm, azure_site(NAME, tmp_path, capsys)[1])
    return arm


def test_the_same_answers_give_the_same_bytes(filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the order in which they came; the time stands in the manifest alone."""
    assert collect(capsys, filled, tmp_path / "one").status == 0
    held = filled.store.resources
    inside = {path: body for path, body in held.items() if body["type"].count("/") > 1}
    filled.store.resources = {**{path: held[path] for path in reversed(held) if path not in inside}, **inside}
    assert collect(capsys, filled, tmp_path / "two").status == 0
    one, two = texts(tmp_path / "one"), texts(tmp_path / "two")
    manifests = [json.loads(found.pop("collection.json")) for found in (one, two)]
    assert one == two
    ages = [datetime.now(UTC) - datetime.fromisoformat(manifest.pop("collected")) for manifest in manifests]
    assert all(0 <= age.total_seconds() < 600 for age in ages)
    assert manifests[0] == manifests[1]
    assert str(datetime.now(UTC).year) + "-" not in "".join(one.values())


def test_the_manifest_says_what_was_read_and_how(
    filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each list with its version and its number, the scope, the cloud, the files."""
    assert collect(capsys, filled, tmp_path / "out").status == 0
    manifest = json.loads((tmp_path / "out" / "collection.json").read_text(encoding="utf-8"))
    scope = f"/subscriptions/{SUBSCRIPTION}"
    assert (manifest["scopes"], manifest["cloud"], manifest["notRead"]) == ([scope], "Public", [])
    tables = {"type": "Microsoft.Network/routeTables", "scope": scope, "apiVersion": "2024-05-01", "count": 0}
    assert tables in manifest["read"]
    assert sorted([*manifest["files"], "collection.json"]) == sorted(texts(tmp_path / "out"))


def test_the_cloud_of_the_site_is_that_of_the_collection(
    filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exports do not say it, and each cloud has its own ranges: tags of another one are refused."""
    assert collect(capsys, filled, tmp_path / "out", "--cloud", "AzureGovernment").status == 0
    assert "cloud: AzureGovernment\n" in run(capsys, ["convert", str(tmp_path / "out")]).out
    tags = ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
    outcome = run(capsys, ["convert", str(tmp_path / "out"), "--tags", str(tags)])
    assert outcome.status == 3
    assert "error[NC143]: the site was collected from cloud `AzureGovernment`" in outcome.err


def test_nothing_private_is_written(filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither token nor secret, nor who may sign in to a VM, nor what tags hold; and nobody else may read it."""
    outcome = collect(capsys, filled, tmp_path / "out")
    written = "".join(texts(tmp_path / "out").values()) + outcome.out + outcome.err
    for text in ("a-secret-that-nobody-may-see", "in-a-tag", "root-of-all-evil", "Bearer", '.x"'):
        assert text not in written
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_former_collection_is_replaced(filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files of types that are gone go too; what is there stays when a new one cannot be had."""
    assert collect(capsys, filled, tmp_path / "out").status == 0
    former = texts(tmp_path / "out")
    gone = [path for path in filled.store.resources if "/networksecuritygroups/" in path]
    assert gone
    for path in gone:
        filled.store.delete(path)
    assert collect(capsys, filled, tmp_path / "out").status == 0
    assert set(former) - set(texts(tmp_path / "out")) == {"networkSecurityGroups.json"}
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".out")] == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"notes.md": "mine"}, "holds files, and is no former collection"),
        ({"collection.json": "{}"}, "holds files, and is no former collection"),
        (
            {"collection.json": '{"netcheckCollection": 1, "files": []}', "site.yaml": "x"},
            "site.yaml` was not written by",
        ),
        (
            {"collection.json": '{"netcheckCollection": 1, "files": []}', ".git/config": "x"},
            ".git/config` was not written",
        ),
    ],
)
def test_a_folder_of_somebody_is_refused(
    made: dict[str, str], said: str, filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is asked and nothing is lost."""
    for name, text in made.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text(text, encoding="utf-8")
    outcome = collect(capsys, filled, tmp_path / "out")
    assert outcome.status == 3
    assert "error[NC104]" in outcome.err
    assert said in outcome.err
    assert filled.requests == []
    assert texts(tmp_path / "out") == made


def test_a_file_a_link_and_a_place_that_is_not_there_are_refused(
    filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link is not followed: what it leads to would be replaced."""
    (tmp_path / "file").touch()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name, code in (("file", "NC104"), ("link", "NC104"), ("no/such", "NC151")):
        outcome = collect(capsys, filled, tmp_path / name)
        assert (outcome.status, f"error[{code}]" in outcome.err) == (3, True)
    assert filled.requests == []


def test_an_empty_folder_is_taken(filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing in it to lose."""
    (tmp_path / "out").mkdir()
    assert collect(capsys, filled, tmp_path / "out").status == 0


def test_a_subscription_that_is_not_there(filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped ID is an error, and no empty network."""
    words = ["collect", "--subscription", "no-such", "--endpoint", filled.url, "--output", str(tmp_path / "out")]
    outcome = run(capsys, words)
    assert outcome.status == 3
    assert "error[NC150]: there is no subscription `no-such`" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_failed_sign_in(
    filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One error with what to do; the secret is not in it, and the SDK adds no words of its own."""
    monkeypatch.setenv("AZURE_TENANT_ID", "55555555-5555-5555-5555-555555555555")
    outcome = collect(capsys, filled, tmp_path / "out")
    assert outcome.status == 3
    assert outcome.err.startswith(f"{SUBSCRIPTION}: error[NC150]: signing in failed: ")
    assert "help: sign in with `az login`" in outcome.err
    assert "a-secret" not in outcome.err
    assert len(outcome.err.splitlines()) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("filled")
def test_an_endpoint_where_nobody_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says that it is the network."""
    monkeypatch.setattr("netcheck.live.collect.arm.RETRIES", 0)
    words = ["collect", "--subscription", SUBSCRIPTION, "--endpoint", "https://127.0.0.1:9"]
    outcome = run(capsys, [*words, "--output", str(tmp_path / "out")])
    assert outcome.status == 3
    assert "error[NC150]: Azure does not answer" in outcome.err


def test_json_for_programs(
    filled: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as the text, and the text is what somebody reads."""
    monkeypatch.chdir(tmp_path)
    outcome = collect(capsys, filled, Path("out"), "-o", "json")
    told = json.loads(outcome.out)
    assert (told["format"], told["command"], told["folder"], told["notRead"]) == ("netcheck/1", "collect", "out", [])
    assert told["read"]["Microsoft.Compute/virtualMachines"] == 3
    text = collect(capsys, filled, Path("out")).out
    assert text == GOLDEN


GOLDEN = """\
collected into out
  3 Microsoft.Compute/virtualMachines
  3 Microsoft.Network/networkInterfaces
  1 Microsoft.Network/networkSecurityGroups
  2 Microsoft.Network/applicationSecurityGroups
  1 Microsoft.Network/virtualNetworks
  0 of 12 other types
"""


@pytest.mark.parametrize("words", [["--output", "out"], ["--subscription", "x"], []])
def test_what_is_needed_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is 2, as everywhere."""
    outcome = run(capsys, ["collect", *words])
    assert outcome.status == 2
    assert "is needed, as in `netcheck collect --subscription ID --output site-folder`" in outcome.err


def test_without_azures_packages_one_line_says_what_to_install() -> None:
    """Whoever does not collect does not need them."""
    probe = "import sys; sys.modules['azure'] = None; sys.modules['azure.identity'] = None\n"
    probe += "from netcheck.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = ["collect", "--subscription", "x", "--output", "no-such-folder"]
    done = subprocess.run(
        [sys.executable, "-c", probe, *words], capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ
    )
    told = "netcheck collect: error: Azure's own packages are missing: pip install 'azure-netcheck[azure]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_nothing_else_loads_azures_packages() -> None:
    """Neither the help of the command, nor reading a collection."""
    probe = (
        "import sys; from netcheck.cli.main import main; main(sys.argv[1:]);"
        "print([one for one in sys.modules if one.startswith(('azure', 'msal', 'requests', 'netcheck.live'))])"
    )
    for words in (["collect", "--help"], ["convert", "fixtures/export-folder/exports", "-o", "digest"]):
        done = subprocess.run(
            [sys.executable, "-c", probe, *words], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert done.stdout.splitlines()[-1] == "[]"
