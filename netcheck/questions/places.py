"""What people name in a question: VMs, NICs, subnets, groups, addresses, prefixes, tags, host names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.errors import QuestionError
from netcheck.model.address import (
    FAMILIES,
    AddressError,
    AddressRange,
    AnyAddress,
    Endpoint,
    Family,
    ServiceTag,
    parse_address,
    parse_endpoint,
    parse_prefix,
    parse_range,
)
from netcheck.model.names import key, last_segment, nearest
from netcheck.model.site import Site
from netcheck.policy.builtin import INTERNET_LOWER, PLATFORM
from netcheck.policy.resolve import AddressBook, builtin_name, by_family, to_set
from netcheck.questions.suffixes import blob_suffix, is_storage_host
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import ALL_ADDRESSES

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import NetworkInterface, Subnet, VirtualMachine

Addresses = dict[Family, IntervalSet]


@dataclass(frozen=True, slots=True)
class Origin:
    """One place where packets of a question begin. `is_relay`: a proxy sends them on for its clients."""

    addresses: tuple[AddressRange, ...]
    vm: VirtualMachine | None = None
    nic: NetworkInterface | None = None
    subnet: Subnet | None = None
    is_relay: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The addresses a question asks about.

    `is_one_of`: a host name, which has one of the addresses, and it is not known which. `hosts` are the names by which
    clients ask a proxy for it: full names, or suffixes with a leading dot (any account); none where no name is known.
    `nic` is the NIC that the question names and whose address is not known.
    """

    label: str
    addresses: Addresses
    is_one_of: bool = False
    hosts: tuple[str, ...] = ()
    nic: NetworkInterface | None = None


def find_vm(site: Site, name: str) -> VirtualMachine:
    """Return the VM of that name or with that address; raise QuestionError with a suggestion."""
    vm = site.vm(name) or site.vm(last_segment(name)) or vm_at(site, name)
    if vm is None:
        names = [v.name for v in site.virtual_machines]
        raise QuestionError("NC301", f"no VM `{name}` in the site", _did_you_mean(name, names))
    return vm


def vm_at(site: Site, text: str) -> VirtualMachine | None:
    """Return the VM that holds an address, None when none does or the text is no address."""
    try:
        address = parse_address(text)
    except AddressError:
        return None
    holders = [vm for vm in site.virtual_machines for nic in vm.interfaces if address in nic.addresses]
    return holders[0] if holders else None


def find_target(book: AddressBook, text: str, subnet: Subnet | None = None) -> Target:
    """Return the addresses that comma-separated names stand for; raise QuestionError when there are none."""
    targets = [_target(book, word.strip(), subnet) for word in text.split(",") if word.strip()]
    if not targets:
        raise QuestionError("NC302", "the question names no destination")
    whole = {f: union(t.addresses.get(f, EMPTY) for t in targets) for f in FAMILIES}
    for target in targets:
        check_unambiguous(book.site, target.addresses)
    if not any(whole.values()):
        raise QuestionError("NC302", f"`{text}` holds no address", "an empty question has no answer")
    hosts = dict.fromkeys(host for t in targets for host in t.hosts)
    nics = [t.nic for t in targets if t.nic is not None]
    if nics and len(targets) > 1:
        message = f"the address of NIC `{nics[0].name}` is not known, so it can only be asked about alone"
        raise QuestionError("NC317", message, "ask about one of the destinations at a time")
    label = ",".join(t.label for t in targets)
    return Target(label, whole, any(t.is_one_of for t in targets), tuple(hosts), nics[0] if nics else None)


def _target(book: AddressBook, text: str, subnet: Subnet | None) -> Target:
    site = book.site
    origins = list(named_origins(site, text))
    if origins:
        return _named_target(text, origins)
    if (site.private_endpoints or site.load_balancers) and (service := named_service(site, text)) is not None:
        return Target(text, service)
    if is_storage_host(text, site.cloud):
        return Target(text, {f: _published(book, "Storage", f) for f in FAMILIES}, True, (text.lower(),))
    try:
        endpoint = _endpoint(text)
        if isinstance(endpoint, AddressRange) and "/" in text and parse_prefix(text)[1]:
            raise AddressError(parse_prefix(text)[1], "a question takes no guess: write the network or the address")
    except AddressError as error:
        raise QuestionError("NC302", str(error), error.help) from None
    match endpoint:
        case AnyAddress():
            return Target("*", {f: ALL_ADDRESSES[f] for f in FAMILIES})
        case ServiceTag(name=name) if builtin_name(name) == "internet":
            # The tag holds the platform's own address, which is nobody's host on the Internet.
            return Target("Internet", {f: INTERNET_LOWER[f] - PLATFORM[f] for f in FAMILIES})
        case ServiceTag(name=name) if builtin_name(name):
            return Target(name, {f: _certain(book, name, f, subnet) for f in FAMILIES})
        case ServiceTag(name=name):
            hosts = (blob_suffix(site.cloud),) if key(name).partition(".")[0] == "storage" else ()
            return Target(_spelling(site, name), {f: _published(book, name, f) for f in FAMILIES}, False, hosts)
        case AddressRange():
            return Target(text, by_family([endpoint]))
        case _:
            raise QuestionError("NC302", f"`{text}` is no destination")


def named_service(site: Site, text: str) -> Addresses | None:
    """Return the addresses of the private endpoint, or of the private frontends of the load balancer, of that name."""
    for endpoint in site.private_endpoints:
        if key(endpoint.name) == key(text):
            return by_family(endpoint.addresses)
    for balancer in site.load_balancers:
        if key(balancer.name) == key(text):
            held = [f.address for f in balancer.frontends if f.address is not None and not f.is_public]
            return by_family(held)
    return None


def _named_target(text: str, origins: Sequence[Origin]) -> Target:
    addresses = by_family(a for origin in origins for a in origin.addresses)
    open_nics = [o.nic for o in origins if o.nic is not None and o.nic.has_unknown_address]
    if open_nics and len(origins) > 1:
        message = f"`{text}` stands for {len(origins)} NICs, and the address of `{open_nics[0].name}` is not known"
        raise QuestionError("NC317", message, "ask about one NIC at a time")
    return Target(text, addresses, nic=open_nics[0] if open_nics else None)


def _endpoint(text: str) -> Endpoint:
    return parse_range(text) if "-" in text and text[0].isdigit() else parse_endpoint(text)[0]


def _spelling(site: Site, name: str) -> str:
    entry = site.tags.get(name) if site.tags else None
    return entry.name if entry else name


def _certain(book: AddressBook, name: str, family: Family, subnet: Subnet | None) -> IntervalSet:
    terms = book.terms([ServiceTag(name)], family, "destination", subnet)
    unsure = next((term.fact for term in terms if term.fact is not None), None)
    if unsure is not None:
        help_text = "ask about prefixes, or say what it covers with --vnet"
        raise QuestionError("NC315", f"what `{name}` covers is not known: {unsure.reason}", help_text)
    return union(term.addresses for term in terms if term.fact is None)


def _published(book: AddressBook, name: str, family: Family) -> IntervalSet:
    addresses = book.published(name, family)
    if addresses is None:
        names = [v.name for v in book.site.virtual_machines]
        help_text = "name a VM, NIC, subnet, address, prefix or service tag"
        if near := nearest(name, names):
            help_text = f"did you mean the VM `{near}`?"
        elif book.site.tags is None:
            help_text = "give a service-tag file with --tags, or `serviceTags:` in the site file"
        elif not book.site.tags.is_complete:
            help_text = "give Microsoft's service-tag JSON, or ask for a region's data centres: AzureCloud.<region>"
        raise QuestionError("NC302", book.why_unknown(name), help_text)
    return addresses


def find_origins(book: AddressBook, text: str) -> tuple[Origin, ...]:
    """Return where the packets of a question begin; raise QuestionError when nothing has that name."""
    found: list[Origin] = []
    for word in (w.strip() for w in text.split(",")):
        if word:
            found += list(named_origins(book.site, word)) or list(_from_addresses(book, word))
    if not found:
        raise QuestionError("NC301", "the question names no source", "give `--from VM`, an address or a prefix")
    return tuple(found)


def named_origins(site: Site, text: str) -> Iterator[Origin]:
    """Yield where packets of a VM, NIC, group or subnet of that name begin; nothing where no such thing is there."""
    wanted = key(last_segment(text)) if text.startswith("/") else key(text)
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            groups = [key(last_segment(g)) for g in nic.application_security_groups]
            if wanted in (key(vm.name), key(nic.name), *groups):
                if not nic.addresses:
                    message = f"subnet `{nic.subnet}` has no free address that NIC `{nic.name}` could get"
                    raise QuestionError("NC317", message, "Azure would refuse the NIC; make the subnet larger")
                yield Origin(nic.addresses, vm, nic)
    for network in site.virtual_networks:
        for subnet in network.subnets:
            if wanted in (key(subnet.full_name), key(subnet.name)):
                yield from split_by_owner(site, subnet.prefixes)


def _from_addresses(book: AddressBook, text: str) -> Iterator[Origin]:
    target = find_target(book, text)
    ranges = [
        AddressRange(family, first, last)
        for family in FAMILIES
        for first, last in target.addresses.get(family, EMPTY).spans()
    ]
    yield from split_by_owner(book.site, ranges)


def split_by_owner(site: Site, ranges: Sequence[AddressRange]) -> Iterator[Origin]:
    """Yield the parts of some addresses: those a NIC holds, those of a subnet that no NIC holds, those outside."""
    left = by_family(ranges)
    check_unambiguous(site, left)
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            yield from _share(left, nic.certain_addresses, Origin((), vm, nic))
    for network in site.virtual_networks:
        for subnet in network.subnets:
            yield from _share(left, subnet.prefixes, Origin((), None, None, subnet))
    rest = [AddressRange(f, first, last) for f in FAMILIES for first, last in left[f].spans()]
    if rest:
        yield Origin(tuple(rest))


def check_unambiguous(site: Site, addresses: Addresses) -> None:
    """Refuse addresses that two virtual networks hold: which one is meant, nobody can tell from an address."""
    networks = site.virtual_networks
    for i, one in enumerate(networks):
        for other in networks[i + 1 :]:
            for family in FAMILIES:
                mine, theirs = to_set(one.address_space, family), to_set(other.address_space, family)
                asked = addresses.get(family, EMPTY)
                if mine & theirs & asked and (asked <= mine or asked <= theirs):
                    raise QuestionError(
                        "NC313",
                        f"the addresses are in `{one.name}` and in `{other.name}`, whose address spaces overlap",
                        "ask about a site that holds only one of the two virtual networks",
                    )


def _share(left: Addresses, ranges: Sequence[AddressRange], origin: Origin) -> Iterator[Origin]:
    mine: list[AddressRange] = []
    for family in FAMILIES:
        shared = left[family] & to_set(ranges, family)
        left[family] = left[family] - shared
        mine += [AddressRange(family, first, last) for first, last in shared.spans()]
    if mine:
        yield Origin(tuple(mine), origin.vm, origin.nic, origin.subnet)


def _did_you_mean(name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    if near:
        return f"did you mean `{near}`?"
    return f"the site has {', '.join(f'`{n}`' for n in names[:8])}" if names else "the site has no VMs"
