"""The ways of a VM's backup traffic, each leg with what its hops do and with the rules that they look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from netcheck.model.site import NetworkInterface, ProxyAddress, VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.policy.proxyclient import Direct, NoPath, UnknownChoice, Via
from netcheck.questions.answer import Answer, HopSummary, Question, open_reasons, ports, summarise, to_parts
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.check import CheckEntry, NeedResult
from netcheck.questions.explain import Explanation, explain
from netcheck.questions.places import Origin, Target, find_target
from netcheck.questions.proxied import TCP, LegSummary
from netcheck.questions.proxies import Proxy, proxy_at
from netcheck.questions.reach import firewall_notes
from netcheck.questions.several_ways import ClientChoice, Way
from netcheck.questions.way import ByName, Choice, choices
from netcheck.sets.intervals import IntervalSet

SHOWN_FLOWS = 3
"""Flows of one verdict that are followed; each is decided by other rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLeg:
    """One leg by itself: the answer about its packets, and flows that stand for the parts of it, hop by hop.

    `is_taken` is False for the direct way where the packets do not go it. `unshown` are the parts of the answer beyond
    those that a flow stands for.
    """

    answer: Answer
    flows: tuple[Explanation, ...]
    is_taken: bool = True
    unshown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedWay:
    """How packets to some ports of a need go: the client's choice, the legs, and what a proxy's own list says."""

    ports: tuple[str, ...]
    client: ClientChoice | None
    via: str
    legs: tuple[ExplainedLeg, ...]
    lists: tuple[HopSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedNeed:
    """The ways to one need; `direct` is the direct way where no packet takes it, `instead` the proxy passed by."""

    result: NeedResult
    ways: tuple[ExplainedWay, ...]
    direct: ExplainedLeg | None
    instead: LegSummary | None

    @property
    def legs(self) -> tuple[ExplainedLeg, ...]:
        """All legs, those that are taken first."""
        return (*(leg for way in self.ways for leg in way.legs), *([self.direct] if self.direct else []))


def explain_ways(asking: Asking, vm: VirtualMachine, entry: CheckEntry) -> tuple[ExplainedNeed, ...]:
    """Return the needs of a VM with their ways, as `check` has judged them."""
    return tuple(_need(asking, vm, result, entry.profile) for result in entry.results)


def _need(asking: Asking, vm: VirtualMachine, result: NeedResult, profile: str) -> ExplainedNeed:
    need = result.need
    found = find_target(asking.book, need.target, asking.site.subnet(vm.primary.subnet))
    target = Target(found.label, found.addresses, found.is_one_of, need.hosts or found.hosts, found.nic)
    chosen = choices(asking, vm, need, profile)
    ways = tuple(_way(asking, vm, target, choice, way) for (choice, _), way in zip(chosen, result.ways, strict=True))
    ends = (vm.name, target.label)
    asked = (leg.answer.question for way in ways for leg in way.legs)
    has_direct = any((question.source, question.target) == ends for question in asked)
    direct = None if has_direct else _leg(asking, primary_origin(vm), target, need.port_set, is_taken=False)
    return ExplainedNeed(result=result, ways=ways, direct=direct, instead=result.instead)


def _way(asking: Asking, vm: VirtualMachine, target: Target, choice: Choice, way: Way) -> ExplainedWay:
    return ExplainedWay(
        ports=tuple(ports(way.wanted)),
        client=way.client,
        via=way.via,
        legs=tuple(_legs(asking, vm, target, choice, way.wanted)),
        lists=way.lists,
    )


def _legs(
    asking: Asking, vm: VirtualMachine, target: Target, choice: Choice, wanted: IntervalSet
) -> Iterator[ExplainedLeg]:
    """Yield the legs of a way in travel order; each possible proxy has two, or more behind a load balancer."""
    if goes_direct(choice):
        yield _leg(asking, primary_origin(vm), target, wanted)
    for proxy in proxies_of(asking, choice):
        assert proxy.port is not None
        door = Target(f"{proxy.name}:{proxy.port}", proxy.addresses)
        yield _leg(asking, primary_origin(vm), door, IntervalSet.point(proxy.port), proxy.end)
        for relay in proxy.relays:
            yield _leg(asking, replace(primary_origin(relay.vm), is_relay=True), target, wanted)


def goes_direct(choice: Choice) -> bool:
    """Return whether packets may go without a proxy."""
    match choice:
        case ByName(choices=found):
            return any(goes_direct(one) for _, one in found)
        case UnknownChoice(between=between):
            return any(goes_direct(one) for one in between)
        case Direct() | None:
            return True
        case Via() | NoPath():
            return False
        case _:
            assert_never(choice)


def proxies_of(asking: Asking, choice: Choice) -> tuple[Proxy, ...]:
    """Return the proxies of the site that packets may go through."""
    named = dict.fromkeys((one.host, one.port) for one in _named(choice))
    found = (proxy_at(asking.site, host, port) for host, port in named)
    return tuple(one for one in found if one is not None and one.port is not None)


def _named(choice: Choice) -> Iterator[ProxyAddress]:
    match choice:
        case ByName(choices=found):
            for _, one in found:
                yield from _named(one)
        case UnknownChoice(between=between):
            for one in between:
                yield from _named(one)
        case Via(proxy=proxy):
            yield proxy
        case _:
            return


def _leg(
    asking: Asking,
    origin: Origin,
    target: Target,
    wanted: IntervalSet,
    end: NetworkInterface | None = None,
    *,
    is_taken: bool = True,
) -> ExplainedLeg:
    assert origin.vm is not None
    leg = asking.leg([origin], target.addresses, TCP, wanted, end, target.hosts)
    asked = tuple(ports(wanted))
    answer = Answer(
        question=Question(kind="reach", source=origin.vm.name, target=target.label, protocol="tcp", ports=asked),
        parts=to_parts(leg.regions),
        hops=summarise(leg.results),
        reasons=(*open_reasons(leg.regions), *firewall_notes(asking, leg.results)),
        tags=asking.site.tags,
    )
    flows = tuple(_flows(asking, answer, origin, target.hosts, end))
    return ExplainedLeg(answer=answer, flows=flows, is_taken=is_taken, unshown=len(answer.parts) - len(flows))


def _flows(
    asking: Asking, answer: Answer, origin: Origin, hosts: tuple[str, ...], end: NetworkInterface | None
) -> Iterator[Explanation]:
    ends = [nic for nic in (origin.nic, end) if nic is not None and nic.has_unknown_address]
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED, Verdict.REACHABLE):
        for flow in answer.witnesses(verdict, SHOWN_FLOWS):
            yield explain(asking.site, flow, asking, ends, is_relay=origin.is_relay, hosts=hosts)
