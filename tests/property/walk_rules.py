"""Rules for drawn networks: about the addresses in play, so that they tell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import ip_network
from random import Random

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, Family, ServiceTag
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.hosts import HostFirewall, NoHostFirewall, ProfileSettings, WindowsFirewall, under_all
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, UDP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, HostAction, HostRule, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from netcheck.model.tags import TagEntry, TagTable
from tests.property.strategies import HERE

PORTS = ((ALL_PORTS,),) * 4 + ((PortRange(443, 443),), (PortRange(80, 443),), (PortRange(8080, 8080),))
PROTOCOLS = (ANY_PROTOCOL, ANY_PROTOCOL, Protocol((TCP,)), Protocol((UDP,)))
GROUP = ApplicationSecurityGroup("asg-app")
WORDS: tuple[Endpoint, ...] = (
    *(AnyAddress(),) * 4,
    ServiceTag("Internet"),
    ServiceTag("VirtualNetwork"),
    ServiceTag("VirtualNetwork"),
    ServiceTag("Storage.WestUS"),
    ServiceTag("Storage"),
    ServiceTag("AzureLoadBalancer"),
    GROUP,
)
UNKNOWN_WORDS: tuple[Endpoint, ...] = (
    ServiceTag("Contoso"),
    ServiceTag("AzureBackup.WestUS"),
    ApplicationSecurityGroup("asg-elsewhere"),
)
TAGS = {
    "Storage": ("20.60.0.0/16", "20.150.0.0/24"),
    "Storage.WestUS": ("20.60.1.0/24",),
    "AzureCloud": ("20.60.0.0/16", "20.150.0.0/24", "13.64.0.0/16"),
    "AzureCloud.westus": ("20.60.1.0/24",),
    "AzureBackup.WestUS": ("13.64.9.0/24",),
}


@cache
def prefix(text: str) -> AddressRange:
    """Return an address or prefix."""
    network = ip_network(text)
    family: Family = 4 if network.version == 4 else 6
    return AddressRange(family, int(network[0]), int(network[-1]))


@cache
def tag_table() -> TagTable:
    """Return the published tags; rules may not name that of AzureBackup.WestUS."""
    entries = {
        name.casefold(): TagEntry(
            name=name,
            region="",
            system_service="",
            prefixes=texts,
            network_features=None if name.startswith("AzureBackup") else ("API", "NSG"),
        )
        for name, texts in TAGS.items()
    }
    return TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=entries)


def draw_group(random: Random, name: str, places: Sequence[AddressRange]) -> NetworkSecurityGroup:
    """Return a group of up to three rules a direction."""
    rules = tuple(
        draw_rule(random, direction, priority, places)
        for direction in Direction
        for priority in range(100, 100 + random.choice((0, 1, 1, 2, 3)))
    )
    return NetworkSecurityGroup(name=name, rules=rules, at=HERE)


def draw_rule(random: Random, direction: Direction, priority: int, places: Sequence[AddressRange]) -> NsgRule:
    return NsgRule(
        name=f"{direction}-{priority}",
        priority=priority,
        direction=direction,
        access=random.choice((Access.ALLOW, Access.ALLOW, Access.DENY)),
        protocol=random.choice(PROTOCOLS),
        sources=draw_ends(random, places),
        source_ports=(ALL_PORTS,),
        destinations=draw_ends(random, places),
        destination_ports=random.choice(PORTS),
        at=HERE,
        unknown="something" if random.random() < 0.01 else "",
    )


def draw_ends(
    random: Random, places: Sequence[AddressRange], names: Sequence[Endpoint] = WORDS
) -> tuple[Endpoint, ...]:
    """Return what a rule names on one side: a word or up to two prefixes; once in a while nobody knows the word."""
    kind = random.random()
    if kind < 0.03:
        return (random.choice(UNKNOWN_WORDS),)
    if kind < 0.6:
        return (random.choice(names),)
    return tuple(random.sample(places, random.choice((1, 1, 2))))


ADMIN_WORDS: tuple[Endpoint, ...] = (AnyAddress(), AnyAddress(), ServiceTag("Internet"), ServiceTag("Storage.WestUS"))


def draw_admin_rules(random: Random, places: Sequence[AddressRange], networks: Sequence[str]) -> tuple[AdminRule, ...]:
    """Return up to four security admin rules; some share a priority, some come from a second manager."""
    return tuple(
        AdminRule(
            name=f"admin-{position}",
            priority=random.choice((1, 2, 3)),
            direction=random.choice(tuple(Direction)),
            access=random.choice(tuple(AdminAccess)),
            protocol=random.choice(PROTOCOLS),
            sources=draw_ends(random, places, ADMIN_WORDS),
            source_ports=(ALL_PORTS,),
            destinations=draw_ends(random, places, ADMIN_WORDS),
            destination_ports=random.choice(PORTS),
            at=HERE,
            virtual_networks=random.choice(((), (random.choice(networks),))),
            manager="second" if random.random() < 0.15 else "first",
            unknown="something" if random.random() < 0.02 else "",
        )
        for position in range(random.choice((1, 2, 2, 3, 4)))
    )


def draw_firewall(random: Random, subnet: str, address: str, places: Sequence[AddressRange]) -> AzureFirewall:
    """Return an Azure Firewall with up to three collections."""
    collections = tuple(
        RuleCollection(
            name=f"collection-{position}",
            order=(random.choice((0, 0, 1)), 100 * random.choice((1, 2)), 100 + position),
            access=random.choice((Access.ALLOW, Access.ALLOW, Access.DENY)),
            rules=tuple(draw_firewall_rule(random, f"{position}-{n}", places) for n in range(1)),
            at=HERE,
        )
        for position in range(random.choice((1, 1, 2, 3)))
    )
    return AzureFirewall(
        name="azfw",
        subnet=subnet,
        addresses=(prefix(address),),
        collections=collections,
        at=HERE,
        has_public_ip=random.random() < 0.8,
        unknown="a policy of which no file tells" if random.random() < 0.05 else "",
    )


def draw_firewall_rule(random: Random, name: str, places: Sequence[AddressRange]) -> FirewallRule:
    any_place = (AnyAddress(),)
    sources: tuple[Endpoint, ...] = any_place if random.random() < 0.6 else (random.choice(places),)
    if random.random() < 0.25:
        hosts = random.choice((("*",), ("*.blob.core.windows.net",)))
        ports = random.choice(((("https", 443),), (("https", 443), ("http", 80))))
        return FirewallApplicationRule(name=name, sources=sources, ports=ports, hosts=hosts, host_tags=(), at=HERE)
    words = (AnyAddress(), AnyAddress(), ServiceTag("Storage.WestUS"), random.choice(places))
    return FirewallNetworkRule(
        name=name,
        protocols=random.choice(((ANY_PROTOCOL,), (Protocol((TCP,)),), (Protocol((TCP,)), Protocol((UDP,))))),
        sources=sources,
        destinations=(random.choice(words),),
        ports=random.choice(PORTS),
        at=HERE,
        hosts=("time.windows.com",) if random.random() < 0.05 else (),
        unknown="something" if random.random() < 0.03 else "",
    )


def draw_host_firewall(random: Random, described: float) -> HostFirewall | None:
    """Return no word about a firewall, none at all, or Windows with a rule for a port."""
    kind = random.random()
    if kind >= described:
        return NoHostFirewall(at=HERE) if kind > 0.6 else None
    rule = HostRule(
        name="host-rule",
        direction=random.choice((Direction.INBOUND, Direction.INBOUND, Direction.OUTBOUND)),
        action=random.choice((HostAction.ALLOW, HostAction.ALLOW, HostAction.BLOCK)),
        at=HERE,
        protocol=Protocol((TCP,)),
        local_ports=random.choice(((ALL_PORTS,), (PortRange(80, 443),))),
    )
    settings = ProfileSettings(is_enabled=random.random() < 0.9)
    return WindowsFirewall(rules=(rule,), at=HERE, settings=under_all(settings))
