"""How packets and deciding rules are told in a finding about what Azure computed."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import Family
from netcheck.model.flow import Flow
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface
from netcheck.policy.decision import Decision
from netcheck.policy.resolve import by_family
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

_TCP, _HTTPS = IntervalSet.point(6), IntervalSet.point(443)


def named(decisions: Sequence[Decision]) -> str:
    """Return who decided, each with its place: several where open facts say which of them it is."""
    if not decisions:
        return "for want of a rule"
    return f"by {' or '.join(placed(one.rule, one.at, one.priority) for one in decisions)}"


def placed(name: str, at: str, priority: int | None = None) -> str:
    """Return a rule or route with its priority and its place, as far as it has them."""
    return f"`{name}`{f' ({priority})' if priority else ''}{f' at {at}' if at else ''}"


def counts_of(packets: PacketSet) -> tuple[int, int]:
    """Return how many addresses some packets come from, and how many they are for."""
    sources, destinations = (
        sum(addresses.size for addresses in packets.project(side).values()) for side in ("sources", "destinations")
    )
    return sources, destinations


def example_of(packets: PacketSet, direction: Direction, nic: NetworkInterface) -> Flow:
    """Return one of some packets: rather one that the NIC itself sends or gets, rather HTTPS, rather TCP."""
    side = "sources" if direction is Direction.OUTBOUND else "destinations"
    own = packets & ps.with_addresses(side, by_family(nic.addresses).items())
    tcp = ps.box(4, protocols=_TCP) | ps.box(6, protocols=_TCP)
    https = ps.box(4, protocols=_TCP, destination_ports=_HTTPS) | ps.box(6, protocols=_TCP, destination_ports=_HTTPS)
    chosen = next(some for some in (own & https, own & tcp, own, packets & https, packets & tcp, packets) if some)
    [one] = chosen.examples(1)
    family: Family = 4 if one.family == 4 else 6
    return Flow(family, one.protocol, one.source, one.source_port, one.destination, one.destination_port)
