"""Compare the engine with the reference walker on many drawn networks.

    python -m tests.walk_campaign --networks 100000 --seed 1 --processes 2

Each network is asked a handful of flows, one by one and as parts of whole sets. Counts of verdicts and of what the
packets met are printed; a difference is printed with the case that brings it back (`--case 1/77`), and the exit status
is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from netcheck.model.address import AddressRange, format_address
from netcheck.model.flow import Flow
from netcheck.model.network import NetworkInterface
from netcheck.model.ports import ICMP, ICMPV6, TCP, UDP
from netcheck.model.site import Site
from netcheck.questions.answer import Answer
from netcheck.questions.asking import Asking
from netcheck.questions.explain import explain
from netcheck.questions.reach import reach
from netcheck.sets.packets import Header
from tests.drawn_campaign import Campaign, Outcome
from tests.oracle.ground import Ground
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER
from tests.oracle.walker import Walk, judge
from tests.oracle.worlds import every_world
from tests.property.walk_networks import destinations, draw_network, sources

PORTS = (80, 443, 8080)
STRANGERS = {4: 0xC6336407, 6: 0x2603_1030 << 96 | 9}
"""Sources outside: 198.51.100.7 and 2603:1030::9."""

PLATFORM = (
    (WIRE_SERVER, TCP, 80),
    (WIRE_SERVER, TCP, 32526),
    (WIRE_SERVER, UDP, 53),
    (INSTANCE_METADATA, TCP, 80),
)
Judge = Callable[[Ground, Flow, NetworkInterface | None], str]


@dataclass
class Case:
    """One drawn network with the two sides that judge its flows."""

    name: str
    random: Random
    site: Site
    judge: Judge = judge

    def __post_init__(self) -> None:
        self.asking = Asking(self.site)
        self.ground = Ground(self.site)
        self.outcome = Outcome(sites=1)

    def compare(self) -> Outcome:
        """Ask about sets of packets and single ones, from NICs and from outside."""
        goals = destinations(self.site)
        nic = self.random.choice(sources(self.site))
        self.ask_set(nic, self.random.sample(goals, 10))
        for nic in self.random.choices(sources(self.site), k=2):
            self.ask_one(nic, self.random.choice(goals))
        inside = [goal for goal in goals if self.ground.network_at(goal.family, goal.first)]
        self.ask_one(None, self.random.choice(inside))
        if self.random.random() < 0.2:
            self.ask_platform(self.random.choice(sources(self.site)))
        return self.outcome

    def ask_set(self, nic: NetworkInterface, goals: Sequence[AddressRange]) -> None:
        """Judge all TCP packets of a NIC at once, and look some flows up in the answer's sets."""
        others = [goal for goal in dict.fromkeys(goals) if goal not in nic.addresses]
        words = ",".join(format_address(goal.family, goal.first) for goal in others)
        answer = reach(self.site, nic.name, words, [",".join(map(str, PORTS))], asking=self.asking)
        families = {address.family for address in nic.addresses}
        for goal in [goal for goal in others if goal.family in families][:5]:
            flow = flow_to(self.random, nic, goal, TCP)
            self.check(flow, nic, found_in(answer, flow), "set")

    def ask_one(self, nic: NetworkInterface | None, goal: AddressRange) -> None:
        """Follow one flow of any protocol."""
        is_held = nic is None or any(address.family == goal.family for address in nic.addresses)
        if is_held and (nic is None or goal not in nic.addresses):
            protocol = self.random.choice((TCP, UDP, ICMP if goal.family == 4 else ICMPV6))
            flow = flow_to(self.random, nic, goal, protocol)
            self.check(flow, nic, str(explain(self.site, flow, self.asking).verdict), "flow")

    def ask_platform(self, nic: NetworkInterface) -> None:
        """Follow a flow to one of the platform's own services."""
        address, protocol, port = self.random.choice(PLATFORM)
        source = nic.addresses[0].first
        flow = Flow(4, protocol, source, 49152, address, port)
        self.check(flow, nic, str(explain(self.site, flow, self.asking).verdict), "platform")

    def check(self, flow: Flow, nic: NetworkInterface | None, told: str, how: str) -> None:
        """Compare what the engine told with the reference."""
        wanted = self.judge(self.ground, flow, nic)
        self.outcome.flows[wanted] += 1
        for feature in set(features(self.ground, flow, nic)):
            self.outcome.met[feature] += 1
        if told.lower() != wanted:
            name = nic.name if nic else "outside"
            self.outcome.differences.append(f"{self.name} {how}: {name}: {flow}: engine {told}, reference {wanted}")


def flow_to(random: Random, nic: NetworkInterface | None, goal: AddressRange, protocol: int) -> Flow:
    """Return a flow to an address, from a NIC's own address or from a stranger's."""
    held = [address.first for address in nic.addresses if address.family == goal.family] if nic else []
    is_ported = protocol in (TCP, UDP)
    port = random.choice(PORTS) if is_ported else 0
    source = held[0] if held else STRANGERS[goal.family]
    return Flow(goal.family, protocol, source, 49152 if is_ported else 0, goal.first, port)


def found_in(answer: Answer, flow: Flow) -> str:
    """Return the verdict whose set has a flow; more or less than one is a difference as well."""
    header = Header(flow.family, flow.protocol, flow.destination_port, flow.source_port, flow.source, flow.destination)
    sets = {"reachable": answer.reachable, "blocked": answer.blocked, "undetermined": answer.undetermined}
    return " and ".join(name for name, packets in sets.items() if header in packets) or "in no set"


def features(ground: Ground, flow: Flow, nic: NetworkInterface | None) -> Iterator[str]:
    """Yield what a flow meets in some of its worlds: next hops, several appliances, the kind of its destination."""
    walks: list[Walk] = []

    def follow(world: dict[tuple[object, ...], bool]) -> bool:
        walks.append(Walk(ground, world))
        return walks[-1].begins(flow, nic)

    for place, _ in enumerate(every_world(follow)):  # type: ignore[arg-type]  # worlds are dicts
        if place > 3:
            break
    for walk in walks:
        yield from (f"next hop {hop}" for hop in walk.hops)
        yield f"appliances {min(walk.stations, 3)}"
        yield from walk.marks
    yield f"IPv{flow.family}"


def run(seed: int, first: int, count: int, by: Judge = judge) -> Outcome:
    """Compare some networks; each is drawn from the seed and its own number."""
    whole = Outcome()
    for number in range(first, first + count):
        random = Random(f"walk {seed}/{number}")
        whole.add(Case(f"{seed}/{number}", random, draw_network(random), by).compare())
    return whole


CAMPAIGN = Campaign(
    module="tests.walk_campaign",
    about="compare the engine with plain loops",
    word="networks",
    counted=lambda outcome: outcome.sites,
    run=run,
    batch=100,
)


if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
