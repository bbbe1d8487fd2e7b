"""How packets with a private source leave for public addresses, if they do.

Microsoft Learn, "Default outbound access in Azure" and "Use Source Network Address Translation (SNAT) for outbound
connections": explicit methods come first (NAT gateway, public IP on the NIC, outbound rule of a load balancer, load
balancer without one); without any a subnet has default outbound access unless it is private; in a private subnet even
Azure's own public endpoints are unreachable. Virtual networks made with API versions after 2026-03-31 have private
subnets by default.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import FAMILIES, Family
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, NetworkInterface, Site, Subnet, VirtualMachine
from netcheck.policy.balancers import balancers_of, gives_public_way, is_public
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, merge, settled
from netcheck.policy.facts import Fact
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

BACKEND_POOLS = frozenset(
    (
        "loadbalancerbackendaddresspools", "applicationgatewaybackendaddresspools", "gatewayloadbalancer",
        "publicipaddress", "natgateway",
    )
)  # fmt: skip
"""Keys of a NIC or subnet that may give it a way out, or in, and are not evaluated (or whose value is not known)."""
_POOLS = "loadbalancerbackendaddresspools"
_PROTOCOLS = (IntervalSet.point(6), IntervalSet.point(17), ps.PORTLESS)


def judge_egress(
    vm: VirtualMachine | None, nic: NetworkInterface | None, subnet: Subnet, packets: PacketSet, site: Site
) -> HopResult:
    """Return whether packets that take next hop `Internet` find a public source address."""
    ladder = _Ladder(vm, nic, subnet, site)
    parts = [
        ladder.judge(family, protocols, one)
        for family in FAMILIES
        for protocols in _PROTOCOLS
        if (one := packets & ps.box(family, protocols))
    ]
    return HopResult(HopKind.EGRESS, "Outbound", subnet.full_name, merge(parts))


class _Ladder:
    """The ways out that a NIC has, in the order in which Azure uses them."""

    def __init__(self, vm: VirtualMachine | None, nic: NetworkInterface | None, subnet: Subnet, site: Site) -> None:
        self._vm, self._nic, self._subnet, self._site = vm, nic, subnet, site
        nics = vm.interfaces if vm is not None else () if nic is None else (nic,)
        self._balancers = list(balancers_of(site, nic)) if nic is not None else []
        self._others = [one for other in nics if other is not nic for one in balancers_of(site, other)]
        self._unread = [one for one in site.unmodelled if key(one.name) in BACKEND_POOLS]

    def judge(self, family: Family, protocols: IntervalSet, packets: PacketSet) -> HopPart:
        """Return what becomes of packets of one family and some protocols."""
        subnet, nic, is_ported = self._subnet, self._nic, protocols <= ps.PORTED
        if subnet.nat_gateway and family == 4:
            note = f"NAT gateway {subnet.nat_gateway}{'' if is_ported else ', which carries TCP and UDP only'}"
            return settled(packets, self._decision(is_ported, note))
        if nic is not None and nic.has_public_ip(family):
            return settled(packets, self._decision(True, f"public IP address of {nic.name}"))
        if family == 6:
            note = "no public IPv6 address"
            fact = Fact(f"ipv6 egress of {key(subnet.full_name)}", "", "outbound access over IPv6 is not in the site")
            return self._open(packets, fact, note)
        for balancer, pool in self._balancers:
            way = gives_public_way(balancer, pool, protocols)
            if way:
                return settled(packets, self._decision(True, way))
        found = self._by_default(packets)
        for fact, note in self._possible_ways(protocols):
            found = self._or_else(fact, note, found)
        return found

    def _possible_ways(self, protocols: IntervalSet) -> Iterator[tuple[Fact, str]]:
        """Yield what may give a way out of which not all is known; load balancers translate TCP and UDP only."""
        for balancer, _ in self._balancers:
            if balancer.unknown and protocols <= ps.PORTED:
                reason = f"load balancer `{balancer.name}` at {balancer.at} may give a way out: {balancer.unknown}"
                yield Fact(f"outbound rule of {key(balancer.name)}", "", reason, balancer.at), "way out not known"
        for one in self._unread[:1]:
            reason = f"`{one.name}` at {one.at} may give a way out, and this version does not evaluate it"
            note = "way out not known" if one.unknown else "load balancer not evaluated"
            yield Fact(f"outbound rule behind {one.name}", "", one.unknown or reason, one.at), note

    def _or_else(self, fact: Fact, note: str, other: HopPart) -> HopPart:
        """Return that packets pass if a fact holds, and what becomes of them otherwise."""
        if all(case.passes for case in other.cases):
            return other
        yes = HopCase(frozenset([(fact, True)]), self._decision(True, note))
        no = frozenset([(fact, False)])
        return HopPart(other.packets, (yes, *(HopCase(no | case.when, case.decision) for case in other.cases)))

    def _by_default(self, packets: PacketSet) -> HopPart:
        """Return what default outbound access makes of packets that have no way out of their own."""
        subnet, nic = self._subnet, self._nic
        if subnet.default_outbound_access is False:
            return settled(packets, self._decision(False, "private subnet without NAT gateway or public IP address"))
        if nic is not None and nic.has_default_outbound is not None:
            word = "has" if nic.has_default_outbound else "does not have"
            note = f"Azure says that {nic.name} {word} default outbound access"
            return settled(packets, self._decision(nic.has_default_outbound, note))
        if self._site.deployment_model is DeploymentModel.CLASSIC:
            return settled(packets, self._decision(True, "address of the cloud service"))
        if self._vm is not None and any(other.has_public_ip(4) for other in self._vm.interfaces):
            note = "another NIC of the VM has a public IP address, which switches default outbound access off"
            return settled(packets, self._decision(False, note))
        return self._beside_balancers(packets) or self._stated(packets)

    def _beside_balancers(self, packets: PacketSet) -> HopPart | None:
        """A standard load balancer switches default outbound access off; of an internal one users report it only."""
        every = dict.fromkeys(balancer for balancer, _ in (*self._balancers, *self._others))
        for balancer in every:
            if balancer.is_standard and is_public(balancer):
                note = f"standard load balancer {balancer.name} switches default outbound access off"
                return settled(packets, self._decision(False, note))
        for balancer in every:
            if balancer.is_standard is not False or balancer.unknown:
                why = "that is not documented of internal ones" if balancer.is_standard else "its SKU is not known"
                reason = (
                    f"load balancer `{balancer.name}` at {balancer.at} may switch default outbound access off: "
                    f"{balancer.unknown or why}"
                )
                fact = Fact(f"default outbound access behind {key(balancer.name)}", "", reason, balancer.at)
                return self._open(packets, fact, "default outbound access not known")
        for one in self._unread:
            if key(one.name) == _POOLS:
                reason = f"`{one.name}` at {one.at} may switch default outbound access off: {one.reason}"
                fact = Fact(f"default outbound access behind {one.name}", "", reason, one.at)
                return self._open(packets, fact, "default outbound access not known")
        return None

    def _stated(self, packets: PacketSet) -> HopPart:
        subnet = self._subnet
        if subnet.default_outbound_access:
            return settled(packets, self._decision(True, "default outbound access"))
        reason = (
            f"subnet `{subnet.full_name}` at {subnet.at} does not say `defaultOutboundAccess`: virtual networks made "
            "with API versions after 2026-03-31 are private by default, older ones are not"
        )
        fact = Fact(f"default outbound access of {key(subnet.full_name)}", "", reason, subnet.at)
        return self._open(packets, fact, "default outbound access not stated")

    def _open(self, packets: PacketSet, fact: Fact, note: str) -> HopPart:
        return depends(packets, fact, self._decision(True, note), self._decision(False, note))

    def _decision(self, passes: bool, note: str) -> Decision:
        return Decision(
            hop=HopKind.EGRESS,
            passes=passes,
            direction="Outbound",
            resource=self._subnet.full_name,
            at=str(self._subnet.at),
            note=note,
        )
