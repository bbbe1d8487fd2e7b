"""Random full-size rule lists as they occur in practice: drawn from one seed each, so that a seed names a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import TypeVar

from netcheck.model.address import (
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    Family,
    ServiceTag,
    Unresolved,
)
from netcheck.model.hosts import ProfileSettings
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, HostRule, NsgRule, Profile
from netcheck.model.site import DeploymentModel, WindowsFirewall
from tests.oracle import internet
from tests.property.strategies import (
    BITS,
    HERE,
    REAL_PORTS,
    REAL_PREFIXES,
    Drawn,
    Universe,
    build,
    number,
    prefix_around,
    spans_of,
)

T = TypeVar("T")
REAL_PREFIXES_6 = (
    *("fd00::/64", "fd00::4/128", "fd00::/8", "2603:1030:a0a::/48", "2603:1030::/32", "2603:1000::/24"),
    *("2a01:111::/32", "2620:1ec::/36", "fe80::/10", "2001:db8::/32", "2000::/3", "2603:1030:a0a::1/128"),
)
NETWORKS: dict[int, tuple[str, ...]] = {4: ("10.0.0.0/24", "10.0.0.0/16", "20.60.1.0/24"), 6: ("fd00::/64",)}
KNOWN_NAMES = ("Internet", "VirtualNetwork", "AzureLoadBalancer", "Storage.WestUS", "storage.westus", "INTERNET")
UNKNOWN_NAMES = ("Contoso", "Fabrikam", "AzureBackup.WestUS", "Sql.Nowhere")
GLOBAL_UNICAST = spans_of(["2000::/3"])[6]
PROTOCOLS = (
    ANY_PROTOCOL,
    ANY_PROTOCOL,
    *[Protocol((6,))] * 4,
    *[Protocol((17,))] * 2,
    Protocol((1, 58)),
    Protocol((50,)),
)


def draw_prefix(random: Random, family: Family) -> AddressRange:
    """Draw a prefix of a family: mostly one that people use, sometimes any at all, up to the whole space."""
    if random.random() < 0.75:
        [span] = spans_of([random.choice(REAL_PREFIXES if family == 4 else REAL_PREFIXES_6)])[family]
        return AddressRange(family, *span)
    bits = BITS[family]
    near = random.choice((random.getrandbits(bits), number("10.0.0.4" if family == 4 else "fd00::4"), 2**bits - 1))
    return prefix_around(near, family, random.choice((0, 1, random.randint(2, bits), bits - 1, bits)))


def draw_range(random: Random, family: Family) -> AddressRange:
    """Draw the addresses from the start of one prefix to the end of another."""
    ends = draw_prefix(random, family), draw_prefix(random, family)
    return AddressRange(family, min(e.first for e in ends), max(e.last for e in ends))


def draw_ports(random: Random, any_of_ten: int) -> tuple[PortRange, ...]:
    """Draw all ports, or up to four ports and ranges; the list may overlap itself."""
    if random.randrange(10) < any_of_ten:
        return (ALL_PORTS,)
    found = []
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        low, high = random.choice(REAL_PORTS)
        if random.random() < 0.3:
            low, high = sorted((random.choice((0, random.randrange(65536))), random.choice((65535, high, low))))
        found.append(PortRange(low, high))
    return tuple(found)


class Names:
    """The words one list uses: a few unknown ones, so that they repeat."""

    def __init__(self, random: Random, family: Family) -> None:
        self._random, self._family = random, family
        self._unknown: list[Endpoint] = [ServiceTag(name) for name in random.sample(UNKNOWN_NAMES, 2)]
        self._unknown.append(ApplicationSecurityGroup("asg-nobody"))
        self._unknown.append(Unresolved("[parameters('where')]", "a template expression"))

    def draw(self, any_of_ten: int) -> tuple[Endpoint, ...]:
        """Draw the alternatives of one side of a rule."""
        if self._random.randrange(10) < any_of_ten:
            return (AnyAddress(),)
        return tuple(self._one() for _ in range(self._random.choice((1, 1, 1, 2, 3, 5))))

    def _one(self) -> Endpoint:
        kind = self._random.randrange(20)
        if kind < 11:
            return draw_prefix(self._random, self._family)
        if kind < 12:
            return draw_range(self._random, self._family)
        if kind < 13:
            return draw_prefix(self._random, 6 if self._family == 4 else 4)
        if kind < 17:
            return ServiceTag(self._random.choice(KNOWN_NAMES))
        return ApplicationSecurityGroup("asg-app") if kind < 18 else self._random.choice(self._unknown)


def draw_rules(random: Random, family: Family, count: int, first: int = 100) -> tuple[NsgRule, ...]:
    """Draw a list for both directions; the order in the list means nothing, priorities decide."""
    names = Names(random, family)
    priorities = random.sample(range(first, 4097), count)
    return tuple(draw_rule(random, names, place, priority) for place, priority in enumerate(priorities))


def draw_rule(random: Random, names: Names, place: int, priority: int) -> NsgRule:
    """Draw one rule. Outbound rules may name a platform service, alone or beside other destinations."""
    direction = random.choice(tuple(Direction))
    platform = (ServiceTag(random.choice(("AzurePlatformDNS", "AzurePlatformIMDS"))),)
    is_platform = direction is Direction.OUTBOUND and random.random() < 0.05
    return NsgRule(
        name=f"rule-{place}",
        priority=priority,
        direction=direction,
        access=random.choice(tuple(Access)),
        protocol=random.choice(PROTOCOLS),
        sources=names.draw(4),
        source_ports=draw_ports(random, 8),
        destinations=(*platform, *(names.draw(2) if random.random() < 0.4 else ())) if is_platform else names.draw(2),
        destination_ports=draw_ports(random, 2),
        at=HERE,
        unknown="a field that is not read" if random.random() < 0.04 else "",
    )


def draw_group(random: Random) -> Drawn:
    """Draw a group of 5 to 30 rules in a site, with what the plain deciders have to know about it."""
    family: Family = random.choice((4, 4, 6))
    space = random.choice(NETWORKS[family])
    member = number(space.split("/")[0]) + 4
    universe = Universe(
        "full size",
        family,
        addresses=(member - 1, member),
        virtual_network=space,
        known={
            "virtualnetwork": [space, "168.63.129.16/32"],
            "azureloadbalancer": ["168.63.129.16/32", "fe80::1234:5678:9abc/128"],
            "azureplatformdns": ["168.63.129.16/32"],
            "azureplatformimds": ["169.254.169.254/32"],
        },
    )
    storage = [draw_prefix(random, family) for _ in range(random.randrange(4))]
    rules = draw_rules(random, family, random.randint(5, 30))
    return with_whole_internet(build(universe, rules, storage, random.choice(tuple(DeploymentModel))))


def with_whole_internet(drawn: Drawn) -> Drawn:
    """Return a drawn group with what `Internet` covers everywhere; public space of the own network is doubtful."""
    space = drawn.universe.virtual_network
    outside = space if ip_network(space).is_global else ""
    known = {**drawn.end.known, "internet": {4: internet.all_but(f"{internet.OUTSIDE_IN_2020} {outside}")}}
    doubtful = {**drawn.end.doubtful, "internet": {4: internet.POSSIBLE, 6: GLOBAL_UNICAST}}
    return replace(drawn, end=replace(drawn.end, known=known, doubtful=doubtful))


CONDITIONS = ("program: a.exe", "program: b.exe", "service: w32time", "a rate limit", "a time of day")
KEYWORDS = ("LocalSubnet", "LocalSubnet4", "LocalSubnet6", "DNS", "Intranet", "Any")


def draw_host_rule(random: Random, place: int, family: Family) -> HostRule:
    """Draw one rule of Windows Defender Firewall."""
    bypass = random.choice((HostAction.BYPASS, HostAction.BLOCK, HostAction.ALLOW))
    return HostRule(
        name=f"host-rule-{place}",
        direction=random.choice(tuple(Direction)),
        action=random.choice((HostAction.ALLOW, HostAction.ALLOW, HostAction.BLOCK, HostAction.BLOCK, bypass)),
        at=HERE,
        protocol=random.choice(PROTOCOLS),
        local_ports=draw_ports(random, 4),
        remote_ports=draw_ports(random, 6),
        local_addresses=draw_places(random, family, 7),
        remote_addresses=draw_places(random, family, 3),
        local_keywords=(random.choice(KEYWORDS),) if random.random() < 0.05 else (),
        remote_keywords=(random.choice(KEYWORDS),) if random.random() < 0.12 else (),
        profiles=random.choice((ALL_PROFILES, ALL_PROFILES, ALL_PROFILES[:2], ALL_PROFILES[2:])),
        is_enabled=random.random() < 0.9,
        is_group_policy=random.random() < 0.3,
        conditions=tuple(random.sample(CONDITIONS, 1)) if random.random() < 0.15 else (),
    )


def draw_places(random: Random, family: Family, any_of_ten: int) -> tuple[AddressRange, ...]:
    """Draw up to five ranges; none at all means any address."""
    if random.randrange(10) < any_of_ten:
        return ()
    picks: Sequence[AddressRange] = [
        random.choice((draw_prefix, draw_prefix, draw_range))(random, random.choice((family, family, family, 4)))
        for _ in range(random.choice((1, 1, 2, 5)))
    ]
    return tuple(picks)


def draw_windows_firewall(random: Random, family: Family) -> WindowsFirewall:
    """Draw a firewall of 5 to 30 rules; in one of three the active profile is not known."""
    rules = tuple(draw_host_rule(random, place, family) for place in range(random.randint(5, 30)))
    is_enabled = random.random() < 0.95
    inbound = random.choice((Access.DENY, Access.DENY, Access.ALLOW))
    outbound = random.choice((Access.ALLOW, Access.ALLOW, Access.DENY))
    active = random.choice((*ALL_PROFILES, *ALL_PROFILES, None, None, None))
    usual = ProfileSettings(
        is_enabled=is_enabled,
        default_inbound=inbound,
        default_outbound=outbound,
        allows_local_rules=random.random() < 0.85,
        allows_inbound_rules=random.random() < 0.85,
    )
    # What differs between profiles has a stream of its own, so that what is drawn after the firewall stays as it was.
    settings = draw_settings(Random(f"{usual} {active} {[rule.name for rule in rules]}"), usual)
    return WindowsFirewall(rules=rules, at=HERE, settings=settings, active_profile=active)


def draw_settings(random: Random, usual: ProfileSettings) -> dict[Profile, ProfileSettings]:
    """Draw the settings of each profile: one in four is another than usual, one in ten is not known."""

    def one(value: T, other: T) -> T | None:
        return None if random.random() < 0.1 else other if random.random() < 0.25 else value

    def other(access: Access | None) -> Access:
        return Access.DENY if access is Access.ALLOW else Access.ALLOW

    return {
        profile: ProfileSettings(
            is_enabled=one(usual.is_enabled, True),
            default_inbound=one(usual.default_inbound, other(usual.default_inbound)),
            default_outbound=one(usual.default_outbound, other(usual.default_outbound)),
            allows_local_rules=one(usual.allows_local_rules, not usual.allows_local_rules),
            allows_inbound_rules=one(usual.allows_inbound_rules, not usual.allows_inbound_rules),
        )
        for profile in ALL_PROFILES
    }
