"""Changes that a blocked path needs and no NSG rule can make: each with its command, where one can be written.

They are not in the proof of a plan: what they open beside the backup traffic is not netcheck's to decide. A plan is
asked for again once they are made.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from netcheck.model.address import ServiceTag
from netcheck.model.names import is_same
from netcheck.model.profiles import PROFILE_NAMES
from netcheck.model.rules import Direction, NextHop
from netcheck.model.site import ChainFirewall, Site, VirtualMachine, WindowsFirewall
from netcheck.policy.decision import Decision, HopKind
from netcheck.remedy.blockers import ENDPOINT_ROUTE, Blocker, advice_for
from netcheck.remedy.changes import Change
from netcheck.remedy.dialects.powershell import quote
from netcheck.remedy.network_commands import (
    admin_rule_commands,
    endpoint_command,
    forwarding_command,
    route_command,
    subnet_command,
)
from netcheck.remedy.spelled import spell
from netcheck.remedy.task import Task, addresses_of

_KINDS = {
    HopKind.ADMIN_RULES: "adminRule",
    HopKind.ROUTE: "route",
    HopKind.PEERING: "peering",
    HopKind.APPLIANCE: "appliance",
    HopKind.AZURE_FIREWALL: "azureFirewall",
    HopKind.LOAD_BALANCER: "loadBalancer",
    HopKind.PRIVATE_ENDPOINT: "privateEndpoint",
    HopKind.EGRESS: "egress",
    HopKind.INGRESS: "ingress",
    HopKind.HOST_FIREWALL: "hostFirewallRule",
    HopKind.CLIENT_PROXY: "proxyClient",
    HopKind.PROXY_SERVER: "proxyServer",
}


def mending(task: Task, site: Site, blockers: Sequence[Blocker]) -> Iterator[Change]:
    """Yield a change for each decision that blocks for certain and is no NSG rule's."""
    for blocker in blockers:
        one = blocker.decision
        kind = _KINDS.get(one.hop, "")
        if kind and not blocker.is_open:
            rule = f" by `{one.rule}`" if one.rule else ""
            what = f"at {one.hop} of `{one.resource}`{rule}: {advice_for(one)}"
            yield Change(kind, one.resource, what, _commands(task, site, one), is_in_proof=False)


def _commands(task: Task, site: Site, decision: Decision) -> tuple[str, ...]:
    match decision.hop:
        case HopKind.ADMIN_RULES:
            return _before_admin_rule(task, site, decision)
        case HopKind.ROUTE if not decision.rule.startswith(ENDPOINT_ROUTE):
            return _around_route(task, site, decision)
        case HopKind.EGRESS:
            subnet = site.subnet(decision.resource)
            gateway = '--nat-gateway "${NAT_GATEWAY:?set it to the name of a NAT gateway}"'
            return subnet_command(subnet, gateway) if subnet is not None else ()
        case HopKind.APPLIANCE if "enableIPForwarding" in decision.note:
            owner = next((vm for vm in site.virtual_machines if _has_nic(vm, decision.resource)), None)
            return forwarding_command(decision.resource, owner.resource_group if owner else "")
        case HopKind.HOST_FIREWALL if decision.direction == Direction.OUTBOUND:
            return tuple(_out_of_host(task, site, decision))
        case _:
            return ()


def _has_nic(vm: VirtualMachine, name: str) -> bool:
    return any(is_same(nic.name, name) for nic in vm.interfaces)


def _ports(task: Task) -> list[int]:
    return sorted({port for need in task.needs for port in need.ports})


def _by_protocol(task: Task) -> Iterator[tuple[str, str]]:
    """Yield each protocol with its ports."""
    for protocol in ("tcp", "udp"):
        ports = sorted({port for need in task.needs if need.protocol == protocol for port in need.ports})
        if ports:
            yield protocol, ",".join(str(port) for port in ports)


def _before_admin_rule(task: Task, site: Site, decision: Decision) -> tuple[str, ...]:
    """An allow rule leaves the packets to the NSGs, which still decide."""
    taken = {rule.priority for rule in site.admin_rules if rule.direction == decision.direction}
    free = [number for number in range(decision.priority or 0, 0, -1) if number not in taken]
    targets = [need.target for need in task.needs]
    if any(need.protocol != "tcp" for need in task.needs):
        return ()
    if not free or decision.direction != Direction.OUTBOUND or not all(site.tags and site.tags.get(t) for t in targets):
        return ()
    sources = [spell(address) for address in addresses_of(task.senders)]
    tags = [("ServiceTag", str(ServiceTag(target))) for target in dict.fromkeys(targets)]
    return admin_rule_commands(Direction.OUTBOUND, free[0], sources, tags, [str(port) for port in _ports(task)])


def _around_route(task: Task, site: Site, decision: Decision) -> tuple[str, ...]:
    """A route for the tag is more specific than the one that drops; a service endpoint needs no way out either."""
    subnet = site.subnet(decision.resource)
    if subnet is None or not decision.note.endswith(str(NextHop.NONE)):
        return ()
    targets = list(dict.fromkeys(need.target for need in task.needs))
    if not all(site.tags and site.tags.get(target) for target in targets):
        return ()
    if subnet.route_table:
        return tuple(line for target in targets for line in route_command(subnet.route_table, target))
    return endpoint_command(replace(subnet, service_endpoints=(*subnet.service_endpoints, "Microsoft.Storage")))


def _out_of_host(task: Task, site: Site, decision: Decision) -> Iterator[str]:
    """A block rule wins over every allow rule, so that one has to go; a default is overridden by an allow rule."""
    vm = next((vm for vm in site.virtual_machines if is_same(vm.name, decision.resource)), None)
    match vm.host_firewall if vm else None:
        case WindowsFirewall(rules=rules) if any(rule.name == decision.rule for rule in rules):
            yield f"Disable-NetFirewallRule -DisplayName {quote(decision.rule)}"
        case WindowsFirewall():
            is_ours = task.profile.name in PROFILE_NAMES
            name = '"Backup to Storage"' if is_ours else quote(f"Profile {task.profile.name}")
            for protocol, ports in _by_protocol(task):
                yield (
                    f"New-NetFirewallRule -DisplayName {name} -Direction Outbound -Action Allow "
                    f"-Protocol {protocol.upper()} -RemotePort {ports} -Profile Any"
                )
        case ChainFirewall():
            for protocol, ports in _by_protocol(task):
                yield f"iptables -I OUTPUT -p {protocol} -m multiport --dports {shlex.quote(ports)} -j ACCEPT"
        case _:
            return
