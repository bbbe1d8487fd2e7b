"""The ways of a VM's backup traffic, each leg with what its hops do and with the rules that they look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from netcheck.model.site import NetworkInterface, ProxyAddress, VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.policy.proxyclient import Direct, NoPath, UnknownChoice, Via
from netcheck.questions.answer import Answer, Question, open_reasons, ports, summarise, to_parts
from netcheck.questions.asking import Asking, primary_origin
from netcheck.questions.by_name import left_open, name_reasons, seen_by, settled_parts
from netcheck.questions.check import CheckEntry, NeedResult
from netcheck.questions.explain import Explanation, explain
from netcheck.questions.places import Origin, Target
from netcheck.questions.profiles import Need
from netcheck.questions.proxied import TCP
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

    `target` is the name of its end on the way that it is part of: of a proxy, which the answer names with its port.
    `unshown` are the parts of the answer beyond those that a flow stands for.
    """

    answer: Answer
    target: str
    flows: tuple[Explanation, ...]
    unshown: int = 0

    @property
    def source(self) -> str:
        """The VM that it begins at."""
        return self.answer.question.source


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedWay:
    """How packets to some ports of a need go: what becomes of them, and each leg by itself.

    `is_taken` is False for the direct way beside the one that packets take. The hops of the answer are those of all
    legs, with what the client does before them and what a proxy's own list says between them.
    """

    answer: Answer
    legs: tuple[ExplainedLeg, ...]
    client: ClientChoice | None = None
    is_taken: bool = True

    @property
    def target(self) -> str:
        """What has to be reached."""
        return self.answer.question.target


def explain_ways(asking: Asking, vm: VirtualMachine, entry: CheckEntry) -> tuple[ExplainedWay, ...]:
    """Return the ways to all needs of a VM, as `check` has judged them, the direct one beside where none takes it."""
    return tuple(way for result in entry.results for way in _ways(asking, vm, result, entry.profile))


def _ways(asking: Asking, vm: VirtualMachine, result: NeedResult, profile: str) -> Iterator[ExplainedWay]:
    need = result.need
    target = seen_by(asking.book, vm, need).target
    ends = set()
    for (choice, wanted), way in zip(choices(asking, vm, need, profile), result.ways, strict=True):
        legs = tuple(_legs(asking, vm, target, choice, wanted, need))
        ends |= {(leg.source, leg.target) for leg in legs}
        yield ExplainedWay(answer=_answer_of(asking, vm, target, way, need), legs=legs, client=way.client)
    if (vm.name, target.label) not in ends:
        leg = _leg(asking, primary_origin(vm), target, need.port_set, need=need)
        yield ExplainedWay(answer=leg.answer, legs=(leg,), is_taken=False)


def _answer_of(asking: Asking, vm: VirtualMachine, target: Target, way: Way, need: Need) -> Answer:
    """Return what becomes of a need on a way, open where `check` leaves it open."""
    seen, parts = seen_by(asking.book, vm, need), to_parts(way.regions)
    is_open = seen.is_open or (bool(seen.notes) and bool(way.via))
    reasons = (*open_reasons(way.regions), *seen.notes, *name_reasons(need, parts))
    return Answer(
        question=_question(vm.name, target.label, way.wanted, way.via, need.protocol),
        parts=left_open(parts) if is_open else settled_parts(need, parts),
        hops=way.hops,
        reasons=(*reasons, *firewall_notes(asking, way.results)),
        tags=asking.site.tags,
    )


def _question(source: str, target: str, wanted: IntervalSet, via: str = "", protocol: str = "tcp") -> Question:
    return Question(kind="reach", source=source, target=target, protocol=protocol, ports=tuple(ports(wanted)), via=via)


def _legs(
    asking: Asking, vm: VirtualMachine, target: Target, choice: Choice, wanted: IntervalSet, need: Need
) -> Iterator[ExplainedLeg]:
    """Yield the legs of a way in travel order; each possible proxy has two, or more behind a load balancer."""
    if goes_direct(choice):
        yield _leg(asking, primary_origin(vm), target, wanted, need=need)
    for proxy in proxies_of(asking, choice):
        assert proxy.port is not None
        door = Target(f"{proxy.name}:{proxy.port}", proxy.addresses)
        first = _leg(asking, primary_origin(vm), door, IntervalSet.point(proxy.port), proxy.end)
        yield replace(first, target=proxy.name)
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
    need: Need | None = None,
) -> ExplainedLeg:
    """Return one leg; `need` is what it is for where that may be another protocol than a proxy's."""
    assert origin.vm is not None
    protocols = need.protocols if need is not None else TCP
    leg = asking.leg([origin], target.addresses, protocols, wanted, end, target.hosts)
    answer = Answer(
        question=_question(origin.vm.name, target.label, wanted, protocol=need.protocol if need is not None else "tcp"),
        parts=to_parts(leg.regions),
        hops=summarise(leg.results),
        reasons=(*open_reasons(leg.regions), *firewall_notes(asking, leg.results)),
        tags=asking.site.tags,
    )
    flows = tuple(_flows(asking, answer, origin, target.hosts, end))
    return ExplainedLeg(answer=answer, target=target.label, flows=flows, unshown=len(answer.parts) - len(flows))


def _flows(
    asking: Asking, answer: Answer, origin: Origin, hosts: tuple[str, ...], end: NetworkInterface | None
) -> Iterator[Explanation]:
    ends = [nic for nic in (origin.nic, end) if nic is not None and nic.has_unknown_address]
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED, Verdict.REACHABLE):
        for flow in answer.witnesses(verdict, SHOWN_FLOWS):
            yield explain(asking.site, flow, asking, ends, is_relay=origin.is_relay, hosts=hosts)
