"""Drafting a plan: the rules that the NSGs between VMs and what they need lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.errors import PlanError
from netcheck.model.address import FAMILIES, AddressRange, Endpoint, Family
from netcheck.model.names import key
from netcheck.model.ports import PortRange, parse_protocol
from netcheck.model.profiles import Heeds
from netcheck.model.rules import Direction
from netcheck.model.site import DeploymentModel, NetworkInterface, NetworkSecurityGroup, VirtualMachine
from netcheck.policy.resolve import by_family, to_prefixes, to_set
from netcheck.questions.asking import Asking
from netcheck.questions.by_name import seen_by, target_of
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses
from netcheck.questions.profiles import Need
from netcheck.questions.proxied import TCP
from netcheck.questions.proxies import Proxy, asking_addresses
from netcheck.remedy.changes import add_storage_endpoint, let_through_proxy
from netcheck.remedy.edits import nsg_named
from netcheck.remedy.guards import Guard, guards_on
from netcheck.remedy.limits import CLASSIC_RULES
from netcheck.remedy.opening import Wanted, to_edits
from netcheck.remedy.options import Option, destination_of
from netcheck.remedy.priorities import USUAL_PRIORITY
from netcheck.remedy.task import Draft, Task, addresses_of, all_of
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, ALL_PROTOCOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What rules are for: the addresses and ports that must be reached, and what rules name in their place.

    `allowed` are the addresses that the rules may open. `names` are those of outbound and of inbound rules. `ranges`
    are the ports that rules name where these are not those needed, and `priority` fixes their first number. `end` is
    the NIC that all packets are for, where there is only one.
    """

    need: Need
    required: Addresses
    endpoints: tuple[Endpoint, ...]
    allowed: Addresses
    names: tuple[str, str]
    ranges: tuple[PortRange, ...] = ()
    priority: int = 0
    end: NetworkInterface | None = None


def families_of(vms: Sequence[VirtualMachine]) -> tuple[Family, ...]:
    """Return the families of the VMs' addresses."""
    found = {address.family for address in addresses_of(vms)}
    return tuple(family for family in (4, 6) if family in found)


def open_way(task: Task, draft: Draft, way: Way, vms: Sequence[VirtualMachine]) -> None:
    """Add the rules that the NSGs on the VMs' way lack; nothing where they let everything through already."""
    sources = addresses_of(vms)
    draft.requested = draft.requested | packets_from(sources, way.allowed, way.need.protocols, way.need.port_set)
    draft.needed = draft.needed | packets_from(sources, way.required, way.need.protocols, way.need.port_set)
    asking = Asking(draft.site, like=draft.book)
    for guard in guards_on(asking, vms, way.required, way.need, way.end):
        if guard.denials:
            _open(task, draft, way, guard)


def _open(task: Task, draft: Draft, way: Way, guard: Guard) -> None:
    ports = IntervalSet.of((port, port) for port in guard.denials)
    destinations = _destinations(way, guard)
    if guard.seen_as:  # behind a load balancer rules see the member's address, and its port
        destinations = tuple(guard.seen_as)
        ports = IntervalSet.point(guard.seen_port) if guard.seen_port is not None else ports
        sources = addresses_of(guard.vms)
        seen = {family: to_set(guard.seen_as, family) for family in families_of(guard.vms)}
        as_seen = packets_from(sources, seen, way.need.protocols, ports)
        draft.requested, draft.needed = draft.requested | as_seen, draft.needed | as_seen
    ranges = way.ranges or tuple(PortRange(first, last) for first, last in ports.spans())
    own = _sources(task, draft, guard, len(destinations) * len(ranges))
    name = way.names[0 if guard.direction is Direction.OUTBOUND else 1]
    wanted = Wanted(guard.nsg, guard.direction, own, destinations, ranges, name, parse_protocol(way.need.protocol))
    before = min(guard.denials.values())
    draft.add(to_edits(draft.site, wanted, before, replace(task.form, priority=way.priority)))


def _destinations(way: Way, guard: Guard) -> tuple[Endpoint, ...]:
    """Return what rules have to name: of the prefixes that must be reached only those denied, where these are fewer."""
    is_list = all(isinstance(endpoint, AddressRange) for endpoint in way.endpoints)
    if not is_list or any(way.allowed[family] != way.required[family] for family in way.allowed):
        return way.endpoints
    denied = guard.denied.project("destinations")
    lacking = tuple(p for family in FAMILIES for p in to_prefixes(denied[family], family))
    return lacking if len(lacking) < len(way.endpoints) else way.endpoints


def _sources(task: Task, draft: Draft, guard: Guard, each: int) -> tuple[Endpoint, ...]:
    """Return the addresses of the VMs that are denied; `each` is the number of rules one source takes.

    A classic rule holds one source. Where one rule for every VM would be too many for the NSG, their subnets stand in
    for them, and a note says so.
    """
    denied = guard.denied.project("sources")
    addresses = tuple(a for a in addresses_of(guard.vms) if to_set([a], a.family) & denied[a.family])
    nsg = nsg_named(draft.site, guard.nsg)
    own = len(nsg.rules) if nsg else 0
    if not task.form.is_single or own + each * len(addresses) <= CLASSIC_RULES:
        return addresses
    subnets = {vm.primary.subnet: task.site.subnet(vm.primary.subnet) for vm in guard.vms}
    prefixes = tuple(p for subnet in subnets.values() if subnet for p in subnet.prefixes)
    draft.notes.append(
        f"a rule for each of {len(addresses)} VMs would not fit into `{guard.nsg}`: "
        "the rules name their subnets instead"
    )
    return prefixes


def plan_direct(task: Task, draft: Draft) -> None:
    """Open every NSG between the VMs and what they need."""
    if task.is_classic and not task.is_compact and task.option.needs_published_tag:
        raise PlanError(
            "NC406",
            f"classic NSGs know no tag for `{task.option}`",
            "classic rules name INTERNET, VIRTUAL_NETWORK, AZURE_LOADBALANCER or a prefix",
        )
    for need in task.left_alone:
        draft.notes.append(f"{need.label} stays as it is, no tag stands for it: {need.why}")
    for need in task.needs:
        _open_direct(task, draft, need, task.option)


def _open_direct(task: Task, draft: Draft, need: Need, option: Option) -> None:
    """Open the VMs' own way to what one need is for; to a private endpoint where its names lead there."""
    name = f"allow-{_slug(task.option)}"
    public = target_of(task.book, need).addresses
    groups: dict[tuple[AddressRange, ...], list[VirtualMachine]] = {}
    for vm in task.vms:
        seen = seen_by(task.book, vm, need).target.addresses
        own = () if seen == public else tuple(p for f in families_of([vm]) for p in to_prefixes(seen[f], f))
        groups.setdefault(own, []).append(vm)
    for own, vms in groups.items():
        if own:
            private = by_family(own)
            names = ("allow-private-endpoint", "allow-private-endpoint")
            way = Way(need=need, required=private, endpoints=own, allowed=private, names=names)
        else:
            destination = destination_of(option, need, task.book, families_of(vms))
            way = Way(
                need=need,
                required=public,
                endpoints=destination.endpoints,
                allowed=destination.addresses,
                names=(name, name),
            )
        open_way(task, draft, way, vms)


def _slug(option: Option) -> str:
    return "storage" if "storage" in option else option.value.removesuffix("-tag").removesuffix("-prefixes")


def nsgs_on_the_way(task: Task) -> list[NetworkSecurityGroup]:
    """Return the NSGs of the VMs that the plan of a task may add rules to."""
    subnets = [task.site.subnet(vm.primary.subnet) for vm in task.senders]
    names = [vm.primary.network_security_group for vm in task.senders]
    names += [subnet.network_security_group for subnet in subnets if subnet is not None]
    found = [task.site.nsg(name) for name in dict.fromkeys(key(name) for name in names if name)]
    return [nsg for nsg in found if nsg is not None]


def plan_service_endpoint(task: Task, draft: Draft) -> None:
    """Put a service endpoint on the VMs' subnets, and open the NSGs that are then on the way for the Storage tag."""
    if task.site.deployment_model is DeploymentModel.CLASSIC:
        raise PlanError(
            "NC407", "classic virtual networks have no service endpoints", "take http-proxy or a prefix option"
        )
    targets = [need.target for need in task.needs]
    if task.site.tags is not None and task.site.tags.get("Storage") is not None:
        targets.append("Storage")
    storage = all_of(task.book, targets)
    for vm in task.vms:
        subnet = draft.site.subnet(vm.primary.subnet)
        if subnet is not None:
            draft.site, change, notes = add_storage_endpoint(draft.site, subnet)
            draft.changes += change
            draft.notes += notes
            if change:  # the route is for the whole subnet and all of Storage
                is_listed = task.site.tags is not None and task.site.tags.get("Storage") is not None
                storage = all_of(
                    task.book, [*(need.target for need in task.needs), *(["Storage"] if is_listed else [])]
                )
                draft.touch(storage)
                draft.requested = draft.requested | packets_from(subnet.prefixes, storage, ALL_PROTOCOLS, ALL_PORTS)
    plan_direct(task, draft)


def plan_proxy(task: Task, draft: Draft) -> None:
    """Open the way to the proxy, the proxy's own doors, and its way out."""
    proxy = task.proxy
    if proxy is None or proxy.port is None:
        help_text = "add `proxyServer: {port: 8080}` to the proxy VM"
        raise PlanError("NC408", "no VM of the site has a `proxyServer`", help_text)
    door = _door(proxy)
    need = Need(target=proxy.name, ports=(proxy.port,))
    addresses = {family: to_set(door, family) for family in families_of(task.clients)}
    way = Way(
        need=need,
        required=addresses,
        endpoints=door,
        allowed=addresses,
        names=("allow-to-proxy", "allow-proxy-clients"),
        end=proxy.end,
    )
    if task.clients:
        open_way(task, draft, way, task.clients)
    for need in task.needs:
        if need.heeds is Heeds.IGNORED:  # such requests pass the proxy by
            _open_direct(task, draft, need, task.way_out_for(need))
        else:
            _open_way_out(task, draft, need)
    draft.site, changes = let_through_proxy(
        draft.site, proxy, door[0], task.clients, task.needs, task.book, is_for_anybody=task.as_documented
    )
    draft.changes += changes
    if proxy.end is None and any(change.kind == "hostFirewallRule" for change in changes):
        from netcheck.remedy.firewall_spelling import PROBES  # most plans need none

        draft.notes.append(PROBES)
    senders = asking_addresses(task.clients, door[0].family)
    for relay in proxy.relays:  # behind a load balancer each of them is opened at its own address and port
        if relay.vm.proxy_server is not None:
            opened = by_family([*relay.nic.addresses, *relay.vm.primary.addresses])
            port = IntervalSet.point(relay.vm.proxy_server.port)
            draft.requested = draft.requested | packets_from(senders, opened, TCP, port)
    draft.touch(by_family([*door, *(a for relay in proxy.relays for a in relay.vm.primary.addresses)]))


def _door(proxy: Proxy) -> tuple[AddressRange, ...]:
    """Return the address that clients ask: the first one of a VM, or that of a load balancer's frontend."""
    if proxy.end is not None:
        return proxy.end.addresses[:1]
    return tuple(
        AddressRange(family, first, last) for family in FAMILIES for first, last in proxy.addresses[family].spans()
    )


def _open_way_out(task: Task, draft: Draft, need: Need) -> None:
    """Open the proxies' way out for one need."""
    destination = destination_of(task.way_out_for(need), need, task.book, families_of(task.senders))
    ranges: tuple[PortRange, ...] = ()
    priority = 0
    if task.as_documented:
        ranges, priority = (PortRange(min(need.ports), max(need.ports)),), USUAL_PRIORITY
    way = Way(
        need=need,
        required=target_of(task.book, need).addresses,
        endpoints=destination.endpoints,
        allowed=destination.addresses,
        names=("allow-proxy", "allow-proxy"),
        ranges=ranges,
        priority=priority,
    )
    open_way(task, draft, way, task.senders)
