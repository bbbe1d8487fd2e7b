"""The site: everything the loaded files say about a network, as frozen values without judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from netcheck.diagnostics import Diagnostic, Source
from netcheck.model.address import AddressRange, Family
from netcheck.model.names import key
from netcheck.model.proxyacl import AclRule
from netcheck.model.rules import Access, Direction, HostRule, NsgRule, Profile, Route
from netcheck.model.tags import TagTable

NOWHERE = Source("-")


class Cloud(StrEnum):
    """An Azure cloud, as the service-tag files name it."""

    PUBLIC = "Public"
    GOVERNMENT = "AzureGovernment"
    CHINA = "China"
    GERMANY = "AzureGermany"


class DeploymentModel(StrEnum):
    """Azure's two deployment models."""

    CLASSIC = "classic"
    RESOURCE_MANAGER = "resourceManager"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSecurityGroup:
    """An NSG with its own rules; default rules are added by whoever evaluates it, unless the file has them."""

    name: str
    rules: tuple[NsgRule, ...]
    at: Source
    resource_group: str = ""
    location: str = ""
    default_rules: tuple[NsgRule, ...] = ()


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
    """A NIC with its private addresses."""

    name: str
    subnet: str
    addresses: tuple[AddressRange, ...]
    at: Source
    network_security_group: str = ""
    public_ips: tuple[PublicIp, ...] = ()
    application_security_groups: tuple[str, ...] = ()
    is_primary: bool = False
    has_ip_forwarding: bool = False

    def has_public_ip(self, family: Family | None = None) -> bool:
        """Return whether the NIC has a public IP address, of one family where it is given."""
        return any(family is None or one.family == family for one in self.public_ips)


class HostFirewallKind(StrEnum):
    """The host firewalls netcheck knows of."""

    NONE = "none"
    WINDOWS = "windows"
    IPTABLES = "iptables"
    NFTABLES = "nftables"
    UFW = "ufw"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsFirewall:
    """Windows Defender Firewall: rules without order, defaults per direction, the active profile if known."""

    rules: tuple[HostRule, ...]
    at: Source
    is_enabled: bool = True
    default_inbound: Access = Access.DENY
    default_outbound: Access = Access.ALLOW
    active_profile: Profile | None = None
    allows_local_rules: bool = True
    allows_inbound_rules: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRule:
    """One rule of a chain: what it matches and where it goes (`ACCEPT`, `DROP`, `REJECT`, `RETURN`, a chain)."""

    match: HostRule
    target: str
    is_goto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseChain:
    """A built-in chain with its policy; every base chain of a direction must accept a packet."""

    name: str
    direction: Direction
    policy: Access
    rules: tuple[ChainRule, ...]
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFirewall:
    """iptables (later nftables and ufw): base chains in the order they are passed, and the chains they call."""

    kind: HostFirewallKind
    base_chains: tuple[BaseChain, ...]
    chains: Mapping[str, tuple[ChainRule, ...]]
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHostFirewall:
    """The site states that there is none."""

    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadHostFirewall:
    """A host firewall exists whose file netcheck cannot read: what it decides is not known."""

    kind: HostFirewallKind
    reason: str
    at: Source


HostFirewall = WindowsFirewall | ChainFirewall | NoHostFirewall | UnreadHostFirewall


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAddress:
    """A proxy as a client setting names it."""

    host: str
    port: int | None
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyClient:
    """The proxy settings of a VM, one field per place where a client can hold them.

    `winhttp` maps a scheme (`http`, `https`) to its proxy; None means no such setting. A WinHTTP setting that lacks a
    scheme leaves that scheme without any path (documented for proxycfg). `environment` maps `http` and `https`.
    """

    winhttp: Mapping[str, ProxyAddress] | None = None
    winhttp_bypass: tuple[str, ...] = ()
    environment: Mapping[str, ProxyAddress] = field(default_factory=dict)
    no_proxy: tuple[str, ...] = ()
    agent: ProxyAddress | None = None
    unknown: str = ""
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyServer:
    """An HTTP proxy on a VM. `acl` in order; what no line matches gets `default`.

    `requires_authentication`: no request passes without credentials. `unknown` names what else decides about
    requests and is not in the access list: then an allowed request may still fail. `listen` is the one address the port
    is bound to; None means all of the machine's.
    """

    port: int
    at: Source
    acl: tuple[AclRule, ...] = ()
    default: Access = Access.ALLOW
    requires_authentication: bool = False
    unknown: str = ""
    listen: AddressRange | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What the site says about its backup; empty strings mean the file does not say."""

    profile: str = ""
    vault_name: str = ""
    vault_location: str = ""
    target: str = ""
    ports: tuple[int, ...] = ()
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything loaded. Names are unique per kind, references resolve: whoever builds a Site has checked that."""

    file: str
    cloud: Cloud = Cloud.PUBLIC
    location: str = ""
    deployment_model: DeploymentModel = DeploymentModel.RESOURCE_MANAGER
    virtual_networks: tuple[VirtualNetwork, ...] = ()
    network_security_groups: tuple[NetworkSecurityGroup, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    virtual_machines: tuple[VirtualMachine, ...] = ()
    application_security_groups: tuple[str, ...] = ()
    backup: Backup = field(default_factory=Backup)
    tags: TagTable | None = None
    warnings: tuple[Diagnostic, ...] = ()
    is_bare_nsg: bool = False
    unmodelled: tuple[tuple[str, Source], ...] = ()

    def nsg(self, name: str) -> NetworkSecurityGroup | None:
        """Return the NSG of that name, letter case aside."""
        return next((n for n in self.network_security_groups if key(n.name) == key(name)), None)

    def vm(self, name: str) -> VirtualMachine | None:
        """Return the VM of that name, letter case aside."""
        return next((v for v in self.virtual_machines if key(v.name) == key(name)), None)

    def subnet(self, full_name: str) -> Subnet | None:
        """Return the subnet named `vnet/subnet`, letter case aside."""
        return next((s for v in self.virtual_networks for s in v.subnets if key(s.full_name) == key(full_name)), None)

    def virtual_network(self, name: str) -> VirtualNetwork | None:
        """Return the virtual network of that name, letter case aside."""
        return next((v for v in self.virtual_networks if key(v.name) == key(name)), None)

    def route_table(self, name: str) -> RouteTable | None:
        """Return the route table of that name, letter case aside."""
        return next((t for t in self.route_tables if key(t.name) == key(name)), None)

    def with_rules(self, nsg_name: str, rules: tuple[NsgRule, ...]) -> Site:
        """Return the site with the rules of one NSG replaced: "what if" is ordinary code."""
        return replace(
            self,
            network_security_groups=tuple(
                replace(n, rules=rules) if key(n.name) == key(nsg_name) else n for n in self.network_security_groups
            ),
        )
