"""Which way a VM's packets take: direct, through the proxy its client is set to, or none; and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from netcheck.errors import QuestionError
from netcheck.model.profiles import Heeds
from netcheck.model.site import VirtualMachine
from netcheck.path.leg import Verdict, cut
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.facts import Fact
from netcheck.policy.proxyclient import (
    Direct,
    NoPath,
    ProxyChoice,
    UnknownChoice,
    Via,
    choose_proxy,
    component,
    named_proxies,
)
from netcheck.questions.answer import HopSummary, summarise
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Origin, Target, vm_at
from netcheck.questions.profiles import WIRE_SERVER, Need, shown_name
from netcheck.questions.proxied import TCP, LegSummary, summarise_leg, through_proxy
from netcheck.questions.proxies import proxy_at
from netcheck.questions.several_ways import ClientChoice, Way, all_of, one_of
from netcheck.questions.suffixes import blob_suffix
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class ByName:
    """Names of one need that go different ways, all of which are needed: (suffix, choice)."""

    choices: tuple[tuple[str, ProxyChoice], ...]


Choice = ProxyChoice | ByName | None
"""None: a platform address, which no proxy setting touches."""


def choices(asking: Asking, vm: VirtualMachine, need: Need, profile: str) -> Iterator[tuple[Choice, IntervalSet]]:
    """Yield which ports of a need go which way."""
    if need.target == WIRE_SERVER or need.protocol != "tcp":  # no HTTP proxy carries anything else
        yield None, need.port_set
        return
    names = need.hosts or (blob_suffix(asking.site.cloud),)
    grouped: dict[Choice, list[int]] = {}
    for port in need.ports:
        found = [(name, choose_for(need, profile, vm, port, name)) for name in names]
        grouped.setdefault(_joined(found), []).append(port)
    for choice, numbers in grouped.items():
        yield choice, IntervalSet.of((p, p) for p in numbers)


def choose_for(need: Need, profile: str, vm: VirtualMachine, port: int, name: str) -> ProxyChoice:
    """Return the way that requests for names take: by what the need says of its component, else by the profile."""
    if need.heeds is Heeds.BY_PROFILE:
        return choose_proxy(vm.proxy_client, vm.os_type, profile, port, name)
    from netcheck.policy.proxyheed import Component, choose_for_component  # few profiles are not of Azure Backup

    return choose_for_component(vm.proxy_client, vm.os_type, need.heeds, Component(need.component, port, name))


def _joined(found: Sequence[tuple[str, ProxyChoice]]) -> ProxyChoice | ByName:
    """Return the one choice where all names go one way, else the choice for each."""
    ways = {(type(choice), choice.proxy if isinstance(choice, Via) else None) for _, choice in found}
    is_known = not any(isinstance(choice, UnknownChoice) for _, choice in found)
    is_one = len({choice for _, choice in found}) == 1 or (len(ways) == 1 and is_known)
    return found[0][1] if is_one else ByName(tuple(found))


def take_way(
    asking: Asking,
    vm: VirtualMachine,
    target: Target,
    choice: Choice,
    wanted: IntervalSet,
    profile: str,
    need: Need,
) -> Way:
    """Return what becomes of packets to some ports of a target on the way a client's settings choose."""
    way = replace(_go(asking, vm, target, choice, wanted, need.protocols), wanted=wanted)
    if choice is None or vm.proxy_client is None:
        return way
    return replace(way, client=_told(choice, need.component or component(profile)))


def _told(choice: ProxyChoice | ByName, who: str) -> ClientChoice:
    match choice:
        case ByName(choices=found):
            told = [(name, _told(one, who)) for name, one in found]
            why = "; ".join(f"`{shown_name(name)}` {one.way}: {one.why}" for name, one in told)
            proxies = ",".join(dict.fromkeys(one.proxy for _, one in told if one.proxy))
            return ClientChoice(component=who, way="by name", proxy=proxies, why=why, at=told[0][1].at)
        case Direct(why=why, at=at):
            return ClientChoice(component=who, way="direct", proxy="", why=why, at=str(at))
        case Via(proxy=proxy, why=why, at=at):
            return ClientChoice(component=who, way="proxy", proxy=f"{proxy.host}:{proxy.port}", why=why, at=str(at))
        case NoPath(why=why, at=at):
            return ClientChoice(component=who, way="none", proxy="", why=why, at=str(at))
        case UnknownChoice(reason=reason, at=at):
            return ClientChoice(component=who, way="undetermined", proxy="", why=reason, at=str(at))
        case _:
            assert_never(choice)


def _go(
    asking: Asking,
    vm: VirtualMachine,
    target: Target,
    choice: Choice,
    wanted: IntervalSet,
    protocols: IntervalSet = TCP,
) -> Way:
    origin = primary_origin(vm)
    packets = packets_from(origin.addresses, target.addresses, TCP, wanted)
    match choice:
        case None:
            return _direct(asking, vm, origin, target, wanted, None, protocols)
        case Direct(why=why, at=at):
            told = _client(vm, True, why, str(at)) if vm.proxy_client else None
            return _direct(asking, vm, origin, target, wanted, told)
        case ByName(choices=found):
            named = [replace(target, hosts=(name,)) for name, _ in found]
            ways = [_go(asking, vm, to, one, wanted) for to, (_, one) in zip(named, found, strict=True)]
            return all_of(packets, ways)
        case Via():
            return _through(asking, vm, origin, target, choice, wanted)
        case NoPath(why=why, at=at):
            return _ended(vm, settled(packets, _client(vm, False, why, str(at))))
        case UnknownChoice(reason=reason, at=at):
            fact = Fact(f"proxy setting of {vm.name}", "", reason, at)
            if not choice.between:
                return _stuck(vm, packets, fact, str(at))
            return one_of(packets, fact, [_go(asking, vm, target, one, wanted) for one in choice.between])
        case _:
            assert_never(choice)


def _through(
    asking: Asking, vm: VirtualMachine, origin: Origin, target: Target, choice: Via, wanted: IntervalSet
) -> Way:
    proxy = choice.proxy
    relay = proxy_at(asking.site, proxy.host, proxy.port)
    if relay is None or relay.port is None:
        packets = packets_from(origin.addresses, target.addresses, TCP, wanted)
        name, lack = (
            (f"proxy {proxy.host} passes", "is no VM of the site")
            if relay is None
            else (f"port of proxy {proxy.host}", "has no port")
        )
        reason = f"the client's proxy {proxy.host} at {proxy.at} {lack}"
        return _stuck(vm, packets, Fact(name, "", reason, proxy.at), str(proxy.at))
    leg = through_proxy(asking, [origin], relay, target, wanted)
    told = _client(vm, True, f"{choice.why}: {proxy.host}:{proxy.port}", str(choice.at))
    label = f"{vm.name} -> {relay.name}"
    first = HopSummary(str(HopKind.CLIENT_PROXY), "", vm.name, Verdict.REACHABLE, label, (told,))
    return Way(leg.regions, (first, *leg.hops), leg.results, leg.legs, relay.name, (relay.vm,), lists=leg.lists)


def _direct(
    asking: Asking,
    vm: VirtualMachine,
    origin: Origin,
    target: Target,
    wanted: IntervalSet,
    told: Decision | None,
    protocols: IntervalSet = TCP,
) -> Way:
    leg = asking.leg([origin], target.addresses, protocols, wanted, hosts=target.hosts)
    results = leg.results
    if told is not None:
        packets = packets_from(origin.addresses, target.addresses, TCP, wanted)
        results = (HopResult(HopKind.CLIENT_PROXY, "", vm.name, (settled(packets, told),)), *results)
        return Way(cut(packets, results), summarise(results), results, (), "", (vm,), told)
    return Way(leg.regions, summarise(results), results, (), "", (vm,), is_direct=True)


def way_instead(asking: Asking, vm: VirtualMachine, target: Target, ways: Sequence[Way]) -> LegSummary | None:
    """Return what would become of the packets through the proxy that the settings name, where the client passes it by.

    None where it does not, and where the site cannot say: a proxy outside of it, or one without a port.
    """
    passing = [way.wanted for way in ways if way.client and way.client.way in ("direct", "none")]
    if vm.proxy_client is None or not passing:
        return None
    wanted = union(passing)
    for proxy in named_proxies(vm.proxy_client):
        relay = None if vm_at(asking.site, proxy.host) is None else proxy_at(asking.site, proxy.host, proxy.port)
        if relay is not None and relay.port is not None and relay.vm is not vm:
            try:
                leg = through_proxy(asking, [primary_origin(vm)], relay, target, wanted)
            except QuestionError:  # families that differ, an address in two networks: the client's own way stands
                continue
            return summarise_leg(relay.name, target.label, leg.regions)
    return None


def _client(vm: VirtualMachine, passes: bool, note: str, at: str) -> Decision:
    return Decision(hop=HopKind.CLIENT_PROXY, passes=passes, resource=vm.name, at=at, note=note)


def _stuck(vm: VirtualMachine, packets: PacketSet, fact: Fact, at: str) -> Way:
    return _ended(vm, depends(packets, fact, _client(vm, True, fact.reason, at), _client(vm, False, fact.reason, at)))


def _ended(vm: VirtualMachine, part: HopPart) -> Way:
    results = (HopResult(HopKind.CLIENT_PROXY, "", vm.name, (part,)),)
    return Way(cut(part.packets, results), summarise(results), results, (), "", (vm,))
