"""Whether the vault is in the region of each VM."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM."""
    vault = case.vault
    for vm in case.vms:
        region = case.region(vm)
        if vault is None:
            yield unknown("which vault it is backed up to is not known (`backup.vault`)", vm.name)
        elif not vault.location:
            yield unknown(f"vault `{vault.name}` has no `location`", vm.name, vault.at)
        elif not region:
            yield unknown("the VM's region is not known (`location`)", vm.name, vm.at)
        elif region == vault.location:
            yield passed(f"VM and vault `{vault.name}` are in {region}", vm.name, vault.at)
        else:
            yield failed(f"the VM is in {region}, vault `{vault.name}` in {vault.location}", vm.name, vault.at)
