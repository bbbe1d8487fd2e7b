"""How packets with a private source leave for public addresses, if they do.

Microsoft Learn, "Default outbound access in Azure": explicit methods come first (NAT gateway, public IP on the NIC);
without one a subnet has default outbound access unless it is private; in a private subnet even Azure's own public
endpoints are unreachable. Virtual networks made with API versions after 2026-03-31 have private subnets by default.
"""

from __future__ import annotations

from netcheck.model.address import FAMILIES, Family
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, NetworkInterface, Site, Subnet, VirtualMachine
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.facts import Fact
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet

BACKEND_POOLS = frozenset(
    (
        "loadbalancerbackendaddresspools", "applicationgatewaybackendaddresspools", "gatewayloadbalancer",
        "publicipaddress", "natgateway",
    )
)  # fmt: skip
"""Keys of a NIC or subnet that may give it a way out, or in, and are not evaluated (or whose value is not known)."""


def judge_egress(
    vm: VirtualMachine | None, nic: NetworkInterface | None, subnet: Subnet, packets: PacketSet, site: Site
) -> HopResult:
    """Return whether packets that take next hop `Internet` find a public source address."""
    parts = [
        _judge_family(vm, nic, subnet, family, one, protocols == ps.PORTED, site)
        for family in FAMILIES
        for protocols in (ps.PORTED, ps.PORTLESS)
        if (one := packets & ps.box(family, protocols))
    ]
    return HopResult(HopKind.EGRESS, "Outbound", subnet.full_name, tuple(parts))


def _judge_family(
    vm: VirtualMachine | None,
    nic: NetworkInterface | None,
    subnet: Subnet,
    family: Family,
    packets: PacketSet,
    is_ported: bool,
    site: Site,
) -> HopPart:
    if subnet.nat_gateway and family == 4:
        note = f"NAT gateway {subnet.nat_gateway}{'' if is_ported else ', which carries TCP and UDP only'}"
        return settled(packets, _decision(subnet, is_ported, note))
    if nic is not None and nic.has_public_ip(family):
        return settled(packets, _decision(subnet, True, f"public IP address of {nic.name}"))
    if family == 6:
        note = "no public IPv6 address"
        fact = Fact(f"ipv6 egress of {key(subnet.full_name)}", "", "outbound access over IPv6 is not in the site")
        return depends(packets, fact, _decision(subnet, True, note), _decision(subnet, False, note))
    pools = [one for one in site.unmodelled if key(one.name) in BACKEND_POOLS]
    if pools and not subnet.default_outbound_access:
        pool = pools[0]
        reason = f"`{pool.name}` at {pool.at} may give a way out, and this version does not evaluate it"
        note = "way out not known" if pool.unknown else "load balancer not evaluated"
        fact = Fact(f"outbound rule behind {pool.name}", "", pool.unknown or reason, pool.at)
        return depends(packets, fact, _decision(subnet, True, note), _decision(subnet, False, note))
    if subnet.default_outbound_access is False:
        return settled(packets, _decision(subnet, False, "private subnet without NAT gateway or public IP address"))
    if site.deployment_model is DeploymentModel.CLASSIC:
        return settled(packets, _decision(subnet, True, "address of the cloud service"))
    if vm is not None and any(other.has_public_ip(family) for other in vm.interfaces):
        note = "another NIC of the VM has a public IP address, which switches default outbound access off"
        return settled(packets, _decision(subnet, False, note))
    if subnet.default_outbound_access:
        return settled(packets, _decision(subnet, True, "default outbound access"))
    reason = (
        f"subnet `{subnet.full_name}` at {subnet.at} does not say `defaultOutboundAccess`: virtual networks made with "
        "API versions after 2026-03-31 are private by default, older ones are not"
    )
    note = "default outbound access not stated"
    fact = Fact(f"default outbound access of {key(subnet.full_name)}", "", reason, subnet.at)
    return depends(packets, fact, _decision(subnet, True, note), _decision(subnet, False, note))


def _decision(subnet: Subnet, passes: bool, note: str) -> Decision:
    return Decision(
        hop=HopKind.EGRESS,
        passes=passes,
        direction="Outbound",
        resource=subnet.full_name,
        at=str(subnet.at),
        note=note,
    )
