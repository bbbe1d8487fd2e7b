"""Scripts for classic NSGs read back (`Set-AzureNetworkSecurityRule` of the Azure service management module)."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.remedy.spelled import SpelledRule
from tests.dialects.meaning import CLASSIC, Put, Removal, Step
from tests.dialects.powershell import Command, pipelines

_PROTOCOLS = {"TCP": "Tcp", "UDP": "Udp", "*": "*"}
_TAGS = {
    "INTERNET": "Internet",
    "VIRTUAL_NETWORK": "VirtualNetwork",
    "AZURE_LOADBALANCER": "AzureLoadBalancer",
    "Internet": "Internet",
}
_PARAMETERS = [
    "-Name", "-Action", "-Protocol", "-Type", "-Priority", "-SourceAddressPrefix", "-SourcePortRange",
    "-DestinationAddressPrefix", "-DestinationPortRange",
]  # fmt: skip


def read(script: str) -> list[Step]:
    """Return what a script does, in order."""
    is_guarded, found = pipelines(script)
    assert not is_guarded
    return [step for pipeline in found for step in _steps(*pipeline)]


def _steps(first: Command, *rest: Command) -> Iterator[Step]:
    assert first.name == "Get-AzureNetworkSecurityGroup"
    assert list(first.parameters) == ["-Name"]
    assert rest
    for command in rest:
        if command.name == "Remove-AzureNetworkSecurityRule":
            assert list(command.parameters) == ["-Name", "-Force"]
            assert command.parameters["-Force"] == "on"
            yield Removal(CLASSIC, first.text("-Name"), command.text("-Name"))
        else:
            assert command.name == "Set-AzureNetworkSecurityRule"
            yield Put(CLASSIC, _rule(command, first.text("-Name")))


def _rule(command: Command, nsg: str) -> SpelledRule:
    assert list(command.parameters) == _PARAMETERS
    source, destination = command.text("-SourceAddressPrefix"), command.text("-DestinationAddressPrefix")
    return SpelledRule(
        nsg=nsg,
        name=command.text("-Name"),
        priority=int(command.text("-Priority")),
        direction=command.text("-Type"),
        access=command.text("-Action"),
        protocol=_PROTOCOLS[command.text("-Protocol")],
        sources=(_TAGS.get(source, source),),
        source_ports=(command.text("-SourcePortRange"),),
        destinations=(_TAGS.get(destination, destination),),
        destination_ports=(command.text("-DestinationPortRange"),),
    )
