"""What is not known, what was said while the files were read, and what no report of this kind can tell."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from netcheck.diagnostics import Diagnostic
from netcheck.overview.html.words import bullets, counted, paragraph, place, prose
from netcheck.overview.report import Report
from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import Content, code, element
from netcheck.reports.html.parts import row, table

_SHOWN_WARNINGS = 100
LEFT_OUT = (
    "The files are judged, not what runs, and the ranges of service tags change every week.",
    "The first packet of a connection is judged; its answers pass where NSGs and host firewalls keep state.",
    "What the network rules of a storage account or a vault let through, and whom they know, is not in these files.",
    "What is behind a virtual network gateway, or an appliance that no file describes, is undetermined.",
    "Azure Firewall is judged by its rules; its threat intelligence and infrastructure rules are not.",
    "Whether DNS queries reach Azure's resolver is judged; what it answers is not.",
    "Health probes of load balancers, quotas, time-outs and throughput are not judged.",
    "What has been found about VMs that behave alike is shown for the first of them.",
)
"""What the model has no place for, whatever the site."""


def notes(report: Report) -> list[ET.Element]:
    """Return the facts that are lacking and the notes, each once with the VMs that it is for; then input warnings."""
    found = [*_open(report), *_told(report), *_warnings(report.site.warnings)]
    return found or [paragraph("Nothing is left open, and there is nothing to add.")]


def _open(report: Report) -> Iterator[ET.Element]:
    groups = [one.group for one in report.groups if one.group.entry.verdict is Verdict.UNDETERMINED]
    if groups:
        count = sum(len(group.vms) for group in groups)
        yield paragraph(
            element("strong", "Undetermined is not reachable. "),
            f"For {counted(count, 'VM')} the files lack a fact that decides, named below: give the file that has it.",
        )


def _told(report: Report) -> Iterator[ET.Element]:
    said: dict[str, list[str]] = {}
    for one in report.groups:
        for reason in one.group.entry.answer.reasons:
            said.setdefault(reason, []).append(one.group.label)
    if said:
        yield bullets(
            [*prose(reason), element("span", f" ({', '.join(labels)})", classes="soft")]
            for reason, labels in said.items()
        )


def _warnings(warnings: tuple[Diagnostic, ...]) -> Iterator[ET.Element]:
    if warnings:
        rows = [
            row(code(one.code), [*prose(one.message), *_help(one)], place(str(one.at)))
            for one in warnings[:_SHOWN_WARNINGS]
        ]
        yield element("h3", "Said while the files were read")
        yield table("Warnings and notes", ["code", "what", "place"], rows)
        if len(warnings) > _SHOWN_WARNINGS:
            yield paragraph(
                f"{counted(len(warnings) - _SHOWN_WARNINGS, 'more')}: every command prints them on standard error.",
                classes="note",
            )


def _help(one: Diagnostic) -> list[Content]:
    return [element("br"), *prose(one.help)] if one.help else []


def left_out(report: Report) -> list[ET.Element]:
    """Return what the model leaves out: always, and in this site."""
    own = dict.fromkeys(one.reason for one in report.site.unmodelled)
    found = [bullets(prose(one) for one in LEFT_OUT)]
    if own:
        found += [element("h3", "In this site"), bullets(prose(one) for one in own)]
    return found
