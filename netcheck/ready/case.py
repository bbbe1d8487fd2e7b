"""What a predicate of the checklist judges by: the site, the VMs asked about, and what `check` says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netcheck.model.backup import Vault
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, Site, VirtualMachine
from netcheck.questions.check import CheckEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A site with the VMs asked about. `why_not` says why `check` has no answer, "" where it has."""

    site: Site
    vms: tuple[VirtualMachine, ...]
    profile: str
    entries: tuple[CheckEntry, ...] = ()
    why_not: str = ""

    @property
    def is_classic(self) -> bool:
        """Whether the site is of the classic deployment model."""
        return self.site.deployment_model is DeploymentModel.CLASSIC

    @property
    def vaults(self) -> tuple[Vault, ...]:
        """All vaults that the files tell of, the one for the VMs first."""
        own = self.site.backup.vault
        listed = self.site.backup.vaults or ()
        if own is None:
            return listed
        return (own, *(one for one in listed if key(one.name) != key(own.name)))

    @property
    def vault(self) -> Vault | None:
        """The vault for the VMs, with what the list of vaults says of it; where only one is listed, that one."""
        own, listed = self.site.backup.vault, self.site.backup.vaults or ()
        if own is None:
            return listed[0] if len(listed) == 1 else None
        found = next((one for one in listed if key(one.name) == key(own.name)), own)
        return Vault(
            name=own.name or found.name,
            location=own.location or found.location,
            state=own.state or found.state,
            redundancy=own.redundancy or found.redundancy,
            cross_region_restore=own.cross_region_restore or found.cross_region_restore,
            at=own.at,
        )

    def region(self, vm: VirtualMachine) -> str:
        """Return the region of a VM: its own, else the site's; "" where neither is known."""
        return vm.backup_facts.location or self.site.location

    def regions(self) -> Iterator[tuple[str, list[VirtualMachine]]]:
        """Yield each region with its VMs; "" stands for those whose region is not known."""
        found: dict[str, list[VirtualMachine]] = {}
        for vm in self.vms:
            found.setdefault(self.region(vm), []).append(vm)
        yield from found.items()
