"""Commands of the Azure CLI for what is no NSG rule: subnets, NICs, routes, security admin rules.

Microsoft Learn, `az network vnet subnet update` (`--service-endpoints` replaces the list), `az network nic update`,
`az network route-table route create`, `az rest`, `az network manager post-commit`, and the resource type
Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules. What no file tells is asked for by
a shell variable: the shell stops and says so unless it is set. A name outside Azure's rule gets no command.
"""

from __future__ import annotations

import json
import re
import shlex

from netcheck.errors import PlanError
from netcheck.model.rules import Direction
from netcheck.model.site import Subnet
from netcheck.remedy.rulenames import checked_group, checked_name

_SERVICE = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*", re.ASCII)
_RULES = "${RULE_COLLECTION_ID:?set it to the ID of the rule collection}/rules"
_VERSION = "2024-05-01"


def group_option(name: str, of: str) -> str:
    """Return `--resource-group` with a name, or with a variable where nobody knows it; `of` says of what."""
    asked = f'"${{RESOURCE_GROUP:?set it to the resource group of the {of}}}"'
    return f"--resource-group {shlex.quote(checked_group(name)) if name else asked}"


def subnet_command(subnet: Subnet, change: str) -> tuple[str, ...]:
    """Return the command that changes a subnet."""
    try:
        names = f"--vnet-name {_quoted(subnet.virtual_network)} --name {_quoted(subnet.name)}"
    except PlanError:
        return ()
    return (f"az network vnet subnet update {group_option('', 'virtual network')} {names} {change}",)


def endpoint_command(subnet: Subnet) -> tuple[str, ...]:
    """Return the command that gives a subnet its service endpoints: the list replaces the one it has."""
    if not all(_SERVICE.fullmatch(service) for service in subnet.service_endpoints):
        return ()
    return subnet_command(subnet, f"--service-endpoints {' '.join(subnet.service_endpoints)}")


def forwarding_command(nic: str, group: str) -> tuple[str, ...]:
    """Return the command that lets a NIC forward packets."""
    try:
        return (f"az network nic update {group_option(group, 'NIC')} --name {_quoted(nic)} --ip-forwarding true",)
    except PlanError:
        return ()


def route_command(table: str, prefix: str) -> tuple[str, ...]:
    """Return the command that gives a prefix or a service tag a route of its own to the Internet."""
    try:
        names = f"--route-table-name {_quoted(table)} --name {_quoted(f'to-{prefix}')}"
    except PlanError:
        return ()
    return (
        f"az network route-table route create {group_option('', 'route table')} {names} "
        f"--address-prefix {shlex.quote(prefix)} --next-hop-type Internet",
    )


def admin_rule_commands(
    direction: Direction, priority: int, sources: list[str], destinations: list[tuple[str, str]], ports: list[str]
) -> tuple[str, ...]:
    """Return the commands that put an allow rule before a security admin rule, and deploy the configuration.

    `destinations` are pairs of `IPPrefix` or `ServiceTag` and a value.
    """
    properties = {
        "access": "Allow",
        "priority": priority,
        "direction": str(direction),
        "protocol": "Tcp",
        "sources": [_item("IPPrefix", source) for source in sources],
        "sourcePortRanges": ["0-65535"],
        "destinations": [_item(kind, value) for kind, value in destinations],
        "destinationPortRanges": ports,
    }
    body = shlex.quote(json.dumps({"kind": "Custom", "properties": properties}))
    commit = (
        '--resource-group "${MANAGER_GROUP:?set it to the resource group of the network manager}"',
        '--network-manager-name "${NETWORK_MANAGER:?set it to the name of the network manager}"',
        "--commit-type SecurityAdmin",
        '--configuration-ids "${ADMIN_CONFIGURATION_ID:?set it to the ID of the configuration}"',
        '--target-locations "${LOCATION:?set it to the region of the virtual network}"',
    )
    return (
        f'az rest --method put --url "{_RULES}/allow-backup?api-version={_VERSION}" --body {body}',
        " ".join(["az network manager post-commit", *commit]),
    )


def _item(kind: str, value: str) -> dict[str, str]:
    return {"addressPrefix": value, "addressPrefixType": kind}


def _quoted(name: str) -> str:
    return shlex.quote(checked_name(name, "resource"))
