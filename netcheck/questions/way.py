"""Which way a VM's packets take: direct, through the proxy its client is set to, or none; and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from netcheck.model.site import VirtualMachine
from netcheck.path.leg import Region, cut
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.facts import Fact
from netcheck.policy.proxyclient import Direct, NoPath, ProxyChoice, UnknownChoice, Via, choose_proxy
from netcheck.questions.answer import HopSummary, summarise
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Origin, Target
from netcheck.questions.profiles import WIRE_SERVER, Need
from netcheck.questions.proxied import TCP, LegSummary, through_proxy
from netcheck.questions.proxies import proxy_at
from netcheck.questions.suffixes import blob_suffix
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to some ports of a need go, and what becomes of them."""

    regions: tuple[Region, ...]
    hops: tuple[HopSummary, ...]
    results: tuple[HopResult, ...]
    legs: tuple[LegSummary, ...]
    via: str
    resolver: VirtualMachine
    told: Decision | None = None
    is_direct: bool = False


def choices(
    asking: Asking, vm: VirtualMachine, need: Need, profile: str
) -> Iterator[tuple[ProxyChoice | None, IntervalSet]]:
    """Yield which ports go which way; None: a platform address, which no proxy setting touches."""
    if need.target == WIRE_SERVER:
        yield None, need.port_set
        return
    grouped: dict[ProxyChoice, list[int]] = {}
    for port in need.ports:
        choice = choose_proxy(vm.proxy_client, vm.os_type, profile, port, blob_suffix(asking.site.cloud))
        grouped.setdefault(choice, []).append(port)
    for choice, numbers in grouped.items():
        yield choice, IntervalSet.of((p, p) for p in numbers)


def take_way(
    asking: Asking, vm: VirtualMachine, target: Target, choice: ProxyChoice | None, wanted: IntervalSet
) -> Way:
    """Return what becomes of packets to some ports of a target on the way a client's settings choose."""
    origin = primary_origin(vm)
    packets = packets_from(origin.addresses, target.addresses, TCP, wanted)
    match choice:
        case None:
            return _direct(asking, vm, origin, target, wanted, None)
        case Direct(why=why, at=at):
            told = _client(vm, True, why, str(at)) if vm.proxy_client else None
            return _direct(asking, vm, origin, target, wanted, told)
        case Via(proxy=proxy):
            relay = proxy_at(asking.site, proxy.host, proxy.port)
            if relay is None:
                reason = f"the client's proxy {proxy.host} at {proxy.at} is no VM of the site"
                return _stuck(vm, packets, Fact(f"proxy {proxy.host} passes", "", reason, proxy.at), str(proxy.at))
            if relay.port is None:
                reason = f"the client's proxy {proxy.host} at {proxy.at} has no port"
                return _stuck(vm, packets, Fact(f"port of proxy {proxy.host}", "", reason, proxy.at), str(proxy.at))
            leg = through_proxy(asking, [origin], relay, target, wanted)
            return Way(leg.regions, leg.hops, leg.results, leg.legs, relay.name, relay.vm)
        case NoPath(why=why, at=at):
            return _ended(vm, settled(packets, _client(vm, False, why, str(at))))
        case UnknownChoice(reason=reason, at=at):
            return _stuck(vm, packets, Fact(f"proxy setting of {vm.name}", "", reason, at), str(at))
        case _:
            assert_never(choice)


def _direct(
    asking: Asking,
    vm: VirtualMachine,
    origin: Origin,
    target: Target,
    wanted: IntervalSet,
    told: Decision | None,
) -> Way:
    leg = asking.leg([origin], target.addresses, TCP, wanted, hosts=target.hosts)
    results = leg.results
    if told is not None:
        packets = packets_from(origin.addresses, target.addresses, TCP, wanted)
        results = (HopResult(HopKind.CLIENT_PROXY, "", vm.name, (settled(packets, told),)), *results)
        return Way(cut(packets, results), summarise(results), results, (), "", vm, told)
    return Way(leg.regions, summarise(results), results, (), "", vm, is_direct=True)


def _client(vm: VirtualMachine, passes: bool, note: str, at: str) -> Decision:
    return Decision(hop=HopKind.CLIENT_PROXY, passes=passes, resource=vm.name, at=at, note=note)


def _stuck(vm: VirtualMachine, packets: PacketSet, fact: Fact, at: str) -> Way:
    return _ended(vm, depends(packets, fact, _client(vm, True, fact.reason, at), _client(vm, False, fact.reason, at)))


def _ended(vm: VirtualMachine, part: HopPart) -> Way:
    results = (HopResult(HopKind.CLIENT_PROXY, "", vm.name, (part,)),)
    return Way(cut(part.packets, results), summarise(results), results, (), "", vm)
