"""Rules as files state them: NSG rules, host-firewall rules, routes. Each knows its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, Endpoint, ServiceTag, Unresolved
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol


class Access(StrEnum):
    """What a rule does with the packets it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class Direction(StrEnum):
    """Which way a packet passes, seen from the network interface."""

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


NOT_APPLIED = "not applied"
"""With a direction, the name of the rule that goes before those of an NSG which may not be attached at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NsgRule:
    """One security rule. Sources and destinations are alternatives: any one of them matches.

    `unknown` names what netcheck could not read of the rule: then the rule may match any packet or none,
    inside the box its fields describe. `description` decides nothing: it is kept so that a rule written anew has it.
    """

    name: str
    priority: int
    direction: Direction
    access: Access
    protocol: Protocol
    sources: tuple[Endpoint, ...]
    source_ports: tuple[PortRange, ...]
    destinations: tuple[Endpoint, ...]
    destination_ports: tuple[PortRange, ...]
    at: Source
    is_default: bool = False
    unknown: str = ""
    description: str = ""


class HostAction(StrEnum):
    """What a host-firewall rule does."""

    ALLOW = "Allow"
    BLOCK = "Block"
    BYPASS = "Bypass"


class Profile(StrEnum):
    """A Windows network profile."""

    DOMAIN = "Domain"
    PRIVATE = "Private"
    PUBLIC = "Public"


ALL_PROFILES = (Profile.DOMAIN, Profile.PRIVATE, Profile.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """One host-firewall rule; `local` is the machine the firewall runs on.

    Empty address tuples mean any address. `keywords` are address words that only the machine can resolve
    (`LocalSubnet`, `DNS`). `conditions` are matches a packet header does not settle (a program, a service, an
    owner): they make the match possible, not certain.
    """

    name: str
    direction: Direction
    action: HostAction
    at: Source
    protocol: Protocol = ANY_PROTOCOL
    local_ports: tuple[PortRange, ...] = (ALL_PORTS,)
    remote_ports: tuple[PortRange, ...] = (ALL_PORTS,)
    local_addresses: tuple[AddressRange, ...] = ()
    remote_addresses: tuple[AddressRange, ...] = ()
    local_keywords: tuple[str, ...] = ()
    remote_keywords: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ALL_PROFILES
    is_enabled: bool = True
    is_group_policy: bool = False
    conditions: tuple[str, ...] = ()


class NextHop(StrEnum):
    """Where a route sends packets; the values are Azure's own."""

    VNET_LOCAL = "VnetLocal"
    INTERNET = "Internet"
    NONE = "None"
    VIRTUAL_APPLIANCE = "VirtualAppliance"
    VIRTUAL_NETWORK_GATEWAY = "VirtualNetworkGateway"
    VNET_PEERING = "VNetPeering"
    SERVICE_ENDPOINT = "VirtualNetworkServiceEndpoint"
    PRIVATE_ENDPOINT = "InterfaceEndpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One user-defined route.

    `unknown` names what netcheck could not read of the route: then it may take the packets of its prefix or none.
    """

    name: str
    prefix: AddressRange | ServiceTag | Unresolved
    next_hop: NextHop
    next_hop_address: AddressRange | None
    at: Source
    unknown: str = ""
