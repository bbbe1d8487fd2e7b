"""The report of `diff` for people: what opens, what closes, what is open, by whom before and by whom now."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from netcheck.questions.answer import flows
from netcheck.questions.diff.changed import Changed, Kind, Side
from netcheck.questions.diff.diff import BackupChange, DiffReport
from netcheck.questions.diff.grouped import grouped
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_words import Names, packet_lines
from netcheck.reports.text import WIDTH, join

HEADINGS = {Kind.OPENED: "OPENED", Kind.CLOSED: "CLOSED", Kind.DEPENDS: "CHANGED, UNDETERMINED"}


def diff_text(report: DiffReport, names: Names, new: str = "NEW", width: int = WIDTH) -> str:
    """Return the report as text; `new` stands for the new site in the command to type next, "" for none."""
    lines: list[str] = []
    changes = grouped(report.changes)
    for one in changes:
        lines += [*_change(one, names), ""]
    for backup in report.backup:
        lines.append(_backup(backup))
    notes = (f"note: {note}" for note in report.notes)
    return join([*lines, *notes, summary(report, changes), *(_next(report, new) if new else ())], width)


def _next(report: DiffReport, new: str) -> Iterator[str]:
    """Yield the command that explains a packet that a change turns; without any, the one that looks at the new site."""
    flow = next((flow for change in report.changes for flow in flows(change.packets)), None)
    told = f"lint {new}" if flow is None else f"explain {new} {shlex.quote(str(flow))}"
    yield f"next: netcheck {told}"


def summary(report: DiffReport, groups: Sequence[Changed]) -> str:
    """Return what the two sites differ in, in one sentence."""
    if not report.changes and not report.backup:
        if not report.sections:
            return "no difference: the two describe the same network"
        return f"no packet's fate differs; described otherwise: {', '.join(report.sections)}"
    counts = Counter(one.kind for one in groups)
    told = [f"{counts[kind]:,} {word}" for kind, word in _WORDS.items() if counts[kind]]
    return f"{report.old} -> {report.new}: {', '.join(told) or 'only backup verdicts change'}"


_WORDS = {Kind.OPENED: "opened", Kind.CLOSED: "closed", Kind.DEPENDS: "changed and undetermined"}


def _change(one: Changed, names: Names) -> Iterator[str]:
    lines = [*packet_lines(one.packets, names)]
    yield f"{HEADINGS[one.kind]}  ({', '.join(one.sources)})"
    for source, target, what in lines:
        yield f"  {what}  {source} -> {target}" if what else f"  {source}"
    for word, side in (("before", one.before), ("now", one.after)):
        yield from _side(word, side)


def _side(word: str, side: Side) -> Iterator[str]:
    first, *rest = [decision_text(decision) for decision in side.decided_by] or ["nothing is sent from there"]
    yield f"  {word}: {side.verdict}, {first}"
    yield from (f"    {text}" for text in rest)


def _backup(one: BackupChange) -> str:
    before, after = (str(verdict) if verdict else "no such VM" for verdict in (one.before, one.after))
    return f"backup of {one.vm}: {before} -> {after}"
