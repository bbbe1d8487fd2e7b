"""The plans of the options that work, in every dialect that reaches the site's NSGs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netcheck.errors import PlanError, QuestionError
from netcheck.model.site import DeploymentModel, Site
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.remedy.dialects.dialect import Dialect, own_dialect
from netcheck.remedy.fix import Fix, spell
from netcheck.remedy.opening import Form
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import Task


@dataclass(frozen=True, slots=True)
class SpelledPlan:
    """The plan of an option in one dialect, or why that dialect has none."""

    dialect: Dialect
    fix: Fix | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class OptionPlans:
    """One option that works, with its plan in every dialect."""

    choice: Choice
    plans: tuple[SpelledPlan, ...]


def plans_of(task: Task, comparison: Comparison, resource_group: str = "") -> Iterator[OptionPlans]:
    """Yield the plans of all options that work, in the order in which to take them; each is proven anew."""
    for option in comparison.order:
        choice = comparison[option]
        if choice.works:
            made = _Made(replace(task, option=option), resource_group)
            yield OptionPlans(choice, tuple(made.spelled(dialect) for dialect in dialects_for(task.site)))


def dialects_for(site: Site) -> tuple[Dialect, ...]:
    """Return the dialects whose scripts reach the NSGs of a site, the usual one first.

    For classic NSGs the others are given as well, for whoever has moved them to Resource Manager since.
    """
    own = own_dialect(site)
    is_classic = site.deployment_model is DeploymentModel.CLASSIC
    others = (one for one in Dialect if one is not own and (is_classic or one.model is site.deployment_model))
    return (own, *others)


class _Made:
    """The plans of one option: those of dialects whose rules have one form are one plan, proven once."""

    def __init__(self, task: Task, resource_group: str) -> None:
        self._task, self._resource_group = task, resource_group
        self._found: dict[tuple[DeploymentModel, Form], Plan | str] = {}

    def spelled(self, dialect: Dialect) -> SpelledPlan:
        task = replace(self._task, dialect=dialect)
        plan = self._plan(task)
        if isinstance(plan, str):
            return SpelledPlan(dialect, None, plan)
        try:
            return SpelledPlan(dialect, spell(task, plan, self._resource_group))
        except PlanError as error:
            return SpelledPlan(dialect, None, _told(error))

    def _plan(self, task: Task) -> Plan | str:
        at = (task.dialect.model, task.form)
        if at not in self._found:
            try:
                self._found[at] = make_plan(task, on_whole_site=True)
            except (PlanError, QuestionError) as error:
                self._found[at] = _told(error)
        return self._found[at]


def _told(error: PlanError | QuestionError) -> str:
    return f"{error.message}: {error.help}" if error.help else error.message
