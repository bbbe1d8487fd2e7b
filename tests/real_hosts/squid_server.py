"""Runs the real squid on the loopback address, and asks it raw requests.

Nothing leaves the machine: every name that a test asks for is in squid's own hosts file, and points to loopback.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SQUID = shutil.which("squid", path="/usr/sbin:/usr/local/sbin:/usr/bin")
_DENIED = (b"ERR_ACCESS_DENIED", b"ERR_CACHE_ACCESS_DENIED")
_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: from which address, what for."""

    client: str
    method: str
    host: str
    port: int

    @property
    def is_connect(self) -> bool:
        return self.method == "CONNECT"

    def text(self) -> bytes:
        """Return the request as a client sends it to a proxy."""
        is_usual = self.port == 80 and not self.is_connect
        authority = self.host if is_usual else f"{self.host}:{self.port}"
        target = authority if self.is_connect else f"http://{authority}/container/blob"
        length = "Content-Length: 0\r\n" if self.method in ("PUT", "POST") else ""
        return f"{self.method} {target} HTTP/1.1\r\nHost: {authority}\r\n{length}Connection: close\r\n\r\n".encode()


def require_squid() -> str:
    """Return the program; skip where it is not installed."""
    if SQUID is None:
        pytest.skip("no squid on this machine: tests/real_hosts/install.sh installs it")
    return SQUID


def free_port() -> int:
    """Return a port free on all addresses, below those that the kernel gives to clients (32768 and more)."""
    for port in range(20000 + os.getpid() % 8000, 32768):
        with suppress(OSError), closing(socket.socket(socket.AF_INET6)) as one:
            one.bind(("::", port))
            return port
    raise AssertionError("no free port between 20000 and 32767")


def settings(folder: Path, port: int) -> str:
    """Return the lines that keep squid on this machine and quiet; the access list goes after them."""
    return "\n".join(
        (
            f"http_port {port}",
            f"hosts_file {folder}/hosts",
            "dns_nameservers 127.0.0.1",
            "dns_timeout 1 seconds",
            "connect_timeout 1 seconds",
            "connect_retries 0",
            "forward_max_tries 1",
            "shutdown_lifetime 0 seconds",
            "cache deny all",
            "cache_mem 1 MB",
            "max_filedescriptors 512",
            "memory_pools off",
            "pinger_enable off",
            "icon_directory /usr/share/squid/icons",
            "access_log none",
            "cache_log /dev/null",
            "pid_filename none",
            "netdb_filename none",
            f"coredump_dir {folder}",
            "visible_hostname proxy.example",
            "",
        )
    )


def write_hosts(folder: Path, hosts: Sequence[tuple[str, str]]) -> None:
    """Write the hosts file: pairs of an address and its name."""
    folder.chmod(0o755)
    (folder / "hosts").write_text("".join(f"{address} {name}\n" for address, name in hosts), encoding="utf-8")


def parse_complaint(conf: Path) -> str:
    """Return what squid says against a configuration; "" when it takes it."""
    command = [require_squid(), "-k", "parse", "-f", str(conf)]
    done = subprocess.run(command, cwd=conf.parent, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


@contextmanager
def running(conf: Path, port: int) -> Iterator[None]:
    """Run squid in the foreground on a configuration; raise StartError where it does not start."""
    command = [require_squid(), "-N", "-f", str(conf)]
    with subprocess.Popen(command, cwd=conf.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
        try:
            _await(program, port)
            yield
        finally:
            program.kill()


class StartError(Exception):
    """Squid does not start; the message is what it says."""


def _await(program: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while program.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.01)
    program.kill()
    said = program.stderr.read() if program.stderr else b""
    raise StartError(said.decode(errors="replace")[-400:] or "nothing answers on the loopback address")


def require_start(folder: Path) -> None:
    """Skip, with what squid says, where it does not start with the plainest list."""
    port = free_port()
    conf = folder / "squid.conf"
    conf.write_text(settings(folder, port) + "http_access allow all\n", encoding="utf-8")
    try:
        with running(conf, port):
            return
    except StartError as error:
        pytest.skip(f"squid cannot start here: {error}")


def reply_head(port: int, ask: Ask) -> bytes:
    """Return the head of the proxy's answer to one request."""
    server = "::1" if ":" in ask.client else "127.0.0.1"
    with closing(socket.create_connection((server, port), 10, source_address=(ask.client, 0))) as link:
        link.sendall(ask.text())
        data = b""
        while b"\r\n\r\n" not in data:
            more = link.recv(65536)
            if not more:
                break
            data += more
    return data.partition(b"\r\n\r\n")[0]


def is_allowed(port: int, ask: Ask) -> bool:
    """Return whether squid passes the request on; that nothing answers behind it does not matter."""
    head = reply_head(port, ask)
    assert head.startswith(b"HTTP/1."), (ask, head)
    return not any(word in head for word in _DENIED)
