"""Answers about whole sites: exact blocks, right verdicts flow by flow, and laws that any change of a site obeys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from itertools import pairwise, product
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.model.address import AddressRange
from netcheck.model.flow import Flow
from netcheck.model.ports import ICMP, PORTED
from netcheck.model.proxyacl import AclCondition, AclRule, ClientAddresses
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, ProxyServer, Site
from netcheck.questions.answer import Answer
from netcheck.questions.explain import explain
from netcheck.questions.filter import filter_packets
from netcheck.questions.reach import reach
from tests.property.small_sites import PROXY_PORT, UNIVERSE, expected_verdict, prefix, small_sites, tag_table
from tests.property.strategies import HERE, rules

SMALL = settings(max_examples=40, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
VERDICTS = ("reachable", "blocked", "undetermined")
PLACES = {
    "vm-a": ["10.1.0.1/32"],
    "vm-b": ["10.1.0.5/32"],
    "v1/a": ["10.1.0.0/30"],
    "10.1.0.0/29": ["10.1.0.0/29"],
    "20.60.0.0/30": ["20.60.0.0/30"],
    "Storage.WestUS": ["20.60.0.0/31"],
    "vm-b,Storage.WestUS": ["10.1.0.5/32", "20.60.0.0/31"],
    "10.2.0.0/31": ["10.2.0.0/31"],
    "10.9.9.8/31,13.96.0.1": ["10.9.9.8/31", "13.96.0.1/32"],
}
PORTS = {"80,443": (80, 443), "79-81,8080": (79, 80, 81, 8080), "443": (443,)}
NUMBERS = {"tcp": (6,), "udp": (17,), "icmp": (ICMP,), "any": tuple(range(256))}


class Asked(NamedTuple):
    """A question, in names."""

    source: str
    target: str
    protocol: str
    ports: str


class Block(NamedTuple):
    """A block of an answer in plain numbers; `protocols` are all the numbers it stands for."""

    protocols: tuple[int, ...]
    sources: list[tuple[int, int]]
    source_ports: list[tuple[int, int]]
    destinations: list[tuple[int, int]]
    destination_ports: list[tuple[int, int]]
    decided_by: tuple[int, ...]
    verdict: str

    def holds(self, flow: Flow) -> bool:
        """Return whether a flow is in the block; a protocol without ports has no port fields."""
        fields = [(self.sources, flow.source), (self.destinations, flow.destination)]
        if flow.protocol in PORTED:
            fields += [(self.source_ports, flow.source_port), (self.destination_ports, flow.destination_port)]
        return flow.protocol in self.protocols and all(
            any(first <= value <= last for first, last in spans) for spans, value in fields
        )

    def volume(self) -> int:
        """Return the number of headers in the block."""
        ends = size(self.sources) * size(self.destinations)
        ported = sum(1 for p in self.protocols if p in PORTED)
        ports = size(self.source_ports) * size(self.destination_ports)
        return ends * (ported * ports + len(self.protocols) - ported)

    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """Yield protocol, destination and destination port of everything in the block."""
        for protocol in self.protocols:
            ports = self.destination_ports if protocol in PORTED else [(0, 0)]
            for destination in members(self.destinations):
                yield from ((protocol, destination, port) for port in members(ports))


def size(spans: list[tuple[int, int]]) -> int:
    """Return how many numbers spans hold; they must be disjoint."""
    ordered = sorted(spans)
    assert all(one[1] < other[0] for one, other in pairwise(ordered))
    return sum(last - first + 1 for first, last in spans)


def members(spans: list[tuple[int, int]]) -> Iterator[int]:
    """Yield the numbers of spans."""
    for first, last in spans:
        yield from range(first, last + 1)


def addresses(texts: list[str]) -> list[tuple[int, int]]:
    """Return prefixes as spans, read by the standard library, which refuses host bits."""
    return [(int(ip_network(text)[0]), int(ip_network(text)[-1])) for text in texts]


def port_spans(texts: list[str]) -> list[tuple[int, int]]:
    """Return ports and ranges as spans."""
    return [(int(text.split("-")[0]), int(text.split("-")[-1])) for text in texts]


WORDS = {"tcp": 6, "udp": 17, "icmp": 1, "esp": 50, "ah": 51}


def read_blocks(found: Any) -> list[Block]:
    """Return the blocks of an answer's JSON, all three lists together."""
    blocks = []
    for verdict in VERDICTS:
        for raw in found["packets"][verdict]:
            assert raw["family"] == 4
            word = raw["protocol"]
            numbers = tuple(range(256)) if word == "any" else (WORDS[word] if word in WORDS else int(word),)
            blocks.append(
                Block(
                    numbers,
                    addresses(raw["source"]),
                    port_spans(raw["sourcePorts"]),
                    addresses(raw["destination"]),
                    port_spans(raw["destinationPorts"]),
                    tuple(raw["decidedBy"]),
                    verdict,
                )
            )
    return blocks


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Draw a question; the protocol is mostly TCP."""
    protocol = draw(st.sampled_from(("tcp", "tcp", "tcp", "udp", "icmp", "any")))
    ports = "" if protocol == "icmp" else draw(st.sampled_from(tuple(PORTS)))
    return Asked(draw(st.sampled_from(tuple(PLACES))), draw(st.sampled_from(tuple(PLACES))), protocol, ports)


def ask(site: Site, asked: Asked) -> Answer:
    """Put a question to a site."""
    return reach(site, asked.source, asked.target, [asked.ports] if asked.ports else [], asked.protocol)


def flows(asked: Asked, source_ports: tuple[int, ...] = (0, 443, 50000)) -> Iterator[Flow]:
    """Yield the flows of a question, with a few source ports; a protocol without ports has the port 0."""
    sources, destinations = addresses(PLACES[asked.source]), addresses(PLACES[asked.target])
    for protocol in set(NUMBERS[asked.protocol]) & {1, 6, 17, 47}:
        ports = PORTS[asked.ports] if protocol in PORTED else (0,)
        ends = product(members(sources), members(destinations))
        for (source, destination), port in product(ends, ports):
            if source != destination:
                for source_port in source_ports if protocol in PORTED else (0,):
                    yield Flow(4, protocol, source, source_port, destination, port)


def volume(asked: Asked) -> int:
    """Return the number of headers in a question."""
    numbers = NUMBERS[asked.protocol]
    ported = sum(1 for p in numbers if p in PORTED)
    ends = size(addresses(PLACES[asked.source])) * size(addresses(PLACES[asked.target]))
    ports = len(PORTS[asked.ports]) if asked.ports else 0
    return ends * (ported * 65536 * ports + len(numbers) - ported)


@SMALL
@given(site=small_sites(), asked=questions())
def test_the_blocks_are_exactly_the_question(site: Site, asked: Asked) -> None:
    """No flow is in two blocks and none is missing; the sizes of the blocks add up to the size of the question."""
    found = ask(site, asked).to_dict()
    blocks = read_blocks(found)
    assert sum(block.volume() for block in blocks) == volume(asked)
    for flow in flows(asked):
        assert (flow, 1) == (flow, sum(block.holds(flow) for block in blocks))


@SMALL
@given(site=small_sites(), asked=questions())
def test_counts_indexes_and_verdict_fit_the_blocks(site: Site, asked: Asked) -> None:
    """Counts are the different pairs of address and port, indexes point at decisions, the lists give the verdict."""
    found: Any = ask(site, asked).to_dict()
    blocks = read_blocks(found)
    for verdict in VERDICTS:
        mine = [block for block in blocks if block.verdict == verdict]
        assert len({pair for block in mine for pair in block.pairs()}) == found["counts"][verdict]
        assert bool(mine) == bool(found["witnesses"][verdict])
    used = {index for block in blocks for index in block.decided_by}
    assert used == set(range(len(found["decisions"])))
    assert all(block.decided_by for block in blocks if block.verdict != "reachable")
    present = {block.verdict for block in blocks}
    if {"reachable", "blocked"} <= present:
        assert found["verdict"] == "partial"
    else:
        assert found["verdict"] == ("undetermined" if "undetermined" in present else present.pop())


@settings(SMALL, max_examples=50)
@given(site=small_sites(), asked=questions())
def test_every_flow_has_the_verdict_of_plain_loops(site: Site, asked: Asked) -> None:
    """Along the whole path, in all worlds together, each flow of the question is judged as the reference judges it."""
    blocks = read_blocks(ask(site, asked).to_dict())
    for flow in flows(asked, source_ports=(443, 50000)):
        block = next(block for block in blocks if block.holds(flow))
        assert (flow, expected_verdict(site, flow)) == (flow, block.verdict)


@SMALL
@given(site=small_sites(), asked=questions())
def test_witnesses_are_explained_as_claimed(site: Site, asked: Asked) -> None:
    """A witness asked for alone has the verdict of its list and is decided by the rules that its block names."""
    answer = ask(site, asked)
    found: Any = answer.to_dict()
    blocks = read_blocks(found)
    for verdict in VERDICTS:
        for raw in found["witnesses"][verdict]:
            flow = Flow(
                4,
                WORDS[raw["protocol"]] if raw["protocol"] in WORDS else int(raw["protocol"]),
                addresses([raw["source"]])[0][0],
                raw["sourcePort"],
                addresses([raw["destination"]])[0][0],
                raw["destinationPort"],
            )
            [block] = [block for block in blocks if block.holds(flow)]
            explained: Any = explain(site, flow).to_dict()
            assert (flow, verdict, verdict) == (flow, block.verdict, explained["verdict"])
            named = [found["decisions"][index] for index in block.decided_by]
            assert sorted(map(str, named)) == sorted(map(str, explained["decisions"]))


def is_wider(before: Answer, after: Answer) -> bool:
    """Return whether nothing that was reachable stopped being so and nothing became blocked that was not."""
    return before.reachable <= after.reachable and after.blocked <= before.blocked


@SMALL
@given(site=small_sites(), asked=questions(), data=st.data())
def test_learning_a_tag_only_settles_what_was_open(site: Site, asked: Asked, data: st.DataObject) -> None:
    """Adding an unknown tag to the tag table turns open packets into settled ones, and touches no settled one."""
    prefixes = data.draw(st.lists(st.sampled_from(("20.60.0.0/31", "10.1.0.0/30", "0.0.0.0/1")), max_size=2))
    before, after = ask(site, asked), ask(replace(site, tags=tag_table(contoso=prefixes)), asked)
    assert after.undetermined <= before.undetermined
    assert before.reachable <= after.reachable
    assert before.blocked <= after.blocked


@SMALL
@given(site=small_sites(), asked=questions(), data=st.data())
def test_the_order_of_rules_in_the_file_means_nothing(site: Site, asked: Asked, data: st.DataObject) -> None:
    """Priorities decide: the same rules in another order give the same answer to the byte."""
    shuffled = tuple(
        replace(nsg, rules=tuple(data.draw(st.permutations(nsg.rules)))) for nsg in site.network_security_groups
    )
    assert ask(replace(site, network_security_groups=shuffled), asked).to_dict() == ask(site, asked).to_dict()


@SMALL
@given(site=small_sites(), asked=questions())
def test_halving_every_prefix_changes_nothing(site: Site, asked: Asked) -> None:
    """A prefix and its two halves are the same addresses, so the same answer follows, to the byte."""
    halved = tuple(replace(nsg, rules=tuple(halve(rule) for rule in nsg.rules)) for nsg in site.network_security_groups)
    assert ask(replace(site, network_security_groups=halved), asked).to_dict() == ask(site, asked).to_dict()


def halve(rule: NsgRule) -> NsgRule:
    """Return a rule with each address range cut in two."""
    return replace(rule, sources=tuple(halves(rule.sources)), destinations=tuple(halves(rule.destinations)))


def halves(endpoints: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the endpoints, with ranges of more than one address in two parts."""
    for endpoint in endpoints:
        if isinstance(endpoint, AddressRange) and endpoint.last > endpoint.first:
            middle = (endpoint.first + endpoint.last) // 2
            yield AddressRange(endpoint.family, middle + 1, endpoint.last)
            yield AddressRange(endpoint.family, endpoint.first, middle)
        else:
            yield endpoint


@settings(SMALL, max_examples=60)
@given(site=small_sites(), asked=questions(), data=st.data())
def test_allowing_more_never_closes_and_denying_more_never_opens(site: Site, asked: Asked, data: st.DataObject) -> None:
    """One more allow rule leaves reachable packets reachable; one more deny rule leaves blocked packets blocked."""
    names = [nsg.name for nsg in site.network_security_groups]
    drawn = data.draw(rules(UNIVERSE, most=1))
    if not names or not drawn:
        return
    name = data.draw(st.sampled_from(names))
    group = next(nsg for nsg in site.network_security_groups if nsg.name == name)
    taken = {rule.priority for rule in group.rules}
    free = data.draw(st.sampled_from([p for p in (99, 150, 1000, 4000, 4094) if p not in taken]))
    more = replace(drawn[0], name="one-more", priority=free)
    before, after = ask(site, asked), ask(site.with_rules(name, (*group.rules, more)), asked)
    assert is_wider(before, after) if more.access is Access.ALLOW else is_wider(after, before)


CLIENT_RANGES = ("10.1.0.0/31", "10.1.0.1/32", "10.1.0.2/31", "10.1.0.0/30")


@st.composite
def proxied_sites(draw: st.DrawFn) -> tuple[Site, list[tuple[Access, list[tuple[int, int]]]]]:
    """Draw a site whose second VM runs a proxy with a list of clients; also return the list as plain spans."""
    site = draw(small_sites())
    line = st.tuples(st.sampled_from(Access), st.sampled_from(CLIENT_RANGES))
    drawn = draw(st.lists(line, max_size=3))
    acl = tuple(
        AclRule(
            action=action,
            conditions=(AclCondition(test=ClientAddresses((prefix(text),)), text=text),),
            text=f"{action} {text}",
            at=HERE,
        )
        for action, text in drawn
    )
    default = draw(st.sampled_from(Access))
    server = ProxyServer(port=PROXY_PORT, at=HERE, acl=acl, default=default)
    vms = tuple(replace(vm, proxy_server=server) if vm.name == "vm-b" else vm for vm in site.virtual_machines)
    plain = [(action, addresses([text])) for action, text in drawn]
    return replace(site, virtual_machines=vms), [*plain, (default, [(0, 2**32 - 1)])]


@settings(SMALL, max_examples=50)
@given(
    drawn=proxied_sites(),
    source=st.sampled_from(("vm-a", "v1/a", "vm-a,10.1.0.2/31")),
    ports=st.sampled_from(("80,443", "443")),
)
def test_through_a_proxy_both_legs_and_the_list_decide(
    drawn: tuple[Site, list[tuple[Access, list[tuple[int, int]]]]], source: str, ports: str
) -> None:
    """Each client of several is judged by itself: its way to the proxy, the proxy's list, the proxy's way out."""
    site, lines = drawn
    found = reach(site, source, "Storage.WestUS", [ports], via="vm-b").to_dict()
    blocks = read_blocks(found)
    clients = {"vm-a": ["10.1.0.1/32"], "v1/a": ["10.1.0.0/30"]}.get(source, ["10.1.0.1/32", "10.1.0.2/31"])
    proxy = addresses(["10.1.0.5/32"])[0][0]
    for client in sorted({address for span in addresses(clients) for address in members([span])}):
        is_listed = next(action for action, spans in lines if any(f <= client <= t for f, t in spans))
        to_proxy = {expected_verdict(site, Flow(4, 6, client, port, proxy, PROXY_PORT)) for port in SOURCE_PORTS}
        for destination, port in product(members(addresses(["20.60.0.0/31"])), PORTS[ports]):
            onwards = expected_verdict(site, Flow(4, 6, proxy, 50000, destination, port))
            flow = Flow(4, 6, client, 50000, destination, port)
            [block] = [block for block in blocks if block.holds(flow)]
            told = f"{flow}: {to_proxy}, {is_listed}, {onwards}"
            if is_listed is Access.DENY or to_proxy == {"blocked"} or onwards == "blocked":
                assert (told, "blocked") == (told, block.verdict)
            elif to_proxy == {"reachable"} == {onwards}:
                assert (told, "reachable") == (told, block.verdict)
            else:
                assert (told, "undetermined") == (told, block.verdict)


SOURCE_PORTS = (0, 79, 80, 81, 442, 443, 444, 8079, 8080, 8081, 49999, 50000, 50001, 65535)


def test_icmp_is_one_protocol_of_each_family() -> None:
    """A question about ICMP over IPv4 holds one packet a pair of addresses, not a second one for ICMPv6."""
    site = Site(file="drawn.yaml", virtual_networks=(), network_security_groups=(group_of(),), tags=tag_table())
    found: Any = filter_packets(site, "nsg", Direction.OUTBOUND, "10.1.0.1", "20.60.0.0", protocol="icmp").to_dict()
    assert found["counts"] == {"reachable": 1, "blocked": 0, "undetermined": 0}
    assert [block["protocol"] for block in found["packets"]["reachable"]] == ["icmp"]


def group_of(*group_rules: NsgRule) -> NetworkSecurityGroup:
    """Return a group of some rules."""
    return NetworkSecurityGroup(name="nsg", rules=group_rules, at=HERE)


def test_small_sites_reach_every_verdict() -> None:
    """The sites drawn are not all alike: each verdict occurs, and so do unknown tags that matter."""
    seen: set[str] = set()

    @settings(max_examples=100, database=None, deadline=None, derandomize=True)
    @given(site=small_sites(), asked=questions())
    def look(site: Site, asked: Asked) -> None:
        answer = ask(site, asked)
        seen.add(str(answer.verdict))
        seen.update("a tag" for reason in answer.reasons if "Contoso" in reason)

    look()
    assert {"reachable", "blocked", "partial", "undetermined", "a tag"} <= seen
