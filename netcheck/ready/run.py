"""Judging every line of the checklist for a site and a profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from netcheck.errors import QuestionError
from netcheck.model.site import Site
from netcheck.questions.answer import FORMAT
from netcheck.questions.check import CheckEntry, CheckReport, check
from netcheck.questions.places import find_vm
from netcheck.questions.profiles import PROFILE_NAMES, default_profile
from netcheck.ready.case import Case
from netcheck.ready.checklist import Checklist, Given, Held, Line
from netcheck.ready.finding import Finding, Status, not_applicable, unknown, worst

Predicate = Callable[[Case, Given], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """One line with what was found, for each VM that it is about."""

    line: Line
    held: Held
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The status of the line: that of all its findings together."""
        return worst(finding.status for finding in self.findings)

    def to_dict(self) -> dict[str, object]:
        """Return the line as JSON."""
        return {
            "id": self.line.id,
            "part": self.line.part,
            "title": self.line.title,
            "status": str(self.status),
            "findings": [finding.to_dict() for finding in self.findings],
            "source": {"title": self.held.source.title, "date": self.held.source.date or None},
            "why": self.line.why,
            "do": self.line.do,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyReport:
    """The whole checklist, judged. `headings` are the titles of its parts."""

    site: Site
    profile: str
    results: tuple[LineResult, ...]
    headings: dict[str, str]

    @property
    def status(self) -> Status:
        """The status of all lines together."""
        return worst(result.status for result in self.results)

    def count(self, status: Status) -> int:
        """Return the number of lines with a status."""
        return sum(result.status is status for result in self.results)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "format": FORMAT,
            "profile": self.profile,
            "status": str(self.status),
            "counts": {str(status): self.count(status) for status in Status},
            "lines": [result.to_dict() for result in self.results],
        }


def ready(
    site: Site, checklist: Checklist, vms: Sequence[str] = (), profile: str = "", checked: CheckReport | None = None
) -> ReadyReport:
    """Judge the checklist of a profile for VMs, all of them when none is named.

    `checked` is what `check` has found about these VMs already.

    Raise QuestionError when a name is not in the site, the site has no VM, or the profile has no checklist.
    """
    name = profile or site.backup.profile or default_profile(site)
    if name not in PROFILE_NAMES:
        known = ", ".join(PROFILE_NAMES)
        raise QuestionError("NC308", f"profile `{name}` has no checklist", f"profiles with one: {known}")
    wanted = tuple(find_vm(site, one) for one in vms) or site.virtual_machines
    if not wanted:
        raise QuestionError("NC301", "the site has no VM to prepare", "add `virtualMachines:` to the site")
    names = [vm.name for vm in wanted] if vms else []
    entries, why_not = (checked.entries, "") if checked is not None else _checked(site, names, name)
    case = Case(site=site, vms=wanted, profile=name, entries=entries, why_not=why_not)
    results = tuple(judge_line(line, case) for line in checklist.lines)
    return ReadyReport(site=site, profile=name, results=results, headings=dict(checklist.parts))


def judge_line(line: Line, case: Case) -> LineResult:
    """Return a line with what its predicate finds; one that does not hold for the profile says so."""
    held = line.held[case.profile]
    if held.lifted:
        found: tuple[Finding, ...] = (not_applicable(held.lifted),)
    else:
        found = tuple(predicate(line.rule)(case, held.given)) or (unknown("nothing in the site tells"),)
    return LineResult(line=line, held=held, findings=found)


def predicate(rule: str) -> Predicate:
    """Return the predicate that the data names: the function `judge` of the file of that name."""
    module = import_module(f"netcheck.ready.rules.{rule}")
    return cast("Predicate", module.judge)


def _checked(site: Site, names: Sequence[str], profile: str) -> tuple[tuple[CheckEntry, ...], str]:
    """Return what `check` says of VMs (none named: all), or why it cannot answer, which leaves its line open."""
    try:
        return check(site, names, profile).entries, ""
    except QuestionError as error:
        return (), error.message
