"""The plans of the options that work, in every dialect that reaches the site's NSGs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netcheck.errors import PlanError, QuestionError
from netcheck.model.site import DeploymentModel, Site
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.remedy.dialects.dialect import Dialect, own_dialect
from netcheck.remedy.fix import Fix, fix
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
            own = replace(task, option=option)
            plans = (_spelled(own, dialect, resource_group) for dialect in dialects_for(task.site))
            yield OptionPlans(choice, tuple(plans))


def dialects_for(site: Site) -> tuple[Dialect, ...]:
    """Return the dialects whose scripts reach the NSGs of a site, the usual one first.

    For classic NSGs the others are given as well, for whoever has moved them to Resource Manager since.
    """
    own = own_dialect(site)
    is_classic = site.deployment_model is DeploymentModel.CLASSIC
    others = (one for one in Dialect if one is not own and (is_classic or one.model is site.deployment_model))
    return (own, *others)


def _spelled(task: Task, dialect: Dialect, resource_group: str) -> SpelledPlan:
    try:
        return SpelledPlan(dialect, fix(task, str(dialect), resource_group=resource_group))
    except (PlanError, QuestionError) as error:
        advice = f": {error.help}" if error.help else ""
        return SpelledPlan(dialect, None, f"{error.message}{advice}")
