"""Work on several cores: what takes longer than a second goes on in forked processes that share what was read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # only long questions are spread
    from multiprocessing.connection import Connection

T = TypeVar("T")
AFTER, FEWEST, MOST_PROCESSES = 1.0, 4, 4


def spread(work: Callable[[int], T], count: int, tell: Callable[[int], None]) -> list[T]:
    """Return what `work` makes of each number below `count`, in order; `tell` is told how many are done."""
    found: list[T] = []
    start, cores = time.monotonic(), min(_cores(), MOST_PROCESSES)
    for number in range(count):
        tell(number)
        if cores > 1 and count - number >= FEWEST and time.monotonic() - start > AFTER and sys.platform != "win32":
            return found + _forked(work, range(number, count), tell, cores)
        found.append(work(number))
    return found


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _forked(work: Callable[[int], T], numbers: range, tell: Callable[[int], None], processes: int) -> list[T]:
    """Each process takes every n-th part: neighbours are alike, so that all have as much to do."""
    from multiprocessing import connection, get_context

    context = get_context("fork")
    found: dict[int, T] = {}
    ends: dict[Connection, int] = {}
    started = []
    for first in range(processes):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(work, numbers[first::processes], sender), daemon=True)
        process.start()
        sender.close()
        started.append(process)
        ends[receiver] = first
    try:
        while ends:
            ready = connection.wait(list(ends))
            for end in [one for one in ends if one in ready]:
                try:
                    number, results = end.recv()
                except EOFError:
                    del ends[end]
                    continue
                found.update((number, result) for result in results)
                tell(numbers.start + len(found))
    finally:
        for process in started:
            process.terminate()
            process.join()
    # What a process could not do is done here, so that its error is raised as if there were one process.
    return [found[number] if number in found else work(number) for number in numbers]


def _run(work: Callable[[int], T], numbers: range, sender: Connection) -> None:
    """Send each result in a list; an empty list is a part that failed."""
    for number in numbers:
        try:
            results = [work(number)]
        except Exception:
            sender.send((number, []))
            return
        sender.send((number, results))
    sender.close()
