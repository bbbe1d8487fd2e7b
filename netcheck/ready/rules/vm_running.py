"""Whether the VM runs, so that the extension can work in it."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown

_OFF = ("stopped", "stopping", "deallocated", "deallocating")


_CRASH_CONSISTENT = "recovery points are crash-consistent only"


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each VM, by its power state; `off` says what comes of one that does not run."""
    off = str(given.get("off", _CRASH_CONSISTENT))
    for vm in case.vms:
        power = vm.backup_facts.power
        if power == "running":
            yield passed("it runs: application-consistent recovery points are possible", vm.name, vm.at)
        elif power in _OFF:
            yield failed(f"it is {power}: {off}", vm.name, vm.at)
        else:
            told = f"its power state is `{power}`" if power else "its power state is not known (`powerState`)"
            yield unknown(told, vm.name, vm.at)
