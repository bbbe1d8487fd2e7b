"""`fix`: the plan for one option in a dialect, flaws and leftovers named; the script only where it is proven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netcheck.errors import PlanError
from netcheck.model.ports import PortRange
from netcheck.model.site import DeploymentModel
from netcheck.path.leg import Verdict
from netcheck.questions.answer import FORMAT
from netcheck.remedy.blockers import sentences
from netcheck.remedy.dialects.dialect import Dialect, Script, own_dialect, render, setting_for
from netcheck.remedy.fitting import fits_of
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.proof import change_lines, proof_lines
from netcheck.remedy.spelled import spell_rule, spelled
from netcheck.remedy.task import Task

_MODELS = {DeploymentModel.CLASSIC: "classic", DeploymentModel.RESOURCE_MANAGER: "Resource Manager"}
_NOTHING = Script(text="", undo="")


@dataclass(frozen=True, slots=True)
class Fix:
    """A plan in one dialect. A plan that is not proven has no script, and its rules are not printed."""

    plan: Plan
    dialect: Dialect
    spelled: Script

    @property
    def script(self) -> str:
        """The commands or the file that carry out the plan."""
        return self.spelled.text

    @property
    def undo(self) -> str:
        """What takes the plan back."""
        return self.spelled.undo

    def to_dict(self) -> dict[str, object]:
        """Return the fix as JSON."""
        plan = self.plan
        return {
            "format": FORMAT,
            "option": str(plan.option),
            "as": str(self.dialect),
            "openings": openings_dict(plan) if plan.is_proven else [],
            "changes": plan.changes_dict(),
            "script": self.script,
            "undo": self.undo,
            "proof": plan.proof_dict(),
            "blockers": [blocker.to_dict() for blocker in plan.blockers],
            "notes": list(plan.notes),
        }


def openings_dict(plan: Plan) -> list[dict[str, object]]:
    """Return the openings in Azure's spelling; one that is the wider form of a rule says which."""
    return [
        {
            **spelled(opening).to_dict(),
            **({"replaces": spell_rule(opening.nsg, opening.replaces).to_dict()} if opening.replaces else {}),
        }
        for opening in plan.openings
    ]


def fix(task: Task, dialect: str = "", as_documented: bool = False, resource_group: str = "") -> Fix:
    """Return the proven plan of an option, spelled in a dialect; without one, in that of the site's deployment model.

    `as_documented` gives the article's own rule, with its flaws in the notes. A plan that does not make the traffic
    pass is returned without a script, with what stands in the way. Raise PlanError where no plan exists, the dialect
    has no words for it, it opens more than it is meant to, or the rules do not fit into the NSG.
    """
    chosen = Dialect(dialect) if dialect else own_dialect(task.site)
    if as_documented and (chosen is not Dialect.CLASSIC or task.option is not Option.HTTP_PROXY):
        raise PlanError("NC413", f"the article documents no command for `{task.option}`", "use --option http-proxy")
    task = replace(task, dialect=chosen, as_documented=as_documented)
    return spell(task, make_plan(task, on_whole_site=True), resource_group)


def spell(task: Task, plan: Plan, resource_group: str = "") -> Fix:
    """Return a plan for a task in the dialect of the task: `plan` is proven on the whole site, in the task's form.

    Raise PlanError as `fix` does.
    """
    _check_limits(task, plan)
    _check_proof(task, plan)
    notes = [*plan.notes, *(_flaws(plan) if task.as_documented else ()), *_leftovers(plan)]
    script = _NOTHING
    if plan.is_proven and plan.edits:
        notes += _reach(task, plan, task.dialect)
        told = (*proof_lines(plan), *(f"note: {note}" for note in notes), *change_lines(plan))
        script = render(task.dialect, plan.edits, setting_for(task.site, resource_group, told, task.as_documented))
        notes += script.notes
    return Fix(replace(plan, notes=tuple(dict.fromkeys(notes))), task.dialect, script)


def _reach(task: Task, plan: Plan, dialect: Dialect) -> Iterator[str]:
    """Yield why the script does not reach the NSGs as the site has them."""
    if dialect.model is not task.site.deployment_model:
        named = ", ".join(dict.fromkeys(f"`{edit.nsg}`" for edit in plan.edits))
        here, there = _MODELS[task.site.deployment_model], _MODELS[dialect.model]
        yield f"{named} is {here} in the site, and this script reaches only {there} NSGs of that name"


def _check_limits(task: Task, plan: Plan) -> None:
    for fit in fits_of(task, plan):
        if fit.why_not:
            raise PlanError("NC414", f"NSG {fit.why_not}", "netcheck compare shows smaller options")


def _check_proof(task: Task, plan: Plan) -> None:
    """Raise PlanError where a plan does what it must not."""
    may_open_more = task.form.is_single or task.as_documented or task.option is Option.SERVICE_ENDPOINT
    if plan.closed or (plan.beyond and not may_open_more):
        what = "closes" if plan.closed else "opens"
        count = (plan.closed or plan.beyond).count_pairs()
        raise PlanError(
            "NC417",
            f"the plan is not printed: it {what} {count:,} address-port pairs that it should leave alone",
            "`netcheck compare` shows other options; if the plan is of NSG rules alone, please report this",
        )


def _flaws(plan: Plan) -> Iterator[str]:
    """Say what is wrong with the article's own command."""
    if plan.openings:
        yield (
            'the article writes the rule name with a space at its end ("allow-proxy "), which the name rule forbids; '
            "it is left out"
        )
    for opening in plan.openings:
        for port in opening.rule.destination_ports:
            yield from _flaw(port)


def _flaw(port: PortRange) -> Iterator[str]:
    count = port.last - port.first + 1
    if count > 2:
        yield f"`{port}` is a range of {count} ports, not two: {count - 2} more are opened than 80 and 443"


def _leftovers(plan: Plan) -> Iterator[str]:
    """Say what the commands do not do, and what stays closed, by whom, and what would change it."""
    yield from (f"to make room before the rule that blocks: {move}" for move in plan.moves)
    yield from (f"`{o.rule.name}` of `{o.nsg}` is widened, not added" for o in plan.openings if o.replaces)
    yield from (f"also needed: {change.what}" for change in plan.changes if change.is_in_proof)
    is_mended = plan.after is Verdict.REACHABLE
    if not plan.openings:
        others = "the NSGs on the way lack no rule of this option: none is added"
        yield "no NSG rule is needed" if is_mended else others
    beyond = plan.beyond.count_pairs()
    if beyond:
        yield f"{beyond:,} address-port pairs are opened beyond what is asked"
    if not is_mended:
        yield (
            f"with this plan the backup traffic would be {plan.after}: NSG rules alone cannot mend it, so no script is "
            "printed"
        )
        if plan.openings:
            yield f"{len(plan.openings)} NSG rules are lacking as well: ask again when the rest is mended"
        yield from sentences(plan.blockers, plan.reasons)
