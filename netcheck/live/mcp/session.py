"""What is answered to each request: versions, the list of tools, and which tool is called with what.

Clients of revision 2026-07-28 say with each request which revision they speak ("modern"); those before say it
once, with `initialize` ("legacy"). Both are served: see "Versioning and Compatibility" of the specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netcheck.live.mcp.messages import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    UNSUPPORTED_VERSION,
    Id,
    Json,
    Request,
    error,
    result,
)
from netcheck.live.mcp.tools import ArgumentsError, Call, Tool, read_call

MODERN = ("2026-07-28",)
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
WITH_BATCHES = frozenset(("2025-03-26", "2024-11-05"))
_META = "io.modelcontextprotocol/"
_CAPABILITIES: Json = {"tools": {}}
_FRESH_MS = 300_000
"""How long a client may keep the list of tools, which changes with another netcheck only."""


@dataclass(frozen=True, slots=True)
class Work:
    """A tool call that is to be answered, and whether its client is a modern one."""

    request: Request
    call: Call
    is_modern: bool


@dataclass(slots=True)
class Session:
    """One client, and the revision that it has agreed on with `initialize`."""

    version: str
    instructions: str
    tools: Mapping[str, Tool]
    agreed: str = field(default="", init=False)

    @property
    def has_batches(self) -> bool:
        """Whether several messages may come in one line."""
        return self.agreed in WITH_BATCHES

    def answer(self, request: Request) -> Json | Work:
        """Return the answer to a request, or the work that it takes."""
        meta = request.params.get("_meta")
        if isinstance(meta, dict) and f"{_META}protocolVersion" in meta:
            return self._modern(request, meta)
        match request.method:
            case "initialize":
                return self._initialize(request)
            case "ping":
                return result(request.id, {})
            case _ if not self.agreed:
                why = f"neither `initialize` came before, nor has the request `_meta` with `{_META}protocolVersion`"
                return error(request.id, INVALID_PARAMS, why, {"supported": [*MODERN, *LEGACY]})
        return self._either(request, is_modern=False)

    def completed(self, identity: Id, value: Json, *, is_modern: bool) -> Json:
        """Return a result as the client's revision has it."""
        if not is_modern:
            return result(identity, value)
        return result(identity, {"resultType": "complete", **value, "_meta": {f"{_META}serverInfo": self._info()}})

    def _modern(self, request: Request, meta: Json) -> Json | Work:
        asked = meta[f"{_META}protocolVersion"]
        if asked not in MODERN:
            told: Json = {"supported": [*MODERN, *LEGACY], "requested": asked}
            return error(request.id, UNSUPPORTED_VERSION, "Unsupported protocol version", told)
        if not isinstance(meta.get(f"{_META}clientCapabilities"), dict):
            return error(request.id, INVALID_PARAMS, f"`_meta` has no `{_META}clientCapabilities`")
        if request.method == "server/discover":
            told = {
                "supportedVersions": [*MODERN, *LEGACY],
                "capabilities": _CAPABILITIES,
                "instructions": self.instructions,
                **_cached(),
            }
            return self.completed(request.id, told, is_modern=True)
        return self._either(request, is_modern=True)

    def _initialize(self, request: Request) -> Json:
        asked = request.params.get("protocolVersion")
        if not isinstance(asked, str):
            return error(request.id, INVALID_PARAMS, "`protocolVersion` is missing", {"supported": list(LEGACY)})
        self.agreed = asked if asked in LEGACY else LEGACY[0]
        told = {
            "protocolVersion": self.agreed,
            "capabilities": _CAPABILITIES,
            "serverInfo": self._info(),
            "instructions": self.instructions,
        }
        return result(request.id, told)

    def _either(self, request: Request, *, is_modern: bool) -> Json | Work:
        """Answer what all revisions have."""
        match request.method:
            case "tools/list" if request.params.get("cursor") is not None:
                return error(request.id, INVALID_PARAMS, "there is one page of tools, and no cursor leads to another")
            case "tools/list":
                told = {"tools": [one.listed() for one in self.tools.values()], **(_cached() if is_modern else {})}
                return self.completed(request.id, told, is_modern=is_modern)
            case "tools/call":
                return self._call(request, is_modern=is_modern)
        return error(request.id, METHOD_NOT_FOUND, f"there is no method `{request.method[:100]}`")

    def _call(self, request: Request, *, is_modern: bool) -> Json | Work:
        name, given = request.params.get("name"), request.params.get("arguments")
        if not isinstance(name, str) or name not in self.tools:
            known = ", ".join(self.tools)
            return error(request.id, INVALID_PARAMS, f"Unknown tool: {str(name)[:100]} (there are {known})")
        if given is not None and not isinstance(given, dict):
            return error(request.id, INVALID_PARAMS, "`arguments` has to be an object")
        try:
            return Work(request, read_call(self.tools[name], given or {}), is_modern)
        except ArgumentsError as why:  # told as a result: an assistant reads it, and asks again
            told = {"content": [{"type": "text", "text": str(why)}], "isError": True}
            return self.completed(request.id, told, is_modern=is_modern)

    def _info(self) -> Json:
        return {"name": "netcheck", "title": "netcheck: network paths in Azure, offline", "version": self.version}


def _cached() -> dict[str, object]:
    return {"ttlMs": _FRESH_MS, "cacheScope": "private"}
