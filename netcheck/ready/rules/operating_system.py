"""Whether the operating system of the VM is one that can be backed up."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.site import VirtualMachine
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Finding, Findings, failed, passed, unknown
from netcheck.ready.systems import System, system_of
from netcheck.ready.versions import parse_version


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each VM.

    `windows` is the version of the oldest Windows Server that is supported, `clients` says whether other Windows is
    (`supported`, `refused`, `undocumented`), `endorsed` and `refused` are distributions of Linux.
    """
    for vm in case.vms:
        system = system_of(vm)
        if system is None:
            lacking = "`storageProfile.imageReference`, or `osName` of its instance view"
            yield unknown(f"its operating system is not known ({lacking})", vm.name, vm.at)
        else:
            yield _of_windows(vm, system, given) if system.is_windows else _of_linux(vm, system, given)


def _of_windows(vm: VirtualMachine, system: System, given: Given) -> Finding:
    if not system.is_server:
        match given["clients"]:
            case "supported" if system.version is not None and system.version >= (10,):
                return passed(system.name, vm.name, vm.at)
            case "undocumented":
                return unknown(f"{system.name}: the page speaks of Windows Server only", vm.name, vm.at)
            case _:
                return failed(f"{system.name} is not supported", vm.name, vm.at)
    if system.version is None:
        return unknown(f"which Windows Server `{system.name}` is, is not known", vm.name, vm.at)
    if system.version >= (parse_version(str(given["windows"])) or ()):
        return passed(system.name, vm.name, vm.at)
    return failed(f"{system.name} is too old", vm.name, vm.at)


def _of_linux(vm: VirtualMachine, system: System, given: Given) -> Finding:
    if system.distribution in _words(given["refused"]):
        return failed(f"{system.name} is not supported", vm.name, vm.at)
    if system.distribution in _words(given["endorsed"]):
        return passed(f"{system.name} is endorsed", vm.name, vm.at)
    told = "none of the endorsed distributions; it may work where agent and Python are there"
    return unknown(f"{system.name}: {told}", vm.name, vm.at)


def _words(names: object) -> list[str]:
    return [str(one) for one in names] if isinstance(names, Sequence) else []
