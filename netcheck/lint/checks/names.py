"""Names of NSGs and rules outside Azure's naming rule.

Microsoft Learn, "Naming rules and restrictions for Azure resources": at most 80 letters, numbers, `_`, `.` and `-`;
a letter or number first, a letter, number or `_` last. The article of 2015 itself ends a rule's name with a blank.
Classic NSGs were made with blanks inside names by Microsoft's own samples: there, only that is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.expressions import is_expression
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel
from netcheck.questions.finding import Finding
from netcheck.remedy.rulenames import is_azure_name
from netcheck.sources._uncertain import is_stand_in

LONGEST = 80
_MADE = re.compile(r" \(.*\)\Z| at [0-9]+:[0-9]+\Z")
"""Readers tell NSGs of one name apart by what follows in brackets, and those without a name by their places."""
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def _find(linted: Linted) -> Iterator[Finding]:
    is_classic = linted.site.deployment_model is DeploymentModel.CLASSIC
    computed = {key(nsg.nsg.name) for _, nic in linted.nics() for nsg in nic.effective_nsgs or ()}
    for nsg in linted.site.network_security_groups:
        if key(nsg.name) in computed:  # what Azure computed has names of Azure's own
            continue
        why = "" if _MADE.search(nsg.name) else _why_not(nsg.name)
        if why and not (is_classic and nsg.name.startswith("Group ")):
            yield CHECK.about(
                nsg.name, nsg.at, f"the name of NSG `{nsg.name}` {why}", severity=_how(nsg.name, is_classic)
            )
        for rule in nsg.rules:
            why = _why_not(rule.name)
            if why and not is_stand_in(rule):
                message = f"has a name outside Azure's naming rule: it {why}"
                yield CHECK.about_rule(nsg.name, rule, message, severity=_how(rule.name, is_classic))


def _how(name: str, is_classic: bool) -> Severity:
    return (
        Severity.NOTE
        if is_classic and is_azure_name(name.replace(" ", "_")) and name == name.strip()
        else CHECK.severity
    )


def _why_not(name: str) -> str:
    """Say what is wrong with a name; "" where nothing is, or where its value is not known."""
    if is_azure_name(name) or is_expression(name) or "{" in name or "[" in name:
        return ""
    if len(name) > LONGEST:
        return f"has {len(name)} characters, and {LONGEST} are allowed"
    if name != name.rstrip():
        return "ends with a blank"
    strange = next((one for one in name if one not in _ALLOWED), "")
    if strange:
        return f"has the character `{strange}`"
    if name[:1] in "._-":
        return f"begins with `{name[:1]}`"
    return f"ends with `{name[-1:]}`"


CHECK = Check(code="NC210", kind="name", severity=Severity.WARNING, find=_find)
