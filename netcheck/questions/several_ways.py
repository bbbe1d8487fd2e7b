"""What becomes of requests that go one way or another: the way itself, one of several, all of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.model.site import VirtualMachine
from netcheck.path.leg import Region
from netcheck.policy.branches import Branch
from netcheck.policy.decision import Decision, HopCase, HopResult
from netcheck.policy.facts import Fact
from netcheck.questions.answer import HopSummary, ports
from netcheck.questions.proxied import LegSummary, in_worlds
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChoice:
    """What a client does with its proxy settings: which program, the way it takes, and the setting that says so."""

    component: str
    way: str
    proxy: str
    why: str
    at: str

    def to_dict(self) -> dict[str, object]:
        """Return the choice as JSON; `way` is `proxy`, `direct`, `none`, `by name` or `undetermined`."""
        return {
            "component": self.component,
            "way": self.way,
            "proxy": self.proxy or None,
            "why": self.why,
            "at": self.at or None,
        }


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to some ports of a need go, and what becomes of them.

    `resolvers` are the machines that may have to find the address of a name. `client` is None where the site has no
    proxy settings, or where these do not touch the packets.
    """

    regions: tuple[Region, ...]
    hops: tuple[HopSummary, ...]
    results: tuple[HopResult, ...]
    legs: tuple[LegSummary, ...]
    via: str
    resolvers: tuple[VirtualMachine, ...]
    told: Decision | None = None
    is_direct: bool = False
    lists: tuple[HopSummary, ...] = ()
    wanted: IntervalSet = EMPTY
    client: ClientChoice | None = None

    def to_dict(self) -> dict[str, object]:
        """Return as JSON which way the packets take; the sets are the answer's."""
        return {
            "ports": list(ports(self.wanted)),
            "client": self.client.to_dict() if self.client else None,
            "via": self.via or None,
            "legs": [leg.to_dict() for leg in self.legs],
            "lists": [one.to_dict() for one in self.lists],
        }


def one_of(packets: PacketSet, fact: Fact, ways: Sequence[Way]) -> Way:
    """Return what becomes of packets that take one of several ways, and it is not known which.

    What all ways let through is reachable, what all of them block is blocked.
    """
    worlds = [frozenset({(fact, str(number))}) for number in range(len(ways))]
    pieces = [Region(packets, ())]
    for world, way in zip(worlds, ways, strict=True):
        branch = Branch(ps.EVERYTHING, (world,), tuple(other for other in worlds if other != world))
        pieces = [
            Region(both, (*piece.hops, *in_worlds(branch, both, region.hops)))
            for piece in pieces
            for region in way.regions
            if (both := piece.packets & region.packets)
        ]
    return _side_by_side(pieces, ways)


def all_of(packets: PacketSet, ways: Sequence[Way]) -> Way:
    """Return what becomes of requests for several names that go different ways: a packet has to pass on each of them.

    An address may have any of the names. What is unknown of the sender on one way is not what is unknown on another.
    """
    pieces = [Region(packets, ())]
    for number, way in enumerate(ways):
        pieces = [
            Region(both, (*piece.hops, *(_of_way(cases, number) for cases in region.hops)))
            for piece in pieces
            for region in way.regions
            if (both := piece.packets & region.packets)
        ]
    return _side_by_side(pieces, ways)


def _of_way(cases: tuple[HopCase, ...], number: int) -> tuple[HopCase, ...]:
    return tuple(
        case._replace(
            when=frozenset(
                (replace(fact, side=f"{fact.side} on way {number}") if fact.side == "source" else fact, value)
                for fact, value in case.when
            )
        )
        for case in cases
    )


def _side_by_side(pieces: Sequence[Region], ways: Sequence[Way]) -> Way:
    return Way(
        tuple(pieces),
        tuple(dict.fromkeys(hop for way in ways for hop in way.hops)),
        tuple(result for way in ways for result in way.results),
        tuple(dict.fromkeys(leg for way in ways for leg in way.legs)),
        ",".join(dict.fromkeys(way.via for way in ways if way.via)),
        tuple({one.name: one for way in ways for one in way.resolvers}.values()),
        lists=tuple(dict.fromkeys(one for way in ways for one in way.lists)),
    )
