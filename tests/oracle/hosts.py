"""The firewall in a machine, as far as the drawn networks have one: none described, none at all, or Windows."""

from __future__ import annotations

from netcheck.model.flow import Flow
from netcheck.model.hosts import NoHostFirewall, WindowsFirewall
from netcheck.model.network import VirtualMachine
from netcheck.model.ports import TCP
from netcheck.model.rules import Access, Direction, HostAction
from tests.oracle.ground import holds
from tests.oracle.worlds import World, answer


def is_described(vm: VirtualMachine) -> bool:
    """Return whether the site says of a machine that it filters."""
    return vm.host_firewall is not None and not isinstance(vm.host_firewall, NoHostFirewall)


def host_passes(vm: VirtualMachine, direction: Direction, flow: Flow, world: World) -> bool:
    """Return what a machine's firewall does: block before allow, else the default of the direction."""
    firewall = vm.host_firewall
    server = vm.proxy_server
    if firewall is None and server is not None and direction is Direction.INBOUND:
        is_to_proxy = (flow.protocol, flow.destination_port) == (TCP, server.port)
        return not is_to_proxy or answer(world, "the proxy port is open", vm.name)
    if firewall is None or isinstance(firewall, NoHostFirewall):
        return True
    if not isinstance(firewall, WindowsFirewall):
        return answer(world, "host firewall", vm.name, direction, flow)
    (settings,) = set(firewall.settings.values())  # drawn networks have the same under every profile
    if not settings.is_enabled:
        return True
    inbound = direction is Direction.INBOUND
    local, remote = (flow.destination_port, flow.source_port) if inbound else (flow.source_port, flow.destination_port)
    actions = {
        rule.action
        for rule in firewall.rules
        if rule.is_enabled
        and rule.direction is direction
        and (not rule.protocol.numbers or flow.protocol in rule.protocol.numbers)
        and any(span.first <= local <= span.last for span in rule.local_ports)
        and any(span.first <= remote <= span.last for span in rule.remote_ports)
        and (
            not rule.remote_addresses
            or holds(rule.remote_addresses, flow.family, flow.source if inbound else flow.destination)
        )
    }
    if HostAction.BLOCK in actions:
        return False
    default = settings.default_inbound if inbound else settings.default_outbound
    return HostAction.ALLOW in actions or default is Access.ALLOW
