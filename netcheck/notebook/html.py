"""Values as small pieces of HTML for notebooks.

A piece has no script and names no other file. Its colours are those of a verdict's own ground and letters, so that it
can be read on a light and on a dark page; where a notebook drops styles, the sign and the word of a verdict are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from xml.etree import ElementTree as ET

from netcheck.estate.matrix import Matrix
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import SETTLED, Answer, Question
from netcheck.questions.check import CheckReport
from netcheck.questions.diff.changed import Changed, Side
from netcheck.questions.diff.diff import DiffReport
from netcheck.questions.finding import Finding, Findings
from netcheck.remedy.comparison import Comparison
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_text import HEADINGS
from netcheck.reports.diff_words import Names, packet_lines
from netcheck.reports.html.markup import Content, code, element, name, serialized
from netcheck.reports.html.parts import badge, number, row, table
from netcheck.reports.matrix_words import asked_words, verdict_word
from netcheck.reports.text import packets_text

T = TypeVar("T")
SHOWN = 100
"""Rows of a table that are shown; the data frame has all."""
_STYLE = (
    ".netcheck .verdict{color:#fff;padding:0 .5em;border-radius:.7em;white-space:nowrap}"
    ".netcheck .reachable{background:#1a6b31}.netcheck .blocked{background:#a1231c}"
    ".netcheck .partial{background:#7a4d00}.netcheck .undetermined{background:#54419b}"
    ".netcheck .none{color:inherit}.netcheck th,.netcheck td{text-align:left;vertical-align:top}"
    ".netcheck .sign{margin-right:.3em}.netcheck td.number{text-align:right}.netcheck caption{text-align:left}"
)


def to_html(value: object) -> str:
    """Return the HTML of a value; raise TypeError for one that has none."""
    match value:
        case Answer():
            content = _answer(value)
        case CheckReport():
            content = _check(value)
        case Comparison():
            content = _comparison(value)
        case DiffReport():
            content = _diff(value)
        case Matrix():
            content = _matrix(value)
        case Finding():
            content = _findings([value])
        case Findings():
            content = _findings(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no HTML")
    style = ET.Element("style")
    style.text = _STYLE
    return serialized(element("div", style, *content, classes="netcheck"))


def _shown(values: Sequence[T]) -> tuple[Sequence[T], list[ET.Element]]:
    """Return the first values, and the line that says how many more there are."""
    left = len(values) - SHOWN
    return values[:SHOWN], [element("p", f"and {left:,} more; to_dataframe() has all of them")] if left > 0 else []


def _notes(notes: Iterable[str]) -> list[ET.Element]:
    lines = [element("li", note) for note in notes]
    return [element("ul", *lines)] if lines else []


def _lines(lines: Iterable[str]) -> list[Content]:
    found: list[Content] = []
    for line in lines:
        found += [element("br"), line] if found else [line]
    return found


def _deciders(decisions: Sequence[Decision]) -> list[Content]:
    return _lines(decision_text(one) for one in decisions)


def _headline(verdict: Verdict, q: Question) -> ET.Element:
    via: list[Content] = [" via ", name(q.via)] if q.via else []
    asked = f" {q.protocol} {','.join(q.ports)}"
    return element("p", badge(verdict), " ", name(q.source), " \u2192 ", name(q.target), *via, asked)


def _answer(answer: Answer) -> Iterator[ET.Element]:
    yield _headline(answer.verdict, answer.question)
    ranked = [part for verdict in SETTLED for part in answer.parts if part.verdict is verdict]
    parts, more = _shown(ranked)
    rows = [row(badge(one.verdict), packets_text(one.packets), _deciders(one.decided_by)) for one in parts]
    yield table("Packets, and who decides", ["verdict", "packets", "decided by"], rows)
    yield from more
    yield from _notes([*answer.reasons, *(f"{one.code}: {one.message}" for one in answer.findings)])


def _check(report: CheckReport) -> Iterator[ET.Element]:
    yield element("p", "Backup traffic, profile ", code(report.profile.name), ": ", badge(report.verdict))
    entries, more = _shown(report.entries)
    rows = []
    for one in entries:
        q = one.answer.question
        told = [*(["degraded"] if one.is_degraded else []), *one.answer.reasons]
        asked = f"{q.protocol} {','.join(q.ports)}"
        rows.append(row(name(one.vm), badge(one.verdict), name(q.target), name(q.via), asked, _lines(told)))
    yield table("VMs", ["VM", "verdict", "to", "via", "ports", "notes"], rows)
    yield from more
    yield from _notes(f"{one.code}: {one.message}" for one in report.findings)


def _comparison(comparison: Comparison) -> Iterator[ET.Element]:
    ports = ",".join(str(port) for port in comparison.ports)
    yield element("p", "Required: ", code(comparison.target), f" tcp {ports}, profile {comparison.profile}")
    rows = [
        row(
            code(str(one.option)),
            badge(one.verdict),
            "yes" if one.is_feasible else "no",
            element("td", f"{one.rules_needed}/{one.rules_limit}", classes="number"),
            number(one.addresses_opened),
            element("td", f"{one.over_exposure:,.2f}", classes="number"),
            "take this" if one.option is comparison.recommended else "",
        )
        for one in comparison.choices
    ]
    heads = ["option", "verdict", "fits", "rules/limit", "opens", "exposure", "recommended"]
    yield table("Options", heads, rows)
    taken: list[Content] = [code(str(comparison.recommended)), ": "] if comparison.recommended else []
    yield element("p", *taken, comparison.why)
    yield from _notes(comparison.reasons)


def _diff(report: DiffReport) -> Iterator[ET.Element]:
    yield element("p", name(report.old), " \u2192 ", name(report.new))
    if not report.changes and not report.backup:
        changed = f"; described otherwise: {', '.join(report.sections)}" if report.sections else ""
        yield element("p", f"no packet's fate differs{changed}")
    changes, more = _shown(report.changes)
    if changes:
        yield table("Packets", ["change", "packets", "before", "now"], (_change(one) for one in changes))
    yield from more
    backups, more = _shown(report.backup)
    if backups:
        rows = (row(name(one.vm), badge(one.before), badge(one.after)) for one in backups)
        yield table("Backup", ["VM", "before", "now"], rows)
    yield from more
    yield from _notes(report.notes)


def _change(one: Changed) -> ET.Element:
    lines = [
        f"{what}  {source} \u2192 {target}" if what else source
        for source, target, what in packet_lines(one.packets, Names())
    ]
    packets: list[Content] = [f"{', '.join(one.sources)}:", element("br"), *_lines(lines)]
    return row(HEADINGS[one.kind].lower(), packets, _side(one.before), _side(one.after))


def _side(side: Side) -> list[Content]:
    return [badge(side.verdict), element("br"), *_deciders(side.decided_by)]


def _matrix(matrix: Matrix) -> Iterator[ET.Element]:
    total = sum(matrix.pairs.values())
    counts = ", ".join(f"{count:,} {verdict_word(verdict)}" for verdict, count in matrix.pairs.items() if count)
    yield element("p", f"{asked_words(matrix.ask)}, {total:,} pairs of VMs: {counts}")
    groups = matrix.groups[:_SHOWN_GROUPS]
    goals = range(len(groups))
    rows = [
        row(name(group.label), *(_cell(matrix.verdict(at, goal)) for goal in goals)) for at, group in enumerate(groups)
    ]
    yield table("From (rows) to (columns)", ["", *(name(group.label) for group in groups)], rows)
    machines = matrix.site.virtual_machines
    held = [
        row(name(group.label), ", ".join(machines[n].name for n in group.machines[:5]), number(len(group.machines)))
        for group in groups
    ]
    yield table("Groups", ["group", "first VMs", "VMs"], held)
    left = len(matrix.groups) - len(groups)
    yield from [element("p", f"and {left:,} more groups; to_dataframe() has all of them")] if left > 0 else []
    yield from _outside(matrix)
    yield from _notes(matrix.notes)


_SHOWN_GROUPS = 26


def _cell(verdict: Verdict | None) -> Content:
    return "" if verdict is None else badge(verdict)


def _outside(matrix: Matrix) -> Iterator[ET.Element]:
    for at, (label, outcomes) in enumerate(matrix.outside):
        rows = []
        for sender, group in enumerate(matrix.groups[:_SHOWN_GROUPS]):
            if outcomes[sender]:
                decisions = tuple(dict.fromkeys(d for one in outcomes[sender] for d in one.decided_by))
                verdict = matrix.outside_verdict(at, sender)
                rows.append(row(name(group.label), badge(verdict), _deciders(decisions)))
        yield table(f"To {label}", ["from", "verdict", "decided by"], rows)


def _findings(findings: Sequence[Finding]) -> Iterator[ET.Element]:
    if not findings:
        yield element("p", "nothing found")
        return
    shown, more = _shown(findings)
    rows = [row(code(one.code), str(one.severity), name(one.resource), one.message, code(one.at)) for one in shown]
    yield table("Findings", ["code", "severity", "resource", "what", "where"], rows)
    yield from more
