"""`netcheck serve` on the command line: the address, the end, what is refused."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.unit.cli.shared import ROOT, run
from tests.unit.cli.terminals import environment

ARTICLE = ROOT / "fixtures" / "article-before"


def _heed_interrupts() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, these tests as well, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C")
def test_the_address_is_printed_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    """The address alone is on standard output, it works, and the end is no fault."""
    shutil.copytree(ARTICLE, tmp_path / "article-before")
    shutil.copytree(ROOT / "fixtures" / "tags", tmp_path / "tags")
    command = [sys.executable, "-m", "netcheck", "serve", "site.yaml", "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path / "article-before",
        env=environment(), preexec_fn=_heed_interrupts,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        assert (address.scheme, address.hostname) == ("http", "127.0.0.1")
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=30)
        connection.request("GET", address.path)
        assert b"Backup traffic of site.yaml" in connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, printed) == (0, "")
    assert said == "only this machine can open it; Ctrl-C ends it\n"


def test_a_port_that_is_taken_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """With the advice to leave the choice to netcheck."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = run(capsys, ["serve", str(ARTICLE), "--port", str(port), "--no-browser", "-q"])
    assert (outcome.status, outcome.out) == (3, "")
    assert f"error[NC340]: port {port} cannot be listened on" in outcome.err


def test_standard_input_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing that could change."""
    outcome = run(capsys, ["serve", "-", "--no-browser"])
    assert (outcome.status, "error[NC340]: standard input cannot be read again" in outcome.err) == (3, True)


def test_a_site_that_cannot_be_read_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """As for every command; there would be nothing to show."""
    outcome = run(capsys, ["serve", str(ROOT / "fixtures" / "bad" / "many-faults.yaml"), "--no-browser"])
    assert outcome.status == 3
    assert outcome.err.count("error[NC") > 3


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8080x"])
def test_what_is_no_port_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the option a free one is taken."""
    assert run(capsys, ["serve", str(ARTICLE), f"--port={port}"]).status == 2
