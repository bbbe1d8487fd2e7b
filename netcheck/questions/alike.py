"""Legs of many VMs at once: those whose packets meet the same hops are followed together, with the addresses of all.

A walk looks at whole packet sets, so what differs between such VMs is only which packets of the set are theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, NoHostFirewall, VirtualMachine
from netcheck.policy.decision import HopPart, HopResult
from netcheck.policy.resolve import by_family
from netcheck.questions.asking import Asking, Leg, primary_origin
from netcheck.questions.places import Addresses, Origin
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class SharedLeg:
    """What becomes of the packets that some VMs send to the same addresses; whose they are, their source tells."""

    vms: tuple[VirtualMachine, ...]
    leg: Leg

    def leg_of(self, vm: VirtualMachine) -> Leg:
        """Return the leg of one of the VMs: of every region and hop the packets that it sends."""
        if len(self.vms) == 1:
            return self.leg
        own = packets_of(vm)
        regions = (region._replace(packets=region.packets & own) for region in self.leg.regions)
        results = (result._replace(parts=tuple(_parts(result, own))) for result in self.leg.results)
        return Leg(tuple(one for one in regions if one.packets), tuple(one for one in results if one.parts))


def _parts(result: HopResult, own: PacketSet) -> Iterator[HopPart]:
    return (part._replace(packets=shared) for part in result.parts if (shared := part.packets & own))


def packets_of(vm: VirtualMachine) -> PacketSet:
    """Return all packets that a VM may send by its primary NIC."""
    return ps.with_addresses("sources", by_family(vm.primary.addresses).items())


def shared_legs(
    asking: Asking,
    vms: Sequence[VirtualMachine],
    addresses: Addresses,
    protocols: IntervalSet,
    ports: IntervalSet,
    end: NetworkInterface | None = None,
    hosts: tuple[str, ...] = (),
) -> Iterator[SharedLeg]:
    """Yield the legs of VMs to some addresses, one for all VMs that meet the same hops, as `Asking.leg` judges them.

    VMs come in the order of their first one. Raise QuestionError where one of them has no packet to send.
    """
    groups: dict[tuple[object, ...], list[VirtualMachine]] = {}
    for vm in vms:
        at = look(asking, primary_origin(vm), addresses) or ("alone", key(vm.name))
        groups.setdefault(at, []).append(vm)
    for group in groups.values():
        origin = joined(primary_origin(vm) for vm in group)
        yield SharedLeg(tuple(group), asking.leg([origin], addresses, protocols, ports, end, hosts))


def joined(origins: Iterable[Origin]) -> Origin:
    """Return origins that look alike as one, which sends the packets of all."""
    first, *others = origins
    own = (address for one in others for address in one.addresses)
    return replace(first, addresses=(*first.addresses, *own))


def look(asking: Asking, origin: Origin, addresses: Addresses) -> tuple[object, ...]:
    """Return what a walk sees of a VM beside its addresses: the same for VMs that nothing else tells apart.

    Empty where more than its subnet and its NSGs decides about its packets, or where these may be for itself.
    """
    vm, nic = origin.vm, origin.nic
    if vm is None or nic is None or _has_own_ways(vm, nic) or asking.has_open_addresses:
        return ()
    if any(own & addresses.get(family, EMPTY) for family, own in by_family(nic.addresses).items()):
        return ()
    families = frozenset(address.family for address in nic.addresses)
    return key(nic.subnet), key(nic.network_security_group), families, vm.host_firewall is None, origin.is_relay


def _has_own_ways(vm: VirtualMachine, nic: NetworkInterface) -> bool:
    """Return whether there is something at a VM that decides about its packets and that another one may not have."""
    has_ways = nic.public_ips or nic.backend_pools or nic.has_ip_forwarding or nic.has_default_outbound is not None
    is_computed = nic.effective_nsgs is not None or nic.effective_routes is not None
    has_firewall = vm.host_firewall is not None and not isinstance(vm.host_firewall, NoHostFirewall)
    return bool(has_ways or is_computed or has_firewall or len(vm.interfaces) > 1 or vm.proxy_server is not None)
