"""The proxy settings of a VM."""

from __future__ import annotations

from collections.abc import Mapping as Mappings

from netcheck.model.site import ProxyAddress, ProxyClient
from netcheck.sources._nodes import Mapping, Node
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope


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
