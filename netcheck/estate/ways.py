"""Which classes the routes of a subnet lead to by a plain way: inside its own network, over a peering to another, or
through an appliance that is one VM with one NIC.

Whatever is not that plain is left to the walk, pair by pair: other appliances, a gateway, a route that waits for a
fact, a peering that only one side states.
"""

from __future__ import annotations

from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.filters import Lookup
from netcheck.estate.relays import Relay, Relays, holds
from netcheck.model.names import key
from netcheck.model.rules import NextHop
from netcheck.model.site import Subnet, VirtualNetwork
from netcheck.policy.peering import live_peerings, peer_space, peerings_back, unstated_peers
from netcheck.policy.resolve import to_set
from netcheck.policy.routetable import route_table
from netcheck.policy.userroutes import Entry
from netcheck.sets.intervals import IntervalSet


class Way(NamedTuple):
    """Where the routes of a subnet lead: classes reached plainly, those that only the walk can tell about, and those to
    which an appliance has to send the packets on.

    To all others a route drops the packets.
    """

    plain: int
    unclear: int
    relayed: tuple[tuple[Relay, int], ...] = ()


class Ways:
    """The ways of all subnets; those with one route table in one network have the same."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup, self._book = lookup, lookup.estate.book
        self.site = lookup.estate.site
        self._known: dict[tuple[object, ...], Way] = {}
        self.networks = {key(one.name): one for one in self.site.virtual_networks}
        self.subnets = {key(s.full_name): s for one in self.site.virtual_networks for s in one.subnets}
        members: dict[str, list[int]] = {}
        for number, one in enumerate(lookup.estate.classes[: lookup.size]):
            subnet = self.subnets.get(one.subnet)
            if subnet is not None and _is_placed(self.networks[key(subnet.virtual_network)], subnet, one.address or 0):
                members.setdefault(key(subnet.virtual_network), []).append(number)
        self.members = {name: bits.of(numbers, lookup.size) for name, numbers in members.items()}
        self._reach = {name: self._reach_of(network) for name, network in self.networks.items()}
        self._relays = Relays(lookup, self.networks, self.subnets, self.members)

    def of(self, subnet: Subnet) -> Way:
        """Return where the routes of a subnet lead."""
        at = (key(subnet.virtual_network), key(subnet.route_table), subnet.service_endpoints)
        found = self._known.get(at)
        if found is None:
            found = self._known[at] = self._follow(subnet)
        return found

    def _reach_of(self, network: VirtualNetwork) -> int:
        """Return the classes of the network and of its plain peers, each of which one place only holds."""
        own = key(network.name)
        once = self.members.get(own, 0)
        seen, twice = self._lookup.within(to_set(network.address_space, 4)), 0
        for peering, peer in live_peerings(self.site, network):
            carried = self._lookup.within(to_set(peer_space(peering, peer), 4))
            twice |= seen & carried
            seen |= carried
            if peer is not None and peerings_back(peer, network):
                once |= carried & self.members.get(key(peer.name), 0)
        for other in unstated_peers(self.site, network):
            twice |= self._lookup.within(to_set(other.address_space, 4))
        return once & ~twice

    def _follow(self, subnet: Subnet) -> Way:
        """Let the lines of the table take the classes in order, as they take packets."""
        left, local, unclear = self._lookup.full, 0, 0
        relayed: dict[Relay, int] = {}
        network = self.networks[key(subnet.virtual_network)]
        for entry in route_table(subnet, None, self._book):
            hit = left & self._lookup.within(entry.addresses) if entry.family == 4 else 0
            if not hit:
                continue
            left ^= hit
            is_relayed = entry.next_hop is NextHop.VIRTUAL_APPLIANCE
            relay = self._relays.at(network, entry.next_hop_address) if is_relayed else None
            if entry.facts:
                unclear |= hit
            elif relay is not None:
                local |= hit & relay.own  # what is for the appliance itself needs nobody to forward it
                relayed[relay] = relayed.get(relay, 0) | (hit & ~relay.own)
            elif entry.next_hop is not NextHop.NONE:
                plain = hit & self._lookup.within(self._local(subnet, entry))
                local |= plain
                unclear |= hit ^ plain
        reach = self._reach[key(subnet.virtual_network)]
        return Way(local & reach, unclear | (local & ~reach), tuple(relayed.items()))

    def _local(self, subnet: Subnet, entry: Entry) -> IntervalSet:
        """Return the addresses for which a line keeps packets in the network or takes them over a peering."""
        match entry.next_hop:
            case NextHop.VNET_LOCAL if entry.is_user:
                return to_set(self.networks[key(subnet.virtual_network)].address_space, 4)
            case NextHop.VNET_LOCAL | NextHop.VNET_PEERING:
                return entry.addresses
            case _:
                return IntervalSet(())


def _is_placed(network: VirtualNetwork, subnet: Subnet, address: int) -> bool:
    """Return whether an address lies where its subnet and its network say that it does."""
    return holds(subnet.prefixes, address) and holds(network.address_space, address)
