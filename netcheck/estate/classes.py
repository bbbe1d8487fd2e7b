"""VMs that nothing in a site tells apart, as one class.

Two VMs are of one class where they could change places: the same subnet, the same NSG, the same application security
groups as far as rules name them, addresses in one piece. A verdict about one pair of VMs is then the verdict about
every pair of their classes. A VM that has anything of its own which the key does not hold is a class by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.estate.question import RuleKind, kind_of
from netcheck.estate.telling import Pieces
from netcheck.model.address import FAMILIES, AddressRange, ApplicationSecurityGroup, Family
from netcheck.model.names import key, last_segment
from netcheck.model.rules import NsgRule
from netcheck.model.site import NetworkInterface, NoHostFirewall, Site, VirtualMachine
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import EMPTY

Key = tuple[Hashable, ...]
NO_MARKS: Mapping[int, Hashable] = {}


class VmClass(NamedTuple):
    """VMs that behave alike, by their numbers in the site, the first of them first.

    `address` is that of the first one where the class is plain: one NIC with one IPv4 address and nothing that is not
    in the key. Others have None. `outward` is what decides about packets to outside, beside the address and the groups.
    """

    members: tuple[int, ...]
    address: int | None
    subnet: str
    nsg: str
    groups: frozenset[str]
    outward: Key


@dataclass(frozen=True, slots=True)
class Estate:
    """A site with its VMs in classes: the plain ones first, by their addresses, then all others.

    `groups` are the application security groups that some NIC is in.
    """

    site: Site
    book: AddressBook
    classes: tuple[VmClass, ...]
    plain: int
    groups: frozenset[str]

    @property
    def members(self) -> list[tuple[int, ...]]:
        """The numbers of the VMs of each class."""
        return [one.members for one in self.classes]

    def machine(self, number: int, member: int = 0) -> VirtualMachine:
        """Return a VM of a class."""
        return self.site.virtual_machines[self.classes[number].members[member]]


def build_estate(
    site: Site,
    book: AddressBook,
    marks: Mapping[int, Hashable] = NO_MARKS,
    asked: frozenset[str] = frozenset(),
    about: frozenset[RuleKind] | None = None,
) -> Estate:
    """Return the classes of a site.

    `marks` keep VMs apart that a question asks about apart, by their numbers; `asked` are groups that it names. `about`
    are the kinds of NSG rules that may match a packet of the question (None: all): others tell nobody apart.
    """
    rules = [
        rule
        for nsg in site.network_security_groups
        for rule in (*nsg.rules, *nsg.default_rules)
        if about is None or kind_of(rule) in about
    ]
    held: dict[Family, list[int]] = {
        family: [a.first for vm in site.virtual_machines for nic in vm.interfaces for a in nic.addresses
                 if a.family == family and a.first == a.last]
        for family in FAMILIES
    }  # fmt: skip
    keys = _Keys(site, Pieces(book, held, rules), {*asked, *_named_groups(site, rules)}, frozenset(_unsure(site)))
    found: dict[Key, list[int]] = {}
    for number, vm in enumerate(site.virtual_machines):
        mark = marks.get(number)
        at = (*keys.of(number, vm), mark) if mark is not None else keys.of(number, vm)
        members = found.get(at)
        if members is None:
            found[at] = [number]
        else:
            members.append(number)
    plain, others = [], []
    for at, members in found.items():
        nic = site.virtual_machines[members[0]].interfaces[0]
        if at[0] == _PLAIN:
            first = nic.addresses[0].first
            plain.append((first, keys.as_class(members, nic, first)))
        else:
            others.append(keys.as_class(members, nic, None))
    plain.sort(key=lambda one: one[0])
    return Estate(site, book, (*(one for _, one in plain), *others), len(plain), keys.members)


_PLAIN, _STRUCTURED, _ALONE = 0, 1, 2


class _Keys:
    """Makes the keys; what thousands of VMs spell alike is folded once."""

    def __init__(self, site: Site, pieces: Pieces, telling: Set[str], unsure: frozenset[int]) -> None:
        self._all, self.pieces, self._unsure = pieces, pieces.of(4), unsure
        self._folded: dict[str, str] = {}
        self._sets: dict[tuple[str, ...], frozenset[str]] = {}
        self.members: frozenset[str] = frozenset()
        for names in {nic.application_security_groups for vm in site.virtual_machines for nic in vm.interfaces}:
            groups = frozenset(key(last_segment(name)) for name in names)
            self._sets[names] = groups & telling
            self.members |= groups

    def of(self, number: int, vm: VirtualMachine) -> Key:
        """Return what decides about a VM's packets."""
        nics = vm.interfaces
        if (vm.host_firewall is not None and not isinstance(vm.host_firewall, NoHostFirewall)) or vm.proxy_server:
            return _ALONE, number
        if any(nic.open_families or nic.effective_nsgs is not None or nic.effective_routes is not None for nic in nics):
            return _ALONE, number
        if len(nics) == 1 and len(nics[0].addresses) == 1:
            nic = nics[0]
            [address] = nic.addresses
            if address.family == 4 and address.first not in self._unsure:
                return _PLAIN, self.pieces[address.first], *self._attached(nic)
        held = tuple(
            (nic.is_primary, tuple(self._piece(one) for one in nic.addresses), *self._attached(nic)) for nic in nics
        )
        return _STRUCTURED, held

    def _piece(self, address: AddressRange) -> tuple[Hashable, ...]:
        if address.family == 4 and address.first in self._unsure:
            return 4, "alone", address.first
        return address.family, self._all.of(address.family)[address.first]

    def _attached(self, nic: NetworkInterface) -> Key:
        more = (
            (
                tuple(sorted((one.family, one.sku or "") for one in nic.public_ips)),
                tuple(map(self.fold, nic.backend_pools)),
            )
            if nic.public_ips or nic.backend_pools
            else None
        )
        return (
            self.fold(nic.subnet),
            self.fold(nic.network_security_group),
            self._sets[nic.application_security_groups],
            nic.has_ip_forwarding,
            nic.has_default_outbound,
            more,
        )

    def fold(self, name: str) -> str:
        """Return what spellings of a name have in common."""
        found = self._folded.get(name)
        if found is None:
            found = self._folded[name] = key(name)
        return found

    def as_class(self, members: Sequence[int], nic: NetworkInterface, address: int | None) -> VmClass:
        groups = self._sets[nic.application_security_groups]
        subnet, nsg, _, *outward = self._attached(nic)
        return VmClass(tuple(members), address, str(subnet), str(nsg), groups, (subnet, nsg, *outward))


def _unsure(site: Site) -> Iterator[int]:
    """Yield the IPv4 addresses of NICs that something else may hold as well: the walk has to say what happens there."""
    taken = [a for vm in site.virtual_machines for nic in vm.interfaces for a in nic.open_addresses]
    taken += [a for one in site.private_endpoints for a in one.addresses]
    taken += [f.address for one in site.load_balancers for f in one.frontends if f.address is not None]
    taken += [a for one in site.azure_firewalls for a in one.addresses]
    ranges = [(a.first, a.last) for a in taken if a.family == 4]
    ranges += list(PLATFORM.get(4, EMPTY).spans())
    held = [a.first for vm in site.virtual_machines for nic in vm.interfaces for a in nic.certain_addresses
            if a.family == 4]  # fmt: skip
    if ranges:
        from netcheck.sets.intervals import IntervalSet

        some = IntervalSet.of(ranges)
        yield from (value for value in held if value in some)


def _named_groups(site: Site, rules: Iterable[NsgRule]) -> Iterator[str]:
    """Yield the application security groups that rules name; of NSGs, some rules."""
    for rule in rules:
        for endpoint in (*rule.sources, *rule.destinations):
            if isinstance(endpoint, ApplicationSecurityGroup):
                yield key(last_segment(endpoint.name))
    for admin in site.admin_rules:
        for endpoint in (*admin.sources, *admin.destinations):
            if isinstance(endpoint, ApplicationSecurityGroup):
                yield key(last_segment(endpoint.name))
