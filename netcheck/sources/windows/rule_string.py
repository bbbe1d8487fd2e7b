"""Rule strings as registry and policy hold them: `v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|`.

Semantics: [MS-GPFAS] 2.2.2.19 (grammar and fields), [MS-FASP] 2.2.37 (meaning). The element names of a rule in a Group
Policy report are the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from netcheck.diagnostics import Source
from netcheck.sources.windows.rule_text import RuleText

START = re.compile(r"v(\d{1,3})\.(\d{1,3})\|")
_GENERATION = re.compile(r"2_\d+\Z")
_PROPERTIES = {
    "action": "action",
    "dir": "direction",
    "active": "enabled",
    "profile": "profile",
    "protocol": "protocol",
    "lport": "localPort",
    "rport": "remotePort",
    "icmp4": "icmpType",
    "icmp6": "icmpType",
    "app": "program",
    "svc": "service",
    "apppkgid": "package",
    "luown": "owner",
    "luauth": "localUser",
    "rmauth": "remoteMachine",
    "ruauth": "remoteUser",
    "if": "interfaceAlias",
    "iftype": "interfaceType",
    "ttk": "dynamicTarget",
    "authbypassout": "overrideBlockRules",
    "name": "displayName",
}
_SIDES = {
    "la4": ("localAddress", "4"),
    "la42": ("localAddress", "4"),
    "la6": ("localAddress", "6"),
    "la62": ("localAddress", "6"),
    "ra4": ("remoteAddress", "4"),
    "ra42": ("remoteAddress", "4"),
    "ra6": ("remoteAddress", "6"),
    "ra62": ("remoteAddress", "6"),
}
_REPEATED = frozenset(
    ("profile", "localPort", "remotePort", "icmpType", "interfaceAlias", "interfaceType", "dynamicTarget")
)
# Texts for people, tunnels through a NAT device (Edge, Defer, PCross), and who may answer packets sent (LSM, LOM).
_WITHOUT_EFFECT = frozenset(("desc", "embedctxt", "edge", "defer", "pcross", "lsm", "lom", "version", "type"))
_SECURITY = {
    "authenticate": (("authentication", "Required"),),
    "authenticateencrypt": (("authentication", "Required"), ("encryption", "Required")),
    "an-noencap": (("authentication", "NoEncap"),),
    "ane-nego": (("encryption", "Dynamic"),),
}
_INTERFACES = {"lan": "Wired", "wireless": "Wireless", "remoteaccess": "RemoteAccess"}
_OLDEST_VERSION = (2, 10)
"""The policy version of Windows Server 2008 R2 (<1> of [MS-GPFAS]): no VM of Azure skips rules for older ones."""


class RuleStringError(ValueError):
    """A text is no rule string; `is_cut`: it was one before its end was lost."""

    def __init__(self, message: str, *, is_cut: bool = False) -> None:
        self.is_cut = is_cut
        super().__init__(message)


def parse_rule_string(text: str, at: Source, name: str = "", *, is_group_policy: bool | None = None) -> RuleText:
    """Return the fields of a rule string as properties; `name` is that of the registry value it stands in."""
    if not START.match(text):
        raise RuleStringError("a rule string begins with its version, such as `v2.10|`")
    if not text.rstrip().endswith("|"):
        raise RuleStringError("the rule string does not end with `|`: it is cut off", is_cut=True)
    pairs = [field.partition("=") for field in text.rstrip().split("|")[1:-1]]
    if not any(key.strip().casefold() == "name" and value for key, _, value in pairs):  # [MS-FASP] 2.2.37, wszName
        raise RuleStringError("the rule string has no name, which every rule has: it is cut off", is_cut=True)
    return from_fields(((key, value) for key, _, value in pairs), at, name, is_group_policy=is_group_policy)


def from_fields(
    fields: Iterable[tuple[str, str]], at: Source, name: str = "", *, is_group_policy: bool | None = None
) -> RuleText:
    """Return fields of a rule as properties; a field that nobody knows is kept as something not known of the rule."""
    reader = _Fields()
    for key, value in fields:
        reader.take(key.strip(), value)
    return RuleText(at, reader.values(name), is_group_policy, tuple(reader.unknown))


class _Fields:
    def __init__(self) -> None:
        self.unknown: list[str] = []
        self._found: dict[str, list[str]] = {}
        self._sides: dict[str, dict[str, list[str]]] = {}
        self._platforms: list[str] = []

    def take(self, key: str, value: str) -> None:
        """Take one field."""
        folded = _GENERATION.sub("", key.casefold()) if "2_" in key else key.casefold()
        if folded in _SIDES:
            side, family = _SIDES[folded]
            self._sides.setdefault(side, {"4": [], "6": []})[family].append(value)
        elif folded in _PROPERTIES:
            self._property(_PROPERTIES[folded], key, value)
        elif folded in ("security", "security2"):
            self._security(key, value)
        elif folded in ("platform", "platform2", "skipver"):
            self._platform(folded, key, value)
        elif folded not in _WITHOUT_EFFECT:
            self.unknown.append(f"{key}={value}")

    def _property(self, name: str, key: str, value: str) -> None:
        texts = self._found.setdefault(name, [])
        if texts and name not in _REPEATED:
            self.unknown.append(f"{key} stands twice")
        if name == "icmpType":
            value = value.removesuffix(":*")
        elif name == "interfaceType":
            value = _INTERFACES.get(value.casefold(), value)
        texts.append(value)

    def _security(self, key: str, value: str) -> None:
        known = _SECURITY.get(value.casefold())
        if known is None:
            self.unknown.append(f"{key}={value}")
        for name, text in known or ():
            self._found[name] = [text]

    def _platform(self, folded: str, key: str, value: str) -> None:
        parts = value.split(":")
        version = START.match(f"v{value}|")
        if folded == "platform" and len(parts) == 3:
            self._platforms.append(f"{parts[1]}.{parts[2]}")
        elif folded == "platform2" and value.casefold() == "gteq" and self._platforms:
            self._platforms[-1] += "+"
        elif folded == "skipver" and version:
            if (int(version[1]), int(version[2])) >= _OLDEST_VERSION:
                self._platforms.append(f"policy version above {value}")
        else:
            self.unknown.append(f"{key}={value}")

    def values(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return the properties; a rule without `Active=` is off, one without `Name=` has the name of its value."""
        found = {"enabled": ["FALSE"], **self._found}
        if self._platforms:
            found["platform"] = self._platforms
        for side, by_family in self._sides.items():
            found[side] = [*_addresses(by_family["4"], by_family["6"])]
        shown = found.get("displayName", [""])[0]
        if name and (not shown or (shown.startswith("@") and not name.startswith("{"))):
            found["displayName"] = [name]  # a name such as `@FirewallAPI.dll,-28502` tells nobody anything
        return {key: tuple(texts) for key, texts in found.items()}


def _addresses(four: list[str], six: list[str]) -> Iterable[str]:
    """Yield the addresses of a side; `LocalSubnet` in one family alone is that family's."""
    for texts, others, family in ((four, six, "4"), (six, four, "6")):
        for text in texts:
            if text.casefold() != "localsubnet":
                yield text
            elif not any(other.casefold() == "localsubnet" for other in others):
                yield f"LocalSubnet{family}"
            elif family == "4":
                yield "LocalSubnet"
