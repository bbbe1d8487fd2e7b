"""A site that follows its files: what it says now, and what was said last where a file cannot be read any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from netcheck.errors import NetcheckError
from netcheck.live.files import FilesRead
from netcheck.sources.recording import recording

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State(Generic[T]):
    """What is known at a moment. With faults, `value` is of the last reading that succeeded, and stale.

    `version` is another number whenever there is something else to show.
    """

    version: int
    value: T
    faults: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether the files say something else by now that cannot be read."""
        return bool(self.faults)


class Live(Generic[T]):
    """Reads again whenever somebody asks and a file has changed: no answer is older than the question.

    Several threads may ask; while one of them reads, the others wait for what it finds.
    """

    def __init__(self, paths: Sequence[str], read: Callable[[], T]) -> None:
        """Read for the first time; raise InputError where that cannot be."""
        self._paths, self._read = paths, read
        self._lock = Lock()
        self._record = FilesRead.below(paths)
        with recording(self._record):
            self._state = State(1, read())

    def now(self) -> State[T]:
        """Return what the files say now."""
        with self._lock:
            if self._record.has_changed():
                self._read_again()
            return self._state

    def _read_again(self) -> None:
        before, state = self._record, self._state
        self._record = FilesRead.below(self._paths)
        value, faults = state.value, state.faults
        try:
            with recording(self._record):
                value, faults = self._read(), ()
        except NetcheckError as error:
            faults = (str(error),)
        except RecursionError:
            faults = ("the input is nested or linked too deeply",)
        if faults != state.faults or not self._record.is_like(before):
            self._state = State(state.version + 1, value, faults)
