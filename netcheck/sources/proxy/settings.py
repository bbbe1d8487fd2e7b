"""The places where a VM's proxy setting is written: WinHTTP, `/etc/environment`, `waagent.conf`.

Semantics: Microsoft Learn, "Netsh commands for WinHTTP" and "WINHTTP_PROXY_INFO"; Azure/WALinuxAgent README, section
"Proxy configuration". A port that is not written stays None: clients differ in what they then do.
"""

from __future__ import annotations

import re

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, parse_address
from netcheck.model.site import ProxyAddress

_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?\Z")
_WINHTTP_SCHEMES = ("http", "https", "ftp", "socks")
_NETSH_LABEL = re.compile(r"^\s*(Proxy Server\(s\)|Bypass List)\s*:\s*(.*)$", re.MULTILINE)
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


class _MalformedError(ValueError):
    """A proxy text has no meaning; the message holds no credentials."""

    def __init__(self, message: str, help_text: str = "") -> None:
        self.help = help_text
        super().__init__(message)


def parse_proxy_url(text: str, at: Source, collector: Collector) -> ProxyAddress | None:
    """Read `http://host:port`, `host:port` or `host`; None when the text is empty, or faulty and a fault is collected.

    Credentials are dropped with a warning and never repeated.
    """
    if not text.strip():
        return None
    try:
        return _address(text.strip(), at, collector)
    except _MalformedError as error:
        collector.add(_diagnostic("NC170", str(error), at, error.help))
        return None


def parse_winhttp(text: str, at: Source, collector: Collector) -> dict[str, ProxyAddress]:
    """Read a WinHTTP proxy setting, or what `netsh winhttp show proxy` prints, into proxies by scheme.

    A server without a scheme serves both `http` and `https`; an empty result is direct access.
    """
    setting = _netsh_value(text, "Proxy Server(s)", at, collector)
    found: dict[str, ProxyAddress] = {}
    for part in re.split(r"[;\s]+", setting):
        if not part:
            continue
        named = re.match(r"([A-Za-z]+)=", part)  # a later `=` may belong to a password
        scheme, equals, server = part.partition("=") if named else ("", "", part)
        schemes = (scheme.lower(),) if equals else ("http", "https")
        if schemes[0] not in _WINHTTP_SCHEMES:
            help_text = f"one of {', '.join(_WINHTTP_SCHEMES)}"
            collector.add(_diagnostic("NC170", f"unknown scheme `{scheme}` in a WinHTTP proxy", at, help_text))
            continue
        address = parse_proxy_url(server, at, collector)
        if address is None:
            if equals and not server:
                collector.add(_diagnostic("NC170", f"no server after `{scheme}=`", at))
            continue
        for name in schemes:
            if name in found and found[name] != address:
                message = f"two proxies for `{name}`: which of them serves a request is not known"
                collector.add(_diagnostic("NC170", message, at, "keep one proxy for each scheme"))
            found[name] = address
    return found


def parse_winhttp_bypass(text: str) -> tuple[str, ...]:
    """Read a WinHTTP bypass list (`*.foo.com;<local>`), or the one in what `netsh winhttp show proxy` prints."""
    labels = dict(_NETSH_LABEL.findall(text))
    listed = labels.get("Bypass List", "") if labels or _is_netsh(text) else text
    if listed.strip().lower() == "(none)":
        return ()
    return tuple(part for part in re.split(r"[;\s]+", listed) if part)


def read_environment_file(path: str, collector: Collector) -> tuple[dict[str, ProxyAddress], tuple[str, ...]]:
    """Read `/etc/environment`: the proxies by scheme (`http`, `https`, `all`), and the entries of `no_proxy`.

    Lines are as pam_env takes them: `NAME=value`, `export` allowed, quotes dropped, `#` starts a comment, the last
    assignment of a name counts. Nothing is expanded.
    """
    from netcheck.sources._text import read_text

    values: dict[str, tuple[str, Source]] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        at = Source(path, number, 1)
        body = re.sub(r"^export\s+", "", line.partition("#")[0].strip())
        name, equals, value = body.partition("=")
        if body and not equals:
            is_proxy = name.split()[0].lower() in (*_PROXY_VARIABLES, "no_proxy")
            severity = Severity.ERROR if is_proxy else Severity.WARNING
            collector.add(_diagnostic("NC172", "a line without `=` sets nothing", at, severity=severity))
        elif body:
            values[name.strip()] = (_unquoted(value.strip()), at)
    proxies: dict[str, ProxyAddress] = {}
    for variable in _PROXY_VARIABLES:
        text, at = _either_case(values, variable, path, collector)
        address = parse_proxy_url(text, at, collector)
        if address:
            proxies[variable.partition("_")[0]] = address
    listed, _ = _either_case(values, "no_proxy", path, collector)
    return proxies, tuple(part.strip() for part in listed.split(",") if part.strip())


def read_waagent_conf(path: str, collector: Collector) -> ProxyAddress | None:
    """Read `HttpProxy.Host` and `HttpProxy.Port` of the Linux agent's configuration; None when no host is set.

    Lines are as the agent takes them: a line that starts with `#` is a comment, and so is the rest after a `#`; keys
    are compared exactly; `None` is no value; the last line of a key counts. A host without a port keeps port None.
    """
    from netcheck.sources._text import read_text

    values: dict[str, tuple[str, Source]] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        name, equals, rest = line.partition("=")
        if line.startswith("#") or not equals:
            continue
        name, at = name.strip(), Source(path, number, 1)
        if name.lower() in ("httpproxy.host", "httpproxy.port") and name not in ("HttpProxy.Host", "HttpProxy.Port"):
            message = f"`{name}` is not read by the agent: it compares names exactly"
            collector.add(_diagnostic("NC172", message, at, severity=Severity.WARNING))
        values[name] = (rest.partition("#")[0].strip('" ').strip(), at)
    host, at = values.get("HttpProxy.Host", ("None", Source(path)))
    port, port_at = values.get("HttpProxy.Port", ("None", Source(path)))
    number_read: int | None = None
    if port != "None":
        number_read = _agent_port(port, port_at, collector)
    if host == "None":
        return None
    if not _is_host(host):
        help_text = "write the bare name or address; the port stands in `HttpProxy.Port`"
        collector.add(_diagnostic("NC170", f"`{_shown(host)}` is no host", at, help_text))
        return None
    return ProxyAddress(host=host, port=number_read, at=at)


def _agent_port(text: str, at: Source, collector: Collector) -> int | None:
    try:
        return _port(text)
    except _MalformedError as error:
        collector.add(_diagnostic("NC170", str(error), at))
        return None


def _address(text: str, at: Source, collector: Collector) -> ProxyAddress:
    scheme, separator, rest = text.partition("://")
    rest = rest if separator else text
    if separator and scheme.lower() not in ("http", "https"):
        raise _MalformedError(
            f"`{_shown(scheme)}` is no HTTP proxy", "netcheck knows proxies of the form `http://host:port`"
        )
    credentials, at_sign, server = rest.rpartition("@")
    if at_sign and credentials:
        message = "authenticated proxies are not supported by Azure Backup"
        help_text = "let the proxy pass these VMs by their address"
        collector.add(_diagnostic("NC171", message, at, help_text, Severity.WARNING))
    server, slash, path = server.partition("/")
    if slash and path:
        raise _MalformedError("a proxy address has no path", "write `http://host:port`")
    host, port = _split_port(server)
    if not _is_host(host):
        raise _MalformedError("no proxy address", "write `http://host:port`")
    return ProxyAddress(host=host, port=_port(port) if port is not None else None, at=at)


def _split_port(server: str) -> tuple[str, str | None]:
    if server.startswith("["):
        host, bracket, rest = server[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise _MalformedError("no proxy address", "write an IPv6 address as `[2001:db8::5]:8080`")
        return host, rest[1:] if rest else None
    host, colon, port = server.partition(":")
    return host, port if colon else None


def _is_host(text: str) -> bool:
    if ":" in text or text.replace(".", "").isdigit():
        try:
            parse_address(text)
        except AddressError:
            return False
        return True
    return bool(_HOST_NAME.match(text))


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535:
        return int(text)
    raise _MalformedError("the port is no number from 1 to 65535")


def _is_netsh(text: str) -> bool:
    return "\n" in text.strip() or "WinHTTP" in text or "Direct access" in text


def _netsh_value(text: str, label: str, at: Source, collector: Collector) -> str:
    """Return the setting inside what netsh prints, or the text itself when it is the bare setting."""
    if not _is_netsh(text) and not _NETSH_LABEL.search(text):
        return text.strip()
    labels = dict(_NETSH_LABEL.findall(text))
    if label in labels:
        return str(labels[label]).strip()
    if "Direct access (no proxy server)" not in text:
        help_text = "paste what `netsh winhttp show proxy` prints on an English system, or the setting alone"
        collector.add(_diagnostic("NC170", "no WinHTTP proxy setting can be read from this text", at, help_text))
    return ""


def _either_case(
    values: dict[str, tuple[str, Source]], name: str, path: str, collector: Collector
) -> tuple[str, Source]:
    """Return a variable written in small letters or capitals; two that differ are a fault."""
    small, capital = values.get(name), values.get(name.upper())
    if small and capital and small[0] != capital[0]:
        message = f"`{name}` and `{name.upper()}` differ: programs disagree on which of them counts"
        collector.add(_diagnostic("NC172", message, capital[1], "keep one of them, or give both one value"))
    return small or capital or ("", Source(path))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _shown(text: str) -> str:
    """Return user text for a message: short, and without anything that may be a password."""
    return text.rpartition("@")[2][:60]


def _diagnostic(
    code: str, message: str, at: Source, help_text: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, message=message, at=at, help=help_text)
