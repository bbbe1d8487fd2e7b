"""The settings of proxy clients and proxies tried out on the site before they are printed.

Each snippet is read back from its own lines and judged where it stands; then the whole backup path is judged with all
of them in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.errors import QuestionError
from netcheck.model.address import AddressError, AddressRange, parse_address
from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.resolve import AddressBook
from netcheck.questions.check import CheckEntry, check
from netcheck.questions.profiles import BackupProfile, Need, default_profile, profile_for
from netcheck.questions.suffixes import blob_suffix
from netcheck.remedy.changes import with_vm
from netcheck.remedy.entered import FIREWALLS, entered
from netcheck.remedy.proxy_spelling import backup_names, carried_needs
from netcheck.remedy.readback_client import client_after, read_client
from netcheck.remedy.readback_proxy import Door, read_door, read_server, server_after
from netcheck.remedy.snippet import PRINTED, ProxyEndpoint, Snippet

_STAND_IN = parse_address("192.0.2.1")
"""The address of a proxy of which only a name is known: one of those kept for documentation (RFC 5737)."""

_SYSTEMS = {"winhttp": "Windows", "environment": "Linux", "systemd": "Linux", "waagent": "Linux"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What `check` says of a VM once everything printed is in place; `system` tells it where the site does not."""

    vm: str
    system: str
    entry: CheckEntry

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON: an entry of `check`."""
        return {"osType": self.system, **self.entry.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a site's backup asks for through a proxy. `why_not`: why the whole path cannot be judged, "" if it can."""

    profile: BackupProfile
    why_not: str = ""


def backup_of(site: Site) -> Backup:
    """Return the site's profile; where its region is not known, names and ports of the article stand in."""
    try:
        return Backup(profile=profile_for(site))
    except QuestionError as error:
        need = Need(target="Storage", ports=(80, 443), hosts=(blob_suffix(site.cloud),))
        profile = BackupProfile(name=site.backup.profile or default_profile(site), needs=(need,), source="")
        return Backup(profile=profile, why_not=error.message)


def rehearse_client(
    site: Site, vm: VirtualMachine, proxy: ProxyEndpoint, snippets: Sequence[Snippet], backup: Backup
) -> tuple[list[Snippet], list[VirtualMachine]]:
    """Return a client's snippets as read back, each with those above it, and the VM as it then is.

    A VM whose system the site does not tell comes twice, once for each.
    """
    suffix = blob_suffix(site.cloud)
    read: list[Snippet] = []
    for number, snippet in enumerate(snippets):
        system = _SYSTEMS[snippet.kind]
        own = [one for one in snippets[: number + 1] if _SYSTEMS[one.kind] == system]
        found = read_client(client_after(None, own), system, backup.profile, suffix, proxy)
        read.append(replace(snippet, read_back=found))
    systems = list(dict.fromkeys(_SYSTEMS[one.kind] for one in snippets))
    return read, [_set(vm, system, snippets) for system in systems]


def _set(vm: VirtualMachine, system: str, snippets: Sequence[Snippet]) -> VirtualMachine:
    own = [snippet for snippet in snippets if _SYSTEMS[snippet.kind] == system]
    return replace(vm, os_type=system, proxy_client=client_after(vm.proxy_client, own))


def rehearse_proxy(
    site: Site,
    owner: VirtualMachine | None,
    proxy: ProxyEndpoint,
    clients: tuple[AddressRange, ...],
    snippets: Sequence[Snippet],
) -> tuple[list[Snippet], VirtualMachine]:
    """Return a proxy's snippets as read back, and the VM as it then is; one outside the site has a stand-in.

    Snippets for several host firewalls are alternatives, of which the first is kept.
    """
    vm = owner or _stand_in(proxy)
    book = AddressBook(site)
    hosts = backup_names(site, carried_needs(site))
    ports = sorted({port for need in carried_needs(site) for port in need.ports})
    read: list[Snippet] = []
    after = vm
    for snippet in snippets:
        if snippet.kind in FIREWALLS:
            opened = replace(vm, host_firewall=entered(vm.host_firewall, snippet))
            door = Door(site=site, vm=opened, port=proxy.port, clients=clients, book=book)
            found = read_door(door)
            after = opened if after.host_firewall is vm.host_firewall else after
        else:
            server = server_after(vm.proxy_server, snippet, proxy.port)
            found = read_server(server, clients, hosts, ports)
            after = replace(after, proxy_server=server)
        read.append(replace(snippet, read_back=found))
    return read, after


def _stand_in(proxy: ProxyEndpoint) -> VirtualMachine:
    try:
        address: AddressRange = parse_address(proxy.host)
    except AddressError:
        address = _STAND_IN
    nic = NetworkInterface(name=proxy.host, subnet="", addresses=(address,), at=PRINTED)
    return VirtualMachine(name=proxy.host, os_type="", interfaces=(nic,), at=PRINTED)


def show(
    site: Site, clients: Sequence[VirtualMachine], proxies: Sequence[VirtualMachine], backup: Backup
) -> tuple[tuple[Shown, ...], str]:
    """Return what `check` says of the clients with all machines as they then are, or why it says nothing."""
    if backup.why_not:
        return (), backup.why_not
    for vm in proxies:
        site = with_vm(site, vm)
    for vm in clients:
        site = with_vm(site, vm)
    found = []
    for vm in clients:
        try:
            entry = check(with_vm(site, vm), [vm.name], chosen=backup.profile).entries[0]
        except QuestionError as error:
            return (), error.message
        told = next(one.os_type for one in site.virtual_machines if key(one.name) == key(vm.name))
        found.append(Shown(vm=vm.name, system=vm.os_type or told, entry=entry))
    return tuple(found), ""
