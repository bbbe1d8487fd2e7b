"""Drawn sites whose NSGs keep backup traffic back, and the flows that tell what a plan does to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.hosts import NoHostFirewall
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, UDP, PortRange, Protocol
from netcheck.model.proxies import ProxyServer
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.questions.profiles import Need
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.options import Option
from netcheck.remedy.task import Task
from tests.property.strategies import HERE
from tests.property.walk_networks import draw_network, sources
from tests.property.walk_rules import TAGS, prefix

REQUIRED = prefix("20.60.1.0/24")
SECOND = Need(target="8.8.8.8/32", ports=(8443,))
"""What some tasks need beside Storage."""
STORAGE_PORTS = (80, 443)
PROXY_PORT = 8080
DENIED: tuple[Endpoint, ...] = (
    ServiceTag("Internet"),
    ServiceTag("Internet"),
    AnyAddress(),
    ServiceTag("Storage"),
    ServiceTag("Storage.WestUS"),
    prefix("20.60.1.16/28"),
)
STRANGE_PORTS = (22, 79, 81, 442, 444, 8080, 8443)


def draw_blocked_site(random: Random) -> Site:
    """Return a small site of which most NSGs deny what backup needs, at numbers that leave room or not."""
    site = draw_network(random)
    site = replace(site, location="westus", azure_firewalls=(), private_endpoints=())
    for group in site.network_security_groups:
        if random.random() < 0.7:
            site = site.with_rules(group.name, (*group.rules, *_lockdown(random, group)))
    return site


def _lockdown(random: Random, group: NetworkSecurityGroup) -> Iterator[NsgRule]:
    """Yield a denial and, now and then, rules of the owner's own before it: packed from 100 on, or allowing a part."""
    taken = {rule.priority for rule in group.rules if rule.direction is Direction.OUTBOUND}
    usual = (100, 101, 150, 201, 4000, 4096)
    number = next((n for n in random.sample(usual, len(usual)) if n not in taken), 0)
    if not number:
        return
    deny = NsgRule(
        name="lockdown",
        priority=number,
        direction=Direction.OUTBOUND,
        access=Access.DENY,
        protocol=ANY_PROTOCOL,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(random.choice(DENIED),),
        destination_ports=(ALL_PORTS,),
        at=HERE,
        description="nothing leaves",
    )
    yield deny
    before = [n for n in range(100, number) if n not in taken]
    if before and random.random() < 0.5:
        yield replace(
            deny,
            name="own-exception",
            priority=random.choice(before),
            access=Access.ALLOW,
            protocol=Protocol((TCP,)),
            sources=(random.choice((AnyAddress(), prefix("10.1.0.4/32"), prefix("10.1.1.4/32"))),),
            destinations=(random.choice((ServiceTag("Storage.WestUS"), ServiceTag("Internet"), REQUIRED)),),
            destination_ports=random.choice(((PortRange(443, 443),), (PortRange(80, 80),), (PortRange(80, 443),))),
        )


def with_proxy(random: Random, site: Site) -> Site:
    """Return the site with an HTTP proxy on one of its VMs, and no host firewall there."""
    name = random.choice([vm.name for vm in site.virtual_machines if vm.primary.addresses])
    server = ProxyServer(port=PROXY_PORT, at=HERE)
    machines = tuple(
        replace(vm, proxy_server=server, host_firewall=NoHostFirewall(at=HERE)) if vm.name == name else vm
        for vm in site.virtual_machines
    )
    return replace(site, virtual_machines=machines)


def needed_flows(random: Random, task: Task) -> Iterator[tuple[str, Flow]]:
    """Yield flows that a task needs: each VM, each port, the edges of the range and some of its middle."""
    goals = {REQUIRED.first, REQUIRED.last, REQUIRED.first + 16, REQUIRED.first + 31, REQUIRED.first + 32}
    goals |= {random.randint(REQUIRED.first, REQUIRED.last) for _ in range(3)}
    door = _door(task)
    senders = task.vms if door is None else [vm for vm in task.site.virtual_machines if vm.proxy_server]
    for vm in senders:
        nic = vm.primary
        own = [address.first for address in nic.certain_addresses if address.family == 4]
        asked = [(goal, port) for port in task.needs[0].ports for goal in sorted(goals)]
        asked += [(prefix(need.target).first, port) for need in task.needs[1:] for port in need.ports]
        for goal, port in asked if own else ():
            yield nic.name, Flow(4, TCP, own[0], random.choice((49152, 1024, 65535)), goal, port)
    for vm in task.clients:
        own = [address.first for address in vm.primary.certain_addresses if address.family == 4]
        if own and door is not None:
            yield vm.primary.name, Flow(4, TCP, own[0], 49152, door, PROXY_PORT)


def _door(task: Task) -> int | None:
    """Return the address that clients ask, where the option is the proxy."""
    if task.option is not Option.HTTP_PROXY or task.proxy is None:
        return None
    return task.proxy.vm.primary.addresses[0].first


def other_flows(random: Random, task: Task) -> Iterator[tuple[str, Flow]]:
    """Yield flows that a plan must leave alone: other sources, other ports, other protocols, other goals."""
    for nic in sources(task.site):
        own = [address.first for address in nic.certain_addresses if address.family == 4]
        for goal in random.sample(_goals(task), 6) if own else ():
            protocol = random.choice((TCP, TCP, TCP, UDP))
            port = random.choice((*STORAGE_PORTS, *STRANGE_PORTS))
            flow = Flow(4, protocol, own[0], 49152, goal, port)
            if goal != own[0] and not _is_for(task, nic, flow):
                yield nic.name, flow


def _goals(task: Task) -> list[int]:
    """Return addresses in and around all that options open, and those of the site."""
    edges = [address for name in TAGS for text in TAGS[name] for address in _edges(prefix(text))]
    inside = [a.first for nic in sources(task.site) for a in nic.certain_addresses if a.family == 4]
    return [*edges, *inside, prefix("8.8.8.8").first, prefix("168.63.129.16").first]


def _edges(one: AddressRange) -> tuple[int, ...]:
    return one.first - 1, one.first, one.last, one.last + 1


def _is_for(task: Task, nic: NetworkInterface, flow: Flow) -> bool:
    """Return whether an option is meant to open a flow of a NIC."""
    if task.option is Option.SERVICE_ENDPOINT:  # the endpoint's route is for all of these, whatever the port
        near = {key(vm.primary.subnet) for vm in task.vms}
        if key(nic.subnet) in near and _is_in(flow.destination, "Storage"):
            return True
    if flow.protocol != TCP:
        return False
    door = _door(task)
    if door is not None and nic.name in {vm.primary.name for vm in task.clients}:
        return flow.destination == door and flow.destination_port == PROXY_PORT
    asked = task.vms if door is None else [vm for vm in task.site.virtual_machines if vm.proxy_server]
    if nic.name not in {vm.primary.name for vm in asked}:
        return False
    return any(flow.destination_port in need.ports and _is_goal(task, need, flow.destination) for need in task.needs)


def _is_goal(task: Task, need: Need, address: int) -> bool:
    option = Option.INTERNET if task.option is Option.HTTP_PROXY and task.dialect is Dialect.CLASSIC else task.option
    if option is Option.INTERNET:
        return True
    if need is SECOND:
        return address == prefix(SECOND.target).first
    tag = {
        Option.STORAGE_TAG: "Storage",
        Option.STORAGE_PREFIXES: "Storage",
        Option.AZURECLOUD_TAG: "AzureCloud",
        Option.AZURECLOUD_PREFIXES: "AzureCloud",
    }.get(option, "Storage.WestUS")
    return _is_in(address, tag)


def _is_in(address: int, tag: str) -> bool:
    return any(one.first <= address <= one.last for one in map(prefix, TAGS[tag]))
