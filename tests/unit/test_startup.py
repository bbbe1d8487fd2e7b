"""Start-up time is a feature: what a command does not need is not imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT

HEAVY = {"networkx", "netaddr", "rich", "yaml", "numpy"}
PARTS_OF_A_NETWORK = {
    "netcheck.model.network", "netcheck.model.hosts", "netcheck.model.proxies", "netcheck.model.proxyacl",
    "netcheck.path.graph", "netcheck.path.walk", "netcheck.path.hops", "netcheck.policy.routes",
    "netcheck.policy.chains", "netcheck.policy.hostfw", "netcheck.policy.proxyacl", "netcheck.questions.asking",
    "netcheck.questions.proxied", "netcheck.questions.check", "netcheck.sources.site_yaml",
}  # fmt: skip
"""What a question about one NSG has no use for."""
_PROBE = (
    "import json, sys\n"
    "from netcheck.cli.main import main\n"
    "status = main(json.loads(sys.argv[1]))\n"
    "print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)\n"
)
BARE_NSG = {
    "name": "nsg",
    "securityRules": [
        {
            "name": "deny-internet", "priority": 4000, "direction": "Outbound", "access": "Deny", "protocol": "*",
            "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Internet",
            "destinationPortRange": "*",
        }
    ],
}  # fmt: skip


def _imported(words: list[str], *flags: str) -> tuple[int, set[str]]:
    """Run a command in a process of its own; return its status and the modules it has imported."""
    command = [sys.executable, *flags, "-c", _PROBE, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, set(modules)


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["rule", "NC101"], ["rule"], ["schema"], ["init"]])
def test_small_commands_import_nothing_heavy(words: list[str]) -> None:
    """Neither the graph library, nor the address library, nor YAML, nor the terminal library."""
    status, modules = _imported(words)
    assert status == 0
    assert HEAVY & modules == set()


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        (["--version"], {"argparse", "typing", "dataclasses", "netcheck.cli.common", "netcheck.errors"}),
        (["--help"], {"typing", "dataclasses", "shutil", "netcheck.cli.common", "netcheck.errors"}),
        (["filter", "--help"], {"typing", "dataclasses", "shutil", "netcheck.model.site", "netcheck.errors"}),
        (
            ["tags", "--help"],
            {"typing", "dataclasses", "netcheck.model.tags", "netcheck.errors", "urllib.request", "socket"},
        ),
    ],
)
def test_what_needs_no_answer_loads_next_to_nothing(words: list[str], unused: set[str]) -> None:
    """The version needs no parser, and help no values; `-S` keeps what the installation itself loads out of it."""
    status, modules = _imported(words, "-S")
    assert status == 0
    assert unused & modules == set()


@pytest.mark.parametrize("question", [["which", "20.60.34.9"], ["contains", "Storage", "Storage.WestUS"], ["info"]])
def test_a_question_about_a_tag_file_needs_neither_a_network_nor_a_connection(question: list[str]) -> None:
    """The file is JSON, and its prefixes are sets: what downloads it is not loaded either."""
    tags = str(ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json")
    status, modules = _imported(["tags", *question, "--tags", tags])
    assert status == 0
    assert (HEAVY | PARTS_OF_A_NETWORK | {"urllib.request", "http.client", "ssl"}) & modules == set()


def test_filtering_one_nsg_needs_no_graph(tmp_path: Path) -> None:
    """A bare NSG is no network: its rules are judged without path."""
    path = tmp_path / "nsg.json"
    path.write_text(json.dumps(BARE_NSG), encoding="utf-8")
    status, modules = _imported(["filter", str(path), "--to", "203.0.113.9", "--port", "443"])
    assert status == 1
    assert HEAVY & modules <= {"yaml"}  # the reader of files, which tells JSON from YAML by its content


def test_filtering_one_nsg_needs_no_network(tmp_path: Path) -> None:
    """A bare NSG in JSON is no network: its rules are judged without path, without YAML, and without a wordy report."""
    path = tmp_path / "nsg.json"
    path.write_text(json.dumps(BARE_NSG), encoding="utf-8")
    words = ["filter", str(path), "--to", "203.0.113.9", "--port", "443", "-o", "json"]
    status, modules = _imported(words)
    assert status == 1
    assert (HEAVY | PARTS_OF_A_NETWORK | {"difflib", "shutil", "netcheck.reports.text"}) & modules == set()


def test_filtering_one_nsg_in_yaml_needs_yaml_and_no_more(tmp_path: Path) -> None:
    """The same in YAML; the written report does not bring the main job with it."""
    path = tmp_path / "nsg.yaml"
    path.write_text(json.dumps(BARE_NSG).replace("{", "{ ", 1).replace('"name"', "name", 1), encoding="utf-8")
    status, modules = _imported(["filter", str(path), "--to", "203.0.113.9", "--port", "443"])
    assert status == 1
    assert (HEAVY | PARTS_OF_A_NETWORK) & modules == {"yaml"}


def test_a_path_question_does_import_the_graph() -> None:
    """The probe sees what is imported: the same probe finds networkx where it is needed."""
    site = str(ROOT / "fixtures" / "article-before")
    _, modules = _imported(["reach", site, "--from", "app-vm", "--to", "203.0.113.9", "--port", "443", "-q"])
    assert HEAVY & modules == {"networkx", "yaml"}


@pytest.mark.parametrize(("site", "is_needed"), [("site-network.yaml", False), ("site-other.yaml", True)])
def test_what_azure_computed_is_compared_only_where_it_is_given(site: str, is_needed: bool) -> None:
    """Few sites have effective rules or routes: the main job of the others does not load the comparison."""
    path = str(ROOT / "fixtures" / "computed-rules" / site)
    _, modules = _imported(["reach", path, "--from", "app-vm", "--to", "203.0.113.9", "--port", "53"])
    comparison = {"netcheck.questions.computed", "netcheck.questions.finding", "netcheck.policy.computed"}
    assert comparison & modules == (comparison if is_needed else set())


@pytest.mark.parametrize(("command", "is_needed"), [("check", False), ("compare", True)])
def test_advice_loads_no_comparison_of_all_options(command: str, is_needed: bool) -> None:
    """The main job names one option: what the others cost, and how lists drift, is not loaded for that."""
    site = str(ROOT / "fixtures" / "article-before")
    _, modules = _imported([command, site, "-q"])
    words = {f"netcheck.remedy.{name}" for name in ("compare", "compare_text", "drift", "reasons", "tradeoffs")}
    assert words & modules == (words if is_needed else set())
    assert "netcheck.remedy.recommend" in modules
