"""Azure PowerShell scripts read back, as Azure/azure-powershell's cmdlets for NSGs act."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.remedy.spelled import SpelledRule
from tests.dialects.meaning import ASKED, Put, Removal, Step
from tests.dialects.powershell import VARIABLE, Command, pipelines

_PARAMETERS = {
    "-Name", "-Access", "-Protocol", "-Direction", "-Priority", "-SourceAddressPrefix", "-SourcePortRange",
    "-DestinationAddressPrefix", "-DestinationPortRange",
}  # fmt: skip


def read(script: str) -> list[Step]:
    """Return what a script does, in order; a group that is asked for has to be guarded, and no other script is."""
    is_guarded, found = pipelines(script)
    steps = [step for pipeline in found for step in _steps(*pipeline)]
    assert is_guarded is any(step.group == ASKED for step in steps)
    return steps


def _steps(first: Command, *rest: Command) -> Iterator[Step]:
    assert first.name == "Get-AzNetworkSecurityGroup"
    assert list(first.parameters) == ["-ResourceGroupName", "-Name"]
    *changes, last = rest
    assert (last.name, last.parameters) == ("Set-AzNetworkSecurityGroup", {})
    assert changes
    group, nsg = first.text("-ResourceGroupName"), first.text("-Name")
    group = ASKED if group == VARIABLE else group
    removed = ""
    for command in changes:
        name = command.text("-Name")
        if command.name == "Add-AzNetworkSecurityRuleConfig":
            assert name == removed, f"{name} is refused where the NSG has a rule of that name"
            removed = ""
            yield Put(group, _rule(command, nsg))
            continue
        assert (command.name, list(command.parameters)) == ("Remove-AzNetworkSecurityRuleConfig", ["-Name"])
        if removed:
            yield Removal(group, nsg, removed)
        removed = name
    if removed:
        yield Removal(group, nsg, removed)


def _rule(command: Command, nsg: str) -> SpelledRule:
    assert set(command.parameters) in (_PARAMETERS, _PARAMETERS | {"-Description"})
    return SpelledRule(
        nsg=nsg,
        name=command.text("-Name"),
        priority=int(command.text("-Priority")),
        direction=command.text("-Direction"),
        access=command.text("-Access"),
        protocol=command.text("-Protocol"),
        sources=command.texts("-SourceAddressPrefix"),
        source_ports=command.texts("-SourcePortRange"),
        destinations=command.texts("-DestinationAddressPrefix"),
        destination_ports=command.texts("-DestinationPortRange"),
        description=command.text("-Description") if "-Description" in command.parameters else "",
    )
