"""Places that send alike: NICs of one subnet that differ in nothing but name and address are asked about together.

What becomes of a packet then depends on its addresses alone. A NIC with anything of its own (a public address, a
firewall on its VM, forwarding, a load balancer's pool, an address that is not known, what Azure computed for it) stands
alone, and so does one that the packets may be for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from netcheck.model.address import FAMILIES
from netcheck.model.names import key, last_segment
from netcheck.model.site import NoHostFirewall, Site
from netcheck.policy.resolve import by_family
from netcheck.questions.diff.paths import Place
from netcheck.questions.places import Addresses, Origin
from netcheck.sets.intervals import EMPTY


@dataclass(frozen=True, slots=True)
class Crowd:
    """Some places that send alike, and the one origin that stands for all of them."""

    places: tuple[Place, ...]

    @property
    def origin(self) -> Origin:
        """The first place, with the addresses of all."""
        return _together([place.origin for place in self.places])

    def labels(self, sources: Addresses) -> list[str]:
        """Return the names of those places that hold some of the addresses."""
        if len(self.places) == 1:
            return [self.places[0].label]
        return [one.label for one in self.places if _meet(one.addresses, sources)]


def crowds(site: Site, places: Sequence[Place], targets: Addresses) -> list[Crowd]:
    """Return places in crowds, for packets to some addresses."""
    found: dict[Hashable, list[Place]] = {}
    for i, place in enumerate(places):
        found.setdefault(_alike(site, place.origin, targets, i), []).append(place)
    return [Crowd(tuple(members)) for members in found.values()]


def joined(site: Site, origins: Sequence[Origin], targets: Addresses) -> list[Origin]:
    """Return origins for packets to some addresses, those that send alike as one."""
    found: dict[Hashable, list[Origin]] = {}
    for i, origin in enumerate(origins):
        found.setdefault(_alike(site, origin, targets, i), []).append(origin)
    return [_together(members) for members in found.values()]


def _together(origins: Sequence[Origin]) -> Origin:
    if len(origins) == 1:
        return origins[0]
    return replace(origins[0], addresses=tuple(one for origin in origins for one in origin.addresses))


def _alike(site: Site, origin: Origin, targets: Addresses, number: int) -> Hashable:
    """Return what a place has in common with those that send alike; its number where it stands alone."""
    if site.load_balancers or _meet(by_family(origin.addresses), targets):
        return number
    alike = _likeness(origin)
    return number if alike is None else alike


def _likeness(origin: Origin) -> Hashable | None:
    """Return what places that send alike have in common, None for one that stands alone."""
    vm, nic = origin.vm, origin.nic
    if vm is None or nic is None or len(vm.interfaces) != 1:
        return None
    if vm.proxy_server is not None or not (vm.host_firewall is None or isinstance(vm.host_firewall, NoHostFirewall)):
        return None
    has_own = nic.has_ip_forwarding or nic.public_ips or nic.has_unknown_address or nic.backend_pools
    if has_own or any(one is not None for one in (nic.effective_nsgs, nic.effective_routes, nic.has_default_outbound)):
        return None
    groups = frozenset(key(last_segment(name)) for name in nic.application_security_groups)
    nsg = key(nic.network_security_group)
    return key(nic.subnet), nsg, groups, vm.host_firewall is None


def _meet(one: Addresses, other: Addresses) -> bool:
    return any(one[family] & other.get(family, EMPTY) for family in FAMILIES)
