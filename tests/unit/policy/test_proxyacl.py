"""What an access list does with a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Source
from netcheck.model.address import parse_address
from netcheck.model.proxyacl import allowed_domains_acl
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import NO_CREDENTIALS, AclJudgement, AclVerdict, ProxyRequest, judge_acl
from netcheck.sources.squid_conf import read_squid_conf

BLOB = ".blob.core.windows.net"
HEAD = """http_port 3128
acl SSL_ports port 443
acl Safe_ports port 80 443 1025-65535
acl vms src 10.0.0.0/16
acl storage dstdomain .blob.core.windows.net .queue.core.windows.net
acl mine dstdomain .myacct.blob.core.windows.net
acl auth proxy_auth REQUIRED
acl odd url_regex x
"""
MINIMAL = """http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow vms storage
http_access deny all
"""


def _request(host: str = BLOB, port: int = 443, client: str = "10.0.0.4", is_connect: bool = True) -> ProxyRequest:
    address = parse_address(client)
    return ProxyRequest(family=address.family, client=address.first, host=host, port=port, is_connect=is_connect)


def _judge(folder: Path, lines: str, request: ProxyRequest) -> AclJudgement:
    path = folder / "squid.conf"
    path.write_text(HEAD + lines)
    collector = Collector()
    server = read_squid_conf(str(path), None, collector)
    assert not collector.has_errors
    return judge_acl(server, request)


def _text(judgement: AclJudgement) -> tuple[str, str | None]:
    rule = judgement.rule
    return judgement.verdict.value, rule.text.removeprefix("http_access ") if rule else None


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (_request(), ("allow", "allow vms storage")),
        (_request(port=80, is_connect=False), ("allow", "allow vms storage")),
        (_request(port=8443), ("deny", "deny CONNECT !SSL_ports")),
        (_request(port=22), ("deny", "deny !Safe_ports")),
        (_request(client="10.0.255.4"), ("allow", "allow vms storage")),
        (_request(client="10.1.0.4"), ("deny", "deny all")),
        (_request(client="192.168.0.4"), ("deny", "deny all")),
        (_request(client="fd00::4"), ("deny", "deny all")),
        (_request(host=".blob.storage.azure.net"), ("deny", "deny all")),
        (_request(host="acct.blob.core.windows.net"), ("allow", "allow vms storage")),
        (_request(host="ACCT.BLOB.core.windows.net."), ("allow", "allow vms storage")),
        (_request(host="blob.core.windows.net"), ("allow", "allow vms storage")),
        (_request(host="evilblob.core.windows.net"), ("deny", "deny all")),
    ],
)
def test_the_minimal_policy(tmp_path: Path, request_: ProxyRequest, expected: tuple[str, str]) -> None:
    """The first line whose conditions all hold decides; CONNECT to 8443 is refused by SSL_ports."""
    assert _text(_judge(tmp_path, MINIMAL, request_)) == expected


@pytest.mark.parametrize(
    ("lines", "verdict"), [("http_access allow localhost\n", "deny"), ("http_access deny localhost\n", "allow")]
)
def test_no_match_gets_the_opposite_of_the_last_line(tmp_path: Path, lines: str, verdict: str) -> None:
    """`allow localnet` as the last line denies everyone else, and a last `deny` lets everyone else pass."""
    assert _text(_judge(tmp_path, lines, _request())) == (verdict, None)


def test_a_list_that_names_some_accounts(tmp_path: Path) -> None:
    """Which account is asked for is not known, so a list of some of them does not decide."""
    found = _judge(tmp_path, "http_access allow mine\nhttp_access deny all\n", _request())
    assert (found.verdict, found.reason) == (AclVerdict.UNKNOWN, "only some accounts: `.myacct.blob.core.windows.net`")
    full = _judge(tmp_path, "http_access allow mine\n", _request(host="md.myacct.blob.core.windows.net"))
    assert full.verdict is AclVerdict.ALLOW


def test_a_star_matches_nothing(tmp_path: Path) -> None:
    """`dstdomain *.blob.core.windows.net` does not let Storage pass."""
    lines = "acl star dstdomain *.blob.core.windows.net\nhttp_access allow star\n"
    assert _text(_judge(tmp_path, lines, _request(host="acct.blob.core.windows.net"))) == ("deny", None)


def test_an_undecidable_line_matters_only_where_it_decides(tmp_path: Path) -> None:
    """When both ways of an unknown condition end alike, the verdict is known."""
    doubtful = _judge(tmp_path, "http_access deny odd\nhttp_access allow vms\n", _request())
    harmless = _judge(tmp_path, "http_access deny odd\nhttp_access deny all\n", _request())
    guarded = _judge(tmp_path, "http_access deny mine odd\nhttp_access allow vms\n", _request(host="a.net"))
    assert (doubtful.verdict, doubtful.reason) == (AclVerdict.UNKNOWN, "acl `odd` is of type `url_regex`")
    assert harmless.verdict is AclVerdict.DENY
    assert guarded.verdict is AclVerdict.ALLOW


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("http_access deny !auth\nhttp_access allow all\n", "deny"),
        ("http_access allow auth\nhttp_access allow all\n", "deny"),
        ("http_access allow vms storage\nhttp_access allow auth\n", "allow"),
        ("http_access allow mine auth\nhttp_access allow vms\n", "unknown"),
        ("http_access allow auth vms\nhttp_access deny all\n", "deny"),
    ],
)
def test_a_demand_for_credentials_refuses(tmp_path: Path, lines: str, verdict: str) -> None:
    """Backup traffic brings no credentials: where a line asks for them, the request ends."""
    found = _judge(tmp_path, lines, _request())
    assert found.verdict.value == verdict
    assert (NO_CREDENTIALS in found.reason) == (verdict != "allow")


def test_a_method_list_decides_connect_only(tmp_path: Path) -> None:
    """HTTPS is CONNECT; which methods plain HTTP requests use is not known."""
    lines = "acl get method GET\nhttp_access allow get\nhttp_access deny all\n"
    assert _judge(tmp_path, lines, _request()).verdict is AclVerdict.DENY
    assert _judge(tmp_path, lines, _request(port=80, is_connect=False)).verdict is AclVerdict.UNKNOWN


def test_the_documented_order_trap(tmp_path: Path) -> None:
    """An allow before the CONNECT deny opens every port to the listed names."""
    lines = "http_access allow storage\nhttp_access deny CONNECT !SSL_ports\nhttp_access deny all\n"
    assert _text(_judge(tmp_path, lines, _request(port=8443))) == ("allow", "allow storage")


def test_an_unknown_of_the_server_turns_allow_only() -> None:
    """What else decides may still refuse an allowed request, and lets no denied one pass."""
    server = ProxyServer(port=8080, at=Source("s"), unknown="`cache_peer`")
    denying = ProxyServer(port=8080, at=Source("s"), unknown="`cache_peer`", default=Access.DENY)
    assert judge_acl(server, _request()).verdict is AclVerdict.UNKNOWN
    assert judge_acl(denying, _request()).verdict is AclVerdict.DENY


def test_a_proxy_that_requires_authentication() -> None:
    """A site may state it without an access list."""
    server = ProxyServer(port=8080, at=Source("s"), requires_authentication=True)
    assert judge_acl(server, _request()) == AclJudgement(verdict=AclVerdict.DENY, rule=None, reason=NO_CREDENTIALS)


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        (BLOB, "allow"),
        ("a.blob.core.windows.net", "allow"),
        (".queue.core.windows.net", "deny"),
        ("20.60.0.1", "unknown"),
    ],
)
def test_allowed_domains(host: str, verdict: str) -> None:
    """A plain list of domains lets these pass and refuses all others; an address is looked up by the proxy first."""
    at = Source("site.yaml", 9, 3)
    server = ProxyServer(port=8080, at=at, acl=allowed_domains_acl([BLOB], at))
    assert judge_acl(server, _request(host=host)).verdict.value == verdict
