"""A host firewall once the printed lines have been typed in: read back from these lines, not from what was meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.hosts import HostFirewall
from netcheck.remedy.snippet import Snippet

Enter: TypeAlias = Callable[[HostFirewall | None, tuple[str, ...], Collector], HostFirewall]
FIREWALLS = frozenset(("windowsFirewall", "windowsWizard", "iptables", "nftables", "ufw", "firewalld"))
"""The kinds of snippets that are about a host firewall."""


def entered(firewall: HostFirewall | None, snippet: Snippet) -> HostFirewall:
    """Return a host firewall after the lines of a snippet.

    Where no file describes it (None), it is one of the snippet's kind that lets nothing else in. Raise InputError when
    a line is none that its program takes.
    """
    collector = Collector()
    after = _enter(snippet.kind)(firewall, snippet.lines, collector)
    if collector.has_errors:
        raise InputError(collector)
    return after


def _enter(kind: str) -> Enter:
    """Return what reads the lines of a kind; most questions need none of them."""
    if kind.startswith("windows"):
        from netcheck.remedy.entered_windows import with_cmdlet, with_wizard

        return with_wizard if kind == "windowsWizard" else with_cmdlet
    from netcheck.remedy.entered_linux import with_firewalld, with_iptables, with_nftables, with_ufw

    return {"iptables": with_iptables, "nftables": with_nftables, "ufw": with_ufw, "firewalld": with_firewalld}[kind]
