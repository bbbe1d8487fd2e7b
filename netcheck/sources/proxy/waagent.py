"""The Linux agent's own proxy setting: `HttpProxy.Host` and `HttpProxy.Port` of `/etc/waagent.conf`.

Semantics: Azure/WALinuxAgent, README section "Proxy configuration" and the way its configuration file is read.
"""

from __future__ import annotations

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.model.proxies import ProxyAddress
from netcheck.sources.proxy.address import fault, parse_host, parse_port

_KEYS = {"httpproxy.host": "HttpProxy.Host", "httpproxy.port": "HttpProxy.Port"}


def read_waagent_conf(path: str, collector: Collector) -> ProxyAddress | None:
    """Read `HttpProxy.Host` and `HttpProxy.Port` of the Linux agent's configuration; None when no host is set."""
    from netcheck.sources._text import read_text

    return parse_waagent_conf(read_text(path), path, collector)


def parse_waagent_conf(text: str, path: str, collector: Collector) -> ProxyAddress | None:
    """Read the text of a `waagent.conf`.

    Lines are as the agent takes them: a line that starts with `#` is a comment, and so is the rest after a `#`; keys
    are compared exactly; `None` is no value; the last line of a key counts. A host without a port keeps port None.
    """
    values: dict[str, tuple[str, Source]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, rest = line.partition("=")
        if line.startswith("#") or not equals:
            continue
        name, at = name.strip(), Source(path, number, 1)
        if _KEYS.get(name.lower(), name) != name:
            message = f"`{name}` is not read by the agent: it compares names exactly"
            collector.add(fault("NC172", message, at, severity=Severity.WARNING))
        values[name] = (rest.partition("#")[0].strip('" ').strip(), at)
    return agent_proxy(values.get("HttpProxy.Host"), values.get("HttpProxy.Port"), collector)


def agent_proxy(
    host: tuple[str, Source] | None, port: tuple[str, Source] | None, collector: Collector
) -> ProxyAddress | None:
    """Return the proxy that the two settings name; `None` in either is no value."""
    number = parse_port(*port, collector) if port is not None and port[0] != "None" else None
    if host is None or host[0] == "None":
        return None
    name = parse_host(*host, collector)
    return ProxyAddress(host=name, port=number, at=host[1]) if name else None
