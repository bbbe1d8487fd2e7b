"""What netcheck reads of a proxy server's file and says of one request, to compare with the real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from tests.real_hosts.squid_server import Ask

Reader = Callable[[str, int, Collector], ProxyServer]


def read(reader: Reader, conf: Path, port: int) -> tuple[ProxyServer | None, str]:
    """Return what netcheck reads, or None with its first error."""
    collector = Collector()
    try:
        server = reader(str(conf), port, collector)
    except InputError as error:
        return None, str(error)
    errors = [f"{d.at.line}: {d.message}" for d in collector if d.severity.value == "error"]
    return (None, errors[0]) if errors else (server, "")


def verdict(server: ProxyServer, ask: Ask) -> AclVerdict:
    """Return netcheck's verdict on one request."""
    client = parse_address(ask.client)
    request = ProxyRequest(
        family=client.family, client=client.first, host=ask.host, port=ask.port, is_connect=ask.is_connect
    )
    return judge_acl(server, request).verdict
