"""A finding: something about the site itself that its reader should know, whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.diagnostics import NOWHERE, Severity, Source
from netcheck.display import Displayed


@dataclass(frozen=True, slots=True)
class Related:
    """Another rule or resource that a finding is about, what it has to do with it, and its place."""

    name: str
    at: Source
    text: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON; absent facts are null."""
        return {"name": self.name, "at": str(self.at) if self.at != NOWHERE else None, "text": self.text or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Displayed):
    """One fact about a resource of the site, in one sentence.

    `rule` and `at` are the site's rule or route and its place, `computed_rule` and `computed_at` those that Azure
    computed; "" where there is none. `level` is the key of Azure's `association` where it is about an NSG.
    """

    code: str
    kind: str
    resource: str
    message: str
    severity: Severity = Severity.WARNING
    level: str = ""
    direction: str = ""
    rule: str = ""
    at: str = ""
    computed_rule: str = ""
    computed_at: str = ""
    place: Source = NOWHERE
    covered_by: tuple[Related, ...] = ()
    related: tuple[Related, ...] = ()
    figures: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON; absent facts are null, and other rules are told where there are any."""
        related = (*self.covered_by, *self.related)
        return {
            "code": self.code,
            "kind": self.kind,
            "severity": str(self.severity),
            "resource": self.resource,
            "level": self.level or None,
            "direction": self.direction or None,
            "rule": self.rule or None,
            "at": self.at or None,
            "computedRule": self.computed_rule or None,
            "computedAt": self.computed_at or None,
            "message": self.message,
            **({"coveredBy": [one.name for one in self.covered_by]} if self.covered_by else {}),
            **({"related": [one.to_dict() for one in related]} if related else {}),
            **({"figures": dict(self.figures)} if self.figures else {}),
        }


class Findings(tuple[Finding, ...], Displayed):
    """Findings, the most severe first within a resource; a tuple that a notebook shows as a table."""

    __slots__ = ()
