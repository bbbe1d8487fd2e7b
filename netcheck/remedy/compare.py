"""`compare`: whitelist the ranges, or go through the proxy? Each option, judged, with what it leaves undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcheck.errors import QuestionError
from netcheck.model.tags import TagTable
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.remedy.drift import drift_of
from netcheck.remedy.evaluation import destinations, evaluate, verdicts_of
from netcheck.remedy.options import Option
from netcheck.remedy.reasons import reasons_for
from netcheck.remedy.recommend import best, in_order, why
from netcheck.remedy.task import Task
from netcheck.remedy.tradeoffs import cannot, cost, single_points
from netcheck.sets.intervals import EMPTY, IntervalSet, union


def compare(task: Task, since: TagTable | None = None) -> Comparison:
    """Return every option with its figures; `task.option` is not looked at.

    With `since`, an older service-tag file of the same cloud, options that list prefixes say what a list made from it
    misses today. Raise QuestionError where the profile needs nothing that an NSG could block.
    """
    if not task.needs:
        raise QuestionError("NC311", f"profile `{task.profile.name}` needs nothing that an NSG could block",
                            "name another --profile, or --target and --port")  # fmt: skip
    required = replace(task, option=Option.STORAGE_REGION_TAG).required[4]  # names that only degrade stand for nothing
    choices = tuple(_choice(replace(task, option=option), required, since) for option in Option)
    model = task.site.deployment_model
    order, recommended = in_order(model, choices), best(model, choices)
    return Comparison(
        site=task.site,
        profile=task.profile.name,
        target=",".join(dict.fromkeys(need.label for need in task.needs)),
        protocols=tuple(dict.fromkeys(need.protocol for need in task.needs)),
        ports=tuple(dict.fromkeys(port for need in task.needs for port in need.ports)),
        addresses_required=required.size,
        choices=choices,
        order=tuple(choice.option for choice in order),
        recommended=recommended.option if recommended else None,
        why=_why(recommended, order),
        reasons=tuple(reasons_for(recommended, order)) if recommended else (),
        since=since,
    )


def _choice(task: Task, required: IntervalSet, since: TagTable | None) -> Choice:
    choice = evaluate(task, required.size)
    listed = union(one.destination.addresses.get(4, EMPTY) for one in destinations(task)[0])
    return replace(
        choice,
        vms=verdicts_of(task, choice),
        cost=tuple(cost(task)),
        single_points=tuple(single_points(task)),
        cannot=tuple(cannot(task)),
        drift=drift_of(task, task.option, listed, required, since),
    )


def _why(recommended: Choice | None, order: Sequence[Choice]) -> str:
    if recommended is None and order[0].works:
        return f"{order[0].option} alone is proven to work: see what it cannot do, and what the others lack"
    return why(recommended)
