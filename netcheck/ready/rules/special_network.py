"""Whether the VM has a network that the restore workflow does not give back."""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.model.site import VirtualMachine
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown

_POOLS = key("loadBalancerBackendAddressPools")


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM: load balancer, several reserved IP addresses, several NICs."""
    are_pools_open = any(key(one.name) == _POOLS for one in case.site.unmodelled)
    for vm in case.vms:
        reserved = _reserved(case, vm)
        balanced = [nic.name for nic in vm.interfaces if nic.backend_pools]
        if balanced:
            yield failed(f"NIC `{balanced[0]}` is behind a load balancer", vm.name, vm.at)
        elif len(vm.interfaces) > 1:
            yield failed(f"it has {len(vm.interfaces)} NICs", vm.name, vm.at)
        elif reserved is not None and reserved > 1:
            yield failed(f"it has {reserved} reserved IP addresses", vm.name, vm.at)
        elif reserved is None:
            yield unknown("its reserved IP addresses are not known (`reservedIPs`, [] for none)", vm.name, vm.at)
        elif are_pools_open:
            yield unknown("no file describes the load balancer that a NIC names", vm.name, vm.at)
        else:
            yield passed("one NIC, no load balancer, at most one reserved IP address", vm.name, vm.at)


def _reserved(case: Case, vm: VirtualMachine) -> int | None:
    """Return how many addresses are reserved; in Resource Manager the NICs tell, in the classic model only the file."""
    stated = vm.backup_facts.reserved_ips
    if stated is not None:
        return len(stated)
    return None if case.is_classic or not case.site.states_model else sum(len(nic.public_ips) for nic in vm.interfaces)
