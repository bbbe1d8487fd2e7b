"""Appliances: what stands before a next hop, whether it forwards, and where packets go from there.

Microsoft Learn, "Virtual network traffic routing": the NIC of a network virtual appliance must have IP forwarding, and
the operating system in it must forward. What the operating system does is in the site only where its host firewall is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netcheck.model.address import AddressRange, address_text
from netcheck.model.names import key
from netcheck.model.services import Frontend, LoadBalancer
from netcheck.model.site import NetworkInterface, VirtualMachine
from netcheck.path.arriving import deliver, into_nic
from netcheck.path.balancing import choose, into_frontend
from netcheck.path.graph import Node, nic_node, subnet_node
from netcheck.path.leaving import leave, leave_firewall, open_appliance
from netcheck.path.passing import Passage, part_of, to
from netcheck.policy.balancers import rules_of
from netcheck.policy.branches import Branch, alternatives, tell
from netcheck.policy.decision import Decision, HopKind, HopResult, settled
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import by_family

if TYPE_CHECKING:
    from netcheck.model.site import AzureFirewall


def forward(
    passage: Passage, subnet: Node, node: Node, address: AddressRange, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """Push packets through the holder of a next hop address, and on from there."""
    held = passage.graph.nodes[node]
    match node[0]:
        case "nic":
            yield from _through_vm(passage, subnet, node, branch, seen)
        case "frontend":
            found: tuple[LoadBalancer, Frontend] = held["what"]
            yield from _through_balancer(passage, *found, branch, seen)
        case "firewall":
            yield from _through_firewall(passage, subnet, node, held["what"], branch, seen)
        case _:
            where = address_text(address)
            reason = f"a route sends packets to {where}, the address of {node[0]} `{node[1]}`, which is no appliance"
            fact = Fact(f"appliance {where} forwards", "", reason)
            yield tell(branch, open_appliance(branch, where, fact))


def _through_vm(
    passage: Passage, subnet: Node, node: Node, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """What is for the appliance itself has arrived; all else it has to forward."""
    nic: NetworkInterface = passage.graph.nodes[node]["nic"]
    vm: VirtualMachine = passage.graph.nodes[node]["vm"]
    own = to(by_family(nic.certain_addresses))
    arrived = part_of(branch, own)
    if arrived.packets:
        yield from deliver(passage, subnet, node, arrived)
        branch = branch._replace(packets=branch.packets - arrived.packets)
    if not branch.packets:
        return
    if node in seen:
        note = f"routing loop: the packets have been at {nic.name} before"
        yield tell(branch, _told(nic.name, branch, False, str(nic.at), note))
        return
    yield from into_nic(passage, subnet, node, branch)
    yield from _guest(passage, subnet, node, branch)
    exits = [one for one in vm.interfaces if one.has_ip_forwarding] or [nic]
    for out, here in _by_exit(vm, exits, branch):
        there = nic_node(vm.name, out.name)
        yield from leave(passage, subnet_node(out.subnet), there, here, seen | {node, there})


def _guest(passage: Passage, subnet: Node, node: Node, branch: Branch) -> Iterator[HopResult]:
    """Whether the NIC and the operating system behind it forward packets that are not their own."""
    nic: NetworkInterface = passage.graph.nodes[node]["nic"]
    vm: VirtualMachine = passage.graph.nodes[node]["vm"]
    note = "IP forwarding is on" if nic.has_ip_forwarding else "IP forwarding is off (`enableIPForwarding`)"
    yield tell(branch, _told(nic.name, branch, nic.has_ip_forwarding, str(nic.at), note))
    if vm.host_firewall is not None:
        from netcheck.policy.hostfw import judge_forwarding  # few sites give the firewall of an appliance

        where = passage.graph.nodes[subnet]["subnet"]
        for result in judge_forwarding(vm, nic, where, branch.packets, passage.book):
            yield tell(branch, result)


def _by_exit(
    vm: VirtualMachine, exits: list[NetworkInterface], branch: Branch
) -> Iterator[tuple[NetworkInterface, Branch]]:
    """Yield each NIC by which an appliance may send packets on, with the branch in which it does."""
    if len(exits) == 1:
        yield exits[0], branch
        return
    reason = f"by which of its NICs `{vm.name}` at {vm.at} sends the packets on is not known"
    fact = Fact(f"nic by which {key(vm.name)} forwards", "", reason, vm.at)
    yield from zip(exits, alternatives(branch, [frozenset([(fact, one.name)]) for one in exits]), strict=True)


def _through_balancer(
    passage: Passage, balancer: LoadBalancer, frontend: Frontend, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    """A load balancer in front of appliances needs a rule for all ports (Microsoft Learn, "High availability ports
    overview"); what one for single ports does with packets that are only routed to it is not documented."""
    address = frontend.address
    assert address is not None
    own = part_of(branch, to(by_family([address])))
    if own.packets:
        yield from into_frontend(passage, balancer, frontend, own, seen)
        branch = branch._replace(packets=branch.packets - own.packets)
    rules = rules_of(balancer, frontend)
    whole = [rule for rule in rules if rule.takes_all_ports]
    name = f"{balancer.name}/{frontend.name}"
    if not branch.packets:
        return
    if balancer.unknown or (rules and not whole):
        why = balancer.unknown or "it has no rule for all ports (HA ports)"
        reason = f"whether load balancer `{balancer.name}` at {balancer.at} passes routed packets on is open: {why}"
        yield tell(branch, open_appliance(branch, name, Fact(f"{key(name)} forwards", "", reason, balancer.at)))
        return
    chosen = list(choose(passage, balancer, whole[0], branch)) if whole else []
    note = f"to {len(chosen)} member{'s' if len(chosen) != 1 else ''} behind the load balancer"
    yield tell(branch, _told(name, branch, bool(chosen), str(balancer.at), note))
    for member, here in chosen:
        node = nic_node(member.vm.name, member.nic.name)
        yield from _through_vm(passage, subnet_node(member.nic.subnet), node, here, seen)


def _through_firewall(
    passage: Passage, subnet: Node, node: Node, firewall: AzureFirewall, branch: Branch, seen: frozenset[Node]
) -> Iterator[HopResult]:
    if node in seen:
        note = f"routing loop: the packets have been at {firewall.name} before"
        yield tell(branch, _told(firewall.name, branch, False, str(firewall.at), note))
        return
    from netcheck.policy.azfirewall import judge_azure_firewall  # most appliances are VMs

    where = passage.graph.nodes[subnet]["subnet"]
    yield tell(branch, judge_azure_firewall(firewall, branch.packets, passage.book, passage.hosts, where))
    yield from leave_firewall(passage, subnet, firewall, branch, seen | {node})


def _told(name: str, branch: Branch, passes: bool, at: str, note: str) -> HopResult:
    decision = Decision(hop=HopKind.APPLIANCE, passes=passes, resource=name, at=at, note=note)
    return HopResult(HopKind.APPLIANCE, "", name, (settled(branch.packets, decision),))
