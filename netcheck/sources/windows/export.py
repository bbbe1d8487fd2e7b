"""Files of a Windows firewall to the firewall: what kind each is shows in its content, and together they are one.

Of settings, Group Policy's stand above those of the machine; its rules and those of the machine count together, unless
a setting says that only its own do. Semantics: Microsoft Learn, "Windows Firewall rules" (rule merging) and
`Set-NetFirewallProfile`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from netcheck.diagnostics import Collector, Source
from netcheck.model.hosts import ProfileSettings, WindowsFirewall
from netcheck.model.rules import ALL_PROFILES, HostRule, Profile
from netcheck.sources.windows.kinds import read_part
from netcheck.sources.windows.part import COLLECT, DISABLED, Faults, Part, Scope, Setting, unknown_rules
from netcheck.sources.windows.rule_text import RuleReader, RuleText

_USUAL = ProfileSettings()
_WHOLLY_UNKNOWN = ProfileSettings(
    is_enabled=None, default_inbound=None, default_outbound=None, allows_local_rules=None, allows_inbound_rules=None
)


def read_windows_export(paths: Sequence[str], collector: Collector) -> WindowsFirewall:
    """Read the files that belong to one machine; faults are collected, no readable file is an InputError.

    What no file says is taken as Windows has it where nobody changes it, with a note; but with files of Group Policy
    alone, the machine's own rules and settings are unknown.
    """
    parts = [read_part(path, collector) for path in paths]
    faults = Faults(paths[0], collector)
    scopes = frozenset(scope for part in parts for scope in part.scopes)
    settings = _settings(parts, scopes, faults)
    reader = RuleReader(collector)
    texts = [*_placed(parts, settings, faults), *_not_given(scopes, settings, faults)]
    rules: list[HostRule] = [rule for text in texts for rule in reader.read(text)]
    active = {part.active_profile for part in parts if part.active_profile is not None}
    return WindowsFirewall(
        rules=tuple(rules),
        settings=settings,
        active_profile=active.pop() if len(active) == 1 else None,
        files=tuple(paths),
        at=Source(paths[0]),
    )


def _settings(parts: Sequence[Part], scopes: frozenset[Scope], faults: Faults) -> Mapping[Profile, ProfileSettings]:
    """Return the settings of each profile: what Group Policy says, else what the machine's own say, else the default.

    A file of the machine's settings lists what differs from the default.
    """
    given = [setting for part in parts for setting in part.settings]
    has_local = bool(scopes & {Scope.LOCAL_RULES, Scope.LOCAL_SETTINGS})
    found = dict.fromkeys(ALL_PROFILES, _USUAL if has_local else _WHOLLY_UNKNOWN)
    _check_agreement(parts, faults)
    for setting in sorted(given, key=lambda one: (one.name == DISABLED, one.is_group_policy)):
        found[setting.profile] = _with(found[setting.profile], setting)
    silent = [profile for profile in ALL_PROFILES if not any(one.profile is profile for one in given)]
    if has_local and (Scope.LOCAL_SETTINGS not in scopes or silent):
        names = "" if len(silent) in (0, len(ALL_PROFILES)) else f" of {', '.join(silent)}"
        message = f"no file gives the settings of the profiles{names}: taken as on, Block inbound, Allow outbound"
        faults.assumed(message, COLLECT)
    if Scope.LOCAL_RULES in scopes and not scopes & {Scope.POLICY_RULES, Scope.POLICY_SETTINGS}:
        advice = "give `HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall` too, if the VM has that key"
        faults.assumed("no file gives what Group Policy says: taken as none", advice)
    is_managed = any(rule.is_group_policy for part in parts for rule in part.rules)
    if is_managed and Scope.POLICY_SETTINGS not in scopes:
        faults.open("rules of Group Policy are here, and not whether the machine's own rules count beside them")
        return MappingProxyType({p: replace(one, allows_local_rules=None) for p, one in found.items()})
    return MappingProxyType(found)


def _check_agreement(parts: Sequence[Part], faults: Faults) -> None:
    """Collect an error where two files give one setting two values."""
    known: dict[tuple[Profile, str, bool], tuple[Part, Setting]] = {}
    for part in parts:
        for setting in part.settings:
            first, other = known.setdefault((setting.profile, setting.name, setting.is_group_policy), (part, setting))
            if first is not part and other.value != setting.value:
                message = f"this file and `{first.path}` differ about the profile {setting.profile}"
                faults.malformed(message, setting.at, "leave the older one out")


def _with(settings: ProfileSettings, setting: Setting) -> ProfileSettings:
    if setting.name == DISABLED:
        return settings.with_value("is_enabled", None) if settings.is_enabled else settings
    return settings.with_value(setting.name, setting.value)


def _placed(parts: Sequence[Part], settings: Mapping[Profile, ProfileSettings], faults: Faults) -> list[RuleText]:
    """Return the rules; one of unknown origin may be Group Policy's where only those count."""
    texts = [rule for part in parts for rule in part.rules]
    homeless = [rule for rule in texts if rule.is_group_policy is None]
    if not homeless or all(one.allows_local_rules for one in settings.values()):
        return texts
    why = "whether it is a rule of Group Policy"
    faults.open(f"not known of {len(homeless)} rules: {why}; under some profile only those count", None, COLLECT)
    return [
        rule
        if rule.is_group_policy is not None
        else replace(rule, is_group_policy=True, hidden=", ".join(filter(None, (rule.hidden, why))))
        for rule in texts
    ]


def _not_given(scopes: frozenset[Scope], settings: Mapping[Profile, ProfileSettings], faults: Faults) -> list[RuleText]:
    """Return what stands for the machine's own rules where no file gives them."""
    if Scope.LOCAL_RULES in scopes or not scopes:
        return []
    profiles = [profile for profile in ALL_PROFILES if settings[profile].allows_local_rules is not False]
    if not profiles:
        return []
    faults.open("no file gives the machine's own rules, which count beside those of Group Policy", None, COLLECT)
    why = "the machine's own rules, which no file gives"
    return unknown_rules("rules of the machine itself", Source(faults.path), why, profiles=profiles)
