"""`unchangedFrom`: what a site opens and closes against another one, where it must not."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.intents import UnchangedFrom
from netcheck.model.site import Site
from netcheck.questions.diff.changed import Changed, Kind
from netcheck.questions.diff.diff import DiffReport, diff
from netcheck.questions.diff.grouped import grouped
from netcheck.questions.intents.result import CHANGED, OPEN, Breach, Part

_MESSAGES = {
    Kind.OPENED: "opened: it was blocked",
    Kind.CLOSED: "closed: it was reachable",
    Kind.DEPENDS: "changed, and whether it opens or closes anything is open",
}


def judge(old: Site, new: Site, title: str, demand: UnchangedFrom) -> tuple[list[Breach], tuple[str, ...]]:
    """Return what changed and may not, and the notes of the comparison; raise QuestionError where there is none.

    What is open counts whatever is allowed: it may be the other kind of change.
    """
    report = diff(old, new)
    return [*_packets(report, title, demand), *_backup(report, title, demand)], report.notes


def _packets(report: DiffReport, title: str, demand: UnchangedFrom) -> Iterator[Breach]:
    for kind in Kind:
        changes = grouped(report.of(kind))
        if changes and str(kind) != demand.allows:
            yield Breach(
                intent=title,
                code=OPEN if kind is Kind.DEPENDS else CHANGED,
                subject=f"{_word(kind)} since {report.old}",
                message=_MESSAGES[kind],
                parts=tuple(_part(one) for one in changes),
            )


def _part(one: Changed) -> Part:
    return Part(one.packets, one.after.decided_by, one.sources, one.before.decided_by)


def _backup(report: DiffReport, title: str, demand: UnchangedFrom) -> Iterator[Breach]:
    for one in report.backup:
        if str(one.kind) != demand.allows:
            before, after = (str(verdict) if verdict else "no such VM" for verdict in (one.before, one.after))
            yield Breach(
                intent=title,
                code=OPEN if one.kind is Kind.DEPENDS else CHANGED,
                subject=f"backup of {one.vm} since {report.old}",
                message=f"{before} before, {after} now",
            )


def _word(kind: Kind) -> str:
    return "changed" if kind is Kind.DEPENDS else str(kind)
