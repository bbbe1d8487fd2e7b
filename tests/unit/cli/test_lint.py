"""`netcheck lint`: exit statuses, options, and the two formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.questions.finding import Finding
from tests.unit.cli.shared import ROOT, run
from tests.unit.lint.shared import group, rule

STORY = ROOT / "fixtures" / "lint-findings"
DEAD = group(
    rule("deny", 100, "Deny", destinationAddressPrefix="20.60.0.0/16"),
    rule("allow", 200, destinationAddressPrefix="20.60.1.0/24"),
)
NEEDLESS = group(rule("allow", 200, destinationAddressPrefix="198.51.100.0/24"))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    """Write `site.yaml` into the current folder."""
    Path("site.yaml").write_text(f"netcheck: 1\n{text}", encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (group(), "", 0),
        (NEEDLESS, "--vnet 10.0.0.0/24", 0),
        (DEAD, "", 1),
        (DEAD, "--disable dead", 0),
        (DEAD, "--enable dead", 1),
        (DEAD, "--severity error", 0),
        (DEAD, "--enable NC202,partly-dead", 0),
        (DEAD, "--enable dead --disable nc201", 0),
        (DEAD, "--enable nonsense", 3),
        (DEAD, "--enable ''", 3),
        (DEAD, "--vnet 10.0.0.5/24", 3),
        (DEAD, "--severity fatal", 2),
        ("networkSecurityGroups: 5\n", "", 3),
    ],
)
def test_status(text: str, options: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """0 for nothing and for notes alone, 1 for warnings and errors that are told, 2 and 3 for what cannot be asked."""
    write(text)
    assert run(capsys, f"netcheck lint site.yaml {options}").status == status


def test_a_clash_is_a_finding_of_lint_and_refused_by_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Lint goes on with the other direction and the rest of the site; both places are told."""
    inbound = {"direction": "Inbound", "destinationPortRange": "443"}
    write(group(rule("a", 200), rule("b", 200, "Deny"), rule("c", 100, **inbound), rule("d", 110, **inbound)))
    assert run(capsys, "netcheck filter site.yaml --port 443").status == 3
    outcome = run(capsys, "netcheck lint site.yaml -o json --severity warning")
    found = json.loads(outcome.out)["findings"]
    assert [(one["code"], one["severity"], one["rule"]) for one in found] == [
        ("NC206", "error", "b"),
        ("NC201", "warning", "d"),
    ]
    assert found[0]["related"][0]["at"] == "site.yaml:5:9"
    assert outcome.status == 1
    assert "error[NC136]" in outcome.err


def test_another_error_stops_lint_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault of the file is listed then, the clash among them."""
    write(group(rule("a", 200), rule("b", 200), rule("c", 99)))
    outcome = run(capsys, "netcheck lint site.yaml")
    assert (outcome.status, outcome.out) == (3, "")
    assert "error[NC136]" in outcome.err
    assert "error[NC135]" in outcome.err


def test_text_is_grouped_by_resource_and_ends_with_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    """One block a finding: severity, code, place; the sentence; who decides in its place."""
    write(DEAD)
    assert run(capsys, "netcheck lint site.yaml").out == (
        "nsg\n"
        "  warning NC201 (outbound)  site.yaml:6:9\n"
        "    rule `allow` (200) decides nothing: `deny` (100) takes all packets it\n"
        "        matches, and denies them\n"
        "      deny: Deny at 100  site.yaml:5:9\n"
        "\n"
        "found: 1 warning\n"
        "next: netcheck rule NC201\n"
    )


def test_nothing_found_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty answer would leave its reader in doubt."""
    write(group())
    assert run(capsys, "netcheck lint site.yaml").out.startswith("nothing found\n")


def test_json_has_the_keys_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    """`coveredBy` is there even where it is empty."""
    write(DEAD.replace("allow", "allow "))
    printed = json.loads(run(capsys, "netcheck lint site.yaml -o json").out)
    assert printed["format"] == "netcheck/1"
    dead, name = printed["findings"]
    keys = ("code", "kind", "severity", "resource", "rule", "at", "coveredBy")
    assert [dead[key] for key in keys] == ["NC201", "dead", "warning", "nsg", "allow ", "site.yaml:6:9", ["deny"]]
    assert dead["related"] == [{"name": "deny", "at": "site.yaml:5:9", "text": "Deny at 100"}]
    assert (name["code"], name["coveredBy"]) == ("NC210", [])
    assert printed["counts"] == {"error": 0, "warning": 2, "note": 0}


def test_lines_fit_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """80 columns."""
    monkeypatch.chdir(STORY)
    lines = run(capsys, "netcheck lint site.yaml").out.splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_output_is_the_same_every_time(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorted by place, not by the order in which checks run."""
    monkeypatch.chdir(STORY)
    first, second = (run(capsys, "netcheck lint site.yaml -o json").out for _ in range(2))
    assert first == second
    lines = [int(one["at"].split(":")[1]) for one in json.loads(first)["findings"]]
    assert lines == sorted(lines)


def test_a_bare_nsg_can_be_linted(capsys: pytest.CaptureFixture[str]) -> None:
    """An export has no network around it: what needs one is left out, and nothing crashes."""
    rules = [
        {
            "name": name, "priority": priority, "direction": "Outbound", "access": access, "protocol": "*",
            "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": where,
            "destinationPortRange": "*",
        }
        for name, priority, access, where in (
            ("deny", 100, "Deny", "20.60.0.0/16"),
            ("allow", 200, "Allow", "20.60.1.0/24"),
        )
    ]  # fmt: skip
    Path("nsg.json").write_text(json.dumps({"name": "nsg", "securityRules": rules}), encoding="utf-8")
    outcome = run(capsys, "netcheck lint nsg.json -o json")
    assert [one["code"] for one in json.loads(outcome.out)["findings"]] == ["NC201"]
    assert outcome.status == 1


def test_a_finding_without_relatives_has_no_key_for_them() -> None:
    """Answers of other commands that carry findings stay as they are."""
    told = Finding(code="NC230", kind="effective-rules", resource="nic", message="m").to_dict()
    assert {"coveredBy", "related", "figures"}.isdisjoint(told)
