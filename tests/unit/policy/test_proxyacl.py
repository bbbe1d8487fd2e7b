"""What an access list does with a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Collector, Source
from netcheck.model.address import AddressRange, parse_address
from netcheck.model.ports import PortRange
from netcheck.model.proxyacl import (
    AclCondition,
    AclRule,
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    HostNames,
    Methods,
    Never,
    RequestPorts,
    Undecidable,
    allowed_domains_acl,
)
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import NO_CREDENTIALS, AclJudgement, AclVerdict, ProxyRequest, judge_acl
from netcheck.sources.proxy.squid_conf import read_squid_conf

BLOB = ".blob.core.windows.net"
HEAD = """http_port 3128
acl SSL_ports port 443
acl Safe_ports port 80 443 1025-65535
acl vms src 10.0.0.0/16
acl storage dstdomain .blob.core.windows.net .queue.core.windows.net
acl mine dstdomain .myacct.blob.core.windows.net
auth_param basic program /usr/lib/squid/basic_ncsa_auth /etc/squid/users
acl auth proxy_auth REQUIRED
acl odd time 08:00-17:00
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
    assert (doubtful.verdict, doubtful.reason) == (AclVerdict.UNKNOWN, "acl `odd` is of type `time`")
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


# Lines without a file: whole judgements, with the line that decides and the reason.

AT = Source("site.yaml", 9, 3)
UNREAD, ODD = Undecidable("acl `odd` is of type `url_regex`"), Undecidable("acl `time` is of type `time`")


def _line(action: Access, *tests: AclTest, negated: bool = False) -> AclRule:
    conditions = tuple(AclCondition(test=test, text="x", is_negated=negated) for test in tests)
    return AclRule(action=action, conditions=conditions, text="http_access", at=AT)


def _of(*lines: AclRule, request: ProxyRequest | None = None, **more: Any) -> AclJudgement:
    return judge_acl(ProxyServer(port=3128, at=AT, acl=lines, **more), request or _request())


def _says(verdict: AclVerdict, rule: AclRule | None, reason: str = "") -> AclJudgement:
    return AclJudgement(verdict=verdict, rule=rule, reason=reason)


ALLOW_ALL, DENY_ALL = _line(Access.ALLOW, Always()), _line(Access.DENY, Always())


def test_the_first_line_that_holds_is_the_one_named() -> None:
    """A plain verdict names its line and needs no reason; without a matching line the default has none."""
    never = _line(Access.DENY, Never())
    assert _of(never, ALLOW_ALL, DENY_ALL) == _says(AclVerdict.ALLOW, ALLOW_ALL)
    assert _of(never, DENY_ALL, ALLOW_ALL) == _says(AclVerdict.DENY, DENY_ALL)
    assert _of(never, default=Access.DENY) == _says(AclVerdict.DENY, None)
    assert _of(never, default=Access.ALLOW) == _says(AclVerdict.ALLOW, None)


def test_a_negated_condition_holds_where_the_test_fails() -> None:
    """`!manager` holds for every request, `!all` for none, and what cannot be decided stays so."""
    assert _of(_line(Access.ALLOW, Never(), negated=True), DENY_ALL).verdict is AclVerdict.ALLOW
    assert _of(_line(Access.ALLOW, Always(), negated=True), DENY_ALL).verdict is AclVerdict.DENY
    assert _of(_line(Access.ALLOW, UNREAD, negated=True), DENY_ALL).verdict is AclVerdict.UNKNOWN


def test_an_open_verdict_names_the_first_doubtful_line_and_all_its_doubts() -> None:
    """The reason lists what is not known about the line, in order; certain conditions are no part of it."""
    doubtful, later = _line(Access.ALLOW, Always(), UNREAD, ODD), _line(Access.ALLOW, ODD)
    reason = "acl `odd` is of type `url_regex`; acl `time` is of type `time`"
    assert _of(doubtful, later, DENY_ALL) == _says(AclVerdict.UNKNOWN, doubtful, reason)
    assert _of(doubtful, default=Access.DENY) == _says(AclVerdict.UNKNOWN, doubtful, reason)


def test_credentials_are_demanded_by_the_line_that_names_them() -> None:
    """The refusal names the line, and what had to be so for the request to get there."""
    asking, maybe = _line(Access.ALLOW, Authenticated()), _line(Access.DENY, UNREAD, Authenticated())
    assert _of(asking, ALLOW_ALL) == _says(AclVerdict.DENY, asking, NO_CREDENTIALS)
    both = f"acl `odd` is of type `url_regex`; {NO_CREDENTIALS}"
    assert _of(maybe, ALLOW_ALL) == _says(AclVerdict.UNKNOWN, maybe, both)
    assert _of(_line(Access.ALLOW, UNREAD, Authenticated()), DENY_ALL).verdict is AclVerdict.DENY


def test_what_else_a_server_decides_by_is_the_reason() -> None:
    """An allowed request that something unread may refuse is open, under the line that allows it."""
    assert _of(ALLOW_ALL, unknown="`cache_peer`") == _says(AclVerdict.UNKNOWN, ALLOW_ALL, "`cache_peer`")
    assert _of(DENY_ALL, unknown="`cache_peer`") == _says(AclVerdict.DENY, DENY_ALL)


@pytest.mark.parametrize(
    ("client", "verdict"),
    [("10.0.0.3", "deny"), ("10.0.0.4", "allow"), ("10.0.0.6", "allow"), ("10.0.0.7", "deny"), ("::a00:4", "deny")],
)
def test_the_ends_of_a_client_range_are_in_it(client: str, verdict: str) -> None:
    """A range holds its first and last address, and none of the other family."""
    clients = ClientAddresses((AddressRange(4, parse_address("10.0.0.4").first, parse_address("10.0.0.6").first),))
    assert _of(_line(Access.ALLOW, clients), DENY_ALL, request=_request(client=client)).verdict.value == verdict


@pytest.mark.parametrize(("port", "verdict"), [(79, "deny"), (80, "allow"), (443, "allow"), (444, "deny")])
def test_the_ends_of_a_port_range_are_in_it(port: int, verdict: str) -> None:
    """A range holds its first and last port."""
    ports = RequestPorts((PortRange(80, 443),))
    assert _of(_line(Access.ALLOW, ports), DENY_ALL, request=_request(port=port)).verdict.value == verdict


@pytest.mark.parametrize(
    ("names", "is_connect", "expected"),
    [
        (("CONNECT",), True, AclVerdict.ALLOW),
        (("GET",), True, AclVerdict.DENY),
        (("CONNECT",), False, AclVerdict.DENY),
        (("CONNECT", "GET"), True, AclVerdict.ALLOW),
        (("CONNECT", "GET"), False, AclVerdict.UNKNOWN),
    ],
)
def test_connect_is_the_method_of_https_and_of_nothing_else(
    names: tuple[str, ...], is_connect: bool, expected: AclVerdict
) -> None:
    """A plain HTTP request never is CONNECT; which other method it uses is not known, and the reason says so."""
    judgement = _of(_line(Access.ALLOW, Methods(names)), DENY_ALL, request=_request(is_connect=is_connect))
    reason = "which HTTP methods a request uses is not known" if expected is AclVerdict.UNKNOWN else ""
    assert (judgement.verdict, judgement.reason) == (expected, reason)


SOME = (".one.blob.core.windows.net", "two.blob.core.windows.net")


@pytest.mark.parametrize(
    ("patterns", "host", "verdict", "reason"),
    [
        ((".core.windows.net",), BLOB, "allow", ""),
        (SOME, BLOB, "unknown", "only some accounts: `.one.blob.core.windows.net`, `two.blob.core.windows.net`"),
        (SOME, "TWO.blob.core.windows.net", "allow", ""),
        (SOME, "three.blob.core.windows.net", "deny", ""),
        (SOME, ".queue.core.windows.net", "deny", ""),
        (("*.blob.core.windows.net",), BLOB, "deny", ""),
        (("blob.core.windows.net",), "a.blob.core.windows.net", "deny", ""),
        (SOME, "", "unknown", "the list is by name, and no name of the destination is known"),
        (
            *(SOME, "20.60.0.1", "unknown"),
            "the proxy looks up the name of `20.60.0.1` to compare it with a list of domains",
        ),
        (
            *(SOME, "[2603:1030::1]", "unknown"),
            "the proxy looks up the name of `[2603:1030::1]` to compare it with a list of domains",
        ),
    ],
)
def test_a_list_of_names(patterns: tuple[str, ...], host: str, verdict: str, reason: str) -> None:
    """A leading dot takes all names below, a plain name itself only, and a star nothing; what is open says why."""
    judgement = _of(_line(Access.ALLOW, HostNames(patterns)), DENY_ALL, request=_request(host=host))
    assert (judgement.verdict.value, judgement.reason) == (verdict, reason)


GROUPS = """acl vms_or_login any-of vms auth
acl login_or_vms any-of auth vms
acl plain_login all-of !CONNECT auth
acl storage_login all-of storage !auth
acl either any-of odd all
acl odd_storage all-of odd storage
acl nobody any-of
acl anybody all-of
"""


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("allow vms_or_login", "allow"),
        ("allow login_or_vms", "deny"),
        ("deny plain_login", "allow"),
        ("deny storage_login", "deny"),
        ("deny !storage_login\nhttp_access allow all", "deny"),
        ("allow either", "allow"),
        ("deny !either", "allow"),
        ("deny odd_storage", "unknown"),
        ("allow nobody", "deny"),
        ("allow anybody", "allow"),
        ("deny !nobody", "deny"),
    ],
)
def test_groups_are_looked_at_from_left_to_right(tmp_path: Path, lines: str, verdict: str) -> None:
    """The first that holds settles `any-of`, the first that fails `all-of`; a demand for credentials ends both."""
    found = _judge(tmp_path, f"{GROUPS}http_access {lines}\n", _request())
    assert found.verdict.value == verdict


@pytest.mark.parametrize(
    ("acl", "host", "verdict"),
    [
        ("dst 20.60.0.0/16", "20.60.0.1", "allow"),
        ("dst 20.60.0.0/16", "20.61.0.1", "deny"),
        ("dst 20.60.0.0/16", BLOB, "unknown"),
        ("dst -n 20.60.0.0/16", BLOB, "deny"),
        ("dst 127.0.0.0/8 ::1", BLOB, "deny"),
        ("dst all", BLOB, "allow"),
        ("dst 2603:1030::/32", "[2603:1030::1]", "allow"),
        (r"dstdom_regex \.blob\.core\.windows\.net$", BLOB, "allow"),
        (r"dstdom_regex ^[0-9.]+$", "20.60.0.1", "allow"),
        (r"dstdom_regex blob", "20.60.0.1", "unknown"),
        (r"dstdom_regex -n blob", "20.60.0.1", "deny"),
        (r"dstdom_regex blob", "", "unknown"),
        (r"url_regex ^https://", BLOB, "deny"),
        ("proto HTTP", BLOB, "deny"),
    ],
)
def test_what_a_request_asks_for(tmp_path: Path, acl: str, host: str, verdict: str) -> None:
    """Addresses and expressions decide where the text of the request does, and are open where a look-up would."""
    lines = f"acl it {acl}\nhttp_access allow it\nhttp_access deny all\n"
    assert _judge(tmp_path, lines, _request(host=host)).verdict.value == verdict
