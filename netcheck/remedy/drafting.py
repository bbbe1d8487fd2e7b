"""Drafting a plan: which NSGs stand between VMs and what they need, and the rules each of them lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from netcheck.errors import PlanError
from netcheck.model.address import Endpoint, Family
from netcheck.model.names import key
from netcheck.model.ports import PortRange
from netcheck.model.rules import Direction
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site, VirtualMachine
from netcheck.policy.decision import HopKind
from netcheck.policy.nsg import judge_nsg
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, find_target
from netcheck.questions.profiles import WIRE_SERVER, BackupProfile, Need
from netcheck.questions.proxied import TCP
from netcheck.remedy.changes import Change, add_storage_endpoint, let_through_proxy
from netcheck.remedy.limits import CLASSIC_RULES
from netcheck.remedy.opening import USUAL_PRIORITY, Opening, Wanted, to_openings, with_openings
from netcheck.remedy.options import Option, destination_of
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class Task:
    """What a plan is for: the VMs and needs, one option, and how rules may be written."""

    site: Site
    option: Option
    vms: tuple[VirtualMachine, ...]
    profile: BackupProfile
    as_documented: bool = False
    is_compact: bool = False
    book: AddressBook = field(kw_only=True, compare=False)

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs that an NSG may stand in the way of."""
        return tuple(need for need in self.profile.needs if need.target != WIRE_SERVER)

    @property
    def is_classic(self) -> bool:
        """Whether rules hold one prefix and one port range each; a compact plan writes the same packets in one rule."""
        return self.site.deployment_model is DeploymentModel.CLASSIC and not self.is_compact

    @property
    def proxy(self) -> VirtualMachine | None:
        """The proxy VM of the option."""
        return next((vm for vm in self.site.virtual_machines if vm.proxy_server is not None), None)

    @property
    def clients(self) -> tuple[VirtualMachine, ...]:
        """The VMs that go through the proxy."""
        return tuple(vm for vm in self.vms if vm is not self.proxy)


@dataclass(slots=True)
class Draft:
    """A plan in the making: the site as changed so far, and what has been added."""

    site: Site
    book: AddressBook
    openings: list[Opening] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requested: PacketSet = ps.EMPTY_PACKETS

    def add(self, openings: Iterable[Opening]) -> None:
        """Put openings into the plan and into the site."""
        new = list(openings)
        self.openings += new
        self.site = with_openings(self.site, new)
        self.book = AddressBook(self.site, like=self.book)


def _ranges(need: Need) -> tuple[PortRange, ...]:
    return tuple(PortRange(first, last) for first, last in need.port_set.spans())


def _families(vms: Sequence[VirtualMachine]) -> tuple[Family, ...]:
    found = {a.family for vm in vms for a in vm.primary.addresses}
    return tuple(family for family in (4, 6) if family in found)


def plan_direct(task: Task, draft: Draft) -> None:
    """Open every NSG between the VMs and what they need."""
    is_classic = task.site.deployment_model is DeploymentModel.CLASSIC
    if is_classic and not task.is_compact and task.option.needs_published_tag:
        raise PlanError(
            "NC406",
            f"classic NSGs know no tag for `{task.option}`",
            "classic rules name INTERNET, VIRTUAL_NETWORK, AZURE_LOADBALANCER or a prefix",
        )
    book = task.book
    for need in task.needs:
        destination = destination_of(task.option, need, book, _families(task.vms))
        required = find_target(book, need.target).addresses
        for nsg, vms in _nsgs_of(task.site, task.vms).items():
            sources = _sources(task, draft, nsg, vms, len(destination.endpoints) * len(_ranges(need)))
            name = f"allow-{_slug(task.option)}"
            wanted = Wanted(nsg, Direction.OUTBOUND, sources, destination.endpoints, _ranges(need), name)
            _open(task, draft, wanted, _Traffic(vms, need, required, destination.addresses))


def _slug(option: Option) -> str:
    return "storage" if "storage" in option else option.value.removesuffix("-tag").removesuffix("-prefixes")


def _sources(task: Task, draft: Draft, nsg_name: str, vms: Sequence[VirtualMachine], each: int) -> tuple[Endpoint, ...]:
    """Return the VMs' own addresses; `each` is the number of rules one source takes.

    A classic rule holds one source. Where one rule for every VM would be too many for the NSG, their subnets stand in
    for them, and a note says so.
    """
    addresses = tuple(a for vm in vms for a in vm.primary.addresses)
    nsg = draft.site.nsg(nsg_name)
    own = len(nsg.rules) if nsg else 0
    if not task.is_classic or own + each * len(addresses) <= CLASSIC_RULES:
        return addresses
    subnets = {vm.primary.subnet: task.site.subnet(vm.primary.subnet) for vm in vms}
    prefixes = tuple(p for subnet in subnets.values() if subnet for p in subnet.prefixes)
    draft.notes.append(
        f"a rule for each of {len(addresses)} VMs would not fit into `{nsg_name}`: the rules name their subnets instead"
    )
    return prefixes


def _nsgs_of(site: Site, vms: Sequence[VirtualMachine]) -> dict[str, list[VirtualMachine]]:
    """Return the NSGs that the VMs' packets pass, NIC before subnet, each with its VMs."""
    found: dict[str, list[VirtualMachine]] = {}
    for vm in vms:
        subnet = site.subnet(vm.primary.subnet)
        names = [vm.primary.network_security_group, subnet.network_security_group if subnet else ""]
        for name in dict.fromkeys(key(n) for n in names if n):
            nsg = site.nsg(name)
            if nsg is not None:
                found.setdefault(nsg.name, []).append(vm)
    return found


@dataclass(frozen=True, slots=True)
class _Traffic:
    """Packets of VMs: those that must pass, to `required`, and those that may be opened, to `allowed`.

    `seen_by` is the VM whose NSG judges them where that is not their own: packets that come in.
    """

    vms: Sequence[VirtualMachine]
    need: Need
    required: Addresses
    allowed: Addresses
    seen_by: VirtualMachine | None = None

    def packets(self, vms: Sequence[VirtualMachine], addresses: Addresses, ports: IntervalSet) -> PacketSet:
        """Return the packets of some of the VMs to some addresses and ports."""
        sources = [address for vm in vms for address in vm.primary.addresses]
        return packets_from(sources, addresses, TCP, ports)

    def by_view(self) -> list[tuple[VirtualMachine, list[VirtualMachine]]]:
        """Return the VMs in groups that one view of `VirtualNetwork` judges, each with a VM that has that view."""
        if self.seen_by is not None:
            return [(self.seen_by, list(self.vms))]
        groups: dict[str, list[VirtualMachine]] = {}
        for vm in self.vms:
            groups.setdefault(key(vm.primary.subnet), []).append(vm)
        return [(vms[0], vms) for vms in groups.values()]


def nsgs_on_the_way(task: Task) -> list[NetworkSecurityGroup]:
    """Return the NSGs that the plan of a task may add rules to."""
    vms = (task.proxy,) if task.option is Option.HTTP_PROXY and task.proxy else task.vms
    found = [task.site.nsg(name) for name in _nsgs_of(task.site, vms)]
    return [nsg for nsg in found if nsg is not None]


def _open(task: Task, draft: Draft, wanted: Wanted, traffic: _Traffic, priority: int = 0) -> None:
    """Add the rules that an NSG lacks; nothing where it lets everything that must pass through already."""
    before: list[int] = []
    closed_ports: list[int] = []
    everything = traffic.need.port_set
    draft.requested = draft.requested | traffic.packets(traffic.vms, traffic.allowed, everything)
    for viewer, vms in traffic.by_view():
        for port in traffic.need.ports:
            on_port = traffic.packets(vms, traffic.required, IntervalSet.point(port))
            denial = first_denial(draft.book, wanted.nsg, wanted.direction, viewer, on_port)
            if denial is not None:
                before.append(denial)
                closed_ports.append(port)
    if before and not task.as_documented:
        closed = IntervalSet.of((port, port) for port in closed_ports)
        wanted = replace(wanted, ports=tuple(PortRange(first, last) for first, last in closed.spans()))
    if before:
        draft.add(to_openings(draft.site, wanted, min(before), task.is_classic, priority))


def first_denial(
    book: AddressBook, nsg_name: str, direction: Direction, vm: VirtualMachine, packets: PacketSet
) -> int | None:
    """Return the smallest priority of a rule that denies, or may deny, some of the packets; None when none does."""
    nsg = book.site.nsg(nsg_name)
    subnet = book.site.subnet(vm.primary.subnet)
    if nsg is None or not packets:
        return None
    context = NsgContext(book, subnet, HopKind.SUBNET_NSG)
    result = judge_nsg(nsg, direction, packets, context)
    denials = [
        case.decision.priority
        for part in result.parts
        for case in part.cases
        if case.decision is not None and not case.passes and case.decision.priority is not None
    ]
    return min(denials) if denials else None


def plan_service_endpoint(task: Task, draft: Draft) -> None:
    """Open the NSGs for the Storage tag and put a service endpoint on the VMs' subnets."""
    if task.site.deployment_model is DeploymentModel.CLASSIC:
        raise PlanError(
            "NC407", "classic virtual networks have no service endpoints", "take http-proxy or a prefix option"
        )
    plan_direct(task, draft)
    for vm in task.vms:
        subnet = draft.site.subnet(vm.primary.subnet)
        if subnet is not None:
            draft.site, change = add_storage_endpoint(draft.site, subnet)
            draft.changes += change


def plan_proxy(task: Task, draft: Draft) -> None:
    """Open the way to the proxy, the proxy's own doors, and its way out."""
    proxy = task.proxy
    if proxy is None or proxy.proxy_server is None:
        help_text = "add `proxyServer: {port: 8080}` to the proxy VM"
        raise PlanError("NC408", "no VM of the site has a `proxyServer`", help_text)
    need = Need(target=proxy.name, ports=(proxy.proxy_server.port,))
    to_proxy, door = find_target(task.book, proxy.name).addresses, proxy.primary.addresses[:1]
    for nsg, vms in _nsgs_of(task.site, task.clients).items():
        sources = _sources(task, draft, nsg, vms, 1)
        wanted = Wanted(nsg, Direction.OUTBOUND, sources, door, _ranges(need), "allow-to-proxy")
        _open(task, draft, wanted, _Traffic(vms, need, to_proxy, to_proxy))
    for nsg in reversed(list(_nsgs_of(task.site, [proxy]))) if task.clients else ():
        sources = _sources(task, draft, nsg, task.clients, 1)
        wanted = Wanted(nsg, Direction.INBOUND, sources, door, _ranges(need), "allow-proxy-clients")
        _open(task, draft, wanted, _Traffic(task.clients, need, to_proxy, to_proxy, seen_by=proxy))
    for need in task.needs:
        _open_way_out(task, draft, proxy, need)
    draft.site, changes = let_through_proxy(draft.site, proxy, task.clients, task.needs, task.book)
    draft.changes += changes


def _open_way_out(task: Task, draft: Draft, proxy: VirtualMachine, need: Need) -> None:
    """Open the proxy's way out: `Internet` in classic, which knows no Storage tag, else the need's own tag."""
    book = task.book
    is_classic = task.site.deployment_model is DeploymentModel.CLASSIC
    option = Option.INTERNET if is_classic or task.as_documented else Option.STORAGE_REGION_TAG
    destination = destination_of(option, need, book, _families([proxy]))
    traffic = _Traffic([proxy], need, find_target(book, need.target).addresses, destination.addresses)
    sources = tuple(a for a in proxy.primary.addresses if a.family == 4)
    ranges, priority = _ranges(need), 0
    if task.as_documented:
        ranges, priority = (PortRange(min(need.ports), max(need.ports)),), USUAL_PRIORITY
    for nsg in _nsgs_of(task.site, [proxy]):
        wanted = Wanted(nsg, Direction.OUTBOUND, sources, destination.endpoints, ranges, "allow-proxy")
        _open(task, draft, wanted, traffic, priority)
