"""The reference decider: one flow, plain loops, nothing shared with the engine.

Follows Microsoft Learn: "Azure network security groups overview" (order, default rules), "How network security
groups filter network traffic" (which groups a packet passes) and "What is IP address 168.63.129.16?".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag, Unresolved
from netcheck.model.flow import Flow
from netcheck.model.ports import PORTED, TCP, PortRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from tests.oracle.defaults import default_rules
from tests.oracle.worlds import World, answer

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
WIRE_SERVER, INSTANCE_METADATA = 0xA83F8110, 0xA9FEA9FE  # 168.63.129.16, 169.254.169.254

Spans = Mapping[str, Mapping[int, list[tuple[int, int]]]]
"""Tag or group name in small letters -> family -> (first, last) pairs, both included."""


class Ruling(NamedTuple):
    """What a rule list says about one flow, and the rule that says it."""

    access: Access
    rule: str


class Stage(NamedTuple):
    """A group on the path and its ruling."""

    hop: str
    direction: Direction
    nsg: str
    ruling: Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a path: its groups, and what names mean there. `doubtful` addresses may or may not belong.

    `name` is where an unknown about a name is one unknown; `scopes` says it for names for which it is another place.
    """

    known: Spans
    doubtful: Spans = field(default_factory=dict)
    name: str = ""
    scopes: Mapping[str, str] = field(default_factory=dict)
    nic_nsg: NetworkSecurityGroup | None = None
    subnet_nsg: NetworkSecurityGroup | None = None
    is_classic: bool = False


def decide_path(flow: Flow, source: End | None, destination: End | None, world: World) -> list[Stage]:
    """Return the ruling of every group passed, in order. None is an end outside the site; no group allows."""
    stages: list[Stage] = []
    if source is not None:
        for hop, nsg in (("nic-nsg", source.nic_nsg), ("subnet-nsg", source.subnet_nsg)):
            if nsg is not None:
                ruling = platform_ruling(nsg, flow, source, world) or decide_nsg(nsg, OUT, flow, source, world)
                stages.append(Stage(hop, OUT, nsg.name, ruling))
    if destination is not None:
        for hop, nsg in (("subnet-nsg", destination.subnet_nsg), ("nic-nsg", destination.nic_nsg)):
            if nsg is not None:
                stages.append(Stage(hop, IN, nsg.name, decide_nsg(nsg, IN, flow, destination, world)))
    return stages


def decide_nsg(nsg: NetworkSecurityGroup, direction: Direction, flow: Flow, end: End, world: World) -> Ruling:
    """Return what the first matching rule says: smaller number first, default rules last."""
    listed = [*nsg.rules, *nsg.default_rules, *default_rules(is_classic=end.is_classic)]
    for rule in sorted(listed, key=lambda rule: rule.priority):
        if rule.direction is direction and matches(rule, flow, nsg, end, world):
            return Ruling(rule.access, rule.name)
    raise AssertionError("the last default rule matches everything")


def platform_ruling(nsg: NetworkSecurityGroup, flow: Flow, end: End, world: World) -> Ruling | None:
    """Return the ruling for the platform's own addresses, None for any other traffic.

    Agent and host traffic never meets an NSG; DNS and instance metadata meet only rules that name their tag.
    """
    if flow.family != 4 or flow.protocol not in PORTED:
        return None
    place = (flow.destination, flow.destination_port)
    if flow.protocol == TCP and place in ((WIRE_SERVER, 80), (WIRE_SERVER, 32526)):
        return Ruling(Access.ALLOW, "")
    tag = {(WIRE_SERVER, 53): "azureplatformdns", (INSTANCE_METADATA, 80): "azureplatformimds"}.get(place)
    if tag is None:
        return None
    for rule in sorted(nsg.rules, key=lambda rule: rule.priority):
        is_named = any(isinstance(e, ServiceTag) and e.name.casefold() == tag for e in rule.destinations)
        if rule.direction is OUT and is_named and matches(rule, flow, nsg, end, world):
            return Ruling(rule.access, rule.name)
    return Ruling(Access.ALLOW, "")


def matches(rule: NsgRule, flow: Flow, nsg: NetworkSecurityGroup, end: End, world: World) -> bool:
    """Return whether every field of the rule fits the flow.

    Ports exist for TCP and UDP only: whether a rule that restricts them matches another protocol is unknown.
    """
    if rule.protocol.numbers and flow.protocol not in rule.protocol.numbers:
        return False
    is_doubtful = bool(rule.unknown)
    for ports, port in ((rule.source_ports, flow.source_port), (rule.destination_ports, flow.destination_port)):
        if flow.protocol not in PORTED:
            is_doubtful = is_doubtful or not is_every_port(ports)
        elif not any(span.first <= port <= span.last for span in ports):
            return False
    for endpoints, address in ((rule.sources, flow.source), (rule.destinations, flow.destination)):
        if not any(contains(endpoint, flow.family, address, end, world) for endpoint in endpoints):
            return False
    return not is_doubtful or answer(world, "rule matches", nsg.name, rule.direction, rule.name, flow)


def is_every_port(ports: tuple[PortRange, ...]) -> bool:
    """Return whether the ranges together leave no port out."""
    expected = 0
    for span in sorted(ports):
        if span.first > expected:
            return False
        expected = max(expected, span.last + 1)
    return expected == 65536


def contains(endpoint: Endpoint, family: int, address: int, end: End, world: World) -> bool:
    """Return whether a rule's source or destination contains an address."""
    if isinstance(endpoint, AnyAddress):
        return True
    if isinstance(endpoint, AddressRange):
        return endpoint.family == family and endpoint.first <= address <= endpoint.last
    name = str(endpoint).casefold()
    if isinstance(endpoint, Unresolved) or name not in end.known:
        return answer(world, "contains", end.scopes.get(name, end.name), name, family, address)
    if any(first <= address <= last for first, last in end.known[name].get(family, [])):
        return True
    doubtful = end.doubtful.get(name, {}).get(family, [])
    is_doubtful = any(first <= address <= last for first, last in doubtful)
    return is_doubtful and answer(world, "contains", end.scopes.get(name, end.name), name, family, address)
