"""The proof of a plan's other changes: every packet from anywhere to what they touch, without the plan and with it.

Edits of rules change nothing but the NSGs that `verify` compares wherever they are applied. Another change works on
whole paths: a service endpoint moves the routes of every VM of its subnet. So each place that packets can come from
sends all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.names import is_same
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.resolve import AddressBook, by_family, to_prefixes
from netcheck.questions.asking import Asking
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin
from netcheck.remedy.verify import Effect
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

_EVERYWHERE: Addresses = {family: ps.ALL_ADDRESSES[family] for family in FAMILIES}


def site_effect(before: Site, after: Site, like: AddressBook, touched: Addresses = _EVERYWHERE) -> Effect:
    """Return what changes between two descriptions of one site: packets that it may let through now or no longer.

    Only packets to the addresses that the changes touch are sent.
    """
    was, now = Asking(before, like=like), Asking(after, like=like)
    opened = closed = ps.EMPTY_PACKETS
    for old, new in zip(_origins(before), _origins(after), strict=True):
        passed, may_pass = _fate(was, old, touched)
        passes, may_pass_now = _fate(now, new, touched)
        opened = opened | (passes - passed) | (may_pass_now - may_pass)
        closed = closed | (passed - passes) | (may_pass - may_pass_now)
    return Effect(opened, closed)


def _origins(site: Site) -> Iterator[Origin]:
    """Yield every place that packets can come from: NICs, the other addresses of subnets, outside."""
    nics = [(vm, nic) for vm in site.virtual_machines for nic in vm.interfaces if nic.addresses]
    yield from (Origin(nic.addresses, vm, nic) for vm, nic in nics)
    outside = dict(_EVERYWHERE)
    for network in site.virtual_networks:
        outside = _without(outside, network.address_space)
        for subnet in network.subnets:
            own = [a for _, nic in nics if is_same(nic.subnet, subnet.full_name) for a in nic.addresses]
            free = _ranges(_without(by_family(subnet.prefixes), own))
            yield from [Origin(free, None, None, subnet)] if free else []
    yield Origin(_ranges(outside))


def _without(addresses: Addresses, ranges: Iterable[AddressRange]) -> dict[Family, IntervalSet]:
    taken = by_family(ranges)
    return {family: addresses[family] - taken[family] for family in FAMILIES}


def _ranges(addresses: Addresses) -> tuple[AddressRange, ...]:
    return tuple(prefix for family in FAMILIES for prefix in to_prefixes(addresses[family], family))


def _fate(asking: Asking, origin: Origin, touched: Addresses) -> tuple[PacketSet, PacketSet]:
    """Return the packets of one place that get where they go, for certain and possibly."""
    passes = may_pass = ps.EMPTY_PACKETS
    if not packets_from(origin.addresses, touched, ps.ALL_PROTOCOLS, ps.ALL_PORTS):
        return passes, may_pass
    for region in asking.leg([origin], touched, ps.ALL_PROTOCOLS, ps.ALL_PORTS).regions:
        verdict = region.verdict
        if verdict is not Verdict.BLOCKED:
            may_pass = may_pass | region.packets
        if verdict is Verdict.REACHABLE:
            passes = passes | region.packets
    return passes, may_pass
