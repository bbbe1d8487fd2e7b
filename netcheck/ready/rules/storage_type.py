"""Whether no disk of the VM is of a type that cannot be backed up."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each VM; `refused` are the types, without what stands behind `_` in Azure's names."""
    names = given["refused"]
    refused = {key(str(name)) for name in names} if isinstance(names, Sequence) else set()
    for vm in case.vms:
        facts = vm.backup_facts
        types = [facts.os_disk, *(facts.data_disks or ())]
        bad = [one for one in types if key(one.partition("_")[0]) in refused]
        if bad:
            yield failed(f"a disk is {bad[0]}", vm.name, vm.at)
        elif facts.data_disks is None or "" in types:
            yield unknown("the type of a disk is not known (`managedDisk.storageAccountType`)", vm.name, vm.at)
        else:
            yield passed(f"its disks are {', '.join(dict.fromkeys(types))}", vm.name, vm.at)
