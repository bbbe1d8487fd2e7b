"""Exports, templates and folders that are meant to do harm, or only damaged: refused with their place, and soon."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netcheck.diagnostics import Diagnostic
from netcheck.errors import InputError
from netcheck.sources.load import load_site
from tests.unit.sources.sites import RULE, write
from tests.unit.sources.test_arm_template import NSG, SCHEMA, nsg, template

BAD = Path(__file__).parents[3] / "fixtures" / "bad"
MOST_SECONDS, MOST_MEGABYTES = 20, 1500


def refused(*paths: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        load_site(list(paths))
    return list(caught.value.diagnostics)


def test_a_number_of_5000_digits_is_no_priority(tmp_path: Path) -> None:
    """Python refuses to convert it, and the message does not repeat it whole."""
    text = json.dumps({"name": "nsg", "securityRules": [RULE]}).replace(": 200", f": {'9' * 5000}")
    (found,) = refused(write(tmp_path, text, "nsg.json"))
    assert (found.code, found.at.line) == ("NC107", 1)
    assert len(found.render()) < 1000


def test_a_number_of_5000_digits_in_a_template_is_no_count(tmp_path: Path) -> None:
    """The count of a loop is checked before anything is counted."""
    copy = {"name": "loop", "count": "NUMBER"}
    looped = {"type": NSG, "apiVersion": "2023-04-01", "name": "[concat('n', copyIndex())]", "copy": copy}
    text = json.dumps(template(looped))
    found = refused(write(tmp_path, text.replace('"NUMBER"', "9" * 5000), "main.json"))
    assert [one.code for one in found] == ["NC107"]
    assert len(found[0].render()) < 1000


@pytest.mark.parametrize("name", ["nsg.json", "main.json", "plan.json", "nsg.yaml"])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_endless_nesting_is_refused(name: str, brackets: str, tmp_path: Path) -> None:
    """A hundred thousand levels are an error with a place, not the end of the stack."""
    head = {
        "nsg.json": '{"name": "n", "securityRules": ',
        "nsg.yaml": '{"name": "n", "securityRules": ',
        "main.json": f'{{"$schema": "{SCHEMA}", "contentVersion": "1.0.0.0", "resources": ',
        "plan.json": '{"format_version": "1.2", "planned_values": ',
    }[name]
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a": ', "}")
    depth = 100_000 if name.endswith("json") else 2_000
    path = write(tmp_path, f"{head}{opening * depth}1{closing * depth}}}", name)
    started = time.monotonic()
    assert [one.code[:3] for one in refused(path)] == ["NC1"]
    assert time.monotonic() - started < MOST_SECONDS


@pytest.mark.parametrize("name", ["template-million-copies.json", "template-million-nested.json"])
def test_a_million_resources_are_refused_in_bounded_time_and_memory(name: str) -> None:
    """Four lines that describe a million resources take seconds, and no more memory than a large plan."""
    started = time.monotonic()
    command = [sys.executable, "-m", "netcheck", "check", name]
    done = subprocess.run(command, cwd=BAD, capture_output=True, text=True, timeout=MOST_SECONDS * 3, check=False)
    assert (done.returncode, "error[NC188]" in done.stderr) == (3, True)
    assert time.monotonic() - started < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < MOST_MEGABYTES


def test_a_loop_without_end_in_a_loop_is_refused(tmp_path: Path) -> None:
    """Each of a thousand deployments has a loop of its own, of a thousand rules."""
    rule = {
        "type": f"{NSG}/securityRules",
        "apiVersion": "2023-04-01",
        "name": "[concat('nsg/r', copyIndex())]",
        "copy": {"name": "inner", "count": 1000},
        "properties": {"access": "Deny"},
    }
    inner = template(rule)
    outer = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": "[concat('d', copyIndex())]",
        "copy": {"name": "outer", "count": 1000},
        "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner},
    }
    started = time.monotonic()
    text = json.dumps(template(outer))
    found = refused(write(tmp_path, text, "main.json"))
    assert [one.code for one in found] == ["NC188"]
    assert time.monotonic() - started < MOST_SECONDS


def nsg_file(folder: Path, name: str) -> str:
    stem = Path(name).stem
    return write(
        folder, json.dumps({"name": stem, "id": f"/x/networkSecurityGroups/{stem}", "securityRules": []}), name
    )


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    """The answer would be about a file that nobody named."""
    outside, folder = tmp_path / "outside", tmp_path / "exports"
    outside.mkdir()
    folder.mkdir()
    nsg_file(folder, "a.json")
    (folder / "b.json").symlink_to(nsg_file(outside, "secret.json"))
    (found,) = refused(str(folder))
    assert (found.code, found.at.file) == ("NC118", str(folder / "b.json"))


def test_a_link_to_a_folder_outside_is_refused(tmp_path: Path) -> None:
    """A linked folder is not walked, and not left out in silence either."""
    outside, folder = tmp_path / "outside", tmp_path / "exports"
    outside.mkdir()
    folder.mkdir()
    nsg_file(folder, "a.json")
    nsg_file(outside, "secret.json")
    (folder / "more").symlink_to(outside, target_is_directory=True)
    (found,) = refused(str(folder))
    assert (found.code, found.at.file) == ("NC118", str(folder / "more"))


def test_a_link_inside_a_folder_is_a_file_of_it(tmp_path: Path) -> None:
    """A link that stays inside says the same thing twice, and once is enough."""
    (tmp_path / "b.json").symlink_to(nsg_file(tmp_path, "a.json"))
    assert [one.name for one in load_site([str(tmp_path)]).network_security_groups] == ["a"]


def test_a_linked_template_is_never_opened(tmp_path: Path) -> None:
    """`templateLink` may name any file of this machine: what it deploys stays open, whatever stands there."""
    folder = tmp_path / "templates"
    folder.mkdir()
    rules = [{"name": "a", "properties": {}}]
    inner = nsg("secret", {"securityRules": rules})
    write(tmp_path, json.dumps(template(inner)), "secret.json")
    (tmp_path / "secret.json").chmod(0)
    links = [{"relativePath": "../secret.json"}, {"uri": (tmp_path / "secret.json").as_uri()}]
    for link in links:
        deployment = {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": "more",
            "properties": {"mode": "Incremental", "templateLink": link},
        }
        text = json.dumps(template(nsg("nsg", {"securityRules": []}), deployment))
        site = load_site([write(folder, text, "main.json")])
        assert [one.name for one in site.network_security_groups] == ["nsg"]
        assert [one.code for one in site.warnings] == ["NC187"]
        assert [one.name for one in site.unmodelled] == ["deployment"]


def test_a_table_of_a_spreadsheet_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte-order mark and semicolons are how spreadsheets in half of Europe write a table."""
    monkeypatch.chdir(BAD)
    (group,) = load_site(["table-bom-semicolon.csv"]).network_security_groups
    (rule,) = group.rules
    assert (rule.name, rule.priority, str(rule.destination_ports[0]), str(rule.at)) == (
        "web",
        100,
        "443",
        "table-bom-semicolon.csv:2:1",
    )
