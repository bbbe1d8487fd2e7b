"""The outcome of intents for people: a verdict for each, and who decides where one does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.site import Site
from netcheck.questions.intents.result import Breach, IntentsReport, Judged, Status
from netcheck.reports.diff_words import Names
from netcheck.reports.intents.words import breach_lines, result_lines, summary
from netcheck.reports.text import WIDTH, join, tag_lines

_WIDTH = max(len(status) for status in Status)


def intents_text(report: IntentsReport, site_name: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `test`; `site_name` stands in the commands to type next."""
    names = Names(report.site) if report.breaches else Names()
    lines = [line for result in report.results for line in _result(result, names, site_name)]
    return join([*lines, "", *_baseline(report), summary(report), *tag_lines(report.site.tags)], width)


def breach_text(breach: Breach, site: Site) -> str:
    """Return one breach as the report of `test` tells it."""
    return join(breach_lines(breach, Names(site), "" if site.is_bare_nsg else site.file)).rstrip("\n")


def _result(result: Judged, names: Names, site_name: str) -> Iterator[str]:
    status = result.status
    where = f"  ({result.intent.at.at})" if status is not Status.HOLDS else ""
    yield f"{status.upper():<{_WIDTH}}  {result.intent.title}{where}"
    yield from (f"  {line}" for line in result_lines(result, names, site_name))


def _baseline(report: IntentsReport) -> Iterator[str]:
    for one in report.gone:
        yield f"{report.baseline} lists what is there no more: {one.intent}: {one.code} {one.subject}"
    if report.gone:
        yield ""
