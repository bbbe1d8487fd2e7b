"""What a plan is for, and a plan in the making."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from netcheck.errors import PlanError
from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.names import key
from netcheck.model.site import Site, VirtualMachine
from netcheck.policy.proxyclient import UnknownChoice, Via, choose_proxy
from netcheck.policy.resolve import AddressBook
from netcheck.questions.by_name import target_of
from netcheck.questions.places import Addresses, find_target, find_vm
from netcheck.questions.profiles import WIRE_SERVER, BackupProfile, Need, profile_for
from netcheck.questions.proxies import Proxy, proxy_at, proxy_vm
from netcheck.questions.suffixes import blob_suffix
from netcheck.remedy.changes import Change
from netcheck.remedy.dialects.dialect import Dialect, own_dialect
from netcheck.remedy.edits import Edit, computed_for, with_edits
from netcheck.remedy.judged import Judged
from netcheck.remedy.opening import Form, joined
from netcheck.remedy.options import Option
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import PacketSet


@dataclass(frozen=True, slots=True)
class Task:
    """What a plan is for: the VMs and needs, one option, and how rules may be written."""

    site: Site
    option: Option
    vms: tuple[VirtualMachine, ...]
    profile: BackupProfile
    dialect: Dialect
    as_documented: bool = False
    is_compact: bool = False
    book: AddressBook = field(kw_only=True, compare=False)
    judged: Judged = field(default_factory=Judged, kw_only=True, compare=False, repr=False)

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs that an NSG may stand in the way of, without those that the option leaves as they are."""
        left = self.left_alone
        return tuple(need for need in self.profile.needs if need.target != WIRE_SERVER and need not in left)

    @property
    def left_alone(self) -> tuple[Need, ...]:
        """Names without addresses that only degrade: no tag and no prefix can open them, and the plan needs none to."""
        if self.option in (Option.INTERNET, Option.HTTP_PROXY):
            return ()
        return tuple(need for need in self.profile.needs if need.is_by_name and not need.is_essential)

    @property
    def is_classic(self) -> bool:
        """Whether rules are those of classic NSGs, which know three tags only."""
        return self.dialect is Dialect.CLASSIC

    @property
    def form(self) -> Form:
        """What rules may look like; a compact plan writes the packets of many rules in one.

        In Terraform the rules of an NSG stand in blocks of the user's own, so none is widened from outside.
        """
        may_widen = self.dialect is not Dialect.TERRAFORM and not self.as_documented
        return Form(is_single=self.is_classic and not self.is_compact, may_widen=may_widen)

    @property
    def proxy(self) -> Proxy | None:
        """The proxy of the option: the one that clients are set to, else the first proxy VM of the site.

        Raise QuestionError where clients are set to a load balancer that has no way for them.
        """
        own = next((vm for vm in self.site.virtual_machines if vm.proxy_server is not None), None)
        return _set_proxy(self.site, self.vms, self.needs) or (proxy_vm(own) if own is not None else None)

    @property
    def senders(self) -> tuple[VirtualMachine, ...]:
        """The VMs whose packets go to what is needed: the proxies where the option is one, else the VMs themselves."""
        proxy = self.proxy if self.option is Option.HTTP_PROXY else None
        return tuple(relay.vm for relay in proxy.relays) if proxy is not None else self.vms

    @property
    def way_out(self) -> Option:
        """What rules open for a proxy: `Internet` in classic, which knows no Storage tag, else the need's own tag."""
        return Option.INTERNET if self.is_classic or self.as_documented else Option.STORAGE_REGION_TAG

    def way_out_for(self, need: Need) -> Option:
        """What rules open for a proxy to reach one need: names without addresses may be anywhere."""
        return Option.INTERNET if need.is_by_name else self.way_out

    @property
    def required(self) -> Addresses:
        """The addresses that the needs stand for, all together."""
        found = [target_of(self.book, need).addresses for need in self.needs]
        return {family: union(one.get(family, EMPTY) for one in found) for family in FAMILIES}

    @property
    def clients(self) -> tuple[VirtualMachine, ...]:
        """The VMs that go through the proxy."""
        proxy = self.proxy
        relays = {key(relay.vm.name) for relay in proxy.relays} if proxy is not None else set()
        return tuple(vm for vm in self.vms if key(vm.name) not in relays)


def make_task(
    site: Site,
    option: Option,
    vms: Sequence[str] = (),
    profile: str = "",
    target: str = "",
    ports: Sequence[int] = (),
) -> Task:
    """Return the task for VMs (all when none is named) and a backup profile."""
    wanted = tuple(find_vm(site, name) for name in vms) or site.virtual_machines
    if not wanted:
        raise PlanError("NC411", "the site has no VM to open a way for", "add `virtualMachines:` to the site")
    chosen = profile_for(site, profile, target, ports)
    return Task(site, option, wanted, chosen, own_dialect(site), book=AddressBook(site))


def all_of(book: AddressBook, targets: Iterable[str]) -> Addresses:
    """Return the addresses of several targets together."""
    found = [find_target(book, target).addresses for target in targets]
    return {family: union(one.get(family, EMPTY) for one in found) for family in FAMILIES}


def addresses_of(vms: Iterable[VirtualMachine]) -> list[AddressRange]:
    """Return the addresses that packets of some VMs come from."""
    return [address for vm in vms for address in vm.primary.addresses]


def _set_proxy(site: Site, vms: Sequence[VirtualMachine], needs: Sequence[Need]) -> Proxy | None:
    """Return the first proxy of the site that a VM's settings name, be it a VM or a load balancer in front of some."""
    suffix = blob_suffix(site.cloud)
    for vm in vms:
        for port in sorted({port for need in needs for port in need.ports}):
            choice = choose_proxy(vm.proxy_client, vm.os_type, "article-2015", port, suffix)
            for one in choice.between if isinstance(choice, UnknownChoice) else (choice,):
                found = proxy_at(site, one.proxy.host, one.proxy.port) if isinstance(one, Via) else None
                if found is not None and all(relay.vm.proxy_server is not None for relay in found.relays):
                    return found if found.end is None else proxy_vm(found.vm)
    return None


@dataclass(slots=True)
class Draft:
    """A plan in the making: the site as changed so far, and what has been added.

    `requested` are the packets that the option is meant to open, `needed` those of them that have to be reached.
    `touched` are the addresses to which changes that are no NSG rules may change what becomes of packets.
    """

    site: Site
    book: AddressBook
    edits: list[Edit] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requested: PacketSet = ps.EMPTY_PACKETS
    needed: PacketSet = ps.EMPTY_PACKETS
    touched: dict[Family, IntervalSet] = field(default_factory=dict)

    def touch(self, addresses: Mapping[Family, IntervalSet]) -> None:
        """Note that a change works on packets to some addresses."""
        self.touched = {family: self.touched.get(family, EMPTY) | addresses.get(family, EMPTY) for family in FAMILIES}

    def add(self, edits: Iterable[Edit]) -> None:
        """Put edits into the plan and into the site."""
        new = list(edits)
        self.edits = joined(self.edits, new)
        for name in dict.fromkeys(edit.nsg for edit in new):
            self.notes += [
                f"Azure computed the rules of `{nic.name}` before this plan: the proof makes the changes of `{name}` "
                "to them, as Azure will"
                for nic, _ in computed_for(self.site, name)
            ]
        self.site = with_edits(self.site, new)
        self.book = AddressBook(self.site, like=self.book)
