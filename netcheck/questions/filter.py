"""`filter`: what one NSG alone does with packets, without a path around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.names import key, last_segment, nearest
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkSecurityGroup, Site, Unmodelled
from netcheck.path.leg import cut
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.nsg import PLATFORM_PACKETS, applied_to, judge_nsg
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import Answer, Question, open_reasons, ports, summarise, to_parts
from netcheck.questions.packets import packets_from, read_ports, read_protocol
from netcheck.questions.places import find_origins, find_target
from netcheck.sets.packets import PacketSet

# What files leave unread (`Unmodelled.unknown`) that may be, or may make, rules of any NSG. What is not known of one
# (`properties of a …`) is among its own rules.
_MAY_HOLD_RULES = ("deployment", "networksecuritygroup", "network security group", "rule", "resources")

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import Subnet


def filter_packets(
    site: Site,
    nsg_name: str,
    direction: Direction,
    source: str = "*",
    target: str = "*",
    port_texts: Sequence[str] = (),
    protocol: str = "tcp",
    vnet: Sequence[AddressRange] | None = None,
) -> Answer:
    """Judge packets by one NSG. `vnet` says what `VirtualNetwork` means where the NSG stands alone.

    An NSG on subnets of one virtual network is judged as that network sees it; raise QuestionError when the NSG is not
    in the site, or stands in several networks that could differ and none was named.
    """
    book = AddressBook(site, vnet)
    nsg = find_nsg(site, nsg_name)
    subnet = None if vnet is not None else view_of(site, nsg)
    protocols = read_protocol(protocol)
    wanted = read_ports(port_texts, protocols)
    sources = [a for origin in find_origins(book, source) for a in origin.addresses]
    found = find_target(book, target, subnet)
    packets = packets_from(sources, found.addresses, protocols, wanted)
    if not packets:
        raise QuestionError(
            "NC304", "the question holds no packet", "source and destination have no address family in common"
        )
    own = judge_nsg(nsg, direction, packets, NsgContext(book, subnet, HopKind.SUBNET_NSG))
    results = [*_unread(site, packets), own]
    regions = cut(packets, results)
    question = Question(
        kind="filter", source=source, target=found.label, protocol=protocol.lower(), ports=tuple(ports(wanted))
    )
    return Answer(
        question=question,
        parts=to_parts(regions),
        hops=summarise(results),
        reasons=open_reasons(regions),
        tags=site.tags,
    )


def _unread(site: Site, packets: PacketSet) -> list[HopResult]:
    """Return what may hold more rules of any NSG and could not be read: nothing is certain about one of them then."""
    unread = unread_rules(site)
    if not unread:
        return []
    from netcheck.path.hops import unmodelled, unmodelled_hop  # the rest of the path, which an NSG alone does without

    return [unmodelled(unmodelled_hop(one), packets - PLATFORM_PACKETS) for one in unread]


def unread_rules(site: Site) -> list[Unmodelled]:
    """Return what the files leave unread that may hold, or make, more rules of any NSG."""
    return [one for one in site.unmodelled if one.unknown and _may_hold_rules(key(one.name))]


def _may_hold_rules(name: str) -> bool:
    return not name.startswith("properties of ") and any(word in name for word in _MAY_HOLD_RULES)


def find_nsg(site: Site, name: str) -> NetworkSecurityGroup:
    """Return the NSG of that name, or the only one when none is named; raise QuestionError with a suggestion."""
    names = [n.name for n in site.network_security_groups]
    if not name and len(names) == 1:
        return site.network_security_groups[0]
    nsg = site.nsg(last_segment(name)) if name else None
    if nsg is None:
        near = nearest(name, names)
        listed = ", ".join(f"`{n}`" for n in names[:8]) or "none"
        help_text = f"did you mean `{near}`?" if near else f"the site has {listed}"
        said = f"no NSG `{name}` in the site" if name else "the question names no NSG"
        raise QuestionError("NC306", said, help_text)
    return nsg


def view_of(site: Site, nsg: NetworkSecurityGroup) -> Subnet | None:
    """Return a subnet that shows the NSG what `VirtualNetwork` is: its own, or that of a NIC it is on."""
    found = applied_to(site, nsg.name)
    views = {(key(subnet.virtual_network), key(subnet.route_table)) for subnet in found}
    if len(views) > 1:
        places = ", ".join(f"`{subnet.full_name}`" for subnet in found)
        raise QuestionError(
            "NC307", f"`{nsg.name}` is applied where `VirtualNetwork` differs: {places}", "say which with --vnet PREFIX"
        )
    return found[0] if found else None
