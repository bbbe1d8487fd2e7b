"""Appliances that routes lead through and that can be judged by bits: a VM with one NIC, nothing in it described.

Whatever else forwards packets (several NICs, a host firewall, a load balancer in front, an Azure Firewall) is left to
the walk.
"""

from __future__ import annotations

from collections.abc import Mapping

from netcheck.estate import bits
from netcheck.estate.filters import Lookup
from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.site import Subnet, VirtualNetwork
from netcheck.policy.peering import live_peerings, peerings_back
from netcheck.policy.resolve import to_set


class Relay:
    """An appliance: the bit of its own class, its subnet, the NSG of its NIC, and whether Azure lets it forward.

    Packets that it sends on need the leave of the peer that they cross to, unless they come from its own network:
    `at_home` are the classes there, `closed` those in peers that do not allow forwarded traffic.
    """

    __slots__ = ("at_home", "closed", "forwards", "nsg", "own", "subnet")

    def __init__(self, own: int, subnet: Subnet, nsg: str, forwards: bool, at_home: int, closed: int) -> None:
        self.own, self.subnet, self.nsg, self.forwards = own, subnet, nsg, forwards
        self.at_home, self.closed = at_home, closed


class Relays:
    """Finds the appliances of an estate. `members` are the classes in each network, by its folded name."""

    def __init__(self, lookup: Lookup, subnets: Mapping[str, Subnet], members: Mapping[str, int]) -> None:
        self._lookup, self._subnets, self._members = lookup, subnets, members
        self._site = lookup.estate.site
        self._networks = {key(one.name): one for one in self._site.virtual_networks}
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
        """Return the appliance at an address that exactly one VM has, one of a plain class where its subnet is."""
        holders = [
            (number, vm.interfaces[0])
            for number, vm in enumerate(self._site.virtual_machines)
            for nic in vm.interfaces
            for held in nic.addresses
            if held.family == 4 and held.first <= address <= held.last
        ]
        if len(holders) != 1:
            return None
        [(machine, nic)] = holders
        classes = self._lookup.estate.classes[: self._lookup.size]
        own = bits.of((n for n, one in enumerate(classes) if machine in one.members), self._lookup.size)
        subnet = self._subnets.get(key(nic.subnet))
        if not own or subnet is None:
            return None
        network = self._networks[key(subnet.virtual_network)]
        if not own & self._members.get(key(network.name), 0):
            return None
        at_home = self._lookup.within(to_set(network.address_space, 4))
        nsg = key(nic.network_security_group)
        return Relay(own, subnet, nsg, nic.has_ip_forwarding, at_home, self._closed(network))

    def _closed(self, network: VirtualNetwork) -> int:
        """Return the classes in peers that take nothing from a network which that only forwards."""
        found = 0
        for _, peer in live_peerings(self._site, network):
            back = peerings_back(peer, network)
            if peer is not None and back and not back[0].allows_forwarded_traffic:
                found |= self._members.get(key(peer.name), 0)
        return found
