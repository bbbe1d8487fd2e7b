"""Security admin rules of Azure Virtual Network Manager. Part of the site, named in `netcheck.model.site`.

Microsoft Learn, "Security admin rules in Azure Virtual Network Manager": they are looked at before NSGs; `Deny` and
`AlwaysAllow` end the evaluation, after `Allow` the NSGs are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import Source
from netcheck.model.address import Endpoint
from netcheck.model.ports import PortRange, Protocol
from netcheck.model.rules import Direction


class AdminAccess(StrEnum):
    """What a security admin rule does with the packets it matches."""

    ALLOW = "Allow"
    ALWAYS_ALLOW = "AlwaysAllow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRule:
    """One security admin rule. `virtual_networks` are those it applies to; empty means every one of the site.

    `manager` tells the rules of several network managers apart, whose order is not documented for certain. `unknown`
    names what netcheck could not read: then the rule may match the packets of its fields or none.
    """

    name: str
    priority: int
    direction: Direction
    access: AdminAccess
    protocol: Protocol
    sources: tuple[Endpoint, ...]
    source_ports: tuple[PortRange, ...]
    destinations: tuple[Endpoint, ...]
    destination_ports: tuple[PortRange, ...]
    at: Source
    virtual_networks: tuple[str, ...] = ()
    manager: str = ""
    unknown: str = ""

    @property
    def is_default(self) -> bool:
        """Admin rules have no default rules: what none matches is left to network security groups."""
        return False
