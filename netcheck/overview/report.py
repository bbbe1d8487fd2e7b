"""Everything there is to say about the backup traffic of a site, gathered once, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.errors import PlanError, QuestionError
from netcheck.estate.judging import Progress, no_progress
from netcheck.lint.run import LintReport, lint
from netcheck.model.site import Site
from netcheck.overview.explained import ExplainedWay, explain_ways
from netcheck.overview.groups import VmGroup, groups_of
from netcheck.overview.plans import OptionPlans, plans_of
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking
from netcheck.questions.check import CheckReport, check
from netcheck.ready.checklist import Checklist
from netcheck.ready.run import ReadyReport, ready
from netcheck.remedy.compare import compare
from netcheck.remedy.comparison import Comparison
from netcheck.remedy.options import Option
from netcheck.remedy.outcome import take_over
from netcheck.remedy.task import make_task

SHOWN_GROUPS = 24
"""Groups whose ways are followed; a site with more of them has hardly two VMs alike."""


@dataclass(frozen=True, slots=True)
class GroupReport:
    """VMs of equal behaviour, with the ways of the first; none where there are too many groups."""

    group: VmGroup
    ways: tuple[ExplainedWay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answers of `check`, `explain`, `compare`, `fix`, `ready` and `lint`.

    `comparison` is None where the options cannot be compared, and `why_not` says why; so for `readiness`.
    """

    checked: CheckReport
    groups: tuple[GroupReport, ...]
    comparison: Comparison | None
    why_not: str
    plans: tuple[OptionPlans, ...]
    linted: LintReport
    readiness: ReadyReport | None
    why_not_ready: str

    @property
    def site(self) -> Site:
        """The site that all of it is about."""
        return self.checked.site

    @property
    def verdict(self) -> Verdict:
        """The verdict of `check`."""
        return self.checked.verdict


def report(
    site: Site,
    vms: Sequence[str] = (),
    profile: str = "",
    target: str = "",
    ports: Sequence[int] = (),
    resource_group: str = "",
    progress: Progress = no_progress,
    checklist: Checklist | None = None,
) -> Report:
    """Return all answers about the backup traffic of VMs (all of them when none is named).

    `checklist` is that of `ready`; without one the report has none.

    Raise QuestionError where `check` does: no VM, a name that is not in the site, a profile that lacks something.
    """
    progress(0, 5, "judging VMs")
    checked = check(site, vms, profile, target, ports)
    progress(1, 5, "following ways")
    groups = _groups(checked)
    progress(2, 5, "comparing options")
    comparison, why_not = None, ""
    plans: tuple[OptionPlans, ...] = ()
    try:
        task = make_task(site, Option.HTTP_PROXY, vms, profile, target, ports)
        take_over(task, checked)
        comparison = compare(task)
        progress(3, 5, "proving plans")
        plans = tuple(plans_of(task, comparison, resource_group))
    except (PlanError, QuestionError) as error:
        why_not = error.message
    progress(4, 5, "looking for faults")
    readiness, why_not_ready = _readiness(checked, checklist, vms)
    return Report(
        checked=checked,
        groups=groups,
        comparison=comparison,
        why_not=why_not,
        plans=plans,
        linted=lint(site),
        readiness=readiness,
        why_not_ready=why_not_ready,
    )


def _readiness(checked: CheckReport, checklist: Checklist | None, vms: Sequence[str]) -> tuple[ReadyReport | None, str]:
    """Return the checklist, judged, or why there is none: only the profiles of Azure Backup have one."""
    if checklist is None:
        return None, "none was asked for"
    try:
        return ready(checked.site, checklist, vms, checked.profile.name, checked), ""
    except QuestionError as error:
        return None, error.message


def _groups(checked: CheckReport) -> tuple[GroupReport, ...]:
    groups = groups_of(checked.site, checked.entries)
    return tuple(
        GroupReport(group, _ways(checked.asking, group) if number < SHOWN_GROUPS else ())
        for number, group in enumerate(groups)
    )


def _ways(asking: Asking, group: VmGroup) -> tuple[ExplainedWay, ...]:
    return explain_ways(asking, group.vms[0], group.entry)
