"""The reference walker: one flow, followed hop by hop through a site, with plain loops and integers.

It shares nothing with the engine but the values of the model. What the files leave open is asked of a world, so that
two uses of one unknown are one; the verdict is what all worlds agree on.
"""

from __future__ import annotations

from dataclasses import replace

from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, Subnet, VirtualNetwork
from netcheck.model.ports import PORTED
from netcheck.model.rules import Direction, NextHop
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer
from netcheck.model.site import Site
from tests.oracle.admin import passes_filters, passes_groups
from tests.oracle.azfirewall import lets_through
from tests.oracle.egress import gets_in, gets_out
from tests.oracle.ground import Ground, holds, is_platform, is_public
from tests.oracle.hosts import host_passes, is_described
from tests.oracle.routing import Line, Want, route
from tests.oracle.views import end_of
from tests.oracle.worlds import World, answer, choose, every_world

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
MOST_APPLIANCES = 8


def expected(site: Site, flow: Flow, source: NetworkInterface | None) -> str:
    """Return the verdict about one flow of a NIC; None is a source that no NIC holds."""
    return judge(Ground(site), flow, source)


def judge(ground: Ground, flow: Flow, source: NetworkInterface | None) -> str:
    """Return reachable or blocked where every world agrees, else undetermined."""
    outcomes: set[bool] = set()
    for outcome in every_world(lambda world: Walk(ground, world).begins(flow, source)):
        outcomes.add(outcome)
        if len(outcomes) > 1:
            return "undetermined"
    return "reachable" if True in outcomes else "blocked"


class Walk:
    """One flow on its way in one world. Each method returns whether the flow arrives in the end.

    `visited` are the NICs and firewalls it was at. `hops` (the kinds of next hop it took) and `marks` are for whoever
    counts what a flow meets.
    """

    def __init__(self, ground: Ground, world: World) -> None:
        self.ground = ground
        self.world = world
        self.visited: set[str] = set()
        self.stations = 0
        self.hops: list[str] = []
        self.marks: list[str] = []

    def begins(self, flow: Flow, nic: NetworkInterface | None) -> bool:
        """Send a flow off from where it begins: a NIC, a subnet, or anywhere outside."""
        subnet = self.ground.subnet_of(nic) if nic else self.ground.subnet_at(flow.family, flow.source)
        if subnet is None:
            return gets_in(self.ground, flow, self.world) and self.arrives(flow)
        if nic is not None:
            self.visited.add(key(nic.name))
            if not host_passes(self.ground.owner(nic), OUT, flow, self.world):
                return False
        return self.leaves(flow, subnet, nic)

    def leaves(self, flow: Flow, subnet: Subnet, nic: NetworkInterface | None) -> bool:
        """Pass the outbound filters of a NIC and its subnet, then the route."""
        return self.filters(OUT, flow, subnet, nic) and self.is_sent(flow, subnet, nic)

    def filters(self, direction: Direction, flow: Flow, subnet: Subnet, nic: NetworkInterface | None) -> bool:
        return passes_filters(self.ground, direction, flow, subnet, nic, self.world)

    def is_sent(
        self, flow: Flow, subnet: Subnet, nic: NetworkInterface | None, firewall: AzureFirewall | None = None
    ) -> bool:
        """Follow the route of a subnet; the platform's own addresses are not routed."""
        if is_platform(flow.family, flow.destination):
            return True
        network = self.ground.network_of(subnet)
        line = route(self.ground, Want(subnet, nic, flow.family, flow.destination), self.world)
        self.hops.append(str(line.kind) if line else "no route")
        if line is None or line.kind is NextHop.NONE:
            return False
        if line.kind is NextHop.INTERNET:
            if not is_public(flow.family, flow.destination):
                return answer(self.world, "Internet brings a private address", flow.family, flow.destination)
            return gets_out(self.ground, flow, subnet, nic, firewall, self.world)
        if line.kind is NextHop.VIRTUAL_NETWORK_GATEWAY:
            return answer(self.world, "beyond the gateway", key(network.name))
        if line.kind is NextHop.SERVICE_ENDPOINT:
            return not subnet.service_endpoint_policies or answer(self.world, "policies", key(subnet.full_name))
        if line.kind is NextHop.VIRTUAL_APPLIANCE:
            return self.goes_by_appliance(flow, network, line)
        return self.crosses_and_arrives(flow, network, line.kind)

    def crosses(self, flow: Flow, network: VirtualNetwork, other: VirtualNetwork | None, name: str = "") -> bool:
        """Cross a peering: packets that others forwarded need leave of the side that receives them."""
        if other is network:
            return True
        back = self.ground.peering_to(other, network)
        self.marks.append("peering crossed")
        if back is None:
            return answer(self.world, "peering", frozenset((key(network.name), key(other.name if other else name))))
        return holds(network.address_space, flow.family, flow.source) or back.allows_forwarded_traffic

    def crosses_and_arrives(self, flow: Flow, network: VirtualNetwork, hop: NextHop) -> bool:
        """Go from a network to the destination, in it or in a peer."""
        other = self.ground.network_at(flow.family, flow.destination)
        if hop is NextHop.VNET_LOCAL and other is not network:
            return answer(self.world, "a route keeps packets inside that are for outside", flow.destination)
        if other is not None and self.ground.is_near(network, other, self.world):
            return self.crosses(flow, network, other) and self.arrives(flow)
        for peering, space in self.ground.peer_spaces(network):
            if holds(space, flow.family, flow.destination):
                return self.crosses(flow, network, None, peering.remote_virtual_network)
        return answer(self.world, "somebody answers", flow.family, flow.destination)

    def arrives(self, flow: Flow) -> bool:
        """Pass what stands before the destination, whoever holds it."""
        ground = self.ground
        endpoint = ground.endpoint_at(flow.family, flow.destination)
        subnet = ground.subnet_at(flow.family, flow.destination)
        if endpoint is not None and subnet is not None:
            self.marks.append("private endpoint")
            is_open = not subnet.private_endpoint_policies.obeys_nsg
            is_let = is_open or passes_groups(ground, IN, flow, subnet, None, self.world)
            return is_let and endpoint.is_approved is not False
        balanced = ground.frontend_at(flow.family, flow.destination)
        if balanced is not None:
            self.marks.append("load balancer as destination")
            return self.is_balanced(flow, *balanced)
        if ground.firewall_at(flow.family, flow.destination) is not None:
            return answer(self.world, "the firewall itself answers", flow)
        nic = ground.nic_at(flow.family, flow.destination)
        if subnet is None:
            return answer(self.world, "a subnet holds it", flow.family, flow.destination)
        is_in = self.filters(IN, flow, subnet, nic)
        return is_in and (nic is None or host_passes(ground.owner(nic), IN, flow, self.world))

    def is_balanced(self, flow: Flow, balancer: LoadBalancer, frontend: Frontend) -> bool:
        """Go on from a frontend to each member of the pool that a rule names."""
        if balancer.unknown:
            return answer(self.world, "load balancer", key(balancer.name))
        rule = next((one for one in rules_of(balancer, frontend) if takes(one, flow)), None)
        nic = self.backend(balancer, rule, flow.family) if rule else None
        if rule is None or nic is None:
            return False
        address = next(a.first for a in nic.certain_addresses if a.family == flow.family)
        if key(nic.name) in self.visited:
            return False  # Azure does not bring a flow back to the member it comes from
        port = flow.destination_port if rule.takes_all_ports else rule.backend_port
        sent = flow if rule.has_floating_ip else replace(flow, destination=address, destination_port=port)
        is_in = self.filters(IN, sent, self.ground.subnet_of(nic), nic)
        return is_in and host_passes(self.ground.owner(nic), IN, sent, self.world)

    def backend(self, balancer: LoadBalancer, rule: BalancingRule, family: int) -> NetworkInterface | None:
        """Return the member of a pool that gets the packet, which nobody knows; None where the pool is empty."""
        members = {
            nic.name: nic
            for nic in self.ground.members(balancer, rule.pool)
            if any(a.family == family for a in nic.certain_addresses)
        }
        about = "backend", key(balancer.name), key(rule.pool)
        return members[choose(self.world, sorted(members), *about)] if members else None

    def goes_by_appliance(self, flow: Flow, network: VirtualNetwork, line: Line) -> bool:
        """Hand a packet to the appliance that holds the next hop's address."""
        address = line.addresses[0] if line.addresses else None
        unknown = ("appliance", key(network.name), line)
        holder = self.ground.network_at(flow.family, address) if address is not None else None
        if address is None or not self.ground.is_near(network, holder, self.world):
            return answer(self.world, *unknown)
        if address == flow.destination:
            return self.crosses_and_arrives(flow, network, line.kind)
        balanced = self.ground.frontend_at(flow.family, address)
        if balanced is not None:
            self.marks.append("load balancer in front of appliances")
            return self.is_spread(flow, network, *balanced)
        firewall = self.ground.firewall_at(flow.family, address)
        if firewall is not None:
            return self.passes_firewall(flow, network, firewall)
        nic = self.ground.nic_at(flow.family, address)
        return answer(self.world, *unknown) if nic is None else self.is_forwarded(flow, network, nic)

    def is_spread(self, flow: Flow, network: VirtualNetwork, balancer: LoadBalancer, frontend: Frontend) -> bool:
        """Pass a load balancer in front of appliances: only a rule for all ports takes what is for others."""
        home = self.ground.network_at(flow.family, frontend.address.first) if frontend.address else None
        if not self.crosses(flow, network, home):
            return False
        rules = rules_of(balancer, frontend)
        everything = next((rule for rule in rules if rule.takes_all_ports), None)
        if balancer.unknown or (rules and everything is None):
            return answer(self.world, "load balancer forwards", key(balancer.name))
        nic = self.backend(balancer, everything, flow.family) if everything else None
        return nic is not None and self.is_forwarded(flow, network, nic)

    def is_forwarded(self, flow: Flow, network: VirtualNetwork, nic: NetworkInterface) -> bool:
        """Come to an appliance's NIC, and leave again from it or another NIC of the same machine."""
        subnet, vm = self.ground.subnet_of(nic), self.ground.owner(nic)
        if not self.crosses(flow, network, self.ground.network_of(subnet)):
            return False
        if holds(nic.certain_addresses, flow.family, flow.destination):
            return self.arrives(flow)
        if key(nic.name) in self.visited:
            self.marks.append("loop")
            return False
        if not self.filters(IN, flow, subnet, nic) or not nic.has_ip_forwarding:
            self.marks.append("not forwarded")
            return False
        self.visited.add(key(nic.name))
        self.stations += 1
        is_open = is_described(vm) or self.stations > MOST_APPLIANCES
        if is_open and not answer(self.world, "guest forwards", key(vm.name)):
            return False
        ways = {one.name: one for one in vm.interfaces if one.has_ip_forwarding}
        out = ways[choose(self.world, sorted(ways), "leaves by", key(vm.name))]
        self.visited.add(key(out.name))
        return self.leaves(flow, self.ground.subnet_of(out), out)

    def passes_firewall(self, flow: Flow, network: VirtualNetwork, firewall: AzureFirewall) -> bool:
        """Pass an Azure Firewall: its rules, then the route of its subnet, which has no filters."""
        self.marks.append("Azure Firewall")
        subnet = self.ground.subnets[key(firewall.subnet)]
        name = f"firewall {key(firewall.name)}"
        if not self.crosses(flow, network, self.ground.network_of(subnet)) or name in self.visited:
            return False
        self.visited.add(name)
        self.stations += 1
        is_let = lets_through(firewall, flow, end_of(self.ground, subnet, flow, self.world), self.world)
        return is_let and self.is_sent(flow, subnet, None, firewall)


def rules_of(balancer: LoadBalancer, frontend: Frontend) -> list[BalancingRule]:
    """Return the load-balancing rules of a frontend."""
    return [rule for rule in balancer.rules if key(rule.frontend) == key(frontend.name)]


def takes(rule: BalancingRule, flow: Flow) -> bool:
    """Return whether a load-balancing rule is about a flow to its frontend; one for all ports takes TCP and UDP."""
    if rule.takes_all_ports:
        return flow.protocol in PORTED
    return flow.protocol in rule.protocol.numbers and flow.destination_port == rule.frontend_port
