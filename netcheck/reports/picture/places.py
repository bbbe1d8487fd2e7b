"""Which place of a network a name or an address means; places are told by their kind and their name."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import AddressError, AddressRange, parse_prefix
from netcheck.model.names import key, last_segment
from netcheck.model.site import Site, VirtualMachine

Place = tuple[str, str]
"""The kind (`vnet`, `subnet`, `vm`, `firewall`, `balancer`, `endpoint`, `end`) and the name as `key` folds it."""
INTERNET: Place = ("end", "internet")


def vm_place(vm: VirtualMachine) -> Place:
    """Return the place of a VM."""
    return "vm", key(vm.name)


def subnet_place(full_name: str) -> Place:
    """Return the place of the subnet named `vnet/subnet`."""
    return "subnet", key(full_name)


class Places:
    """The places of a site, by their names and by the addresses that they hold; the first of several has a name."""

    def __init__(self, site: Site) -> None:
        self._named: dict[str, Place] = {}
        self._addresses: dict[AddressRange, Place] = {}
        self._balancers: dict[str, Place] = {}
        for name, place in _names(site):
            self._named.setdefault(key(name), place)
        for address, place in _addresses(site):
            self._addresses.setdefault(address, place)
        for balancer in site.load_balancers:
            self._balancers.setdefault(key(balancer.name), ("balancer", key(balancer.name)))
        self._vms = {key(vm.name): vm_place(vm) for vm in reversed(site.virtual_machines)}

    def end(self, word: str) -> Place:
        """Return the place that a name in a question means; what the network does not show is an `end`."""
        wanted = key(last_segment(word)) if word.startswith("/") else key(word)
        return self._named.get(wanted) or self.holder(word) or ("end", wanted)

    def holder(self, text: str) -> Place | None:
        """Return the place that holds an address."""
        try:
            return self._addresses.get(parse_prefix(text)[0])
        except AddressError:
            return None

    def at(self, address: AddressRange) -> Place | None:
        """Return the place that holds an address."""
        return self._addresses.get(address)

    def proxy(self, host: str) -> Place | None:
        """Return the place that a proxy setting means: by address, a load balancer by name, a VM by name."""
        return self.holder(host) or self._balancers.get(key(host)) or self._vms.get(key(host))


def _names(site: Site) -> Iterator[tuple[str, Place]]:
    for vm in site.virtual_machines:
        yield vm.name, vm_place(vm)
        for nic in vm.interfaces:
            yield nic.name, vm_place(vm)
    for network in site.virtual_networks:
        for subnet in network.subnets:
            yield subnet.full_name, subnet_place(subnet.full_name)
            yield subnet.name, subnet_place(subnet.full_name)
    for endpoint in site.private_endpoints:
        yield endpoint.name, ("endpoint", key(endpoint.name))
    for balancer in site.load_balancers:
        yield balancer.name, ("balancer", key(balancer.name))


def _addresses(site: Site) -> Iterator[tuple[AddressRange, Place]]:
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            for address in nic.certain_addresses:
                yield address, vm_place(vm)
    for balancer in site.load_balancers:
        for frontend in balancer.frontends:
            if frontend.address is not None:
                yield frontend.address, ("balancer", key(balancer.name))
    for firewall in site.azure_firewalls:
        for address in firewall.addresses:
            yield address, ("firewall", key(firewall.name))
    for endpoint in site.private_endpoints:
        for address in endpoint.addresses:
            yield address, ("endpoint", key(endpoint.name))
