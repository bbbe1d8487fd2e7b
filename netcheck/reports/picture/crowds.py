"""Which VMs a picture puts together: in a large site, those of a subnet that behave alike and look alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from netcheck.model.names import key
from netcheck.model.site import Site, VirtualMachine
from netcheck.reports.captions import client_proxies, vm_caption
from netcheck.reports.picture.places import Place, vm_place

FEW_VMS = 12
"""A site with no more VMs is drawn VM by VM."""
SMALLEST = 3
"""So many VMs alike are a crowd."""


def crowds(site: Site, path: frozenset[Place]) -> tuple[tuple[VirtualMachine, ...], ...]:
    """Return the VMs of a site, those that are drawn as one together, in the order of the site.

    VMs alike are of one class of the estate, so no question tells them apart, and have the same proxy settings, host
    firewall and kind. Those of a path stay by themselves.
    """
    vms = site.virtual_machines
    if len(vms) <= FEW_VMS or site.is_bare_nsg:
        return tuple((vm,) for vm in vms)
    from netcheck.estate.classes import build_estate  # small sites do without
    from netcheck.policy.resolve import AddressBook

    marks = {number: _look(number, vm, path) for number, vm in enumerate(vms)}
    estate = build_estate(site, AddressBook(site), marks)
    found: list[Sequence[int]] = []
    for members in estate.members:
        found += [members] if len(members) >= SMALLEST else [[one] for one in members]
    return tuple(tuple(vms[number] for number in members) for members in sorted(found, key=lambda one: one[0]))


def _look(number: int, vm: VirtualMachine, path: frozenset[Place]) -> Hashable:
    """Return what tells VMs apart in a picture beside how they behave."""
    if vm_place(vm) in path:
        return number
    settings = tuple((told, proxy.host, proxy.port) for told, proxy in client_proxies(vm))
    return settings, vm_caption(vm)[-1], bool(vm.proxy_server), key(vm.primary.subnet)
