"""The fate of packets on whole paths, before and after: from every place that packets can come from, to everywhere."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.path.leg import Region
from netcheck.policy.resolve import by_family, to_prefixes
from netcheck.questions.asking import Asking
from netcheck.questions.diff.changed import Changed, changes
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin
from netcheck.sets import packets as ps

OUTSIDE = "outside"
_NIC = "nic "
_EVERYWHERE: Addresses = {family: ps.ALL_ADDRESSES[family] for family in FAMILIES}


@dataclass(frozen=True, slots=True)
class Place:
    """A place that packets come from. Places of one `realm` hold different addresses; a realm has a name in both sites.

    `label` names it in answers.
    """

    realm: str
    label: str
    origin: Origin

    @property
    def addresses(self) -> Addresses:
        """The addresses of the place."""
        return by_family(self.origin.addresses)


def path_changes(old: Asking, new: Asking) -> Iterator[Changed]:
    """Yield the packets whose fate on a whole path differs between two sites."""
    adrift = {*_adrift(old.site), *_adrift(new.site)}
    before, after = list(places(old.site, adrift)), list(places(new.site, adrift))
    for label, was, now in _pairs(before, after):
        yield from changes(label, _regions(old, was), _regions(new, now))


def _regions(asking: Asking, origin: Origin | None) -> Sequence[Region] | None:
    if origin is None:
        return None
    if not packets_from(origin.addresses, _EVERYWHERE, ps.ALL_PROTOCOLS, ps.ALL_PORTS):
        return ()
    return asking.leg([origin], _EVERYWHERE, ps.ALL_PROTOCOLS, ps.ALL_PORTS).regions


def _adrift(site: Site) -> Iterator[str]:
    """Yield the NICs whose address no file states."""
    return (_nic_name(vm, nic) for vm in site.virtual_machines for nic in vm.interfaces if nic.has_unknown_address)


def _nic_name(vm: VirtualMachine, nic: NetworkInterface) -> str:
    return f"{_NIC}{key(vm.name)}/{key(nic.name)}"


def places(site: Site, adrift: Container[str] = ()) -> Iterator[Place]:
    """Yield the NICs, the other addresses of each subnet, and what is outside of every virtual network.

    `adrift` are NICs with a realm of their own, because their address is not known in one of the sites.
    """
    nics = [(vm, nic) for vm in site.virtual_machines for nic in vm.interfaces if nic.addresses]
    for vm, nic in nics:
        name = _nic_name(vm, nic)
        own = name if name in adrift else f"subnet {key(nic.subnet)}"
        label = vm.name if len(vm.interfaces) == 1 else f"{vm.name}/{nic.name}"
        yield Place(own, label, Origin(nic.addresses, vm, nic))
    outside = dict(_EVERYWHERE)
    for network in site.virtual_networks:
        outside = _without(outside, network.address_space)
        for subnet in network.subnets:
            taken = [a for _, nic in nics if key(nic.subnet) == key(subnet.full_name) for a in nic.certain_addresses]
            free = _ranges(_without(by_family(subnet.prefixes), taken))
            if free:
                yield Place(f"subnet {key(subnet.full_name)}", subnet.full_name, Origin(free, None, None, subnet))
    yield Place(OUTSIDE, OUTSIDE, Origin(_ranges(outside)))


def _pairs(old: Sequence[Place], new: Sequence[Place]) -> Iterator[tuple[str, Origin | None, Origin | None]]:
    """Yield the places of both sites cut so that each pair holds the same addresses; None where one site has none."""
    realms = dict.fromkeys(place.realm for place in (*new, *old))
    for realm in realms:
        before, after = ([p for p in side if p.realm == realm] for side in (old, new))
        cuts = [(was, now, _ranges(_common(was.addresses, now.addresses))) for was in before for now in after]
        found = [(now.label, _part(was, shared), _part(now, shared)) for was, now, shared in cuts if shared]
        yield from found
        if found and realm.startswith(_NIC):
            continue  # it has one of its addresses, and both sites were asked about those it may have in both
        yield from ((p.label, _part(p, left), None) for p in before if (left := _left(p, after)))
        yield from ((p.label, None, _part(p, left)) for p in after if (left := _left(p, before)))


def _part(place: Place, addresses: tuple[AddressRange, ...]) -> Origin:
    return replace(place.origin, addresses=addresses)


def _left(place: Place, others: Iterable[Place]) -> tuple[AddressRange, ...]:
    left = place.addresses
    for other in others:
        left = {family: left[family] - other.addresses[family] for family in FAMILIES}
    return _ranges(left)


def _common(one: Addresses, other: Addresses) -> Addresses:
    return {family: one[family] & other[family] for family in FAMILIES}


def _without(addresses: Addresses, ranges: Iterable[AddressRange]) -> Addresses:
    taken = by_family(ranges)
    return {family: addresses[family] - taken[family] for family in FAMILIES}


def _ranges(addresses: Addresses) -> tuple[AddressRange, ...]:
    return tuple(prefix for family in FAMILIES for prefix in _of_family(addresses, family))


def _of_family(addresses: Addresses, family: Family) -> Iterator[AddressRange]:
    yield from to_prefixes(addresses[family], family)
