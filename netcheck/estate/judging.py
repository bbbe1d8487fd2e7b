"""All pairs of classes, cell by cell: the plain ones by bits, whatever else there is by the walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from netcheck.estate import bits
from netcheck.estate.between import Plain, Sent
from netcheck.estate.classes import Estate
from netcheck.estate.filters import Lookup
from netcheck.estate.question import Cell
from netcheck.estate.rows import Row, Rows
from netcheck.estate.walked import Walker
from netcheck.model.names import key
from netcheck.path.hops import WITHOUT_EFFECT, unmodelled_hop
from netcheck.questions.asking import Asking
from netcheck.sets.intervals import IntervalSet

T = TypeVar("T")


class Progress(Protocol):
    """Told how much is done, of how much, and of what."""

    def __call__(self, done: int, whole: int, what: str) -> None:
        """Say so."""


def no_progress(done: int, whole: int, what: str) -> None:
    """Tell nobody."""


class Spread(Protocol):
    """Does the parts of some work, in one process or in several, and returns what they make in their order."""

    def __call__(self, work: Callable[[int], T], count: int, tell: Callable[[int], None]) -> list[T]:
        """Return `work` of each number below `count`; `tell` is told how many are done."""


def one_by_one(work: Callable[[int], T], count: int, tell: Callable[[int], None]) -> list[T]:
    """Do the parts of some work one after the other."""
    found = []
    for number in range(count):
        tell(number)
        found.append(work(number))
    return found


class Pairs(NamedTuple):
    """The classes that send and those that receive, of the pairs asked about."""

    senders: int
    receivers: int


class Judge:
    """An estate ready to be asked for all pairs."""

    def __init__(self, estate: Estate, asking: Asking) -> None:
        self._estate, self._asking = estate, asking
        self._everyone = bits.run(0, len(estate.classes))
        site = estate.site
        effective = [one for one in site.unmodelled if key(one.name) not in WITHOUT_EFFECT]
        self._may_stop = bool(effective)
        self._may_override = any(unmodelled_hop(one).overrides for one in effective)
        self._plain = None if site.admin_rules else Plain(Lookup(estate))

    def rows(
        self,
        cells: Sequence[Cell],
        protocols: IntervalSet,
        ports: IntervalSet,
        pairs: Pairs | None = None,
        progress: Progress = no_progress,
        spread: Spread = one_by_one,
    ) -> list[Rows]:
        """Return, for each cell, every class that sends by what becomes of its packets.

        Rows hold the right verdicts about the receivers, and may lack others.
        """
        wanted, receivers = pairs or Pairs(self._everyone, self._everyone)
        plain = self._plain
        sent: list[dict[Sent, int]] = [{} for _ in cells]
        if plain is not None:
            tell = partial(progress, whole=len(cells), what="ports")
            sent = spread(lambda number: plain.judge(cells[number]), len(cells), tell)
        unclear = self._unclear(sent[0] if sent else {}, wanted, receivers)
        walker = Walker(self._estate, self._asking, protocols, ports)
        walks = list(unclear.items())
        tell = partial(progress, whole=len(walks), what="walks")
        found = spread(lambda number: walker.rows(*walks[number], cells), len(walks), tell)
        walked = dict(zip(unclear, found, strict=True))
        return [self._put_together(one, wanted, unclear, walked, at) for at, one in enumerate(sent)]

    def _unclear(self, sent: dict[Sent, int], wanted: int, receivers: int) -> dict[int, int]:
        """Return, by sender, the destinations that only a walk can tell about; they are the same in every cell."""
        others = self._everyone ^ bits.run(0, self._estate.plain)
        found: dict[int, int] = {}
        judged = 0
        for one, classes in sent.items():
            judged |= classes
            goals = (one.unclear | others) & receivers
            if goals:
                found.update(dict.fromkeys(bits.each(classes & wanted), goals))
        found.update(dict.fromkeys(bits.each(wanted & ~judged), receivers))
        return dict(sorted(found.items()))

    def _put_together(
        self, sent: dict[Sent, int], wanted: int, unclear: dict[int, int], walked: dict[int, list[Row]], at: int
    ) -> Rows:
        rows: Rows = {}
        judged = 0
        for one, classes in sent.items():
            judged |= classes
            goals = one.unclear | (self._everyone ^ bits.run(0, self._estate.plain))
            row = self._row(one, self._everyone & ~goals)
            for sender in bits.each(classes & wanted) if goals else ():
                more = walked.get(sender)
                _add(rows, row.also(more[at]) if more else row, 1 << sender)
            if not goals:
                _add(rows, row, classes & wanted)
        for sender in unclear:
            if not judged >> sender & 1:
                _add(rows, walked[sender][at], 1 << sender)
        return rows

    def _row(self, sent: Sent, goals: int) -> Row:
        """Return the verdicts about some destinations; what the site holds and nobody evaluates may change them."""
        if self._may_override:
            return Row(0, 0, goals)
        reached, is_open = sent.reached & goals, sent.open & goals
        blocked = goals & ~(reached | is_open)
        return Row(0, blocked, is_open | reached) if self._may_stop else Row(reached, blocked, is_open)


def _add(rows: Rows, row: Row, senders: int) -> None:
    if senders:
        rows[row] = rows.get(row, 0) | senders
