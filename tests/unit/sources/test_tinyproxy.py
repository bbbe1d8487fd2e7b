"""Reading tinyproxy.conf and its filter."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.proxies import ProxyProgram
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import AclJudgement, ProxyRequest, judge_acl
from netcheck.sources.proxy.tinyproxy import read_tinyproxy_conf

BLOB = ".blob.core.windows.net"


def _read(
    folder: Path, text: str, port: int | None = None, patterns: str | None = None
) -> tuple[ProxyServer, Collector]:
    path = folder / "tinyproxy.conf"
    path.write_text(text, newline="")
    if patterns is not None:
        (folder / "filter").write_text(patterns)
    collector = Collector()
    return read_tinyproxy_conf(str(path), port, collector), collector


def _judge(
    folder: Path, text: str, host: str = BLOB, port: int = 443, client: str = "10.0.0.4", patterns: str | None = None
) -> AclJudgement:
    server, collector = _read(folder, f"Port 8888\n{text}\n", patterns=patterns)
    assert not collector.has_errors, list(collector)
    one = parse_address(client)
    request = ProxyRequest(family=one.family, client=one.first, host=host, port=port, is_connect=port != 80)
    return judge_acl(server, request)


@pytest.mark.parametrize(
    ("lines", "verdict", "line"),
    [
        ("", "allow", None),
        ("Allow 10.0.0.0/24", "allow", None),
        ("Allow 10.0.1.0/24", "deny", "no Allow takes the client"),
        ("Deny 10.0.1.0/24", "deny", "no Allow takes the client"),
        ("Deny 10.0.0.4\nAllow 10.0.0.0/24", "deny", "Deny 10.0.0.4"),
        ("Allow 10.0.0.0/24\nDeny 10.0.0.4", "allow", None),
        ("ALLOW\t10.0.0.4", "allow", None),
        (" allow 0.0.0.0/0", "allow", None),
        ("Allow 10.0.0.0/33", "deny", "no Allow takes the client"),
        ("Allow ::/0", "allow", None),
        ("Allow ::ffff:10.0.0.4", "allow", None),
        ("Allow vm.contoso.local", "unknown", "no Allow takes the client"),
        ("Allow 10.0.0.4\nDeny .contoso.local", "allow", None),
        ("Deny .contoso.local\nAllow 10.0.0.4", "unknown", "Deny .contoso.local"),
    ],
)
def test_the_first_allow_or_deny_that_takes_the_client_decides(
    tmp_path: Path, lines: str, verdict: str, line: str | None
) -> None:
    """With any such line a client that none takes is refused; without one all may ask."""
    found = _judge(tmp_path, lines)
    assert (found.verdict.value, found.rule.text if found.rule else None) == (verdict, line)


@pytest.mark.parametrize(
    ("lines", "client", "verdict"),
    [
        ("Allow fd00::/8", "fd00::4", "allow"),
        ("Allow fd00::/64", "fd00:0:0:1::4", "deny"),
        ("Allow fd00::4", "fd00::4", "unknown"),
        ("Allow fd00::4", "fd00::5", "unknown"),
        ("Allow fd00::4", "fd01::4", "deny"),
        ("Allow 0.0.0.0/0", "fd00::4", "deny"),
    ],
)
def test_of_an_ipv6_client_some_versions_see_the_first_half(
    tmp_path: Path, lines: str, client: str, verdict: str
) -> None:
    """tinyproxy 1.11.1 does not let `::1` through by `Allow ::1`: a prefix longer than 64 bits is doubtful."""
    assert _judge(tmp_path, lines, client=client).verdict.value == verdict


@pytest.mark.parametrize(
    ("lines", "port", "verdict"),
    [
        ("", 8443, "allow"),
        ("ConnectPort 443", 443, "allow"),
        ("ConnectPort 443", 8443, "deny"),
        ("ConnectPort 443", 80, "allow"),
        ("ConnectPort 443\nConnectPort 8443", 8443, "allow"),
        ("ConnectPort 0", 443, "deny"),
        ("ConnectPort 99999", 443, "deny"),
    ],
)
def test_ports_for_connect(tmp_path: Path, lines: str, port: int, verdict: str) -> None:
    """Without `ConnectPort` every port may be asked for; plain HTTP is not bound by it."""
    assert _judge(tmp_path, lines, port=port).verdict.value == verdict


DENY_ALL_BUT = 'Filter "/etc/tinyproxy/filter"\nFilterDefaultDeny Yes'


@pytest.mark.parametrize(
    ("options", "patterns", "verdict"),
    [
        (DENY_ALL_BUT, r"\.blob\.core\.windows\.net$", "allow"),
        (DENY_ALL_BUT, r"\.queue\.core\.windows\.net$", "deny"),
        (DENY_ALL_BUT, r"^acct\.blob", "unknown"),
        (DENY_ALL_BUT, r"BLOB", "allow"),
        (DENY_ALL_BUT + "\nFilterCaseSensitive On", r"BLOB", "deny"),
        (DENY_ALL_BUT, r"(a|blob)", "deny"),
        (DENY_ALL_BUT, r"\(a\|blob\)", "allow"),
        (DENY_ALL_BUT + "\nFilterExtended Yes", r"(a|blob)", "allow"),
        (DENY_ALL_BUT + "\nFilterType ere\nFilterExtended No", r"(a|blob)", "allow"),
        (DENY_ALL_BUT + "\nFilterType fnmatch", "*.blob.core.windows.net", "allow"),
        (DENY_ALL_BUT + "\nFilterType fnmatch", "blob.core.windows.net", "deny"),
        (DENY_ALL_BUT + "\nFilterType fnmatch\nFilterExtended Yes", "*.blob.core.windows.net", "unknown"),
        (DENY_ALL_BUT + "\nFilterURLs Yes", "^http://", "deny"),
        (DENY_ALL_BUT + "\nFilterURLs Yes", ":443$", "allow"),
        (DENY_ALL_BUT + "\nFilterDefaultDeny No", r"queue\.core\.windows\.net$", "deny"),
        (DENY_ALL_BUT, "# nothing", "deny"),
        (DENY_ALL_BUT, "blob # why", "allow"),
        (DENY_ALL_BUT, "blob more", "allow"),
        ('Filter "filter"', "blob", "deny"),
        ('Filter "filter"', r"queue\.core\.windows\.net$", "allow"),
        ('Filter "filter"', "queue", "unknown"),
        ('Filter "filter"', r"[[:alpha:]]", "unknown"),
    ],
)
def test_filter(tmp_path: Path, options: str, patterns: str, verdict: str) -> None:
    """The filter refuses what it takes, or with `FilterDefaultDeny` all else; flags once set stay set."""
    assert _judge(tmp_path, options, patterns=patterns + "\n").verdict.value == verdict


def test_a_refusal_names_its_pattern(tmp_path: Path) -> None:
    """A pattern that refuses is cited with its place in the filter's own file."""
    found = _judge(tmp_path, 'Filter "filter"', patterns="# ours\nqueue\n  blob\n")
    assert found.rule is not None
    assert (found.rule.text, Path(found.rule.at.file).name, found.rule.at.line) == ("filter blob", "filter", 3)


def test_credentials(tmp_path: Path) -> None:
    """A password for the proxy blocks backup, which sends none."""
    found = _judge(tmp_path, "BasicAuth user word")
    assert (found.verdict.value, found.rule.text if found.rule else None) == ("deny", "BasicAuth")
    assert _read(tmp_path, "Port 8888\nBasicAuth user word\n")[0].requires_authentication


@pytest.mark.parametrize(
    ("line", "verdict", "word"),
    [
        ("Upstream http 10.1.0.1:3128", "unknown", "Upstream"),
        ('Upstream none "."', "allow", ""),
        ("Bind 10.0.0.5", "unknown", "Bind"),
        ("BindSame Yes", "unknown", "BindSame"),
        ("BindSame No", "allow", ""),
        ('ReversePath "/" "http://x.example/"', "unknown", "ReversePath"),
        ("Listen 10.0.0.5\nListen 10.0.1.5", "unknown", "several addresses"),
        ('Anonymous "Host"', "allow", ""),
    ],
)
def test_what_else_decides_is_named(tmp_path: Path, line: str, verdict: str, word: str) -> None:
    """A keyword that bears on requests and is not modelled leaves an allowed request open."""
    found = _judge(tmp_path, line)
    assert (found.verdict.value, word in found.reason) == (verdict, True)


def test_headers_bear_on_plain_requests_alone(tmp_path: Path) -> None:
    """`Anonymous` keeps headers back, which CONNECT does not show."""
    assert _judge(tmp_path, 'Anonymous "Host"', port=80).verdict.value == "unknown"


@pytest.mark.parametrize(
    ("text", "port", "expected", "codes"),
    [
        ("Port 8888\n", None, (8888, None), []),
        ("Port 8888\nPort 3128\n", None, (3128, None), []),
        ("Port 8888\n", 8080, (8888, None), ["NC178"]),
        ("Allow 10.0.0.4\n", None, (0, None), ["NC179"]),
        ("Port 0\n", None, (0, None), ["NC179"]),
        ("Port 8888\nListen 10.0.0.5\n", None, (8888, parse_address("10.0.0.5")), []),
        ("Port 8888\nListen 0.0.0.0\n", None, (8888, None), []),
        ("Port 8888\nListen 127.0.0.1\nListen 10.0.0.5\n", None, (8888, parse_address("10.0.0.5")), []),
        ("Port 8888\nListen 127.0.0.1\n", None, (8888, None), ["NC178"]),
    ],
)
def test_where_it_listens(
    tmp_path: Path, text: str, port: int | None, expected: tuple[int, object], codes: list[str]
) -> None:
    """The last `Port` holds, and it must be the one the site names; a proxy for its own machine alone is an error."""
    server, collector = _read(tmp_path, text, port)
    assert ((server.port, server.listen), [d.code for d in collector]) == (expected, codes)
    assert server.program is ProxyProgram.TINYPROXY


@pytest.mark.parametrize(
    "line",
    [
        "  # a comment must begin the line",
        "Nonsense 1",
        "Allow",
        "Allow 10.0.0.4 # why",
        "Allow 10.0.0.0/255.255.255.0",
        "Allow 10.0.0.4,10.0.0.5",
        "Allow 10.0.0.4\r",
        "ConnectPort 443-500",
        "Filter filter",
        'Filter "missing"',
        'Filter "/opt/filter"',
        "BindSame maybe",
        "Port 70000",
        "Listen localhost",
        "BasicAuth user",
        'Upstream http "x"',
        "Timeout " + "1" * 2050,
    ],
)
def test_what_tinyproxy_does_not_take_is_refused(tmp_path: Path, line: str) -> None:
    """tinyproxy does not start with such a line, so it is an error at its place."""
    _, collector = _read(tmp_path, f"Port 8888\n{line}\n")
    assert [(d.severity, d.at.line) for d in collector if d.code == "NC179"] == [(Severity.ERROR, 2)]


@pytest.mark.parametrize("pattern", ["a(", "*a", "x" * 600])
def test_what_is_no_pattern_is_refused(tmp_path: Path, pattern: str) -> None:
    """tinyproxy does not start with an expression that is none, and reads a long line in pieces."""
    text = 'Port 8888\nFilter "filter"\nFilterType ere\n'
    _, collector = _read(tmp_path, text, patterns=f"\n{pattern}\n")
    assert [(d.code, d.at.line) for d in collector] == [("NC179", 2)]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """An empty file never is a proxy that allows everything."""
    with pytest.raises(InputError):
        _read(tmp_path, "")
