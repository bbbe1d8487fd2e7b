"""What one file of a Windows firewall says: rules, settings of profiles, and what it would hold if there were more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source, printable
from netcheck.model.rules import ALL_PROFILES, Access, Direction, HostAction, Profile
from netcheck.sources.windows.rule_text import RuleText

COLLECT = "run the lines that `netcheck client --collect` prints on the VM, and give the file they write"
"""The advice wherever a file does not hold what counts."""


CUT = "whether the line, which does not end, is cut off"
"""What is not known of a rule on a last line without line break."""

DISABLED = "disabled_interfaces"
"""The name of the setting that the firewall is off on some interfaces."""


class Scope(StrEnum):
    """What a file holds whole, so that what is not in it is not there."""

    LOCAL_RULES = "the rules of the machine itself"
    POLICY_RULES = "the rules of Group Policy"
    LOCAL_SETTINGS = "the settings of the machine itself"
    POLICY_SETTINGS = "the settings of Group Policy"


EFFECTIVE_RULES = frozenset((Scope.LOCAL_RULES, Scope.POLICY_RULES))
EFFECTIVE_SETTINGS = frozenset((Scope.LOCAL_SETTINGS, Scope.POLICY_SETTINGS))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of one profile, by the name of its field in `ProfileSettings`; None: a value nobody knows."""

    profile: Profile
    name: str
    value: bool | Access | None
    at: Source
    is_group_policy: bool = False


@dataclass(slots=True)
class Part:
    """What was read from one file."""

    path: str
    scopes: frozenset[Scope] = frozenset()
    rules: list[RuleText] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    active_profile: Profile | None = None


class Faults:
    """Says what is wrong with a file, at its places."""

    def __init__(self, path: str, collector: Collector) -> None:
        self.path, self.collector = path, collector

    def at(self, line: int) -> Source:
        """Return the place where a line of the file begins."""
        return Source(self.path, line, 1)

    def malformed(self, message: str, at: Source | None = None, advice: str = "") -> None:
        """Collect an error: the file, or a rule in it, is not what it has to be."""
        self._add("NC154", Severity.ERROR, message, at, advice)

    def unreadable(self, message: str, at: Source | None = None, advice: str = "") -> None:
        """Collect an error: the file is cut off, or of a language netcheck does not know."""
        self._add("NC155", Severity.ERROR, message, at, advice)

    def open(self, message: str, at: Source | None = None, advice: str = "") -> None:
        """Collect a warning: something that may decide is not known, and what it could decide is undetermined."""
        self._add("NC156", Severity.WARNING, message, at, advice)

    def assumed(self, message: str, advice: str = "") -> None:
        """Collect a note: what no file says is taken as Windows has it where nobody changes it."""
        self._add("NC156", Severity.NOTE, message, None, advice)

    def _add(self, code: str, severity: Severity, message: str, at: Source | None, advice: str) -> None:
        where = at or Source(self.path)
        self.collector.add(
            Diagnostic(code=code, severity=severity, message=printable(message), at=where, help=printable(advice))
        )


def unknown_rules(
    name: str,
    at: Source,
    why: str,
    *,
    profiles: Sequence[Profile] = ALL_PROFILES,
    directions: Sequence[Direction] = tuple(Direction),
    actions: Sequence[HostAction] = (HostAction.BLOCK, HostAction.ALLOW),
    is_group_policy: bool = False,
) -> list[RuleText]:
    """Return rules that stand for what is not read: each may match any packet or none."""
    return [
        RuleText(
            at,
            {
                "displayName": (name,),
                "direction": (str(direction),),
                "action": (str(action),),
                "enabled": ("True",),
                "profile": tuple(map(str, profiles)),
                "unknown": (why,),
            },
            is_group_policy,
        )
        for direction in directions
        for action in actions
    ]


def shorten(text: str, most: int = 60) -> str:
    """Return a user's text as a message may hold it."""
    return printable(text if len(text) <= most else f"{text[: most - 3]}...")
