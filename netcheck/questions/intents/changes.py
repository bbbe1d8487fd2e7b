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
    Kind.OPENED: "reachable, and blocked in {}",
    Kind.CLOSED: "blocked, and reachable in {}",
    Kind.DEPENDS: "whether this is opened or closed against {} is open",
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
                subject="changed" if kind is Kind.DEPENDS else str(kind),
                message=_MESSAGES[kind].format(report.old),
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
                subject=f"backup of {one.vm}",
                message=f"{after}, and {before} in {report.old}",
            )
