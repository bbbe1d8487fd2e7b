"""A plan: the rules to add and everything else that has to change for one option, with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netcheck.errors import PlanError
from netcheck.model.rules import NextHop
from netcheck.path.leg import Verdict
from netcheck.questions.answer import blocks
from netcheck.remedy.blockers import Blocker
from netcheck.remedy.changes import Change
from netcheck.remedy.drafting import plan_direct, plan_proxy, plan_service_endpoint
from netcheck.remedy.edits import Edit, Opening, Renumbering
from netcheck.remedy.judged import Outcome
from netcheck.remedy.options import Option
from netcheck.remedy.outcome import judge
from netcheck.remedy.private import plan_private_endpoint
from netcheck.remedy.task import Draft, Task
from netcheck.remedy.verify import effect_of
from netcheck.sets.packets import PacketSet

_WATCHED = tuple(f"next hop {hop}" for hop in (NextHop.VIRTUAL_APPLIANCE, NextHop.VIRTUAL_NETWORK_GATEWAY))
_ASIDE = (*_WATCHED, f"next hop {NextHop.NONE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Edits and changes with what they were proven to do.

    `opened` are the packets that edits of NSG rules let through; `beyond` are those of them, and of what else opens on
    the site, that the option is not meant for; `excess` those that need not be reached. `closed` must be empty.
    With the plan in place: `vms` are the verdicts of each VM, `blockers` and `reasons` what keeps packets back, and the
    facts that are open.
    """

    option: Option
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]
    before: Verdict
    after: Verdict
    opened: PacketSet
    beyond: PacketSet
    excess: PacketSet
    closed: PacketSet
    notes: tuple[str, ...]
    vms: tuple[tuple[str, Verdict], ...] = ()
    blockers: tuple[Blocker, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def openings(self) -> tuple[Opening, ...]:
        """The allow rules that are added or widened."""
        return tuple(edit for edit in self.edits if isinstance(edit, Opening))

    @property
    def moves(self) -> tuple[Renumbering, ...]:
        """The rules that get another priority, the first of them first."""
        return tuple(edit for edit in self.edits if isinstance(edit, Renumbering))[::-1]

    @property
    def is_proven(self) -> bool:
        """Whether the traffic passes with the plan for certain, and nothing that passed is closed."""
        return self.after is Verdict.REACHABLE and not self.closed

    def proof_dict(self) -> dict[str, object]:
        """Return the proof as JSON."""
        return {
            "before": str(self.before),
            "after": str(self.after),
            "opened": {"packets": list(blocks(self.opened)), "count": self.opened.count_pairs()},
            "openedBeyondRequest": {"packets": list(blocks(self.beyond)), "count": self.beyond.count_pairs()},
            "openedBeyondNeed": {"count": self.excess.count_pairs()},
            "closed": list(blocks(self.closed)),
        }

    def changes_dict(self) -> list[dict[str, object]]:
        """Return what has to change beside openings: rules that move, and everything that is no NSG rule."""
        from netcheck.remedy.spelled import spelled  # what is only judged is not spelled

        moves: list[dict[str, object]] = [
            {"kind": "nsgRule", "resource": move.nsg, "what": str(move), "rule": spelled(move).to_dict()}
            for move in self.moves
        ]
        return [*moves, *(change.to_dict() for change in self.changes)]


def make_plan(task: Task, on_whole_site: bool = False) -> Plan:
    """Return the proven plan for one option; raise PlanError where none can be made.

    What it opens is looked for in the NSGs that it edits, `on_whole_site` also on all paths its other changes touch.
    """
    draft = Draft(task.site, task.book)
    if not task.needs:
        raise PlanError("NC404", f"profile `{task.profile.name}` needs nothing that an NSG could block",
                        "name what must be reached with --target and --port, or another --profile")  # fmt: skip
    match task.option:
        case Option.HTTP_PROXY:
            plan_proxy(task, draft)
        case Option.PRIVATE_ENDPOINT:
            plan_private_endpoint(task, draft)
        case Option.SERVICE_ENDPOINT:
            plan_service_endpoint(task, draft)
        case _:
            plan_direct(task, draft)
    return _prove(task, draft, on_whole_site)


def _prove(task: Task, draft: Draft, on_whole_site: bool) -> Plan:
    effect = effect_of(task.site, draft.site, draft.edits, task.book)
    opened, closed = effect.opened, effect.closed
    if on_whole_site and any(change.is_in_proof for change in draft.changes):
        from netcheck.remedy.whole import site_effect  # most plans change nothing but rules

        on_site = site_effect(task.site, draft.site, task.book, draft.touched)
        opened, closed = opened | on_site.opened, closed | on_site.closed
    before, after = judge(task, task.site), judge(task, draft.site)
    changes = list(draft.changes)
    if after.blockers:
        from netcheck.remedy.mending import mending  # nothing is left to mend where a plan works

        changes += mending(task, draft.site, after.blockers)
    return Plan(
        option=task.option,
        edits=tuple(draft.edits),
        changes=tuple(changes),
        before=before.verdict,
        after=after.verdict,
        opened=effect.opened,
        beyond=opened - draft.requested,
        excess=opened - draft.needed,
        closed=closed,
        notes=tuple(dict.fromkeys([*draft.notes, *_bypassed(before, after)])),
        vms=after.vms,
        blockers=after.blockers,
        reasons=after.reasons if after.verdict is Verdict.UNDETERMINED else (),
    )


def _bypassed(before: Outcome, after: Outcome) -> Iterator[str]:
    """Yield a sentence for each route to somewhere else that packets no longer take, and who no longer sees them."""
    for rule, note, resource, at in dict.fromkeys((r.rule, r.note, r.resource, r.at) for r in before.routes):
        is_lost = not any((r.rule, r.resource, r.at) == (rule, resource, at) for r in after.routes)
        where = f"{resource}{f' at {at}' if at else ''}"
        if is_lost and note.startswith(_ASIDE):
            unseen = ": what stands there does not see them any more" if note.startswith(_WATCHED) else ""
            yield f"packets for Storage no longer take route `{rule}` ({note}) of {where}{unseen}"
