"""VMs whose backup traffic is treated alike: same verdicts about the same packets, by the same rules, for one reason.

A site of 300 VMs has a handful of such groups, and a reader looks at one VM of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer, HopSummary
from netcheck.questions.check import CheckEntry, NeedResult
from netcheck.questions.proxied import LegSummary
from netcheck.questions.several_ways import ClientChoice, Way
from netcheck.sets.packets import PacketSet

WORST_FIRST = (Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNDETERMINED, Verdict.REACHABLE)
_OWN_HOPS = (HopKind.HOST_FIREWALL, HopKind.CLIENT_PROXY, HopKind.PROXY_SERVER)
"""Hops that each VM has a description of its own of: where that stands does not tell two of them apart."""


@dataclass(frozen=True, slots=True)
class VmGroup:
    """VMs of equal behaviour, in the order of the site; `entry` is the answer for the first of them."""

    vms: tuple[VirtualMachine, ...]
    entry: CheckEntry

    @property
    def label(self) -> str:
        """The first VM, and how many more there are."""
        return self.entry.vm if len(self.vms) == 1 else f"{self.entry.vm} and {len(self.vms) - 1:,} more"

    @property
    def subnets(self) -> tuple[str, ...]:
        """The subnets of the VMs' primary NICs."""
        return tuple(dict.fromkeys(vm.primary.subnet for vm in self.vms))


def groups_of(site: Site, entries: Iterable[CheckEntry]) -> tuple[VmGroup, ...]:
    """Return the VMs of a report in groups, the worst verdict first."""
    found: dict[object, list[CheckEntry]] = {}
    vms = {vm.name: vm for vm in site.virtual_machines}
    for entry in entries:
        found.setdefault(_Look(site, vms[entry.vm]).entry(entry), []).append(entry)
    groups = (VmGroup(tuple(vms[one.vm] for one in own), own[0]) for own in found.values())
    return tuple(sorted(groups, key=lambda group: WORST_FIRST.index(group.entry.verdict)))


class _Look:
    """What an answer says when the VM's own names, its subnet's and their places are taken out of it."""

    def __init__(self, site: Site, vm: VirtualMachine) -> None:
        subnet = site.subnet(vm.primary.subnet)
        self._signs = {vm.name: "<vm>", str(vm.at): "<vm at>"}
        for number, nic in enumerate(vm.interfaces):
            self._signs |= _nic_signs(nic, number)
        if subnet is not None:
            self._signs |= {subnet.full_name: "<subnet>", str(subnet.at): "<subnet at>"}
        self._own = {vm.name, *(nic.name for nic in vm.interfaces)}
        names = sorted(self._signs, key=len, reverse=True)
        self._names = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")

    def entry(self, entry: CheckEntry) -> object:
        return entry.verdict, tuple(self._result(one) for one in entry.results), self._answer(entry.answer)

    def _result(self, result: NeedResult) -> object:
        beside = tuple(self._leg(leg) for leg in (result.direct, result.instead, result.names) if leg is not None)
        return result.need, self._answer(result.answer), tuple(self._way(way) for way in result.ways), beside

    def _answer(self, answer: Answer) -> object:
        parts = tuple((p.verdict, _seen(p.packets), self._decisions(p.decided_by)) for p in answer.parts)
        return parts, self._hops(answer.hops), frozenset(map(self._text, answer.reasons)), answer.question.via

    def _way(self, way: Way) -> object:
        legs = tuple(self._leg(leg) for leg in way.legs)
        return way.wanted, self._client(way.client), way.via, legs, self._hops(way.lists)

    def _client(self, client: ClientChoice | None) -> object:
        return client and (client.component, client.way, client.proxy, self._text(client.why))

    def _leg(self, leg: LegSummary) -> object:
        return self._text(leg.source), leg.target, leg.verdict, leg.chain, self._decisions(leg.decided_by)

    def _hops(self, hops: Iterable[HopSummary]) -> object:
        return tuple(
            (one.hop, one.direction, self._text(one.resource), one.verdict, self._decisions(one.decided_by))
            for one in hops
        )

    def _decisions(self, decisions: Iterable[Decision]) -> object:
        return tuple(map(self._decision, decisions))

    def _decision(self, one: Decision) -> object:
        at = "" if one.hop in _OWN_HOPS and one.resource in self._own else self._text(one.at)
        told = self._text(one.resource), one.rule, one.priority, at, self._text(one.note)
        return one.hop, one.passes, one.direction, one.overrides, told

    def _text(self, text: str) -> str:
        return self._names.sub(lambda found: self._signs[found[0]], text)


def _nic_signs(nic: NetworkInterface, number: int) -> dict[str, str]:
    return {nic.name: f"<nic {number}>", str(nic.at): f"<nic {number} at>"}


def _seen(packets: PacketSet) -> object:
    """Return the packets with their source left out: each VM sends from an address of its own."""
    return tuple(
        (one.family, one.protocols, one.destination_ports, one.source_ports, one.destinations)
        for one in packets.boxes()
    )
