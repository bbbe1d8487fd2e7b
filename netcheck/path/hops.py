"""The hops a graph's edges carry, and their evaluation: each hop asks the policy that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import (
    ChainFirewall,
    NetworkInterface,
    NetworkSecurityGroup,
    Peering,
    Subnet,
    Unmodelled,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.decision import Decision, HopKind, HopResult, depends, merge, settled
from netcheck.policy.egress import BACKEND_POOLS
from netcheck.policy.facts import Fact
from netcheck.policy.hostfw import judge_host_firewall, undeclared_proxy_port
from netcheck.policy.nsg import judge_nsg, no_nsg
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook, by_family
from netcheck.policy.waysin import brought_by, guard_of, let_in, ways_in
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

# What the site names and no verdict takes into account. The first set may undo any decision of the hops that are
# evaluated (Azure's own effective rules win over synthesised ones, AlwaysAllow skips NSGs, a gateway brings routes);
# anything in neither set can only stop packets. Azure Firewalls are met by routes to an appliance, which are open
# where it is not known, and connection tracking is about replies.
_MAY_OVERRIDE = {
    "securityadminrules",
    "effectivesecurityrules",
    "effectivenetworksecuritygroups",
    "effectiveroutes",
    "privateendpoints",
    "useremotegateways",
}
WITHOUT_EFFECT = {"azurefirewalls", "disabletcpstatetracking", *BACKEND_POOLS}


@dataclass(frozen=True, slots=True)
class HostFirewallHop:
    """The firewall inside a VM."""

    vm: VirtualMachine
    nic: NetworkInterface
    subnet: Subnet | None
    direction: Direction


@dataclass(frozen=True, slots=True)
class NsgHop:
    """The NSG of a NIC or subnet; an empty name is a level without NSG.

    `computed` are the rules of the level as Azure computed them for one NIC, `nic`: they are what applies.
    """

    nsg: str
    kind: HopKind
    subnet: Subnet
    direction: Direction
    computed: NetworkSecurityGroup | None = None
    nic: str = ""


@dataclass(frozen=True, slots=True)
class RouteHop:
    """The route table that packets from a subnet meet, and the egress of what goes to the Internet."""

    subnet: Subnet


@dataclass(frozen=True, slots=True)
class PeeringHop:
    """A peering that packets cross from `network`; `back` is the receiving side's half of it."""

    network: VirtualNetwork
    peer: str
    back: Peering


@dataclass(frozen=True, slots=True)
class IngressHop:
    """The way from outside to a NIC: a public IP address, or something the site does not show.

    `skips_nsgs` are packets for which a security admin rule may pass NSGs over.
    """

    nic: NetworkInterface
    subnet: Subnet
    skips_nsgs: PacketSet = ps.EMPTY_PACKETS


@dataclass(frozen=True, slots=True)
class UnmodelledHop:
    """Something that decides about packets and that netcheck cannot evaluate; `reason` says it in a sentence.

    `overrides`: it may also let packets through that the hops around it block. `fact` is what is not known, where
    others wait for it too.
    """

    name: str
    at: str
    reason: str
    overrides: bool = False
    fact: Fact | None = None


def unmodelled_hop(one: Unmodelled) -> UnmodelledHop:
    """Return the hop that stands for something the model has no place for; what is not known may do anything."""
    return UnmodelledHop(one.name, str(one.at), one.reason, bool(one.unknown) or key(one.name) in _MAY_OVERRIDE)


Hop = HostFirewallHop | NsgHop | RouteHop | PeeringHop | IngressHop | UnmodelledHop


@dataclass(frozen=True, slots=True)
class Origin:
    """The VM and NIC that packets started from; None for an address of a subnet that no NIC holds.

    `is_relay`: the VM's proxy sends them, which runs under a user of its own, not as root like the backup extension.
    """

    vm: VirtualMachine | None = None
    nic: NetworkInterface | None = None
    is_relay: bool = False


def evaluate(hop: Hop, packets: PacketSet, book: AddressBook, origin: Origin) -> Iterator[HopResult]:
    """Yield what a hop does with packets."""
    match hop:
        case HostFirewallHop(vm=vm, nic=nic, subnet=subnet, direction=direction):
            if vm.host_firewall is None and vm.proxy_server is not None and direction is Direction.INBOUND:
                yield undeclared_proxy_port(vm, packets)
            elif vm.host_firewall is None:
                yield HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, (settled(packets, None),))
            else:
                yield from judge_host_firewall(
                    vm, nic, subnet, direction, packets, book, None if origin.is_relay else True
                )
                if isinstance(vm.host_firewall, ChainFirewall):
                    from netcheck.policy.replies import judge_replies  # most machines have no such firewall

                    yield from judge_replies(vm, direction, packets)
        case NsgHop(nsg=name, kind=kind, subnet=subnet, direction=direction):
            nsg = hop.computed or (book.site.nsg(name) if name else None)
            if nsg is None:
                yield no_nsg(packets, direction, kind)
            else:
                yield judge_nsg(nsg, direction, packets, NsgContext(book, subnet, kind, hop.nic))
        case RouteHop():
            raise TypeError("a route decides where packets go, which is for the walk to follow")
        case PeeringHop():
            yield _peering(hop, packets)
        case IngressHop():
            yield _ingress(hop, packets, book)
        case UnmodelledHop():
            yield unmodelled(hop, packets)
        case _:
            assert_never(hop)


def _peering(hop: PeeringHop, packets: PacketSet) -> HopResult:
    """Packets that the sending network only forwards need the receiving side's leave (Microsoft Learn, "Create,
    change, or delete a virtual network peering")."""
    own = ps.with_addresses("sources", by_family(hop.network.address_space).items())
    forwarded = packets - own
    decision = Decision(
        hop=HopKind.PEERING,
        passes=hop.back.allows_forwarded_traffic,
        resource=hop.back.name,
        at=str(hop.back.at),
        note=f"`{hop.peer}` {'allows' if hop.back.allows_forwarded_traffic else 'does not allow'} forwarded traffic "
        f"from `{hop.network.name}`",
    )
    parts = merge([settled(packets & own, None), settled(forwarded, decision)])
    return HopResult(HopKind.PEERING, "", hop.back.name, parts)


def _ingress(hop: IngressHop, packets: PacketSet, book: AddressBook) -> HopResult:
    """A NIC without public IP address may still be behind a load balancer or gateway that the site does not show."""
    nic = hop.nic
    probes = packets & ps.box(4, sources=PLATFORM[4])
    ways = list(ways_in(book.site, nic))
    brought = (packets - probes) & brought_by(ways)
    yes = Decision(hop=HopKind.INGRESS, passes=True, direction="Inbound", resource=nic.name, at=str(nic.at))
    reason = f"the site shows no way by which these packets come from outside to NIC `{nic.name}` at {nic.at}"
    fact = Fact(f"way in to {key(nic.name)}", "", reason, nic.at)
    unseen = replace(yes, note="way in not shown")
    guard = guard_of(book.site, nic, hop.subnet)
    parts = merge(
        [
            settled(probes, replace(yes, note="health probe of the host")),
            *let_in(ways, guard, nic, brought, hop.skips_nsgs, yes),
            depends(packets - probes - brought, fact, unseen, replace(unseen, passes=False)),
        ]
    )
    return HopResult(HopKind.INGRESS, "Inbound", nic.name, parts)


def unmodelled(hop: UnmodelledHop, packets: PacketSet) -> HopResult:
    """Leave packets open: what is not modelled may let them pass or not."""
    fact = hop.fact or Fact(f"unmodelled {hop.name}", "", hop.reason)
    yes = Decision(hop=HopKind.UNMODELLED, passes=True, resource=hop.name, at=hop.at, note="not evaluated")
    yes = replace(yes, overrides=hop.overrides)
    return HopResult(HopKind.UNMODELLED, "", hop.name, (depends(packets, fact, yes, replace(yes, passes=False)),))
