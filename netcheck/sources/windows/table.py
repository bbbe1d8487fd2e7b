"""What tables of rules have in common, as CSV, as tab-separated text and as JSON objects.

Property names are those of `Get-NetFirewallRule` and its filters. Where a cmdlet prints a word for everything, a blank
is something it has no word for; a column that is missing leaves what it would say unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from netcheck.diagnostics import Source
from netcheck.sources.windows.part import COLLECT, Faults
from netcheck.sources.windows.rule_text import RuleText

NEEDED = (
    "direction", "action", "enabled", "profile", "protocol", "localPort", "remotePort", "localAddress", "remoteAddress",
)  # fmt: skip
_FILTERS = (
    "program", "service", "package", "interfaceType", "interfaceAlias", "localUser", "remoteUser", "remoteMachine",
    "owner", "icmpType", "authentication", "encryption", "overrideBlockRules", "platform", "dynamicTarget",
)  # fmt: skip
PROPERTIES = {name.casefold(): name for name in (*NEEDED, *_FILTERS, "name", "displayName", "policyStoreSourceType")}
PROPERTIES["dynamictransport"] = "dynamicTarget"
WITHOUT_EFFECT = frozenset(
    (
        "description", "group", "displaygroup", "rulegroup", "edgetraversalpolicy", "loosesourcemapping",
        "localonlymapping", "instanceid", "id", "elementname", "caption", "policystoresource", "primarystatus",
        "status", "enforcementstatus", "enforcementstatuses", "statuscode",
    )
)  # fmt: skip
"""Texts for people, tunnels through a NAT device, who may answer packets sent, and what Windows says of a rule."""

_BLANK_IS_NONE = frozenset(("package", "owner", "platform", "name", "displayName", "policyStoreSourceType"))
_STORES = {"grouppolicy": True, "2": True, "local": False, "1": False}
_NUMBERS = {
    "interfaceType": {"0": "Any", "1": "Wired", "2": "Wireless", "4": "RemoteAccess"},
    "authentication": {"0": "NotRequired", "1": "Required", "2": "NoEncap"},
    "encryption": {"0": "NotRequired", "1": "Required", "2": "Dynamic"},
    "dynamicTarget": {
        "0": "Any",
        "1": "ProximityApps",
        "2": "ProximitySharing",
        "3": "WifiDirectPrinting",
        "4": "WifiDirectDisplay",
        "5": "WifiDirectDevices",
    },
}
"""What the numbers mean that `ConvertTo-Json` prints for the enumerations of the filters."""


def lacking(columns: Collection[str], faults: Faults, at: Source | None = None) -> bool:
    """Return whether columns are missing without which no rule can be read, after collecting an error."""
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        what = ", ".join(f"`{name}`" for name in missing)
        message = f"the rules have no {what}: the objects of `Get-NetFirewallRule` alone hold no ports and addresses"
        faults.malformed(message, at, COLLECT)
    return bool(missing)


def hidden(columns: Collection[str], faults: Faults) -> str:
    """Return what a table does not say of any rule, in words; it is said once for all of them."""
    missing = [name for name in _FILTERS if name not in columns]
    if not missing:
        return ""
    what = f"{', '.join(missing)}, which the file does not give"
    faults.open(f"not known of any rule here: {what}", None, COLLECT)
    return what


def rule_of(cells: Mapping[str, tuple[str, ...]], at: Source, hidden: str) -> RuleText:
    """Return a rule out of the cells of a row, by property; a blank is kept as something that is not known."""
    unknown = [
        f"{name} is blank"
        for name, texts in cells.items()
        if not any(text.strip() for text in texts) and name not in _BLANK_IS_NONE
    ]
    values = {name: _words(name, texts) for name, texts in cells.items() if any(text.strip() for text in texts)}
    store = "".join(values.get("policyStoreSourceType", ())).casefold()
    return RuleText(at, values, _STORES.get(store), tuple(unknown), hidden)


def _words(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(text.strip() for text in texts if text.strip())
    numbers = _NUMBERS.get(name)
    if numbers is None:
        return found
    return tuple(numbers.get(part.strip(), part.strip()) for text in found for part in text.split(","))
