"""What netcheck says of a tinyproxy.conf is what the real tinyproxy does, on the loopback address."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from netcheck.policy.proxyacl import AclVerdict
from netcheck.sources.proxy.tinyproxy import read_tinyproxy_conf
from tests.real_hosts import random_tinyproxy
from tests.real_hosts.proxy_verdicts import read, verdict
from tests.real_hosts.squid_server import Ask, free_port, write_hosts
from tests.real_hosts.tinyproxy_server import is_allowed, require_tinyproxy, running, settings

pytestmark = pytest.mark.real_hosts

SEED = int(os.environ.get("NETCHECK_TINYPROXY_SEED", "1"))
CONFIGURATIONS = int(os.environ.get("NETCHECK_TINYPROXY_CONFIGURATIONS", "60"))
GRID = tuple(
    Ask(client, method, host, port)
    for client, host, port, method in product(
        random_tinyproxy.CLIENTS, random_tinyproxy.ASKED, random_tinyproxy.PORTS, random_tinyproxy.METHODS
    )
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for the files; skip where tinyproxy does not start with the plainest of them."""
    require_tinyproxy()
    with TemporaryDirectory(prefix="netcheck-tinyproxy-") as name:
        write_hosts(Path(name), random_tinyproxy.HOSTS)
        port = free_port()
        conf = Path(name) / "tinyproxy.conf"
        conf.write_text(settings(port), encoding="utf-8")
        with running(conf, port) as complaint:
            if complaint:
                pytest.skip(f"tinyproxy cannot start here: {complaint[-300:]}")
        yield Path(name)


def test_random_configurations(folder: Path) -> None:
    """Accepted and refused alike, and each request allowed or denied as tinyproxy does it; unknown is counted apart."""
    told: Counter[str] = Counter()
    differences: list[str] = []
    for number in range(CONFIGURATIONS):
        port = free_port()
        conf = random_tinyproxy.draw(Random(f"{SEED}/{number}")).write(folder, settings(port))
        differences += [f"{number}: {line}" for line in compare(conf, port, told)]
    print(f"seed {SEED}: {dict(told)}")  # noqa: T201 - the figures of the run
    assert differences == []
    assert told["unknown"] < told["allow"] + told["deny"]
    assert min(told["allow"], told["deny"], told["refused"]) > 0


def compare(conf: Path, port: int, told: Counter[str]) -> list[str]:
    """Return where the two differ on one configuration."""
    server, error = read(read_tinyproxy_conf, conf, port)
    text = conf.read_text(encoding="utf-8")
    with running(conf, port) as complaint:
        if bool(complaint) != (server is None):
            return [f"tinyproxy: {complaint[-300:] or 'starts'}; netcheck: {error or 'takes it'}\n{text}"]
        if server is None:
            told["refused"] += 1
            return []
        found = []
        for ask in GRID:
            ours = verdict(server, ask)
            told[ours] += 1
            theirs = ours if ours is AclVerdict.UNKNOWN else _real(port, ask)
            if theirs is not ours:
                found.append(f"{ask}: tinyproxy {theirs}, netcheck {ours}")
    return [f"{found[0]} and {len(found) - 1} more\n{text}"] if found else []


def _real(port: int, ask: Ask) -> AclVerdict:
    return AclVerdict.ALLOW if is_allowed(port, ask) else AclVerdict.DENY
