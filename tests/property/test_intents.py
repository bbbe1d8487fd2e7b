"""Intents on drawn networks: a list made from what `reach` says holds, and after a change it fails by what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from netcheck.diagnostics import NOWHERE
from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.intents import Allowed, Exactly, Reaching, Word
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.decision import Decision
from netcheck.questions.answer import ports, prefixes
from netcheck.questions.asking import Asking
from netcheck.questions.diff.paths import places
from netcheck.questions.intents import crowds, exact, pairs
from netcheck.questions.intents.result import OPEN, TOO_LITTLE, TOO_MUCH, Breach
from netcheck.questions.reach import reach
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, EMPTY_PACKETS, PacketSet
from tests.property.changed_sites import draw_change
from tests.property.walk_networks import draw_network

CHANGES, NETWORKS = 60, 30


def word(text: str) -> Word:
    """Return a word that stands nowhere."""
    return Word(text, NOWHERE)


def parts_of(site: Site, sources: list[str], target: str) -> tuple[PacketSet, PacketSet, PacketSet]:
    """Return what is reachable, blocked and open from some VMs to another, as `reach` says."""
    found = [EMPTY_PACKETS] * 3
    asking = Asking(site)
    for source in sources:
        answer = reach(site, source, target, (), "any", asking=asking)
        for i, packets in enumerate((answer.reachable, answer.blocked, answer.undetermined)):
            found[i] = found[i] | packets
    return found[0], found[1], found[2]


def listed(packets: PacketSet) -> Iterator[Allowed]:
    """Yield packets as entries of a list; raise ValueError where a list has no words for them."""
    for box in packets.boxes():
        if box.source_ports not in (ALL_PORTS, box.source_ports.point(0)):
            raise ValueError("source ports are not in a list")
        protocols = tuple(str(n) for first, last in box.protocols.spans() for n in range(first, last + 1))
        numbers = tuple(ports(box.destination_ports)) if box.source_ports == ALL_PORTS else ()
        peers = tuple(word(text) for text in prefixes(box.family, box.sources))
        yield Allowed(peers=peers, protocols=protocols, ports=numbers)


def packets(breaches: list[Breach], code: str) -> PacketSet:
    """Return all packets of breaches with a code."""
    whole = EMPTY_PACKETS
    for one in breaches:
        whole = whole | (one.packets if one.code == code else EMPTY_PACKETS)
    return whole


def plain_machines(site: Site) -> list[VirtualMachine]:
    """Return VMs with one NIC and one address that is known."""
    return [vm for vm in site.virtual_machines if len(vm.interfaces) == 1 and len(vm.primary.addresses) == 1]


def test_a_list_made_from_reach_holds_and_fails_by_what_changes() -> None:
    """More is exactly what became reachable, less exactly what became blocked, packet by packet."""
    seen: Counter[str] = Counter()
    for number in range(CHANGES):
        random = Random(f"intents {number}")
        before, after = draw_change(random)
        there = {vm.name for vm in plain_machines(after)}
        machines = [vm for vm in plain_machines(before) if vm.name in there]
        if len(machines) < 2:
            continue
        target, *sources = (vm.primary.name for vm in random.sample(machines, len(machines)))  # no subnet has these
        same = all(after.vm(vm.name).primary.addresses == vm.primary.addresses for vm in machines)  # type: ignore[union-attr]  # both have it
        try:
            yes, _, unsure = parts_of(before, sources, target)
            later = parts_of(after, sources, target)
            allowed = tuple(listed(yes))
            demand = Exactly(
                is_inbound=True, ends=(word(target),), allowed=allowed, among=tuple(word(name) for name in sources)
            )
            found = list(exact.judge(Asking(before), "x", demand, target))
            changed = list(exact.judge(Asking(after), "x", demand, target)) if same else []
        except (ValueError, QuestionError):  # no words for it: an address in two networks, no family in common
            seen["not asked"] += 1
            continue
        assert packets(found, TOO_MUCH) == packets(found, TOO_LITTLE) == EMPTY_PACKETS, number
        assert packets(found, OPEN) == unsure, number
        seen["holds" if not found else "open"] += 1
        if same:
            assert packets(changed, TOO_MUCH) == later[0] - yes, number
            assert packets(changed, TOO_LITTLE) == later[1] & yes, number
            seen["more"] += bool(later[0] - yes)
            seen["less"] += bool(later[1] & yes)
    assert {word for word, count in seen.items() if count} >= {"holds", "open", "more", "less"}
    assert seen["not asked"] < CHANGES // 2


def crowded(site: Site) -> Site:
    """Return a site with twins of its VMs: other names and addresses, and the same in everything else.

    The second twin of a VM has no public address. Load balancers are taken out: where there are some, all stand alone.
    """
    bare = tuple(
        replace(vm, interfaces=tuple(replace(nic, backend_pools=()) for nic in vm.interfaces))
        for vm in site.virtual_machines
    )
    site = replace(site, load_balancers=(), virtual_machines=bare)
    taken = {a for vm in site.virtual_machines for nic in vm.interfaces for a in nic.addresses}
    added: list[VirtualMachine] = []
    for vm in plain_machines(site):
        nic = vm.primary
        subnet = site.subnet(nic.subnet)
        family = nic.addresses[0].family
        prefix = next((one for one in subnet.prefixes if one.family == family), None) if subnet else None
        if prefix is None:
            continue
        free = (AddressRange(family, n, n) for n in range(prefix.first, min(prefix.last, prefix.first + 12) + 1))
        for i, address in enumerate([one for one in free if one not in taken][:2]):
            taken.add(address)
            public = () if i else nic.public_ips
            twin: NetworkInterface = replace(nic, name=f"{nic.name}-{i}", addresses=(address,), public_ips=public)
            added.append(replace(vm, name=f"{vm.name}-{i}", interfaces=(twin,)))
    return replace(site, virtual_machines=(*site.virtual_machines, *added))


def test_twins_do_stand_together() -> None:
    """The laws below are about something: many crowds of the drawn networks have several members."""
    sizes: Counter[int] = Counter()
    for number in range(NETWORKS):
        site = crowded(draw_network(Random(f"crowds {number}")))
        found = crowds.crowds(site, list(places(site)), {4: IntervalSet.point(0), 6: IntervalSet.point(0)})
        sizes += Counter(len(one.places) for one in found)
    assert sum(count for size, count in sizes.items() if size > 1) > NETWORKS


def outcome(site: Site, target: str) -> dict[tuple[str, frozenset[Decision]], PacketSet]:
    """Return the packets that reach a VM, or may, by who decides."""
    demand = Exactly(is_inbound=True, ends=(word(target),), allowed=())
    found: dict[tuple[str, frozenset[Decision]], PacketSet] = {}
    for one in exact.judge(Asking(site), "x", demand, target):
        for part in one.parts:
            at = one.code, frozenset(part.decided_by)
            found[at] = found.get(at, EMPTY_PACKETS) | part.packets
    return found


def test_twins_are_asked_about_together_and_told_as_if_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packets and their deciders are those of asking each place by itself."""
    joined = 0
    for number in range(NETWORKS):
        site = crowded(draw_network(Random(f"crowds {number}")))
        targets = [vm.primary.name for vm in plain_machines(site)][:2]
        for target in targets:
            try:
                together = outcome(site, target)
            except QuestionError:
                continue
            with monkeypatch.context() as patched:
                patched.setattr(crowds, "_likeness", lambda _origin: None)
                alone = outcome(site, target)
            assert together == alone, (number, target)
            joined += bool(together)
    assert joined > NETWORKS // 4


def test_pairs_of_a_subnet_of_twins_are_told_as_if_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """From each subnet to a VM, a subnet, the Internet: the same packets and deciders, asked together or one by one."""
    told = 0
    for number in range(NETWORKS):
        site = crowded(draw_network(Random(f"pairs {number}")))
        subnets = [subnet.full_name for network in site.virtual_networks for subnet in network.subnets]
        machines = [vm.primary.name for vm in plain_machines(site)]
        for target in (*machines[:1], *subnets[:1], "198.51.100.7"):
            for source in subnets:
                together = pair(site, source, target)
                with monkeypatch.context() as patched:
                    patched.setattr(crowds, "_likeness", lambda _origin: None)
                    assert together == pair(site, source, target), (number, source, target)
                told += bool(together)
    assert told > NETWORKS // 4


def pair(site: Site, source: str, target: str) -> dict[tuple[str, frozenset[Decision]], PacketSet]:
    """Return the packets of one ban that pass, or may, by who decides; none where it cannot be asked."""
    demand = Reaching(
        is_wanted=False, sources=(word(source),), targets=(word(target),), protocols=("any",), ports=(), via=""
    )
    found: dict[tuple[str, frozenset[Decision]], PacketSet] = {}
    try:
        breaches = list(pairs.judge(Asking(site), "x", demand, (source, target, "any")))
    except QuestionError:
        return {}
    for one in breaches:
        for part in one.parts:
            at = one.code, frozenset(part.decided_by)
            found[at] = found.get(at, EMPTY_PACKETS) | part.packets
    return found
