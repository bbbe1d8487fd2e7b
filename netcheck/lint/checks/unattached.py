"""NSGs that are on no subnet and on no NIC: they judge nothing.

Only where the site has networks at all: an export of NSGs alone says nothing about what they are on. A note where the
site has no VMs, or leaves something unread that may attach them.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    site = linted.site
    if not linted.subnets:
        return
    attached = {key(subnet.network_security_group) for subnet in linted.subnets.values()}
    attached |= {key(nic.network_security_group) for _, nic in linted.nics()}
    attached |= {key(one.nsg.name) for _, nic in linted.nics() for one in nic.effective_nsgs or ()}
    is_sure = bool(site.virtual_machines) and not any(one.unknown for one in site.unmodelled)
    for nsg in site.network_security_groups:
        if key(nsg.name) not in attached:
            message = f"NSG `{nsg.name}` is on no subnet and on no NIC"
            message += ": its rules decide nothing" if is_sure else " that the files show"
            severity = Severity.WARNING if is_sure else Severity.NOTE
            yield CHECK.about(nsg.name, nsg.at, message, severity=severity)


CHECK = Check(code="NC231", kind="unattached", severity=Severity.WARNING, find=_find)
