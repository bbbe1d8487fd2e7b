"""The proxy server that runs on a VM."""

from __future__ import annotations

import re
from dataclasses import replace

from netcheck.diagnostics import Collector, Source
from netcheck.model.proxies import PROXY_FILE_KEYS, ProxyProgram
from netcheck.model.proxyacl import AclRule, allowed_domains_acl
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.sources._nodes import Mapping, Node, Scalar, is_absent
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, wrong_type

_AUTHENTICATION = {"none": False} | dict.fromkeys(("basic", "digest", "ntlm", "negotiate", "kerberos"), True)
_DOMAIN = re.compile(r"(?:\.|\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_\-]*\.)*[A-Za-z0-9_\-]*\Z")


def read_proxy_server(scope: Scope, node: Node) -> ProxyServer | None:
    """Read `proxyServer`: a port and a list of allowed domains, or the configuration of the program itself."""
    record = scope.reader.record(node, "`proxyServer`")
    if record is None:
        return None
    files = {key: found for key in PROXY_FILE_KEYS.values() if (found := record.get(key)) is not None}
    port_node = record.get("port")
    if port_node is None and not files:
        record.missing("port", "the port clients connect to")
    port = scope.reader.integer(port_node, "port", 1, 65535) if port_node is not None else None
    requires_login = record.word("authentication", _AUTHENTICATION)
    domains = record.raw("allowedDomains")
    if files:
        given = [*files, *(["allowedDomains"] if domains is not None and not is_absent(domains) else [])]
        if len(given) > 1:
            second = domains if given[-1] == "allowedDomains" else files[given[-1]]
            message = f"`{given[0]}` and `{given[-1]}` are both given"
            scope.reader.error(second or node, "NC139", message, "keep one of the two")
        record.finish()
        key, file = next(iter(files.items()))
        return _from_file(scope, key, file, port, requires_login=requires_login)
    acl = _allowed_domains(scope, record, domains) if domains is not None else ()
    record.finish()
    if port is None:
        return None
    return ProxyServer(
        port=port,
        acl=acl,
        default=Access.DENY if domains is not None else Access.ALLOW,
        requires_authentication=bool(requires_login),
        at=scope.reader.source(node),
    )


def _from_file(
    scope: Scope, key: str, node: Node, port: int | None, *, requires_login: bool | None
) -> ProxyServer | None:
    text = scope.reader.text(node, key)
    if not text:
        return None
    path = scope.path(text)
    server = scope.reader.absorb(lambda: _read(key, path, port, scope.reader.collector), node)
    return replace(server, requires_authentication=True) if server and requires_login else server


def _read(key: str, path: str, port: int | None, collector: Collector) -> ProxyServer:
    """Read the file of a program; the reader is loaded when a site names such a file."""
    if key == PROXY_FILE_KEYS[ProxyProgram.TINYPROXY]:
        from netcheck.sources.proxy.tinyproxy import read_tinyproxy_conf

        return read_tinyproxy_conf(path, port, collector)
    from netcheck.sources.proxy.squid_conf import read_squid_conf

    return read_squid_conf(path, port, collector)


def _allowed_domains(scope: Scope, record: Record, node: Node) -> tuple[AclRule, ...]:
    if is_absent(node):
        advice = "leave the key out if the proxy allows every name, or list the names"
        scope.reader.error(node, "NC122", "an empty `allowedDomains` would allow nothing", advice)
        return ()
    if isinstance(node, Mapping):
        wrong_type(scope, node, "allowedDomains", "a list of domains")
        return ()
    found: list[AclRule] = []
    for entry in record.scalars("allowedDomains"):
        domain = _domain(scope, entry)
        if domain:
            found.append(allowed_domains_acl((domain,), scope.reader.source(entry))[0])
    at: Source = scope.reader.source(node)
    return (*found, allowed_domains_acl((), at)[1])


def _domain(scope: Scope, node: Scalar) -> str:
    """Return a domain as proxies spell it: a leading dot takes everything below, `*.` means the same."""
    text = node.text.strip().lower()
    if _DOMAIN.match(text):
        return text.removeprefix("*")
    if "://" in text or "/" in text:
        advice = "write the host name alone"
    elif text == "*":
        advice = "leave `allowedDomains` out if the proxy allows every name"
    elif ":" in text:
        advice = "write the name without a port"
    else:
        advice = "write `.example.com` for a domain and all below it, `www.example.com` for one host"
    scope.reader.error(node, "NC132", f"`{node.text}` is no domain", advice)
    return ""
