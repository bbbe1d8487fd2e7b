"""What Azure computed for NICs, where it is not what the site's own rules and routes make."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.questions.computed import CODE
from netcheck.questions.finding import Finding


def _find(linted: Linted) -> Iterator[Finding]:
    if not linted.site.is_bare_nsg:
        yield from linted.asking.findings


CHECK = Check(code=CODE, kind="computed", severity=Severity.WARNING, find=_find)
