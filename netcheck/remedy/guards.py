"""The NSGs that packets of VMs really come to, before and behind appliances and load balancers, and what they deny."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from netcheck.model.address import AddressRange, Family
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, VirtualMachine
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.resolve import to_set
from netcheck.questions.alike import SharedLeg, shared_legs
from netcheck.questions.asking import Asking
from netcheck.questions.places import Addresses
from netcheck.questions.profiles import Need
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

_NSGS = (HopKind.NIC_NSG, HopKind.SUBNET_NSG)


@dataclass(slots=True)
class Guard:
    """One direction of one NSG on the way of some VMs' packets.

    `denials` gives, for each port asked for that it denies or may deny, the smallest priority of a rule that does so,
    and `denied` are these packets.
    `seen_as` are the destinations, and `seen_port` the port, that it sees behind a load balancer in place of the
    packets' own.
    """

    nsg: str
    direction: Direction
    seen_port: int | None = None
    seen_as: list[AddressRange] = field(default_factory=list)
    vms: list[VirtualMachine] = field(default_factory=list)
    denials: dict[int, int] = field(default_factory=dict)
    denied: PacketSet = ps.EMPTY_PACKETS


def guards_on(
    asking: Asking,
    vms: Sequence[VirtualMachine],
    addresses: Addresses,
    need: Need,
    end: NetworkInterface | None = None,
) -> tuple[Guard, ...]:
    """Return the NSGs that packets from VMs to some addresses come to, in travel order.

    An NSG that the packets do not meet (a route leads around it, an admin rule ends the evaluation before it) is not
    among them. `end` is the NIC that all packets are for, where that is known.
    """
    found: dict[tuple[str, Direction, bool, int | None], Guard] = {}
    for shared in shared_legs(asking, vms, addresses, need.protocols, need.port_set, end, need.hosts):
        for result in shared.leg.results:
            if result.hop not in _NSGS or not result.resource:
                continue
            seen_port = result.seen_as[1] if result.seen_as else None
            at = (key(result.resource), Direction(result.direction), result.seen_as is not None, seen_port)
            guard = found.setdefault(at, Guard(result.resource, at[1], seen_port))
            guard.vms += [vm for vm in _senders(shared, result) if vm not in guard.vms]
            guard.seen_as += [one for one in _seen(result) if one not in guard.seen_as]
            for port, priority, packets in _denials(result, need.ports):
                guard.denials[port] = min(priority, guard.denials.get(port, priority))
                guard.denied = guard.denied | packets
    place = {key(vm.name): number for number, vm in enumerate(vms)}
    for guard in found.values():
        guard.vms.sort(key=lambda vm: place[key(vm.name)])
    return tuple(found.values())


def _senders(shared: SharedLeg, result: HopResult) -> Sequence[VirtualMachine]:
    """Return the VMs whose packets come to a hop."""
    if len(shared.vms) == 1:
        return shared.vms
    senders = result.packets.project("sources")
    return [vm for vm in shared.vms if any(to_set([a], a.family) & senders[a.family] for a in vm.primary.addresses)]


def _seen(result: HopResult) -> Iterator[AddressRange]:
    families: tuple[Family, ...] = (4, 6)
    for family in families if result.seen_as else ():
        if result.seen_as and result.packets.node(family):
            yield AddressRange(family, result.seen_as[0], result.seen_as[0])


def _denials(result: HopResult, ports: Sequence[int]) -> Iterator[tuple[int, int, PacketSet]]:
    for part in result.parts:
        numbers = [c.decision.priority for c in part.cases if c.decision and not c.passes and c.decision.priority]
        for port in ports if numbers else ():
            value = IntervalSet.point(port)
            denied = part.packets & (ps.box(4, destination_ports=value) | ps.box(6, destination_ports=value))
            if denied:
                yield port, min(numbers), denied
