"""What the report says first: the verdict in a sentence, where packets stop, what to do, and what it was judged by."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from netcheck.model.tags import TagTable
from netcheck.overview.groups import WORST_FIRST
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, counted, in_words, link, paragraph, port_list, prose, stoppers
from netcheck.overview.report import Report
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.reports.html.markup import Content, code, element, name
from netcheck.reports.html.parts import badge

_SHOWN = 6
_SENTENCES = {
    Verdict.REACHABLE: "gets through",
    Verdict.BLOCKED: "does not get through",
    Verdict.PARTIAL: "gets through in part",
    Verdict.UNDETERMINED: "may get through or not: the files lack a fact that decides",
}
_LEADS = {Verdict.BLOCKED: "It stops here:", Verdict.UNDETERMINED: "It may stop here:"}


def summary(report: Report, typed: Typed) -> ET.Element:
    """Return the summary; `typed` is what was typed."""
    content = [*_answer(report), *_stops(report), *_what_to_do(report), _facts(report, typed)]
    return element("div", *content, classes="summary")


def _answer(report: Report) -> Iterator[ET.Element]:
    entries = report.checked.entries
    counts = {verdict: sum(entry.verdict is verdict for entry in entries) for verdict in WORST_FIRST}
    whose = [" The backup traffic of ", *([name(entries[0].vm)] if len(entries) == 1 else [f"{len(entries):,} VMs"])]
    yield paragraph(badge(report.verdict), whose, f" {_sentence(report.verdict, counts)}.", classes="answer")
    if sum(1 for count in counts.values() if count) > 1:
        yield bullets(([badge(one), f" {counted(count, 'VM')}"] for one, count in counts.items() if count), "counts")
    degraded = sum(entry.is_degraded for entry in entries)
    if degraded:
        yield paragraph(f"What only improves the backup does not all get through for {counted(degraded, 'VM')}: see ",
                        link("notes", "the notes"), ".")  # fmt: skip


def _sentence(verdict: Verdict, counts: dict[Verdict, int]) -> str:
    whole, own = sum(counts.values()), counts[verdict]
    if own == whole:
        return _SENTENCES[verdict]
    if verdict is Verdict.UNDETERMINED:
        return f"may get through or not for {counted(own, 'VM')}: the files lack a fact that decides"
    return f"gets through for {counted(counts[Verdict.REACHABLE], 'VM')} of {whole:,}"


def _stops(report: Report) -> Iterator[ET.Element]:
    """Yield who keeps packets back, and of how many VMs."""
    for verdict, lead in _LEADS.items():
        found: dict[Decision, int] = {}
        for one in report.groups:
            for decision in dict.fromkeys(who for at, who in stoppers(one.group.entry) if at is verdict):
                found[decision] = found.get(decision, 0) + len(one.group.vms)
        if found:
            yield paragraph(lead, classes="lead")
            yield bullets(_stop_items(found, verdict))
    if any(entry.verdict is Verdict.UNDETERMINED for entry in report.checked.entries):
        yield paragraph(link("notes", "What is not known"), " says which facts the files lack.")


def _stop_items(found: dict[Decision, int], verdict: Verdict) -> Iterator[list[Content]]:
    word = "denies" if verdict is Verdict.BLOCKED else "may deny"
    for decision, count in list(found.items())[:_SHOWN]:
        yield [*in_words(decision, word), f" ({counted(count, 'VM')})"]
    if len(found) > _SHOWN:
        yield [f"and at {len(found) - _SHOWN} more places: see ", link("vms", "the verdicts")]


def _what_to_do(report: Report) -> Iterator[ET.Element]:
    comparison, lead = report.comparison, element("strong", "What to do: ")
    if report.verdict is Verdict.REACHABLE:
        yield paragraph(
            lead, "nothing, as far as these files tell; ", link("findings", "the findings"), " may be worth a look."
        )
    elif comparison is None:
        yield paragraph(lead, prose(report.why_not), ".")
    elif comparison.recommended is None:
        yield paragraph(lead, comparison.why, ": ", link("options", "the options"), ".")
    else:
        yield paragraph(lead, "take ", code(comparison.recommended), f": {comparison.why}. Commands and proof: ",
                        link("plan", "the plan"), ".")  # fmt: skip
        yield bullets(_changes([change.what for change in comparison[comparison.recommended].changes]))


def _changes(sentences: list[str]) -> Iterator[list[Content]]:
    yield from (prose(one) for one in sentences[:_SHOWN])
    if len(sentences) > _SHOWN:
        yield [f"and {len(sentences) - _SHOWN} more changes: see ", link("options", "the options")]


def _facts(report: Report, typed: Typed) -> ET.Element:
    profile = report.checked.profile
    needs = [f"{need.label}, {need.protocol} {port_list([str(port) for port in need.ports])}" for need in profile.needs]
    facts: list[tuple[str, list[Content]]] = [
        ("Site", [code(typed.site)]),
        ("What backup needs", ["; ".join(needs)]),
        ("Profile", [code(profile.name), ": ", *prose(profile.source)]),
        ("Service tags", _tags(report.site.tags)),
    ]
    pairs = (part for term, told in facts for part in (element("dt", term), element("dd", *told)))
    return element("dl", *pairs, classes="facts")


def _tags(tags: TagTable | None) -> list[Content]:
    if tags is None:
        return ["no service-tag file was given"]
    number = f", change number {tags.change_number}" if tags.change_number is not None else ""
    return [code(tags.file), f", cloud {tags.cloud}{number}{f', published {tags.published}' if tags.published else ''}"]
