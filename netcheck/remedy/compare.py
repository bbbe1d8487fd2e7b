"""`compare`: whitelist the ranges, or go through the proxy? Every option with verdict, size, limits and exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from netcheck.errors import PlanError, QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.site import DeploymentModel, Site
from netcheck.path.leg import Verdict
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import FORMAT, tags_dict
from netcheck.questions.places import Addresses, find_target
from netcheck.remedy.blockers import Blocker
from netcheck.remedy.changes import Change
from netcheck.remedy.drafting import nsgs_on_the_way
from netcheck.remedy.limits import over_limit, rules_limit
from netcheck.remedy.options import Destination, Option, destination_of
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.private import NOT_COVERED, endpoints_for, joined, missing
from netcheck.remedy.task import Task
from netcheck.sets.intervals import IntervalSet, union

_PREFERRED = {
    DeploymentModel.CLASSIC: (
        Option.HTTP_PROXY,
        Option.STORAGE_REGION_PREFIXES,
        Option.STORAGE_PREFIXES,
        Option.INTERNET,
    ),
    DeploymentModel.RESOURCE_MANAGER: (
        Option.STORAGE_REGION_TAG,
        Option.SERVICE_ENDPOINT,
        Option.HTTP_PROXY,
        Option.STORAGE_REGION_PREFIXES,
        Option.STORAGE_TAG,
        Option.AZURECLOUD_REGION_TAG,
    ),
}
_WHY = {
    Option.HTTP_PROXY: "one way out, by URL, and no list of ranges to keep current; it costs a proxy VM",
    Option.STORAGE_REGION_TAG: "the smallest opening, and Azure keeps the tag current",
    Option.SERVICE_ENDPOINT: "works without an egress method, on the Azure backbone",
    Option.STORAGE_REGION_PREFIXES: "no extra cost and little exposure; the list has to follow the published ranges",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option: does it work, does it fit, what does it open."""

    option: Option
    verdict: Verdict
    is_feasible: bool
    why_not: str
    rules_needed: int
    rules_limit: int
    prefixes: int
    addresses_opened: int
    addresses_required: int
    changes: tuple[Change, ...]
    nsg_rules: int
    cost: tuple[str, ...]
    blockers: tuple[Blocker, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def over_exposure(self) -> float:
        """How many addresses are opened for each one that is required."""
        return round(self.addresses_opened / self.addresses_required, 2) if self.addresses_required else 0.0

    def changes_dict(self) -> list[dict[str, object]]:
        """Return everything that has to change, NSG rules first."""
        many = f"{self.nsg_rules} NSG rules" if self.nsg_rules > 1 else "one NSG rule"
        rules: list[dict[str, object]] = [{"kind": "nsgRule", "resource": "", "what": f"add {many}"}]
        return [*(rules if self.nsg_rules else []), *(change.to_dict() for change in self.changes)]

    def to_dict(self) -> dict[str, object]:
        """Return the option as JSON."""
        return {
            "option": str(self.option),
            "verdict": str(self.verdict),
            "feasible": self.is_feasible,
            "whyNot": self.why_not or None,
            "rulesNeeded": self.rules_needed,
            "rulesLimit": self.rules_limit,
            "prefixes": self.prefixes,
            "addressesOpened": self.addresses_opened,
            "addressesRequired": self.addresses_required,
            "overExposure": self.over_exposure,
            "changes": self.changes_dict(),
            "cost": list(self.cost),
            "blockers": [blocker.to_dict() for blocker in self.blockers],
            "notes": list(self.notes),
            "drift": {"follows": "published ranges, weekly" if self.option.is_by_prefix else "nothing to follow"},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All options side by side, and the one to take."""

    site: Site
    profile: str
    target: str
    ports: tuple[int, ...]
    addresses_required: int
    choices: tuple[Choice, ...]
    recommended: Option | None
    why: str

    def __getitem__(self, name: str) -> Choice:
        return next(choice for choice in self.choices if choice.option == name)

    def to_dict(self) -> dict[str, object]:
        """Return the comparison as JSON."""
        return {
            "format": FORMAT,
            "required": {
                "profile": self.profile,
                "target": self.target,
                "ports": [str(port) for port in self.ports],
                "addresses": self.addresses_required,
            },
            "options": [choice.to_dict() for choice in self.choices],
            "recommended": str(self.recommended) if self.recommended else None,
            "why": self.why,
            "tags": tags_dict(self.site.tags),
        }


def compare(task: Task) -> Comparison:
    """Return every option with its figures; `task.option` is not looked at.

    Raise QuestionError where the profile needs nothing that an NSG could block.
    """
    if not task.needs:
        raise QuestionError("NC311", f"profile `{task.profile.name}` needs nothing that an NSG could block",
                            "name another --profile, or --target and --port")  # fmt: skip
    book = task.book
    required = _required(task, book)
    choices = tuple(_choice(replace(task, option=option), book, required[4].size) for option in Option)
    recommended = _best(task.site.deployment_model, choices)
    return Comparison(
        site=task.site,
        profile=task.profile.name,
        target=",".join(need.target for need in task.needs),
        ports=tuple(dict.fromkeys(port for need in task.needs for port in need.ports)),
        addresses_required=required[4].size,
        choices=choices,
        recommended=recommended.option if recommended else None,
        why=_why(recommended),
    )


def _required(task: Task, book: AddressBook) -> Addresses:
    found = [find_target(book, need.target).addresses for need in task.needs]
    return {f: union(one.get(f, IntervalSet(())) for one in found) for f in FAMILIES}


def _choice(task: Task, book: AddressBook, required: int) -> Choice:
    destinations, why_not = _destinations(task, book)
    plan, why_no_plan = _plan(task)
    intervals = sum(len(list(need.port_set.spans())) for need in task.needs[:1])
    prefixes = sum(len(one.endpoints) for one in destinations)
    is_classic = task.site.deployment_model is DeploymentModel.CLASSIC
    families = {a.family for vm in task.vms for a in vm.primary.addresses}
    rules = prefixes * intervals if is_classic else len(destinations) * max(1, len(families))
    own = 0 if plan is None else max((len(nsg.rules) for nsg in nsgs_on_the_way(task)), default=0)
    why_not = why_not or why_no_plan or over_limit(task.site.deployment_model, rules, prefixes, own)
    if is_classic and task.option.needs_published_tag:
        why_not = "classic NSGs know only the tags INTERNET, VIRTUAL_NETWORK and AZURE_LOADBALANCER"
    return Choice(
        option=task.option,
        verdict=plan.after if plan else Verdict.UNDETERMINED,
        is_feasible=not why_not,
        why_not=why_not,
        rules_needed=rules,
        rules_limit=rules_limit(task.site.deployment_model),
        prefixes=prefixes,
        addresses_opened=sum(one.size for one in destinations),
        addresses_required=required,
        changes=plan.changes if plan else _without_plan(task),
        nsg_rules=_rule_count(plan, is_classic) if plan else 0,
        cost=_cost(task.option),
        blockers=plan.blockers if plan else (),
        reasons=plan.reasons if plan else (),
        notes=plan.notes if plan else (),
    )


def _without_plan(task: Task) -> tuple[Change, ...]:
    """Return what an option takes that has no plan yet."""
    return missing(task) if task.option is Option.PRIVATE_ENDPOINT else ()


def _rule_count(plan: Plan, is_classic: bool) -> int:
    """Return how many rules the openings take: in classic one for each prefix and port range."""
    if not is_classic:
        return len(plan.openings)
    return sum(len(opening.rule.destinations) * len(opening.rule.destination_ports) for opening in plan.openings)


def _destinations(task: Task, book: AddressBook) -> tuple[list[Destination], str]:
    """Return what the option opens for each need, each destination once."""
    option = task.option
    if option is Option.PRIVATE_ENDPOINT:
        return _of_endpoints(task), ""
    if option is Option.HTTP_PROXY:
        is_classic = task.site.deployment_model is DeploymentModel.CLASSIC
        option = Option.INTERNET if is_classic else Option.STORAGE_REGION_TAG
    try:
        found = [destination_of(option, need, book, (4,)) for need in task.needs]
    except (PlanError, QuestionError) as error:
        return [], error.message
    return list({one.label: one for one in found}.values()), ""


def _of_endpoints(task: Task) -> list[Destination]:
    """Return the addresses of the private endpoints that the VMs' names lead to."""
    endpoints = dict.fromkeys(one for vm in task.vms for one in endpoints_for(task.site, vm))
    addresses = joined(endpoints)
    own = tuple(address for one in endpoints for address in one.addresses)
    return [Destination(own, addresses, "private endpoints", addresses[4].size)] if own else []


def _plan(task: Task) -> tuple[Plan | None, str]:
    """Return the plan with all its prefixes in one rule: the same packets, judged at once."""
    try:
        return make_plan(replace(task, is_compact=True)), ""
    except (PlanError, QuestionError) as error:
        return None, error.message


def _cost(option: Option) -> tuple[str, ...]:
    match option:
        case Option.HTTP_PROXY:
            return ("a proxy VM to run", "client settings on every VM", "a single point of failure")
        case Option.SERVICE_ENDPOINT:
            return ("the storage account's own firewall sees private addresses",)
        case Option.PRIVATE_ENDPOINT:
            return ("a private endpoint and DNS zone per storage account", NOT_COVERED)
        case _ if option.is_by_prefix:
            return ("the ranges change every week: the rules have to follow",)
        case _:
            return ()


class Tried(NamedTuple):
    """The first option that works, if one does, with the reason to take it, and those tried before it."""

    choice: Choice | None
    why: str
    others: tuple[Choice, ...]


def recommend(task: Task) -> Tried:
    """Return the first option in order of preference that works and fits.

    Options are tried one by one, so that the usual case costs one plan.
    """
    book = task.book
    required = _required(task, book)[4].size
    others: list[Choice] = []
    for option in _PREFERRED[task.site.deployment_model]:
        choice = _choice(replace(task, option=option), book, required)
        if _works(choice):
            return Tried(choice, _why(choice), tuple(others))
        others.append(choice)
    return Tried(None, _why(None), tuple(others))


def _works(choice: Choice) -> bool:
    return choice.is_feasible and choice.verdict is Verdict.REACHABLE


def _best(model: DeploymentModel, choices: Sequence[Choice]) -> Choice | None:
    by_option = {choice.option: choice for choice in choices}
    return next((by_option[option] for option in _PREFERRED[model] if _works(by_option[option])), None)


def _why(choice: Choice | None) -> str:
    if choice is None:
        return "no option is proven to work for this site: see what each one lacks"
    return _WHY.get(choice.option, "the first option that works and fits")
