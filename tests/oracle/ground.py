"""A site as the walker looks at it: who holds an address, what peers with what, what gateways were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netcheck.model.address import AddressRange
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.names import key, last_segment
from netcheck.model.network import NetworkInterface, Peering, RouteTable, Subnet, VirtualMachine, VirtualNetwork
from netcheck.model.services import Frontend, LoadBalancer, PrivateEndpoint
from netcheck.model.site import Site
from tests.oracle import internet
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, End
from tests.oracle.worlds import World, answer

PUBLIC = {4: internet.POSSIBLE, 6: [(0x2 << 124, (0x4 << 124) - 1)]}
SPECIAL_SUBNETS = (
    "azurefirewallsubnet",
    "azurefirewallmanagementsubnet",
    "gatewaysubnet",
    "azurebastionsubnet",
    "routeserversubnet",
)


def holds(ranges: Iterable[AddressRange], family: int, address: int) -> bool:
    """Return whether an address is in one of some ranges."""
    return any(one.family == family and one.first <= address <= one.last for one in ranges)


def is_public(family: int, address: int) -> bool:
    """Return whether an address may be somebody's on the Internet."""
    return any(first <= address <= last for first, last in PUBLIC[family])


def is_platform(family: int, address: int) -> bool:
    """Return whether an address is one of the host's own, which nothing routes."""
    return family == 4 and address in (WIRE_SERVER, INSTANCE_METADATA)


def is_special(subnet: Subnet) -> bool:
    """Return whether Azure keeps security admin rules away from a subnet."""
    return key(subnet.name) in SPECIAL_SUBNETS


class Ground:
    """One site with its names looked up; what ends of paths mean by names is kept in `ends`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.networks = {key(one.name): one for one in site.virtual_networks}
        self.subnets = {key(one.full_name): one for n in site.virtual_networks for one in n.subnets}
        self.groups = {key(one.name): one for one in site.network_security_groups}
        self.tables = {key(one.name): one for one in site.route_tables}
        self.owners = {key(nic.name): vm for vm in site.virtual_machines for nic in vm.interfaces}
        self.nics = [nic for vm in site.virtual_machines for nic in vm.interfaces]
        self.ends: dict[str, End] = {}

    def network_of(self, subnet: Subnet) -> VirtualNetwork:
        """Return the network of a subnet."""
        return self.networks[key(subnet.virtual_network)]

    def subnet_of(self, nic: NetworkInterface) -> Subnet:
        """Return the subnet of a NIC."""
        return self.subnets[key(nic.subnet)]

    def owner(self, nic: NetworkInterface) -> VirtualMachine:
        """Return the VM that a NIC belongs to."""
        return self.owners[key(nic.name)]

    def table_of(self, subnet: Subnet) -> RouteTable | None:
        """Return the route table of a subnet."""
        return self.tables.get(key(subnet.route_table))

    def network_at(self, family: int, address: int) -> VirtualNetwork | None:
        """Return the network whose address space has an address."""
        return next((n for n in self.networks.values() if holds(n.address_space, family, address)), None)

    def subnet_at(self, family: int, address: int) -> Subnet | None:
        """Return the subnet that has an address."""
        return next((s for s in self.subnets.values() if holds(s.prefixes, family, address)), None)

    def nic_at(self, family: int, address: int) -> NetworkInterface | None:
        """Return the NIC that holds an address."""
        return next((nic for nic in self.nics if holds(nic.certain_addresses, family, address)), None)

    def endpoint_at(self, family: int, address: int) -> PrivateEndpoint | None:
        """Return the private endpoint that holds an address."""
        found = (one for one in self.site.private_endpoints if holds(one.addresses, family, address))
        return next(found, None)

    def frontend_at(self, family: int, address: int) -> tuple[LoadBalancer, Frontend] | None:
        """Return the private frontend that holds an address, with its load balancer."""
        for balancer in self.site.load_balancers:
            for frontend in balancer.frontends:
                if not frontend.is_public and frontend.address and holds([frontend.address], family, address):
                    return balancer, frontend
        return None

    def firewall_at(self, family: int, address: int) -> AzureFirewall | None:
        """Return the Azure Firewall that holds an address."""
        return next((one for one in self.site.azure_firewalls if holds(one.addresses, family, address)), None)

    def members(self, balancer: LoadBalancer, pool: str) -> list[NetworkInterface]:
        """Return the NICs in a pool of a load balancer."""
        wanted = key(f"{balancer.name}/{pool}")
        return [nic for nic in self.nics if wanted in map(key, nic.backend_pools)]

    def peer(self, peering: Peering) -> VirtualNetwork | None:
        """Return the network at the other side of a peering."""
        return self.networks.get(key(last_segment(peering.remote_virtual_network)))

    def peering_to(self, network: VirtualNetwork | None, other: VirtualNetwork) -> Peering | None:
        """Return the peering that one network states to another."""
        stated = network.peerings if network else ()
        return next((one for one in stated if key(last_segment(one.remote_virtual_network)) == key(other.name)), None)

    def live_peerings(self, network: VirtualNetwork) -> Iterator[tuple[Peering, VirtualNetwork | None]]:
        """Yield the peerings of a network that neither side states to be down."""
        for peering in network.peerings:
            peer = self.peer(peering)
            back = self.peering_to(peer, network)
            if peering.is_connected and (back is None or back.is_connected):
                yield peering, peer

    def peer_spaces(self, network: VirtualNetwork) -> Iterator[tuple[Peering, tuple[AddressRange, ...]]]:
        """Yield what is behind each live peering."""
        for peering, peer in self.live_peerings(network):
            yield peering, peering.remote_address_space or (peer.address_space if peer else ())

    def is_near(self, network: VirtualNetwork, other: VirtualNetwork | None, world: World) -> bool:
        """Return whether a network is another one itself, or its live peer; one side of a peering may be missing."""
        if other is None or other is network:
            return other is network
        if any(peer is other for _, peer in self.live_peerings(network)):
            return True
        is_one_sided = any(one is other for one in self.one_sided(network))
        return is_one_sided and answer(world, "peering", frozenset((key(network.name), key(other.name))))

    def gateways(self, network: VirtualNetwork) -> Iterator[VirtualNetwork]:
        """Yield the networks whose gateway a network uses: itself, and peers that lend it theirs.

        Azure lets nobody borrow a gateway that is not there: one that is borrowed exists.
        """
        if network.has_gateway or network.gateway_prefixes:
            yield network
        for peering, peer in self.live_peerings(network):
            back = self.peering_to(peer, network)
            if peer and back and peering.uses_remote_gateways and back.allows_gateway_transit:
                yield peer

    def one_sided(self, network: VirtualNetwork) -> Iterator[VirtualNetwork]:
        """Yield the networks that state a live peering with one that states none back."""
        for other in self.networks.values():
            stated = self.peering_to(other, network)
            if stated is not None and stated.is_connected and self.peering_to(network, other) is None:
                yield other
