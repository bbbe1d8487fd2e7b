"""Backup profiles: what a VM's backup has to reach, as Microsoft documented it at the time the profile is named for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.errors import QuestionError
from netcheck.model.names import key
from netcheck.model.ports import parse_protocol
from netcheck.model.profiles import PROFILE_NAMES as PROFILE_NAMES
from netcheck.model.profiles import SHIPPED, Heeds
from netcheck.model.regions import storage_tag_for
from netcheck.model.site import Cloud, DeploymentModel, Site
from netcheck.questions.suffixes import blob_suffix, workload_hosts
from netcheck.sets.intervals import IntervalSet


def shown_name(name: str) -> str:
    """Return a name as people write it: a star before a suffix, and a full name as it is."""
    return f"*{name}" if name.startswith(".") else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that must be reached. A need that is not essential degrades the backup when it fails.

    `is_by_name`: no file says which addresses the hosts have, and `target` is where they may be. `heeds` says what the
    component does with proxy settings where that is not told by the profile's name.
    """

    target: str
    ports: tuple[int, ...]
    hosts: tuple[str, ...] = ()
    is_essential: bool = True
    why: str = ""
    protocol: str = "tcp"
    component: str = ""
    heeds: Heeds = Heeds.BY_PROFILE
    is_by_name: bool = False

    @property
    def label(self) -> str:
        """What is reached, as a person would call it: the tag, or the names where only these are known."""
        if not self.is_by_name:
            return self.target
        return ",".join(shown_name(name) for name in self.hosts)

    @property
    def protocols(self) -> IntervalSet:
        """The protocol as a set of its number."""
        return IntervalSet.point(parse_protocol(self.protocol).numbers[0])

    @property
    def port_set(self) -> IntervalSet:
        """The ports as a set."""
        return IntervalSet.of((port, port) for port in self.ports)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupProfile:
    """A profile for one site: its needs and where it comes from."""

    name: str
    needs: tuple[Need, ...]
    source: str
    undocumented: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return as JSON what the profile is, and what nobody documents about it."""
        return {"name": self.name, "source": self.source, "undocumented": list(self.undocumented)}


WIRE_SERVER = "168.63.129.16"


_WINDOWS = (
    "on Windows: which proxy setting the snapshot extension heeds since 2019; its source is not public, and WinINET of "
    "LocalSystem is what the last page says"
)
_UNDOCUMENTED = {
    "vm-2018": (_WINDOWS,),
    "vm-modern": (
        "the day from which on VM backup needs no outbound access",
        "what else the Windows extension asks for; disks with write accelerator need Internet access for their backup",
    ),
    "linux-vmsnapshot-current": (
        "when the service asks for `onlyGuest` (excluded disks): then Storage decides, and blocked means failed",
        "a host that takes the pre-snapshot call and then fails: the guest path is not tried",
    ),
    "workload": (
        "the names of Entra ID beside login.microsoft.com and login.microsoftonline.com: sections 56 and 59 of "
        '"Office 365 URLs and IP address ranges" list them',
        "on Linux: whether requests to Storage heed the environment",
    ),
}
"""What no page and no source says about a profile, or what it does not judge."""


def default_profile(site: Site) -> str:
    """Return the profile for a site that names none.

    Resource Manager sites get the last documented profile that needs Storage at all: judging them by `vm-modern` would
    call every lockdown fit for backup.
    """
    return "article-2015" if site.deployment_model is DeploymentModel.CLASSIC else "vm-2018"


def profile_for(site: Site, name: str = "", target: str = "", ports: Sequence[int] = ()) -> BackupProfile:
    """Return the profile asked for, the site's own, or the default, with target and ports overridden where given.

    Raise QuestionError for an unknown profile, or where the region is needed and the site has no `location`.
    """
    own = site.backup.own
    if own is not None and key(name or own.name) == key(own.name):
        from netcheck.questions.own_profile import own_profile  # most sites have none

        return own_profile(site, own, target, ports)
    name = name or site.backup.profile or default_profile(site)
    if name not in PROFILE_NAMES:
        known = ", ".join((*PROFILE_NAMES, *SHIPPED))
        raise QuestionError("NC308", f"unknown profile `{name}`", f"profiles: {known}, or a file of your own")
    undocumented = _UNDOCUMENTED.get(name, ())
    return replace(_known_profile(site, name, target, ports), undocumented=undocumented)


def _known_profile(site: Site, name: str, target: str, ports: Sequence[int]) -> BackupProfile:
    target = target or site.backup.target
    ports = tuple(ports) or site.backup.ports
    hosts = (blob_suffix(site.cloud),)
    if target:
        return BackupProfile(name=name, needs=(_own_need(name, target, ports, hosts),), source=f"`{target}` as asked")
    match name:
        case "article-2015":
            need = Need(target=_regional(site), ports=tuple(ports) or (80, 443), hosts=hosts)
            said = "Prepare your environment to back up Azure virtual machines (2015-11)"
            return BackupProfile(name=name, needs=(need,), source=said)
        case "vm-2018":
            need = Need(target=_regional(site), ports=tuple(ports) or (443, 8443), hosts=hosts)
            said = (
                "Prepare to back up Azure VMs (2018-2019): 443, and 8443 for managed disks; 80 for unmanaged disks of "
                "an account without encryption only (--port 80)"
            )
            return BackupProfile(name=name, needs=(need,), source=said)
        case "vm-modern":
            need = Need(target=WIRE_SERVER, ports=tuple(ports) or (80, 32526))
            said = "Azure Backup security overview: no outbound access to any IP address or name is needed"
            return BackupProfile(name=name, needs=(need,), source=said)
        case "linux-vmsnapshot-current":
            return _linux_snapshot(site, name, hosts)
        case _:
            return _workload(site, name, tuple(ports) or (443,))


def _own_need(name: str, target: str, ports: Sequence[int], hosts: tuple[str, ...]) -> Need:
    usual = (443,) if name not in ("article-2015",) else (80, 443)
    is_storage = target.lower().partition(".")[0] == "storage"
    return Need(target=target, ports=tuple(ports) or usual, hosts=hosts if is_storage else ())


def _linux_snapshot(site: Site, name: str, hosts: tuple[str, ...]) -> BackupProfile:
    """Host first: POST to 168.63.129.16:80; Storage is asked by the fallback and by the upload of status and log."""
    host = Need(target=WIRE_SERVER, ports=(80,))
    why = (
        "host mode takes the snapshot; its status and log cannot be uploaded, and the guest fallback, which is tried "
        "only when the host refuses the pre-snapshot call, fails"
    )
    disks = (".blob.storage.azure.net",) if site.cloud is Cloud.PUBLIC else ()
    blob = Need(target=_regional(site), ports=(443,), hosts=(*hosts, *disks), is_essential=False, why=why)
    return BackupProfile(name=name, needs=(host, blob), source="Azure/azure-linux-extensions, VMBackup (2026-08)")


def _workload(site: Site, name: str, ports: tuple[int, ...]) -> BackupProfile:
    hosts = workload_hosts(site.cloud)
    needs = tuple(Need(target=tag, ports=ports, hosts=hosts[tag]) for tag in hosts)
    return BackupProfile(name=name, needs=needs, source="Back up SQL Server / SAP HANA databases in Azure VMs")


def _regional(site: Site) -> str:
    location = site.location or site.backup.vault_location
    if not location:
        raise QuestionError("NC309", "the site has no `location`, so the Storage tag of its region is not known",
                            "add `location: westus`, or name the target with --target Storage.WestUS")  # fmt: skip
    return storage_tag_for(location, site.tags)
