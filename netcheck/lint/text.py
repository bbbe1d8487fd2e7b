"""Findings as plain text for people, resource by resource."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from netcheck.diagnostics import NOWHERE, Severity
from netcheck.errors import QuestionError
from netcheck.estate.matrix import check_places
from netcheck.lint.run import LintReport
from netcheck.model.site import Site
from netcheck.questions.finding import Finding, Related
from netcheck.reports.file_places import Place, place_in
from netcheck.reports.text import WIDTH, join, tag_lines


def lint_text(report: LintReport, site_name: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `lint`: what was found, what decides in its place, what to type next."""
    lines: list[str] = []
    for resource, findings in _by_resource(report.findings).items():
        lines += [resource, *(line for one in findings for line in _finding(one)), ""]
    return join([*lines, summary(report.findings), *_next(report, site_name), *tag_lines(report.site.tags)], width)


def _by_resource(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.resource, []).append(one)
    return found


def _finding(one: Finding) -> Iterator[str]:
    direction = f" ({one.direction.lower()})" if one.direction else ""
    yield f"  {one.severity} {one.code}{direction}  {one.at}"
    yield f"    {one.message}"
    for other in (*one.covered_by, *one.related):
        yield f"      {_related(other)}"


def _related(one: Related) -> str:
    return f"{told(one)}  {one.at}" if one.at != NOWHERE else told(one)


def told(one: Related) -> str:
    """Return what another rule or resource has to do with a finding."""
    return f"{one.name}: {one.text}" if one.text else one.name


def shown_at(one: Finding, site_file: str) -> Place:
    """Return the place that a finding is shown at; without one of its own that is the site's file."""
    return place_in(one.place) if one.place != NOWHERE else Place(site_file)


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings there are, by severity."""
    if not findings:
        return "nothing found"
    counts = {s: sum(one.severity is s for one in findings) for s in Severity}
    said = [f"{count:,} {severity}{'s' if count != 1 else ''}" for severity, count in counts.items() if count]
    return f"found: {', '.join(said)}"


def _next(report: LintReport, site_name: str) -> Iterator[str]:
    """Yield the command that explains the worst of what was found; without any, the one that shows what is open."""
    ranked = sorted(report.findings, key=lambda one: (list(Severity).index(one.severity), one.code))
    if ranked:
        yield f"next: netcheck rule {ranked[0].code}"
    elif report.site.virtual_machines and _has_clear_addresses(report.site):
        yield f"next: netcheck matrix {site_name}"
    elif report.site.network_security_groups:
        first = report.site.network_security_groups[0].name
        yield f"next: netcheck filter {site_name} --nsg {shlex.quote(first)} --port 443"


def _has_clear_addresses(site: Site) -> bool:
    """Return whether all pairs of VMs can be asked about: not where an address is in two networks."""
    try:
        check_places(site, range(len(site.virtual_machines)))
    except QuestionError:
        return False
    return True
