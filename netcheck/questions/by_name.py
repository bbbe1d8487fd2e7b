"""Names of which no file says the addresses: what holds for every address they may have, and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.address import FAMILIES
from netcheck.model.site import Subnet, VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.policy.resolve import AddressBook, by_family
from netcheck.questions.answer import AnswerPart
from netcheck.questions.places import Target, find_target
from netcheck.questions.profiles import Need
from netcheck.sets.intervals import EMPTY
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet


class Seen(NamedTuple):
    """What a need is for as a VM sees it. `is_open`: whether it has these addresses is not known, `notes` say why."""

    target: Target
    notes: tuple[str, ...] = ()
    is_open: bool = False


def target_of(book: AddressBook, need: Need, subnet: Subnet | None = None) -> Target:
    """Return what a need is for. A name without addresses may be anywhere on the Internet but at the site itself."""
    found = find_target(book, need.target, subnet)
    found = replace(found, hosts=need.hosts or found.hosts)
    if not need.is_by_name:
        return found
    own = [ip.address for vm in book.site.virtual_machines for nic in vm.interfaces for ip in nic.public_ips]
    held = by_family([address for address in own if address is not None])
    return replace(
        found, label=need.label, addresses={f: found.addresses.get(f, EMPTY) - held.get(f, EMPTY) for f in FAMILIES}
    )


def seen_by(book: AddressBook, vm: VirtualMachine, need: Need) -> Seen:
    """Return what a need is for as a VM sees it: private endpoints may stand for its names."""
    target = target_of(book, need, book.site.subnet(vm.primary.subnet))
    if not book.site.private_endpoints or not need.hosts:
        return Seen(target)
    from netcheck.questions.private_names import as_vm_sees  # few sites have endpoints

    return as_vm_sees(book.site, vm, need, target)


def left_open(parts: Sequence[AnswerPart]) -> tuple[AnswerPart, ...]:
    """Return parts whose packets may be others: nothing about them is certain."""
    return tuple(AnswerPart(Verdict.UNDETERMINED, part.packets, part.decided_by) for part in parts)


def settled_parts(need: Need, parts: Sequence[AnswerPart]) -> tuple[AnswerPart, ...]:
    """Return the parts of an answer about a need; where addresses of names fare differently, all of it is open.

    A name has some of the addresses, and it is not known which: only what all of them share is certain.
    """
    if not need.is_by_name or len({part.verdict for part in parts}) < 2:
        return tuple(parts)
    return left_open(parts)


def all_needed(parts: Sequence[AnswerPart]) -> tuple[AnswerPart, ...]:
    """Return the parts of several needs as disjoint ones, in their order: a packet passes where it does for each need.

    Needs with addresses of their own do not overlap, and stay as they are. Names may have any address: one that a
    proxy refuses by the name of one need is blocked, whatever becomes of it by the name of another.
    """
    taken = EMPTY_PACKETS
    left: dict[int, PacketSet] = {}
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED, Verdict.REACHABLE):
        for number, part in enumerate(parts):
            if part.verdict is verdict:
                left[number] = part.packets - taken
                taken = taken | part.packets
    return tuple(part._replace(packets=left[number]) for number, part in enumerate(parts) if left[number])


def name_reasons(need: Need, parts: Sequence[AnswerPart]) -> tuple[str, ...]:
    """Return what an answer about names without addresses rests on; nothing for other needs."""
    if not need.is_by_name:
        return ()
    told = "no file says which addresses"
    verdicts = {part.verdict for part in parts}
    if len(verdicts) < 2:
        [verdict] = verdicts
        return (f"{told} {need.label} has: the answer, {verdict}, is that for every address of the Internet",)
    return (f"{told} {need.label} has: not all addresses of the Internet fare alike",)
