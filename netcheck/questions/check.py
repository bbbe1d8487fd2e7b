"""`check`, the main job: can each VM's backup traffic reach what its profile needs, as its client would send it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from netcheck.display import Displayed
from netcheck.errors import QuestionError
from netcheck.model.site import Site, VirtualMachine
from netcheck.path.leg import Verdict, combine_needed
from netcheck.questions.answer import (
    FORMAT,
    Answer,
    Question,
    findings_dict,
    open_reasons,
    ports,
    to_parts,
)
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.by_name import all_needed, left_open, name_reasons, seen_by, settled_parts
from netcheck.questions.places import find_vm
from netcheck.questions.profiles import BackupProfile, Need, profile_for
from netcheck.questions.proxied import LegSummary, summarise_leg
from netcheck.questions.reach import firewall_notes, resolves_names
from netcheck.questions.several_ways import Way
from netcheck.questions.way import choices, take_way, way_instead

if TYPE_CHECKING:  # few sites give rise to any
    from netcheck.questions.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedResult:
    """What becomes of one need of a VM: the ways its ports take, and the direct way beside them.

    `instead` is the way through the proxy that the settings name, where the client passes it by.
    """

    need: Need
    answer: Answer
    ways: tuple[Way, ...]
    direct: LegSummary
    instead: LegSummary | None
    names: LegSummary | None

    @property
    def legs(self) -> tuple[LegSummary, ...]:
        """The legs of all ways, each once."""
        return tuple(dict.fromkeys(leg for way in self.ways for leg in way.legs))

    def has(self, verdict: Verdict) -> bool:
        """Return whether some packets of an essential need have this verdict."""
        return self.need.is_essential and bool(self.answer.packets(verdict))

    def via(self, port: int) -> str:
        """Return the one proxy that requests to a port go through, "" where they go another way, or one of several."""
        named = [way.via for way in self.ways if port in way.wanted and way.client and way.client.way == "proxy"]
        return named[0] if len(named) == 1 else ""

    def paths(self) -> dict[str, object]:
        """Return as JSON which ways the packets take, and the direct one beside them."""
        return {
            "to": self.need.label,
            "ways": [way.to_dict() for way in self.ways],
            "direct": self.direct.to_dict(),
            "instead": self.instead.to_dict() if self.instead else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEntry:
    """The answer for one VM. `also` are needs whose failure degrades the backup without stopping it."""

    vm: str
    profile: str
    answer: Answer
    results: tuple[NeedResult, ...]

    @property
    def also(self) -> tuple[NeedResult, ...]:
        """The results that do not decide the verdict."""
        return tuple(r for r in self.results if not r.need.is_essential)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the entry: the network's, and that of name resolution where names are used."""
        names = [r.names.verdict for r in self.results if r.names is not None and r.need.is_essential]
        return combine_needed([self.answer.verdict, *names])

    @property
    def told(self) -> frozenset[str]:
        """The reasons that say no more than what the client does with its settings: its ways tell that with a place."""
        clients = [way.client for result in self.results for way in result.ways if way.client]
        return frozenset(word for one in clients for word in (one.why, _without_proxy(self.vm, one.why)))

    @property
    def is_degraded(self) -> bool:
        """Whether something that is not essential does not get through."""
        return any(r.answer.verdict is not Verdict.REACHABLE for r in self.also)

    def to_dict(self) -> dict[str, object]:
        """Return the entry as JSON: an answer, with the VM and its legs."""
        return {
            **self.answer.to_dict(),
            "vm": self.vm,
            "backup": str(self.verdict),
            "profile": self.profile,
            "legs": [leg.to_dict() for r in self.results for leg in r.legs],
            "direct": [r.direct.to_dict() for r in self.results],
            "paths": [r.paths() for r in self.results],
            "names": [r.names.to_dict() for r in self.results if r.names is not None],
            "degraded": self.is_degraded,
            "also": [
                {"to": r.need.label, "verdict": str(r.answer.verdict), "why": r.need.why} for r in self.also
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(Displayed):
    """The answers for all VMs asked about."""

    site: Site
    profile: BackupProfile
    entries: tuple[CheckEntry, ...]
    asking: Asking = field(repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """Reachable when every VM's is; a certain no of one VM is the verdict whatever is open about others."""
        verdicts = {entry.verdict for entry in self.entries}
        if verdicts <= {Verdict.REACHABLE}:
            return Verdict.REACHABLE
        if verdicts & {Verdict.BLOCKED, Verdict.PARTIAL}:
            return Verdict.BLOCKED if verdicts == {Verdict.BLOCKED} else Verdict.PARTIAL
        return Verdict.UNDETERMINED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the site itself; found when it is first asked for, for plans ask for verdicts only."""
        return self.asking.findings

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "format": FORMAT,
            "verdict": str(self.verdict),
            "profile": self.profile.to_dict(),
            "entries": [entry.to_dict() for entry in self.entries],
            **findings_dict(self.findings),
        }


def check(
    site: Site,
    vms: Sequence[str] = (),
    profile: str = "",
    target: str = "",
    port_numbers: Sequence[int] = (),
    asking: Asking | None = None,
    chosen: BackupProfile | None = None,
) -> CheckReport:
    """Judge the backup traffic of VMs (all of them when none is named) against a backup profile.

    `chosen` is a profile already made, in place of a name, target and ports.

    Raise QuestionError when the site has no VM, a name is not in it, or the profile needs what the site does not say.
    """
    asking = asking or Asking(site)
    chosen = chosen or profile_for(site, profile, target, port_numbers)
    wanted = [find_vm(site, name) for name in vms] or list(site.virtual_machines)
    if not wanted:
        raise QuestionError("NC301", "the site has no VM to check", "`filter` judges an NSG alone")
    entries = tuple(check_vm(asking, vm, chosen) for vm in wanted)
    return CheckReport(site=site, profile=chosen, entries=entries, asking=asking)


def check_vm(asking: Asking, vm: VirtualMachine, profile: BackupProfile) -> CheckEntry:
    """Judge one VM's backup traffic."""
    results = tuple(_judge_need(asking, vm, need, profile.name) for need in profile.needs)
    essential = [r.answer for r in results if r.need.is_essential]
    merged = essential[0] if len(essential) == 1 else _merge(essential)
    degraded = [r for r in results if not r.need.is_essential and r.answer.verdict is not Verdict.REACHABLE]
    reasons = [*merged.reasons]
    for result in degraded:
        reasons.append(f"degraded: {result.need.label} is {result.answer.verdict}: {result.need.why}")
        reasons += result.answer.reasons
    return CheckEntry(
        vm=vm.name, profile=profile.name, answer=replace(merged, reasons=tuple(dict.fromkeys(reasons))), results=results
    )


def _merge(answers: Sequence[Answer]) -> Answer:
    """Return the answer about several needs together; `ports` and `protocol` are those of any of them."""
    first = answers[0]
    asked = [a.question for a in answers]
    question = replace(
        first.question,
        target=",".join(one.target for one in asked),
        protocol=",".join(dict.fromkeys(one.protocol for one in asked)),
        ports=tuple(dict.fromkeys(port for one in asked for port in one.ports)),
    )
    return replace(
        first,
        question=question,
        parts=all_needed([part for verdict in ("reachable", "blocked", "undetermined") for a in answers
                          for part in a.parts if part.verdict == verdict]),
        hops=tuple(dict.fromkeys(hop for a in answers for hop in a.hops)),
        reasons=tuple(dict.fromkeys(reason for a in answers for reason in a.reasons)),
    )  # fmt: skip


def _judge_need(asking: Asking, vm: VirtualMachine, need: Need, profile: str) -> NeedResult:
    origin = primary_origin(vm)
    seen = seen_by(asking.book, vm, need)
    target = seen.target
    ways = [
        take_way(asking, vm, target, choice, wanted, profile, need)
        for choice, wanted in choices(asking, vm, need, profile)
    ]
    # Without proxy settings the way taken is the direct one, and needs no second look.
    is_plain = len(ways) == 1 and ways[0].is_direct
    direct = (
        ways[0]
        if is_plain
        else asking.leg([origin], target.addresses, need.protocols, need.port_set, hosts=target.hosts)
    )
    regions = [region for way in ways for region in way.regions]
    via = ",".join(dict.fromkeys(way.via for way in ways if way.via))
    question = Question(
        kind="check",
        source=vm.name,
        target=target.label,
        protocol=need.protocol,
        ports=tuple(ports(need.port_set)),
        via=via,
    )
    names = _names(asking, ways) if target.hosts else None
    found_parts = to_parts(regions)
    is_open = seen.is_open or (bool(seen.notes) and bool(via))  # the proxy asks for the name, not its client
    if is_open:
        found_parts = left_open(found_parts)
    reasons = [*open_reasons(regions), *seen.notes, *name_reasons(need, found_parts)]
    reasons += [_without_proxy(vm.name, way.told.note) for way in ways if way.told is not None]
    reasons += firewall_notes(asking, [result for way in ways for result in way.results])
    if names is not None and names.verdict is not Verdict.REACHABLE:
        told = "IP yes, name no" if names.verdict is Verdict.BLOCKED else "IP yes, name not for certain"
        can = "cannot" if names.verdict is Verdict.BLOCKED else "may be unable to"
        reasons.append(f"{told}: `{names.source}` {can} ask 168.63.129.16 for storage names")
    if len(vm.interfaces) > 1:
        reasons.append(f"`{vm.name}` has {len(vm.interfaces)} NICs: judged is the primary one, `{vm.primary.name}`")
    answer = Answer(
        question=question,
        parts=settled_parts(need, found_parts),
        hops=tuple(dict.fromkeys(hop for way in ways for hop in way.hops)),
        reasons=tuple(dict.fromkeys(reasons)),
        tags=asking.site.tags,
    )
    return NeedResult(
        need=need,
        answer=answer,
        ways=tuple(ways),
        direct=summarise_leg(vm.name, target.label, direct.regions, direct.results),
        instead=way_instead(asking, vm, target, ways),
        names=names,
    )


def _without_proxy(vm: str, why: str) -> str:
    return f"`{vm}` goes without proxy: {why}"


def _names(asking: Asking, ways: Sequence[Way]) -> LegSummary:
    """Return whether names are found: by the machine of each way, and of one of several ways by each that may be it."""
    asked = {
        vm.name: LegSummary(vm.name, "168.63.129.16:53", *resolves_names(asking, primary_origin(vm)))
        for way in ways
        for vm in way.resolvers
    }
    verdicts = [
        told[0] if len(told) == 1 else Verdict.UNDETERMINED
        for way in ways
        if (told := list(dict.fromkeys(asked[vm.name].verdict for vm in way.resolvers)))
    ]
    worst = next((one for one in asked.values() if one.verdict is not Verdict.REACHABLE), next(iter(asked.values())))
    return replace(worst, verdict=combine_needed(verdicts))
