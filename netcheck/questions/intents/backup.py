"""`mustBackUp`: the backup traffic of VMs gets through, the way their clients would send it."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.intents import BackingUp
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking
from netcheck.questions.check import CheckEntry, check
from netcheck.questions.intents.result import NO_BACKUP, OPEN, Breach, Part


def judge(asking: Asking, title: str, demand: BackingUp, vm: str) -> Iterator[Breach]:
    """Yield what is wrong with the backup of one VM; raise QuestionError where it cannot be asked."""
    [entry] = check(asking.site, [vm], demand.profile, demand.target, demand.ports, asking).entries
    if entry.verdict is not Verdict.REACHABLE:
        yield _breach(title, entry)


def _breach(title: str, entry: CheckEntry) -> Breach:
    """A backup whose packets all get through may still fail: the names it asks for have to be found, too."""
    is_open = entry.verdict is Verdict.UNDETERMINED
    wrong = Verdict.UNDETERMINED if is_open else Verdict.BLOCKED
    parts = [Part(one.packets, one.decided_by) for one in entry.answer.parts if one.verdict is wrong]
    names = [one.names for one in entry.results if one.names is not None and one.need.is_essential]
    lookups = tuple(dict.fromkeys(d for one in names if one.verdict is wrong for d in one.decided_by))
    if lookups and not parts:
        parts = [Part(entry.answer.packets(Verdict.REACHABLE), lookups)]
    question = entry.answer.question
    via = f" via {question.via}" if question.via else ""
    return Breach(
        intent=title,
        code=OPEN if is_open else NO_BACKUP,
        subject=f"backup of {entry.vm} ({entry.profile}): {question.target}{via}",
        message="undetermined, and has to get through" if is_open else f"{entry.verdict}, and has to get through",
        parts=tuple(parts),
        reasons=entry.answer.reasons,
    )
