"""Virtual networks and the machines in them. Part of the site, named in `netcheck.model.site`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, Family
from netcheck.model.backupfacts import NO_FACTS, BackupFacts
from netcheck.model.rules import Route

if TYPE_CHECKING:  # most networks have no host firewall and no proxy to describe
    from netcheck.model.effective import EffectiveNsg, EffectiveRoute
    from netcheck.model.hosts import HostFirewall
    from netcheck.model.proxies import ProxyClient, ProxyServer


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """User-defined routes of a subnet; `disables_gateway_routes` keeps what gateways learned out of it."""

    name: str
    routes: tuple[Route, ...]
    at: Source
    disables_gateway_routes: bool = False


class EndpointPolicies(StrEnum):
    """Which network policies of a subnet its private endpoints obey; the values are Azure's own."""

    DISABLED = "Disabled"
    NSG = "NetworkSecurityGroupEnabled"
    ROUTES = "RouteTableEnabled"
    ENABLED = "Enabled"

    @property
    def obeys_nsg(self) -> bool:
        """Whether NSG rules apply to private endpoints."""
        return self in (EndpointPolicies.NSG, EndpointPolicies.ENABLED)

    @property
    def obeys_routes(self) -> bool:
        """Whether user-defined routes may override the route of a private endpoint."""
        return self in (EndpointPolicies.ROUTES, EndpointPolicies.ENABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet. `default_outbound_access` None means the file does not say.

    `service_endpoint_policies` may restrict its service endpoints to some accounts; which, the model does not hold.
    """

    name: str
    virtual_network: str
    prefixes: tuple[AddressRange, ...]
    at: Source
    network_security_group: str = ""
    route_table: str = ""
    nat_gateway: str = ""
    service_endpoints: tuple[str, ...] = ()
    default_outbound_access: bool | None = None
    private_endpoint_policies: EndpointPolicies = EndpointPolicies.DISABLED
    service_endpoint_policies: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """`vnet/subnet`."""
        return f"{self.virtual_network}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """A peering, seen from the virtual network that holds it.

    `allows_forwarded_traffic`: packets may come through it whose source is not in the peer. `allows_gateway_transit`
    lends this network's gateway to the peer, `uses_remote_gateways` borrows the peer's.
    """

    name: str
    remote_virtual_network: str
    at: Source
    remote_address_space: tuple[AddressRange, ...] = ()
    is_connected: bool = True
    allows_virtual_network_access: bool = True
    allows_forwarded_traffic: bool = False
    allows_gateway_transit: bool = False
    uses_remote_gateways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A virtual network: address space, subnets, peerings.

    `gateway_prefixes` are what its gateway learned or was given; None means the file does not say. `states_peerings`:
    the file lists its peerings, so that there are no others.
    """

    name: str
    address_space: tuple[AddressRange, ...]
    subnets: tuple[Subnet, ...]
    at: Source
    peerings: tuple[Peering, ...] = ()
    has_gateway: bool = False
    gateway_prefixes: tuple[AddressRange, ...] | None = None
    states_peerings: bool = False


class PublicIpSku(StrEnum):
    """The SKU of a public IP address; StandardV2 is as closed as Standard."""

    BASIC = "Basic"
    STANDARD = "Standard"


@dataclass(frozen=True, slots=True)
class PublicIp:
    """A public IP address of a NIC; `address` is None where the file names the resource without it.

    `sku` None means the file does not say.
    """

    family: Family
    address: AddressRange | None = None
    sku: PublicIpSku | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """A NIC with its private addresses.

    `open_families`: in these Azure chooses one more address of the subnet, and the files do not say which.
    `open_addresses` are those it chooses from; they stand at the end of `addresses`, since each may be one.
    `backend_pools` are the pools of load balancers it is in, as `load balancer/pool`. `has_default_outbound` is what
    Azure says about its default outbound access. `effective_nsgs` and `effective_routes` are what Azure computed for
    it (None: the files do not have it); where they are given, they are what applies.
    """

    name: str
    subnet: str
    addresses: tuple[AddressRange, ...]
    at: Source
    network_security_group: str = ""
    public_ips: tuple[PublicIp, ...] = ()
    application_security_groups: tuple[str, ...] = ()
    is_primary: bool = False
    has_ip_forwarding: bool = False
    open_families: tuple[Family, ...] = ()
    open_addresses: tuple[AddressRange, ...] = ()
    backend_pools: tuple[str, ...] = ()
    has_default_outbound: bool | None = None
    effective_nsgs: tuple[EffectiveNsg, ...] | None = None
    effective_routes: tuple[EffectiveRoute, ...] | None = None

    @property
    def has_unknown_address(self) -> bool:
        """Whether the NIC has an address that no file states."""
        return bool(self.open_families)

    @property
    def certain_addresses(self) -> tuple[AddressRange, ...]:
        """The addresses that the NIC has for certain."""
        return self.addresses[: len(self.addresses) - len(self.open_addresses)]

    def has_public_ip(self, family: Family | None = None) -> bool:
        """Return whether the NIC has a public IP address, of one family where it is given."""
        return any(family is None or one.family == family for one in self.public_ips)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMachine:
    """A VM with what stands on it."""

    name: str
    os_type: str
    interfaces: tuple[NetworkInterface, ...]
    at: Source
    host_firewall: HostFirewall | None = None
    proxy_client: ProxyClient | None = None
    proxy_server: ProxyServer | None = None
    agent_version: str = ""
    backup_facts: BackupFacts = NO_FACTS
    resource_group: str = ""

    @property
    def primary(self) -> NetworkInterface:
        """The NIC that carries the default route: the one marked primary, else the first."""
        return next((nic for nic in self.interfaces if nic.is_primary), self.interfaces[0])
