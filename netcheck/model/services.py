"""Load balancers and private endpoints of a virtual network. Part of the site, named in `netcheck.model.site`."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.ports import ANY_PROTOCOL, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateEndpoint:
    """A private endpoint: private addresses in a subnet that stand for one service.

    `service` is the name or ID of the resource behind it, `groups` the sub-resources (`blob`, `queue`), `hosts` the
    names that its own DNS configuration gives. `is_approved`: the owner of the service accepted the connection; None
    where the files do not say. `addresses` are empty where Azure chooses them and the files do not say which.
    """

    name: str
    subnet: str
    addresses: tuple[AddressRange, ...]
    at: Source
    service: str = ""
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_approved: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDnsZone:
    """A private DNS zone and the virtual networks whose names it answers."""

    name: str
    virtual_networks: tuple[str, ...]
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontend:
    """A frontend of a load balancer. A private one has a subnet; `address` is None where it is not known."""

    name: str
    at: Source
    address: AddressRange | None = None
    subnet: str = ""
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancingRule:
    """Packets to a port of a frontend go to a port of one member of a pool.

    Protocol `All` with port 0 on both sides is an HA-ports rule: every TCP and UDP flow, ports kept (Microsoft Learn,
    "High availability ports overview"). `has_floating_ip`: the destination address stays the frontend's.
    """

    name: str
    frontend: str
    pool: str
    at: Source
    protocol: Protocol = ANY_PROTOCOL
    frontend_port: int = 0
    backend_port: int = 0
    has_floating_ip: bool = False
    gives_outbound: bool = True

    @property
    def takes_all_ports(self) -> bool:
        """Whether it is an HA-ports rule."""
        return self.protocol.is_any and self.frontend_port == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRule:
    """Members of a pool leave with the public addresses of some frontends; `protocol` any means TCP and UDP."""

    name: str
    pool: str
    at: Source
    protocol: Protocol = ANY_PROTOCOL


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """A load balancer. NICs name its pools as `load balancer/pool`. `is_standard` None: the files do not say."""

    name: str
    at: Source
    frontends: tuple[Frontend, ...] = ()
    pools: tuple[str, ...] = ()
    rules: tuple[BalancingRule, ...] = ()
    outbound_rules: tuple[OutboundRule, ...] = ()
    is_standard: bool | None = None
    unknown: str = ""

    def frontend(self, name: str) -> Frontend | None:
        """Return the frontend of that name, letter case aside."""
        return next((one for one in self.frontends if one.name.casefold() == name.casefold()), None)
