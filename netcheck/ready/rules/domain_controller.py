"""Whether the VM is one of several domain controllers."""

from __future__ import annotations

from netcheck.model.backupfacts import DomainController
from netcheck.model.names import is_same
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, not_applicable, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM."""
    for vm in case.vms:
        match vm.backup_facts.domain_controller:
            case DomainController.ONE_OF_SEVERAL:
                yield failed("it is one of several domain controllers", vm.name, vm.at)
            case DomainController.SINGLE:
                yield passed("it is the only domain controller", vm.name, vm.at)
            case DomainController.NO:
                yield passed("it is no domain controller", vm.name, vm.at)
            case _ if is_same(vm.os_type, "Linux"):
                yield not_applicable("the VM runs Linux", vm.name, vm.at)
            case _:
                told = "whether it is a domain controller is not known (`domainController`, none for no)"
                yield unknown(told, vm.name, vm.at)
