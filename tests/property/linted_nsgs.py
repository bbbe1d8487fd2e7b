"""Small NSGs full of overlaps, and what a plain decider makes of the rules that lint calls dead or redundant.

The decider is the oracle's: it looks at one flow after the other, rule by rule, in every world. One flow stands for all
flows that no rule tells apart: per field there is one value for each way in which rules, tags and ports can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from random import Random

from netcheck.lint.run import lint
from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, Family, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PORTED, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.model.tags import TagTable
from tests.oracle import internet
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, End, Ruling, decide_nsg, platform_ruling
from tests.oracle.worlds import World, every_world
from tests.property.small_sites import prefix
from tests.property.strategies import BITS, HERE, spans_of, tag

NETWORK = "10.0.0.0/24"
STORAGE = ("20.60.0.0/24", "20.60.2.0/24")
PREFIXES = (
    "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", NETWORK, "10.0.0.4/31", "10.0.0.4/32", "10.0.0.5/32",
    "20.60.0.0/23", "20.60.0.0/24", "20.60.1.0/24", "20.60.0.0/22", "20.60.2.0/23", "198.51.100.0/24", "25.0.0.0/12",
    "168.63.129.16/32",
)  # fmt: skip
PREFIXES_6 = ("::/0", "::/1", "8000::/1", "fd00::/64", "2603:1030::/32", "2603:1030:8000::/33")
TAGS = ("Internet", "VirtualNetwork", "AzureLoadBalancer", "Storage.WestUS", "Contoso", "Fabrikam", "AzureBackup")
PLATFORM_TAGS = ("AzurePlatformDNS", "AzurePlatformIMDS")
PORTS = tuple(PortRange(*ends) for ends in ((80, 80), (443, 443), (80, 443), (0, 442), (443, 65535), (53, 53)))
PROTOCOLS = (ANY_PROTOCOL, ANY_PROTOCOL, Protocol((6,)), Protocol((6,)), Protocol((17,)), Protocol((1, 58)))
EMPTY_GROUP, OPEN_GROUP = "asg-empty", "asg-nobody-knows"
TABLE = TagTable(
    file="tags.json",
    cloud="Public",
    change_number=1,
    published="",
    entries={
        "storage.westus": tag("Storage.WestUS", STORAGE, ("API", "NSG")),
        "azurebackup": tag("AzureBackup", ("20.60.1.0/25",), None),
    },
)
KNOWN: dict[str, dict[int, list[tuple[int, int]]]] = {
    "virtualnetwork": spans_of([NETWORK, "168.63.129.16/32"]),
    "azureloadbalancer": spans_of(["168.63.129.16/32", "fe80::1234:5678:9abc/128"]),
    "azureplatformdns": spans_of(["168.63.129.16/32"]),
    "azureplatformimds": spans_of(["169.254.169.254/32"]),
    "internet": {4: internet.all_but(internet.OUTSIDE_IN_2020)},
    "storage.westus": spans_of(STORAGE),
    EMPTY_GROUP: {4: [], 6: []},
    "azurebackup": {4: [], 6: []},
}
DOUBTFUL: dict[str, dict[int, list[tuple[int, int]]]] = {
    "internet": {4: internet.POSSIBLE, 6: spans_of(["2000::/3"])[6]},
    "azurebackup": spans_of(["20.60.1.0/25"]),
}
END = End(known=KNOWN, doubtful=DOUBTFUL, name="the NSG")
SERVICES = {
    (6, WIRE_SERVER): (53, 80, 32526),
    (17, WIRE_SERVER): (53,),
    (6, INSTANCE_METADATA): (80,),
    (17, INSTANCE_METADATA): (80,),
}
"""Protocol and address -> ports: the platform's services. Outbound, the oracle says nothing about its other ports."""
DEFAULT_NAMES = ("virtualnetwork", "internet", "azureloadbalancer")


@dataclass(frozen=True)
class Checked:
    """What came of one NSG: rules by what lint said about them, and where the oracle does not agree."""

    dead: int
    redundant: int
    alive: int
    flows: int
    differences: tuple[str, ...]


def draw_nsg(random: Random, most: int = 8) -> NetworkSecurityGroup:
    """Draw a group with rules of one direction: Azure judges each direction by itself."""
    direction = random.choice(tuple(Direction))
    priorities = random.sample(range(100, 4097), random.randint(2, most))
    rules = [_rule(random, direction, number, priority) for number, priority in enumerate(priorities)]
    return NetworkSecurityGroup(name="nsg", rules=tuple(rules), at=HERE)


def _rule(random: Random, direction: Direction, number: int, priority: int) -> NsgRule:
    family: Family = random.choice((4, 4, 4, 6))
    destinations = _side(random, family)
    if direction is Direction.OUTBOUND and random.random() < 0.08:
        destinations = (ServiceTag(random.choice(PLATFORM_TAGS)),)
    some_ports = tuple(random.sample(PORTS, random.choice((1, 1, 2))))
    return NsgRule(
        name=f"rule-{number}",
        priority=priority,
        direction=direction,
        access=random.choice(tuple(Access)),
        protocol=random.choice(PROTOCOLS),
        sources=_side(random, family) if random.random() < 0.5 else (AnyAddress(),),
        source_ports=(ALL_PORTS,) if random.random() < 0.95 else (random.choice(PORTS),),
        destinations=destinations,
        destination_ports=(ALL_PORTS,) if random.random() < 0.4 else some_ports,
        at=HERE,
        unknown="a field that is not read" if random.random() < 0.03 else "",
    )


def _side(random: Random, family: Family) -> tuple[Endpoint, ...]:
    kind = random.randrange(10)
    if kind < 2:
        return (AnyAddress(),)
    if kind < 5:
        return (ServiceTag(random.choice(TAGS)),)
    if kind < 6:
        return (ApplicationSecurityGroup(random.choice((EMPTY_GROUP, OPEN_GROUP))),)
    if family == 6:
        chosen = random.sample(PREFIXES_6, random.choice((1, 2)))
        return tuple(AddressRange(6, *spans_of([text])[6][0]) for text in chosen)
    return tuple(prefix(text) for text in random.sample(PREFIXES, random.choice((1, 1, 2, 3))))


def check(nsg: NetworkSecurityGroup) -> Checked:
    """Let lint name the dead and redundant rules, and let the oracle judge every flow with them and without."""
    site = Site(
        file="drawn.yaml", network_security_groups=(nsg,), tags=TABLE, application_security_groups=(EMPTY_GROUP,)
    )
    found = lint(site, enable=["dead", "redundant", "not-checked"], vnet=[prefix(NETWORK)]).findings
    differences = [one.message for one in found if one.kind == "not-checked"]
    dead = {one.rule for one in found if one.kind == "dead"}
    needless = {one.rule for one in found if one.kind == "redundant"}
    groups = [nsg, without(nsg, dead), without(nsg, dead | needless), without(nsg, needless)]
    direction = nsg.rules[0].direction
    decides: set[str] = set()
    flows = 0
    for flow in flows_of(nsg, direction):
        flows += 1
        for whole, alive, needed, other in every_world(partial(rulings, groups, direction, flow)):
            decides.add(whole.rule)
            if whole != alive or not whole.access is needed.access is other.access:
                told = f"without the dead {alive}, without the redundant {other}, without both {needed}"
                differences.append(f"{flow}: {whole}, {told}")
    differences += [f"`{name}` is called dead and decides" for name in sorted(dead & decides)]
    alive_rules = {rule.name for rule in nsg.rules} - dead
    differences += [f"`{name}` decides nothing and is not called dead" for name in sorted(alive_rules - decides)]
    return Checked(len(dead), len(needless), len(alive_rules), flows, tuple(differences[:3]))


def without(nsg: NetworkSecurityGroup, names: Iterable[str]) -> NetworkSecurityGroup:
    """Return a group without some of its rules."""
    gone = set(names)
    return replace(nsg, rules=tuple(rule for rule in nsg.rules if rule.name not in gone))


def rulings(groups: Sequence[NetworkSecurityGroup], direction: Direction, flow: Flow, world: World) -> list[Ruling]:
    """Return what the oracle says about one flow with each of some groups, in one world."""
    told = []
    for nsg in groups:
        special = platform_ruling(nsg, flow, END, world) if direction is Direction.OUTBOUND else None
        told.append(special or decide_nsg(nsg, direction, flow, END, world))
    return told


def flows_of(nsg: NetworkSecurityGroup, direction: Direction) -> Iterator[Flow]:
    """Yield one flow for each way in which fields can differ; source and destination are seldom one address."""
    families: tuple[Family, Family] = (4, 6)
    every_port = _port_values([rule.destination_ports for rule in nsg.rules])
    every_own = _port_values([rule.source_ports for rule in nsg.rules])
    for family in families:
        sources = [first for first, _ in _addresses(nsg, family, "sources")]
        destinations = [last for _, last in _addresses(nsg, family, "destinations")]
        for protocol, source, destination in product((6, 17, 1, 50), sources, destinations):
            ports, own = (every_port, every_own) if protocol in PORTED else ([0], [0])
            is_platform = family == 4 and destination in (WIRE_SERVER, INSTANCE_METADATA)
            if is_platform and direction is Direction.OUTBOUND:
                ports = list(SERVICES.get((protocol, destination), ()))
            for port, source_port in product(ports, own):
                yield Flow(family, protocol, source, source_port, destination, port)


def _addresses(nsg: NetworkSecurityGroup, family: Family, side: str) -> list[tuple[int, int]]:
    """Return the first and last address of one span for each way in which names and prefixes hold addresses."""
    spans: dict[str, list[tuple[int, int]]] = {}
    named = {*DEFAULT_NAMES, *(str(endpoint).casefold() for rule in nsg.rules for endpoint in getattr(rule, side))}
    for rule in nsg.rules:
        for endpoint in getattr(rule, side):
            if isinstance(endpoint, AddressRange) and endpoint.family == family:
                spans[str(endpoint)] = [(endpoint.first, endpoint.last)]
    for names, word in ((KNOWN, "known"), (DOUBTFUL, "doubtful")):
        for name, held in names.items():
            if name not in named:
                continue
            spans[f"{word} {name}"] = list(held.get(family, []))
    cuts = {0, *(cut for ranges in spans.values() for first, last in ranges for cut in (first, last + 1))}
    ordered = sorted(cut for cut in cuts if cut < 1 << BITS[family])
    found: dict[tuple[bool, ...], tuple[int, int]] = {}
    for first, end in zip(ordered, [*ordered[1:], 1 << BITS[family]], strict=True):
        at = tuple(any(low <= first <= high for low, high in ranges) for ranges in spans.values())
        known = found.get(at)
        if known is None or (known[0] == known[1] and end - 1 > first):
            found[at] = (first, end - 1)
    return list(found.values())


def _port_values(lists: Sequence[tuple[PortRange, ...]]) -> list[int]:
    named = [cut for ports in lists for one in ports for cut in (one.first, one.last + 1)]
    return sorted({cut for cut in (0, *named) if cut < 65536})
