"""What an endpoint of a rule means for one subnet: certain addresses, and possible ones with the open fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, assert_never

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.address import (
    FAMILIES,
    AddressError,
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    Family,
    ServiceTag,
    Unresolved,
    bits,
    everything,
    parse_spans,
    split_span,
)
from netcheck.model.names import key, last_segment, nearest
from netcheck.model.rules import NextHop
from netcheck.model.site import Site
from netcheck.model.tags import TagEntry
from netcheck.policy.builtin import (
    AZURE_LOAD_BALANCER,
    DNS_PORT,
    INTERNET_LOWER,
    INTERNET_UPPER,
    KMS_PORT,
    METADATA,
    METADATA_PORT,
    WIRE_SERVER,
)
from netcheck.policy.facts import Fact
from netcheck.policy.gateways import learned_routes
from netcheck.policy.peering import gives_access, live_peerings, peer_space, unstated_peers
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import ALL_ADDRESSES

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import NetworkInterface, Subnet, VirtualNetwork
    from netcheck.policy.nsgrule import RuleBoxes

CLASSIC_SPELLINGS = {
    "internet": "internet",
    "virtual_network": "virtualnetwork",
    "virtualnetwork": "virtualnetwork",
    "azure_loadbalancer": "azureloadbalancer",
    "azureloadbalancer": "azureloadbalancer",
    "azureplatformdns": "azureplatformdns",
    "azureplatformimds": "azureplatformimds",
    "azureplatformlkm": "azureplatformlkm",
}
"""The built-in tags, classic and Resource Manager spelling, case-folded."""

INTERNET_FACT = "internet of "
"""How the facts about addresses that `Internet` may hold begin; the network whose view it is follows."""

Name = AnyAddress | ServiceTag | ApplicationSecurityGroup | Unresolved
"""An endpoint that is no prefix: what it covers is for the book to say."""


class Term(NamedTuple):
    """Addresses of one family that an endpoint covers, provided that `fact` holds (None: certainly).

    `ports` narrows the destination ports where the tag stands for one service of an address.
    """

    addresses: IntervalSet
    fact: Fact | None = None
    ports: IntervalSet | None = None


def to_set(ranges: Iterable[AddressRange], family: Family) -> IntervalSet:
    """Return the addresses of one family among some ranges."""
    return IntervalSet.of((r.first, r.last) for r in ranges if r.family == family)


def to_prefixes(values: IntervalSet, family: Family) -> Iterator[AddressRange]:
    """Yield the fewest prefixes that are together exactly some addresses, in order."""
    for first, last in values.spans():
        for address, length in split_span(family, first, last):
            yield AddressRange(family, address, address + (1 << (bits(family) - length)) - 1)


def by_family(ranges: Iterable[AddressRange]) -> dict[Family, IntervalSet]:
    """Return the addresses of both families among some ranges."""
    known = tuple(ranges)
    return {family: to_set(known, family) for family in FAMILIES}


def builtin_name(tag: str) -> str:
    """Return the case-folded Resource Manager name of a built-in tag, or "" for a published one."""
    return CLASSIC_SPELLINGS.get(key(tag), "")


_NO_ENDS: Mapping[str, NetworkInterface] = MappingProxyType({})


class AddressBook:
    """Resolves the names that rules of one site use.

    `vnet_space` stands in where a bare NSG has no network. `like` is the book of a site with the same tag file, such as
    the same site before a change: what it has read of the file is not read again. `ends` are the NICs that every
    packet of a question comes from (`source`) or goes to (`destination`): whatever address such a NIC has, it is the
    packet's.
    """

    def __init__(
        self,
        site: Site,
        vnet_space: Sequence[AddressRange] | None = None,
        like: AddressBook | None = None,
        ends: Mapping[str, NetworkInterface] = _NO_ENDS,
    ) -> None:
        self.site = site
        self._ends = ends
        self._vnet_space = vnet_space
        self._tags: dict[tuple[str, Family, str, str], list[Term]] = {}
        self.rule_boxes: dict[tuple[str, str, str, Family, str], list[RuleBoxes]] = {}
        self._groups: dict[tuple[str, Family, str], list[Term]] = {}
        self._members: dict[str, tuple[NetworkInterface, ...]] | None = (
            like._members if like is not None and like.site is site else None
        )
        is_same_file = like is not None and like.site.tags is site.tags
        self._published: dict[tuple[str, Family], IntervalSet] = like._published if like and is_same_file else {}

    def published(self, tag: str, family: Family) -> IntervalSet | None:
        """Return the addresses of a published tag, or None when the tag file does not have it."""
        at = (key(tag), family)
        if at not in self._published:
            spans = self.listed(tag, family)
            if spans is None:
                return None
            self._published[at] = IntervalSet.of(spans)
        return self._published[at]

    def listed(self, tag: str, family: Family) -> list[tuple[int, int]] | None:
        """Return the prefixes of a published tag as they are listed, not merged; None when the file does not have it.

        Raise InputError where one of them is no prefix.
        """
        entry = self.site.tags.get(tag) if self.site.tags else None
        if entry is None:
            return None
        is_v6 = family == 6
        try:
            return list(parse_spans([text for text in entry.prefixes if (":" in text) is is_v6]))
        except AddressError as error:
            raise _bad_tag(self.site.tags.file if self.site.tags else "", entry, error) from None

    def terms(self, endpoints: Sequence[Endpoint], family: Family, side: str, subnet: Subnet | None) -> list[Term]:
        """Return what a list of alternatives covers: one certain term at most per port limit, then the open ones."""
        spans: list[tuple[int, int]] = []
        certain: list[IntervalSet] = []
        others: list[Term] = []
        for endpoint in endpoints:
            if isinstance(endpoint, AddressRange):  # most are, and one set for all of them is made faster
                if endpoint.family == family:
                    spans.append((endpoint.first, endpoint.last))
                continue
            for term in self._terms(endpoint, family, side, subnet):
                if term.fact is None and term.ports is None:
                    certain.append(term.addresses)
                else:
                    others.append(term)
        if spans:
            certain.append(IntervalSet.of(spans))
        whole = certain[0] if len(certain) == 1 else union(certain)
        return [term for term in (Term(whole), *others) if term.addresses]

    def _terms(self, endpoint: Name, family: Family, side: str, subnet: Subnet | None) -> list[Term]:
        match endpoint:
            case AnyAddress():
                return [Term(ALL_ADDRESSES[family])]
            case ServiceTag(name=name):
                at = (name, family, side, subnet.full_name if subnet else "")
                if at not in self._tags:
                    self._tags[at] = self._tag(name, family, side, subnet)
                return self._tags[at]
            case ApplicationSecurityGroup(name=name):
                member = (name, family, side)
                if member not in self._groups:
                    self._groups[member] = self._group(name, family, side)
                return self._groups[member]
            case Unresolved(text=text, reason=reason):
                return [Term(ALL_ADDRESSES[family], Fact(f"value of {text}", side, reason))]
            case _:
                assert_never(endpoint)

    def _tag(self, name: str, family: Family, side: str, subnet: Subnet | None) -> list[Term]:
        match builtin_name(name):
            case "internet":
                return self._internet(family, side, subnet)
            case "virtualnetwork":
                return self.virtual_network(family, side, subnet)
            case "azureloadbalancer":
                return [Term(AZURE_LOAD_BALANCER[family])]
            case "azureplatformdns":
                return _platform(family, WIRE_SERVER, DNS_PORT)
            case "azureplatformimds":
                return _platform(family, METADATA, METADATA_PORT)
            case "azureplatformlkm":
                fact = Fact(
                    "service tag azureplatformlkm", side, "the addresses of `AzurePlatformLKM` are not published"
                )
                return [Term(INTERNET_UPPER[family], fact, IntervalSet.point(KMS_PORT))]
            case _:
                return self._published_tag(name, family, side)

    def _published_tag(self, name: str, family: Family, side: str) -> list[Term]:
        addresses = self.published(name, family)
        entry = self.site.tags.get(name) if self.site.tags else None
        if addresses is None or entry is None:
            fact = Fact(f"service tag {key(name)}", side, self.why_unknown(name))
            return [Term(ALL_ADDRESSES[family], fact)]
        if not entry.is_nsg_capable:
            reason = (
                f"service tag `{entry.name}` is listed without the NSG feature, so a rule may not be able to name it"
            )
            return [Term(addresses, Fact(f"service tag {key(name)}", side, reason))]
        return [Term(addresses)]

    def why_unknown(self, name: str) -> str:
        """Return the sentence that says why a tag has no addresses, with a suggestion where one is near."""
        tags = self.site.tags
        if tags is None:
            return f"unknown service tag `{name}`: no service-tag file was given"
        if not tags.is_complete:
            return f"unknown service tag `{name}`: {tags.file} lists data-centre ranges by region only, not services"
        near = nearest(name, (e.name for e in tags.entries.values()), 0.8)
        hint = f"; did you mean `{near}`?" if near else ""
        return f"unknown service tag `{name}`: not in {tags.file}{hint}"

    def _group(self, name: str, family: Family, side: str) -> list[Term]:
        """An ASG is the addresses of its members; a group that nothing in the site mentions is open."""
        wanted = key(last_segment(name))
        members = self._members_of(wanted)
        if members or any(key(g) == wanted for g in self.site.application_security_groups):
            certain = Term(to_set((a for nic in members for a in nic.certain_addresses), family))
            return [certain, *self._open_members(members, family, side)]
        fact = Fact(f"application security group {wanted}", side, f"no NIC of the site is in the group `{name}`")
        return [Term(ALL_ADDRESSES[family], fact)]

    def _members_of(self, wanted: str) -> Sequence[NetworkInterface]:
        """Return the NICs of a group; a large site is gone through once for all of them."""
        if self._members is None:
            found: dict[str, dict[int, NetworkInterface]] = {}
            for vm in self.site.virtual_machines:
                for nic in vm.interfaces:
                    for group in nic.application_security_groups:
                        found.setdefault(key(last_segment(group)), {})[id(nic)] = nic
            self._members = {group: tuple(nics.values()) for group, nics in found.items()}
        return self._members.get(wanted, ())

    def _open_members(self, members: Sequence[NetworkInterface], family: Family, side: str) -> Iterator[Term]:
        """Yield the addresses of members that are not known; no two NICs have the same one."""
        end = self._ends.get(side)
        for nic in members:
            addresses = to_set(nic.open_addresses, family)
            if not addresses:
                continue
            if nic is end:
                yield Term(addresses)
            elif end is None or key(end.subnet) != key(nic.subnet):
                reason = f"which address NIC `{nic.name}` at {nic.at} has is not known"
                yield Term(addresses, Fact(f"address of {key(nic.name)}", side, reason, nic.at))

    def _internet(self, family: Family, side: str, subnet: Subnet | None) -> list[Term]:
        """`Internet` is the public space, Azure's own included; whether public addresses in networks are in it is open.

        Microsoft Learn says "outside the virtual network"; users measured public prefixes of networks, and of what is
        on-premises, in both tags.
        """
        own = EMPTY if subnet is None else self._space(subnet, family) | self._tag_routed(subnet, family)
        lower, upper = INTERNET_LOWER[family] - own, INTERNET_UPPER[family]
        if subnet is None and self._vnet_space is not None:
            lower = lower - to_set(self._vnet_space, family)
        reason = "whether `Internet` covers this address is not documented for certain"
        fact = Fact(f"{INTERNET_FACT}{subnet.virtual_network if subnet else 'the NSG'}", side, reason)
        return [t for t in (Term(lower), Term(upper - lower, fact)) if t.addresses]

    def _tag_routed(self, subnet: Subnet, family: Family) -> IntervalSet:
        """Users found `AllowInternetOutBound` to miss what a route with a service tag as prefix names."""
        table = self.site.route_table(subnet.route_table) if subnet.route_table else None
        found = EMPTY
        for route in table.routes if table else ():
            if isinstance(route.prefix, Unresolved):
                found = ALL_ADDRESSES[family]
            elif isinstance(route.prefix, ServiceTag):
                addresses = self.published(route.prefix.name, family)
                found = found | (ALL_ADDRESSES[family] if addresses is None else addresses)
        return found

    def _space(self, subnet: Subnet, family: Family) -> IntervalSet:
        """Return the space of a subnet's network, of its peers, and of what its gateways are known to have learned."""
        network = self.site.virtual_network(subnet.virtual_network)
        if network is None:
            return EMPTY
        found = to_set(network.address_space, family)
        for peering, peer in live_peerings(self.site, network):
            found = found | to_set(peer_space(peering, peer), family)
        for learned in learned_routes(self.site, network):
            found = found | to_set((p for p in learned.prefixes if p != everything(family)), family)
        return found

    def virtual_network(self, family: Family, side: str, subnet: Subnet | None) -> list[Term]:
        """`VirtualNetwork` as the NICs of one subnet see it: own and peered space, the host address, route prefixes."""
        network = self.site.virtual_network(subnet.virtual_network) if subnet else None
        host = to_set([WIRE_SERVER], family)
        if subnet is None or network is None:
            if self._vnet_space is not None:
                return [Term(host | to_set(self._vnet_space, family))]
            reason = "the NSG stands alone, so what `VirtualNetwork` covers is not known; give it with --vnet"
            return [Term(host), Term(ALL_ADDRESSES[family] - host, Fact("virtualnetwork", side, reason))]
        lower = host | to_set(network.address_space, family)
        for learned in learned_routes(self.site, network):
            lower = lower | to_set(learned.prefixes, family)
        open_terms: list[Term] = []
        unread = self._unread_space(network, side)
        if unread is not None:
            lower = lower | to_set((prefix for one in network.subnets for prefix in one.prefixes), family)
            open_terms.append(Term(ALL_ADDRESSES[family] - lower, unread))
        for addresses, fact in self._peer_spaces(network, family, side):
            if fact is None:
                lower = lower | addresses
            else:
                open_terms.append(Term(addresses, fact))
        routed, open_routed = self._routed(subnet, network, family)
        lower = lower | routed
        if open_routed - lower:
            reason = f"whether `VirtualNetwork` covers what the routes of {subnet.full_name} name is not known"
            open_terms.append(
                Term(open_routed - lower, Fact(f"virtualnetwork of {key(subnet.full_name)}", side, reason))
            )
        return [Term(lower), *open_terms]

    def _unread_space(self, network: VirtualNetwork, side: str) -> Fact | None:
        """Return the fact that an address is in the network where the files do not give all of its address space."""
        unread = next((one for one in self.site.unmodelled if key(one.name) == "addressspace" and one.unknown), None)
        if network.address_space and unread is None:
            return None
        reason = (
            unread.reason if unread else f"the address space of virtual network `{network.name}` is not in the site"
        )
        return Fact(f"space of {key(network.name)}", side, reason, unread.at if unread else network.at)

    def _peer_spaces(
        self, network: VirtualNetwork, family: Family, side: str
    ) -> Iterable[tuple[IntervalSet, Fact | None]]:
        for peering, peer in live_peerings(self.site, network):
            if not peering.allows_virtual_network_access:
                continue
            space = peer_space(peering, peer)
            if space:
                yield to_set(space, family), None
            else:
                reason = f"the address space of peering `{peering.name}` is not in the site"
                yield ALL_ADDRESSES[family], Fact(f"space of peering {key(peering.name)}", side, reason, peering.at)
        for other in unstated_peers(self.site, network):
            yield to_set(other.address_space, family), gives_access(network, other)

    def _routed(self, subnet: Subnet, network: VirtualNetwork, family: Family) -> tuple[IntervalSet, IntervalSet]:
        """Return the route prefixes that certainly and possibly belong to `VirtualNetwork`.

        The tag "might also contain default routes" (Microsoft Learn): users measured exactly 0.0.0.0/0 under a default
        route to an appliance, and two recordings of Azure's own expansion hold the prefix of a route to an appliance.
        Of other next hops nothing is known for certain.
        """
        certain = possible = EMPTY
        table = self.site.route_table(subnet.route_table) if subnet.route_table else None
        for route in table.routes if table else ():
            if isinstance(route.prefix, Unresolved):
                possible = ALL_ADDRESSES[family]
            elif isinstance(route.prefix, ServiceTag):
                addresses = self.published(route.prefix.name, family)
                possible = possible | (ALL_ADDRESSES[family] if addresses is None else addresses)
            elif route.prefix.family == family:
                if route.next_hop is NextHop.VIRTUAL_APPLIANCE and not route.unknown:
                    certain = certain | to_set([route.prefix], family)
                possible = possible | to_set([route.prefix], family)
        if any(learned.fact is not None for learned in learned_routes(self.site, network)):
            possible = ALL_ADDRESSES[family]
        return certain, possible


def _bad_tag(file: str, entry: TagEntry, error: AddressError) -> InputError:
    """A tag with a prefix that is none must not lose it in silence."""
    at = Source(file, pointer=entry.pointer)
    message = f"service tag `{entry.name}`: {error}"
    return InputError([Diagnostic(code="NC163", severity=Severity.ERROR, message=message, at=at, help=error.help)])


def _platform(family: Family, address: AddressRange, port: int) -> list[Term]:
    return [Term(to_set([address], family), None, IntervalSet.point(port))] if family == address.family else []
