"""What the formats share: the lines about one breach, and the place in a file that it is shown at."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netcheck.model.intents import Intent
from netcheck.policy.decision import Decision
from netcheck.questions.intents.result import CHANGED, Breach, IntentsReport, Judged, Part, Status
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_words import Names, packet_lines
from netcheck.reports.file_places import Place, place_in, place_of

SHOWN_PARTS, SHOWN_BREACHES = 5, 20
FIRST_DEFAULT = 65_000
"""Azure's default rules have this priority and those after it."""
_COUNTED = {
    Status.HOLDS: ("holds", "hold"),
    Status.FAILS: ("fails", "fail"),
    Status.UNDETERMINED: ("is undetermined", "are undetermined"),
    Status.KNOWN: ("fails as the baseline has it", "fail as the baseline has it"),
}


def shown_at(breach: Breach, intent: Intent) -> tuple[Place, Decision | None]:
    """Return where a breach is shown: at the rule that decides, else at whatever decides, else at the intent.

    Of several it is one that somebody wrote rather than one of Azure's defaults; the first that denies, and of those
    that let through the last, which is the closest to the target.
    """
    placed = [one for one in breach.deciders if one.at and one.at != "-"]
    ranked = sorted(placed, key=_rank)
    best = [one for one in ranked if _rank(one) == _rank(ranked[0])]
    if best:
        chosen = next((one for one in best if not one.passes), best[-1])
        return place_of(chosen.at), chosen
    return place_in(intent.at.at), None


def _rank(decision: Decision) -> tuple[bool, bool, bool]:
    is_default = decision.priority is not None and decision.priority >= FIRST_DEFAULT
    return not decision.rule or is_default, not place_of(decision.at).line, not decision.rule


def breach_lines(breach: Breach, names: Names, site_name: str) -> Iterator[str]:
    """Yield what is wrong, with which packets, by whom, and what to type to see it."""
    yield f"finding {breach.code}: {breach.subject}: {breach.message}"
    for part in breach.parts[:SHOWN_PARTS]:
        yield from (f"  {line}" for line in _part(breach, part, names))
    if len(breach.parts) > SHOWN_PARTS:
        yield f"  and {len(breach.parts) - SHOWN_PARTS:,} more parts (`-o json` lists all)"
    yield from (f"  note: {reason}" for reason in breach.reasons)
    yield from (f"  e.g. {command}" for command in next_command(breach, site_name))


def _part(breach: Breach, part: Part, names: Names) -> Iterator[str]:
    for source, target, what in packet_lines(part.packets, names):
        yield f"{what}  {source} -> {target}" if what else source
    now = list(dict.fromkeys(decision_text(one) for one in part.decided_by))
    if breach.code != CHANGED and not part.before:
        yield from (f"  {text}" for text in now)
        return
    before = list(dict.fromkeys(decision_text(one) for one in part.before))
    for word, told in (("before", before), ("now", now)):
        first, *rest = told or ["nothing is sent from there"]
        yield f"  {word}: {first}"
        yield from (f"    {text}" for text in rest)


def next_command(breach: Breach, site_name: str) -> Iterator[str]:
    """Yield the command that explains the witness; through a proxy, the one that asks the question again.

    None for a site without a name, such as NSGs alone, which `explain` has nothing to say about.
    """
    witness = breach.witness
    if not site_name:
        return
    if breach.again:
        source, target, _, ports, via = breach.again
        options = shlex.join(["--from", source, "--to", target, "--port", ports, "--via", via])
        yield f"netcheck explain {site_name} {options}"
    elif witness is not None:
        yield f"netcheck explain {site_name} '{witness}'"


def result_lines(result: Judged, names: Names, site_name: str) -> Iterator[str]:
    """Yield everything about an intent that does not hold, under its heading."""
    new = [one for one in result.breaches if not one.is_known]
    for breach in new[:SHOWN_BREACHES]:
        yield from breach_lines(breach, names, site_name)
    if len(new) > SHOWN_BREACHES:
        yield f"and {len(new) - SHOWN_BREACHES:,} more findings (`-o json` lists all)"
    known = len(result.breaches) - len(new)
    if known:
        yield f"{known:,} known {'failure' if known == 1 else 'failures'} of the baseline not shown"
    yield from (f"note: {note}" for note in result.notes)
    if result.breaches and result.intent.why:
        yield f"why: {result.intent.why}"


def summary(report: IntentsReport) -> str:
    """Return how many intents hold, fail and so on, in one line without any name in it."""
    total = len(report.results)
    told = [f"{n:,} {_COUNTED[status][n != 1]}" for status, n in report.counts.items() if n]
    return f"{total:,} {'intent' if total == 1 else 'intents'}: {', '.join(told)}"
