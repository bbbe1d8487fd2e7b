"""Whether VMs are restored in the region of their vault."""

from __future__ import annotations

from netcheck.model.names import is_same
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for the site; `unless` names the vault's setting that makes another region possible."""
    restore, vault = case.site.backup.restore, case.vault
    region = restore.region if restore else ""
    if not region:
        yield unknown("the site does not say where VMs are to be restored (`backup.restore.region`)")
    elif vault is None or not vault.location:
        yield unknown("the region of the vault is not known (`backup.vault.location`)")
    elif region == vault.location:
        yield passed(f"backup and restore are in {region}", at=vault.at)
    elif "unless" not in given:
        yield failed(f"the vault is in {vault.location}, the restore in {region}", at=vault.at)
    elif is_same(vault.cross_region_restore, "Enabled"):
        yield passed(f"the vault is in {vault.location}, the restore in {region}, by cross-region restore", at=vault.at)
    elif vault.cross_region_restore:
        yield failed(f"the restore is in {region}, and the vault's cross-region restore is not enabled", at=vault.at)
    else:
        told = f"the restore is in {region}: whether the vault restores across regions is not known"
        yield unknown(f"{told} (`redundancySettings.crossRegionRestore`)", at=vault.at)
