"""Proxy settings of a client: WinHTTP, /etc/environment, waagent.conf."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.errors import InputError
from netcheck.model.site import ProxyAddress
from netcheck.sources.proxy.address import parse_bypass, parse_proxies, parse_proxy_url
from netcheck.sources.proxy.environment import read_environment_file
from netcheck.sources.proxy.waagent import read_waagent_conf
from netcheck.sources.proxy.winhttp import parse_winhttp
from tests.unit.sources.shared import shared_folder

AT = Source("site.yaml", 3, 5)
DIRECT = "\nCurrent WinHTTP proxy settings:\n\n    Direct access (no proxy server).\n\n"
NETSH = (
    "\nCurrent WinHTTP proxy settings:\n\n    Proxy Server(s) :  http=10.0.0.5:8080\n"
    "    Bypass List     :  *.core.windows.net;<local>\n\n"
)


def _pairs(found: dict[str, ProxyAddress]) -> dict[str, tuple[str, int | None]]:
    return {scheme: (address.host, address.port) for scheme, address in found.items()}


def _codes(collector: Collector) -> list[str]:
    return [d.code for d in collector]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://10.0.0.5:8080", ("10.0.0.5", 8080)),
        ("HTTP://proxy.contoso.local:3128/", ("proxy.contoso.local", 3128)),
        ("10.0.0.5:8080", ("10.0.0.5", 8080)),
        ("proxy", ("proxy", None)),
        ("http://[2001:db8::5]:8080", ("2001:db8::5", 8080)),
    ],
)
def test_proxy_url(text: str, expected: tuple[str, int | None]) -> None:
    """A URL, `host:port` and a bare host are read; a port that is not written stays None."""
    collector = Collector()
    found = parse_proxy_url(text, AT, collector)
    assert found is not None
    assert ((found.host, found.port), found.at, list(collector)) == (expected, AT, [])


@pytest.mark.parametrize(
    "text",
    [
        "http://10.0.0.5:http",
        "10.0.0.5:0",
        "10.0.0.5:65536",
        "10.0.0.5:",
        "10.0.0.256:80",
        "http://:80",
        "socks5://h:1080",
        "http://h:80/path",
        "[::1:80",
        "a b:80",
        "h:8080:9",
    ],
)
def test_a_faulty_proxy_is_an_error(text: str) -> None:
    """What is no proxy address is an error, not a missing setting."""
    collector = Collector()
    assert parse_proxy_url(text, AT, collector) is None
    assert _codes(collector) == ["NC170"]
    assert collector.has_errors


@pytest.mark.parametrize(
    "text",
    ["http://bob:S3cret@10.0.0.5:8080", "bob:S3cret@10.0.0.5:8080", "http://bob:S3cret@10.0.0.5:x", "bob:S3cret"],
)
def test_passwords_are_never_repeated(text: str) -> None:
    """Azure Backup does not authenticate to proxies, and no message holds a password."""
    collector = Collector()
    parse_proxy_url(text, AT, collector)
    parse_proxies(text, AT, collector)
    parse_proxies(f"http={text};https=x:S3cret=@h:1", AT, collector)
    shown = "\n".join(d.render() for d in collector)
    assert list(collector)
    assert "S3cret" not in shown


def test_an_authenticated_proxy_is_a_warning() -> None:
    """The address is kept without its credentials, and that there were some."""
    collector = Collector()
    found = parse_proxy_url("http://bob:pw@10.0.0.5:8080", AT, collector)
    assert found == ProxyAddress(host="10.0.0.5", port=8080, at=AT, has_credentials=True)
    assert [(d.code, d.severity) for d in collector] == [("NC171", Severity.WARNING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://10.0.0.5:8080", {"http": ("10.0.0.5", 8080), "https": ("10.0.0.5", 8080)}),
        ("10.0.0.5:8080", {"http": ("10.0.0.5", 8080), "https": ("10.0.0.5", 8080)}),
        ("http=a:1;https=b:2", {"http": ("a", 1), "https": ("b", 2)}),
        ("http=a:1 https=http://b:2", {"http": ("a", 1), "https": ("b", 2)}),
        ("HTTP=a:1", {"http": ("a", 1)}),
        (DIRECT, {}),
        (NETSH, {"http": ("10.0.0.5", 8080)}),
        ("", {}),
    ],
)
def test_winhttp(text: str, expected: dict[str, tuple[str, int | None]]) -> None:
    """A bare server serves both schemes; a scheme that is not listed has no proxy."""
    collector = Collector()
    assert _pairs(parse_winhttp(text, AT, collector).proxies) == expected
    assert list(collector) == []


@pytest.mark.parametrize(
    "text",
    [
        "gopher=a:1",
        "http=",
        "http=a:1;http=b:1",
        "a:1;b:2",
        "\nAktuelle WinHTTP-Proxyeinstellungen:\n\n    Direktzugriff (kein Proxyserver).\n",
    ],
)
def test_winhttp_that_cannot_be_read_is_an_error(text: str) -> None:
    """An unknown scheme, two proxies for one, and netsh in another language are errors, never direct access."""
    collector = Collector()
    parse_winhttp(text, AT, collector)
    assert collector.has_errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NETSH, ("*.core.windows.net", "<local>")),
        (NETSH.replace("*.core.windows.net;<local>", "(none)"), ()),
        (DIRECT, ()),
    ],
)
def test_winhttp_bypass(text: str, expected: tuple[str, ...]) -> None:
    """The bypass list is separated by semicolons; netsh prints `(none)` for an empty one."""
    assert parse_winhttp(text, AT, Collector()).bypass == expected


def test_a_bypass_list_of_windows() -> None:
    """Entries are separated by semicolons or blanks."""
    assert parse_bypass("*.core.windows.net;<local> 10.*") == ("*.core.windows.net", "<local>", "10.*")
    assert parse_bypass("") == ()


def _environment(folder: Path, text: str) -> tuple[dict[str, ProxyAddress], tuple[str, ...], Collector]:
    path = folder / "environment"
    path.write_text(text)
    collector = Collector()
    return (*read_environment_file(str(path), collector), collector)


def test_environment_file(tmp_path: Path) -> None:
    """Assignments, quotes, `export`, comments and both letter cases are read; each variable serves its own scheme."""
    text = (
        'PATH="/usr/bin:/bin"\n# http_proxy=http://old:1\nhttp_proxy="http://10.0.0.5:8080"  # the proxy VM\n'
        "export HTTPS_PROXY=http://10.0.0.6:8080\n\nno_proxy='localhost, .core.windows.net,10.0.0.0/8'\n"
    )
    proxies, no_proxy, collector = _environment(tmp_path, text)
    assert _pairs(proxies) == {"http": ("10.0.0.5", 8080), "https": ("10.0.0.6", 8080)}
    assert (proxies["http"].at.line, proxies["https"].at.line) == (3, 4)
    assert no_proxy == ("localhost", ".core.windows.net", "10.0.0.0/8")
    assert list(collector) == []


def test_http_proxy_alone_does_not_serve_https(tmp_path: Path) -> None:
    """The article's single line covers http only."""
    proxies, _, _ = _environment(tmp_path, "http_proxy=http://10.0.0.5:8080\n")
    assert list(proxies) == ["http"]


def test_the_last_assignment_counts(tmp_path: Path) -> None:
    """A later line of the same variable replaces the earlier one."""
    proxies, _, _ = _environment(tmp_path, "all_proxy=a:1\nall_proxy=b:2\n")
    assert _pairs(proxies) == {"all": ("b", 2)}


@pytest.mark.parametrize(
    ("text", "is_error"),
    [
        ("http_proxy=a:1\nHTTP_PROXY=b:1\n", True),
        ("http_proxy=a:1\nHTTP_PROXY=a:1\n", None),
        ("http_proxy http://a:1\n", True),
        ("garbage\n", False),
        ("http_proxy=$PROXY\n", True),
    ],
)
def test_environment_faults(tmp_path: Path, text: str, is_error: bool | None) -> None:
    """Two spellings that differ, or a proxy line that sets nothing, are errors; any other odd line is a warning."""
    *_, collector = _environment(tmp_path, text)
    assert (collector.has_errors if list(collector) else None) == is_error


def _agent(folder: Path, text: str) -> tuple[ProxyAddress | None, Collector]:
    path = folder / "waagent.conf"
    path.write_text("# agent\n" + text)
    collector = Collector()
    return read_waagent_conf(str(path), collector), collector


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HttpProxy.Host=10.0.0.5\nHttpProxy.Port=8080\n", ("10.0.0.5", 8080)),
        ('HttpProxy.Host = "proxy" # ours\nHttpProxy.Port= 8080\n', ("proxy", 8080)),
        ("HttpProxy.Host=10.0.0.5\n", ("10.0.0.5", None)),
        ("HttpProxy.Host=10.0.0.5\nHttpProxy.Port=None\n", ("10.0.0.5", None)),
        ("HttpProxy.Host=None\nHttpProxy.Port=None\n", None),
        ("#HttpProxy.Host=10.0.0.5\n", None),
        ("HttpProxy.Port=8080\n", None),
        ("HttpProxy.Host=a\nHttpProxy.Host=b\nHttpProxy.Port=1\n", ("b", 1)),
    ],
)
def test_waagent_conf(tmp_path: Path, text: str, expected: tuple[str, int | None] | None) -> None:
    """Host and port are two keys; `None` is no value, and a host without port is kept so."""
    found, collector = _agent(tmp_path, text)
    assert (found and (found.host, found.port)) == expected
    assert list(collector) == []


@pytest.mark.parametrize(
    "text", ["HttpProxy.Host=h\nHttpProxy.Port=80a\n", "HttpProxy.Host=http://h\n", "HttpProxy.Host=\n"]
)
def test_waagent_faults(tmp_path: Path, text: str) -> None:
    """A malformed port or host is an error."""
    _, collector = _agent(tmp_path, text)
    assert collector.has_errors


def test_waagent_key_in_another_case_is_a_warning(tmp_path: Path) -> None:
    """The agent compares keys exactly, so such a line sets nothing."""
    found, collector = _agent(tmp_path, "httpproxy.host=10.0.0.5\n")
    assert (found, _codes(collector), collector.has_errors) == (None, ["NC172"], False)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is never read as one without a proxy."""
    with pytest.raises(InputError):
        read_waagent_conf(str(tmp_path / "none"), Collector())
    with pytest.raises(InputError):
        read_environment_file(str(tmp_path / "none"), Collector())


def test_every_recorded_waagent_conf_reads() -> None:
    """The files that the agent ships set no proxy and hold no fault."""
    files = sorted((shared_folder("proxy") / "waagent").glob("*.conf"))
    collector = Collector()
    assert files
    assert {read_waagent_conf(str(path), collector) for path in files} == {None}
    assert list(collector) == []


ENVIRONMENT = (
    'PATH="/usr/bin:/bin"\nhttp_proxy=http://10.0.0.5:3128\nexport HTTPS_PROXY="http://bob:pw@10.0.0.6:3128"  # ours\n'
    "no_proxy=localhost,.core.windows.net\n"
)
AGENT_CONF = (
    "# agent\nProvisioning.Agent=auto\nHttpProxy.Host=10.0.0.5 # the proxy\nHttpProxy.Port=3128\nOS.Root=None\n"
)


def test_cut_and_mangled_settings_give_settings_or_an_error(tmp_path: Path) -> None:
    """No file makes a reader fail with anything but a fault that names a line, and no password is ever repeated."""
    drawn = random.Random(170)
    for whole, read in ((ENVIRONMENT, _environment), (AGENT_CONF, _agent)):
        texts = [whole[:length] for length in range(1, len(whole))]
        for _ in range(400):
            at = drawn.randrange(len(whole))
            texts.append(whole[:at] + drawn.choice("=#:@/\"' \n\\\u00e9\u2028$") + whole[at + drawn.randrange(3) :])
        for text in texts:
            try:
                *_, collector = read(tmp_path, text)
            except InputError:
                continue
            assert all("bob:pw" not in one.render() for one in collector)
