"""A plan spelled for the Azure CLI: `az network nsg rule create`.

Every field is written out: the command's own defaults (`--direction Inbound`, `--protocol '*'`, destination port 80)
would make another rule without a word (Microsoft, `az network nsg rule create`). `*` is quoted, because the shell
expands an unquoted one to file names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from netcheck.errors import PlanError
from netcheck.model.address import Endpoint
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.site import Site
from netcheck.remedy.classic import checked_name
from netcheck.remedy.opening import Opening, spell

_GROUP_NAME = re.compile(r"(?!-)[\w.()\-]{0,89}[\w()\-]\Z")
ASKED_FOR = '"${RESOURCE_GROUP:?set it to the resource group of the NSG}"'
"""Stands for a resource group that the site does not name: the shell stops and says so unless the variable is set."""


def resource_groups(site: Site, given: str = "") -> dict[str, str]:
    """Return the resource group of each NSG, by case-folded name: what the site says, else the one given, else ""."""
    return {key(nsg.name): nsg.resource_group or given for nsg in site.network_security_groups}


def render_az(openings: Sequence[Opening], groups: Mapping[str, str]) -> str:
    """Return one command a rule; raise PlanError where a name is outside Azure's naming rule."""
    return "".join(f"{_create(opening, groups)}\n" for opening in openings)


def render_az_undo(openings: Sequence[Opening], groups: Mapping[str, str]) -> str:
    """Return the commands that take the openings away again."""
    return "".join(f"az network nsg rule delete {_which(opening, groups)}\n" for opening in openings)


def _which(opening: Opening, groups: Mapping[str, str]) -> str:
    nsg, name = checked_name(opening.nsg, "NSG"), checked_name(opening.rule.name, "rule")
    group = _group(groups.get(key(opening.nsg), ""))
    return f"--resource-group {group} --nsg-name {shlex.quote(nsg)} --name {shlex.quote(name)}"


def _group(name: str) -> str:
    """Return a resource group as the shell takes it.

    Microsoft Learn, "Naming rules and restrictions for Azure resources": at most 90 letters, digits, underscores,
    parentheses, hyphens and periods, and no period at the end.
    """
    if not name:
        return ASKED_FOR
    if not _GROUP_NAME.match(name):
        raise PlanError(
            "NC409",
            f"resource group `{name}` is outside Azure's naming rule, so no command is written with it",
            "names are at most 90 letters, digits, `_`, `-`, `.`, `(` and `)`, and end without a period",
        )
    return shlex.quote(name)


def _create(opening: Opening, groups: Mapping[str, str]) -> str:
    rule = opening.rule
    lines = [
        f"az network nsg rule create {_which(opening, groups)}",
        f"--priority {rule.priority} --direction {rule.direction} --access {rule.access} --protocol Tcp",
        f"--source-address-prefixes {_endpoints(rule.sources)} --source-port-ranges {_ports(rule.source_ports)}",
        f"--destination-address-prefixes {_endpoints(rule.destinations)} "
        f"--destination-port-ranges {_ports(rule.destination_ports)}",
    ]
    return " \\\n  ".join(lines)


def _endpoints(endpoints: Sequence[Endpoint]) -> str:
    return shlex.join(spell(endpoint) for endpoint in endpoints)


def _ports(ranges: Sequence[PortRange]) -> str:
    return shlex.join("*" if one == ALL_PORTS else str(one) for one in ranges)
