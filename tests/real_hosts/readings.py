"""Two readings of one firewall, compared as whole sets of packets."""

from __future__ import annotations

from typing import NamedTuple

from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, cut
from netcheck.policy.chains import judge_chains
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, Box, PacketSet
from tests.unit.networks import HERE

ICMP = IntervalSet.of([(1, 1), (58, 58)])
HIDING = IntervalSet.of([(0, (1 << 32) - 1), (0xFFFF << 32, (0x10000 << 32) - 1), (0x2002 << 112, (0x2003 << 112) - 1)])
ASKED = (ps.box(4) | ps.box(6)) - ps.box(4, protocols=ICMP) - ps.box(6, protocols=ICMP) - ps.box(6, destinations=HIDING)
"""All packets but those of ICMP, of which rules name types, and those to IPv6 addresses that hold one of IPv4, which a
setting of firewalld is about."""


class Accepted(NamedTuple):
    """The packets that pass for certain, and those that may pass."""

    surely: PacketSet
    perhaps: PacketSet


def accepted(firewall: ChainFirewall, hook: Hook) -> Accepted:
    """Return what passes a firewall on one way."""
    nic = NetworkInterface(name="nic", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=firewall)
    context = HostContext(vm, nic, None, hook, AddressBook(Site(file="-")), True)
    surely = perhaps = EMPTY_PACKETS
    for region in cut(ASKED, judge_chains(firewall, ASKED, context)):
        if region.verdict is Verdict.REACHABLE:
            surely = surely | region.packets
        elif region.verdict is Verdict.UNDETERMINED:
            perhaps = perhaps | region.packets
    return Accepted(surely, perhaps)


def differences(one: Accepted, other: Accepted) -> list[Box]:
    """Return some of the packets of which two readings say different things."""
    wrong = EMPTY_PACKETS
    for ours, theirs in zip(one, other, strict=True):
        wrong = wrong | (ours - theirs) | (theirs - ours)
    return [box for box, _ in zip(wrong.boxes(), range(3), strict=False)]
