"""What differs between the matrices of two sites: pairs of VMs whose packets are judged differently.

VMs are told by their names. A VM that one of the sites does not have sends nothing there, and nothing reaches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.asked import Ask, select
from netcheck.estate.grouping import Group, Weights, alike
from netcheck.estate.judging import Progress, Spread, no_progress, one_by_one
from netcheck.estate.matrix import Judged, judge
from netcheck.estate.outside import Goal, Outcome
from netcheck.estate.question import ANY_CELL, Cell, joined, rule_kinds
from netcheck.estate.rows import NOTHING, Row, Rows
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking

_GONE = None


class Change(NamedTuple):
    """Pairs of groups whose packets of a cell have another verdict now; None: there was no packet, or is none."""

    cell: Cell
    before: Verdict | None
    after: Verdict | None
    senders: int
    receivers: int
    pairs: int


class OutwardChange(NamedTuple):
    """Groups whose packets to a target outside fare otherwise now."""

    label: str
    before: Outcome | None
    after: Outcome | None
    senders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixChanges:
    """What changed between all pairs of two sites; `senders` and `receivers` are groups as bits.

    `names` are the VMs of both sites by the numbers that groups hold.
    """

    ask: Ask
    old: str
    new: str
    names: tuple[str, ...]
    groups: tuple[Group, ...]
    changes: tuple[Change, ...]
    outside: tuple[OutwardChange, ...]

    @property
    def is_open(self) -> bool:
        """Whether all that changed is undetermined, before or after."""
        return all(Verdict.UNDETERMINED in sides for sides in self._sides())

    def __bool__(self) -> bool:
        return bool(self.changes or self.outside)

    def _sides(self) -> Iterator[tuple[Verdict | None, Verdict | None]]:
        yield from ((one.before, one.after) for one in self.changes)
        for one in self.outside:
            yield _verdict(one.before), _verdict(one.after)


def _verdict(outcome: Outcome | None) -> Verdict | None:
    return outcome.verdict if outcome is not None else None


def matrix_changes(
    old: Site, new: Site, ask: Ask, progress: Progress = no_progress, spread: Spread = one_by_one
) -> MatrixChanges:
    """Compare all pairs of two sites; raise QuestionError where one of them cannot be asked."""
    was, now = Asking(old), Asking(new)
    before = judge(was, ask, select(old, ask, new), progress, rule_kinds(new), spread)
    after = judge(now, ask, select(new, ask, old), progress, rule_kinds(old), spread)
    joint = _Joint(before, after)
    found = [one for number in range(len(after.cells)) for one in joint.changes(number)]
    outward = list(joint.outward())
    sets = [some for one in found for some in (one.senders, one.receivers)] + [one.senders for one in outward]
    touched = 0
    for some in sets:
        touched |= some
    groups = alike(joint.members, touched, sets)
    return MatrixChanges(
        ask=ask,
        old=old.file,
        new=new.file,
        names=tuple(joint.names),
        groups=groups,
        changes=_merged(
            one._replace(senders=_over(groups, one.senders), receivers=_over(groups, one.receivers)) for one in found
        ),
        outside=tuple(one._replace(senders=_over(groups, one.senders)) for one in outward),
    )


def _over(groups: Sequence[Group], classes: int) -> int:
    return bits.of((n for n, group in enumerate(groups) if group.classes & classes), len(groups))


def _merged(changes: Iterator[Change]) -> tuple[Change, ...]:
    """Put together what differs in its ports only."""
    found: dict[Change, list[Cell]] = {}
    for one in changes:
        found.setdefault(one._replace(cell=ANY_CELL), []).append(one.cell)
    return tuple(one._replace(cell=cell) for one, cells in found.items() for cell in joined(cells))


class _Joint:
    """Classes of VMs that are of one class before, and of one class now."""

    def __init__(self, before: Judged, after: Judged) -> None:
        self._before, self._after = before, after
        self.names: list[str] = []
        at: dict[str, int] = {}
        sides = []
        for judged in (after, before):
            of: dict[int, int] = {}
            for number, one in enumerate(judged.estate.classes):
                for machine in one.members:
                    name = judged.estate.site.virtual_machines[machine].name
                    if key(name) not in at:
                        at[key(name)] = len(self.names)
                        self.names.append(name)
                    of[at[key(name)]] = number
            sides.append(of)
        now, was = sides
        found: dict[tuple[int | None, int | None], list[int]] = {}
        for machine in range(len(self.names)):
            found.setdefault((was.get(machine), now.get(machine)), []).append(machine)
        self.members = [tuple(machines) for machines in found.values()]
        self._weights = Weights(self.members)
        self._single = bits.of((n for n, one in enumerate(self.members) if len(one) == 1), len(self.members))
        self._spread = [_Spread([classes[side] for classes in found], len(found)) for side in (0, 1)]
        self._everyone = bits.run(0, len(found))

    def changes(self, cell: int) -> Iterator[Change]:
        """Yield the pairs of joint classes whose verdict about a cell differs."""
        merged: dict[tuple[Verdict | None, Verdict | None, int], int] = {}
        new = list(self._rows(self._after, self._after.rows[cell], 1))
        for was, senders in self._rows(self._before, self._before.rows[cell], 0):
            for now, others in new:
                both = senders & others
                if both:
                    for before, after, receivers in self._differences(was, now, both):
                        at = before, after, receivers
                        merged[at] = merged.get(at, 0) | both
        for (before, after, receivers), senders in merged.items():
            pairs = self._weights.pairs(senders, receivers)
            if pairs:
                yield Change(self._after.cells[cell], before, after, senders, receivers, pairs)

    def _rows(self, judged: Judged, rows: Rows, side: int) -> Iterator[tuple[Row, int]]:
        """Yield the rows over joint classes; a class that is not in the site has the row of nothing."""
        spread, left = self._spread[side], self._everyone
        for row, senders in rows.items():
            some = spread.of(senders & judged.senders)
            if some:
                left &= ~some
                yield Row(*(spread.of(one & judged.receivers) for one in row)), some
        if left:
            yield NOTHING, left

    def _differences(self, was: Row, now: Row, senders: int) -> Iterator[tuple[Verdict | None, Verdict | None, int]]:
        is_alone = senders & (senders - 1) == 0 and bool(senders & self._single)
        wanted = self._everyone & ~senders if is_alone else self._everyone
        for before, some in self._by_verdict(was):
            for after, others in self._by_verdict(now):
                receivers = some & others & wanted
                if before is not after and receivers and {before, after} != {None, Verdict.BLOCKED}:
                    yield before, after, receivers

    def _by_verdict(self, row: Row) -> Iterator[tuple[Verdict | None, int]]:
        yield from row.by_verdict().items()
        yield None, self._everyone & ~(row.reached | row.blocked | row.open)

    def outward(self) -> Iterator[OutwardChange]:
        """Yield the joint classes whose packets to a target fare otherwise."""
        for old, new in zip(self._before.goals, self._after.goals, strict=True):
            pairs = [(was, now) for was in (*old.outcomes, _GONE) for now in (*new.outcomes, _GONE)]
            for was, now in pairs:
                senders = self._with(old, was, 0) & self._with(new, now, 1)
                if senders and _fate(was) != _fate(now):
                    yield OutwardChange(new.label, was, now, senders)

    def _with(self, goal: Goal, outcome: Outcome | None, side: int) -> int:
        spread = self._spread[side]
        if outcome is not None:
            return spread.of(goal.outcomes[outcome])
        found = 0
        for some in goal.outcomes.values():
            found |= spread.of(some)
        return self._everyone & ~found


def _fate(outcome: Outcome | None) -> object:
    """Return what counts of an outcome: which packets get through, and of which it is open."""
    return outcome.packets if outcome is not None and any(outcome.packets) else None


class _Spread:
    """Turns sets of one site's classes into sets of joint ones."""

    def __init__(self, classes: Sequence[int | None], size: int) -> None:
        found: dict[int, list[int]] = {}
        for joint, one in enumerate(classes):
            if one is not None:
                found.setdefault(one, []).append(joint)
        self._of = {one: bits.of(joints, size) for one, joints in found.items()}
        self._known: dict[int, int] = {}

    def of(self, classes: int) -> int:
        """Return the joint classes of some classes."""
        found = self._known.get(classes)
        if found is None:
            found = 0
            for number in bits.each(classes):
                found |= self._of.get(number, 0)
            self._known[classes] = found
        return found
