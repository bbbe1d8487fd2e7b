"""What Azure itself computed for one NIC. Part of the site, named in `netcheck.model.site`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.rules import NextHop

if TYPE_CHECKING:
    from netcheck.model.site import NetworkSecurityGroup


class Level(StrEnum):
    """Where effective security rules apply; the values are the keys of Azure's `association`."""

    SUBNET = "subnet"
    NIC = "networkInterface"
    MANAGER = "networkManager"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveNsg:
    """The rules of one level as Azure computed them: tags are expanded, default rules are included."""

    level: Level
    nsg: NetworkSecurityGroup
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRoute:
    """One active line of Azure's own route table of a NIC; `source` is `Default`, `User`, `VirtualNetworkGateway`."""

    name: str
    source: str
    prefixes: tuple[AddressRange, ...]
    next_hop: NextHop
    at: Source
    next_hop_addresses: tuple[AddressRange, ...] = ()
    unknown: str = ""
