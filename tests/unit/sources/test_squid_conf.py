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
        ("acl it dstdomain .a.net -n", HostNames((".a.net", "-n"))),
        ("acl it dstdomain -- -n", HostNames(("-n",))),
        ("acl it dstdom_regex -in A$", Texts(((Gap.STAR, "a"),), is_url=False, looks_up=False)),
        ("acl it dstdom_regex -i A$ +i B$", Texts(((Gap.STAR, "a"), (Gap.STAR, "B")), is_url=False)),
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
    (tmp_path / "conf.d" / ".30.conf").write_text("http_access allow all\n")
    server, collector = _read(tmp_path, f"{PORT}include /etc/squid/conf.d/*.conf\nhttp_access deny all\n")
    assert [r.text.partition(" ")[2] for r in server.acl] == ["deny manager", "allow localhost", "deny all"]
    assert [Path(r.at.file).name for r in server.acl] == ["10.conf", "20.conf", "squid.conf"]
    assert list(collector) == []


@pytest.mark.parametrize(
    "line",
    [
        "include missing.conf",
        "include conf.d/*.conf",
        "include **x",
        "include [",
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
        "acl p url_regex -n a",
        "acl p dstdomain - a",
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
        "if true # why\nendif",
        "if false\nif maybe\nendif\nendif",
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


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("http_access al\\\nlow all", ["allow all"]),
        ("http_access \\\n\n# between\n  deny all", ["deny all"]),
        ("# a comment \\\nhttp_access allow all", ["allow all"]),
        ("http_access allow all # why", ["allow all"]),
        ("http_access allow all\r lost", ["allow all"]),
        ("\thttp_access\tdeny\tall", ["deny all"]),
        ("http_access allow all\nhttp_access \\", ["allow all"]),
        ("http_access deny all\nhttp_access maybe all\nhttp_access\nhttp_access allow", ["deny all"]),
        ("if true\nhttp_access deny all\nelse\nhttp_access allow all\nendif", ["deny all"]),
        ("if 1 = 2\nhttp_access deny all\nif true\nhttp_access deny all\nendif\nendif", []),
    ],
)
def test_lines_are_what_squid_makes_of_them(tmp_path: Path, text: str, rules: list[str]) -> None:
    """Joined lines, comments, carriage returns, lines that squid skips, branches of `if`: as squid 5.7 was seen to."""
    path = tmp_path / "squid.conf"
    path.write_text(PORT + text + "\n", newline="")
    collector = Collector()
    server = read_squid_conf(str(path), None, collector)
    assert not collector.has_errors
    assert [rule.text.removeprefix("http_access ") for rule in server.acl] == rules


def test_what_squid_defines_itself_is_added_to(tmp_path: Path) -> None:
    """A line for `localhost` adds to it, in any letter case; an old `acl manager proto` is skipped."""
    acls = "acl LocalHost src 10.0.0.9\nacl manager proto cache_object\n"
    server, collector = _read(tmp_path, f"{PORT}{acls}http_access allow localhost manager\n")
    ranges = tuple(map(parse_address, ("::1", "10.0.0.9", "127.0.0.1")))
    assert server.acl[0].conditions[0].test == ClientAddresses(ranges)
    assert (server.acl[0].conditions[1].test, list(collector)) == (Never(), [])


def test_nothing_is_read_after_the_file_of_a_list(tmp_path: Path) -> None:
    """Squid ends a list with its file: what follows on the line is warned about; either quote names a file."""
    (tmp_path / "list.txt").write_text(" a.net # why\nb.net#c\n")
    server, collector = _read(tmp_path, f"{PORT}acl it dstdomain 'list.txt' c.net\nhttp_access allow it\n")
    assert server.acl[0].conditions[0].test == HostNames(("a.net", "b.net#c"))
    assert [(d.code, d.severity, d.message) for d in collector] == [
        ("NC175", Severity.WARNING, "squid reads nothing after a file: `c.net`")
    ]


@pytest.mark.parametrize("line", ["http_access allow all " + " " * 8200, 'acl it dstdomain "long.txt"'])
def test_a_line_that_squid_reads_in_pieces_is_an_error(tmp_path: Path, line: str) -> None:
    """Squid reads 8191 characters of a line, 2047 of one of a list, and takes the rest for a line of its own."""
    (tmp_path / "long.txt").write_text("a" * 2100 + "\n")
    _, collector = _read(tmp_path, f"{PORT}{line}\nhttp_access allow all\n")
    assert [d.code for d in collector if d.severity is Severity.ERROR] == ["NC175"]


def test_addresses_that_overlap_are_warned_about(tmp_path: Path) -> None:
    """Squid before 7 leaves out the second of two values that overlap; the warning stands at its line."""
    text = f"{PORT}acl it src 10.1.0.0/16\nacl it src 10.0.0.0/8\nhttp_access allow it\n"
    _, collector = _read(tmp_path, text)
    assert [(d.code, d.severity, d.at.line, d.message) for d in collector] == [
        ("NC175", Severity.WARNING, 3, "not every version of squid takes `10.0.0.0/8` into acl `it`")
    ]


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [
        ("http_reply_access allow all\nmiss_access allow all", False),
        ("http_reply_access deny all", True),
        ("icap_enable off", False),
        ("never_direct deny all", False),
        ("request_header_access X-Forwarded-For deny all", False),
        ("request_header_access All deny all", True),
        ("http_port 10.0.0.5:3128", True),
        ("http_port proxy.contoso.local:3128", True),
        ("http_port 8080 vhost", False),
    ],
)
def test_what_says_nothing_leaves_nothing_open(tmp_path: Path, lines: str, is_open: bool) -> None:
    """A directive set to what it is anyway is no reason for doubt; two addresses of one port are."""
    server, _ = _read(tmp_path, f"{PORT.replace('3128', '10.0.0.6:3128')}{lines}\nhttp_access allow all\n")
    assert bool(server.unknown) is is_open


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
