"""A client that writes lines and reads lines, and a server in the test process."""

import argparse
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netcheck.cli.calls import Answering
from netcheck.cli.main import build_parser
from netcheck.live.mcp.answers import Answered
from netcheck.live.mcp.server import Server
from netcheck.live.mcp.session import Session
from netcheck.live.mcp.sites import Bounds, Sites
from netcheck.live.mcp.tools import offered, read_call
from netcheck.sources._resources import Options

HELLO = {
    "jsonrpc": "2.0",
    "id": "hello",
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
NSG = {
    "name": "nsg",
    "securityRules": [
        {
            "name": "deny-internet", "priority": 4000, "direction": "Outbound", "access": "Deny", "protocol": "*",
            "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Internet",
            "destinationPortRange": "*",
        }
    ],
}  # fmt: skip


def options(*words: str) -> argparse.Namespace:
    """Return what `netcheck mcp` is started with."""
    return build_parser("mcp").parse_args(["mcp", *words])


def answering(*words: str) -> Answering:
    """Return what answers calls about the working folder, or about the site of the words."""
    given = options(*words)
    tags = [given.tags] if given.tags else []
    return Answering(given, Sites(Bounds() if given.site else Bounds.below(".", *tags), given.tags, Options()))


def asked(one: Answering, tool: str, arguments: Mapping[str, object]) -> Answered:
    """Return the answer to a call that needs no server."""
    return one(read_call(offered(is_site_named=bool(one.options.site))[tool], arguments))


def replies(lines: bytes, *words: str) -> list[Any]:
    """Return what a server for the working folder, or for the site of the words, answers to lines."""
    one, out = answering(*words), io.BytesIO()
    session = Session("1.0", "about", offered(is_site_named=bool(one.options.site)))
    Server(session, one, io.BytesIO(lines), out).serve()
    assert out.getvalue() == b"" or out.getvalue().endswith(b"\n")
    return [json.loads(line) for line in out.getvalue().splitlines()]


def lines(*messages: object) -> bytes:
    """Return messages as a client writes them."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in messages)


def request(identity: object, method: str, **params: object) -> dict[str, object]:
    """Return a request."""
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def call(identity: object, tool: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Return the request that calls a tool."""
    return request(identity, "tools/call", name=tool, arguments=arguments)


def called(tool: str, arguments: Mapping[str, object], words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the result of one tool call."""
    [_, reply] = replies(lines(HELLO, call(1, tool, arguments)), *words)
    found: dict[str, Any] = reply["result"]
    return found


def write_nsg(path: Path) -> None:
    """Write the smallest file that can be asked about."""
    path.write_text(json.dumps(NSG), encoding="utf-8")
