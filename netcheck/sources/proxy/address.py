"""The address of a proxy as client settings spell it, and the faults that all their readers report.

A port that is not written stays None: clients differ in what they then do. Credentials are dropped and never shown;
that there were some is kept, for Azure Backup does not log in at proxies.
"""

from __future__ import annotations

import re

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, parse_address
from netcheck.model.proxies import ProxyAddress

_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?\Z")
_SCHEMES = ("http", "https", "ftp", "socks")


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
        collector.add(fault("NC170", str(error), at, error.help))
        return None


def parse_proxies(text: str, at: Source, collector: Collector) -> dict[str, ProxyAddress]:
    """Read a proxy string of Windows (`host:port`, or `http=host:port;https=host:port`) into proxies by scheme.

    A server without a scheme serves both `http` and `https`.
    """
    found: dict[str, ProxyAddress] = {}
    for part in re.split(r"[;\s]+", text):
        if not part:
            continue
        named = re.match(r"([A-Za-z]+)=", part)  # a later `=` may belong to a password
        scheme, equals, server = part.partition("=") if named else ("", "", part)
        schemes = (scheme.lower(),) if equals else ("http", "https")
        if schemes[0] not in _SCHEMES:
            help_text = f"one of {', '.join(_SCHEMES)}"
            collector.add(fault("NC170", f"unknown scheme `{scheme}` in a proxy setting", at, help_text))
            continue
        address = parse_proxy_url(server, at, collector)
        if address is None:
            if equals and not server:
                collector.add(fault("NC170", f"no server after `{scheme}=`", at))
            continue
        for name in schemes:
            if name in found and found[name] != address:
                message = f"two proxies for `{name}`: which of them serves a request is not known"
                collector.add(fault("NC170", message, at, "keep one proxy for each scheme"))
            found[name] = address
    return found


def parse_bypass(text: str) -> tuple[str, ...]:
    """Read a bypass list of Windows: `*.foo.com;<local>`."""
    return tuple(part for part in re.split(r"[;\s]+", text) if part)


def parse_host(text: str, at: Source, collector: Collector) -> str:
    """Return a bare host name or address; "" when it is none, and a fault is collected."""
    if is_host(text):
        return text
    help_text = "write the bare name or address; the port stands in `HttpProxy.Port`"
    collector.add(fault("NC170", f"`{_shown(text)}` is no host", at, help_text))
    return ""


def parse_port(text: str, at: Source, collector: Collector) -> int | None:
    """Return a port; None when it is none, and a fault is collected."""
    try:
        return _port(text)
    except _MalformedError as error:
        collector.add(fault("NC170", str(error), at))
        return None


def fault(code: str, message: str, at: Source, help_text: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
    """Return a fault of a settings file."""
    return Diagnostic(code=code, severity=severity, message=message, at=at, help=help_text)


def is_host(text: str) -> bool:
    """Return whether a text is a host name or an address."""
    if ":" in text or text.replace(".", "").isdigit():
        try:
            parse_address(text)
        except AddressError:
            return False
        return True
    return bool(_HOST_NAME.match(text))


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
        collector.add(fault("NC171", message, at, help_text, Severity.WARNING))
    server, slash, path = server.partition("/")
    if slash and path:
        raise _MalformedError("a proxy address has no path", "write `http://host:port`")
    host, port = _split_port(server)
    if not is_host(host):
        raise _MalformedError("no proxy address", "write `http://host:port`")
    number = _port(port) if port is not None else None
    return ProxyAddress(host=host, port=number, at=at, has_credentials=bool(at_sign and credentials))


def _split_port(server: str) -> tuple[str, str | None]:
    if server.startswith("["):
        host, bracket, rest = server[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise _MalformedError("no proxy address", "write an IPv6 address as `[2001:db8::5]:8080`")
        return host, rest[1:] if rest else None
    host, colon, port = server.partition(":")
    return host, port if colon else None


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535:
        return int(text)
    raise _MalformedError("the port is no number from 1 to 65535")


def _shown(text: str) -> str:
    """Return user text for a message: short, and without anything that may be a password."""
    return text.rpartition("@")[2][:60]
