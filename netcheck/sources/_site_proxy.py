"""The proxy settings of a VM."""

from __future__ import annotations

from collections.abc import Mapping as Mappings
from dataclasses import replace
from typing import TYPE_CHECKING

from netcheck.model.site import ProxyAddress, ProxyClient, ServiceEnvironment, WinInet
from netcheck.sources._nodes import Mapping, Node, Scalar, is_absent
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope

if TYPE_CHECKING:  # read on first use: few machines have proxy settings
    from netcheck.sources.proxy.environment import Variables
    from netcheck.sources.proxy.winhttp import WinHttp


def read_proxy_client(scope: Scope, node: Node) -> ProxyClient | None:
    """Read `proxyClient`: WinHTTP, WinINET, `/etc/environment`, the agent's unit and file, inline or by file name."""
    record = scope.reader.record(node, "`proxyClient`")
    if record is None:
        return None
    winhttp = _winhttp(scope, record)
    wininet = _wininet(scope, record)
    etc, (environment, no_proxy) = _environment(scope, record)
    unit = _unit(scope, record, etc)
    agent = _agent(scope, record)
    record.finish()
    return ProxyClient(
        winhttp=winhttp.proxies or None if winhttp else None,
        winhttp_bypass=winhttp.bypass if winhttp else (),
        winhttp_script=winhttp.script if winhttp else "",
        winhttp_detects=bool(winhttp and winhttp.detects),
        winhttp_is_advanced=bool(winhttp and winhttp.is_advanced),
        wininet=wininet,
        environment=environment,
        no_proxy=no_proxy,
        unit=unit,
        agent=agent,
        at=scope.reader.source(node),
    )


def _winhttp(scope: Scope, record: Record) -> WinHttp | None:
    """Return WinHTTP's setting: typed, as a mapping, or what netsh prints, here or in a file."""
    node, show = record.get("winhttp"), record.get("winhttpShow")
    if node is not None and show is not None:
        scope.reader.error(show, "NC139", "`winhttp` and `winhttpShow` are both given", "keep one of the two")
        return None
    if show is not None:
        from netcheck.sources.proxy.winhttp import read_winhttp_file

        path = _file(scope, show, "winhttpShow")
        return scope.reader.absorb(lambda: read_winhttp_file(path, scope.reader.collector), show) if path else None
    if node is None:
        return None
    if isinstance(node, Mapping):
        return _winhttp_keys(scope, Record(scope.reader, node, "`winhttp`"))
    from netcheck.sources.proxy.winhttp import parse_winhttp

    text = node.text if isinstance(node, Scalar) and _is_pasted(node.text) else scope.reader.text(node, "winhttp") or ""
    return parse_winhttp(text, scope.reader.source(node), scope.reader.collector)


def _is_pasted(text: str) -> bool:
    """Return whether a text is several lines, as a terminal shows them."""
    return "\n" in text and all(line.isprintable() for line in text.replace("\t", " ").split("\n"))


def _winhttp_keys(scope: Scope, inner: Record) -> WinHttp:
    from netcheck.sources.proxy.address import parse_bypass, parse_proxies
    from netcheck.sources.proxy.winhttp import WinHttp

    script, detects = inner.text("autoconfigUrl"), bool(inner.boolean("autoDetect"))
    is_advanced = bool(inner.boolean("advanced"))
    server = inner.get("proxyServer")
    if server is None and not script and not detects:
        inner.missing("proxyServer", "write `proxyServer: HOST:PORT`")
    bypass = tuple(entry for one in inner.scalars("bypassList") for entry in parse_bypass(one.text))
    inner.finish()
    text = scope.reader.text(server, "proxyServer") or "" if server is not None else ""
    proxies = parse_proxies(text, scope.reader.source(server or inner.node), scope.reader.collector)
    return WinHttp(proxies=proxies, bypass=bypass, script=script, detects=detects, is_advanced=is_advanced)


def _wininet(scope: Scope, record: Record) -> WinInet | None:
    """Return LocalSystem's WinINET settings: the values themselves, or an export of the registry."""
    node = record.get("wininet")
    if node is None:
        return None
    from netcheck.sources.proxy.wininet import Values, read_wininet_file, to_wininet

    if not isinstance(node, Mapping):
        path = _file(scope, node, "wininet")
        return scope.reader.absorb(lambda: read_wininet_file(path, scope.reader.collector), node) if path else None
    inner = Record(scope.reader, node, "`wininet`")
    enabled = inner.word("proxyEnable", {"0": False, "1": True, "false": False, "true": True})
    values = Values(
        is_enabled=bool(enabled),
        server=inner.text("proxyServer"),
        override=";".join(one.text for one in inner.scalars("proxyOverride")),
        script=inner.text("autoConfigURL"),
        detects=bool(inner.boolean("autoDetect")),
    )
    if values.server and enabled is None:
        inner.missing("proxyEnable", "write `proxyEnable: 1` where the proxy is switched on, 0 where it is not")
    inner.finish()
    return to_wininet(values, scope.reader.source(node), scope.reader.collector)


def _environment(
    scope: Scope, record: Record
) -> tuple[str | Variables | None, tuple[Mappings[str, ProxyAddress], tuple[str, ...]]]:
    """Return `/etc/environment`, as a path or its proxy variables, and what they hold."""
    node = record.get("etcEnvironment")
    if node is None:
        return None, ({}, ())
    from netcheck.sources.proxy.environment import proxies_of, read_environment_file

    collector = scope.reader.collector
    if isinstance(node, Mapping):
        found = _variables(scope, Record(scope.reader, node, "`etcEnvironment`"))
        return found, proxies_of(found, scope.reader.source(node).file, collector)
    path = _file(scope, node, "etcEnvironment")
    if not path:
        return None, ({}, ())
    return path, scope.reader.absorb(lambda: read_environment_file(path, collector), node) or ({}, ())


def _variables(scope: Scope, inner: Record) -> Variables:
    """Return the proxy variables of a mapping; `no_proxy` may be a list."""
    from netcheck.sources.proxy.environment import VARIABLES

    found: Variables = {}
    for name in VARIABLES[:-1]:
        node = inner.get(name)
        text = scope.reader.text(node, name) if node is not None else None
        if node is not None and text is not None:
            found[name] = (text, scope.reader.source(node))
    listed = inner.scalars("no_proxy")
    if listed:
        found["no_proxy"] = (",".join(one.text for one in listed), scope.reader.source(listed[0]))
    inner.finish()
    return found


def _unit(scope: Scope, record: Record, etc: str | Variables | None) -> ServiceEnvironment | None:
    """Return the variables that the agent's unit hands over: as a mapping, or from its drop-ins."""
    node = record.raw("agentUnit")
    if node is None or is_absent(node):
        return None
    from netcheck.sources.proxy.environment import proxies_of, read_unit_files

    at, collector = scope.reader.source(node), scope.reader.collector
    if isinstance(node, Mapping):
        found = _variables(scope, Record(scope.reader, node, "`agentUnit`"))
        environment, no_proxy = proxies_of(found, at.file, collector)
        return ServiceEnvironment(environment=environment, no_proxy=no_proxy, at=at)
    paths = [scope.path(one.text) for one in record.scalars("agentUnit")]
    return scope.reader.absorb(lambda: read_unit_files(paths, etc, collector, at), node)


def _file(scope: Scope, node: Node, name: str) -> str:
    """Return the path of a file the site names; "" where the name is no text, which is a fault."""
    text = scope.reader.text(node, name)
    return scope.path(text) if text else ""


def _agent(scope: Scope, record: Record) -> ProxyAddress | None:
    node = record.get("waagentConf")
    if node is None:
        return None
    from netcheck.sources.proxy.waagent import agent_proxy, read_waagent_conf

    collector = scope.reader.collector
    if not isinstance(node, Mapping):
        path = _file(scope, node, "waagentConf")
        return scope.reader.absorb(lambda: read_waagent_conf(path, collector), node) if path else None
    inner = Record(scope.reader, node, "`waagentConf`")
    host_node, port_node = inner.get("HttpProxy.Host"), inner.get("HttpProxy.Port")
    inner.finish()
    host = scope.reader.text(host_node, "HttpProxy.Host") if host_node is not None else None
    port = scope.reader.integer(port_node, "HttpProxy.Port", 1, 65535) if port_node is not None else None
    if host_node is None or not host:
        return None
    read = agent_proxy((host, scope.reader.source(host_node)), None, collector)
    return replace(read, port=port) if read else None
