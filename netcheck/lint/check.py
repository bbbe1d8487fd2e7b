"""A check: one kind of finding, with its code, and the function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from netcheck.diagnostics import Severity, Source
from netcheck.lint.linted import Linted
from netcheck.model.rules import NsgRule
from netcheck.questions.finding import Finding, Related


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One code. `severity` is the worst it is given with; what it means stands in the catalogue of codes.

    Several codes may share a kind: `kind` is the word of the JSON, and what `--enable` and `--disable` take as well.
    """

    code: str
    kind: str
    severity: Severity
    find: Callable[[Linted], Iterator[Finding]]

    def about(
        self,
        resource: str,
        at: Source,
        message: str,
        *,
        severity: Severity | None = None,
        related: Iterable[Related] = (),
    ) -> Finding:
        """Return a finding about a resource."""
        return Finding(
            code=self.code,
            kind=self.kind,
            severity=severity or self.severity,
            resource=resource,
            at=str(at),
            place=at,
            message=message,
            related=tuple(related),
        )

    def about_rule(
        self,
        nsg: str,
        rule: NsgRule,
        message: str,
        *,
        severity: Severity | None = None,
        covered_by: Iterable[Related] = (),
        related: Iterable[Related] = (),
        figures: Iterable[tuple[str, int]] = (),
    ) -> Finding:
        """Return a finding about a rule of an NSG; `message` goes on after the rule's name."""
        return Finding(
            code=self.code,
            kind=self.kind,
            severity=severity or self.severity,
            resource=nsg,
            direction=str(rule.direction),
            rule=rule.name,
            at=str(rule.at),
            place=rule.at,
            message=f"rule {called(rule)} {message}",
            covered_by=tuple(covered_by),
            related=tuple(related),
            figures=tuple(figures),
        )


def called(rule: NsgRule) -> str:
    """Return a rule's name with its priority: `deny-all` (4096)."""
    return f"`{rule.name}` ({rule.priority})" if rule.priority else f"`{rule.name}`"


def to_related(rule: NsgRule, text: str = "") -> Related:
    """Return a rule as another finding's relative; `text` says what it does, its action where nothing is said."""
    return Related(rule.name, rule.at, text or f"{rule.access} at {rule.priority}")


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return some names in back-ticks, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(f"`{name}`" for name in names[:most]) + more
