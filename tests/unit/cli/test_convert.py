"""`netcheck convert`: three formats, the output file, what it refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import netcheck
from tests.unit.cli.shared import ROOT, run
from tests.unit.sources.sites import RULE

TAG = {"name": "Sql", "properties": {"systemService": "", "region": "", "addressPrefixes": ["192.0.2.0/24"]}}
TAGS = json.dumps({"changeNumber": 1, "cloud": "Public", "values": [TAG]})
NSG = {"name": "nsg", "location": "westus", "securityRules": [RULE]}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nsg.json").write_text(json.dumps(NSG), encoding="utf-8")


def test_an_export_becomes_a_site_file(capsys: pytest.CaptureFixture[str]) -> None:
    """YAML is the default; what was asked before is asked of the site file with the same outcome."""
    outcome = run(capsys, "netcheck convert nsg.json --output site.yaml")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    words = "--to 20.60.0.1 --port 443 -q -o json"
    before, after = (run(capsys, f"netcheck filter {file} {words}") for file in ("nsg.json", "site.yaml"))
    assert before.status == after.status
    assert json.loads(before.out)["counts"] == json.loads(after.out)["counts"]
    path = run(capsys, "netcheck reach site.yaml --from 10.0.0.4 --to 10.0.0.5 --port 1")
    assert (path.status, "NC314" in path.err) == (3, True)


def test_json_and_digest(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON loads as YAML does, and the digest is that of either and of Python."""
    Path("site.json").write_text(run(capsys, "netcheck convert nsg.json -o json").out, encoding="utf-8")
    Path("site.yaml").write_text(run(capsys, "netcheck convert nsg.json").out, encoding="utf-8")
    digests = {run(capsys, f"netcheck convert {file} -o digest").out for file in ("nsg.json", "site.json", "site.yaml")}
    assert digests == {f"{netcheck.digest(netcheck.load('nsg.json'))}\n"}


def test_several_files_become_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is loaded together is written as one site."""
    Path("other.json").write_text(json.dumps({**NSG, "name": "other"}), encoding="utf-8")
    out = run(capsys, "netcheck convert nsg.json other.json").out
    assert out.count("securityRules:") == 2


def test_paths_follow_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Files are named from the folder of the output; without one, from the current folder."""
    story = ROOT / "fixtures" / "article-before"
    Path("deep").mkdir()
    assert run(capsys, ["convert", str(story), "--output", "deep/site.yaml"]).status == 0
    line = next(
        line for line in Path("deep/site.yaml").read_text(encoding="utf-8").splitlines() if "serviceTags" in line
    )
    assert not Path(line.partition(": ")[2].strip('"')).is_absolute()
    assert run(capsys, "netcheck check deep/site.yaml -q").out.startswith("profile article-2015")


def test_tags_of_the_command_line_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """`--tags` takes the place of the file the site names, in the converted one as well."""
    Path("tags.json").write_text(TAGS, encoding="utf-8")
    assert "serviceTags: tags.json\n" in run(capsys, "netcheck convert nsg.json --tags tags.json").out


def test_the_input_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    """An output that is one of the files read is refused, and they stay as they are."""
    outcome = run(capsys, "netcheck convert nsg.json --output nsg.json")
    assert (outcome.status, "NC104" in outcome.err) == (3, True)
    assert json.loads(Path("nsg.json").read_text(encoding="utf-8")) == NSG


def test_nothing_is_written_that_says_less(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that a site file cannot hold is an error, and no file appears."""
    content = io.TextIOWrapper(io.BytesIO(TAGS.encode()))
    monkeypatch.setattr(sys, "stdin", content)
    outcome = run(capsys, "netcheck convert nsg.json --tags - --output site.yaml")
    assert (outcome.status, "error[NC318]" in outcome.err) == (3, True)
    assert not Path("site.yaml").exists()
