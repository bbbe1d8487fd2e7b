"""Telling somebody which files a reading reads: whoever follows a site has to know when to read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Recorder(Protocol):
    """Somebody who is told of each file, before it is looked at and when it has been read."""

    def begin(self, path: str) -> None:
        """Take note of a file that is about to be read, and may not be there."""

    def end(self, path: str, data: bytes) -> None:
        """Take note of what was in it."""


_RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Tell the recorder what this thread reads inside of the `with` block."""
    token = _RECORDER.set(recorder)
    try:
        yield
    finally:
        _RECORDER.reset(token)


def present_recorder() -> Recorder | None:
    """Return who is told of what is read now, None where nobody is."""
    return _RECORDER.get()
