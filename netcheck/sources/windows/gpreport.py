"""A Group Policy report as XML: rules and profile settings of one policy object, or of all that a machine gets.

Made by `Get-GPOReport -ReportType Xml` (root `GPO`) and `gpresult /x` (root `Rsop`). The elements of a rule and of a
profile are named as the fields of [MS-GPFAS] 2.2.2.19 and the values of 2.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netcheck.model.rules import Profile
from netcheck.sources._xml import Element
from netcheck.sources.windows.part import COLLECT, Faults, Part, Scope, Setting, shorten, unknown_rules
from netcheck.sources.windows.profile_values import PROFILE_KEYS, read_value
from netcheck.sources.windows.rule_string import from_fields

_RULES = frozenset(("InboundFirewallRules", "OutboundFirewallRules"))
_ORIGIN = frozenset(("GPO", "Precedence"))
_WITHOUT_EFFECT = frozenset(("GlobalSettings", "Phase1AuthenticationSets", "Phase2AuthenticationSets", "MainModeRules"))
_CATEGORY = "Windows Firewall"
_TEMPLATES = {
    "Protect all network connections": ("EnableFirewall", {"Enabled": "1", "Disabled": "0"}),
    "Do not allow exceptions": ("DoNotAllowExceptions", {"Enabled": "1", "Disabled": "0"}),
}
_HARMLESS = frozenset(
    ("Allow logging", "Prohibit notifications", "Prohibit unicast response to multicast or broadcast requests")
)
_STANDARD = (Profile.PRIVATE, Profile.PUBLIC)
_POLICY_KEY = re.compile(r"software\\policies\\microsoft\\windowsfirewall(?:\\(.*))?\Z")


def read_report(root: Element, faults: Faults) -> Part:
    """Read a report; what it holds is Group Policy's alone."""
    part = Part(faults.path)
    if root.name not in ("GPO", "Rsop"):
        advice = "give the report that `Get-GPOReport -ReportType Xml` or `gpresult /x` writes"
        faults.malformed(f"no Group Policy report: the root is `{shorten(root.name)}`", None, advice)
        return part
    part.scopes = frozenset((Scope.POLICY_RULES, Scope.POLICY_SETTINGS))
    if root.name == "GPO":
        faults.assumed("the report is of one policy object: others that the machine gets are not taken into account")
    extensions = list(_extensions(root))
    for extension in extensions:
        if _kind(extension) == "WindowsFirewallSettings":
            _firewall(extension, part, faults)
    for extension in extensions:
        if _kind(extension) == "RegistrySettings":
            _templates(extension, part, faults)
    return part


def _kind(extension: Element) -> str:
    return extension.attributes.get("type", "").rpartition(":")[2]


def _extensions(root: Element) -> Iterator[Element]:
    """Yield the settings of the machine; those of users hold no firewall."""
    for machine in (*root.each("Computer"), *root.each("ComputerResults")):
        if machine.first("Enabled").casefold() == "false":
            continue
        for data in machine.each("ExtensionData"):
            yield from data.each("Extension")


def _firewall(extension: Element, part: Part, faults: Faults) -> None:
    settings: list[tuple[int, Setting]] = []
    for element in extension.children:
        profiles = PROFILE_KEYS.get(element.name.casefold())
        if element.name in _RULES:
            fields = ((one.name, one.text.strip()) for one in element.children if one.name not in _ORIGIN)
            part.rules.append(from_fields(fields, element.at, is_group_policy=True))
        elif profiles is not None:
            for value in element.children:
                found = read_value(value.name, value.first("Value"), profiles, value.at, faults, is_group_policy=True)
                settings += [(_precedence(value), one) for one in found]
        elif element.name not in _WITHOUT_EFFECT:
            faults.open(f"`{shorten(element.name)}` of the report is not read", element.at)
            part.rules += unknown_rules(element.name, element.at, f"{element.name} of the report", is_group_policy=True)
    # Of several policy objects the one with the smallest number has its way; later settings stand above earlier ones.
    part.settings += [one for _, one in sorted(settings, key=lambda pair: -pair[0])]


def _precedence(element: Element) -> int:
    text = element.first("Precedence")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _templates(extension: Element, part: Part, faults: Faults) -> None:
    """Read administrative templates: those of the firewall of Windows XP still count."""
    has_own = any(one.profile in _STANDARD for one in part.settings)  # then StandardProfile counts for nothing
    by_category = {"domain profile": (Profile.DOMAIN,), "standard profile": () if has_own else _STANDARD}
    for policy in extension.each("Policy"):
        category = policy.first("Category").replace("Defender ", "")
        name = policy.first("Name").rpartition(": ")[2]
        at = policy.at
        if policy.first("State") not in ("Enabled", "Disabled", "Not Configured", "NotConfigured"):
            faults.unreadable("the report is not in English", at, COLLECT)
            return
        if _CATEGORY not in category or name in _HARMLESS or policy.first("State").startswith("Not"):
            continue
        profiles = by_category.get(category.rpartition("/")[2].casefold(), tuple(Profile))
        if name in _TEMPLATES:
            value, states = _TEMPLATES[name]
            text = states[policy.first("State")]
            part.settings += read_value(value, text, profiles, at, faults, is_group_policy=True)
        elif policy.first("State") == "Enabled":
            faults.open(f"the policy `{shorten(name)}` is not read", at)
            part.rules += unknown_rules(name, at, f"policy {name}", profiles=profiles, is_group_policy=True)
    for setting in extension.each("RegistrySetting"):
        key = _POLICY_KEY.match(setting.first("KeyPath").casefold())
        for element in setting.each("Value") if key else ():
            _registry_value(element, key[1] or "" if key else "", part, faults)


def _registry_value(value: Element, below: str, part: Part, faults: Faults) -> None:
    """A value that a policy sets without a template: of a profile's key, or one that is not read."""
    at, name, number = value.at, value.first("Name"), value.first("Number")
    if below in PROFILE_KEYS and number:
        part.settings += read_value(name, number, PROFILE_KEYS[below], at, faults, is_group_policy=True)
    else:
        faults.open(f"`{shorten(name)}` of the registry key `{shorten(below)}` is not read", at)
        part.rules += unknown_rules(name, at, f"the registry key {below}", is_group_policy=True)
