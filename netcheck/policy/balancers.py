"""Load balancers as hops: which members of a pool get a packet, and which public addresses they lend.

Microsoft Learn, "Load Balancer components", "High availability ports overview" and "Use Source Network Address
Translation (SNAT) for outbound connections".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.branches import EVERY_WORLD
from netcheck.policy.facts import Fact, World
from netcheck.policy.nsgrule import protocol_set
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:  # few sites have any
    from netcheck.model.services import BalancingRule, Frontend, LoadBalancer


class Member(NamedTuple):
    """A NIC in a backend pool."""

    vm: VirtualMachine
    nic: NetworkInterface


def balancers_of(site: Site, nic: NetworkInterface) -> Iterator[tuple[LoadBalancer, str]]:
    """Yield the load balancers that a NIC is behind, each with the pool that it is in."""
    for pool in nic.backend_pools:
        name, _, inner = pool.rpartition("/")
        for balancer in site.load_balancers:
            if key(balancer.name) == key(name):
                yield balancer, inner


def members(site: Site, balancer: LoadBalancer, pool: str) -> tuple[Member, ...]:
    """Return the NICs in a pool."""
    wanted = key(f"{balancer.name}/{pool}")
    return tuple(
        Member(vm, nic)
        for vm in site.virtual_machines
        for nic in vm.interfaces
        if any(key(one) == wanted for one in nic.backend_pools)
    )


def rules_of(balancer: LoadBalancer, frontend: Frontend) -> list[BalancingRule]:
    """Return the rules of a frontend; those for one port go before those for all."""
    own = [rule for rule in balancer.rules if key(rule.frontend) == key(frontend.name)]
    return sorted(own, key=lambda rule: rule.takes_all_ports)


def member_choice(
    balancer: LoadBalancer, rule: BalancingRule, found: Sequence[Member]
) -> tuple[Fact, tuple[World, ...]]:
    """Return the fact by which one of several members gets a packet, and the world of each; of one, every world.

    Each rule distributes for itself.
    """
    reason = f"which member of pool `{rule.pool}` of load balancer `{balancer.name}` gets the packets is not known"
    fact = Fact(f"member of {key(balancer.name)}/{key(rule.pool)} by {key(rule.name)}", "", reason, balancer.at)
    if len(found) == 1:
        return fact, EVERY_WORLD
    return fact, tuple(frozenset([(fact, f"{one.vm.name}/{one.nic.name}")]) for one in found)


def gives_public_way(balancer: LoadBalancer, pool: str, protocols: IntervalSet) -> str:
    """Return by which rule members of a pool leave with a public address of the load balancer; "" where by none.

    Both kinds of rule are about TCP and UDP, and about the transport protocol that they name.
    """
    if not protocols <= ps.PORTED:
        return ""
    for out in balancer.outbound_rules:
        if key(out.pool) == key(pool) and protocols <= protocol_set(out.protocol):
            return f"outbound rule {out.name} of load balancer {balancer.name}"
    for rule in balancer.rules:
        frontend = balancer.frontend(rule.frontend)
        is_public = frontend is not None and frontend.is_public
        if (
            key(rule.pool) == key(pool)
            and is_public
            and rule.gives_outbound
            and protocols <= protocol_set(rule.protocol)
        ):
            return f"load balancing rule {rule.name} of load balancer {balancer.name}"
    return ""


def is_public(balancer: LoadBalancer) -> bool:
    """Return whether a load balancer has a public frontend."""
    return any(frontend.is_public for frontend in balancer.frontends)


def brings(balancer: LoadBalancer, pool: str) -> PacketSet:
    """Return the packets, as members of a pool see them, that public frontends bring to it from outside."""
    found = ps.EMPTY_PACKETS
    for rule in balancer.rules:
        frontend = balancer.frontend(rule.frontend)
        if key(rule.pool) == key(pool) and frontend is not None and frontend.is_public:
            protocols = protocol_set(rule.protocol) & ps.PORTED
            ports = ps.ALL_PORTS if rule.takes_all_ports else IntervalSet.point(rule.backend_port)
            found = found | ps.box(4, protocols, ports)
    return found
