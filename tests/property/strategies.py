"""What the property tests draw: tiny universes in which every flow can be tried, and full-size rules.

A universe is four addresses, four ports and two protocols. The edge universes sit on both ends of the number lines
(0, 1, the last but one, the last); the named universes hold addresses that the built-in tags treat differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from hypothesis import strategies as st

from netcheck.diagnostics import Source
from netcheck.model.address import (
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    Family,
    ServiceTag,
    Unresolved,
)
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, ICMP, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import (
    DeploymentModel,
    NetworkInterface,
    NetworkSecurityGroup,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.model.tags import TagEntry, TagTable
from tests.oracle import internet
from tests.oracle.reference import End

HERE = Source("drawn.yaml", 1, 1)
BITS: dict[int, int] = {4: 32, 6: 128}
Spans = list[tuple[int, int]]


def number(text: str) -> int:
    """Return an address as a number, read by the standard library."""
    return int(ip_address(text))


@dataclass(frozen=True)
class Universe:
    """Four addresses of one family, four ports, two protocols; what built-in tags say about these addresses."""

    name: str
    family: Family
    addresses: tuple[int, ...]
    ports: tuple[int, ...] = (0, 1, 65534, 65535)
    protocols: tuple[int, ...] = (TCP, ICMP)
    virtual_network: str = "10.0.0.0/24"
    known: dict[str, list[str]] = field(default_factory=dict)
    doubtful: dict[str, list[str]] = field(default_factory=dict)

    def flows(self) -> Iterator[Flow]:
        """Yield every flow; a protocol without ports has the port 0 only."""
        for protocol in self.protocols:
            ports = self.ports if protocol == TCP else (0,)
            for source in self.addresses:
                for destination in self.addresses:
                    for sport in ports:
                        for dport in ports:
                            yield Flow(self.family, protocol, source, sport, destination, dport)


EDGE4 = Universe("edge4", 4, (0, 1, 2**32 - 2, 2**32 - 1))
EDGE6 = Universe(
    "edge6", 6, (0, 1, 2**128 - 2, 2**128 - 1), virtual_network="::/127", known={"virtualnetwork": ["::/127"]}
)
NAMED4 = Universe(
    "named4",
    4,
    (number("10.0.0.4"), number("13.96.0.1"), number("20.60.1.0"), number("168.63.129.16")),
    ports=(53, 80, 443, 32526),
    known={
        "virtualnetwork": ["10.0.0.0/24", "168.63.129.16/32"],
        "internet": ["20.60.1.0/24", "168.63.129.16/32"],
        "azureloadbalancer": ["168.63.129.16/32"],
    },
    doubtful={"internet": ["13.96.0.0/13"]},  # left out of Azure's expansion of 2020, not of the one of 2017
)
NAMED6 = Universe(
    "named6",
    6,
    (number("2603:1030:a0a::1"), number("fd00::4"), number("fe80::1234:5678:9abc"), 2**128 - 1),
    ports=(0, 80, 443, 65535),
    virtual_network="fd00::/64",
    known={"virtualnetwork": ["fd00::/64"], "azureloadbalancer": ["fe80::1234:5678:9abc/128"]},
    doubtful={"internet": ["2603::/16"]},  # no recording shows the tag for IPv6
)
EDGE4_VNET = Universe(
    "edge4 in the network",
    4,
    EDGE4.addresses,
    virtual_network="0.0.0.0/31",
    known={"virtualnetwork": ["0.0.0.0/31"]},
)
PUBLIC4 = Universe(
    "public prefix inside the network",
    4,
    (number("20.60.1.0"), number("20.60.2.0"), number("25.251.0.1"), number("10.0.0.4")),
    virtual_network="20.60.1.0/24",
    known={"virtualnetwork": ["20.60.1.0/24"], "internet": ["20.60.2.0/24"]},
    doubtful={"internet": ["20.60.1.0/24", "25.0.0.0/8"]},  # documentation and users contradict each other
)
UNIVERSES = (EDGE4, EDGE6, NAMED4, NAMED6, EDGE4_VNET, PUBLIC4)


@dataclass(frozen=True)
class Drawn:
    """A network security group in a site, and what the reference decider has to know about it."""

    universe: Universe
    site: Site
    nsg: NetworkSecurityGroup
    subnet: Subnet
    end: End

    def __repr__(self) -> str:
        rules = "\n".join(
            f"  {r.priority} {r.direction} {r.access} {r.protocol} {[str(e) for e in r.sources]}"
            f" {[str(p) for p in r.source_ports]} -> {[str(e) for e in r.destinations]}"
            f" {[str(p) for p in r.destination_ports]} {r.unknown}"
            for r in self.nsg.rules
        )
        tags = {e.name: e.prefixes for e in self.site.tags.entries.values()} if self.site.tags else {}
        return f"{self.universe.name} {self.site.deployment_model} {tags}\n{rules}"

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        """Let hypothesis print a failing example in a form people can read."""
        printer.text("(cycle)" if cycle else repr(self))  # type: ignore[attr-defined]  # hypothesis' printer


def spans_of(prefixes: Sequence[str]) -> dict[int, Spans]:
    """Return prefixes as (first, last) pairs per family."""
    found: dict[int, Spans] = {4: [], 6: []}
    for prefix in prefixes:
        network = ip_network(prefix)
        found[network.version].append((int(network[0]), int(network[-1])))
    return found


def prefix_around(address: int, family: int, length: int) -> AddressRange:
    """Return the prefix of a length that holds an address."""
    size = 1 << (BITS[family] - length)
    first = address - address % size
    return AddressRange(4 if family == 4 else 6, first, first + size - 1)


def text_of(prefix: AddressRange) -> str:
    """Return a prefix as text, written by the standard library."""
    kind = IPv4Address if prefix.family == 4 else IPv6Address
    length = BITS[prefix.family] - (prefix.last - prefix.first).bit_length()
    return f"{kind(prefix.first)}/{length}"


def prefixes(universe: Universe) -> st.SearchStrategy[AddressRange]:
    """Draw prefixes that hold an address of the universe: single addresses, pairs, halves, everything."""
    bits = BITS[universe.family]
    lengths = st.sampled_from((bits, bits, bits - 1, bits - 8, 1, 0))
    return st.builds(prefix_around, st.sampled_from(universe.addresses), st.just(universe.family), lengths)


def ranges(universe: Universe) -> st.SearchStrategy[AddressRange]:
    """Draw ranges between two addresses of the universe, aligned or not."""
    ends = st.tuples(*[st.sampled_from(universe.addresses)] * 2).map(sorted)
    return ends.map(lambda pair: AddressRange(universe.family, pair[0], pair[1]))


def endpoints(universe: Universe) -> st.SearchStrategy[Endpoint]:
    """Draw what a rule may name, known and unknown."""
    other_family = AddressRange(6 if universe.family == 4 else 4, 0, 2**32 - 1)
    names = ("Internet", "VirtualNetwork", "AzureLoadBalancer", "INTERNET", "Storage.WestUS", "storage.westus")
    unknown = ("AzureBackup.WestUS", "Contoso", "Fabrikam")
    return st.one_of(
        st.just(AnyAddress()),
        prefixes(universe),
        ranges(universe),
        st.sampled_from(names).map(ServiceTag),
        st.sampled_from(unknown).map(ServiceTag),
        st.sampled_from(("asg-app", "asg-nobody")).map(ApplicationSecurityGroup),
        st.sampled_from((other_family, Unresolved("[parameters('where')]", "a template expression"))),
    )


def port_ranges(universe: Universe) -> st.SearchStrategy[tuple[PortRange, ...]]:
    """Draw one or two port ranges whose ends are ports of the universe, or all ports."""
    ends = st.tuples(*[st.sampled_from(universe.ports)] * 2).map(sorted)
    some = st.lists(ends.map(lambda pair: PortRange(pair[0], pair[1])), min_size=1, max_size=2).map(tuple)
    return st.one_of(st.just((ALL_PORTS,)), some)


@st.composite
def rules(draw: st.DrawFn, universe: Universe, most: int = 6) -> tuple[NsgRule, ...]:
    """Draw a rule list: no two rules of one direction share a priority, the order in the list means nothing."""
    slots = draw(
        st.lists(
            st.tuples(st.sampled_from((100, 101, 200, 3000, 4095, 4096)), st.sampled_from(tuple(Direction))),
            max_size=most,
            unique=True,
        )
    )
    protocol = st.sampled_from((ANY_PROTOCOL, Protocol((6,)), Protocol((17,)), Protocol((1, 58))))
    named = st.lists(endpoints(universe), min_size=1, max_size=3).map(tuple)
    sides: st.SearchStrategy[tuple[Endpoint, ...]] = st.one_of(st.just((AnyAddress(),)), named)
    drawn = []
    for position, (priority, direction) in enumerate(slots):
        rule = NsgRule(
            name=f"rule-{position}",
            priority=priority,
            direction=direction,
            access=draw(st.sampled_from(tuple(Access))),
            protocol=draw(protocol),
            sources=draw(sides),
            source_ports=draw(st.one_of(st.just((ALL_PORTS,)), port_ranges(universe))),
            destinations=draw(sides),
            destination_ports=draw(st.one_of(st.just((ALL_PORTS,)), port_ranges(universe))),
            at=HERE,
            unknown=draw(st.sampled_from(("", "", "", "", "", "", "", "a field that is not read"))),
        )
        drawn.append(rule)
    return tuple(drawn)


@st.composite
def drawn_groups(draw: st.DrawFn) -> Drawn:
    """Draw a universe, the tags in it, and a network security group."""
    universe = draw(st.sampled_from(UNIVERSES))
    storage = draw(st.lists(prefixes(universe), max_size=3))
    return build(universe, draw(rules(universe)), storage, draw(st.sampled_from(tuple(DeploymentModel))))


def build(
    universe: Universe, group_rules: tuple[NsgRule, ...], storage: Sequence[AddressRange], model: DeploymentModel
) -> Drawn:
    """Return the site and, beside it, the same facts in the reference decider's own words."""
    storage_texts = tuple(text_of(prefix) for prefix in storage)
    backup_texts = (text_of(prefix_around(universe.addresses[0], universe.family, BITS[universe.family])),)
    member = universe.addresses[1]
    space = spans_of([universe.virtual_network])[universe.family][0]
    entries = {
        "storage.westus": tag("Storage.WestUS", storage_texts, ("API", "NSG")),
        "azurebackup.westus": tag("AzureBackup.WestUS", backup_texts, None),
    }
    subnet = Subnet(name="s", virtual_network="v", prefixes=(AddressRange(universe.family, *space),), at=HERE)
    network = VirtualNetwork(name="v", address_space=subnet.prefixes, subnets=(subnet,), at=HERE)
    nic = NetworkInterface(
        name="nic",
        subnet="v/s",
        addresses=(AddressRange(universe.family, member, member),),
        at=HERE,
        application_security_groups=("asg-app",),
    )
    nsg = NetworkSecurityGroup(name="nsg", rules=group_rules, at=HERE)
    site = Site(
        file="drawn.yaml",
        deployment_model=model,
        virtual_networks=(network,),
        network_security_groups=(nsg,),
        virtual_machines=(VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE),),
        tags=TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=entries),
    )
    builtin: dict[str, list[str]] = {"virtualnetwork": [], "internet": [], "azureloadbalancer": []}
    known = {name: spans_of(texts) for name, texts in (builtin | universe.known).items()}
    known |= {"storage.westus": spans_of(storage_texts), "azurebackup.westus": {4: [], 6: []}}
    known |= {"asg-app": {universe.family: [(member, member)]}}
    doubtful = {name: spans_of(texts) for name, texts in universe.doubtful.items()}
    doubtful["azurebackup.westus"] = spans_of(backup_texts)
    end = End(known=known, doubtful=doubtful, name="nic", is_classic=model is DeploymentModel.CLASSIC)
    return Drawn(universe, site, nsg, subnet, end)


def tag(name: str, texts: tuple[str, ...], features: tuple[str, ...] | None) -> TagEntry:
    """Return a published tag."""
    return TagEntry(name=name, region="", system_service="", prefixes=texts, network_features=features)


REAL_PREFIXES = (
    *("10.0.0.0/24", "10.0.0.4/32", "10.0.0.5/32", "10.0.0.0/8", "13.64.0.0/16", "13.83.72.16/28", "13.88.144.112/28"),
    *("20.38.98.0/24", "20.60.0.0/24", "20.60.1.0/24", "20.60.34.0/23", "20.60.56.0/22", "20.190.128.0/18"),
    *("40.126.0.0/18", "52.239.0.0/17", "145.190.132.0/22", "172.16.0.0/12", "192.168.0.0/16", "198.51.100.7/32"),
)
REAL_PORTS = (
    (22, 22),
    (53, 53),
    (80, 80),
    (80, 443),
    (443, 443),
    (1024, 65535),
    (3128, 3128),
    (8080, 8080),
    (8443, 8443),
)


@st.composite
def full_size_groups(draw: st.DrawFn) -> Drawn:
    """Draw a group of up to thirty rules with prefixes and ports as they occur in practice."""
    texts = draw(st.lists(st.sampled_from(REAL_PREFIXES), min_size=1, max_size=10, unique=True))
    spans = [spans_of([text])[4][0] for text in texts]
    universe = Universe(
        "full size",
        4,
        addresses=tuple(neighbours(spans, 2**32 - 1)),
        ports=tuple(neighbours(list(REAL_PORTS), 65535)),
        known={"virtualnetwork": ["10.0.0.0/24", "168.63.129.16/32"], "azureloadbalancer": ["168.63.129.16/32"]},
    )
    storage = draw(st.lists(st.sampled_from([AddressRange(4, *span) for span in spans]), max_size=4))
    drawn = build(universe, draw(rules(universe, most=12)), storage, draw(st.sampled_from(tuple(DeploymentModel))))
    known = {**drawn.end.known, "internet": {4: internet.KNOWN}}
    doubtful = {**drawn.end.doubtful, "internet": {4: internet.POSSIBLE}}
    return replace(drawn, end=replace(drawn.end, known=known, doubtful=doubtful))


def neighbours(spans: Sequence[tuple[int, int]], top: int) -> list[int]:
    """Return the ends of spans and the numbers next to them, sorted."""
    near = {end + step for span in spans for end in span for step in (-1, 0, 1)}
    return sorted(number for number in near if 0 <= number <= top)
