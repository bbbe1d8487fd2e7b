"""The official client talks to `netcheck mcp`: both kinds of revision, every tool, errors, many calls at once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.shared import ROOT, run

pytestmark = pytest.mark.real_mcp
STORY = ROOT / "fixtures" / "article-before"
CALLS: list[tuple[str, dict[str, object]]] = [
    ("check", {}),
    ("reach", {"from": "app-vm", "to": "Storage.WestUS", "ports": ["443"]}),
    ("explain", {"flow": "10.0.0.4 -> 20.60.0.1:443/tcp"}),
    ("compare", {"vms": ["app-vm"]}),
    ("fix", {"option": "http-proxy", "as": "classic"}),
    ("lint", {}),
    ("reach", {"from": "nobody", "to": "Internet", "ports": ["443"]}),
    ("reach", {"to": 5}),
]


@pytest.fixture(scope="session")
def client() -> Path:
    """The Python that has the client; without it the tests are skipped."""
    if os.environ.get("NETCHECK_REAL_MCP") == "0":
        pytest.skip("NETCHECK_REAL_MCP=0 turns the MCP client off")
    venv = ROOT / os.environ.get("NETCHECK_MCP_VENV", ".venv-mcp")
    if not (venv / "ready").is_file():
        pytest.skip("the MCP client is not installed: bash tests/real_mcp/install.sh")
    return venv / "bin" / "python"


def played(client: Path, mode: str, words: list[str], calls: object, folder: Path = STORY) -> Any:
    """Return what the client says of a server and of calls."""
    script = {
        "mode": mode,
        "command": sys.executable,
        "args": ["-m", "netcheck", "mcp", *words],
        "cwd": str(folder),
        "env": {"PYTHONPATH": str(ROOT)},
        "calls": calls,
    }
    command = [str(client), str(Path(__file__).with_name("client.py")), json.dumps(script)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("mode", "version"), [("auto", "2026-07-28"), ("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")]
)
def test_the_client_gets_what_the_command_prints(
    client: Path, mode: str, version: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest revision of either kind; every tool once, then all at once."""
    told = played(client, mode, ["site.yaml"], CALLS)
    assert told["version"] == version
    assert [one["name"] for one in told["tools"]] == ["check", "reach", "explain", "compare", "fix", "lint"]
    assert {one["annotations"]["read_only_hint"] for one in told["tools"]} == {True}
    assert [one["is_error"] for one in told["results"]] == [False] * 6 + [True] * 2
    assert told["together"] == told["results"]
    assert "Unknown tool" in told["refused"]
    monkeypatch.chdir(STORY)
    assert told["results"][0]["content"][0]["text"] == run(capsys, "netcheck check site.yaml").out
    assert told["results"][0]["structured_content"] == json.loads(run(capsys, "netcheck check site.yaml -o json").out)
    if mode != "2026-07-28":  # this client does not ask a server whose revision it has been told
        assert told["server"]["name"] == "netcheck"
        assert "undetermined" in told["instructions"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_client_can_ask_about_files_below_the_folder_alone(client: Path, mode: str) -> None:
    """Without SITE the tools ask for it; what leads out is an answer that says so."""
    calls = [("lint", {"site": ["article-before/site.yaml"]}), ("lint", {"site": ["../pyproject.toml"]})]
    told = played(client, mode, [], calls, ROOT / "fixtures")
    assert told["tools"][0]["input_schema"]["required"] == ["site"]
    assert [one["is_error"] for one in told["results"]] == [False, True]
    assert told["results"][1]["structured_content"]["errors"][0]["code"] == "NC119"
