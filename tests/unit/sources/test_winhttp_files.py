"""WinHTTP's setting as netsh prints it: `show proxy` in English, `show advproxy` as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Source
from netcheck.errors import InputError
from netcheck.sources.proxy.winhttp import WinHttp, parse_winhttp, read_winhttp_file

AT = Source("site.yaml", 3, 5)
HEAD = "\r\nCurrent WinHTTP proxy settings:\r\n\r\n"
DIRECT = f"{HEAD}    Direct access (no proxy server).\r\n\r\n"
PROXY = (
    f"{HEAD}    Proxy Server(s) :  http=10.0.0.5:8080;https=10.0.0.6:8443\r\n    Bypass List     :  *.corp;<local>\r\n"
)
ADVANCED = """
Current WinHTTP advanced proxy settings:

{
    "Proxy":  "10.0.0.5:8080",
    "ProxyBypass":  "*.corp;<local>",
    "AutoconfigUrl":  "",
    "AutoDetect":  false
}
"""

# What netsh prints on systems in other languages has other words in the same places.
OTHER_LANGUAGES = [
    "\nAktuelle WinHTTP-Proxyeinstellungen:\n\n    Direktzugriff (kein Proxyserver).\n",
    "\nAktuelle WinHTTP-Proxyeinstellungen:\n\n    Proxyserver:  10.0.0.5:8080\n    Umgehungsliste     :  (keine)\n",
    "\nParamètres de proxy WinHTTP actuels :\n\n    Accès direct (pas de serveur proxy).\n",
    "\n現在の WinHTTP プロキシ設定:\n\n    直接アクセス (プロキシ サーバーなし)。\n",
    "\nConfiguración actual del proxy WinHTTP:\n\n    Acceso directo (sin servidor proxy).\n",
]


def _read(folder: Path, text: str, encoding: str = "utf-8") -> tuple[WinHttp, Collector]:
    path = folder / "winhttp.txt"
    path.write_bytes(text.encode(encoding))
    collector = Collector()
    return read_winhttp_file(str(path), collector), collector


def _servers(found: WinHttp) -> dict[str, tuple[str, int | None]]:
    return {scheme: (one.host, one.port) for scheme, one in found.proxies.items()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_what_netsh_prints(encoding: str, tmp_path: Path) -> None:
    """A terminal's `>` writes UTF-8 or UTF-16; proxies by scheme and the bypass list are read."""
    found, collector = _read(tmp_path, PROXY, encoding)
    assert _servers(found) == {"http": ("10.0.0.5", 8080), "https": ("10.0.0.6", 8443)}
    assert found.bypass == ("*.corp", "<local>")
    assert list(collector) == []


def test_direct_access_is_no_proxy(tmp_path: Path) -> None:
    """The line that netsh prints where nothing is set, and `(none)` for no bypass list."""
    direct, faults = _read(tmp_path, DIRECT)
    assert (direct, list(faults)) == (WinHttp(), [])
    found, collector = _read(tmp_path, PROXY.replace("*.corp;<local>", "(none)"))
    assert (found.bypass, list(collector)) == ((), [])


@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_another_language_is_refused(text: str, tmp_path: Path) -> None:
    """Labels of another language are never read as direct access: the file is refused, with advice."""
    found, collector = _read(tmp_path, text)
    assert found == WinHttp()
    [fault] = collector
    assert (fault.code, fault.severity) == ("NC174", "error")
    assert "English" in fault.help
    pasted = Collector()
    parse_winhttp(text, AT, pasted)
    assert [(one.code, one.severity) for one in pasted] == [("NC174", "error")]


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        f"{HEAD}    Bypass List     :  (none)\r\n",
        f"{DIRECT}    Proxy Server(s) :  10.0.0.5:8080\r\n",
        f"{PROXY}    Something else :  x\r\n",
        f"{HEAD}    Proxy Server(s) :\r\n    Bypass List     :  (none)\r\n",
        f"{HEAD}    Proxy Server(s) :  10.0.0.5:8080\r\n",
        "10.0.0.5:8080\n",
        "http=10.0.0.5:8080\nhttps=10.0.0.5:8080\n",
    ],
)
def test_a_file_with_more_or_less_than_netsh_prints_is_refused(text: str, tmp_path: Path) -> None:
    """A cut output, a contradiction, and a line of another kind tell nothing."""
    found, collector = _read(tmp_path, text)
    assert (found, [one.code for one in collector]) == (WinHttp(), ["NC174"])


def test_advanced_settings(tmp_path: Path) -> None:
    """`show advproxy` prints JSON; its heading may be in any language."""
    found, collector = _read(tmp_path, ADVANCED)
    assert _servers(found) == {"http": ("10.0.0.5", 8080), "https": ("10.0.0.5", 8080)}
    assert (found.bypass, found.script, found.detects) == (("*.corp", "<local>"), "", False)
    assert (found.is_advanced, list(collector)) == (True, [])
    script = '{"AutoconfigUrl": "http://10.0.0.5/proxy.pac", "AutoDetect": true}'
    assert _read(tmp_path, script)[0] == WinHttp(script="http://10.0.0.5/proxy.pac", detects=True, is_advanced=True)
    assert _read(tmp_path, "Einstellungen:\n" + script)[0] == _read(tmp_path, script)[0]


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ('"ProxyIsEnabled": true, "AutoConfigIsEnabled": false', (True, "")),
        ('"ProxyIsEnabled": false, "AutoConfigIsEnabled": true', (False, "http://p/x.pac")),
        ('"ProxyIsEnabled": false, "AutoConfigIsEnabled": false, "PerUserProxySettings": true', (False, "")),
    ],
)
def test_switches_of_the_advanced_settings(switches: str, expected: tuple[bool, str], tmp_path: Path) -> None:
    """A proxy or a script that is switched off keeps its text and does nothing."""
    text = f'{{{switches}, "Proxy": "a:1", "AutoconfigUrl": "http://p/x.pac", "AutoDetect": false}}'
    found, collector = _read(tmp_path, text)
    assert ((bool(found.proxies), found.script), list(collector)) == (expected, [])


def test_advanced_settings_that_are_empty(tmp_path: Path) -> None:
    """netsh prints an object without keys where nothing is set."""
    found, collector = _read(tmp_path, "Current WinHTTP advanced proxy settings:\n\n{\n}\n")
    assert (found, list(collector)) == (WinHttp(is_advanced=True), [])


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"Proxy": "a:1"} {"Proxy": "b:1"}',
        '{"Proxy": 5}',
        '{"AutoDetect": "yes"}',
        '{"PerUserProxy": "a:1"}',
        '{"PerUserProxySettings": 1}',
        '{"Proxy": {"http": "a:1"}}',
        "{" * 5000,
    ],
)
def test_advanced_settings_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    """Cut JSON, a wrong type and a key that is not known are refused."""
    found, collector = _read(tmp_path, text)
    assert (found, [one.code for one in collector]) == (WinHttp(), ["NC174"])


@pytest.mark.parametrize("text", [DIRECT, PROXY, ADVANCED])
def test_every_cut_gives_settings_or_an_error(text: str, tmp_path: Path) -> None:
    """A file that ends anywhere is read, or refused; only the whole text of direct access is direct access."""
    for length in range(len(text)):
        try:
            found, collector = _read(tmp_path, text[:length])
        except InputError:
            continue
        is_whole = length >= len(text.rstrip())
        assert found.proxies or collector.has_errors or (text is DIRECT and (is_whole or "server)" in text[:length]))
