"""The firewall's keys of the registry, and bare rule strings.

Semantics: [MS-GPFAS] 2.2.2 and 2.2.3 (below `SOFTWARE\\Policies\\Microsoft\\WindowsFirewall`); the machine's own keys
below `SharedAccess\\Parameters\\FirewallPolicy` have the same form, and `StandardProfile` for the profile Private.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netcheck.diagnostics import Source
from netcheck.model.rules import ALL_PROFILES, HostAction, Profile
from netcheck.sources._registry_text import Deletion, Fault, Key, RegistryItem, SearchEnd, Value
from netcheck.sources._text import is_cut_line, numbered
from netcheck.sources.windows.part import CUT, Faults, Part, Scope, shorten, unknown_rules
from netcheck.sources.windows.profile_values import PROFILE_KEYS, read_value
from netcheck.sources.windows.rule_string import START, RuleStringError, parse_rule_string

_LOCAL = re.compile(r".*\\services\\sharedaccess\\parameters\\firewallpolicy(?:\\(.*))?\Z")
_POLICY = re.compile(r".*\\policies\\microsoft\\windowsfirewall(?:\\(.*))?\Z")
# Logging and IPsec's sets of methods let nothing in; addresses by name count where a rule names them.
_WITHOUT_EFFECT = re.compile(
    r"\Z|logging\b|phase[12](?:authentication|crypto)sets|mainmoderules|dynamickeywords|epoch|.*\\logging\Z"
)
_DEMANDING = frozenset(("secureserver", "secure"))
_FORBIDDING = frozenset(("boundary", "donotsecure"))


def read_values(items: Iterable[RegistryItem], faults: Faults) -> Part:
    """Return what the values under the firewall's keys say; other keys are none of its business."""
    part, found = Part(faults.path), list(_readable(items, faults))
    reader = _Reader(part, faults, _standard(found))
    for one in found:
        reader.take(one)
    if not any(_LOCAL.match(one.key) or _POLICY.match(one.key) for one in found):
        advice = "export `HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy`"
        faults.malformed("no key of the Windows firewall in it", None, advice)
    reader.finish()
    return part


def _readable(items: Iterable[RegistryItem], faults: Faults) -> Iterator[Key | Value]:
    """Yield keys and values; a change to the registry, a search and what cannot be read are errors."""
    for item in items:
        match item:
            case Key() | Value():
                yield item
            case Deletion(key, None, at):
                faults.malformed("the file deletes keys: it is a change, not an export", at)
                yield Key(key, at)
            case Deletion(_, str() as name, at):
                faults.malformed(f"`{shorten(name)}` is deleted: the file is a change, not an export", at)
            case SearchEnd(line, at):
                advice = "give what `reg query KEY /s` prints, without `/f`"
                faults.malformed(f"`{shorten(line)}` ends a search, which does not show all", at, advice)
            case Fault(message, at, is_cut):
                (faults.unreadable if is_cut else faults.malformed)(message, at)


def _standard(found: Sequence[Key | Value]) -> tuple[Profile, ...]:
    """Return the profiles that StandardProfile of the policy stands for: both or, beside a key of one of them, none."""
    keys = [match[1] or "" for one in found if (match := _POLICY.match(one.key))]
    has_own = any(key.startswith(("privateprofile", "publicprofile")) for key in keys)
    return () if has_own else (Profile.PRIVATE, Profile.PUBLIC)


class _Reader:
    def __init__(self, part: Part, faults: Faults, standard: tuple[Profile, ...]) -> None:
        self._part, self._faults, self._standard = part, faults, standard
        self._hardening = 0
        self._listed: dict[bool, Source] = {}
        self._filled: set[bool] = set()
        self._rules_at: Source | None = None

    def take(self, one: Key | Value) -> None:
        """Take one key or value."""
        local, policy = _LOCAL.match(one.key), _POLICY.match(one.key)
        found = local or policy
        if found is None:
            return
        below = found[1] or ""
        is_managed = below.startswith("mdm\\")
        if isinstance(one, Key):
            self._key(one, below, is_group_policy=local is None)
            return
        self._filled |= {local is None} if below else set()
        self._below(one, below.removeprefix("mdm\\"), is_group_policy=is_managed or local is None)

    def _key(self, key: Key, below: str, *, is_group_policy: bool) -> None:
        """Note what a file holds whole: all below a key that it lists."""
        if below == "firewallrules" or (below == "" and is_group_policy):  # Windows has rules of its own always
            self._part.scopes |= {Scope.POLICY_RULES if is_group_policy else Scope.LOCAL_RULES}
        if below == "" or self._profiles(below, is_group_policy=is_group_policy) is not None:
            self._part.scopes |= {Scope.POLICY_SETTINGS if is_group_policy else Scope.LOCAL_SETTINGS}
        if below == "firewallrules" and not is_group_policy:
            self._rules_at = key.at
        if below:
            self._listed.setdefault(is_group_policy, key.at)

    def finish(self) -> None:
        """Say what was left out, and what the file names and does not hold."""
        if self._rules_at is not None and not self._part.rules:
            advice = "export the key `FirewallPolicy` with all below it"
            self._faults.unreadable("the machine's own rules are listed here without one", self._rules_at, advice)
        for is_group_policy, at in self._listed.items():
            if is_group_policy not in self._filled:
                advice = "give `reg query` the option `/s`, or use `reg export`"
                self._faults.malformed("keys are listed here without anything in them", at, advice)
        if self._hardening:
            what = f"{self._hardening} rules by which Windows restricts its own services"
            self._faults.assumed(f"{what} are left out: they are about no other program")

    def _below(self, value: Value, below: str, *, is_group_policy: bool) -> None:
        first, _, rest = below.partition("\\")
        profiles = self._profiles(first, is_group_policy=is_group_policy)
        if first == "restrictedservices":
            self._hardening += START.match(value.shown) is not None
        elif first == "consecrules":
            self._security_rule(value, is_group_policy=is_group_policy)
        elif START.match(value.shown) or first == "firewallrules" or rest == "firewallrules":
            self._rule(value, is_group_policy=is_group_policy)
        elif profiles is not None and not rest:
            self._part.settings += read_value(
                value.name, value.shown, profiles, value.at, self._faults, is_group_policy=is_group_policy
            )
        elif not _WITHOUT_EFFECT.match(below):
            self._exception(value, below, profiles, is_group_policy=is_group_policy)

    def _profiles(self, first: str, *, is_group_policy: bool) -> tuple[Profile, ...] | None:
        if first == "standardprofile":
            return self._standard if is_group_policy else (Profile.PRIVATE,)
        return PROFILE_KEYS.get(first)

    def _rule(self, value: Value, *, is_group_policy: bool) -> None:
        try:
            rule = parse_rule_string(value.shown, value.at, value.name, is_group_policy=is_group_policy)
        except RuleStringError as error:
            fault = self._faults.unreadable if error.is_cut else self._faults.malformed
            fault(f"rule `{shorten(value.name)}`: {error}", value.at)
        else:
            self._part.rules.append(replace(rule, unknown=(*rule.unknown, CUT)) if value.may_be_cut else rule)

    def _security_rule(self, value: Value, *, is_group_policy: bool) -> None:
        """A connection security rule that demands IPsec keeps out who does not speak it: [MS-FASP] 2.2.55."""
        fields = {k.casefold(): v.casefold() for k, _, v in (one.partition("=") for one in value.shown.split("|"))}
        action = fields.get("action", "")
        if fields.get("active") == "false" or action in _FORBIDDING:
            return
        name = f"connection security rule {value.name}"
        what = "demands" if action in _DEMANDING else "may demand"
        self._faults.open(f"`{shorten(name)}` {what} IPsec, which netcheck does not model", value.at)
        why = "what a connection security rule demands"
        self._part.rules += unknown_rules(
            name, value.at, why, actions=(HostAction.BLOCK,), is_group_policy=is_group_policy
        )

    def _exception(
        self, value: Value, below: str, profiles: Sequence[Profile] | None, *, is_group_policy: bool
    ) -> None:
        """Exceptions in the form of Windows XP, and keys nobody knows: what they open or close is not read."""
        self._faults.open(f"`{shorten(value.name)}` of the key `{shorten(below)}` is not read", value.at)
        self._part.rules += unknown_rules(
            f"{below}: {value.name}",
            value.at,
            f"the registry key {below}",
            profiles=ALL_PROFILES if profiles is None else profiles,
            is_group_policy=is_group_policy,
        )


def read_rule_lines(text: str, faults: Faults) -> Part:
    """Read a file with a rule string on each line; blank lines and lines with `#` or `;` say nothing."""
    part = Part(faults.path, frozenset((Scope.LOCAL_RULES,)))
    lines = numbered(text)
    for number, line in lines:
        bare = line.strip().strip('"')
        if not bare or bare.startswith(("#", ";")):
            continue
        try:
            rule = parse_rule_string(bare, faults.at(number))
        except RuleStringError as error:
            fault = faults.unreadable if error.is_cut else faults.malformed
            fault(f"{error}, not `{shorten(bare)}`" if not error.is_cut else str(error), faults.at(number))
        else:
            part.rules.append(replace(rule, unknown=(*rule.unknown, CUT)) if is_cut_line(number, lines) else rule)
    return part
