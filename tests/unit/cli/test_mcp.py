"""`netcheck mcp` as a process: what it writes, opens and connects to, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run
from tests.unit.live.mcp.shared import HELLO, call, lines

STORY = ROOT / "fixtures" / "article-before"
_WATCHED = """
import os, sys
def watch(event, words):
    if event == "open" and isinstance(words[0], (str, bytes)):
        print("OPEN", os.path.realpath(os.fsdecode(words[0])), words[1], words[2], file=sys.stderr)
    elif event.startswith(("socket.", "subprocess.", "os.", "shutil.", "urllib.")) and event not in READING:
        print("DONE", event, words, file=sys.stderr)
READING = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.listxattr"}
from netcheck.cli.main import main
sys.addaudithook(watch)
raise SystemExit(main(sys.argv[1:]))
"""


def _run(words: list[str], text: bytes, *flags: str, folder: Path = STORY) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *flags, *words]
    return subprocess.run(
        command, input=text, capture_output=True, check=False, cwd=folder, env=environment, timeout=60
    )


ALL_TOOLS = lines(
    HELLO,
    call(1, "check", {}),
    call(2, "reach", {"from": "app-vm", "to": "Internet", "ports": ["443"]}),
    call(3, "explain", {"flow": "10.0.0.4 -> 20.60.0.1:443/tcp"}),
    call(4, "compare", {}),
    call(5, "fix", {"option": "http-proxy"}),
    call(6, "lint", {}),
)


def test_standard_output_carries_the_protocol_and_nothing_else() -> None:
    """One line of JSON an answer; at the end of input the server ends well."""
    done = _run(["-m", "netcheck", "mcp", "site.yaml"], b"not json\n" + ALL_TOOLS)
    assert done.returncode == 0
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in told] == [None, "hello", 1, 2, 3, 4, 5, 6]
    assert {one["result"]["isError"] for one in told[2:]} == {False}


def test_nothing_is_written_connected_to_or_started() -> None:
    """What Python's audit events tell of all tools: files are opened to be read, Python's own and those of the site."""
    done = _run(["-c", _WATCHED, "mcp", "site.yaml"], ALL_TOOLS)
    assert (done.returncode, done.stdout.count(b'"isError": false')) == (0, 6)
    told = done.stderr.decode().splitlines()
    assert [line for line in told if line.startswith("DONE")] == []
    opened = [line.split(" ")[1:3] for line in told if line.startswith("OPEN")]
    assert {mode for _, mode in opened} <= {"r", "rb", "None"}
    writing = [line for line in told if line.startswith("OPEN") and int(line.split()[-1]) & (os.O_WRONLY | os.O_RDWR)]
    assert writing == []
    homes = (sys.prefix, sys.base_prefix, str(ROOT / "netcheck"))
    others = {
        path
        for path, _ in opened
        if not path.startswith(homes) and not path.endswith((".py", ".pyc", ".__path_hook__"))
    }
    assert others == {str(STORY / "site.yaml"), str(STORY.parent / "tags" / "ServiceTags_Public_Small.json")}


@pytest.mark.parametrize("words", ["netcheck mcp -", "netcheck mcp site.yaml --output x"])
def test_the_streams_are_the_protocols(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard input cannot be a site, and an answer goes nowhere else."""
    outcome = run(capsys, words)
    assert (outcome.status, outcome.out) == (3, "")
    assert "error[NC340]" in outcome.err


def test_a_closed_pipe_ends_the_server() -> None:
    """A client that stops reading is gone."""
    command = [sys.executable, "-m", "netcheck", "mcp", "site.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=STORY, env=environment
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdout.close()
        server.stdin.write(ALL_TOOLS)
        server.stdin.close()
        said = server.stderr.read()
        assert server.wait(timeout=60) == 0
        assert b"Traceback" not in said


def test_what_the_project_configures_for_mcp_holds(tmp_path: Path) -> None:
    """`netcheck.toml`, as for every command; what it says goes to standard error."""
    tags = STORY.parent / "tags" / "ServiceTags_Public_Small.json"
    (tmp_path / "netcheck.toml").write_text(f'[mcp]\ntags = "{tags}"\n', encoding="utf-8")
    done = _run(["-m", "netcheck", "mcp"], lines(HELLO), folder=tmp_path)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["hello"]
    assert b"options of netcheck.toml" in done.stderr
