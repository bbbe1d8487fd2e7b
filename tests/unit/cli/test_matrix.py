"""`netcheck matrix` on the command line: statuses, formats, what is refused, the progress bar."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

FIXTURES = ROOT / "fixtures"
SMALL = str(FIXTURES / "matrix-small" / "site.yaml")


def test_each_pair_of_vms_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """`--pairs` names VMs: 8 x 7 pairs, and the answers of `reach`."""
    outcome = run(capsys, ["matrix", SMALL, "--port", "22", "-o", "csv", "--pairs", "--by", "subnet"])
    lines = [line for line in csv.DictReader(io.StringIO(outcome.out)) if line["to"] != "Internet"]
    assert len({(line["from"], line["to"]) for line in lines}) == len(lines) == 56
    words = {0: "reachable", 1: "blocked"}
    for line in lines:
        asked = run(capsys, ["reach", SMALL, "--from", line["from"], "--to", line["to"], "--port", "22"])
        assert line["verdict"] == words[asked.status]


def test_groups_of_a_site_are_put_together(capsys: pytest.CaptureFixture[str]) -> None:
    """The group `web` does not hold web-new, so it reaches the databases as one."""
    words = ["matrix", SMALL, "--port", "1433", "--by", "subnet", "-o", "json", "--to", "app/db"]
    rows = json.loads(run(capsys, words).out)["rows"]
    assert {"from": "app/web", "partial": ["app/db"]} in rows
    words = ["matrix", SMALL, "--port", "1433", "--by", "group", "-o", "json", "--from", "web"]
    found = json.loads(run(capsys, words).out)
    assert [(group["name"], group["vms"]) for group in found["groups"]] == [("web", ["web-1", "web-2"])]
    assert found["rows"] == [{"from": "web", "blocked": ["web"]}]


def test_a_pair_that_is_open_now_has_status_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that names an unknown tag before the one that denies: nobody knows whether it lets packets pass."""
    text = Path(SMALL).read_text(encoding="utf-8")
    rule = "- {name: https, priority: 100, direction: Inbound, access: Allow, protocol: Tcp, sourceAddressPrefix: "
    new = tmp_path / "site.yaml"
    head = "$schema=../../netcheck/data/site.schema.json"
    new.write_text(
        text.replace(head, "").replace(
            f'      {rule}"*"',
            f'      {rule.replace("https, priority: 100", "maybe, priority: 150")}SomeTag, sourcePortRange: "*", '
            f'destinationAddressPrefix: "*", destinationPortRange: "8443"}}\n      {rule}"*"',
        ),
        encoding="utf-8",
    )
    outcome = run(capsys, ["matrix", str(new), "--changed-from", SMALL, "--port", "8443", "-o", "json", "-q"])
    assert outcome.status == 4
    changes = json.loads(outcome.out)["changes"]
    assert {(one["before"], one["after"]) for one in changes} == {("blocked", "undetermined")}
    assert (
        sum(one["pairs"] for one in changes) == 3 * 6
    )  # to each of three servers, from the six other VMs of the two networks that peer


def test_vms_that_come_and_go_are_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A VM that is gone sends nothing and is reached by nobody."""
    lines = Path(SMALL).read_text(encoding="utf-8").splitlines(keepends=True)
    new = tmp_path / "site.yaml"
    new.write_text("".join(line for line in lines if "jump-2" not in line), encoding="utf-8")
    outcome = run(capsys, ["matrix", str(new), "--changed-from", SMALL, "--port", "443", "-o", "csv", "--pairs"])
    lines_of = list(csv.DictReader(io.StringIO(outcome.out)))
    assert outcome.status == 1
    assert all("jump-2" in (line["from"], line["to"]) for line in lines_of)
    assert {line["after"] for line in lines_of} == {"no packet"}
    back = run(capsys, ["matrix", SMALL, "--changed-from", str(new), "--port", "443", "--from", "jump-2", "-o", "json"])
    assert back.status == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([SMALL, "--from", "nobody"], "NC301"),
        ([SMALL, "--to", "no-such-place"], "NC302"),
        ([SMALL, "--port", "x"], "NC303"),
        ([SMALL, "--protocol", "x"], "NC303"),
        ([SMALL, "--from", "lab", "--port", ""], "NC304"),
        ([str(FIXTURES / "edges-overlap" / "site-same-space.yaml")], "NC313"),
        ([str(FIXTURES / "one-nsg-many-ways" / "rest.json")], "NC314"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, ["matrix", *words])
    assert outcome.status == 3
    assert f"[{code}]" in outcome.err


def test_what_the_site_leaves_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Host firewalls that nobody describes are not judged, and what nobody can evaluate may decide about every pair."""
    text = Path(SMALL).read_text(encoding="utf-8").replace(", hostFirewall: none", "", 2)
    new = tmp_path / "site.yaml"
    new.write_text(f"{text}unmodelled:\n  - {{name: firewallPolicies}}\n", encoding="utf-8")
    found = json.loads(run(capsys, ["matrix", str(new), "--port", "443", "-o", "json", "-q"]).out)
    assert len(found["notes"]) == 2
    assert found["notes"][0].startswith("`firewallPolicies` at ")
    assert found["notes"][1].startswith("the host firewalls of 2 VMs are not in the site")
    assert found["pairs"]["reachable"] == 0
    assert "note: the host firewalls of 2 VMs" in run(capsys, ["matrix", str(new), "--port", "443", "-q"]).out


def test_what_is_ambiguous_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Only an address that packets go to has to be in one network: whom they come from is clear by name."""
    site = str(FIXTURES / "edges-overlap" / "site-same-space.yaml")
    outcome = run(capsys, ["matrix", site, "--to", "203.0.113.9", "--port", "443", "-o", "json", "-q"])
    assert outcome.status == 0
    assert [one["to"] for one in json.loads(outcome.out)["outside"]] == ["203.0.113.9"]
