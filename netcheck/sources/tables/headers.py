"""What the columns of a table of NSG rules are called: by Azure's portal and tools, by PowerShell, by people."""

from __future__ import annotations

import re

from netcheck.sources._faults import BAD_TABLE, NOT_KNOWN, Faults
from netcheck.sources._nodes import Scalar, shorten
from netcheck.sources.tables.cells import Cell

_SIDES = (("source", ("source", "src")), ("destination", ("destination", "dest", "dst")))
_ADDRESSES = (
    "", "address", "addressprefix", "addressrange", "prefix", "ip", "ipaddress", "iprange", "ipprefix", "cidr",
    "addresscidr", "addressprefixcidr", "addressspace", "ipcidr", "network",
)  # fmt: skip
_ADDRESS_LISTS = ("addresses", "addressprefixes", "prefixes", "ips", "ipaddresses", "ipranges", "cidrs", "s")
_PORTS, _PORT_LISTS = ("port", "portrange"), ("ports", "portranges")
_GROUPS = ("applicationsecuritygroup", "asg")
_FIELDS = {
    "nsg": ("nsg", "nsgname", "networksecuritygroup", "networksecuritygroupname", "sgname", "securitygroup",
            "securitygroupname"),
    "name": ("name", "rulename", "rule", "securityrule", "securityrulename", "nsgrule", "nsgrulename"),
    "priority": ("priority", "prio", "rulepriority"),
    "direction": ("direction", "dir", "ruledirection", "trafficdirection"),
    "access": ("access", "action", "ruleaction", "allowdeny", "allowordeny", "permission"),
    "type": ("type", "ruletype"),
    "protocol": ("protocol", "proto", "ipprotocol", "protocols"),
    "destinationPortRange": _PORTS,
    "destinationPortRanges": _PORT_LISTS,
    "id": ("id", "ruleid", "resourceid"),
    "isDefault": ("isdefault", "default", "isdefaultrule", "defaultrule"),
    "resourceGroup": ("resourcegroup", "resourcegroupname", "rg", "rgname", "nsgresourcegroup", "nsgrg"),
    "location": ("location", "nsglocation", "region"),
    "subscription": ("subscription", "subscriptionname", "subscriptionid", "sub"),
    "ignored": ("description", "ruledescription", "comment", "comments", "note", "notes", "remark", "remarks", "etag",
                "provisioningstate", "sourceapplicationsecuritygroupstext", "destinationapplicationsecuritygroupstext"),
}  # fmt: skip
_WINDOWS = frozenset(("localport", "remoteport", "localaddress", "remoteaddress", "localip", "remoteip", "program"))
"""Columns that only listings of Windows Firewall have."""

_NEEDED = {
    "name": ("name",),
    "priority": ("priority",),
    "direction": ("direction",),
    "access": ("access",),
    "protocol": ("protocol",),
    "source": ("sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"),
    "source port": ("sourcePortRange", "sourcePortRanges"),
    "destination": ("destinationAddressPrefix", "destinationAddressPrefixes", "destinationApplicationSecurityGroups"),
    "destination port": ("destinationPortRange", "destinationPortRanges"),
}
"""What a rule decides by: what people call it, and the fields one of which must have a column."""


def _spellings() -> dict[str, str]:
    known = {word: name for name, words in _FIELDS.items() for word in words}
    for side, words in _SIDES:
        for word in words:
            known.update({word + end: f"{side}AddressPrefix" for end in _ADDRESSES})
            known.update({word + end: f"{side}AddressPrefixes" for end in _ADDRESS_LISTS})
            known.update({word + end: f"{side}PortRange" for end in _PORTS})
            known.update({word + end: f"{side}PortRanges" for end in _PORT_LISTS})
            for group in _GROUPS:
                ends = ("", "s", "id", "ids", "name", "names", "sid", "sname", "snames", "sids")
                known.update({f"{word}{group}{end}": f"{side}ApplicationSecurityGroups" for end in ends})
    return known


_KNOWN = _spellings()


def field_of(header: str) -> str:
    """Return what a column holds, or "" when its name is not known; blanks, case and punctuation do not matter."""
    return _KNOWN.get(_bare(header), "")


def _bare(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.casefold())


def looks_like_rules(headers: list[str]) -> bool:
    """Return whether a header line is one of NSG rules: it has a priority, which host firewalls do not, and more."""
    fields = {field_of(header) for header in headers}
    hints = fields & {"name", "direction", "access", "type", "protocol"}
    has_side = any(name.startswith(("source", "destination")) for name in fields)
    return "priority" in fields and len(hints) + has_side >= 3 and _WINDOWS.isdisjoint(map(_bare, headers))


def find_columns(faults: Faults, header: list[Cell], rows: list[list[Cell]]) -> dict[str, int]:
    """Return where each field stands; collect an error for two columns of one field.

    Raise InputError when a field that every rule needs has no column: no row can be read then. A column of an unknown
    name is left out with a warning; a column `type` holds directions, actions or resource types, which its cells tell.
    """
    columns: dict[str, int] = {}
    for index, cell in enumerate(header):
        name = field_of(cell.text)
        if name == "type":
            name = _type_of([row[index].text for row in rows if index < len(row)])
        node = _place(faults, cell)
        if not name and cell.text:
            faults.warning(node, NOT_KNOWN, f"column `{shorten(cell.text)}` is not known and is left out")
        elif name in columns:
            first = header[columns[name]]
            message = f"columns `{shorten(first.text)}` and `{shorten(cell.text)}` could both be the rule's `{name}`"
            advice = "call the column of the network security group `NSG`" if name == "name" else "keep one of the two"
            faults.error(node, BAD_TABLE, message, advice, (_place(faults, first), "the other one"))
        elif name and name != "ignored":
            columns[name] = index
    _check_needed(faults, header, columns)
    return columns


def _type_of(texts: list[str]) -> str:
    words = {text.casefold() for text in texts if text}
    if words and words <= {"inbound", "outbound"}:
        return "direction"
    if words and words <= {"allow", "deny"}:
        return "access"
    return "ignored" if all(word.startswith("microsoft.network/") for word in words) else ""


def _check_needed(faults: Faults, header: list[Cell], columns: dict[str, int]) -> None:
    missing = [what for what, names in _NEEDED.items() if not any(name in columns for name in names)]
    if missing:
        message = f"the table has no column of {', '.join(f'`{what}`' for what in missing)}"
        advice = "a rule cannot be judged without it; write `*` where it is any"
        faults.fatal(_place(faults, header[0]), BAD_TABLE, message, advice)


def _place(faults: Faults, cell: Cell) -> Scalar:
    return faults.place(cell.start, cell.end)
