"""The words Windows Defender Firewall has for ports, addresses, profiles and actions, however a tool spells them.

Semantics: Microsoft Learn, `New-NetFirewallRule` and `Set-NetFirewallProfile`; [MS-GPFAS] 2.2.2 for the spelling inside
rule strings. Numbers are those of the classes MSFT_NetFirewallRule and MSFT_NetFirewallProfile, which `ConvertTo-Json`
prints in place of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, Profile

DIRECTIONS: Mapping[str, Direction] = MappingProxyType(
    {
        "Inbound": Direction.INBOUND,
        "Outbound": Direction.OUTBOUND,
        "In": Direction.INBOUND,
        "Out": Direction.OUTBOUND,
    }
)
ACTIONS: Mapping[str, HostAction] = MappingProxyType(
    {
        "Allow": HostAction.ALLOW,
        "Block": HostAction.BLOCK,
        "Bypass": HostAction.BYPASS,
        "AllowBypass": HostAction.BYPASS,
    }
)
INBOUND_DEFAULTS: Mapping[str, Access] = MappingProxyType(
    {"Allow": Access.ALLOW, "Block": Access.DENY, "NotConfigured": Access.DENY}
)
OUTBOUND_DEFAULTS: Mapping[str, Access] = MappingProxyType(
    {"Allow": Access.ALLOW, "Block": Access.DENY, "NotConfigured": Access.ALLOW}
)
PROFILES: Mapping[str, tuple[Profile, ...]] = MappingProxyType(
    {**{profile.value: (profile,) for profile in Profile}, "Any": ALL_PROFILES, "All": ALL_PROFILES}
)
STORES: Mapping[str, bool] = MappingProxyType(
    {"GroupPolicy": True, "Local": False, "Dynamic": False, "Generated": False, "Hardcoded": False}
)
"""Whether rules of a store count where only those of Group Policy do."""

PORT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "RPC": "RPC",
        "RPCEPMap": "RPCEPMap",
        "RPC-EPMap": "RPCEPMap",
        "Teredo": "Teredo",
        "IPHTTPS": "IPHTTPS",
        "IPHTTPSIn": "IPHTTPSIn",
        "IPTLSIn": "IPHTTPSIn",
        "IPHTTPSOut": "IPHTTPSOut",
        "IPTLSOut": "IPHTTPSOut",
        "PlayToDiscovery": "PlayToDiscovery",
        "Ply2Disc": "PlayToDiscovery",
        "DHCP": "DHCP",
        "mDNS": "mDNS",
        "CortanaOut": "CortanaOut",
        "TcpCDPSvc": "TcpCDPSvc",
    }
)
"""Keywords for ports that only the machine knows, and the one of several spellings that is kept."""

ADDRESS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "LocalSubnet": "LocalSubnet",
        "LocalSubnet4": "LocalSubnet4",
        "LocalSubnet6": "LocalSubnet6",
        "DNS": "DNS",
        "DHCP": "DHCP",
        "WINS": "WINS",
        "DefaultGateway": "DefaultGateway",
        "Internet": "Internet",
        "Intranet": "Intranet",
        "IntranetRemoteAccess": "IntranetRemoteAccess",
        "RmtIntrAnet": "IntranetRemoteAccess",
        "PlayToDevice": "PlayToDevice",
        "Ply2Renders": "PlayToDevice",
        "CaptivePortal": "CaptivePortal",
    }
)
"""Keywords for addresses, and the one of several spellings that is kept."""

CONDITIONS = (
    "program", "service", "package", "interfaceType", "interfaceAlias", "localUser", "remoteUser", "remoteMachine",
    "owner", "icmpType", "authentication", "encryption", "platform", "dynamicTarget", "dynamicTransport",
    "unknown",
)  # fmt: skip
"""Properties of a rule that no packet header shows; `unknown` says in words what netcheck does not know of it."""

PROTOCOL_NAMES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "any": (),
        "*": (),
        "256": (),
        "tcp": (6,),
        "udp": (17,),
        "icmpv4": (1,),
        "icmpv6": (58,),
        "hopopt": (0,),
        "igmp": (2,),
        "ipv6": (41,),
        "ipv6-route": (43,),
        "ipv6-frag": (44,),
        "gre": (47,),
        "ipv6-nonxt": (59,),
        "ipv6-opts": (60,),
        "vrrp": (112,),
        "pgm": (113,),
        "l2tp": (115,),
    }
)
"""The protocols that the console and netsh have names for, in small letters; [MS-FASP] 2.2.37 has 256 for any."""

_NO_CONDITION = frozenset(("any", "*", "notrequired", "none"))


def is_no_condition(name: str, texts: Sequence[str]) -> bool:
    """Return whether a property says that every packet fits; `*` as a service means that of any service, not of any
    program ([MS-FASP] 2.2.37, wszLocalService)."""
    if name == "service":
        return any(text.casefold() == "any" for text in texts)
    return all(text.casefold() in _NO_CONDITION for text in texts)


def folded(words: Mapping[str, str]) -> dict[str, str]:
    """Return a table of words whose letter case does not matter."""
    return {word.casefold(): meaning for word, meaning in words.items()}
