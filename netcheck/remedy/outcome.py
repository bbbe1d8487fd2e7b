"""Whether backup traffic passes with or without a plan, and what keeps it back."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.site import Site, VirtualMachine
from netcheck.path.leg import Verdict, combine, combine_needed
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import AnswerPart, open_reasons, to_parts
from netcheck.questions.asking import Asking, Leg, primary_origin
from netcheck.questions.by_name import Seen, left_open, name_reasons, seen_by, settled_parts
from netcheck.questions.check import check
from netcheck.questions.places import Target
from netcheck.questions.profiles import Need
from netcheck.questions.reach import resolves_names
from netcheck.remedy.blockers import blockers_of
from netcheck.remedy.judged import Outcome
from netcheck.remedy.options import Option
from netcheck.remedy.private import endpoints_for, joined
from netcheck.remedy.task import Task


def judge(task: Task, site: Site) -> Outcome:
    """Return whether the backup traffic passes: through the proxy as clients are set, else on the direct way.

    The site as it is is judged once for all options of a task that send packets the same way.
    """
    at = (_way(task.option), tuple(vm.name for vm in task.vms), task.profile, task.needs)
    was = task.judged.before.get(at)
    if was is not None and was[0] is site:
        found = was[1]
    else:
        asking = Asking(site, like=task.book)
        found = _as_clients_go(task, asking) if task.option is Option.HTTP_PROXY else _directly(task, asking)
    if site is task.site:
        task.judged.before[at] = (site, found)
    return found


def _way(option: Option) -> str:
    return str(option) if option in (Option.HTTP_PROXY, Option.PRIVATE_ENDPOINT) else "direct"


def _as_clients_go(task: Task, asking: Asking) -> Outcome:
    report = check(asking.site, [vm.name for vm in task.vms], asking=asking, chosen=task.profile)
    parts = [part for entry in report.entries for part in entry.answer.parts]
    for result in (result for entry in report.entries for result in entry.results):
        if result.names is not None and result.need.is_essential:
            parts.append(AnswerPart(result.names.verdict, parts[0].packets, result.names.decided_by))
    reasons = [r for entry in report.entries if entry.verdict is not Verdict.REACHABLE for r in entry.answer.reasons]
    vms = tuple((entry.vm, entry.verdict) for entry in report.entries)
    return Outcome(report.verdict, vms, blockers_of(parts), tuple(dict.fromkeys(reasons)))


def _directly(task: Task, asking: Asking) -> Outcome:
    vms: list[tuple[str, Verdict]] = []
    parts: list[AnswerPart] = []
    reasons: list[str] = []
    routes: list[Decision] = []
    has_names = any(need.hosts for need in task.needs)
    for vm in task.vms:
        verdicts: list[Verdict] = []
        names, deciders = resolves_names(asking, primary_origin(vm)) if has_names else (Verdict.REACHABLE, ())
        for need, seen in _asked(task, asking, vm):
            addresses = seen.target.addresses
            leg = asking.leg([primary_origin(vm)], addresses, need.protocols, need.port_set, hosts=need.hosts)
            own = settled_parts(need, to_parts(leg.regions))
            own = left_open(own) if seen.is_open else own
            passes = combine(part.verdict for part in own)
            verdicts.append(combine_needed([passes, names]) if need.hosts else passes)
            parts += own
            if need.hosts and names is not Verdict.REACHABLE:
                parts.append(AnswerPart(names, own[0].packets, deciders))
            reasons += [*open_reasons(leg.regions), *seen.notes, *name_reasons(need, own)]
            routes += _routes(leg)
        vms.append((vm.name, combine(verdicts)))
    whole = combine(verdict for _, verdict in vms)
    open_facts = tuple(dict.fromkeys(reasons))
    return Outcome(whole, tuple(vms), blockers_of(parts), open_facts, tuple(dict.fromkeys(routes)))


def _asked(task: Task, asking: Asking, vm: VirtualMachine) -> Iterator[tuple[Need, Seen]]:
    """Yield what a VM asks for: the addresses of a need, or in their place those of private endpoints."""
    for need in task.needs:
        if task.option is Option.PRIVATE_ENDPOINT:
            yield need, Seen(Target(need.label, joined(endpoints_for(asking.site, vm))))
        else:
            yield need, seen_by(asking.book, vm, need)


def _routes(leg: Leg) -> Iterator[Decision]:
    for result in leg.results:
        if result.hop is HopKind.ROUTE:
            yield from (case.decision for part in result.parts for case in part.cases if case.decision)
