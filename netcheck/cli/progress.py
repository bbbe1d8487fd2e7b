"""How far a command is, on standard error: on a terminal only, once it has taken a second, and gone when it answers."""

from __future__ import annotations

import os
import sys
import time

from netcheck.cli.terminal import columns, is_terminal

TYPE_CHECKING = False  # checkers know the name; small commands do without the typing module
if TYPE_CHECKING:
    from threading import Thread

AFTER, EVERY, WIDTH = 1.0, 0.1, 30
TURNING = "|/-\\"


class Progress:
    """One line that says what is going on, with a bar where it is known how much there is to do.

    What has no count turns by a thread of its own. The thread is gone before anything else is written, and before a
    bar is drawn: work with a bar may go on in forked processes, which must not inherit a thread's locks.
    """

    def __init__(self, is_quiet: bool = False) -> None:
        self._is_shown = not is_quiet and is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self._start = time.monotonic()
        self._next = self._start + AFTER
        self._has_drawn = False
        self._what = ""
        self._thread: Thread | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def say(self, what: str) -> None:
        """Say what is going on, until the line is closed or counted work begins."""
        self._what = what
        if self._is_shown and self._thread is None:
            from threading import Event, Thread

            self._is_over = Event()
            self._thread = Thread(target=self._turn, daemon=True)
            self._thread.start()

    def __call__(self, done: int, whole: int, what: str) -> None:
        """Say that so much of the whole is done."""
        self._stop()
        if not self._is_shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        filled = WIDTH * done // max(whole, 1)
        self._draw(f"[{'#' * filled}{' ' * (WIDTH - filled)}] {100 * done // max(whole, 1):3}% {what}")

    def close(self) -> None:
        """Clear the line."""
        self._stop()
        if self._has_drawn:
            self._write("\r\x1b[K")
            self._has_drawn = False

    def _stop(self) -> None:
        if self._thread is not None:
            self._is_over.set()
            self._thread.join()
            self._thread = None

    def _turn(self) -> None:
        wait = max(self._next - time.monotonic(), 0)
        turns = 0
        while not self._is_over.wait(wait):
            seconds = time.monotonic() - self._start
            self._draw(f"{TURNING[turns % len(TURNING)]} {self._what} ({seconds:.0f} s)")
            wait, turns = EVERY, turns + 1

    def _draw(self, line: str) -> None:
        self._has_drawn = True
        self._write(f"\r\x1b[K{line[: columns(sys.stderr) - 1]}")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
