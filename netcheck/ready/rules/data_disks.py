"""Whether the VM has at most a number of data disks."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each VM; `most` is the number that can be backed up."""
    most = int(str(given["most"]))
    for vm in case.vms:
        disks = vm.backup_facts.data_disks
        if disks is None:
            yield unknown("its data disks are not known (`storageProfile.dataDisks`)", vm.name, vm.at)
        elif len(disks) > most:
            yield failed(f"{len(disks)} data disks, {most} can be backed up", vm.name, vm.at)
        else:
            yield passed(f"{len(disks)} data disks, {most} can be backed up", vm.name, vm.at)
