"""Appliances that routes lead through and that can be judged by bits: a VM with one NIC, nothing in it described, or an
Azure Firewall.

Whatever else forwards packets (several NICs, a host firewall, a load balancer in front) is left to the walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netcheck.estate import bits
from netcheck.estate.filters import Lookup
from netcheck.model.address import FAMILIES, AddressRange
from netcheck.model.names import key
from netcheck.model.site import AzureFirewall, NetworkInterface, Site, Subnet, VirtualNetwork
from netcheck.policy.peering import live_peerings, peerings_back
from netcheck.policy.resolve import to_set


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an appliance stands; two are one where they are the same object.

    Packets that it sends on need the leave of the peer that they cross to, unless they come from its own network:
    `at_home` are the classes there, `closed` those in peers that do not allow forwarded traffic.
    """

    subnet: Subnet
    at_home: int
    closed: int


@dataclass(frozen=True, slots=True, eq=False)
class VmRelay(Place):
    """A VM with one NIC: its NSG, the class that it is, and whether Azure lets it forward."""

    nsg: str
    own: int
    forwards: bool


@dataclass(frozen=True, slots=True, eq=False)
class FirewallRelay(Place):
    """An Azure Firewall; it is no VM."""

    firewall: AzureFirewall
    own: int = 0
    forwards: bool = True


Relay = VmRelay | FirewallRelay


class Relays:
    """Finds the appliances of an estate. Mappings are by folded names; `members` are the classes in each network."""

    def __init__(
        self,
        lookup: Lookup,
        networks: Mapping[str, VirtualNetwork],
        subnets: Mapping[str, Subnet],
        members: Mapping[str, int],
    ) -> None:
        self._lookup, self._networks, self._subnets, self._members = lookup, networks, subnets, members
        self._site = lookup.estate.site
        self._known: dict[int, Relay | None] = {}

    def at(self, network: VirtualNetwork, address: AddressRange | None) -> Relay | None:
        """Return the appliance that packets from a network come to by a route to an address; None: the walk has to
        tell."""
        if address is None or address.family != 4 or address.first != address.last:
            return None
        if address.first not in self._known:
            self._known[address.first] = self._find(address.first)
        found = self._known[address.first]
        if found is None:
            return None
        there = self._networks[key(found.subnet.virtual_network)]
        return found if there is network or self._is_peer(network, there) else None

    def _is_peer(self, network: VirtualNetwork, other: VirtualNetwork) -> bool:
        """Return whether a peering that both sides state certainly carries what the network itself sends."""
        found = [peer for _, peer in live_peerings(self._site, network) if peer is other]
        return bool(found) and bool(peerings_back(other, network))

    def _find(self, address: int) -> Relay | None:
        """Return the appliance that certainly has an address which nothing else of the site has."""
        holders = list(_holders(self._site, address))
        match holders[0] if len(holders) == 1 else None:
            case (int() as machine, NetworkInterface() as nic):
                return self._vm(machine, nic)
            case AzureFirewall() as firewall:
                return self._firewall(firewall)
            case _:
                return None

    def _vm(self, machine: int, nic: NetworkInterface) -> Relay | None:
        """Return a VM as an appliance, where it is of a plain class and stands where its subnet is."""
        classes = self._lookup.estate.classes[: self._lookup.size]
        own = bits.of((n for n, one in enumerate(classes) if machine in one.members), self._lookup.size)
        subnet = self._subnets.get(key(nic.subnet))
        if not own or subnet is None or not own & self._members.get(key(subnet.virtual_network), 0):
            return None
        return VmRelay(*self._place(subnet), key(nic.network_security_group), own, nic.has_ip_forwarding)

    def _firewall(self, firewall: AzureFirewall) -> Relay | None:
        subnet = self._subnets.get(key(firewall.subnet))
        if subnet is None or not all(to_set(firewall.addresses, f) <= to_set(subnet.prefixes, f) for f in FAMILIES):
            return None
        return FirewallRelay(*self._place(subnet), firewall)

    def _place(self, subnet: Subnet) -> tuple[Subnet, int, int]:
        network = self._networks[key(subnet.virtual_network)]
        return subnet, self._lookup.within(to_set(network.address_space, 4)), self._closed(network)

    def _closed(self, network: VirtualNetwork) -> int:
        """Return the classes in peers that take nothing from a network which that only forwards."""
        found = 0
        for _, peer in live_peerings(self._site, network):
            back = peerings_back(peer, network)
            if peer is not None and back and not back[0].allows_forwarded_traffic:
                found |= self._members.get(key(peer.name), 0)
        return found


def _holders(site: Site, address: int) -> Iterator[object]:
    """Yield whatever may hold an IPv4 address in a subnet: VMs by number with their NIC, firewalls, services."""
    for number, vm in enumerate(site.virtual_machines):
        for nic in vm.interfaces:
            if holds(nic.addresses, address) or holds(nic.open_addresses, address):
                yield number, nic
    yield from (one for one in site.azure_firewalls if holds(one.addresses, address))
    yield from (one for one in site.private_endpoints if holds(one.addresses, address))
    frontends = [one for balancer in site.load_balancers for one in balancer.frontends]
    yield from (one for one in frontends if one.address is not None and holds((one.address,), address))


def holds(ranges: Sequence[AddressRange], address: int) -> bool:
    """Return whether an IPv4 address is in one of some ranges."""
    return any(one.family == 4 and one.first <= address <= one.last for one in ranges)
