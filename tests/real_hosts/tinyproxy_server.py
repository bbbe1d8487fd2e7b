"""Runs the real tinyproxy on the loopback address, in a mount namespace in which names come from a file alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.real_hosts.squid_server import Ask, reply_head

TINYPROXY = shutil.which("tinyproxy", path="/usr/bin:/usr/sbin:/usr/local/bin")
_START_SECONDS = 10.0
_PASSED_ON = b"Unable to connect"


def require_tinyproxy() -> str:
    """Return the program; skip where it, or the right to make a mount namespace, is missing."""
    if TINYPROXY is None:
        pytest.skip("no tinyproxy on this machine: tests/real_hosts/install.sh installs it")
    if os.geteuid() != 0:
        pytest.skip("tinyproxy looks up names: only root can give it a file of its own for that")
    return TINYPROXY


def settings(port: int) -> str:
    """Return the lines that every configuration of the tests has."""
    return f"Port {port}\nTimeout 5\nLogLevel Critical\nMaxClients 20\n"


def _command(folder: Path, conf: Path) -> list[str]:
    mounts = f"mount --bind {folder}/hosts /etc/hosts && mount --bind {folder}/nsswitch.conf /etc/nsswitch.conf"
    return ["unshare", "--mount", "sh", "-c", f"{mounts} && exec {require_tinyproxy()} -d -c {conf}"]


@contextmanager
def running(conf: Path, port: int) -> Iterator[str]:
    """Run tinyproxy on a configuration; yield what it says instead of starting, "" when it starts."""
    (conf.parent / "nsswitch.conf").write_text("hosts: files\npasswd: files\ngroup: files\n", encoding="utf-8")
    command = _command(conf.parent, conf)
    with subprocess.Popen(command, cwd=conf.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
        try:
            yield _complaint(program, port)
        finally:
            program.kill()


def _complaint(program: subprocess.Popen[bytes], port: int) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while program.poll() is None and time.monotonic() < deadline:
        for address in ("127.0.0.1", "::1"):
            with suppress(OSError), closing(socket.create_connection((address, port), 1)):
                return ""
        time.sleep(0.005)
    program.kill()
    said = program.stdout.read() if program.stdout else b""
    return said.decode(errors="replace") or "it ends without a word"


def is_allowed(port: int, ask: Ask) -> bool:
    """Return whether tinyproxy passes the request on: it then says that it cannot connect."""
    head = reply_head(port, ask)
    assert head.startswith(b"HTTP/1."), (ask, head)
    return _PASSED_ON in head
