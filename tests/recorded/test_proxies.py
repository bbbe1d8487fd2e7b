"""Recorded proxy files: read whole, read with named unknowns, or refused; and what some of them mean for backup."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.proxyacl import Undecidable, all_tests
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import NO_CREDENTIALS, AclJudgement, AclVerdict, ProxyRequest, judge_acl
from netcheck.sources.proxy.squid_conf import read_squid_conf
from netcheck.sources.proxy.waagent import read_waagent_conf
from tests.unit.sources.shared import shared_folder

BLOB = ".blob.core.windows.net"


def _squid_files() -> list[Path]:
    return sorted((shared_folder("proxy") / "squid").iterdir())


def _read(path: Path) -> tuple[str, ProxyServer | None, list[str]]:
    """Return the outcome of a squid.conf, the proxy, and the codes of its errors."""
    collector = Collector()
    try:
        server = read_squid_conf(str(path), None, collector)
    except InputError as error:
        return "refused", None, [found.code for found in error.diagnostics]
    codes = [found.code for found in collector if found.severity == "error"]
    if codes:
        return "refused", None, codes
    tests = [test for rule in server.acl for test in all_tests(rule.conditions)]
    is_open = bool(server.unknown) or any(isinstance(test, Undecidable) for test in tests)
    return ("read with unknowns" if is_open else "read whole"), server, []


def test_every_squid_file_has_one_of_three_outcomes() -> None:
    """Refused are Debian's file without the folder it includes, one without its list, and that list by itself."""
    outcomes = {path.name.partition("__")[0]: _read(path)[0] for path in _squid_files() if path.suffix != ".txt"}
    assert Counter(outcomes.values()) == {"read whole": 5, "read with unknowns": 1, "refused": 2}
    assert {name for name, outcome in outcomes.items() if outcome == "refused"} == {
        "0x73746F66_trivialsec-forward-proxy",
        "debian12",
    }


def _server(start: str) -> ProxyServer:
    path = next(path for path in _squid_files() if path.name.startswith(start))
    server = _read(path)[1]
    assert server is not None, path
    return server


def _ask(server: ProxyServer, client: str, host: str, port: int) -> AclJudgement:
    one = parse_address(client)
    request = ProxyRequest(family=one.family, client=one.first, host=host, port=port, is_connect=port != 80)
    return judge_acl(server, request)


@pytest.mark.parametrize(
    ("start", "client", "host", "port", "verdict", "line"),
    [
        # the allow stands before the CONNECT deny, so every port of the listed names is open, to every client
        ("msdocs", "192.0.2.1", BLOB, 443, "allow", "http_access allow allowed_http_sites"),
        ("msdocs", "192.0.2.1", BLOB, 22, "allow", "http_access allow allowed_http_sites"),
        ("msdocs", "192.0.2.1", ".queue.core.windows.net", 443, "deny", "http_access deny all"),
        ("msdocs", "192.0.2.1", ".queue.core.windows.net", 8443, "deny", "http_access deny CONNECT !SSL_ports"),
        ("mkol5222__squid.conf.un", "192.0.2.1", BLOB, 443, "allow", "http_access allow all"),
        ("mkol5222__squid.conf.un", "192.0.2.1", BLOB, 8443, "deny", "http_access deny !Safe_ports"),
        ("AkihiroKida", "172.16.3.4", BLOB, 443, "allow", "http_access allow localnet"),
        ("AkihiroKida", "172.17.3.4", BLOB, 443, "deny", "http_access deny all"),
        ("fjammes", "10.158.37.9", BLOB, 443, "allow", "http_access allow localnet"),
        ("fjammes", "10.158.37.9", BLOB, 8443, "deny", "http_access deny CONNECT !SSL_ports"),
        # a list of names in front of which addresses are refused by expressions that no name is
        ("github_gh-aw", "10.0.0.4", ".github.com", 443, "allow", "http_access allow localnet"),
        ("github_gh-aw", "10.0.0.4", BLOB, 443, "deny", "http_access deny !allowed_domains"),
        ("github_gh-aw", "10.0.0.4", "20.60.0.1", 443, "deny", "http_access deny dst_ipv4"),
        ("ryohei", "10.0.0.4", BLOB, 443, "unknown", "http_access allow localnet"),
        ("ryohei", "10.0.0.4", BLOB, 8443, "deny", "http_access deny CONNECT !SSL_ports"),
    ],
)
def test_what_a_recorded_list_does(start: str, client: str, host: str, port: int, verdict: str, line: str) -> None:
    """The first line whose conditions all hold decides, as reading the file by hand shows."""
    found = _ask(_server(start), client, host, port)
    assert (found.verdict.value, found.rule.text if found.rule else None) == (verdict, line)


def test_the_proxy_that_asks_for_kerberos_is_blocked_for_backup() -> None:
    """Its `deny !kerb_auth` asks whoever sends no credentials for them, and Azure Backup sends none."""
    found = _ask(_server("mkol5222__squid.conf.authenticated"), "10.0.0.4", BLOB, 443)
    assert (found.verdict, found.reason) == (AclVerdict.DENY, NO_CREDENTIALS)


def test_a_proxy_with_its_list_beside_it_is_read(tmp_path: Path) -> None:
    """The list of the recorded proxy makes it readable: what is not on it is refused, and `ssl_bump` is named."""
    for path in _squid_files():
        if path.name.startswith("0x73746F66"):
            shutil.copyfile(path, tmp_path / path.name.rpartition("__")[2])
    outcome, server, _ = _read(tmp_path / "squid.conf")
    assert outcome == "read with unknowns"
    assert server is not None
    assert "`ssl_bump` opens or ends TLS connections" in server.unknown
    assert _ask(server, "10.0.0.4", BLOB, 443).verdict is AclVerdict.DENY
    assert _ask(server, "10.0.0.4", "pypi.org", 443).verdict is AclVerdict.UNKNOWN


def test_debians_own_file_lets_its_own_machine_alone_through(tmp_path: Path) -> None:
    """With its folder the file as Debian ships it is read whole: clients of the network are refused."""
    source = next(path for path in _squid_files() if path.name.startswith("debian12"))
    shutil.copyfile(source, tmp_path / "squid.conf")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "debian.conf").write_text("logfile_rotate 0\n", encoding="utf-8")
    outcome, server, _ = _read(tmp_path / "squid.conf")
    assert outcome == "read whole"
    assert server is not None
    assert _ask(server, "10.0.0.4", BLOB, 443).verdict is AclVerdict.DENY
    assert _ask(server, "127.0.0.1", BLOB, 443).verdict is AclVerdict.ALLOW


def test_every_agent_file_is_read_whole() -> None:
    """Of the files that the Linux agent ships none sets a proxy: `HttpProxy.Host` is `None`, a comment, or missing."""
    files = sorted((shared_folder("proxy") / "waagent").iterdir())
    assert len(files) == 17
    for path in files:
        collector = Collector()
        found = read_waagent_conf(str(path), collector)
        hosts = re.findall(r"^HttpProxy\.Host=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert (found, list(collector), set(hosts) <= {"None"}) == (None, [], True), path
