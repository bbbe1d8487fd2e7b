"""Virtual networks and the machines in them. Part of the site, named in `netcheck.model.site`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, Family
from netcheck.model.rules import Route

if TYPE_CHECKING:  # most networks have no host firewall and no proxy to describe
    from netcheck.model.hosts import HostFirewall
    from netcheck.model.proxies import ProxyClient, ProxyServer


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """User-defined routes of a subnet."""

    name: str
    routes: tuple[Route, ...]
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet. `default_outbound_access` None means the file does not say."""

    name: str
    virtual_network: str
    prefixes: tuple[AddressRange, ...]
    at: Source
    network_security_group: str = ""
    route_table: str = ""
    nat_gateway: str = ""
    service_endpoints: tuple[str, ...] = ()
    default_outbound_access: bool | None = None

    @property
    def full_name(self) -> str:
        """`vnet/subnet`."""
        return f"{self.virtual_network}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """A peering, seen from the virtual network that holds it."""

    name: str
    remote_virtual_network: str
    at: Source
    remote_address_space: tuple[AddressRange, ...] = ()
    is_connected: bool = True
    allows_virtual_network_access: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A virtual network: address space, subnets, peerings.

    `gateway_prefixes` are what its gateway learned or was given; None means the file does not say.
    """

    name: str
    address_space: tuple[AddressRange, ...]
    subnets: tuple[Subnet, ...]
    at: Source
    peerings: tuple[Peering, ...] = ()
    has_gateway: bool = False
    gateway_prefixes: tuple[AddressRange, ...] | None = None


@dataclass(frozen=True, slots=True)
class PublicIp:
    """A public IP address of a NIC; `address` is None where the file names the resource without it."""

    family: Family
    address: AddressRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """A NIC with its private addresses.

    `open_families`: in these Azure chooses one more address of the subnet, and the files do not say which.
    `open_addresses` are those it chooses from; they stand at the end of `addresses`, since each may be one.
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
    resource_group: str = ""

    @property
    def primary(self) -> NetworkInterface:
        """The NIC that carries the default route: the one marked primary, else the first."""
        return next((nic for nic in self.interfaces if nic.is_primary), self.interfaces[0])
