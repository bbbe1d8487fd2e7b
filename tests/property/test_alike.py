"""VMs followed together: each of them is told what it is told alone, on drawn networks of every kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, AddressRange, parse_prefix
from netcheck.model.site import Site
from netcheck.policy.resolve import by_family
from netcheck.questions.alike import shared_legs
from netcheck.questions.answer import summarise, to_parts
from netcheck.questions.asking import Asking, Leg, primary_origin
from netcheck.questions.places import Addresses
from netcheck.sets.intervals import IntervalSet
from tests.property.plain_estates import draw_estate
from tests.property.walk_networks import draw_network

TCP, PORTS = IntervalSet.point(6), IntervalSet.of([(22, 22), (443, 443)])
OUTSIDE = [parse_prefix(text)[0] for text in ("20.60.0.0/16", "8.8.8.8/32", "10.1.0.0/24", "fd00:1::/48")]


def told(leg: Leg) -> tuple[object, ...]:
    """Return what a leg says: who decides about which packets, and what each hop does; regions have no order."""
    parts = {(part.verdict, frozenset(part.decided_by)): part.packets for part in to_parts(leg.regions)}
    return parts, [(hop.hop, hop.resource, hop.verdict, set(hop.decided_by)) for hop in summarise(leg.results)]


def destinations(site: Site) -> list[Addresses]:
    """Return places outside, and the address of a VM, which may send packets to itself."""
    own: list[AddressRange] = [*site.virtual_machines[-1].primary.addresses]
    return [by_family(OUTSIDE), by_family(own)]


@pytest.mark.parametrize("draw", [draw_estate, draw_network])
@pytest.mark.parametrize("seed", range(60))
def test_vms_together_are_told_what_each_is_told_alone(draw: Callable[[Random], Site], seed: int) -> None:
    """For every VM the share of the common leg is the leg that it has by itself."""
    site = draw(Random(seed))
    asking = Asking(site)
    for addresses in destinations(site):
        vms = [
            vm
            for vm in site.virtual_machines
            if any(addresses[a.family] for a in vm.primary.addresses) and vm.primary.addresses
        ]
        together = [
            (vm, shared.leg_of(vm)) for shared in shared_legs(asking, vms, addresses, TCP, PORTS) for vm in shared.vms
        ]
        assert sorted(vm.name for vm, _ in together) == sorted(vm.name for vm in vms)
        for vm, leg in together:
            assert told(leg) == told(asking.leg([primary_origin(vm)], addresses, TCP, PORTS)), vm.name


def test_some_vms_are_followed_together() -> None:
    """Else the law above would say nothing."""
    sites = [draw_estate(Random(seed)) for seed in range(60)]
    groups = [
        len(shared.vms)
        for site in sites
        for shared in shared_legs(Asking(site), site.virtual_machines, by_family(OUTSIDE), TCP, PORTS)
    ]
    assert sum(count > 1 for count in groups) > 50


def test_a_vm_without_a_packet_is_refused() -> None:
    """As it is where it is asked about alone."""
    site = draw_estate(Random(1))
    with pytest.raises(QuestionError, match="holds no packet"):
        list(
            shared_legs(
                Asking(site), site.virtual_machines, {family: IntervalSet(()) for family in FAMILIES}, TCP, PORTS
            )
        )
