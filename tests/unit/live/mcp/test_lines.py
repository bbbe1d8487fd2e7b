"""Raw lines: what is no message or no method is refused as JSON-RPC and MCP say, and the server goes on."""

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcheck.live.mcp import server as server_module
from netcheck.live.mcp.answers import Answered
from netcheck.live.mcp.messages import to_line
from netcheck.live.mcp.server import Server
from netcheck.live.mcp.session import LEGACY, Session
from netcheck.live.mcp.tools import Call, offered
from tests.unit.live.mcp.shared import HELLO, call, lines, replies, request, write_nsg

PING = request(7, "ping")
PONG = {"jsonrpc": "2.0", "id": 7, "result": {}}
_METHODS = st.sampled_from(["initialize", "ping", "tools/list", "tools/call", "server/discover", "x"])
_KEYS = st.sampled_from(
    ["jsonrpc", "id", "method", "params", "name", "arguments", "_meta", "requestId", "protocolVersion"]
)
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def error_code(line: bytes) -> tuple[object, int]:
    """Return the id and the code of the error that a line is answered with; the ping behind it is answered as well."""
    [refused, pong] = replies(line + b"\n" + lines(PING))
    assert pong == PONG
    return refused["id"], refused["error"]["code"]


@pytest.mark.parametrize(
    ("line", "identity", "code"),
    [
        (b"{", None, -32700),
        (b"not json", None, -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping"', None, -32700),
        (b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', None, -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff"}', None, -32700),
        (b"[" * 200_000, None, -32700),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": ' + b"9" * 5_000 + b"}", None, -32700),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": 1e999}', None, -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": null}', None, -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": true}', None, -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": {}}', None, -32600),
        (b'{"jsonrpc": "1.0", "method": "ping", "id": 1}', 1, -32600),
        (b'{"method": "ping", "id": "a"}', "a", -32600),
        (b'{"jsonrpc": "2.0", "method": 5, "id": 1}', 1, -32600),
        (b'{"jsonrpc": "2.0", "id": 1}', 1, -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": 1, "params": [1]}', 1, -32602),
        (b"5", None, -32600),
        (b'"ping"', None, -32600),
        (b"[]", None, -32600),
        (b"null", None, -32600),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(line: bytes, identity: object, code: int) -> None:
    """Each with its code, and with its id where that could be read."""
    assert error_code(line) == (identity, code)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        b'{"jsonrpc": "2.0", "method": "notifications/unheard-of", "params": {"a": 1}}',
        b'{"jsonrpc": "2.0", "method": "tools/call", "params": [5]}',
        b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": {"a": []}}}',
        b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}}',
        b'{"jsonrpc": "2.0", "id": 3, "result": {}}',
        b'{"jsonrpc": "2.0", "id": 3, "error": {"code": 1, "message": "no"}}',
    ],
)
def test_what_wants_no_answer_gets_none(line: bytes) -> None:
    """Notifications, known or not, answers to nothing that was asked, and empty lines."""
    assert replies(line + b"\n" + lines(PING)) == [PONG]


@pytest.mark.parametrize("identity", [0, -1, 10**400, 1.5, "", "1", "✓"])
def test_an_id_comes_back_as_it_is(identity: object) -> None:
    """A text stays a text, and a huge number keeps all of its digits."""
    assert replies(lines(request(identity, "ping"))) == [{"jsonrpc": "2.0", "id": identity, "result": {}}]


def test_a_mark_at_the_start_and_windows_line_ends_are_no_fault() -> None:
    """PowerShell writes both."""
    assert replies(b"\xef\xbb\xbf" + lines(PING).replace(b"\n", b"\r\n")) == [PONG]


def test_a_last_line_without_its_end_is_answered() -> None:
    """Whoever pipes lines in may forget it."""
    assert replies(lines(PING).rstrip(b"\n")) == [PONG]


def test_nothing_is_answered_with_nothing() -> None:
    """A client that leaves at once ends the server."""
    assert replies(b"") == []


def test_an_oversized_line_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what comes behind it is answered."""
    monkeypatch.setattr(server_module, "LINE_LIMIT", 100)
    long = json.dumps(request(1, "ping", padding="x" * 1_000)).encode() + b"\n"
    [refused, pong] = replies(long + lines(PING))
    assert (refused["id"], refused["error"]["code"], pong) == (None, -32600, PONG)


def test_half_of_a_surrogate_pair_does_not_break_the_answer() -> None:
    """Text that no UTF-8 can say comes back as a question mark: an id or name from a hostile client."""
    assert to_line({"a": "x\ud800"}) == b'{"a": "x?"}\n'


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), one, max_size=4),
    max_leaves=8,
)


_ALMOST = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "id": st.integers() | st.text(max_size=2), "method": _METHODS},
    optional={"params": st.dictionaries(_KEYS, st.sampled_from(["check", "lint", "fix"]) | _JSON, max_size=4) | _JSON},
)
"""What is nearly right goes deeper than what is not."""


@given(
    st.lists(
        (_JSON | _ALMOST | st.lists(_ALMOST, max_size=2)).map(lambda one: json.dumps(one).encode())
        | st.binary(max_size=40),
        max_size=4,
    )
)
def test_no_line_ends_the_server(found: list[bytes]) -> None:
    """Whatever comes, each line of the answer is JSON, and what comes behind it is answered."""
    told = replies(lines(HELLO) + b"\n".join(found) + b"\n" + lines(PING))
    assert PONG in told
    assert {one["jsonrpc"] for one in told} == {"2.0"}


@pytest.mark.parametrize("asked", LEGACY)
def test_a_known_revision_is_agreed_on(asked: str) -> None:
    """The client's own, where it is known."""
    [told] = replies(lines(request(1, "initialize", protocolVersion=asked, capabilities={})))
    assert told["result"]["protocolVersion"] == asked
    assert told["result"]["capabilities"] == {"tools": {}}


@pytest.mark.parametrize("asked", ["2026-07-28", "1999-01-01", "2099-01-01", "", "x" * 10_000])
def test_another_revision_is_answered_with_the_latest_that_has_initialize(asked: str) -> None:
    """What the client does then is its choice; 2026-07-28 has no `initialize`."""
    [told] = replies(lines(request(1, "initialize", protocolVersion=asked)))
    assert told["result"]["protocolVersion"] == "2025-11-25"


def test_no_revision_is_wrong() -> None:
    """With the list of those that could be meant."""
    [told] = replies(lines(request(1, "initialize", protocolVersion=5)))
    assert (told["error"]["code"], told["error"]["data"]["supported"]) == (-32602, list(LEGACY))


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "server/discover", "resources/list"])
def test_before_initialize_only_ping_is_answered(method: str) -> None:
    """A request that neither agrees on a revision nor names one could mean several things."""
    [told] = replies(lines(request(1, method)))
    assert told["error"]["code"] == -32602


@pytest.mark.parametrize("method", ["resources/list", "prompts/list", "logging/setLevel", "server/discover", "x", ""])
def test_an_unknown_method_is_refused(method: str) -> None:
    """With the code that JSON-RPC has for it; `server/discover` is of another revision."""
    [_, told] = replies(lines(HELLO, request(1, method)))
    assert told["error"]["code"] == -32601


@pytest.mark.parametrize(
    "params",
    [{"name": "rm"}, {"name": "rm", "arguments": {}}, {}, {"name": 5}, {"name": "check", "arguments": [1]}],
)
def test_an_unknown_tool_is_a_protocol_error(params: dict[str, object]) -> None:
    """So the specification says; arguments that are no object as well."""
    [_, told] = replies(lines(HELLO, request(1, "tools/call", **params)))
    assert told["error"]["code"] == -32602


def test_there_is_one_page_of_tools() -> None:
    """A cursor that was never given out leads nowhere."""
    [_, told] = replies(lines(HELLO, request(1, "tools/list", cursor="more")))
    assert told["error"]["code"] == -32602


def test_a_modern_request_needs_no_initialize() -> None:
    """Each names its revision; each answer says that it is complete, and whose it is."""
    [discovered, listed] = replies(
        lines(request(1, "server/discover", _meta=META), request(2, "tools/list", _meta=META))
    )
    assert discovered["result"]["supportedVersions"] == ["2026-07-28", *LEGACY]
    assert discovered["result"]["resultType"] == listed["result"]["resultType"] == "complete"
    assert listed["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "netcheck"
    assert [one["name"] for one in listed["result"]["tools"]] == list(offered(is_site_named=False))


@pytest.mark.parametrize("asked", ["2027-01-01", "2025-11-25", 5, None, {}])
def test_an_unknown_modern_revision_is_refused_with_those_that_are_known(asked: object) -> None:
    """The client chooses one of them and asks again."""
    [told] = replies(lines(request(1, "tools/list", _meta={**META, "io.modelcontextprotocol/protocolVersion": asked})))
    assert told["error"]["code"] == -32022
    assert told["error"]["data"] == {"supported": ["2026-07-28", *LEGACY], "requested": asked}


@pytest.mark.parametrize(
    ("method", "meta", "code"),
    [
        ("ping", META, -32601),
        ("initialize", META, -32601),
        ("tools/list", {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}, -32602),
    ],
)
def test_a_modern_client_uses_what_its_revision_has(method: str, meta: dict[str, object], code: int) -> None:
    """`ping` and `initialize` are gone from it, and capabilities are named with each request."""
    [told] = replies(lines(request(1, method, _meta=meta)))
    assert told["error"]["code"] == code


@pytest.mark.parametrize("version", ["2025-03-26", "2024-11-05"])
def test_a_batch_is_answered_where_the_revision_has_batches(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, without anything for notifications; tools are called in it as well."""
    monkeypatch.chdir(tmp_path)
    write_nsg(tmp_path / "nsg.json")
    hello = request(0, "initialize", protocolVersion=version)
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    batch = [request(1, "ping"), note, call(2, "lint", {"site": ["nsg.json"]}), 5, request(3, "nothing")]
    [_, pong, together] = replies(lines(hello, batch, [note, note], PING))
    found = {one["id"]: one for one in together}
    assert (len(together), sorted(map(str, found))) == (4, ["1", "2", "3", "None"])
    assert found[2]["result"]["isError"] is False
    assert pong == PONG


def test_a_batch_is_refused_where_the_revision_has_none() -> None:
    """Since 2025-06-18."""
    [_, told] = replies(lines(HELLO, [PING]))
    assert (told["id"], told["error"]["code"]) == (None, -32600)


def _served(answer: Callable[[Call], Answered], text: bytes) -> list[Any]:
    out = io.BytesIO()
    Server(Session("1", "", offered(is_site_named=True)), answer, io.BytesIO(text), out).serve()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_cancelled_request_is_not_answered() -> None:
    """Neither the one that is worked on nor the one that waits; what is not cancelled is answered."""
    is_begun, all_read, begun = threading.Event(), threading.Event(), []

    def answer(call: Call) -> Answered:
        is_begun.set()
        all_read.wait(10)
        begun.append(call.tool)
        return Answered("done")

    class Source(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if b"cancelled" in line:
                is_begun.wait(10)
            elif not line:
                all_read.set()
            return line

    def cancel(identity: object) -> dict[str, object]:
        params = {"requestId": identity, "reason": "the user changed his mind"}
        return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}

    calls = [call(number, tool, {}) for number, tool in ((1, "check"), (2, "compare"), (3, "lint"))]
    text = lines(HELLO, *calls, cancel(1), cancel(2), cancel("3"), cancel(99))
    out = io.BytesIO()
    Server(Session("1", "", offered(is_site_named=True)), answer, Source(text), out).serve()
    answered = [json.loads(line)["id"] for line in out.getvalue().splitlines()]
    assert (answered, begun) == (["hello", 3], ["check", "lint"])


def test_ping_is_answered_while_a_tool_is_worked_on() -> None:
    """A client that hears nothing for long believes the server to be dead."""
    written = threading.Event()

    class Target(io.BytesIO):
        def write(self, data: Any, /) -> int:
            if b'"id": 7' in data:
                written.set()
            return super().write(data)

    def answer(_: Call) -> Answered:
        return Answered("after" if written.wait(10) else "before")

    out = Target()
    text = lines(HELLO, call(1, "check", {}), PING)
    Server(Session("1", "", offered(is_site_named=True)), answer, io.BytesIO(text), out).serve()
    [_, pong, told] = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (pong, told["result"]["content"][0]["text"]) == (PONG, "after")


def test_a_client_that_has_gone_ends_the_server() -> None:
    """Nobody reads what is still to be written, and nothing more is worked out."""
    asked = []

    class Gone(io.BytesIO):
        def write(self, _: Any, /) -> int:
            raise BrokenPipeError

    def answer(call: Call) -> Answered:
        asked.append(call.tool)
        return Answered("done")

    text = lines(HELLO, *(call(number, "check", {}) for number in range(50)))
    Server(Session("1", "", offered(is_site_named=True)), answer, io.BytesIO(text), Gone()).serve()
    assert len(asked) <= 1


def test_a_client_that_stops_listening_while_nothing_is_worked_on_ends_the_server() -> None:
    """Though it does not stop talking."""
    ended = threading.Event()

    class Source(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if not line:
                ended.wait(10)
            return line

    class Gone(io.BytesIO):
        def write(self, _: Any, /) -> int:
            raise BrokenPipeError

    Server(Session("1", "", offered(is_site_named=True)), lambda _: Answered(""), Source(lines(PING)), Gone()).serve()
    assert not ended.is_set()
    ended.set()


def test_answers_come_in_the_order_of_the_questions() -> None:
    """One after the other, none lost."""
    found = _served(
        lambda call: Answered(call.words[0]), lines(HELLO, *(call(n, "check", {"vms": [f"vm{n}"]}) for n in range(20)))
    )
    told = [(one["id"], one["result"]["content"][0]["text"]) for one in found[1:]]
    assert told == [(n, f"--vm=vm{n}") for n in range(20)]
