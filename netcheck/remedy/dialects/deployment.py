"""What Bicep files and templates have in common: one resource group, and how to deploy them.

A deployment takes nothing away (Microsoft Learn, "Azure Resource Manager deployment modes": incremental, unless asked
for otherwise), so commands of the Azure CLI take them back.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.remedy.dialects.azcli import GROUP_NOT_NAMED, group_word
from netcheck.remedy.dialects.dialect import Setting, same_group
from netcheck.remedy.edits import Edit

API_VERSION = "2024-05-01"
NSG_TYPE = "Microsoft.Network/networkSecurityGroups"
RULE_TYPE = f"{NSG_TYPE}/securityRules"


def deployment_notes(edits: Sequence[Edit], setting: Setting, dialect: str) -> tuple[str, ...]:
    """Return what to know of a deployment; raise PlanError where the NSGs are in several resource groups."""
    group = same_group(edits, setting, dialect)
    where = group_word(group) if group else "RESOURCE_GROUP"
    return (
        f"deploy with `az deployment group create --resource-group {where} --template-file FILE`",
        "a template that has the NSG itself with its `securityRules` takes these rules away when it is deployed again: "
        "write them there too",
        *(() if group else (GROUP_NOT_NAMED,)),
    )
