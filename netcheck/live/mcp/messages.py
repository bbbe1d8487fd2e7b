"""JSON-RPC 2.0 lines: what a client sends, and what it is answered.

See "Base Protocol" of the Model Context Protocol, revisions 2024-11-05 to 2026-07-28.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

Json = Mapping[str, object]
Id = str | int | float

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
UNSUPPORTED_VERSION = -32022


@dataclass(frozen=True, slots=True)
class Request:
    """Something that has to be answered."""

    id: Id
    method: str
    params: Json


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that must not be answered."""

    method: str
    params: Json


@dataclass(frozen=True, slots=True)
class Malformed:
    """What is no message; `reply` says so. None where nobody may be answered."""

    reply: Json | None


Message = Request | Notification | Malformed


@dataclass(frozen=True, slots=True)
class Batch:
    """Several messages in one line, as revisions before 2025-06-18 have them."""

    messages: tuple[Message, ...]


def read_line(line: bytes) -> Message | Batch:
    """Return what a line says: a message, or a batch of them."""
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        return Malformed(error(None, PARSE_ERROR, "the line is not UTF-8"))
    except RecursionError:
        return Malformed(error(None, PARSE_ERROR, "the line is nested too deeply"))
    except ValueError as why:  # also a number of more digits than Python reads
        return Malformed(error(None, PARSE_ERROR, f"the line is not JSON: {why}"))
    if not isinstance(value, list):
        return _message(value)
    if not value:
        return Malformed(error(None, INVALID_REQUEST, "the batch is empty"))
    return Batch(tuple(_message(one) for one in value))


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


def _message(value: object) -> Message:
    if not isinstance(value, dict):
        return Malformed(error(None, INVALID_REQUEST, "a message is an object"))
    if "method" not in value and ("result" in value or "error" in value):
        return Malformed(None)  # an answer: netcheck asks nothing
    identity = value.get("id")
    known = identity if is_id(identity) else None
    method, params = value.get("method"), value.get("params", {})
    if "id" in value and known is None:
        return Malformed(error(None, INVALID_REQUEST, "`id` has to be a text or a number"))
    if value.get("jsonrpc") != "2.0" or not isinstance(method, str):
        return Malformed(error(known, INVALID_REQUEST, 'a message has `"jsonrpc": "2.0"` and a `method`'))
    if known is None:
        return Notification(method, params if isinstance(params, dict) else {})
    if not isinstance(params, dict):
        return Malformed(error(known, INVALID_PARAMS, "`params` has to be an object"))
    return Request(known, method, params)


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a request: a text or a number, of those that can be written again."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def result(identity: Id, value: Json) -> Json:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": identity, "result": value}


def error(identity: object, code: int, message: str, data: Json | None = None) -> Json:
    """Return the refusal of a request; `identity` is None where its id could not be read."""
    told: dict[str, object] = {"code": code, "message": message}
    return {"jsonrpc": "2.0", "id": identity, "error": {**told, "data": data} if data is not None else told}


def to_line(message: object) -> bytes:
    """Return a message, or a list of them, as one line; half of a surrogate pair, which UTF-8 lacks, becomes `?`."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
