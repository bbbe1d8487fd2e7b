"""What a site says about its backup: the vaults, the profile, and what a restore is meant to do.

Part of the site, named in `netcheck.model.site`. Empty texts and None mean that no file says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.diagnostics import NOWHERE, Source

if TYPE_CHECKING:  # few sites have a profile of their own
    from netcheck.model.profiles import ServiceProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A backup vault or Recovery Services vault, in Azure's words (`az backup vault show`).

    `state` is `provisioningState`, `redundancy` is `redundancySettings.standardTierStorageRedundancy`.
    """

    name: str = ""
    location: str = ""
    state: str = ""
    redundancy: str = ""
    cross_region_restore: str = ""
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What a restore is to do: `recoveryType` as Azure spells it (`OriginalLocation` replaces the VM), and where."""

    recovery_type: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What the site says about its backup.

    `vaults` are all vaults of the subscription, None where no file lists them. `storage_redundancy` is the redundancy
    that is wanted. `own` is the profile read from a file, and `profile` then its name.
    """

    profile: str = ""
    vault: Vault | None = None
    vaults: tuple[Vault, ...] | None = None
    storage_redundancy: str = ""
    restore: Restore | None = None
    target: str = ""
    ports: tuple[int, ...] = ()
    own: ServiceProfile | None = None
    at: Source = NOWHERE

    @property
    def vault_name(self) -> str:
        """The name of the vault that the VMs are backed up to, "" where it is not known."""
        return self.vault.name if self.vault else ""

    @property
    def vault_location(self) -> str:
        """The region of that vault, "" where it is not known."""
        return self.vault.location if self.vault else ""
