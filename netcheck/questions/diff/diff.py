"""`diff`: what a change of a site opens and closes, over all packets at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.display import Displayed
from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.policy.nsg import applied_to
from netcheck.questions.answer import FORMAT, blocks
from netcheck.questions.diff.changed import Changed, Kind, Side, joined
from netcheck.questions.digest import is_nsgs_alone, site_form

_GONE = "{} is only in {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChange:
    """The backup traffic of one VM gets another verdict; `before` or `after` is None where the VM is not there."""

    vm: str
    before: Verdict | None
    after: Verdict | None

    @property
    def kind(self) -> Kind:
        """Whether backup is possible now, is no longer, or is open to question."""
        if self.before is Verdict.REACHABLE and self.after is not Verdict.UNDETERMINED:
            return Kind.CLOSED
        if self.after is Verdict.REACHABLE and self.before is not Verdict.UNDETERMINED:
            return Kind.OPENED
        return Kind.DEPENDS

    def to_dict(self) -> dict[str, object]:
        """Return the change as JSON."""
        return {"vm": self.vm, "before": _word(self.before), "after": _word(self.after), "change": str(self.kind)}


def _word(verdict: Verdict | None) -> str | None:
    return None if verdict is None else str(verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport(Displayed):
    """What differs between two sites. `sections` are the parts of the sites that are not described alike."""

    old: str
    new: str
    changes: tuple[Changed, ...]
    backup: tuple[BackupChange, ...] = ()
    sections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Changed, ...]:
        """Return the changes of one kind."""
        return tuple(one for one in self.changes if one.kind is kind)

    def has(self, kind: Kind) -> bool:
        """Return whether anything changes in this way: packets, or the backup of a VM."""
        return bool(self.of(kind)) or any(one.kind is kind for one in self.backup)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON: `before` and `after` of a block index the decisions."""
        sides = [side for one in self.changes for side in (one.before, one.after)]
        index = {decision: i for i, decision in enumerate(dict.fromkeys(d for side in sides for d in side.decided_by))}
        return {
            "format": FORMAT,
            "old": self.old,
            "new": self.new,
            **{str(kind): [block for one in self.of(kind) for block in _blocks(one, index)] for kind in Kind},
            "decisions": [decision.to_dict() for decision in index],
            "backup": [one.to_dict() for one in self.backup],
            "sections": list(self.sections),
            "notes": list(self.notes),
        }


def _blocks(one: Changed, index: dict[Decision, int]) -> Iterator[dict[str, object]]:
    sides = {"before": _side(one.before, index), "after": _side(one.after, index)}
    return ({"from": list(one.sources), **block, **sides} for block in blocks(one.packets))


def _side(side: Side, index: dict[Decision, int]) -> dict[str, object]:
    return {"verdict": str(side.verdict), "decidedBy": [index[decision] for decision in side.decided_by]}


def diff(old: Site, new: Site, vnet: Sequence[AddressRange] | None = None) -> DiffReport:
    """Compare two descriptions of a network, packet by packet.

    Whole paths are compared, from every place to everywhere; NSGs that no path meets, and NSGs without a network around
    them, are compared by themselves. `vnet` says what `VirtualNetwork` means there. Raise QuestionError when one side
    has nothing to compare, or is NSGs alone and the other is not.
    """
    sections = _sections(old, new)
    if not sections:
        return DiffReport(old=old.file, new=new.file, changes=())
    if is_nsgs_alone(old) is not is_nsgs_alone(new):
        message = "one side is NSGs alone, the other a network with paths: they cannot be compared"
        raise QuestionError("NC323", message, "give both as NSGs, or both with the network around them")
    changes = joined([*_at_nsgs(old, new, vnet), *_on_paths(old, new)])
    backup, notes = _backup(old, new)
    return DiffReport(old=old.file, new=new.file, changes=changes, backup=backup, sections=sections, notes=tuple(notes))


def _sections(old: Site, new: Site) -> tuple[str, ...]:
    """Return the parts of the canonical forms that differ; places, order and spelling do not count."""
    before, after = site_form(old), site_form(new)
    return tuple(name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name))


def _at_nsgs(old: Site, new: Site, vnet: Sequence[AddressRange] | None) -> Iterator[Changed]:
    from netcheck.questions.diff.nsgs import NsgSide, nsg_changes, pairs_by_name

    sides = NsgSide(old, vnet), NsgSide(new, vnet)
    for name, was, now in pairs_by_name(old.network_security_groups, new.network_security_groups):
        if is_nsgs_alone(new) or not any(_is_met(site, name) for site in (old, new)):
            yield from nsg_changes(f"NSG {name}", (sides[0], was), (sides[1], now))


def _is_met(site: Site, nsg: str) -> bool:
    """Return whether packets of some path meet an NSG: it is on a subnet or a NIC, or Azure computed it for one."""
    computed = (view.nsg for vm in site.virtual_machines for nic in vm.interfaces for view in nic.effective_nsgs or ())
    return bool(applied_to(site, nsg)) or any(key(one.name) == key(nsg) for one in computed)


def _on_paths(old: Site, new: Site) -> Iterator[Changed]:
    if is_nsgs_alone(new):
        return
    from netcheck.questions.asking import Asking
    from netcheck.questions.diff.paths import path_changes

    asking = Asking(old)
    yield from path_changes(asking, Asking(new, like=asking.book))


def _backup(old: Site, new: Site) -> tuple[tuple[BackupChange, ...], list[str]]:
    """Compare the backup verdicts of all VMs, which know of proxies what no packet between two places shows."""
    if is_nsgs_alone(new) or not (old.virtual_machines or new.virtual_machines):
        return (), []
    verdicts: list[dict[str, Verdict]] = []
    for site in (old, new):
        try:
            verdicts.append(_backup_verdicts(site))
        except QuestionError as error:
            return (), [f"backup is not compared: {error.message}"]
    names = {key(vm.name): vm.name for site in (old, new) for vm in site.virtual_machines}
    found = [
        BackupChange(vm=name, before=verdicts[0].get(at), after=verdicts[1].get(at))
        for at, name in names.items()
        if verdicts[0].get(at) is not verdicts[1].get(at)
    ]
    return tuple(found), []


def _backup_verdicts(site: Site) -> dict[str, Verdict]:
    from netcheck.questions.check import check

    return {key(entry.vm): entry.verdict for entry in check(site).entries} if site.virtual_machines else {}
