"""Lines in, lines out: a thread reads and answers what takes no time, the main thread works out answers of tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Queue
from threading import Lock, Thread
from typing import BinaryIO

from netcheck.live.mcp.answers import Answered
from netcheck.live.mcp.messages import (
    INVALID_REQUEST,
    Batch,
    Id,
    Json,
    Malformed,
    Message,
    Notification,
    Request,
    error,
    is_id,
    read_line,
    to_line,
)
from netcheck.live.mcp.session import Session, Work
from netcheck.live.mcp.tools import Call

LINE_LIMIT = 4 * 1024 * 1024
"""Bytes. A question has some hundred."""
_WAITING = 1_000
"""Calls that may wait for their turn; then no more is read until one is answered."""

Finish = Callable[[Json | None], None]


@dataclass(slots=True)
class Server:
    """Serves one client until its lines end, and answers all that was asked until then."""

    session: Session
    answer: Callable[[Call], Answered]
    source: BinaryIO
    target: BinaryIO
    _queue: Queue[tuple[Work, Finish] | None] = field(default_factory=lambda: Queue(_WAITING), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    _open: set[Id] = field(default_factory=set, init=False)
    _cancelled: set[Id] = field(default_factory=set, init=False)
    _is_gone: bool = field(default=False, init=False)

    def serve(self) -> None:
        """Answer until the client has gone."""
        Thread(target=self._read, daemon=True).start()
        while (job := self._queue.get()) is not None and not self._is_gone:
            work, finish = job
            identity = work.request.id
            reply = None
            if identity not in self._cancelled:
                told = self.answer(work.call).to_result()
                reply = self.session.completed(identity, told, is_modern=work.is_modern)
            with self._lock:
                is_cancelled = identity in self._cancelled
                self._open.discard(identity)
                self._cancelled.discard(identity)
            finish(None if is_cancelled else reply)

    def _read(self) -> None:
        """Take one line after the other; an oversized one is skipped, and said to be."""
        while line := self.source.readline(LINE_LIMIT):
            if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
                while (rest := self.source.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
                    pass
                self._write(error(None, INVALID_REQUEST, f"a line has more than {LINE_LIMIT:,} bytes"))
            elif line.strip():
                self._take(read_line(line))
        self._queue.put(None)

    def _take(self, found: Message | Batch) -> None:
        match found:
            case Batch() if not self.session.has_batches:
                self._write(error(None, INVALID_REQUEST, "batches are no part of this revision of the protocol"))
            case Batch(messages):
                _Gathering(len(messages), self._write).take(messages, self._handle)
            case _:
                self._handle(found, self._finish)

    def _finish(self, reply: Json | None) -> None:
        if reply is not None:
            self._write(reply)

    def _handle(self, message: Message, finish: Finish) -> None:
        match message:
            case Malformed(reply):
                finish(reply)
            case Notification():
                self._notice(message)
                finish(None)
            case Request():
                told = self.session.answer(message)
                if isinstance(told, Work):
                    with self._lock:
                        self._open.add(message.id)
                    self._queue.put((told, finish))
                else:
                    finish(told)

    def _notice(self, told: Notification) -> None:
        """Take note of a request that nobody wants answered any more; other notifications ask for nothing."""
        identity = told.params.get("requestId")
        if told.method == "notifications/cancelled" and isinstance(identity, str | int | float) and is_id(identity):
            with self._lock:
                if identity in self._open:
                    self._cancelled.add(identity)

    def _write(self, message: object) -> None:
        with self._lock:
            try:
                self.target.write(to_line(message))
                self.target.flush()
            except OSError:  # nobody listens any more
                self._is_gone = True
                if not self._queue.full():  # somebody may wait for work
                    self._queue.put(None)


@dataclass(slots=True)
class _Gathering:
    """The answers to a batch, which are written together when the last is there; none where none is wanted."""

    missing: int
    write: Callable[[object], None]
    replies: list[Json] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def take(self, messages: Sequence[Message], handle: Callable[[Message, Finish], None]) -> None:
        for one in messages:
            handle(one, self.finish)

    def finish(self, reply: Json | None) -> None:
        with self.lock:
            self.missing -= 1
            if reply is not None:
                self.replies.append(reply)
            is_whole = self.missing == 0
        if is_whole and self.replies:
            self.write(self.replies)
