"""What netcheck says of a squid.conf is what the real squid does.

Every combination of request and access list of random configurations; squid runs on the loopback address.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from netcheck.diagnostics import Collector
from netcheck.policy.proxyacl import AclVerdict
from netcheck.remedy.client import plan_clients
from netcheck.sources.load import load_site
from netcheck.sources.proxy.squid_conf import read_squid_conf
from tests.real_hosts import random_squid
from tests.real_hosts.proxy_verdicts import read, verdict
from tests.real_hosts.squid_server import (
    Ask,
    free_port,
    is_allowed,
    parse_complaint,
    require_squid,
    require_start,
    running,
    settings,
    write_hosts,
)

pytestmark = pytest.mark.real_hosts

SEED = int(os.environ.get("NETCHECK_SQUID_SEED", "1"))
CONFIGURATIONS = int(os.environ.get("NETCHECK_SQUID_CONFIGURATIONS", "100"))
GRID = tuple(
    Ask(client, method, host, port)
    for client, host, port, method in product(
        random_squid.CLIENTS, random_squid.ASKED, random_squid.PORTS, random_squid.METHODS
    )
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that squid, which gives up its rights after the start, can read."""
    require_squid()
    with TemporaryDirectory(prefix="netcheck-squid-") as name:
        write_hosts(Path(name), random_squid.HOSTS)
        require_start(Path(name))
        yield Path(name)


def test_random_configurations(folder: Path) -> None:
    """Accepted and refused alike, and every request allowed or denied as squid does it; unknown is counted apart."""
    told: Counter[str] = Counter()
    differences: list[str] = []
    for number in range(CONFIGURATIONS):
        chance = Random(f"{SEED}/{number}")
        port = free_port()
        conf = random_squid.draw(chance).write(folder, settings(folder, port))
        differences += [f"{number}: {line}" for line in _compare(conf, port, told)]
    print(f"seed {SEED}: {dict(told)}")  # noqa: T201 - the figures of the run
    assert differences == []
    assert told["unknown"] * 4 < told["allow"] + told["deny"]
    assert min(told["allow"], told["deny"], told["refused"]) > 0


def _compare(conf: Path, port: int, told: Counter[str]) -> list[str]:
    """Return where the two differ on one configuration."""
    server, error = read(read_squid_conf, conf, port)
    complaint = parse_complaint(conf)
    if bool(complaint) != (server is None):
        return [f"squid: {complaint[-300:] or 'takes it'}; netcheck: {error or 'takes it'}\n{_own_lines(conf)}"]
    if server is None:
        told["refused"] += 1
        return []
    found = []
    with running(conf, port):
        for ask in GRID:
            ours = verdict(server, ask)
            told[ours] += 1
            if ours is AclVerdict.UNKNOWN:
                continue
            theirs = AclVerdict.ALLOW if is_allowed(port, ask) else AclVerdict.DENY
            if theirs is not ours:
                found.append(f"{ask}: squid {theirs}, netcheck {ours}")
    return [f"{found[0]} and {len(found) - 1} more\n{_own_lines(conf)}"] if found else []


def _own_lines(conf: Path) -> str:
    """Return what was drawn: the lines after the settings, and the files beside them."""
    others = [
        path for path in sorted(conf.parent.rglob("*")) if path.is_file() and path.name not in (conf.name, "hosts")
    ]
    own = conf.read_text(encoding="utf-8").partition("visible_hostname proxy.example\n")[2]
    return own + "".join(f"--- {path.name}\n{path.read_text(encoding='utf-8')}" for path in others)


INSTALLED = Path("/etc/squid/squid.conf")


def test_the_installed_file(folder: Path) -> None:
    """What the package installs is read whole; on a port of the test it does what netcheck says of it."""
    if not INSTALLED.is_file():
        pytest.skip("the package's squid.conf is not here")
    collector = Collector()
    read_squid_conf(str(INSTALLED), None, collector)
    assert list(collector) == []
    port = free_port()
    rows = (line.rstrip() for line in INSTALLED.read_text(encoding="utf-8").splitlines())
    kept = [line for line in rows if line and not line.startswith(("#", "http_port", "include", "coredump_dir"))]
    conf = folder / "squid.conf"
    conf.write_text(settings(folder, port) + "\n".join(kept) + "\n", encoding="utf-8")
    told: Counter[str] = Counter()
    assert _compare(conf, port, told) == []
    assert (told["refused"], told["unknown"]) == (0, 0)
    assert min(told["allow"], told["deny"]) > 0


@pytest.mark.parametrize("number", range(3))
def test_the_comparison_can_fail(folder: Path, number: int) -> None:
    """A list read with its actions turned round differs from what squid does: the comparison sees it."""
    port = free_port()
    text = ("http_access allow localhost", "http_access deny CONNECT", "acl x port 443\nhttp_access allow x")[number]
    conf = folder / "squid.conf"
    conf.write_text(settings(folder, port) + text + "\n", encoding="utf-8")
    server, _ = read(read_squid_conf, conf, port)
    assert server is not None
    ask = Ask("127.0.0.1", "CONNECT", "blob.example", 443)
    with running(conf, port):
        allowed = is_allowed(port, ask)
    assert allowed is (verdict(server, ask) is AclVerdict.ALLOW)
    conf.write_text(conf.read_text().replace("allow", "xx").replace("deny", "allow").replace("xx", "deny"))
    turned, _ = read(read_squid_conf, conf, port)
    assert turned is not None
    assert allowed is not (verdict(turned, ask) is AclVerdict.ALLOW)


@pytest.mark.parametrize("site", ["site-82-workload.yaml", "site-81-dot-domain.yaml", "site-76-bypass.yaml"])
def test_the_lines_that_netcheck_prints(folder: Path, site: str) -> None:
    """The lines of `netcheck client` for a proxy are taken by the real squid, and it refuses what they do not allow."""
    loaded = load_site([str(Path(__file__).parents[2] / "fixtures" / "corner-proxy" / site)])
    snippets = [one for proxy in plan_clients(loaded).proxies for one in proxy.snippets if one.kind == "squid"]
    assert snippets
    port = free_port()
    conf = folder / "squid.conf"
    lines = [line for line in snippets[0].lines if not line.startswith("http_port")]
    conf.write_text(settings(folder, port) + "\n".join(lines) + "\n", encoding="utf-8")
    told: Counter[str] = Counter()
    assert _compare(conf, port, told) == []
    assert (told["refused"], told["unknown"]) == (0, 0)
    assert told["deny"] == len(GRID)
