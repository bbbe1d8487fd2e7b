"""The site: everything the loaded files say about a network, as frozen values without judgement.

Networks, host firewalls and proxies have files of their own and are imported on first use: the questions about one NSG
never meet them, and their thirty classes take 10 ms to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from netcheck.diagnostics import NOWHERE as NOWHERE
from netcheck.diagnostics import Diagnostic, Source
from netcheck.model.backup import Backup as Backup
from netcheck.model.backup import Restore as Restore
from netcheck.model.backup import Vault as Vault
from netcheck.model.names import key
from netcheck.model.rules import NsgRule
from netcheck.model.tags import TagTable

if TYPE_CHECKING:
    from netcheck.model.adminrules import AdminRule as AdminRule
    from netcheck.model.azfirewall import AzureFirewall as AzureFirewall
    from netcheck.model.hosts import BaseChain as BaseChain
    from netcheck.model.hosts import ChainFirewall as ChainFirewall
    from netcheck.model.hosts import ChainRule as ChainRule
    from netcheck.model.hosts import Hook as Hook
    from netcheck.model.hosts import HostFirewall as HostFirewall
    from netcheck.model.hosts import HostFirewallKind as HostFirewallKind
    from netcheck.model.hosts import NoHostFirewall as NoHostFirewall
    from netcheck.model.hosts import WindowsFirewall as WindowsFirewall
    from netcheck.model.network import EndpointPolicies as EndpointPolicies
    from netcheck.model.network import NetworkInterface as NetworkInterface
    from netcheck.model.network import Peering as Peering
    from netcheck.model.network import PublicIp as PublicIp
    from netcheck.model.network import RouteTable as RouteTable
    from netcheck.model.network import Subnet as Subnet
    from netcheck.model.network import VirtualMachine as VirtualMachine
    from netcheck.model.network import VirtualNetwork as VirtualNetwork
    from netcheck.model.proxies import ProxyAddress as ProxyAddress
    from netcheck.model.proxies import ProxyClient as ProxyClient
    from netcheck.model.proxies import ProxyServer as ProxyServer
    from netcheck.model.proxies import ServiceEnvironment as ServiceEnvironment
    from netcheck.model.proxies import WinInet as WinInet
    from netcheck.model.services import LoadBalancer as LoadBalancer
    from netcheck.model.services import PrivateDnsZone as PrivateDnsZone
    from netcheck.model.services import PrivateEndpoint as PrivateEndpoint

_HOSTS = (
    "BaseChain", "ChainFirewall", "ChainRule", "HostFirewall", "HostFirewallKind", "Hook", "NoHostFirewall",
    "WindowsFirewall",
)  # fmt: skip
_NETWORK = (
    "EndpointPolicies", "NetworkInterface", "Peering", "PublicIp", "RouteTable", "Subnet", "VirtualMachine",
    "VirtualNetwork",
)  # fmt: skip
_SERVICES = ("LoadBalancer", "PrivateDnsZone", "PrivateEndpoint")
_PROXIES = ("ProxyAddress", "ProxyClient", "ProxyServer", "ServiceEnvironment", "WinInet")
_HOME = {
    **dict.fromkeys(_HOSTS, "netcheck.model.hosts"),
    **dict.fromkeys(_NETWORK, "netcheck.model.network"),
    **dict.fromkeys(_PROXIES, "netcheck.model.proxies"),
    **dict.fromkeys(_SERVICES, "netcheck.model.services"),
    "AdminRule": "netcheck.model.adminrules",
    "AzureFirewall": "netcheck.model.azfirewall",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'netcheck.model.site' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)


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


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """Something the files say, or leave out, that may decide and that no verdict takes into account.

    `unknown` is the sentence that says what is not known; "" where it is known and netcheck has no place for it.
    """

    name: str
    at: Source
    unknown: str = ""

    @property
    def reason(self) -> str:
        """The sentence a verdict gives."""
        return self.unknown or f"`{self.name}` at {self.at} may decide, and this version does not evaluate it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything loaded. Names are unique per kind, references resolve: whoever builds a Site has checked that.

    `private_dns_zones` None: the files do not say which there are. `states_model`: the files say the deployment model,
    or are of a kind that only one of the two models has.
    """

    file: str
    cloud: Cloud = Cloud.PUBLIC
    location: str = ""
    deployment_model: DeploymentModel = DeploymentModel.RESOURCE_MANAGER
    states_model: bool = True
    virtual_networks: tuple[VirtualNetwork, ...] = ()
    network_security_groups: tuple[NetworkSecurityGroup, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    virtual_machines: tuple[VirtualMachine, ...] = ()
    application_security_groups: tuple[str, ...] = ()
    private_endpoints: tuple[PrivateEndpoint, ...] = ()
    private_dns_zones: tuple[PrivateDnsZone, ...] | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()
    admin_rules: tuple[AdminRule, ...] = ()
    azure_firewalls: tuple[AzureFirewall, ...] = ()
    backup: Backup = field(default_factory=Backup)
    tags: TagTable | None = None
    warnings: tuple[Diagnostic, ...] = ()
    is_bare_nsg: bool = False
    unmodelled: tuple[Unmodelled, ...] = ()

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
