"""What netcheck says about single packets, to be compared with what a real firewall did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.chains import judge_chains
from netcheck.policy.decision import HopResult
from netcheck.policy.facts import Fact, World, joint_outcomes
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.packets import Header

Known: TypeAlias = Callable[[Fact], bool | None]
"""What the test knows of a fact that no header shows: whether it holds, None where it is not known."""


class Said(NamedTuple):
    """What netcheck says about a packet: the outcomes that are possible, and the facts that are open."""

    outcomes: set[bool]
    facts: frozenset[Fact]


def verdicts(firewall: ChainFirewall, hook: Hook, headers: Sequence[Header], known: Known) -> list[Said]:
    """Return for each header what may become of it: {True} passes, {False} does not, both: netcheck leaves it open."""
    nic = NetworkInterface(name="nic", subnet="vnet/default", addresses=(), at=firewall.at)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=firewall.at, host_firewall=firewall)
    context = HostContext(vm, nic, None, hook, AddressBook(Site(file="-")), is_root=True)
    results = judge_chains(firewall, ps.box(4) | ps.box(6), context)
    found: list[Said] = []
    for header in headers:
        hops = [_cases(result, header, known) for result in results]
        facts = frozenset(fact for hop in hops for world, _ in hop for fact, _ in world)
        found.append(Said(joint_outcomes(hops), facts))
    return found


def _cases(result: HopResult, header: Header, known: Known) -> list[tuple[World, bool]]:
    """Return the worlds that agree with what is known, and whether the packet passes in each."""
    (cases,) = [part.cases for part in result.parts if header in part.packets]
    agreeing = [case for case in cases if all(known(fact) in (None, value) for fact, value in case.when)]
    return [(frozenset(one for one in case.when if known(one[0]) is None), case.passes) for case in agreeing]
