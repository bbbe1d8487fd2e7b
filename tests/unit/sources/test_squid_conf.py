"""Reading squid.conf."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.model.address import AddressRange, parse_address
from netcheck.model.ports import PortRange
from netcheck.model.proxyacl import (
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    DestinationAddresses,
    Gap,
    HostNames,
    Methods,
    Never,
    PlainHttp,
    RequestPorts,
    Texts,
    Undecidable,
)
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.sources.proxy.squid_conf import read_squid_conf
from tests.unit.sources.shared import shared_folder

PORT = "http_port 3128\n"


def _read(folder: Path, text: str, port: int | None = None) -> tuple[ProxyServer, Collector]:
    path = folder / "squid.conf"
    path.write_text(text)
    collector = Collector()
    return read_squid_conf(str(path), port, collector), collector


def _only_test(folder: Path, acl: str) -> AclTest:
    server, collector = _read(folder, f"{PORT}{acl}\nhttp_access allow it\n")
    assert not collector.has_errors
    return server.acl[0].conditions[0].test


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        (
            "acl it src 10.0.0.0/24 10.1.0.5",
            ClientAddresses((AddressRange(4, 10 << 24, (10 << 24) + 255), *(parse_address("10.1.0.5"),))),
        ),
        ("acl it src 10.0.0.1-10.0.0.3", ClientAddresses((AddressRange(4, (10 << 24) + 1, (10 << 24) + 3),))),
        ("acl it src 10.0.0.0/255.255.255.0 # a mask", ClientAddresses((AddressRange(4, 10 << 24, (10 << 24) + 255),))),
        ("acl it dstdomain .a.net b.net\nacl it dstdomain .c.net", HostNames((".a.net", "b.net", ".c.net"))),
        ("acl it dstdomain -n .a.net", HostNames((".a.net",), looks_up=False)),
        ("acl it port 80 1025-65535", RequestPorts((PortRange(80, 80), PortRange(1025, 65535)))),
        ("acl it method CONNECT get", Methods(("CONNECT", "GET"))),
        ("auth_param basic program /x\nacl it proxy_auth REQUIRED", Authenticated()),
        ("acl it proto cache_object", Never()),
        ("acl it proto HTTP ftp", PlainHttp()),
        ("acl it url_regex -i ^HTT", Texts((("h", "t", "t", Gap.STAR),), is_url=True)),
        ("acl it dstdom_regex -n b$ (ab)+", Undecidable("acl `it` is of type `dstdom_regex`")),
        ("acl it dst 20.0.0.0/8", DestinationAddresses((AddressRange(4, 20 << 24, (21 << 24) - 1),))),
        ("acl it localport 3128", Always()),
        ("acl it localport 80", Never()),
        ("acl it time 08:00-17:00", Undecidable("acl `it` is of type `time`")),
        ("acl it src vm.contoso.local", Undecidable("acl `it` names hosts by `vm.contoso.local`")),
    ],
)
def test_acl_types(tmp_path: Path, acl: str, expected: AclTest) -> None:
    """Each type becomes its test; a type that cannot be decided is named."""
    assert _only_test(tmp_path, acl) == expected


def test_lines_keep_order_negation_and_place(tmp_path: Path) -> None:
    """One line is a conjunction in its written order, with `!` on any of its conditions."""
    text = f"{PORT}acl SSL_ports port 443\nhttp_access deny CONNECT !SSL_ports\nhttp_access allow all\n"
    server, _ = _read(tmp_path, text)
    assert [(r.action, r.text, r.at.line) for r in server.acl] == [
        (Access.DENY, "http_access deny CONNECT !SSL_ports", 3),
        (Access.ALLOW, "http_access allow all", 4),
    ]
    assert [(c.test, c.is_negated, c.text) for c in server.acl[0].conditions] == [
        (Methods(("CONNECT",)), False, "CONNECT"),
        (RequestPorts((PortRange(443, 443),)), True, "!SSL_ports"),
    ]
    assert server.acl[1].conditions[0].test == Always()


@pytest.mark.parametrize(
    ("lines", "default"),
    [
        ("http_access allow localhost", Access.DENY),
        ("http_access deny localhost", Access.ALLOW),
        ("http_access allow all\nhttp_access deny manager", Access.ALLOW),
        ("", Access.DENY),
    ],
)
def test_default_is_the_opposite_of_the_last_line(tmp_path: Path, lines: str, default: Access) -> None:
    """Unmatched requests get the opposite of the last line's action; without any line all are denied."""
    assert _read(tmp_path, f"{PORT}{lines}\n")[0].default is default


def test_domains_from_a_file(tmp_path: Path) -> None:
    """A quoted value is a file beside the squid.conf, one domain a line."""
    (tmp_path / "storage.txt").write_text("# storage\n.blob.core.windows.net\n\n.queue.core.windows.net # queues\n")
    expected = HostNames((".blob.core.windows.net", ".queue.core.windows.net"))
    assert _only_test(tmp_path, 'acl it dstdomain "storage.txt"') == expected
    assert _only_test(tmp_path, 'acl it dstdomain "/etc/squid/storage.txt"') == expected


def test_include(tmp_path: Path) -> None:
    """Included lines stand where the `include` stands, in the order of the file names."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "20.conf").write_text("http_access allow localhost\n")
    (tmp_path / "conf.d" / "10.conf").write_text("http_access deny manager\n")
    server, collector = _read(tmp_path, f"{PORT}include /etc/squid/conf.d/*.conf\nhttp_access deny all\n")
    assert [r.text.partition(" ")[2] for r in server.acl] == ["deny manager", "allow localhost", "deny all"]
    assert [Path(r.at.file).name for r in server.acl] == ["10.conf", "20.conf", "squid.conf"]
    assert list(collector) == []


@pytest.mark.parametrize(
    "line",
    [
        "include missing.conf",
        "include conf.d/*.conf",
        "include /opt/other.conf",
        "include squid.conf",
        'acl x dstdomain "missing.txt"',
        'acl x dstdomain "/opt/list.txt"',
    ],
)
def test_what_cannot_be_included_is_an_error(tmp_path: Path, line: str) -> None:
    """A missing file, a path of the proxy VM and a file that includes itself are errors at their line."""
    _, collector = _read(tmp_path, f"{PORT}{line}\nhttp_access allow all\n")
    assert [(d.severity, d.at.line) for d in collector if d.code == "NC176"] == [(Severity.ERROR, 2)]


@pytest.mark.parametrize(
    "line",
    [
        "http_access allow nobody",
        "http_access allow !!all",
        "http_access allow late\nacl late src all",
        "acl p nosuch 1",
        "acl p src -n 10.0.0.1",
        "acl p src 10.0.0.0/33",
        "acl p proxy_auth REQUIRED",
        "acl p external nobody",
        "acl manager src 10.0.0.1",
        "acl p dstdomain a.net .a.net",
        "acl p dstdomain b.a.net .a.net",
        "acl p any-of nobody",
        "nonsense 1",
        "if ${process_number} = 1\nendif",
        "if true",
        "endif",
        "include",
        "configuration_includes_quoted_values on",
        "acl lonely",
        "acl p port http",
        "acl p port 80\nacl p src 10.0.0.0/8",
    ],
)
def test_malformed_lines_are_errors(tmp_path: Path, line: str) -> None:
    """What squid refuses is refused."""
    _, collector = _read(tmp_path, f"{PORT}{line}\nhttp_access allow all\n")
    assert [d.code for d in collector if d.severity is Severity.ERROR] == ["NC175"]


def test_a_star_in_dstdomain_is_literal(tmp_path: Path) -> None:
    """`*.x` is no dstdomain syntax: the text is kept and warned about."""
    server, collector = _read(tmp_path, f"{PORT}acl s dstdomain *.blob.core.windows.net\nhttp_access allow s\n")
    assert server.acl[0].conditions[0].test == HostNames(("*.blob.core.windows.net",))
    assert [(d.code, d.severity, d.help) for d in collector] == [
        ("NC177", Severity.WARNING, "write `.blob.core.windows.net`: a leading dot takes everything below")
    ]


@pytest.mark.parametrize(
    ("lines", "port", "expected", "codes"),
    [
        ("http_port 3128", None, (3128, None), []),
        ("http_port 0.0.0.0:8080", 8080, (8080, None), []),
        ("http_port 10.0.0.5:8080", None, (8080, parse_address("10.0.0.5")), []),
        ("http_port 127.0.0.1:3128\nhttp_port 3129 intercept\nhttp_port 8080", None, (8080, None), []),
        ("http_port 3128\nhttp_port 8080", None, (3128, None), ["NC178"]),
        ("http_port 3128\nhttp_port 8080", 8080, (8080, None), []),
        ("http_port 3128", 8080, (8080, None), ["NC178"]),
        ("http_port 3129 intercept", 3129, (3129, None), ["NC178"]),
        ("http_port x", None, (0, None), ["NC178", "NC178"]),
    ],
)
def test_ports(
    tmp_path: Path, lines: str, port: int | None, expected: tuple[int, AddressRange | None], codes: list[str]
) -> None:
    """Only a port that serves proxy clients from the network counts, and it must be the one the site names."""
    server, collector = _read(tmp_path, f"{lines}\nhttp_access allow all\n", port)
    assert ((server.port, server.listen), [d.code for d in collector]) == (expected, codes)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("http_access deny !CONNECT\nhttp_access deny !auth\nhttp_access allow all", True),
        ("http_access allow auth\nhttp_access deny all", True),
        ("http_access allow localhost auth\nhttp_access deny all", True),
        ("http_access allow localhost auth\nhttp_access deny localhost", False),
        ("http_access allow CONNECT\nhttp_access allow auth\nhttp_access deny all", False),
        ("http_access deny all\nhttp_access allow auth", False),
        ("http_access allow all", False),
    ],
)
def test_requires_authentication(tmp_path: Path, lines: str, expected: bool) -> None:
    """A proxy requires authentication when no line lets anyone pass without it."""
    text = f"{PORT}auth_param basic program /x\nacl auth proxy_auth REQUIRED\n{lines}\n"
    assert _read(tmp_path, text)[0].requires_authentication is expected


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("cache_peer parent.local parent 3128 0", "cache_peer"),
        ("url_rewrite_program /bin/x", "url_rewrite_program"),
        ("http_port 8080 ssl-bump cert=/x\nssl_bump stare all", "ssl_bump"),
    ],
)
def test_what_else_decides_is_named(tmp_path: Path, lines: str, word: str) -> None:
    """A directive that bears on requests and is not modelled is named in `unknown`."""
    port = "" if "http_port" in lines else PORT
    server, _ = _read(tmp_path, f"{port}{lines}\nhttp_access allow all\n")
    assert f"`{word}`" in server.unknown


def test_continuation_lines(tmp_path: Path) -> None:
    """A backslash at the end of a line joins it with the next."""
    assert _only_test(tmp_path, "acl it dstdomain .a.net \\\n  .b.net") == HostNames((".a.net", ".b.net"))


def test_another_file_is_no_squid_conf(tmp_path: Path) -> None:
    """A file without any squid directive that matters is refused, and so is an empty one."""
    assert _read(tmp_path, "hello world\n")[1].has_errors
    with pytest.raises(InputError):
        _read(tmp_path, "")


@pytest.mark.parametrize(
    ("pattern", "port", "lines", "default", "asks"),
    [
        ("msdocs_defender_iot", 3128, 4, Access.ALLOW, False),
        ("mkol5222__squid.conf.authenticated", 3128, 5, Access.ALLOW, True),
        ("mkol5222__squid.conf.unauthenticated", 3128, 3, Access.DENY, False),
        ("AkihiroKida", 8880, 7, Access.ALLOW, False),
        ("github_gh-aw", 3128, 8, Access.ALLOW, False),
        ("ryohei", 8080, 7, Access.ALLOW, False),
        ("fjammes", 3128, 7, Access.ALLOW, False),
    ],
)
def test_recorded_files(pattern: str, port: int, lines: int, default: Access, asks: bool) -> None:
    """Real configurations read without a fault."""
    path = next((shared_folder("proxy") / "squid").glob(f"{pattern}*"))
    collector = Collector()
    server = read_squid_conf(str(path), None, collector)
    assert list(collector) == []
    assert (server.port, len(server.acl), server.default, server.requires_authentication) == (
        port,
        lines,
        default,
        asks,
    )


def test_the_recorded_debian_default(tmp_path: Path) -> None:
    """Debian's file includes a folder: with it the file reads, without it it is refused."""
    source = shared_folder("proxy") / "squid" / "debian12__squid.conf"
    text = source.read_text(encoding="utf-8")
    assert _read(tmp_path, text)[1].has_errors
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "debian.conf").write_text("logfile_rotate 0\n")
    server, collector = _read(tmp_path, text)
    assert (len(server.acl), list(collector)) == (6, [])
