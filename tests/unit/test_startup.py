"""Start-up time is a feature: what a command does not need is not imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT

HEAVY = {"networkx", "netaddr", "rich", "yaml", "numpy"}
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


def _imported(words: list[str]) -> tuple[int, set[str]]:
    """Run a command in a process of its own; return its status and the modules it has imported."""
    command = [sys.executable, "-c", _PROBE, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, set(modules)


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["rule", "NC101"], ["rule"], ["schema"], ["init"]])
def test_small_commands_import_nothing_heavy(words: list[str]) -> None:
    """Neither the graph library, nor the address library, nor YAML, nor the terminal library."""
    status, modules = _imported(words)
    assert status == 0
    assert HEAVY & modules == set()


def test_filtering_one_nsg_needs_no_graph(tmp_path: Path) -> None:
    """A bare NSG is no network: its rules are judged without path."""
    path = tmp_path / "nsg.json"
    path.write_text(json.dumps(BARE_NSG), encoding="utf-8")
    status, modules = _imported(["filter", str(path), "--to", "203.0.113.9", "--port", "443"])
    assert status == 1
    assert HEAVY & modules <= {"yaml"}  # the reader of files, which tells JSON from YAML by its content


def test_a_path_question_does_import_the_graph() -> None:
    """The probe sees what is imported: the same probe finds networkx where it is needed."""
    site = str(ROOT / "fixtures" / "article-before")
    _, modules = _imported(["reach", site, "--from", "app-vm", "--to", "203.0.113.9", "--port", "443", "-q"])
    assert HEAVY & modules == {"networkx", "yaml"}
