"""A plan: the rules to add and everything else that has to change for one option, with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.errors import PlanError
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, combine, combine_needed
from netcheck.questions.answer import FORMAT, blocks
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.check import check
from netcheck.questions.places import find_target
from netcheck.questions.proxied import TCP
from netcheck.questions.reach import resolves_names
from netcheck.remedy.changes import Change
from netcheck.remedy.drafting import (
    Draft,
    Task,
    plan_direct,
    plan_proxy,
    plan_service_endpoint,
)
from netcheck.remedy.opening import Opening
from netcheck.remedy.options import Option
from netcheck.remedy.verify import effect_of
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Openings and changes with what they were proven to do.

    `beyond` are packets that the openings let through and nobody asked for; `closed` must be empty.
    """

    option: Option
    openings: tuple[Opening, ...]
    changes: tuple[Change, ...]
    before: Verdict
    after: Verdict
    opened: PacketSet
    beyond: PacketSet
    closed: PacketSet
    notes: tuple[str, ...]

    def proof_dict(self) -> dict[str, object]:
        """Return the proof as JSON."""
        return {
            "before": str(self.before),
            "after": str(self.after),
            "opened": {"packets": list(blocks(self.opened)), "count": self.opened.count_pairs()},
            "openedBeyondRequest": {"packets": list(blocks(self.beyond)), "count": self.beyond.count_pairs()},
            "closed": list(blocks(self.closed)),
        }

    def to_dict(self, dialect: str, script: str, undo: str) -> dict[str, object]:
        """Return the plan as the JSON of `fix`."""
        return {
            "format": FORMAT,
            "option": str(self.option),
            "as": dialect,
            "openings": [opening.to_dict() for opening in self.openings],
            "changes": [change.to_dict() for change in self.changes],
            "script": script,
            "undo": undo,
            "proof": self.proof_dict(),
            "notes": list(self.notes),
        }


def make_plan(task: Task) -> Plan:
    """Return the proven plan for one option; raise PlanError where none can be made."""
    draft = Draft(task.site, task.book)
    if not task.needs:
        raise PlanError("NC404", f"profile `{task.profile.name}` needs nothing that an NSG could block",
                        "name what must be reached with --target and --port, or another --profile")  # fmt: skip
    match task.option:
        case Option.HTTP_PROXY:
            plan_proxy(task, draft)
        case Option.PRIVATE_ENDPOINT:
            raise PlanError("NC405", "private endpoints are not evaluated by this version",
                            "storage-region-tag or http-proxy can be proven")  # fmt: skip
        case Option.SERVICE_ENDPOINT:
            plan_service_endpoint(task, draft)
        case _:
            plan_direct(task, draft)
    return _prove(task, draft)


def _prove(task: Task, draft: Draft) -> Plan:
    effect = effect_of(task.site, draft.site, draft.openings, task.book)
    return Plan(
        option=task.option,
        openings=tuple(draft.openings),
        changes=tuple(draft.changes),
        before=_verdict(task, task.site),
        after=_verdict(task, draft.site),
        opened=effect.opened,
        beyond=effect.opened - draft.requested,
        closed=effect.closed,
        notes=tuple(dict.fromkeys(draft.notes)),
    )


def _verdict(task: Task, site: Site) -> Verdict:
    """Return whether the backup traffic passes: through the proxy as clients are set, else on the direct way."""
    asking = Asking(site, like=task.book)
    if task.option is Option.HTTP_PROXY:
        return check(site, [vm.name for vm in task.vms], asking=asking, chosen=task.profile).verdict
    targets = [find_target(asking.book, need.target).addresses for need in task.needs]
    has_names = any(need.hosts for need in task.needs)
    verdicts = []
    for vm in task.vms:
        origin = primary_origin(vm)
        names = resolves_names(asking, origin)[0] if has_names else Verdict.REACHABLE
        for need, addresses in zip(task.needs, targets, strict=True):
            leg = asking.leg([origin], addresses, TCP, need.port_set)
            passes = combine(region.verdict for region in leg.regions)
            verdicts.append(combine_needed([passes, names]) if need.hosts else passes)
    return combine(verdicts)
