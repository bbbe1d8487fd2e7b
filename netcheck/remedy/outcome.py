"""Whether backup traffic passes with or without a plan, and what keeps it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from netcheck.model.names import key
from netcheck.model.site import Site, VirtualMachine
from netcheck.path.leg import Verdict, combine, combine_needed
from netcheck.policy.builtin import DNS_PORT
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.alike import SharedLeg, packets_of, shared_legs
from netcheck.questions.answer import AnswerPart, open_reasons, to_parts
from netcheck.questions.asking import Asking, Leg
from netcheck.questions.by_name import Seen, left_open, name_reasons, seen_by, settled_parts
from netcheck.questions.check import CheckReport, check
from netcheck.questions.places import Target
from netcheck.questions.profiles import Need
from netcheck.questions.reach import RESOLVER, UDP, name_verdict
from netcheck.remedy.blockers import blockers_of
from netcheck.remedy.judged import At, Outcome
from netcheck.remedy.options import Option
from netcheck.remedy.private import endpoints_for, joined
from netcheck.remedy.task import Task
from netcheck.sets.intervals import IntervalSet


def judge(task: Task, site: Site) -> Outcome:
    """Return whether the backup traffic passes: through the proxy as clients are set, else on the direct way.

    A site is judged once for all options of a task that send packets the same way.
    """
    at = _at(task)
    found = task.judged.get(at, site)
    if found is None:
        asking = Asking(site, like=task.book)
        found = _as_clients_go(task, asking) if task.option is Option.HTTP_PROXY else _directly(task, asking)
        task.judged.put(at, site, found)
    return found


def take_over(task: Task, report: CheckReport) -> None:
    """Let a check of the task's VMs stand for what plans through a proxy begin with: the site as it is."""
    task.judged.put(_at(replace(task, option=Option.HTTP_PROXY)), task.site, _outcome(report))


def _at(task: Task) -> At:
    is_own = task.option in (Option.HTTP_PROXY, Option.PRIVATE_ENDPOINT)
    return str(task.option) if is_own else "direct", tuple(vm.name for vm in task.vms), task.profile, task.needs


def _as_clients_go(task: Task, asking: Asking) -> Outcome:
    return _outcome(check(asking.site, [vm.name for vm in task.vms], asking=asking, chosen=task.profile))


def _outcome(report: CheckReport) -> Outcome:
    parts = [part for entry in report.entries for part in entry.answer.parts]
    for result in (result for entry in report.entries for result in entry.results):
        if result.names is not None and result.need.is_essential:
            parts.append(AnswerPart(result.names.verdict, parts[0].packets, result.names.decided_by))
    reasons = [r for entry in report.entries if entry.verdict is not Verdict.REACHABLE for r in entry.answer.reasons]
    vms = tuple((entry.vm, entry.verdict) for entry in report.entries)
    return Outcome(report.verdict, vms, blockers_of(parts), tuple(dict.fromkeys(reasons)))


def _directly(task: Task, asking: Asking) -> Outcome:
    found = _Found({vm.name: [] for vm in task.vms})
    names = _names(task, asking)
    for need, seen, vms in _asked(task, asking):
        addresses = seen.target.addresses
        for shared in shared_legs(asking, vms, addresses, need.protocols, need.port_set, hosts=need.hosts):
            for one in _one_by_one(shared) if need.is_by_name else [shared]:
                found.take(need, seen, one, names)
    verdicts = tuple((name, combine(own)) for name, own in found.verdicts.items())
    whole = combine(verdict for _, verdict in verdicts)
    blockers = blockers_of(found.parts)
    return Outcome(whole, verdicts, blockers, tuple(found.reasons), tuple(found.routes))


Names = dict[str, tuple[Verdict, tuple[Decision, ...]]]
"""For each VM whether it can ask for names, and who decides where it cannot."""


@dataclass(slots=True)
class _Found:
    """What was found out so far: a verdict of each VM for each need, and the parts, open facts and routes of all."""

    verdicts: dict[str, list[Verdict]]
    parts: list[AnswerPart] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    routes: dict[Decision, None] = field(default_factory=dict)

    def take(self, need: Need, seen: Seen, shared: SharedLeg, names: Names) -> None:
        """Take in what becomes of the packets of some VMs for one need; of a need by name, of those of one VM."""
        parts = settled_parts(need, to_parts(shared.leg.regions))
        parts = left_open(parts) if seen.is_open else parts
        self.parts += parts
        told = (*open_reasons(shared.leg.regions), *seen.notes, *name_reasons(need, parts))
        self.reasons.update(dict.fromkeys(told))
        self.routes.update(dict.fromkeys(_routes(shared.leg)))
        for vm in shared.vms:
            passes = combine(part.verdict for part in _parts_of(vm, shared, parts))
            name, deciders = names[vm.name] if need.hosts else (Verdict.REACHABLE, ())
            if name is not Verdict.REACHABLE:
                self.parts.append(AnswerPart(name, parts[0].packets, deciders))
            self.verdicts[vm.name].append(combine_needed([passes, name]) if need.hosts else passes)


def _one_by_one(shared: SharedLeg) -> Iterator[SharedLeg]:
    """Yield the legs of VMs one by one: what all addresses of a name have in common is a question of each VM."""
    yield from (SharedLeg((vm,), shared.leg_of(vm)) for vm in shared.vms)


def _parts_of(vm: VirtualMachine, shared: SharedLeg, parts: Sequence[AnswerPart]) -> Sequence[AnswerPart]:
    if len(shared.vms) == 1 or len({part.verdict for part in parts}) == 1:
        return parts
    own = packets_of(vm)
    return [part for part in parts if part.packets & own]


def _names(task: Task, asking: Asking) -> Names:
    """Return whether the VMs can ask for the names that their needs have; of IPv6 alone nobody asks."""
    found: Names = {vm.name: (Verdict.REACHABLE, ()) for vm in task.vms}
    asking_vms = [vm for vm in task.vms if any(a.family == 4 for a in vm.primary.addresses)]
    if any(need.hosts for need in task.needs):
        for shared in shared_legs(asking, asking_vms, RESOLVER, UDP, IntervalSet.point(DNS_PORT)):
            is_one = name_verdict(shared.leg)[0] is Verdict.REACHABLE
            for vm in () if is_one else shared.vms:
                found[vm.name] = name_verdict(shared.leg_of(vm))
    return found


def _asked(task: Task, asking: Asking) -> Iterator[tuple[Need, Seen, Sequence[VirtualMachine]]]:
    """Yield what VMs ask for: the addresses of a need, or in their place those of private endpoints."""
    for need in task.needs:
        if task.option is Option.PRIVATE_ENDPOINT:
            for vm in task.vms:
                yield need, Seen(Target(need.label, joined(endpoints_for(asking.site, vm)))), [vm]
        elif asking.site.private_endpoints:
            yield from ((need, seen_by(asking.book, vm, need), [vm]) for vm in task.vms)
        else:
            by_subnet: dict[str, list[VirtualMachine]] = {}
            for vm in task.vms:
                by_subnet.setdefault(key(vm.primary.subnet), []).append(vm)
            yield from ((need, seen_by(asking.book, vms[0], need), vms) for vms in by_subnet.values())


def _routes(leg: Leg) -> Iterator[Decision]:
    for result in leg.results:
        if result.hop is HopKind.ROUTE:
            yield from (case.decision for part in result.parts for case in part.cases if case.decision)
