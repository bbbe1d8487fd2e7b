"""A plan spelled for classic NSGs: `Set-AzureNetworkSecurityRule`, one prefix and one port range a rule.

The cmdlet validates `-Type`, `-Action` and `-Protocol` with regard to letter case (`TCP`, not `Tcp`), and no parameter
has a default; setting a rule of the same name replaces it, so that the script can be run again
(Azure/azure-powershell, SetAzureNetworkSecurityRule.cs).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from netcheck.errors import PlanError
from netcheck.model.address import AnyAddress, Endpoint, ServiceTag
from netcheck.model.ports import TCP, UDP, PortRange
from netcheck.model.rules import NsgRule
from netcheck.policy.resolve import builtin_name
from netcheck.remedy.dialects.dialect import Script, Setting
from netcheck.remedy.dialects.powershell import quote
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_classic_name, checked_name
from netcheck.remedy.spelled import spell_port, why_unspeakable

_TAGS = {"internet": "INTERNET", "virtualnetwork": "VIRTUAL_NETWORK", "azureloadbalancer": "AZURE_LOADBALANCER"}
_PROTOCOLS = {(): '"*"', (TCP,): "TCP", (UDP,): "UDP"}


def render(edits: Sequence[Edit], setting: Setting) -> Script:
    """Return the commands that set the rules, one pipeline an NSG, and those that take them back."""

    def command(edit: Edit) -> str:
        return _set_rule(edit.rule, setting.as_documented)

    return Script(text=_pipelines(edits, command), undo=_pipelines(edits[::-1], _take_back))


def _pipelines(edits: Sequence[Edit], command: Callable[[Edit], str]) -> str:
    """Each cmdlet hands the NSG on, so one pipeline sets all rules that follow each other in one NSG."""
    found = [(nsg, [command(edit) for edit in own]) for nsg, own in groupby(edits, key=lambda edit: edit.nsg)]
    return "".join(
        " |\n".join([f"Get-AzureNetworkSecurityGroup -Name {quote(checked_classic_name(nsg))}", *commands]) + "\n"
        for nsg, commands in found
    )


def _take_back(edit: Edit) -> str:
    """`-Name` is written out although the cmdlet would take it from the pipeline: there it would be the NSG's name."""
    if edit.replaces is not None:
        return _set_rule(edit.replaces, as_documented=False)
    return f"Remove-AzureNetworkSecurityRule -Name {quote(checked_name(edit.rule.name, 'rule'))} -Force"


def _set_rule(rule: NsgRule, as_documented: bool) -> str:
    """Return one command in the parameter order of the article; its own text leaves the tag without quotes."""
    why = why_unspeakable(rule) or (
        "" if tuple(rule.protocol.numbers) in _PROTOCOLS else "classic has no such protocol"
    )
    if why:
        raise PlanError("NC415", f"rule `{rule.name}` cannot be written anew: {why}", "change that rule by hand")
    destination = _one(rule.destinations)
    is_tag = isinstance(destination, ServiceTag)
    to = "Internet" if as_documented and is_tag else quote(_spell(destination))
    return (
        f"Set-AzureNetworkSecurityRule -Name {quote(checked_name(rule.name, 'rule'))} -Action {rule.access} "
        f"-Protocol {_PROTOCOLS[tuple(rule.protocol.numbers)]} -Type {rule.direction} -Priority {rule.priority} "
        f"-SourceAddressPrefix {quote(_spell(_one(rule.sources)))} -SourcePortRange {quote(_port(rule.source_ports))} "
        f"-DestinationAddressPrefix {to} -DestinationPortRange {quote(_port(rule.destination_ports))}"
    )


def _one(endpoints: Sequence[Endpoint]) -> Endpoint:
    if len(endpoints) != 1:
        raise PlanError("NC410", "a classic rule holds one prefix, this one has several", "take one rule per prefix")
    return endpoints[0]


def _spell(endpoint: Endpoint) -> str:
    match endpoint:
        case AnyAddress():
            return "*"
        case ServiceTag(name=name) if builtin_name(name) in _TAGS:
            return _TAGS[builtin_name(name)]
        case ServiceTag(name=name):
            raise PlanError("NC406", f"classic NSGs know no tag `{name}`", "take a prefix option or http-proxy")
        case _:
            return str(endpoint)


def _port(ranges: Sequence[PortRange]) -> str:
    if len(ranges) != 1:
        raise PlanError("NC410", "a classic rule holds one port range, this one has several", "take one rule per port")
    return spell_port(ranges[0])
