"""One option for the backup traffic of some VMs: its plan, judged, and its figures against the limits of NSGs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.errors import PlanError, QuestionError
from netcheck.model.site import DeploymentModel
from netcheck.path.leg import Verdict
from netcheck.questions.profiles import Need
from netcheck.remedy.changes import Change
from netcheck.remedy.comparison import Choice
from netcheck.remedy.drafting import nsgs_on_the_way
from netcheck.remedy.edits import Opening
from netcheck.remedy.fitting import Fit, denied_by, fits_of, rules_of
from netcheck.remedy.limits import CLASSIC_RULES_ON_REQUEST, over_limit, rules_limit
from netcheck.remedy.options import Destination, Option, destination_of
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.private import endpoints_for, joined, missing
from netcheck.remedy.task import Task

NO_TAGS = "classic NSGs know only the tags INTERNET, VIRTUAL_NETWORK and AZURE_LOADBALANCER"


class Opened(NamedTuple):
    """What an option opens for one of the needs."""

    need: Need
    destination: Destination


def evaluate(task: Task, required: int) -> Choice:
    """Return the option of a task with verdict and figures; `required` is the number of IPv4 addresses needed.

    An option that has no plan is undetermined, and says why.
    """
    model = task.site.deployment_model
    is_classic = model is DeploymentModel.CLASSIC
    opened, why_not = destinations(task)
    plan, why_no_plan = _plan(task)
    prefixes = sum(len(one.destination.endpoints) for one in opened)
    rules = _rules_needed(task, opened)
    own = 0 if plan is None else max((len(nsg.rules) for nsg in nsgs_on_the_way(task)), default=0)
    fits = tuple(fits_of(task, plan)) if plan is not None else ()
    if is_classic and task.option.needs_published_tag:
        why_not = NO_TAGS
    why_not = why_not or why_no_plan
    too_large = over_limit(model, rules, prefixes, own) or next((fit.why_not for fit in fits if fit.why_not), "")
    may_fit = not why_not and is_classic and rules + own <= CLASSIC_RULES_ON_REQUEST and all(f.may_fit for f in fits)
    return Choice(
        option=task.option,
        verdict=plan.after if plan else Verdict.UNDETERMINED,
        is_feasible=not (why_not or too_large),
        why_not=why_not or too_large,
        may_fit=may_fit and bool(too_large),
        rules_needed=rules,
        rules_limit=rules_limit(model),
        prefixes=prefixes,
        addresses_opened=sum(one.destination.size for one in opened),
        addresses_required=required,
        changes=_changes(task, plan, fits) if plan else _without_plan(task),
        fits=fits,
        vms=plan.vms if plan else (),
        blockers=plan.blockers if plan else (),
        reasons=plan.reasons if plan else (),
        notes=plan.notes if plan else (),
    )


def verdicts_of(task: Task, choice: Choice) -> tuple[tuple[str, Verdict], ...]:
    """Return the verdict of each VM with the plan for all of them; where there is none, with a plan for that VM."""
    if choice.vms:
        return choice.vms
    if len(task.vms) == 1:
        return ((task.vms[0].name, choice.verdict),)
    return tuple((vm.name, _alone(replace(task, vms=(vm,)))) for vm in task.vms)


def _alone(task: Task) -> Verdict:
    plan, _ = _plan(task)
    return plan.after if plan is not None else Verdict.UNDETERMINED


def destinations(task: Task) -> tuple[list[Opened], str]:
    """Return what the option opens for each need, each destination once; or nothing, and why it cannot."""
    option = task.option
    if option is Option.PRIVATE_ENDPOINT:
        return _of_endpoints(task), ""
    proxied = option is Option.HTTP_PROXY
    try:
        found = [
            Opened(need, destination_of(task.way_out_for(need) if proxied else option, need, task.book, (4,)))
            for need in task.needs
        ]
    except (PlanError, QuestionError) as error:
        return [], error.message
    return list({(one.destination.label, one.need.protocol): one for one in found}.values()), ""


def _of_endpoints(task: Task) -> list[Opened]:
    """Return the addresses of the private endpoints that the VMs' names lead to."""
    endpoints = dict.fromkeys(one for vm in task.vms for one in endpoints_for(task.site, vm))
    addresses = joined(endpoints)
    own = tuple(address for one in endpoints for address in one.addresses)
    found = Destination(own, addresses, "private endpoints", addresses[4].size)
    return [Opened(task.needs[0], found)] if own else []


def _rules_needed(task: Task, opened: list[Opened]) -> int:
    """Return the rules of an option: in classic one for each prefix and port range, else one for each family."""
    if task.site.deployment_model is DeploymentModel.CLASSIC:
        return sum(len(one.destination.endpoints) * len(list(one.need.port_set.spans())) for one in opened)
    families = {a.family for vm in task.vms for a in vm.primary.addresses}
    return len(opened) * max(1, len(families))


def _plan(task: Task) -> tuple[Plan | None, str]:
    """Return the plan with all its prefixes in one rule: the same packets, judged at once."""
    try:
        return make_plan(replace(task, is_compact=True)), ""
    except (PlanError, QuestionError) as error:
        return None, error.message


def _without_plan(task: Task) -> tuple[Change, ...]:
    """Return what an option takes that has no plan yet."""
    return missing(task) if task.option is Option.PRIVATE_ENDPOINT else ()


def _changes(task: Task, plan: Plan, fits: Sequence[Fit]) -> tuple[Change, ...]:
    """Return everything that has to change: an entry for each NSG and direction, rules that move, and the rest."""
    moves = (Change("nsgRule", move.nsg, str(move)) for move in plan.moves)
    return (*_nsg_changes(task, plan, fits), *moves, *plan.changes)


def _nsg_changes(task: Task, plan: Plan, fits: Sequence[Fit]) -> Iterator[Change]:
    has = {fit.nsg: fit.has for fit in fits}
    groups: dict[tuple[str, str], list[Opening]] = {}
    for opening in plan.openings:
        groups.setdefault((opening.nsg, opening.rule.direction.lower()), []).append(opening)
    for (nsg, direction), openings in groups.items():
        count = sum(rules_of(task, one, has[nsg]) for one in openings)
        wider = [one.replaces.name for one in openings if one.replaces is not None]
        words = [f"add {count} {direction} rule{'' if count == 1 else 's'}"] if count else []
        words += [f"widen {direction} rule {', '.join(f'`{name}`' for name in wider)}"] if wider else []
        before = denied_by(task, plan, openings[0])
        yield Change("nsgRule", nsg, f"{' and '.join(words)} in `{nsg}`{f', before {before}' if before else ''}")
