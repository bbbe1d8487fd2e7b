"""The form that Azure's answer and ours are compared in: lines, the same exactly if the answers are."""

from __future__ import annotations

from netcheck.model.address import span_to_prefixes
from netcheck.model.site import NetworkInterface, Site, Subnet
from netcheck.sets.intervals import IntervalSet

Lines = tuple[str, ...]


def find_nic(site: Site, target: str) -> NetworkInterface:
    """Return the NIC of that name, or the one of the VM of that name."""
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            if target.casefold() in (vm.name.casefold(), nic.name.casefold()):
                return nic
    [vm] = site.virtual_machines
    return vm.primary


def subnet_of(site: Site, nic: NetworkInterface) -> Subnet:
    """Return the subnet a NIC is in."""
    subnet = site.subnet(nic.subnet)
    assert subnet is not None
    return subnet


def prefixes_of(addresses: IntervalSet) -> list[str]:
    """Return the IPv4 prefixes of a set."""
    return [prefix for first, end in addresses.spans() for prefix in span_to_prefixes(4, first, end)]
