"""`lint`: run the checks over a site and gather what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from netcheck.diagnostics import Severity
from netcheck.errors import QuestionError
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.lint.registry import CHECKS
from netcheck.model.address import AddressRange
from netcheck.model.names import key, nearest
from netcheck.model.site import Site
from netcheck.questions.answer import tags_dict
from netcheck.questions.finding import Finding

RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class LintReport:
    """What was found, in order of the places in the files."""

    site: Site
    findings: tuple[Finding, ...]

    @property
    def has_problems(self) -> bool:
        """Whether there is an error or a warning among the findings; notes alone are none."""
        return any(one.severity is not Severity.NOTE for one in self.findings)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "format": "netcheck/1",
            "findings": [{**one.to_dict(), "coveredBy": [c.name for c in one.covered_by]} for one in self.findings],
            "counts": {str(s): sum(one.severity is s for one in self.findings) for s in Severity},
            "tags": tags_dict(self.site.tags) if self.site.tags else None,
        }


def lint(
    site: Site,
    enable: Sequence[str] = (),
    disable: Sequence[str] = (),
    severity: Severity = Severity.NOTE,
    vnet: Sequence[AddressRange] | None = None,
) -> LintReport:
    """Return what the checks find in a site.

    `enable` and `disable` are codes or kinds: only these checks are run, or all but these. Findings less severe than
    `severity` are left out. `vnet` says what `VirtualNetwork` means where an NSG stands alone. Raise QuestionError
    when a code or kind is not known.
    """
    linted = Linted(site, vnet)
    found = [one for check in chosen(enable, disable) for one in check.find(linted)]
    told = (one for one in found if RANKS[one.severity] <= RANKS[severity])
    return LintReport(site, tuple(sorted(told, key=_place)))


def _place(one: Finding) -> tuple[object, ...]:
    at = one.place
    return at.file, at.line, at.column, at.pointer, one.code, one.resource, one.direction, one.rule, one.message


def chosen(enable: Sequence[str], disable: Sequence[str]) -> list[Check]:
    """Return the checks that are to be run; raise QuestionError for a code or kind that is none."""
    for word in (*enable, *disable):
        if not any(map(_is(word), CHECKS)):
            raise _unknown(word)
    wanted = [check for check in CHECKS if not enable or _is_any(check, enable)]
    return [check for check in wanted if not _is_any(check, disable)]


def _is_any(check: Check, words: Iterable[str]) -> bool:
    return any(_is(word)(check) for word in words)


def _is(word: str) -> Callable[[Check], bool]:
    return lambda check: key(word) in (key(check.code), check.kind)


def _unknown(word: str) -> QuestionError:
    kinds = list(dict.fromkeys(check.kind for check in CHECKS))
    near = nearest(word, [*kinds, *(check.code for check in CHECKS)])
    advice = f"did you mean `{near}`?" if near else f"kinds are {', '.join(kinds)}; `netcheck rule` lists the codes"
    return QuestionError("NC323", f"`{word[:40]}` is neither a code nor a kind of finding", advice)
