"""The addresses that have to be reached, as a bar in proportion to their number, with a table of the blocks below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.model.address import Family, format_address
from netcheck.overview.html.words import decided, paragraph, port_list
from netcheck.overview.ranges import AddressRuns, Run, runs_of
from netcheck.overview.report import GroupReport, Report
from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer, AnswerPart, prefixes
from netcheck.questions.answer import ports as port_texts
from netcheck.reports.html.markup import Content, code, element, joined, name
from netcheck.reports.html.parts import SIGNS, badge, number, row, table

SHOWN_PREFIXES = 12
LEAST = 0.4
"""Percent of the bar that a run is drawn with at least, so that a single address among millions can be seen."""
_ROOM_FOR_SIGN = 3.0
_ORDER = (Verdict.REACHABLE, Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNDETERMINED)
_PATTERNS = {
    Verdict.BLOCKED: ("M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6", "8"),
    Verdict.PARTIAL: ("M0 4 L8 4 M4 0 L4 8", "8"),
    Verdict.UNDETERMINED: ("M2 3 L4 3 M6 7 L8 7", "8"),
}


def bars(report: Report) -> list[ET.Element]:
    """Return a bar for each different fate of the addresses of a need, with the VMs that it is for."""
    found = [_patterns(), paragraph("All addresses in order, each run as wide as it has addresses.")]
    for target, answer, groups in _different(report):
        found += _need(target, answer, groups, len(found))
    return found


def _different(report: Report) -> Iterator[tuple[str, Answer, list[GroupReport]]]:
    """Yield the answers about needs whose addresses or deciders differ, with the groups that share one."""
    found: dict[object, tuple[str, Answer, list[GroupReport]]] = {}
    for one in report.groups:
        for result in one.group.entry.results:
            answer = result.answer
            at = (result.need.label, runs_of(answer), tuple((p.verdict, p.decided_by) for p in answer.parts))
            found.setdefault(at, (answer.question.target, answer, []))[2].append(one)
    yield from found.values()


def _need(target: str, answer: Answer, groups: Sequence[GroupReport], at: int) -> Iterator[ET.Element]:
    labels = joined(", ", (name(one.group.label) for one in groups))
    yield element("h3", name(target), " from ", *labels)
    for runs in runs_of(answer):
        yield element("figure", _caption(runs), _bar(runs, target), _legend(runs), classes="address-bar")
    yield _blocks(answer, target, at)


def _caption(runs: AddressRuns) -> ET.Element:
    widened = any(100 * run.addresses.size < LEAST * runs.size for run in runs.runs)
    more = "; the smallest runs are drawn wider, to be seen" if widened else ""
    return element(
        "figcaption",
        f"{runs.size:,} IPv{runs.family} addresses on tcp {port_list(runs.ports)}{more}",
    )


def _bar(runs: AddressRuns, target: str) -> ET.Element:
    told = ", ".join(f"{runs.count(verdict):,} {verdict}" for verdict in _ORDER if runs.count(verdict))
    shares = [max(LEAST, 100 * run.addresses.size / runs.size) for run in runs.runs]
    whole, x = sum(shares), 0.0
    pieces: list[ET.Element] = []
    for run, share in zip(runs.runs, shares, strict=True):
        width = 100 * share / whole
        pieces += _piece(run, runs.family, x, width)
        x += width
    return element("svg", *pieces, width="100%", height="34", role="img", aria_label=f"{target}: {told}")


def _piece(run: Run, family: Family, x: float, width: float) -> Iterator[ET.Element]:
    title = element("title", _run_text(run, family))
    place = {"x": f"{x:.3f}%", "width": f"{width:.3f}%", "height": "34"}
    yield element("rect", title, classes=f"run {run.verdict}", **place)
    if run.verdict in _PATTERNS:
        yield element("rect", classes=f"pattern {run.verdict}", fill=f"url(#pattern-{run.verdict})", **place)
    if width > _ROOM_FOR_SIGN:
        yield element("text", SIGNS[run.verdict], x=f"{x + width / 2:.3f}%", y="23", text_anchor="middle",
                      classes=f"on-{run.verdict}")  # fmt: skip


def _run_text(run: Run, family: Family) -> str:
    spans = list(run.addresses.spans())
    ends = f"{format_address(family, spans[0][0])} - {format_address(family, spans[-1][1])}"
    ranges = f" in {len(spans):,} ranges" if len(spans) > 1 else ""
    return f"{ends}: {run.addresses.size:,} addresses{ranges}, {run.verdict}"


def _legend(runs: AddressRuns) -> ET.Element:
    items = (
        element("li", badge(verdict), f" {runs.count(verdict):,} of {runs.size:,}")
        for verdict in _ORDER
        if runs.count(verdict)
    )
    return element("ul", *items, classes="counts")


def _patterns() -> ET.Element:
    """Return the patterns that all bars are filled with, in a picture of no size."""
    made = (
        element("pattern", element("path", d=path, classes=f"stroke {verdict}"), id=f"pattern-{verdict}", width=size,
                height=size, patternUnits="userSpaceOnUse")
        for verdict, (path, size) in _PATTERNS.items()
    )  # fmt: skip
    return element("svg", element("defs", *made), width="0", height="0", aria_hidden="true", classes="unseen")


def _blocks(answer: Answer, target: str, at: int) -> ET.Element:
    rows = [made for part in answer.parts for made in _part_rows(part)]
    heads = ["verdict", "ports", "addresses", "prefixes", "who decides"]
    return table(f"Blocks of {target}", heads, rows, anchor=f"blocks-{at}")


def _part_rows(part: AnswerPart) -> Iterator[ET.Element]:
    for box in part.packets.boxes():
        listed = list(prefixes(box.family, box.destinations))
        ports = ", ".join(port_texts(box.destination_ports))
        limited = (
            [] if box.source_ports.size == 65536 else [f" from source port {', '.join(port_texts(box.source_ports))}"]
        )
        head = element("th", badge(part.verdict), scope="row")
        yield row(
            head,
            [ports, *limited],
            number(box.destinations.size),
            _prefixes(listed),
            decided(part.verdict, part.decided_by),
        )


def _prefixes(listed: Sequence[str]) -> list[Content]:
    """Return prefixes; many of them fold away."""
    if len(listed) <= SHOWN_PREFIXES:
        return joined(", ", map(code, listed))
    shown = joined(", ", map(code, listed[:SHOWN_PREFIXES]))
    rest = element(
        "details", element("summary", f"{len(listed) - SHOWN_PREFIXES:,} more"), ", ".join(listed[SHOWN_PREFIXES:])
    )
    return [*shown, rest]
