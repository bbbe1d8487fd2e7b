"""The proof of a plan's other changes: every packet from anywhere to what they touch, without the plan and with it.

Edits of rules change nothing but the NSGs that `verify` compares wherever they are applied. Another change works on
whole paths: a service endpoint moves the routes of every VM of its subnet. So each place that packets can come from
sends all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import FAMILIES
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.resolve import AddressBook
from netcheck.questions.alike import joined, look
from netcheck.questions.asking import Asking
from netcheck.questions.diff.paths import places
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin
from netcheck.remedy.verify import Effect
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

_EVERYWHERE: Addresses = {family: ps.ALL_ADDRESSES[family] for family in FAMILIES}


def site_effect(before: Site, after: Site, like: AddressBook, touched: Addresses = _EVERYWHERE) -> Effect:
    """Return what changes between two descriptions of one site: packets that it may let through now or no longer.

    Only packets to the addresses that the changes touch are sent.
    """
    was, now = Asking(before, like=like), Asking(after, like=like)
    opened = closed = ps.EMPTY_PACKETS
    for old, new in _origins(was, now, touched):
        passed, may_pass = _fate(was, old, touched)
        passes, may_pass_now = _fate(now, new, touched)
        opened = opened | (passes - passed) | (may_pass_now - may_pass)
        closed = closed | (passed - passes) | (may_pass - may_pass_now)
    return Effect(opened, closed)


def _origins(was: Asking, now: Asking, touched: Addresses) -> Iterator[tuple[Origin, Origin]]:
    """Yield the places that packets can come from, without and with the changes; VMs that are alike in both are one."""
    groups: dict[tuple[object, ...], list[tuple[Origin, Origin]]] = {}
    for number, (old, new) in enumerate(zip(places(was.site), places(now.site), strict=True)):
        looks = [look(asking, place.origin, touched) for asking, place in ((was, old), (now, new))]
        at = ("alike", *looks) if all(looks) else ("alone", number)
        groups.setdefault(at, []).append((old.origin, new.origin))
    for group in groups.values():
        yield joined(old for old, _ in group), joined(new for _, new in group)


def _fate(asking: Asking, origin: Origin, touched: Addresses) -> tuple[PacketSet, PacketSet]:
    """Return the packets of one place that get where they go, for certain and possibly."""
    passes = may_pass = ps.EMPTY_PACKETS
    if not packets_from(origin.addresses, touched, ps.ALL_PROTOCOLS, ps.ALL_PORTS):
        return passes, may_pass
    for region in asking.leg([origin], touched, ps.ALL_PROTOCOLS, ps.ALL_PORTS).regions:
        verdict = region.verdict
        if verdict is not Verdict.BLOCKED:
            may_pass = may_pass | region.packets
        if verdict is Verdict.REACHABLE:
            passes = passes | region.packets
    return passes, may_pass
