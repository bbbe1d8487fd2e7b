"""Names that may stand in a command: Azure's own rule for NSGs, security rules and resource groups.

Microsoft Learn, "Naming rules and restrictions for Azure resources".
"""

from __future__ import annotations

import re

from netcheck.errors import PlanError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,78}[A-Za-z0-9_])?\Z")
_GROUP_NAME = re.compile(r"(?!-)[\w.()\-]{0,89}[\w()\-]\Z")
# The portal names a classic NSG of another resource group "Group <resource group> <name>".
_PORTAL_NAME = re.compile(r"Group (?P<group>\S+) (?P<name>\S+)\Z")


def is_azure_name(name: str) -> bool:
    """Return whether a name keeps to the documented rule for NSGs and security rules.

    At most 80 letters, numbers, underscores, periods and hyphens; starts with a letter or number, ends with one of
    these or an underscore.
    """
    return bool(_NAME.match(name))


def checked_name(name: str, what: str) -> str:
    """Return a name that keeps to Azure's rule; raise PlanError for any other: it is not put into a command."""
    if not is_azure_name(name):
        raise _refused(what, name)
    return name


def checked_classic_name(name: str) -> str:
    """Return the name of a classic NSG, of which the portal made some; raise PlanError as `checked_name` does."""
    portal = _PORTAL_NAME.match(name)
    if not all(is_azure_name(part) for part in ([portal["group"], portal["name"]] if portal else [name])):
        raise _refused("NSG", name)
    return name


def checked_group(name: str) -> str:
    """Return a resource group's name; raise PlanError where it is outside Azure's rule.

    At most 90 letters, digits, underscores, parentheses, hyphens and periods, and no period at the end.
    """
    if not _GROUP_NAME.match(name):
        raise PlanError(
            "NC409",
            f"resource group `{name}` is outside Azure's naming rule, so no command is written with it",
            "names are at most 90 letters, digits, `_`, `-`, `.`, `(` and `)`, and end without a period",
        )
    return name


def _refused(what: str, name: str) -> PlanError:
    return PlanError(
        "NC409",
        f"{what} name `{name}` is outside Azure's naming rule, so no command is written with it",
        "names are at most 80 letters, numbers, `_`, `.` and `-`, and start with a letter or number",
    )
