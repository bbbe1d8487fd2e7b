"""A plan spelled for the Azure CLI: `az network nsg rule create`.

Every field is written out: the command's own defaults (`--direction Inbound`, `--protocol '*'`, destination port 80)
would make another rule without a word (Microsoft, `az network nsg rule create`). `*` is quoted, because the shell
expands an unquoted one to file names.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from netcheck.errors import PlanError
from netcheck.model.address import Endpoint
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.site import Site
from netcheck.remedy.classic import checked_name
from netcheck.remedy.opening import Opening, spell


def resource_groups(site: Site, given: str = "") -> dict[str, str]:
    """Return the resource group of each NSG, by case-folded name: what the site says, else the one given."""
    return {key(nsg.name): nsg.resource_group or given for nsg in site.network_security_groups}


def render_az(openings: Sequence[Opening], groups: Mapping[str, str]) -> str:
    """Return one command a rule; raise PlanError where the NSG's resource group is not known."""
    return "".join(f"{_create(opening, groups)}\n" for opening in openings)


def render_az_undo(openings: Sequence[Opening], groups: Mapping[str, str]) -> str:
    """Return the commands that take the openings away again."""
    return "".join(f"az network nsg rule delete {_which(opening, groups)}\n" for opening in openings)


def _which(opening: Opening, groups: Mapping[str, str]) -> str:
    group = groups.get(key(opening.nsg), "")
    if not group:
        raise PlanError(
            "NC415",
            f"the resource group of NSG `{opening.nsg}` is not in the site",
            "give it with --resource-group, or as `resourceGroup` of the NSG",
        )
    names = (checked_name(opening.nsg, "NSG"), checked_name(opening.rule.name, "rule"))
    return f"--resource-group {shlex.quote(group)} --nsg-name {shlex.quote(names[0])} --name {shlex.quote(names[1])}"


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
