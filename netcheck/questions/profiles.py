"""Backup profiles: what a VM's backup has to reach, as Microsoft documented it at the time the profile is named for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.errors import QuestionError
from netcheck.model.regions import storage_tag_for
from netcheck.model.site import DeploymentModel, Site
from netcheck.questions.suffixes import blob_suffix, workload_hosts
from netcheck.sets.intervals import IntervalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that must be reached. A need that is not essential degrades the backup when it fails."""

    target: str
    ports: tuple[int, ...]
    hosts: tuple[str, ...] = ()
    is_essential: bool = True
    why: str = ""

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


PROFILE_NAMES = ("article-2015", "vm-2018", "vm-modern", "linux-vmsnapshot-current", "workload")
WIRE_SERVER = "168.63.129.16"


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
    name = name or site.backup.profile or default_profile(site)
    if name not in PROFILE_NAMES:
        raise QuestionError("NC308", f"unknown backup profile `{name}`", f"profiles: {', '.join(PROFILE_NAMES)}")
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
            said = "Prepare to back up Azure VMs (2018-2019): 443, and 8443 for managed disks"
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
    blob = Need(target=_regional(site), ports=(443,), hosts=hosts, is_essential=False, why=why)
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
