"""The proxy settings of a VM, and the proxy server that runs on one."""

from __future__ import annotations

import re
from collections.abc import Mapping as Mappings

from netcheck.diagnostics import Source
from netcheck.model.proxyacl import AclRule, allowed_domains_acl
from netcheck.model.rules import Access
from netcheck.model.site import ProxyAddress, ProxyClient, ProxyServer
from netcheck.sources._nodes import Mapping, Node, Scalar, is_absent
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, wrong_type

_AUTHENTICATION = {"none": False} | dict.fromkeys(("basic", "digest", "ntlm", "negotiate", "kerberos"), True)
_DOMAIN = re.compile(r"(?:\.|\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_\-]*\.)*[A-Za-z0-9_\-]*\Z")


def read_proxy_client(scope: Scope, node: Node) -> ProxyClient | None:
    """Read `proxyClient`: WinHTTP, `/etc/environment` and the Linux agent's file, each inline or by file name."""
    record = scope.reader.record(node, "`proxyClient`")
    if record is None:
        return None
    winhttp, bypass = _winhttp(scope, record)
    environment, no_proxy = _environment(scope, record)
    agent = _agent(scope, record)
    record.finish()
    return ProxyClient(
        winhttp=winhttp,
        winhttp_bypass=bypass,
        environment=environment,
        no_proxy=no_proxy,
        agent=agent,
        at=scope.reader.source(node),
    )


def _winhttp(scope: Scope, record: Record) -> tuple[Mappings[str, ProxyAddress] | None, tuple[str, ...]]:
    from netcheck.sources.proxy.settings import parse_winhttp, parse_winhttp_bypass

    node = record.get("winhttp")
    if node is None:
        return None, ()
    if not isinstance(node, Mapping):
        text = scope.reader.text(node, "winhttp") or ""
        at = scope.reader.source(node)
        return parse_winhttp(text, at, scope.reader.collector) or None, parse_winhttp_bypass(
            text
        ) if "\n" in text else ()
    inner = Record(scope.reader, node, "`winhttp`")
    server = inner.required("proxyServer", "write `proxyServer: HOST:PORT`")
    bypass = tuple(entry for n in inner.scalars("bypassList") for entry in parse_winhttp_bypass(n.text))
    inner.finish()
    if server is None:
        return None, bypass
    text = scope.reader.text(server, "proxyServer") or ""
    return parse_winhttp(text, scope.reader.source(server), scope.reader.collector) or None, bypass


def _environment(scope: Scope, record: Record) -> tuple[Mappings[str, ProxyAddress], tuple[str, ...]]:
    from netcheck.sources.proxy.settings import read_environment_file

    node = record.get("etcEnvironment")
    if node is None:
        return {}, ()
    if isinstance(node, Mapping):
        inner = Record(scope.reader, node, "`etcEnvironment`")
        found = {
            scheme: proxy for scheme in ("http", "https", "all") if (proxy := _proxy(scope, inner, f"{scheme}_proxy"))
        }
        listed = [part.strip() for n in inner.scalars("no_proxy") for part in n.text.split(",")]
        inner.finish()
        return found, tuple(part for part in listed if part)
    text = scope.reader.text(node, "etcEnvironment")
    if not text:
        return {}, ()
    path = scope.path(text)
    return scope.reader.absorb(lambda: read_environment_file(path, scope.reader.collector), node) or ({}, ())


def _proxy(scope: Scope, record: Record, name: str) -> ProxyAddress | None:
    from netcheck.sources.proxy.settings import parse_proxy_url

    node = record.get(name)
    text = scope.reader.text(node, name) if node is not None else None
    if node is None or text is None:
        return None
    return parse_proxy_url(text, scope.reader.source(node), scope.reader.collector)


def _agent(scope: Scope, record: Record) -> ProxyAddress | None:
    from netcheck.sources.proxy.settings import read_waagent_conf

    node = record.get("waagentConf")
    if node is None:
        return None
    if not isinstance(node, Mapping):
        text = scope.reader.text(node, "waagentConf")
        if not text:
            return None
        path = scope.path(text)
        return scope.reader.absorb(lambda: read_waagent_conf(path, scope.reader.collector), node)
    inner = Record(scope.reader, node, "`waagentConf`")
    host_node, port_node = inner.get("HttpProxy.Host"), inner.get("HttpProxy.Port")
    inner.finish()
    host = scope.reader.text(host_node, "HttpProxy.Host") if host_node is not None else None
    port = scope.reader.integer(port_node, "HttpProxy.Port", 1, 65535) if port_node is not None else None
    if host_node is None or not host:
        return None
    return ProxyAddress(host=host, port=port, at=scope.reader.source(host_node))


def read_proxy_server(scope: Scope, node: Node) -> ProxyServer | None:
    """Read `proxyServer`: a port and a list of allowed domains, or the squid configuration itself."""
    record = scope.reader.record(node, "`proxyServer`")
    if record is None:
        return None
    squid = record.get("squidConf")
    port_node = record.get("port")
    if port_node is None and squid is None:
        record.missing("port", "the port clients connect to")
    port = scope.reader.integer(port_node, "port", 1, 65535) if port_node is not None else None
    requires_login = record.word("authentication", _AUTHENTICATION)
    domains = record.raw("allowedDomains")
    if squid is not None:
        if domains is not None and not is_absent(domains):
            scope.reader.error(
                domains, "NC139", "`squidConf` and `allowedDomains` are both given", "keep one of the two"
            )
        record.finish()
        return _squid(scope, squid, port, requires_login=requires_login)
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


def _squid(scope: Scope, node: Node, port: int | None, *, requires_login: bool | None) -> ProxyServer | None:
    from dataclasses import replace

    from netcheck.sources.proxy.squid_conf import read_squid_conf

    text = scope.reader.text(node, "squidConf")
    if not text:
        return None
    path = scope.path(text)
    server = scope.reader.absorb(lambda: read_squid_conf(path, port, scope.reader.collector), node)
    return replace(server, requires_authentication=True) if server and requires_login else server


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
