"""Whether a classic VM with a reserved IP address has an endpoint."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, not_applicable, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM; VMs of Resource Manager have no endpoints."""
    for vm in case.vms:
        facts = vm.backup_facts
        if case.site.states_model and not case.is_classic:
            yield not_applicable("endpoints belong to the classic model", vm.name, vm.at)
        elif facts.reserved_ips is None:
            yield unknown("its reserved IP addresses are not known (`reservedIPs`, [] for none)", vm.name, vm.at)
        elif not facts.reserved_ips:
            yield passed("it has no reserved IP address", vm.name, vm.at)
        elif facts.input_endpoints is None:
            yield unknown("its endpoints are not known (`inputEndpoints`, [] for none)", vm.name, vm.at)
        elif facts.input_endpoints:
            yield passed(f"`{facts.reserved_ips[0]}` is reserved, and it has an endpoint", vm.name, vm.at)
        else:
            yield failed(f"`{facts.reserved_ips[0]}` is reserved, and it has no endpoint", vm.name, vm.at)
