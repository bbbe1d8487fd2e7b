"""All checks, in the order in which they are run."""

from __future__ import annotations

from netcheck.lint.check import Check
from netcheck.lint.checks import dead, not_checked, partly_dead, redundant

CHECKS: tuple[Check, ...] = (
    dead.BY_ONE,
    dead.BY_SEVERAL,
    dead.MATCHES_NOTHING,
    partly_dead.CHECK,
    redundant.CHECK,
    not_checked.CHECK,  # last: it tells what the others gave up
)
