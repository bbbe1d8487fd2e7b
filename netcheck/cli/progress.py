"""A progress bar on standard error: on a terminal only, and only once a command has taken a second."""

from __future__ import annotations

import sys
import time

AFTER, EVERY, WIDTH = 1.0, 0.1, 30


class ProgressBar:
    """Draws how much is done; clears its line when it is closed."""

    def __init__(self, is_quiet: bool = False) -> None:
        self._is_shown = not is_quiet and sys.stderr.isatty()
        self._next = time.monotonic() + AFTER
        self._has_drawn = False

    def __call__(self, done: int, whole: int, what: str) -> None:
        """Say that so much of the whole is done."""
        if not self._is_shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        self._has_drawn = True
        filled = WIDTH * done // max(whole, 1)
        bar = f"[{'#' * filled}{' ' * (WIDTH - filled)}] {100 * done // max(whole, 1):3}% {what}"
        sys.stderr.write(f"\r\x1b[K{bar[:79]}")
        sys.stderr.flush()

    def close(self) -> None:
        """Clear the line."""
        if self._has_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._has_drawn = False
