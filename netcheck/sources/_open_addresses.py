"""NICs whose address Azure chooses: the addresses of the subnet that it may be.

Microsoft Learn, "Private IP addresses" and "Azure Virtual Network FAQ": a dynamic address is one of the subnet that
nobody has; the first four and the last address of a subnet are Azure's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, Subnet, VirtualMachine, VirtualNetwork

_RESERVED_FIRST = 4
# Where a subnet's prefix is not known either, verdicts are open anyhow; these are the spaces people use.
_PRIVATE = tuple(parse_prefix(text)[0] for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def with_open_addresses(
    machines: Sequence[VirtualMachine], networks: Sequence[VirtualNetwork]
) -> tuple[VirtualMachine, ...]:
    """Return the VMs; a NIC with an unknown address has all that it may have, besides those it certainly has."""
    if not any(nic.has_unknown_address for vm in machines for nic in vm.interfaces):
        return tuple(machines)
    subnets = {key(subnet.full_name): subnet for network in networks for subnet in network.subnets}
    taken: dict[str, list[int]] = {}
    for vm in machines:
        for nic in vm.interfaces:
            taken.setdefault(key(nic.subnet), []).extend(a.first for a in nic.addresses)
    return tuple(
        replace(vm, interfaces=tuple(_opened(nic, subnets.get(key(nic.subnet)), taken) for nic in vm.interfaces))
        for vm in machines
    )


def _opened(nic: NetworkInterface, subnet: Subnet | None, taken: dict[str, list[int]]) -> NetworkInterface:
    if not nic.has_unknown_address:
        return nic
    prefixes = subnet.prefixes if subnet is not None and subnet.prefixes else _PRIVATE
    families = {prefix.family for prefix in prefixes}
    wanted = {family for family in nic.open_families if family in families} or families
    free = [
        part
        for prefix in prefixes
        if prefix.family in wanted
        for part in _without(prefix, sorted(set(taken.get(key(nic.subnet), ()))))
    ]
    return replace(nic, addresses=(*nic.addresses, *free), open_addresses=tuple(free))


def _without(prefix: AddressRange, taken: Sequence[int]) -> list[AddressRange]:
    first, last = prefix.first + _RESERVED_FIRST, prefix.last - 1
    found = []
    for address in taken:
        if first <= address <= last:
            if first < address:
                found.append(AddressRange(prefix.family, first, address - 1))
            first = address + 1
    if first <= last:
        found.append(AddressRange(prefix.family, first, last))
    return found
