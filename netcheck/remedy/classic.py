"""A plan spelled for classic NSGs: `Set-AzureNetworkSecurityRule`, one prefix and one port range a rule.

The cmdlet validates `-Type`, `-Action` and `-Protocol` with regard to letter case (`TCP`, not `Tcp`), and no parameter
has a default; setting a rule of the same name replaces it (Azure/azure-powershell, SetAzureNetworkSecurityRule.cs).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from netcheck.errors import PlanError
from netcheck.model.address import AnyAddress, Endpoint, ServiceTag
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.policy.resolve import builtin_name
from netcheck.remedy.opening import Opening, is_azure_name

_TAGS = {"internet": "INTERNET", "virtualnetwork": "VIRTUAL_NETWORK", "azureloadbalancer": "AZURE_LOADBALANCER"}
# The portal names a classic NSG of another resource group "Group <resource group> <name>".
_PORTAL_NAME = re.compile(r"Group (?P<group>\S+) (?P<name>\S+)\Z")


def render_classic(openings: Sequence[Opening], as_documented: bool = False) -> str:
    """Return the commands that add the openings, one pipeline an NSG; "" where there is nothing to add."""
    return "".join(
        _pipeline(nsg, [_set_rule(opening, as_documented) for opening in found]) for nsg, found in _by_nsg(openings)
    )


def render_classic_undo(openings: Sequence[Opening]) -> str:
    """Return the commands that take the openings away again.

    `-Name` is written out although the cmdlet would take it from the pipeline: there it would be the NSG's own name.
    """
    return "".join(
        _pipeline(nsg, [f"Remove-AzureNetworkSecurityRule -Name {quote(o.rule.name)} -Force" for o in found])
        for nsg, found in _by_nsg(openings)
    )


def _by_nsg(openings: Sequence[Opening]) -> list[tuple[str, list[Opening]]]:
    return [(nsg, list(found)) for nsg, found in groupby(openings, key=lambda opening: opening.nsg)]


def _pipeline(nsg: str, commands: Sequence[str]) -> str:
    """Each cmdlet hands the NSG on, so one pipeline sets all rules."""
    return " |\n".join([f"Get-AzureNetworkSecurityGroup -Name {quote(checked_name(nsg, 'NSG'))}", *commands]) + "\n"


def checked_name(name: str, what: str) -> str:
    """Return a name that keeps to Azure's rule; raise PlanError for any other: it is not put into a command."""
    portal = _PORTAL_NAME.match(name) if what == "NSG" else None
    parts = [portal["group"], portal["name"]] if portal else [name]
    if not all(is_azure_name(part) for part in parts):
        raise PlanError(
            "NC409",
            f"{what} name `{name}` is outside Azure's naming rule, so no command is written with it",
            "names are at most 80 letters, numbers, `_`, `.` and `-`, and start with a letter or number",
        )
    return name


def quote(text: str) -> str:
    """Return a PowerShell string that stands for exactly this text.

    A double-quoted string expands `$` and the backtick, and curly quotes end it too; anything but plain characters is
    single-quoted, with every kind of single quote doubled.
    """
    if re.fullmatch(r"[A-Za-z0-9 _.*/:\-]*", text):
        return f'"{text}"'
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


def _set_rule(opening: Opening, as_documented: bool) -> str:
    """Return one command in the parameter order of the article; its own text leaves the tag without quotes."""
    rule = opening.rule
    destination = _one(rule.destinations)
    is_tag = isinstance(destination, ServiceTag)
    to = "Internet" if as_documented and is_tag else quote(_spell(destination))
    return (
        f"Set-AzureNetworkSecurityRule -Name {quote(checked_name(rule.name, 'rule'))} -Action {rule.access} "
        f"-Protocol TCP -Type {rule.direction} -Priority {rule.priority} "
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
    return "*" if ranges[0] == ALL_PORTS else str(ranges[0])
