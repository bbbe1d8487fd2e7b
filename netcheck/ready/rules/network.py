"""What `check` says of the backup traffic of each VM."""

from __future__ import annotations

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.check import CheckEntry
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield the verdict of each VM with the rule that decides it: part of the way is a failure, an open one is open."""
    if case.why_not:
        for vm in case.vms:
            yield unknown(f"cannot be judged: {case.why_not}", vm.name)
    for entry in case.entries:
        decided = _decider(entry)
        at = decided.at if decided else ""
        match entry.verdict:
            case Verdict.REACHABLE:
                degraded = "; degraded: not everything that helps is reachable" if entry.is_degraded else ""
                yield passed(f"{_told(entry, decided)}{degraded}", entry.vm, at)
            case Verdict.UNDETERMINED:
                yield unknown(_told(entry, decided), entry.vm, at)
            case _:
                yield failed(_told(entry, decided), entry.vm, at)


def _told(entry: CheckEntry, decided: Decision | None) -> str:
    q = entry.answer.question
    via = f" via {q.via}" if q.via else ""
    where = f" {decided.resource}" if decided and decided.resource else ""
    by = f": {decided.hop}{where} {decided.access.lower()} by {decided.named or decided.note}" if decided else ""
    return f"{entry.verdict}: {q.target} {q.protocol} {','.join(q.ports)}{via}{by}"


def _decider(entry: CheckEntry) -> Decision | None:
    """Return who settled it: of what is blocked, then of what is open, then of what passes; of names where they do."""
    if entry.verdict is not entry.answer.verdict:
        return next(
            (one for result in entry.results if result.names for one in result.names.decided_by if not one.passes), None
        )
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED, Verdict.REACHABLE):
        for part in entry.answer.parts:
            if part.verdict is verdict and part.decided_by:
                own = [one for one in part.decided_by if one.passes is (verdict is Verdict.REACHABLE) and one.rule]
                return (own or list(part.decided_by))[0]
    return None
