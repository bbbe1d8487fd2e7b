"""Windows Defender Firewall after a rule was made: by the cmdlet, or by the wizard.

Semantics: Microsoft Learn, "New-NetFirewallRule"; the pages of the wizard for a new inbound rule (`wf.msc`).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from netcheck.diagnostics import Collector
from netcheck.model.hosts import HostFirewall, WindowsFirewall
from netcheck.remedy.snippet import PRINTED
from netcheck.sources.windows.rule_text import RuleReader, RuleText


def with_cmdlet(firewall: HostFirewall | None, lines: tuple[str, ...], collector: Collector) -> HostFirewall:
    """Return a firewall after `New-NetFirewallRule …`."""
    reader = RuleReader(collector)
    found = firewall if isinstance(firewall, WindowsFirewall) else WindowsFirewall(rules=(), at=PRINTED)
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "New-NetFirewallRule", command
        pairs = zip(words[::2], words[1::2], strict=True)
        given = {f"{name[1].lower()}{name[2:]}": tuple(value.split(",")) for name, value in pairs}
        values = _ENABLED | given
        found = replace(found, rules=(*found.rules, *reader.read(RuleText(PRINTED, values))))
    return found


def with_wizard(firewall: HostFirewall | None, lines: tuple[str, ...], collector: Collector) -> HostFirewall:
    """Return a firewall after the pages of the wizard for a new inbound rule, each as `PAGE: VALUE`."""
    pages = dict(line.split(": ", 1) for line in lines)
    values = {_PAGES[page]: tuple(text.split(", ")) for page, text in pages.items() if page in _PAGES}
    values |= _ENABLED
    values["action"] = (_WIZARD_ACTIONS[pages["Action"]],)
    values["direction"] = ("Inbound",)
    values = {name: tuple(_WIZARD_ANY.sub("Any", text) for text in texts) for name, texts in values.items()}
    found = firewall if isinstance(firewall, WindowsFirewall) else WindowsFirewall(rules=(), at=PRINTED)
    return replace(found, rules=(*found.rules, *RuleReader(collector).read(RuleText(PRINTED, values))))


_ENABLED = {"enabled": ("True",)}
"""A new rule is in force at once where nothing else is said."""

_PAGES = {
    "Name": "displayName",
    "Program": "program",
    "Protocol type": "protocol",
    "Local port": "localPort",
    "Remote port": "remotePort",
    "Local IP address": "localAddress",
    "Remote IP address": "remoteAddress",
    "Profile": "profile",
}
_WIZARD_ANY = re.compile(r"(?:All|Any) .*")
_WIZARD_ACTIONS = {"Allow the connection": "Allow", "Block the connection": "Block"}
