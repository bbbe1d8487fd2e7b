"""NICs whose address Azure chooses: the addresses of the subnet that it may be.

Microsoft Learn, "Private IP addresses" and "Azure Virtual Network FAQ": a dynamic address is one of the subnet that
nobody has; the first four and the last address of a subnet are Azure's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcheck.model.address import AddressRange, Family, parse_prefix
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
    free: dict[tuple[str, tuple[Family, ...]], tuple[AddressRange, ...]] = {}  # NICs of a subnet have the same choice

    def opened(nic: NetworkInterface) -> NetworkInterface:
        if not nic.has_unknown_address:
            return nic
        at = (key(nic.subnet), nic.open_families)
        if at not in free:
            free[at] = _free(subnets.get(at[0]), nic.open_families, sorted(set(taken.get(at[0], ()))))
        return replace(nic, addresses=(*nic.addresses, *free[at]), open_addresses=free[at])

    return tuple(replace(vm, interfaces=tuple(opened(nic) for nic in vm.interfaces)) for vm in machines)


def _free(subnet: Subnet | None, open_families: Sequence[Family], taken: Sequence[int]) -> tuple[AddressRange, ...]:
    prefixes = subnet.prefixes if subnet is not None and subnet.prefixes else _PRIVATE
    families = {prefix.family for prefix in prefixes}
    wanted = families.intersection(open_families) or families
    return tuple(part for prefix in prefixes if prefix.family in wanted for part in _without(prefix, taken))


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
