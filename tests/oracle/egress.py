"""How packets leave for the Internet and come from it.

Microsoft Learn, "Use Source Network Address Translation (SNAT) for outbound connections", "What is Azure NAT Gateway?",
"Default outbound access in Azure" and, for what comes in, "Public IP addresses".
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.adminrules import AdminAccess
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, PublicIpSku, Subnet
from netcheck.model.ports import PORTED
from netcheck.model.rules import Direction
from netcheck.model.services import LoadBalancer
from netcheck.model.site import DeploymentModel
from tests.oracle.admin import admin_ruling, groups_of
from tests.oracle.ground import Ground, is_public
from tests.oracle.worlds import World, answer


def gets_out(
    ground: Ground,
    flow: Flow,
    subnet: Subnet,
    nic: NetworkInterface | None,
    firewall: AzureFirewall | None,
    world: World,
) -> bool:
    """Return whether a packet to a public address leaves from a subnet."""
    if flow.family == 6:
        return (nic is not None and nic.has_public_ip(6)) or answer(world, "IPv6 egress", key(subnet.full_name))
    if subnet.nat_gateway:
        return flow.protocol in PORTED
    if firewall is not None:
        return firewall.has_public_ip
    if nic is not None and (nic.has_public_ip(4) or leaves_by_balancer(ground, flow, nic, world)):
        return True
    return by_default(ground, subnet, nic, world)


def balancers(ground: Ground, nic: NetworkInterface) -> Iterator[tuple[LoadBalancer, str]]:
    """Yield the load balancers whose pools a NIC is in, with the pool's name."""
    for balancer in ground.site.load_balancers:
        for pool in balancer.pools:
            if nic in ground.members(balancer, pool):
                yield balancer, key(pool)


def is_outside(balancer: LoadBalancer) -> bool:
    """Return whether a load balancer has a public frontend."""
    return any(frontend.is_public for frontend in balancer.frontends)


def leaves_by_balancer(ground: Ground, flow: Flow, nic: NetworkInterface, world: World) -> bool:
    """Return whether a public load balancer translates a packet: by an outbound rule, or by a rule that gives it.

    One of which not all is known may have such a rule.
    """
    if flow.protocol not in PORTED:
        return False
    for balancer, pool in balancers(ground, nic):
        for outbound in balancer.outbound_rules if is_outside(balancer) else ():
            if key(outbound.pool) == pool and (outbound.protocol.is_any or flow.protocol in outbound.protocol.numbers):
                return True
        for rule in balancer.rules:
            frontend = balancer.frontend(rule.frontend)
            is_fitting = rule.protocol.is_any or flow.protocol in rule.protocol.numbers
            is_outward = rule.gives_outbound and frontend is not None and frontend.is_public
            if key(rule.pool) == pool and is_fitting and is_outward:
                return True
        if balancer.unknown and answer(world, "load balancer gives a way out", key(balancer.name)):
            return True
    return False


def by_default(ground: Ground, subnet: Subnet, nic: NetworkInterface | None, world: World) -> bool:
    """Return whether default outbound access carries a packet: it ends where the VM has another way out.

    What Azure says about the NIC itself goes before all that follows from what else the VM has.
    """
    if subnet.default_outbound_access is False:
        return False
    if nic is not None and nic.has_default_outbound is not None:
        return nic.has_default_outbound
    if ground.site.deployment_model is DeploymentModel.CLASSIC:
        return True  # the address of the cloud service
    if nic is not None:
        others = ground.owner(nic).interfaces
        if any(other is not nic and other.public_ips for other in others):
            return False
        found = [balancer for other in others for balancer, _ in balancers(ground, other)]
        if any(is_outside(balancer) and balancer.is_standard for balancer in found):
            return False
        if any(balancer.unknown or balancer.is_standard is not False for balancer in found):
            return answer(world, "default outbound access behind a load balancer", key(nic.name))
    if subnet.default_outbound_access:
        return True
    return answer(world, "default outbound access", key(subnet.full_name))


def gets_in(ground: Ground, flow: Flow, world: World) -> bool:
    """Return whether a packet from outside comes as far as the filters of its destination."""
    nic = ground.nic_at(flow.family, flow.destination)
    if nic is None or not is_public(flow.family, flow.source):
        return answer(world, "way in", flow.family, flow.destination)
    skus = {one.sku for one in nic.public_ips if one.family == flow.family}
    if ground.site.deployment_model is DeploymentModel.CLASSIC:
        skus = {sku or PublicIpSku.BASIC for sku in skus}
    skus |= set(skus_of_balancers(ground, flow, nic))
    if not skus:
        return answer(world, "way in", flow.family, flow.destination)
    return opens_without_group(ground, flow, nic, skus, world)


def opens_without_group(
    ground: Ground, flow: Flow, nic: NetworkInterface, skus: set[PublicIpSku | None], world: World
) -> bool:
    """Return whether a group is asked, or one is not needed: what is Standard is closed, what is Basic open."""
    subnet = ground.subnet_of(nic)
    if groups_of(ground, subnet, nic) or skus == {PublicIpSku.BASIC}:
        return True
    if skus != {PublicIpSku.STANDARD}:
        return answer(world, "a way in is Basic", key(nic.name))
    ruling = admin_ruling(ground, Direction.INBOUND, flow, subnet, nic.effective_nsgs, world)
    return ruling is AdminAccess.ALWAYS_ALLOW and answer(world, "AlwaysAllow opens", key(nic.name))


def skus_of_balancers(ground: Ground, flow: Flow, nic: NetworkInterface) -> Iterator[PublicIpSku | None]:
    """Yield the SKU of each public load balancer that brings such packets to a NIC; over IPv6, nobody says any does."""
    if flow.family == 6:
        return
    for balancer, pool in balancers(ground, nic):
        for rule in balancer.rules:
            frontend = balancer.frontend(rule.frontend)
            fits = rule.protocol.is_any or flow.protocol in rule.protocol.numbers
            is_there = key(rule.pool) == pool and frontend is not None and frontend.is_public
            if is_there and fits and (rule.takes_all_ports or rule.backend_port == flow.destination_port):
                if balancer.is_standard is None:
                    yield None
                else:
                    yield PublicIpSku.STANDARD if balancer.is_standard else PublicIpSku.BASIC
