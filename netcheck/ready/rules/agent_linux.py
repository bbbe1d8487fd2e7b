"""Whether the Linux agent comes from the distribution, or is the newest one."""

from __future__ import annotations

from netcheck.model.backupfacts import AgentSource
from netcheck.model.names import is_same
from netcheck.model.site import VirtualMachine
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Finding, Findings, failed, not_applicable, passed, unknown
from netcheck.ready.versions import parse_version


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM."""
    for vm in case.vms:
        if is_same(vm.os_type, "Windows"):
            yield not_applicable("the VM runs Windows", vm.name, vm.at)
        elif not vm.os_type:
            yield unknown("the site does not say whether the VM runs Linux (`osType`)", vm.name, vm.at)
        else:
            yield _of_linux(vm)


def _of_linux(vm: VirtualMachine) -> Finding:
    facts = vm.backup_facts
    if facts.agent_source is AgentSource.DISTRIBUTION:
        return passed("the agent is the distribution's", vm.name, vm.at)
    own, latest = parse_version(vm.agent_version), parse_version(facts.agent_latest)
    if own is None or latest is None:
        lacking = "`agent.version`" if own is None else "`agent.latestVersion`"
        told = "`agent.installedFrom` is not known" if facts.agent_source is None else "it is not the distribution's"
        return unknown(f"{told}, and without {lacking} nobody knows whether it is current", vm.name, vm.at)
    if own >= latest:
        return passed(f"version {vm.agent_version} is current", vm.name, vm.at)
    return failed(f"version {vm.agent_version} is older than {facts.agent_latest}", vm.name, vm.at)
