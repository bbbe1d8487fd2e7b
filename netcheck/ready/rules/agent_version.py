"""Whether the Windows agent has at least a version."""

from __future__ import annotations

from netcheck.model.names import is_same
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, not_applicable, passed, unknown
from netcheck.ready.versions import parse_version


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each VM; `least` is the version from which on the agent will do."""
    least = str(given["least"])
    for vm in case.vms:
        if is_same(vm.os_type, "Linux"):
            yield not_applicable("the VM runs Linux", vm.name, vm.at)
            continue
        if not vm.os_type:
            yield unknown("the site does not say whether the VM runs Windows (`osType`)", vm.name, vm.at)
            continue
        own = parse_version(vm.agent_version)
        if own is None:
            told = f"`{vm.agent_version}` is no version" if vm.agent_version else "its version is not known"
            yield unknown(f"{told} (`agent.version`); {least} is needed", vm.name, vm.at)
        elif own >= (parse_version(least) or ()):
            yield passed(f"version {vm.agent_version}, {least} is needed", vm.name, vm.at)
        else:
            yield failed(f"version {vm.agent_version} is older than {least}", vm.name, vm.at)
