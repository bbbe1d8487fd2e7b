"""Host firewalls: dispatch over their kinds, and what is said of those that no file describes."""

from __future__ import annotations

from typing import assert_never

from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import (
    ChainFirewall,
    Hook,
    NetworkInterface,
    NoHostFirewall,
    Subnet,
    VirtualMachine,
    WindowsFirewall,
)
from netcheck.policy.chains import judge_chains
from netcheck.policy.decision import Decision, HopKind, HopResult, depends, merge, settled
from netcheck.policy.facts import Fact
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.policy.windowsfw import judge_windows
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

_TCP = IntervalSet.point(6)


def judge_host_firewall(
    vm: VirtualMachine,
    nic: NetworkInterface,
    subnet: Subnet | None,
    direction: Direction,
    packets: PacketSet,
    book: AddressBook,
    is_root: bool | None = True,
) -> tuple[HopResult, ...]:
    """Return what the firewall inside a VM does with packets: one result for each list of rules that must all accept.

    A VM whose firewall the site does not give lets everything pass here; whoever asks says that the hop is not
    modelled. `is_root`: outbound packets are sent by a process of root, as the backup extension's are; None: not known.
    """
    hook = Hook.INPUT if direction is Direction.INBOUND else Hook.OUTPUT
    context = HostContext(vm, nic, subnet, hook, book, is_root)
    match vm.host_firewall:
        case None | NoHostFirewall():
            return (HopResult(HopKind.HOST_FIREWALL, str(direction), "", merge([settled(packets, None)])),)
        case WindowsFirewall() as firewall:
            parts = merge(judge_windows(firewall, packets, context))
            return (HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, parts),)
        case ChainFirewall() as firewall:
            return judge_chains(firewall, packets, context)
        case _:
            assert_never(vm.host_firewall)


def judge_forwarding(
    vm: VirtualMachine, nic: NetworkInterface, subnet: Subnet | None, packets: PacketSet, book: AddressBook
) -> tuple[HopResult, ...]:
    """Return what the firewall inside an appliance does with packets that it passes on.

    Nothing where the site gives no firewall, or states that there is none. What Windows does with them is not
    evaluated.
    """
    match vm.host_firewall:
        case None | NoHostFirewall():
            return ()
        case ChainFirewall() as firewall:
            return judge_chains(firewall, packets, HostContext(vm, nic, subnet, Hook.FORWARD, book, None))
        case WindowsFirewall():
            reason = f"what the host firewall of `{vm.name}` does with packets that it forwards is not evaluated"
            fact = Fact(f"host firewall of {key(vm.name)} forwards", "", reason, vm.at)
        case _:
            assert_never(vm.host_firewall)
    yes, no = (
        Decision(hop=HopKind.APPLIANCE, passes=passes, resource=vm.name, at=str(fact.at), note="not evaluated")
        for passes in (True, False)
    )
    return (HopResult(HopKind.APPLIANCE, "", vm.name, (depends(packets, fact, yes, no),)),)


def undeclared_proxy_port(vm: VirtualMachine, packets: PacketSet) -> HopResult:
    """Return the inbound result of a proxy VM without given host firewall: the proxy's port is open or not.

    The article's step B opens that port; everything else passes, as on any VM whose firewall is not modelled.
    """
    if vm.proxy_server is None:
        return HopResult(HopKind.HOST_FIREWALL, "Inbound", "", merge([settled(packets, None)]))
    port = vm.proxy_server.port
    wanted = IntervalSet.point(port)
    to_proxy = packets & (
        ps.box(4, protocols=_TCP, destination_ports=wanted) | ps.box(6, protocols=_TCP, destination_ports=wanted)
    )
    reason = (
        f"the site gives no host firewall for the proxy VM `{vm.name}`, so whether port {port} is open inbound "
        "is not known (step B of the article)"
    )
    asked = _open_result(vm, Direction.INBOUND, to_proxy, Fact(_firewall_fact(vm), "", reason, vm.at), "not given")
    parts = merge([*asked.parts, settled(packets - to_proxy, None)])
    return HopResult(HopKind.HOST_FIREWALL, "Inbound", vm.name, parts)


def _firewall_fact(vm: VirtualMachine) -> str:
    return f"host firewall of VM {key(vm.name)}"


def _open_result(vm: VirtualMachine, direction: Direction, packets: PacketSet, fact: Fact, note: str) -> HopResult:
    """Return that all packets depend on one fact, which holds when they pass."""
    yes, no = (
        Decision(
            hop=HopKind.HOST_FIREWALL, passes=passes, direction=direction, resource=vm.name, at=str(fact.at), note=note
        )
        for passes in (True, False)
    )
    return HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, merge([depends(packets, fact, yes, no)]))
