"""Changes a plan needs beside NSG rules: host firewall, proxy list, client settings, service endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from netcheck.model.address import AddressRange, address_text, format_address
from netcheck.model.names import is_same, key
from netcheck.model.ports import TCP, PortRange, Protocol
from netcheck.model.proxyacl import allowed_domains_acl
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.model.site import (
    HostFirewall,
    NetworkInterface,
    ProxyAddress,
    ProxyClient,
    ServiceEnvironment,
    Site,
    Subnet,
    VirtualMachine,
    WindowsFirewall,
)
from netcheck.path.leg import Verdict, combine, cut
from netcheck.policy.decision import HopResult
from netcheck.policy.hostfw import judge_host_firewall, undeclared_proxy_port
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.policy.proxyclient import Via, choose_proxy
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.questions.packets import packets_from
from netcheck.questions.profiles import Need
from netcheck.questions.proxies import Proxy
from netcheck.questions.suffixes import blob_suffix
from netcheck.remedy.edits import PLANNED
from netcheck.remedy.snippet import ProxyEndpoint, asking_addresses
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS

_TCP = IntervalSet.point(TCP)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change that is not an NSG rule.

    `what` says it in a sentence, `commands` are what to type or to write for it. `is_in_proof`: the proof of a plan is
    about the site with this change made; else it is what has to be changed before a plan can be proven.
    """

    kind: str
    resource: str
    what: str
    commands: tuple[str, ...] = ()
    is_in_proof: bool = True

    def to_dict(self) -> dict[str, object]:
        """Return the change as JSON."""
        return {
            "kind": self.kind,
            "resource": self.resource,
            "what": self.what,
            "commands": list(self.commands),
            "inProof": self.is_in_proof,
        }


def let_through_proxy(
    site: Site,
    proxy: Proxy,
    door: AddressRange,
    clients: Sequence[VirtualMachine],
    needs: Sequence[Need],
    like: AddressBook,
    is_for_anybody: bool = False,
) -> tuple[Site, list[Change]]:
    """Return the site with everything but NSGs changed so that clients get through the proxy, and the changes.

    Each VM that may get a client's connection is changed; `door` is the address that clients ask. Host firewalls let
    in the clients, or with `is_for_anybody` whoever asks, as the article's step B has it.
    """
    changes: list[Change] = []
    senders = asking_addresses(clients, door.family)
    for relay in proxy.relays:
        vm = relay.vm
        if clients:
            site, vm, more = _open_host_firewall(site, vm, senders, like, is_for_anybody)
            changes += more
        own = senders or vm.primary.addresses
        site, vm, more = _extend_list(site, vm, own, needs)
        changes += more
    for client in clients:
        site, more = _point_at_proxy(site, client, proxy, door, needs)
        changes += more
    return site, changes


def _open_host_firewall(
    site: Site, proxy: VirtualMachine, sources: tuple[AddressRange, ...], like: AddressBook, is_for_anybody: bool
) -> tuple[Site, VirtualMachine, list[Change]]:
    """Add an inbound rule, as the article's step B does, where the proxy's host firewall lacks it."""
    assert proxy.proxy_server is not None
    port = proxy.proxy_server.port
    addresses = {a.family: to_set(proxy.primary.addresses, a.family) for a in proxy.primary.addresses}
    packets = packets_from(sources, addresses, _TCP, IntervalSet.point(port))
    subnet, book = site.subnet(proxy.primary.subnet), AddressBook(site, like=like)
    results: tuple[HopResult, ...]
    if proxy.host_firewall is None:
        results = (undeclared_proxy_port(proxy, packets),)
    else:
        results = judge_host_firewall(proxy, proxy.primary, subnet, Direction.INBOUND, packets, book)
    if combine(region.verdict for region in cut(packets, results)) is Verdict.REACHABLE:
        return site, proxy, []
    from netcheck.remedy.entered import entered  # most plans need none
    from netcheck.remedy.firewall_spelling import firewall_snippets
    from netcheck.remedy.readback_proxy import ways_in

    let_in = () if is_for_anybody else sources
    who = ", ".join(address_text(one) for one in let_in) or "any address (step B of the article)"
    what = f"allow inbound TCP {port} on {proxy.name}, from {who}"
    snippets = firewall_snippets(proxy, port, let_in, ways_in(site, proxy, port, sources))
    commands = tuple(line for one in snippets for line in one.lines)
    change = Change("hostFirewallRule", proxy.name, what, commands)
    firewall: HostFirewall
    if proxy.host_firewall is None:
        firewall = WindowsFirewall(rules=(_door_rule(port, let_in), *_rest_of_unknown(port)), at=PLANNED)
    else:
        firewall = entered(proxy.host_firewall, snippets[0])
    fixed = replace(proxy, host_firewall=firewall)
    return with_vm(site, fixed), fixed, [change]


def _door_rule(port: int, sources: tuple[AddressRange, ...]) -> HostRule:
    return HostRule(
        name="http-proxy-in",
        direction=Direction.INBOUND,
        action=HostAction.ALLOW,
        protocol=Protocol((TCP,)),
        local_ports=(PortRange(port, port),),
        remote_addresses=sources,
        at=PLANNED,
    )


def _rest_of_unknown(port: int) -> Iterator[HostRule]:
    """Yield what is taken of a host firewall that no file describes: all passes, but to the proxy's port it is open."""
    door = _door_rule(port, ())
    yield replace(door, name="not described", conditions=("the rest of the host firewall is not described",))
    others = tuple(PortRange(*span) for span in (ALL_PORTS - IntervalSet.point(port)).spans())
    yield replace(door, name="other ports", local_ports=others)
    yield replace(
        door,
        name="other protocols",
        protocol=Protocol(tuple(number for number in range(256) if number != TCP)),
        local_ports=(PortRange(0, 65535),),
    )


def _extend_list(
    site: Site, proxy: VirtualMachine, clients: Sequence[AddressRange], needs: Sequence[Need]
) -> tuple[Site, VirtualMachine, list[Change]]:
    """Allow the storage names on the proxy's list where it refuses them."""
    server = proxy.proxy_server
    assert server is not None
    refused = [
        host
        for host in dict.fromkeys(host for need in needs for host in need.hosts)
        for need in needs
        if host in need.hosts
        and any(
            judge_acl(
                server,
                ProxyRequest(family=a.family, client=a.first, host=host, port=port, is_connect=port != 80),
            ).verdict
            is not AclVerdict.ALLOW
            for a in clients
            for port in need.ports
        )
    ]
    if not refused or server.requires_authentication:
        what = "the proxy must not demand credentials: Azure Backup sends none"
        return site, proxy, [Change("proxyServer", proxy.name, what)] if server.requires_authentication else []
    hosts = list(dict.fromkeys(refused))
    allowed = allowed_domains_acl(hosts, PLANNED)[:1]  # without its last line: what the list allows already, it allows
    fixed = replace(proxy, proxy_server=replace(server, acl=(*allowed, *server.acl)))
    what = f"allow {', '.join(hosts)} on the list of {proxy.name}, before any line that refuses them"
    return with_vm(site, fixed), fixed, [Change("proxyServer", proxy.name, what)]


def _point_at_proxy(
    site: Site, client: VirtualMachine, proxy: Proxy, door: AddressRange, needs: Sequence[Need]
) -> tuple[Site, list[Change]]:
    """Set the client's proxy where it would go another way."""
    assert proxy.port is not None
    host, port = format_address(door.family, door.first), proxy.port
    suffix = blob_suffix(site.cloud)
    ports = {port for need in needs for port in need.ports}
    choices = [choose_proxy(client.proxy_client, client.os_type, "article-2015", p, suffix) for p in sorted(ports)]
    if all(isinstance(c, Via) and c.proxy.host == host and c.proxy.port == port for c in choices):
        return site, []
    setting = ProxyAddress(host=host, port=port, at=PLANNED)
    both = {"http": setting, "https": setting}
    if client.os_type.lower() == "linux":
        unit = ServiceEnvironment(environment=both, at=PLANNED)
        settings = ProxyClient(environment=both, unit=unit, agent=setting, at=PLANNED)
    else:
        # netsh leaves LocalSystem's WinINET settings as they are: where these say another way, the proof says so.
        inet = client.proxy_client.wininet if client.proxy_client else None
        settings = ProxyClient(winhttp=both, wininet=inet, at=PLANNED)
    what = f"set the proxy of {client.name} to http://{host}:{port} for http and https (netcheck client prints how)"
    from netcheck.remedy.client_spelling import client_snippets  # most plans need none

    snippets = client_snippets(client, ProxyEndpoint(host=host, port=port))
    commands = tuple(line for one in snippets for line in (f"# {one.place}", *one.lines))
    return with_vm(site, replace(client, proxy_client=settings)), [Change("proxyClient", client.name, what, commands)]


def add_storage_endpoint(site: Site, subnet: Subnet) -> tuple[Site, list[Change], list[str]]:
    """Return the site with a Storage service endpoint on a subnet, the change, and what to say about the proof.

    Routes that Azure computed for a NIC of the subnet are older than the endpoint: the route tables of the files stand
    in for them.
    """
    if any(key(service).startswith("microsoft.storage") for service in subnet.service_endpoints):
        return site, [], []
    fixed = replace(subnet, service_endpoints=(*subnet.service_endpoints, "Microsoft.Storage"))
    networks = tuple(
        replace(n, subnets=tuple(fixed if s.full_name == subnet.full_name else s for s in n.subnets))
        for n in site.virtual_networks
    )
    site = replace(site, virtual_networks=networks)
    notes: list[str] = []
    for vm in site.virtual_machines:
        nics = tuple(_without_computed_routes(nic) if _is_in(nic, subnet) else nic for nic in vm.interfaces)
        if nics != vm.interfaces:
            site = with_vm(site, replace(vm, interfaces=nics))
            notes.append(
                f"Azure computed the routes of `{vm.name}` without the service endpoint: the proof takes the route "
                "tables of the files in their place"
            )
    what = f"add the service endpoint Microsoft.Storage to {subnet.full_name}; sources become private addresses there"
    from netcheck.remedy.network_commands import endpoint_command  # most plans need none

    return site, [Change("route", subnet.full_name, what, endpoint_command(fixed))], notes


def _is_in(nic: NetworkInterface, subnet: Subnet) -> bool:
    return is_same(nic.subnet, subnet.full_name)


def _without_computed_routes(nic: NetworkInterface) -> NetworkInterface:
    return nic if nic.effective_routes is None else replace(nic, effective_routes=None)


def with_vm(site: Site, vm: VirtualMachine) -> Site:
    """Return the site with one VM replaced."""
    return replace(
        site, virtual_machines=tuple(vm if key(v.name) == key(vm.name) else v for v in site.virtual_machines)
    )
