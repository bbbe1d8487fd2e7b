"""A plan's script run twice and undone, with everything the service saw and held on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from tests.real_az.plans import Planned
from tests.real_az.refusals import Json
from tests.real_az.server import Request
from tests.real_az.session import Azure, Ended

Held = dict[str, Json]


@dataclass(frozen=True)
class Round:
    """What happened to one plan: what the service was asked by the first run, and its NSGs after each step."""

    planned: Planned
    requests: tuple[Request, ...]
    ended: tuple[Ended, Ended, Ended]
    before: Held
    after: Held
    again: Held
    undone: Held


def play(azure: Azure, planned: Planned) -> Round:
    """Put the site's NSGs into the service, run the script, run it again, and run the undo."""
    arm = azure.arm
    arm.store.clear()
    for path, body in planned.nsgs.items():
        arm.store.put(path, body)
    before = _held(azure, planned)
    arm.requests.clear()
    first = azure.run(planned.fix["script"], **planned.variables)
    requests, after = tuple(arm.requests), _held(azure, planned)
    second = azure.run(planned.fix["script"], **planned.variables)
    again = _held(azure, planned)
    undo = azure.run(planned.fix["undo"], **planned.variables)
    return Round(planned, requests, (first, second, undo), before, after, again, _held(azure, planned))


def _held(azure: Azure, planned: Planned) -> Held:
    held = {path: azure.arm.store.get(path) for path in planned.nsgs}
    return {path: body for path, body in held.items() if body is not None}


def play_all(azures: Sequence[Azure], plans: Iterable[Planned]) -> list[Round]:
    """Play every plan, as many at a time as there are services, from the first one on while others are made."""
    free: SimpleQueue[Azure] = SimpleQueue()
    for azure in azures:
        free.put(azure)

    def one(planned: Planned) -> Round:
        azure = free.get()
        try:
            return play(azure, planned)
        finally:
            free.put(azure)

    with ThreadPoolExecutor(len(azures)) as pool:
        playing = [pool.submit(one, planned) for planned in plans]
        return [future.result() for future in playing]
