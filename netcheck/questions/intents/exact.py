"""`exactly`: what reaches an end from everywhere, or what it reaches, against the list of who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.intents import Exactly
from netcheck.model.site import Subnet
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, PLATFORM
from netcheck.policy.decision import Decision
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import by_family
from netcheck.questions.answer import open_reasons
from netcheck.questions.asking import Asking
from netcheck.questions.diff.paths import places
from netcheck.questions.intents.crowds import crowds
from netcheck.questions.intents.grants import (
    Entry,
    Grants,
    among_of,
    check_asked,
    entries,
    granted_from,
    granted_to,
    machine_of,
)
from netcheck.questions.intents.result import OPEN, TOO_LITTLE, TOO_MUCH, Breach, Part
from netcheck.questions.intents.worlds import follows, given
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin, Target, find_target
from netcheck.sets import packets as ps
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

_EVERYWHERE: Addresses = {family: ps.ALL_ADDRESSES[family] for family in FAMILIES}
_PLATFORM = {family: PLATFORM[family] | AZURE_LOAD_BALANCER[family] for family in FAMILIES}
"""The platform's own addresses: probes, DNS, metadata. What passes with them is no traffic of anybody's."""


class _Way(NamedTuple):
    """Everything from some place to the end asked about, or from the end to everywhere: what becomes of it, what may.

    `asked` is what is asked about, where not everything is. `labels` gives the
    names of the places that some source addresses belong to.
    """

    labels: Callable[[Addresses], list[str]]
    regions: Sequence[Region]
    grants: Grants
    asked: Grants | None = None


class _Wrong(NamedTuple):
    """Packets that a list and a network treat differently, with the region they are in."""

    code: str
    packets: PacketSet
    region: Region
    labels: list[str]


def judge(asking: Asking, title: str, demand: Exactly, end: str) -> Iterator[Breach]:
    """Yield what is more than the list, what is less, and what is open; QuestionError where it cannot be asked."""
    ways = _inbound(asking, demand, end) if demand.is_inbound else _outbound(asking, demand, end)
    side = "sources" if demand.is_inbound else "destinations"
    platform = ps.with_addresses(side, _PLATFORM.items())
    found = [wrong for way in ways for one in _asked(way) for wrong in _wrong(one, platform)]
    subject = f"to {end}" if demand.is_inbound else f"from {end}"
    for code, message in (
        (TOO_MUCH, "reachable, and not in the list"),
        (TOO_LITTLE, "in the list, and blocked"),
        (OPEN, "open whether it is as the list says"),
    ):
        own = [one for one in found if one.code == code]
        if own:
            reasons = open_reasons(one.region for one in own) if code == OPEN else ()
            yield Breach(intent=title, code=code, subject=subject, message=message, parts=_parts(own), reasons=reasons)


def _inbound(asking: Asking, demand: Exactly, end: str) -> Iterator[_Way]:
    """Yield the ways from every place of the site, and from outside, to the end."""
    target = find_target(asking.book, end)
    if target.is_one_of:
        message = f"`{end}` is at one of many addresses, so what reaches it exactly nobody can say"
        raise QuestionError("NC315", message, "ask about the tag, or about prefixes")
    subnet = _subnet_of(asking, end)
    found = entries(asking.book, demand.allowed, "source", subnet)
    among = among_of(asking.book, demand, found, "source", subnet)
    every = list(places(asking.site))
    check_asked(found, end, target.addresses, [place.origin for place in every])
    for crowd in crowds(asking.site, every, target.addresses):
        packets = packets_from(crowd.origin.addresses, target.addresses, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
        own = _own(crowd.origin, target)
        if packets - own:
            leg = asking.leg([crowd.origin], target.addresses, ps.ALL_PROTOCOLS, ps.ALL_PORTS, target.nic, target.hosts)
            members = [place.origin for place in crowd.places]
            grants = granted_from(found, members, target.addresses)
            asked = granted_from(among, members, target.addresses) if among else None
            yield _Way(crowd.labels, _without(leg.regions, own), grants, asked)


def _outbound(asking: Asking, demand: Exactly, end: str) -> Iterator[_Way]:
    """Yield the ways from each place that the end stands for to everywhere."""
    for origin in asking.origins(end):
        subnet = origin.subnet or (asking.site.subnet(origin.nic.subnet) if origin.nic is not None else None)
        found: tuple[Entry, ...] = entries(asking.book, demand.allowed, "destination", subnet)
        leg = asking.leg([origin], _EVERYWHERE, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
        own = ps.with_addresses("destinations", machine_of(origin).items())
        label = origin.vm.name if origin.vm is not None else subnet.full_name if subnet is not None else "outside"
        labels = partial(_only, label)
        among = among_of(asking.book, demand, found, "destination", subnet)
        check_asked(found, end, by_family(origin.addresses), None)
        asked = granted_to(among, origin) if among else None
        yield _Way(labels, _without(leg.regions, own), granted_to(found, origin), asked)


def _only(label: str, _sources: Addresses) -> list[str]:
    return [label]


def _own(origin: Origin, target: Target) -> PacketSet:
    """Return what a machine sends to itself: it never leaves it."""
    if target.nic is not None and target.nic is origin.nic:
        return packets_from(origin.addresses, target.addresses, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
    return ps.with_addresses("destinations", machine_of(origin).items())


def _without(regions: Sequence[Region], own: PacketSet) -> list[Region]:
    if not own:
        return list(regions)
    return [Region(left, region.hops) for region in regions if (left := region.packets - own)]


def _subnet_of(asking: Asking, end: str) -> Subnet | None:
    """Return the subnet of an end, whose view of `VirtualNetwork` the list means."""
    subnets: dict[str, Subnet | None] = {}
    for origin in asking.origins(end):
        one = origin.subnet or (asking.site.subnet(origin.nic.subnet) if origin.nic is not None else None)
        subnets[one.full_name if one is not None else ""] = one
    return next(iter(subnets.values())) if len(subnets) == 1 else None


def _asked(way: _Way) -> Iterator[_Way]:
    """Yield what is asked about: the whole way, or its part among some peers.

    Where a fact decides whether a packet is among them, it is asked about in the worlds in which that holds.
    """
    if way.asked is None:
        yield way
        return
    yield way._replace(regions=_within(way.regions, way.asked.certain))
    for fact, packets in way.asked.open:
        known = [granted for one, granted in way.grants.open if one == fact]
        certain = way.grants.certain
        for one in known:
            certain = certain | one
        rest = tuple((one, granted - certain) for one, granted in way.grants.open if one != fact)
        regions = [given(one, {fact}) for one in _within(way.regions, packets)]
        yield way._replace(regions=regions, grants=Grants(certain, tuple(part for part in rest if part[1])))


def _within(regions: Sequence[Region], packets: PacketSet) -> list[Region]:
    return [Region(part, region.hops) for region in regions if (part := region.packets & packets)]


def _wrong(way: _Way, platform: PacketSet) -> Iterator[_Wrong]:
    """Yield the packets of a way that the list and the network treat differently, region by region.

    Where a fact leaves it open whether the list means a packet (Azure's own expansion of `Internet`), the network may
    wait for the same fact: then the two are alike whatever it is.
    """
    certain, unsure = way.grants.certain, _disjoint(way.grants)
    maybe = EMPTY_PACKETS
    for _, packets in unsure:
        maybe = maybe | packets
    for region in way.regions:
        verdict, packets = region.verdict, region.packets
        listed, beyond = packets & certain, packets - certain - maybe
        waiting = [part for fact, some in unsure if (part := packets & some) and not follows(region, fact)]
        if verdict is not Verdict.BLOCKED:
            code = TOO_MUCH if verdict is Verdict.REACHABLE else OPEN
            yield from _told(code, beyond - platform, region, way)
        if verdict is not Verdict.REACHABLE:
            yield from _told(TOO_LITTLE if verdict is Verdict.BLOCKED else OPEN, listed, region, way)
        for part in waiting:
            yield from _told(OPEN, part - platform, region, way)


def _told(code: str, packets: PacketSet, region: Region, way: _Way) -> Iterator[_Wrong]:
    if packets:
        sources = packets.project("sources")
        yield _Wrong(code, packets, region, way.labels({family: sources[family] for family in FAMILIES}))


def _disjoint(grants: Grants) -> list[tuple[Fact | None, PacketSet]]:
    """Return what is open by fact; what two facts leave open has none of its own."""
    found: list[tuple[Fact | None, PacketSet]] = []
    both, seen = EMPTY_PACKETS, EMPTY_PACKETS
    for _, packets in grants.open:
        both, seen = both | (packets & seen), seen | packets
    for fact, packets in grants.open:
        if left := packets - both:
            found.append((fact, left))
    return [*found, (None, both)] if both else found


def _parts(found: Sequence[_Wrong]) -> tuple[Part, ...]:
    """Join packets with the same deciders, whatever place they come from."""
    whole: dict[tuple[Decision, ...], tuple[dict[str, None], PacketSet]] = {}
    for one in found:
        at = one.region.decided_by()
        names, packets = whole.get(at, ({}, EMPTY_PACKETS))
        whole[at] = {**names, **dict.fromkeys(one.labels)}, packets | one.packets
    return tuple(Part(packets, deciders, tuple(names)) for deciders, (names, packets) in whole.items())
