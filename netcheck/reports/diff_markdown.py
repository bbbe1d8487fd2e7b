"""The report of `diff` as Markdown, fit for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.questions.diff.changed import Changed, Kind, Side
from netcheck.questions.diff.diff import DiffReport
from netcheck.questions.diff.grouped import grouped
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_text import HEADINGS, summary
from netcheck.reports.diff_words import Names, packet_lines
from netcheck.reports.markdown_words import escaped

_SIGNS = {Kind.OPENED: "+", Kind.CLOSED: "-", Kind.DEPENDS: "?"}


def diff_markdown(report: DiffReport, names: Names) -> str:
    """Return a heading, a table for each kind of change, and the notes."""
    groups = grouped(report.changes)
    lines = [f"### netcheck diff: {escaped(summary(report, groups))}", ""]
    for kind in Kind:
        own = [one for one in groups if one.kind is kind]
        if own:
            lines += [f"#### {HEADINGS[kind].capitalize()}", "", *_table(own, names), ""]
    if report.backup:
        lines += ["#### Backup", "", "| VM | before | now |", "|---|---|---|"]
        lines += [
            f"| {escaped(one.vm)} | {one.before or 'not there'} | {one.after or 'not there'} |" for one in report.backup
        ]
        lines.append("")
    lines += [f"> {escaped(note)}" for note in report.notes]
    return "\n".join(lines).rstrip() + "\n"


def _table(groups: Sequence[Changed], names: Names) -> Iterator[str]:
    yield "| | packets | before | now |"
    yield "|---|---|---|---|"
    for one in groups:
        yield f"| {_SIGNS[one.kind]} | {_packets(one, names)} | {_side(one.before)} | {_side(one.after)} |"


def _packets(one: Changed, names: Names) -> str:
    told = (
        f"{what} {source} → {target}" if what else source for source, target, what in packet_lines(one.packets, names)
    )
    return "<br>".join(escaped(text) for text in told)


def _side(side: Side) -> str:
    told = [f"**{side.verdict}**", *(escaped(decision_text(decision)) for decision in side.decided_by)]
    return "<br>".join(told)
