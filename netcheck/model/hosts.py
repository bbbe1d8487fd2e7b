"""Host firewalls: what a machine itself does with packets. Part of the site, named in `netcheck.model.site`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from netcheck.diagnostics import Source
from netcheck.model.rules import ALL_PROFILES, Access, HostRule, Profile


class HostFirewallKind(StrEnum):
    """The host firewalls netcheck knows of."""

    NONE = "none"
    WINDOWS = "windows"
    IPTABLES = "iptables"
    NFTABLES = "nftables"
    UFW = "ufw"
    FIREWALLD = "firewalld"


class Hook(StrEnum):
    """Where a chain meets packets: those for the machine, those it sends, those it passes on."""

    INPUT = "input"
    OUTPUT = "output"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings:
    """What Windows Defender Firewall does under one network profile beside its rules; None: no file says it.

    The defaults are those of Windows: Microsoft Learn, `Set-NetFirewallProfile`.
    """

    is_enabled: bool | None = True
    default_inbound: Access | None = Access.DENY
    default_outbound: Access | None = Access.ALLOW
    allows_local_rules: bool | None = True
    allows_inbound_rules: bool | None = True

    def with_value(self, name: str, value: bool | Access | None) -> ProfileSettings:
        """Return the settings with another value of the named field; one that its kind does not have is unknown."""
        access = value if isinstance(value, Access) else None
        holds = value if isinstance(value, bool) else None
        match name:
            case "is_enabled":
                return replace(self, is_enabled=holds)
            case "allows_local_rules":
                return replace(self, allows_local_rules=holds)
            case "allows_inbound_rules":
                return replace(self, allows_inbound_rules=holds)
            case "default_inbound":
                return replace(self, default_inbound=access)
            case _:
                return replace(self, default_outbound=access)


def under_all(settings: ProfileSettings) -> Mapping[Profile, ProfileSettings]:
    """Return the same settings for every profile."""
    return MappingProxyType(dict.fromkeys(ALL_PROFILES, settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsFirewall:
    """Windows Defender Firewall: rules without order, settings of all three profiles, the active profile if known.

    `files` are those it was read from; none where a site file spells it.
    """

    rules: tuple[HostRule, ...]
    at: Source
    settings: Mapping[Profile, ProfileSettings] = field(default_factory=lambda: under_all(ProfileSettings()))
    active_profile: Profile | None = None
    files: tuple[str, ...] = ()

    @property
    def possible_profiles(self) -> tuple[Profile, ...]:
        """The active profile, or all of them where it is not known."""
        return ALL_PROFILES if self.active_profile is None else (self.active_profile,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRule:
    """One rule of a chain: what it matches and where it goes (`ACCEPT`, `DROP`, `REJECT`, `RETURN`, a chain)."""

    match: HostRule
    target: str
    is_goto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseChain:
    """A built-in chain with its policy; every base chain of a hook must accept a packet.

    In rules of the hook `forward` the source is the remote side, the destination the local one. The first `lead` rules
    stand for what packets met before (other families, nat): no rule that somebody adds comes before them.
    """

    name: str
    hook: Hook
    policy: Access
    rules: tuple[ChainRule, ...]
    at: Source
    lead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFirewall:
    """A Linux firewall: base chains in the order they are passed, and the chains they call.

    `files` are those it was read from, by the keys of a site file that name them.
    """

    kind: HostFirewallKind
    base_chains: tuple[BaseChain, ...]
    chains: Mapping[str, tuple[ChainRule, ...]]
    at: Source
    files: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHostFirewall:
    """The site states that there is none."""

    at: Source


HostFirewall = WindowsFirewall | ChainFirewall | NoHostFirewall
