"""The outcome of intents as JUnit XML: one test case an intent, in the common part of what CI servers read.

A failure is a `failure`, an open outcome an `error`, a known failure is `skipped`. There is no measured time: the same
input gives the same bytes.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from netcheck.diagnostics import printable
from netcheck.questions.intents.result import IntentsReport, Judged, Status
from netcheck.reports.diff_words import Names
from netcheck.reports.intents.words import result_lines, summary
from netcheck.reports.text import join

_ELEMENTS = {Status.FAILS: "failure", Status.UNDETERMINED: "error", Status.KNOWN: "skipped"}


def intents_junit(report: IntentsReport, site_name: str = "SITE") -> str:
    """Return the report as one `testsuites` document."""
    counts = report.counts
    failed = {"failures": str(counts[Status.FAILS]), "errors": str(counts[Status.UNDETERMINED])}
    numbers = {"tests": str(len(report.results)), **failed}
    root = ET.Element("testsuites", {"name": "netcheck", **numbers})
    skipped = {"skipped": str(counts[Status.KNOWN])}
    suite = ET.SubElement(root, "testsuite", {"name": printable(report.file), **numbers, **skipped})
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(report).items():
        ET.SubElement(properties, "property", {"name": name, "value": printable(value)})
    names = Names(report.site) if report.breaches else Names()
    for result in report.results:
        _case(suite, result, names, site_name)
    ET.SubElement(suite, "system-out").text = _closing(report)
    ET.indent(root)
    body = ET.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _facts(report: IntentsReport) -> dict[str, str]:
    tags = report.site.tags
    return {
        "site": report.site.file,
        "intents": report.file,
        "status": str(report.status),
        **({"serviceTags": tags.file} if tags is not None else {}),
        **({"baseline": report.baseline} if report.baseline else {}),
    }


def _case(suite: ET.Element, result: Judged, names: Names, site_name: str) -> None:
    case = ET.SubElement(suite, "testcase", {"name": printable(result.intent.title), "classname": result.kind})
    status = result.status
    if status is not Status.HOLDS:
        codes = list(dict.fromkeys(one.code for one in result.breaches if one.status is status))
        first = next(one for one in result.breaches if one.status is status)
        message = printable(f"{first.subject}: {first.message}")
        found = ET.SubElement(case, _ELEMENTS[status], {"type": ",".join(codes), "message": message})
        found.text = "\n" + join(result_lines(result, names, site_name))
    told = [f"at: {result.intent.at.at}", f"demand: {result.intent.label}", f"questions: {result.asked}"]
    ET.SubElement(case, "system-out").text = "\n" + join([*told, *(f"note: {note}" for note in result.notes)])


def _closing(report: IntentsReport) -> str:
    gone = [f"{report.baseline} lists what is there no more: {one.intent}: {one.subject}" for one in report.gone]
    return "\n" + join([*gone, summary(report)])
