"""What lint finds, with its place and what to do about it, and where Azure computed something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from netcheck.diagnostics import NOWHERE, Severity
from netcheck.lint.run import RANKS
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, counted, paragraph, place, prose
from netcheck.overview.report import Report
from netcheck.questions.catalog import CodeEntry
from netcheck.questions.finding import Finding, Related
from netcheck.reports.html.markup import Content, code, element, name
from netcheck.reports.html.parts import row, table

SHOWN = 300
_SIGNS = {Severity.ERROR: "\u00d7", Severity.WARNING: "!", Severity.NOTE: "i"}


def findings(report: Report, catalog: Mapping[str, CodeEntry], typed: Typed) -> list[ET.Element]:
    """Return the findings, the worst first, and once for each code what to do."""
    every = sorted((*report.checked.findings, *report.linted.findings), key=lambda one: RANKS[one.severity])
    if not every:
        return [paragraph("Nothing found.")]
    counts = [
        counted(count, str(severity))
        for severity in Severity
        if (count := sum(one.severity is severity for one in every))
    ]
    heads = ["severity", "code", "where", "what", "place"]
    made = [
        paragraph(f"Found: {', '.join(counts)}."),
        table("Findings, the worst first", heads, map(_row, every[:SHOWN])),
    ]
    if len(every) > SHOWN:
        made.append(
            paragraph(
                f"{counted(len(every) - SHOWN, 'more finding')}: ",
                code(typed.command("lint", has_choice=False)),
                " lists them all.",
                classes="note",
            )
        )
    return [*made, *_advice(dict.fromkeys(one.code for one in every), catalog)]


def _row(one: Finding) -> ET.Element:
    direction = f" ({one.direction.lower()})" if one.direction else ""
    head = element(
        "th", element("span", _SIGNS[one.severity], classes="sign", aria_hidden="true"), str(one.severity), scope="row"
    )
    related = [*one.covered_by, *one.related]
    told: list[Content] = [*prose(one.message), *([bullets(map(_related, related), "plain")] if related else [])]
    places = [one.at, one.computed_at]
    shown = [part for at in places if at for part in (element("br"), place(at))][1:]
    made = row(head, code(one.code), [name(one.resource), direction], told, shown)
    made.set("class", f"severity-{one.severity}")
    return made


def _related(one: Related) -> list[Content]:
    at: Sequence[Content] = [" ", place(str(one.at))] if one.at != NOWHERE else []
    return [element("bdi", one.name), *([": ", *prose(one.text)] if one.text else []), *at]


def _advice(codes: Mapping[str, object], catalog: Mapping[str, CodeEntry]) -> Iterator[ET.Element]:
    known = [catalog[one] for one in sorted(codes) if one in catalog]
    if known:
        yield element("h3", "What to do")
        terms: list[ET.Element] = []
        for entry in known:
            terms.append(element("dt", code(entry.code), f" {entry.title}"))
            paragraphs = entry.parts["What to do"].split("\n\n")
            terms.append(element("dd", *(paragraph(prose(" ".join(one.split()))) for one in paragraphs)))
        yield element("dl", *terms, classes="remarks")
