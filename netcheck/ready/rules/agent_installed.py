"""Whether the VM agent is installed."""

from __future__ import annotations

from netcheck.model.backupfacts import AgentState
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each VM: a version means that the agent is there, whoever installed it."""
    for vm in case.vms:
        match vm.backup_facts.agent_state:
            case AgentState.NOT_INSTALLED:
                yield failed("the VM has no agent", vm.name, vm.at)
            case AgentState.NOT_READY:
                yield failed("the agent is there, and the platform says that it is not ready", vm.name, vm.at)
            case AgentState.READY:
                yield passed(f"the agent is ready{_version(vm.agent_version)}", vm.name, vm.at)
            case _ if vm.agent_version:
                yield passed(f"the agent is installed{_version(vm.agent_version)}", vm.name, vm.at)
            case _ if vm.backup_facts.provisions_agent:
                yield passed("Azure installed the agent with the VM (`provisionVMAgent`)", vm.name, vm.at)
            case _ if vm.backup_facts.provisions_agent is False:
                yield unknown(
                    "the VM was made without the agent; whether it was installed later is not known", vm.name, vm.at
                )
            case _:
                yield unknown("the site does not say whether the agent is installed (`agent`)", vm.name, vm.at)


def _version(text: str) -> str:
    return f", version {text}" if text else ""
