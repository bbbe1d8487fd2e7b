"""The options side by side: as a table, as a chart, and what there is to know of each."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from netcheck.overview.html.chart import chart
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, paragraph, port_list, prose
from netcheck.overview.report import Report
from netcheck.remedy.compare_text import factor_text, remarks_of
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.reports.html.markup import Content, code, element
from netcheck.reports.html.parts import badge, number, row, table


def options(report: Report, typed: Typed) -> list[ET.Element]:
    """Return the comparison, or why there is none."""
    comparison = report.comparison
    if comparison is None:
        return [paragraph("The options are not compared: ", prose(report.why_not), ".")]
    ports = port_list([str(port) for port in comparison.ports])
    required = f"{comparison.addresses_required:,} IPv4 addresses"
    lead = paragraph(f"Needed: {comparison.target} on tcp {ports}, {required}. ", *_recommended(comparison))
    heads = ["option", "verdict with its plan", "rules fit", "rules of limit", "addresses opened", "for each needed"]
    rows = [_row(comparison[option], comparison) for option in comparison.order]
    remarks = [*_remarks(comparison)]
    command = paragraph(code(typed.command("compare")), " prints the same.", classes="soft")
    return [
        lead,
        table("Options, in the order in which to take them", heads, rows, anchor="option-table"),
        chart(comparison),
        *remarks,
        command,
    ]


def _recommended(comparison: Comparison) -> list[Content]:
    if comparison.recommended is None:
        return [f"{comparison.why[:1].upper()}{comparison.why[1:]}."]
    return ["Take ", code(comparison.recommended), f": {comparison.why}."]


def _row(choice: Choice, comparison: Comparison) -> ET.Element:
    mark: list[Content] = (
        [" ", element("strong", "\u2605 take this")] if choice.option == comparison.recommended else []
    )
    fits = "yes" if choice.is_feasible else "with a raised limit" if choice.may_fit else "no"
    made = row(
        element("th", code(choice.option), *mark, scope="row"),
        badge(choice.verdict),
        fits,
        element("td", f"{choice.rules_needed:,} of {choice.rules_limit:,}", classes="number"),
        number(choice.addresses_opened),
        element("td", factor_text(choice.over_exposure) if choice.addresses_opened else "-", classes="number"),
    )
    if not choice.works:
        made.set("class", "unfit")
    return made


def _remarks(comparison: Comparison) -> Iterator[ET.Element]:
    yield element("h3", "What to know of them")
    terms = []
    for names, told in remarks_of(comparison):
        terms += [element("dt", names), element("dd", bullets(prose(one) for one in told))]
    yield element("dl", *terms, classes="remarks")
    if comparison.reasons:
        yield element("h3", f"Why {comparison.recommended}")
        yield bullets(prose(one) for one in comparison.reasons)
