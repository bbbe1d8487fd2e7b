"""Virtual networks whose own address space is public: `Internet` may cover it beside `VirtualNetwork`.

Microsoft Learn defines `Internet` as the space "outside the virtual network"; users measured public prefixes in both
tags (MicrosoftDocs/azure-docs issue 81801). Which of two rules comes first then decides, and netcheck leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed
from netcheck.lint.linted import Linted
from netcheck.model.address import FAMILIES
from netcheck.policy.builtin import INTERNET_UPPER
from netcheck.policy.resolve import to_set
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    for network in linted.site.virtual_networks:
        public = [one for one in network.address_space for f in FAMILIES if to_set([one], f) & INTERNET_UPPER[f]]
        if public:
            named = listed([str(prefix) for prefix in public])
            message = (
                f"virtual network `{network.name}` has public addresses of its own, {named}: whether `Internet` covers "
                "them beside `VirtualNetwork` is not documented"
            )
            yield CHECK.about(network.name, network.at, message)


CHECK = Check(code="NC221", kind="public-space", severity=Severity.WARNING, find=_find)
