"""`fix` as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import printable
from netcheck.remedy.fix import Fix
from netcheck.remedy.proof import change_lines, proof_lines
from netcheck.reports.text import WIDTH, wrap


def fix_text(fix: Fix, asked: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `fix`: the proof as comments, then the script and nothing behind it.

    `asked` is SITE with the options about backup, as one would type them again.
    """
    comment = fix.spelled.comment
    if not comment:
        return fix.script
    lines = [wrapped for line in _told(fix) for wrapped in wrap(printable(line), width - 2)]
    lines += [printable(line) for line in (*change_lines(fix.plan), *_undo(fix), *_next(fix, asked))]
    return "".join(f"{comment} {line}\n" for line in lines) + fix.script


def _told(fix: Fix) -> Iterator[str]:
    plan = fix.plan
    count = f"{len(plan.openings)} rule{'' if len(plan.openings) == 1 else 's'}"
    yield f"option {plan.option}: {count if plan.is_proven else 'no proven plan'}"
    if not plan.edits and plan.before is plan.after:
        yield f"the backup traffic is {plan.before} as it is"
    else:
        yield from proof_lines(plan)
    yield from (f"note: {note}" for note in plan.notes)


def _undo(fix: Fix) -> Iterator[str]:
    if fix.undo:
        yield "undo:"
        yield from (f"  {line}" for line in fix.undo.splitlines())


def _next(fix: Fix, asked: str) -> Iterator[str]:
    """Yield what proves a plan once more, the same question about what the site has become; else other options."""
    if not asked.isprintable():  # made visible it would be another command
        return
    if fix.script:
        yield "when it has run and the site is exported again:"
    yield f"next: netcheck {'check' if fix.plan.is_proven else 'compare'} {asked}"
