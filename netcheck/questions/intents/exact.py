"""`exactly`: what reaches an end from everywhere, or what it reaches, against the list of who may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.intents import Exactly
from netcheck.model.site import Subnet
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, PLATFORM
from netcheck.policy.decision import Decision
from netcheck.policy.facts import Fact, joint_outcomes
from netcheck.questions.answer import open_reasons
from netcheck.questions.asking import Asking
from netcheck.questions.diff.paths import places
from netcheck.questions.intents.grants import Entry, Grants, entries, granted_from, granted_to, machine_of
from netcheck.questions.intents.result import OPEN, TOO_LITTLE, TOO_MUCH, Breach, Part
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin, Target, find_origins, find_target
from netcheck.sets import packets as ps
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

_EVERYWHERE: Addresses = {family: ps.ALL_ADDRESSES[family] for family in FAMILIES}
_PLATFORM = {family: PLATFORM[family] | AZURE_LOAD_BALANCER[family] for family in FAMILIES}
"""The platform's own addresses: probes, DNS, metadata. What passes with them is no traffic of anybody's."""


class _Way(NamedTuple):
    """Everything from one place to the end asked about, or from the end to everywhere: what becomes of it, what may."""

    label: str
    regions: Sequence[Region]
    grants: Grants


class _Wrong(NamedTuple):
    """Packets that a list and a network treat differently, with the region they are in."""

    code: str
    packets: PacketSet
    region: Region
    label: str


def judge(asking: Asking, title: str, demand: Exactly, end: str) -> Iterator[Breach]:
    """Yield what is more than the list, what is less, and what is open; QuestionError where it cannot be asked."""
    ways = _inbound(asking, demand, end) if demand.is_inbound else _outbound(asking, demand, end)
    side = "sources" if demand.is_inbound else "destinations"
    platform = ps.with_addresses(side, _PLATFORM.items())
    found = [wrong for way in ways for wrong in _wrong(way, platform)]
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
    found = entries(asking.book, demand.allowed, "source", _subnet_of(asking, end))
    for place in places(asking.site):
        packets = packets_from(place.origin.addresses, target.addresses, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
        own = _own(place.origin, target)
        if packets - own:
            leg = asking.leg([place.origin], target.addresses, ps.ALL_PROTOCOLS, ps.ALL_PORTS, target.nic, target.hosts)
            grants = granted_from(found, place.origin, target.addresses)
            yield _Way(place.label, _without(leg.regions, own), grants)


def _outbound(asking: Asking, demand: Exactly, end: str) -> Iterator[_Way]:
    """Yield the ways from each place that the end stands for to everywhere."""
    for origin in find_origins(asking.book, end):
        subnet = origin.subnet or (asking.site.subnet(origin.nic.subnet) if origin.nic is not None else None)
        found: tuple[Entry, ...] = entries(asking.book, demand.allowed, "destination", subnet)
        leg = asking.leg([origin], _EVERYWHERE, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
        own = ps.with_addresses("destinations", machine_of(origin).items())
        label = origin.vm.name if origin.vm is not None else subnet.full_name if subnet is not None else "outside"
        yield _Way(label, _without(leg.regions, own), granted_to(found, origin))


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
    for origin in find_origins(asking.book, end):
        one = origin.subnet or (asking.site.subnet(origin.nic.subnet) if origin.nic is not None else None)
        subnets[one.full_name if one is not None else ""] = one
    return next(iter(subnets.values())) if len(subnets) == 1 else None


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
        waiting = [part for fact, some in unsure if (part := packets & some) and not _follows(region, fact)]
        if verdict is not Verdict.BLOCKED:
            code = TOO_MUCH if verdict is Verdict.REACHABLE else OPEN
            yield from _told(code, beyond - platform, region, way)
        if verdict is not Verdict.REACHABLE:
            yield from _told(TOO_LITTLE if verdict is Verdict.BLOCKED else OPEN, listed, region, way)
        for part in waiting:
            yield from _told(OPEN, part - platform, region, way)


def _told(code: str, packets: PacketSet, region: Region, way: _Way) -> Iterator[_Wrong]:
    if packets:
        yield _Wrong(code, packets, region, way.label)


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


def _follows(region: Region, fact: Fact | None) -> bool:
    """Return whether packets pass exactly in the worlds in which a fact holds."""
    if fact is None or any(c.decision is not None and c.decision.overrides for hop in region.hops for c in hop):
        return False
    for value in (True, False):
        hops = [[(c.when, c.passes) for c in hop if (fact, not value) not in c.when] for hop in region.hops]
        if joint_outcomes([hop for hop in hops if hop]) != {value}:
            return False
    return True


def _parts(found: Sequence[_Wrong]) -> tuple[Part, ...]:
    """Join packets with the same deciders, whatever place they come from."""
    whole: dict[tuple[Decision, ...], tuple[dict[str, None], PacketSet]] = {}
    for one in found:
        at = one.region.decided_by()
        names, packets = whole.get(at, ({}, EMPTY_PACKETS))
        whole[at] = {**names, one.label: None}, packets | one.packets
    return tuple(Part(packets, deciders, tuple(names)) for deciders, (names, packets) in whole.items())
