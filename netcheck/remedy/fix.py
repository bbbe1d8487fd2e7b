"""`fix`: the plan for one option, with its flaws and leftovers named, and its script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.errors import PlanError
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, Site
from netcheck.path.leg import Verdict
from netcheck.policy.resolve import AddressBook
from netcheck.questions.places import find_vm
from netcheck.questions.profiles import profile_for
from netcheck.remedy.azcli import render_az, render_az_undo, resource_groups
from netcheck.remedy.blockers import sentences
from netcheck.remedy.classic import render_classic, render_classic_undo
from netcheck.remedy.limits import over_limit
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import Task


@dataclass(frozen=True, slots=True)
class Fix:
    """A proven plan in one dialect."""

    plan: Plan
    dialect: str
    script: str
    undo: str

    def to_dict(self) -> dict[str, object]:
        """Return the fix as JSON."""
        return self.plan.to_dict(self.dialect, self.script, self.undo)


def make_task(
    site: Site,
    option: Option,
    vms: Sequence[str] = (),
    profile: str = "",
    target: str = "",
    ports: Sequence[int] = (),
) -> Task:
    """Return the task for VMs (all when none is named) and a backup profile."""
    wanted = tuple(find_vm(site, name) for name in vms) or site.virtual_machines
    if not wanted:
        raise PlanError("NC411", "the site has no VM to open a way for", "add `virtualMachines:` to the site")
    return Task(site, option, wanted, profile_for(site, profile, target, ports), book=AddressBook(site))


def own_dialect(site: Site) -> str:
    """Return the dialect whose commands reach the NSGs of a site."""
    return "classic" if site.deployment_model is DeploymentModel.CLASSIC else "az"


def fix(task: Task, dialect: str = "", as_documented: bool = False, resource_group: str = "") -> Fix:
    """Return the proven plan of an option, spelled in a dialect; without one, in that of the site's deployment model.

    `as_documented` gives the article's own rule, with its flaws in the notes. Raise PlanError where no plan exists,
    the dialect does not fit the site, or the rules do not fit into the NSG.
    """
    dialect = dialect or own_dialect(task.site)
    _check_dialect(task.site, dialect)
    if as_documented and (dialect != "classic" or task.option is not Option.HTTP_PROXY):
        raise PlanError("NC413", f"the article documents no command for `{task.option}`", "use --option http-proxy")
    plan = make_plan(replace(task, as_documented=as_documented))
    _check_limits(task.site, plan)
    notes = [*plan.notes, *(_flaws(plan) if as_documented else ()), *_leftovers(plan)]
    if dialect == "classic":
        script, undo = render_classic(plan.openings, as_documented), render_classic_undo(plan.openings)
    else:
        groups = resource_groups(task.site, resource_group)
        if any(not groups[key(opening.nsg)] for opening in plan.openings):
            notes.append("the site does not name the resource group: give --resource-group, or set RESOURCE_GROUP")
        script, undo = render_az(plan.openings, groups), render_az_undo(plan.openings, groups)
    return Fix(replace(plan, notes=tuple(notes)), dialect, script, undo)


def _check_dialect(site: Site, dialect: str) -> None:
    if dialect == own_dialect(site):
        return
    if dialect == "classic":
        raise PlanError(
            "NC412",
            "the site is a Resource Manager one: classic commands do not reach its NSGs",
            "use --as az",
        )
    raise PlanError("NC412", f"the site is a classic one: `{dialect}` does not reach its NSGs", "use --as classic")


def _check_limits(site: Site, plan: Plan) -> None:
    for name in dict.fromkeys(opening.nsg for opening in plan.openings):
        nsg = site.nsg(name)
        needed = sum(1 for opening in plan.openings if opening.nsg == name)
        why = over_limit(site.deployment_model, needed, 0, len(nsg.rules) if nsg else 0)
        if why:
            raise PlanError(
                "NC414", f"NSG `{name}` would be too large: {why}", "netcheck compare shows smaller options"
            )


def _flaws(plan: Plan) -> list[str]:
    """Say what is wrong with the article's own command."""
    if not plan.openings:
        return []
    found = [
        'the article writes the rule name with a space at its end ("allow-proxy "), which the name rule forbids; '
        "it is left out",
    ]
    for opening in plan.openings:
        for port in opening.rule.destination_ports:
            count = port.last - port.first + 1
            if count > 2:
                found.append(
                    f"`{port}` is a range of {count} ports, not two: {count - 2} more are opened than 80 and 443"
                )
    return found


def _leftovers(plan: Plan) -> list[str]:
    """Say what the commands do not do, and what stays closed, by whom, and what would change it."""
    found = [f"also needed: {change.what}" for change in plan.changes]
    is_mended = plan.after is Verdict.REACHABLE
    if not plan.openings:
        others = "the NSGs on the way lack no rule of this option: none is added"
        found.append("no NSG rule is needed" if is_mended else others)
    beyond = plan.beyond.count_pairs()
    if beyond:
        found.append(f"{beyond:,} address-port pairs are opened beyond what is asked")
    if not is_mended:
        found.append(f"with this plan the backup traffic is {plan.after}: NSG rules alone cannot mend it")
        found += sentences(plan.blockers, plan.reasons)
    return found
