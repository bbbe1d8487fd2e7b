"""The one place where the parts of a Windows firewall rule become rules of the model.

Semantics: Microsoft Learn, "Windows Firewall rules". What of a rule is known for certain and what is not are told apart
here: a rule may become two, since a keyword or a word nobody knows stands for more ports or addresses, perhaps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PORTED, PortRange, Protocol
from netcheck.model.rules import ALL_PROFILES, Direction, HostAction, HostRule, Profile


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one side: those that certainly match, and conditions under which others do. Nothing at all: any."""

    ranges: tuple[PortRange, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def certain(self) -> tuple[PortRange, ...]:
        """The ports that match for certain, where there are any."""
        return self.ranges or (ALL_PORTS,)

    @property
    def is_open(self) -> bool:
        """Whether more ports may match than certainly do."""
        return bool(self.doubts) and ALL_PORTS not in self.ranges


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one side: ranges, words only the machine can resolve, and conditions under which others match.

    Nothing at all: any.
    """

    ranges: tuple[AddressRange, ...] = ()
    keywords: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


ANY_PORT, ANY_ADDRESS = Ports(), Addresses()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleParts:
    """A rule as it was read, before it is known whether one rule of the model can say it."""

    name: str
    direction: Direction
    action: HostAction
    at: Source
    protocol: Protocol = ANY_PROTOCOL
    local_ports: Ports = ANY_PORT
    remote_ports: Ports = ANY_PORT
    local: Addresses = ANY_ADDRESS
    remote: Addresses = ANY_ADDRESS
    profiles: tuple[Profile, ...] = ALL_PROFILES
    is_enabled: bool = True
    is_group_policy: bool = False
    conditions: tuple[str, ...] = ()


def make_rules(parts: RuleParts) -> tuple[HostRule, ...]:
    """Return the rule; two where some of its ports or addresses match for certain and others possibly."""
    local_ports, remote_ports = parts.local_ports, parts.remote_ports
    if parts.protocol.numbers and not PORTED & set(parts.protocol.numbers):
        # [MS-GPFAS] 2.2.2.19: ports belong to TCP and UDP alone; the cmdlets print `RPC` for the ICMP types of a rule.
        local_ports = remote_ports = ANY_PORT
    rule = HostRule(
        name=parts.name,
        direction=parts.direction,
        action=parts.action,
        protocol=parts.protocol,
        local_ports=local_ports.certain,
        remote_ports=remote_ports.certain,
        local_addresses=parts.local.ranges,
        remote_addresses=parts.remote.ranges,
        local_keywords=parts.local.keywords,
        remote_keywords=parts.remote.keywords,
        profiles=parts.profiles,
        is_enabled=parts.is_enabled,
        is_group_policy=parts.is_group_policy,
        conditions=parts.conditions,
        at=parts.at,
    )
    doubts = [
        *(local_ports.doubts if local_ports.is_open else ()),
        *(remote_ports.doubts if remote_ports.is_open else ()),
        *parts.local.doubts,
        *parts.remote.doubts,
    ]
    if not doubts:
        return (rule,)
    possible = replace(
        rule,
        local_ports=(ALL_PORTS,) if local_ports.doubts else rule.local_ports,
        remote_ports=(ALL_PORTS,) if remote_ports.doubts else rule.remote_ports,
        local_addresses=() if parts.local.doubts else rule.local_addresses,
        local_keywords=() if parts.local.doubts else rule.local_keywords,
        remote_addresses=() if parts.remote.doubts else rule.remote_addresses,
        remote_keywords=() if parts.remote.doubts else rule.remote_keywords,
        conditions=(*parts.conditions, *doubts),
    )
    return (rule, possible) if _is_partly_certain(parts, local_ports, remote_ports) else (possible,)


def _is_partly_certain(parts: RuleParts, local_ports: Ports, remote_ports: Ports) -> bool:
    """Return whether every side that is in doubt also names something that is not."""
    return all(ports.ranges or not ports.doubts for ports in (local_ports, remote_ports)) and all(
        side.ranges or side.keywords or not side.doubts for side in (parts.local, parts.remote)
    )
