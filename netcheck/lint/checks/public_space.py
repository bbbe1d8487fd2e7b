"""Virtual networks with public addresses, their own or learned: `Internet` may cover them beside `VirtualNetwork`.

Microsoft Learn defines `Internet` as the space "outside the virtual network"; users measured public prefixes in both
tags (MicrosoftDocs/azure-docs issue 81801). Which of two rules comes first then decides, and netcheck leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed
from netcheck.lint.linted import Linted
from netcheck.model.address import AddressRange, everything
from netcheck.policy.builtin import INTERNET_UPPER
from netcheck.policy.resolve import to_set
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    for network in linted.site.virtual_networks:
        own, learned = _public(network.address_space), _public(network.gateway_prefixes or ())
        for public, what in (
            (own, "has public addresses of its own"),
            (learned, "learned public prefixes by its gateway"),
        ):
            if public:
                named = listed([str(prefix) for prefix in public])
                message = (
                    f"virtual network `{network.name}` {what}, {named}: whether `Internet` covers them beside "
                    "`VirtualNetwork` is not documented"
                )
                yield CHECK.about(network.name, network.at, message)


def _public(prefixes: Sequence[AddressRange]) -> list[AddressRange]:
    """Return the prefixes with public addresses, default routes apart, which any gateway may have learned."""
    return [
        one
        for one in prefixes
        if one != everything(one.family) and to_set([one], one.family) & INTERNET_UPPER[one.family]
    ]


CHECK = Check(code="NC221", kind="public-space", severity=Severity.WARNING, find=_find)
