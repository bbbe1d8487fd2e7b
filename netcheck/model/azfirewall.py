"""Azure Firewalls and their rules. Part of the site, named in `netcheck.model.site`.

Microsoft Learn, "Azure Firewall rule processing logic": DNAT rules first, then network rules, then application rules,
whatever the priorities of their groups; within a kind a parent policy comes before its child, then the group's
priority, then the collection's.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, Endpoint
from netcheck.model.ports import PortRange, Protocol
from netcheck.model.rules import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallNetworkRule:
    """One network rule; `hosts` are destination FQDNs, which stand beside `destinations`."""

    name: str
    protocols: tuple[Protocol, ...]
    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    ports: tuple[PortRange, ...]
    at: Source
    hosts: tuple[str, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallApplicationRule:
    """One application rule; `ports` are pairs of `http`, `https` or `mssql` and a port."""

    name: str
    sources: tuple[Endpoint, ...]
    ports: tuple[tuple[str, int], ...]
    hosts: tuple[str, ...]
    host_tags: tuple[str, ...]
    at: Source
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallNatRule:
    """One DNAT rule: packets to an address of the firewall go to another address and port."""

    name: str
    protocols: tuple[Protocol, ...]
    sources: tuple[Endpoint, ...]
    destinations: tuple[AddressRange, ...]
    ports: tuple[PortRange, ...]
    to_address: AddressRange | None
    to_port: int
    at: Source
    unknown: str = ""


FirewallRule = FirewallNetworkRule | FirewallApplicationRule | FirewallNatRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCollection:
    """Rules of one kind with one action; `order` is the order of evaluation among collections of a kind.

    `order` is (how far from the topmost parent policy, the group's priority, the collection's priority).
    """

    name: str
    order: tuple[int, int, int]
    access: Access
    rules: tuple[FirewallRule, ...]
    at: Source

    @property
    def priority(self) -> int:
        """The collection's own priority, 100 (first) to 65000."""
        return self.order[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureFirewall:
    """An Azure Firewall with all rules that apply to it, its policies' included.

    `unknown` says what of its rules no file tells ("" where all is known); then it may pass or drop anything.
    """

    name: str
    subnet: str
    addresses: tuple[AddressRange, ...]
    collections: tuple[RuleCollection, ...]
    at: Source
    public_ips: tuple[AddressRange, ...] = ()
    has_public_ip: bool = False
    unknown: str = ""
