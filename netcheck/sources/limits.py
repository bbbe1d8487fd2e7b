"""Where a reading may look: whoever reads for somebody else decides for each file and folder before it is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Check = Callable[[str], None]
"""Raises InputError for a path at which the reading may not look."""

_CHECK: ContextVar[Check | None] = ContextVar("check", default=None)


@contextmanager
def limited(check: Check) -> Iterator[None]:
    """Ask `check` about all that this thread looks at inside of the `with` block."""
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


def check_place(path: str) -> None:
    """Raise InputError where the present reading may not look at a path; without limits it may look everywhere."""
    check = _CHECK.get()
    if check is not None:
        check(path)
