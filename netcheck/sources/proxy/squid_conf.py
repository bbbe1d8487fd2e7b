"""The configuration of a squid proxy: where it listens and whom it lets ask for what.

Semantics: squid's own documentation (cf.data.pre) of `http_port`, `http_access`, `acl` and `include`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, AddressRange, everything, parse_address
from netcheck.model.proxies import ProxyProgram
from netcheck.model.proxyacl import AclRule, Always, Authenticated
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.sources.proxy.squid_access import access_list
from netcheck.sources.proxy.squid_lines import SquidLine, squid_lines
from netcheck.sources.proxy.squid_words import DIRECTIVES

_MODES = frozenset({"intercept", "transparent", "tproxy", "accel", "vhost", "vport"})
_MODE_STARTS = ("defaultsite=", "vport=")
_LOOPBACK = (AddressRange(4, 127 << 24, (128 << 24) - 1), AddressRange(6, 1, 1))

_HOST_PORT = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.\-]+:[0-9]+\Z")
_ALLOW_ALL, _DENY_ALL = ("allow", "all"), ("deny", "all")

_DECIDES_ELSEWHERE: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "cache_peer": ("`cache_peer` hands requests on to another proxy", ()),
        "never_direct": ("`never_direct` forbids the proxy to ask by itself", _DENY_ALL),
        "url_rewrite_program": ("`url_rewrite_program` changes requests", ("none",)),
        "redirect_program": ("`redirect_program` changes requests", ("none",)),
        "adapted_http_access": ("`adapted_http_access` decides as well", _ALLOW_ALL),
        "http_access2": ("`http_access2` decides as well", _ALLOW_ALL),
        "http_reply_access": ("`http_reply_access` decides about answers", _ALLOW_ALL),
        "miss_access": ("`miss_access` decides as well", _ALLOW_ALL),
        "icap_enable": ("`icap_enable` hands requests to another program", ("off",)),
        "ecap_enable": ("`ecap_enable` hands requests to another program", ("off",)),
        "follow_x_forwarded_for": ("`follow_x_forwarded_for` takes the client's address from a header", _DENY_ALL),
        "tcp_outgoing_address": ("`tcp_outgoing_address` sets the proxy's own address", ()),
        "request_body_max_size": ("`request_body_max_size` limits what a client may send", ("0",)),
        "reply_body_max_size": ("`reply_body_max_size` limits what a server may answer", ("none",)),
        "request_header_access": ("`request_header_access` takes headers away", _ALLOW_ALL),
        "client_ip_max_connections": ("`client_ip_max_connections` limits a client's connections", ("-1",)),
        "offline_mode": ("`offline_mode` answers from what is stored", ("off",)),
        "append_domain": ("`append_domain` changes names", ()),
        "host_verify_strict": ("`host_verify_strict` refuses requests whose names do not agree", ("off",)),
        "chroot": ("`chroot` moves where squid finds its files", ()),
    }
)
"""Directives that bear on a request and are not modelled, and the words after them that make them say nothing."""

_HARMLESS_HEADERS = frozenset({"x-forwarded-for", "via", "user-agent", "referer", "from", "cache-control", "cookie"})
"""Headers that Storage does not ask for."""


def read_squid_conf(path: str, port: int | None, collector: Collector) -> ProxyServer:
    """Read a squid.conf with its includes; `port` is the one the site says the proxy serves, None to take squid's.

    Faults of the file are collected; raise InputError when a file cannot be read at all.
    """
    return squid_server(squid_lines(path, collector), path, port, collector)


def squid_server(lines: list[SquidLine], path: str, port: int | None, collector: Collector) -> ProxyServer:
    """Return the proxy that directives make; what bears on requests and is no `http_access` is named in `unknown`."""
    if not any(line.word in ("http_port", "http_access", "acl") for line in lines):
        collector.add(
            _error("NC175", "no squid.conf: neither `http_port`, `http_access` nor `acl` in it", Source(path))
        )
    else:
        _check_words(lines, collector)
    listeners = _listeners(lines, path, port, collector)
    listener = listeners[0] if listeners else None
    addresses = list(dict.fromkeys(map(_address_of, listeners)))
    served = port if port is not None else _port_of(listener) if listener else 0
    acl = access_list(lines, path, served, collector)
    default = _opposite(acl[-1].action) if acl else Access.DENY
    if not acl:
        message = "no `http_access` line: squid refuses every request"
        collector.add(Diagnostic(code="NC175", severity=Severity.WARNING, message=message, at=Source(path)))
    return ProxyServer(
        port=served,
        at=listener.at if listener else Source(path),
        acl=acl,
        default=default,
        requires_authentication=_is_closed_to_strangers(acl, default),
        unknown="; ".join([*_decided_elsewhere(lines, listeners), *_where_else(listeners, addresses)]),
        listen=addresses[0] if len(addresses) == 1 else None,
        file=path,
        program=ProxyProgram.SQUID,
    )


def _check_words(lines: Sequence[SquidLine], collector: Collector) -> None:
    """Collect what squid does not know, and the one directive that changes how all others are read."""
    for line in lines:
        if line.word not in DIRECTIVES:
            message = f"squid does not know `{line.word[:60]}`"
            collector.add(_error("NC175", message, line.at, "squid does not start with such a line: take it out"))
        elif line.word == "configuration_includes_quoted_values" and line.words[:1] != ("off",):
            message = (
                "with `configuration_includes_quoted_values` words in quotes are values, which netcheck does not read"
            )
            collector.add(_error("NC175", message, line.at, "write the values without quotes, and lists as lines"))


def _opposite(action: Access) -> Access:
    return Access.DENY if action is Access.ALLOW else Access.ALLOW


def _is_closed_to_strangers(acl: tuple[AclRule, ...], default: Access) -> bool:
    """Return whether the list, as it is written, lets nobody pass without credentials."""
    is_asked = False
    for rule in acl:
        asks = [isinstance(condition.test, Authenticated) for condition in rule.conditions]
        always = [isinstance(c.test, Always) and not c.is_negated for c in rule.conditions]
        is_asked = is_asked or any(asks)
        if any(asks):
            if all(always[: asks.index(True)]):
                return True
        elif rule.action is Access.ALLOW:
            return False
        elif all(always):
            return is_asked
    return is_asked and default is Access.DENY


def _where_else(listeners: Sequence[SquidLine], addresses: Sequence[AddressRange | None]) -> list[str]:
    """Return why a client may not reach the port under the address that it asks."""
    named = [line.words[0] for line in listeners if _HOST_PORT.match(line.words[0])]
    return [
        *(["the proxy listens on several addresses, and on no others"] if len(addresses) > 1 else []),
        *(f"the proxy listens on the addresses of `{word[:60]}`" for word in named),
    ]


def _listeners(lines: Sequence[SquidLine], path: str, port: int | None, collector: Collector) -> list[SquidLine]:
    """Return the `http_port` lines of the one port on which clients of the network ask for proxying."""
    usable: list[SquidLine] = []
    for line in lines:
        if line.word != "http_port":
            continue
        if not line.words or not 1 <= _port_of(line) <= 65535:
            collector.add(_error("NC178", "`http_port` has no valid port", line.at))
        elif not _is_for_others(line) and not _is_loopback(_address_of(line)):
            usable.append(line)
    if port is not None:
        usable = [line for line in usable if _port_of(line) == port]
    if not usable:
        wanted = f" `{port}`" if port is not None else ""
        message = f"squid serves no proxy clients on port{wanted}"
        help_text = "give the `http_port` of this file in the site, or add the line to the file"
        collector.add(
            _error("NC178", message if wanted else "no usable `http_port` in the file", Source(path), help_text)
        )
        return []
    if port is None and len({_port_of(line) for line in usable}) > 1:
        message = f"several ports: `{_port_of(usable[0])}` is taken"
        help_text = "give `port` in the site to take another"
        at = usable[0].at
        collector.add(Diagnostic(code="NC178", severity=Severity.WARNING, message=message, at=at, help=help_text))
    return [line for line in usable if _port_of(line) == _port_of(usable[0])]


def _is_for_others(line: SquidLine) -> bool:
    """Return whether a port serves connections that clients do not know to go to a proxy, or a site's own visitors."""
    return any(word in _MODES or word.startswith(_MODE_STARTS) for word in line.words[1:])


def _port_of(line: SquidLine) -> int:
    text = line.words[0].rpartition(":")[2]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0


def _address_of(line: SquidLine) -> AddressRange | None:
    """Return the one address an `http_port` line is bound to; None when it takes all, or names a host."""
    host = line.words[0].rpartition(":")[0].strip("[]")
    try:
        address = parse_address(host)
    except AddressError:
        return None
    return None if address.first == everything(address.family).first else address


def _is_loopback(address: AddressRange | None) -> bool:
    return address is not None and any(
        address.family == r.family and r.first <= address.first <= r.last for r in _LOOPBACK
    )


def _decided_elsewhere(lines: Sequence[SquidLine], listeners: Sequence[SquidLine]) -> list[str]:
    """Return why an allowed request may still fail; the first line of a list decides when it takes everything."""
    reasons = []
    port_words = {word for line in listeners for word in line.words[1:]}
    for word, (reason, harmless) in _DECIDES_ELSEWHERE.items():
        found = [line.words for line in lines if line.word == word and not _is_harmless_header(line)]
        if found and not (harmless and found[0][: len(harmless)] == harmless):
            reasons.append(reason)
    actions = {line.words[0] for line in lines if line.word == "ssl_bump" and line.words}
    if "ssl-bump" in port_words and actions - {"none", "splice", "peek"}:
        reasons.append("`ssl_bump` opens or ends TLS connections")
    if "require-proxy-header" in port_words:
        reasons.append("`require-proxy-header` refuses clients that do not come through a balancer")
    return reasons


def _is_harmless_header(line: SquidLine) -> bool:
    return line.word == "request_header_access" and bool(line.words) and line.words[0].lower() in _HARMLESS_HEADERS


def _error(code: str, message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at, help=help_text)
