"""`compare` and `fix` as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.remedy.blockers import sentences
from netcheck.remedy.compare import Choice, Comparison
from netcheck.remedy.fix import Fix, own_dialect
from netcheck.remedy.proof import proof_lines
from netcheck.reports.text import join, tag_lines, wrap


def compare_text(comparison: Comparison, site_name: str = "SITE") -> str:
    """Return the report of `compare`: one line an option, then the one to take."""
    return join(_comparison(comparison, site_name))


def _comparison(comparison: Comparison, site_name: str) -> Iterator[str]:
    ports = ",".join(str(port) for port in comparison.ports)
    yield (
        f"required: {comparison.target} tcp {ports}, {comparison.addresses_required:,} IPv4 addresses "
        f"(profile {comparison.profile})"
    )
    yield ""
    yield f"{'option':<27}{'verdict':<13}{'fits':<5}{'rules/limit':>11}{'opens':>14}{'exposure':>10}"
    for choice in comparison.choices:
        yield _choice(choice)
    yield ""
    said: dict[str, list[str]] = {}
    for choice in comparison.choices:
        for sentence in _remarks(choice):
            said.setdefault(sentence, []).append(choice.option)
    yield from (f"{', '.join(names)}: {sentence}" for sentence, names in said.items())
    if comparison.recommended is not None:
        chosen = comparison[comparison.recommended]
        yield f"take {comparison.recommended}: {comparison.why}"
        yield from (f"  also change: {change.what}" for change in chosen.changes)
        yield f"  next: netcheck fix {site_name} --option {comparison.recommended} --as {own_dialect(comparison.site)}"
    else:
        yield comparison.why
    yield from tag_lines(comparison.site.tags)


def _remarks(choice: Choice) -> Iterator[str]:
    """Yield why an option does not do, who blocks it and what would change that, and what to know about it."""
    if choice.why_not:
        yield choice.why_not
        if choice.changes:
            yield f"it takes: {'; '.join(change.what for change in choice.changes)}"
    elif choice.verdict is not Verdict.REACHABLE:
        yield from sentences(choice.blockers, choice.reasons)
    yield from choice.notes


def _choice(choice: Choice) -> str:
    fits = "yes" if choice.is_feasible else "no"
    rules = f"{choice.rules_needed}/{choice.rules_limit}"
    return (
        f"{choice.option:<27}{choice.verdict:<13}{fits:<5}{rules:>11}"
        f"{choice.addresses_opened:>14,}{_factor(choice.over_exposure):>10}"
    )


def _factor(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:,.1f}Mx"
    return f"{value:,.0f}x" if value >= 10 else f"{value:.2f}x".replace(".00x", "x")


def fix_text(fix: Fix) -> str:
    """Return the report of `fix`: the proof as comments, then the script and nothing behind it."""
    comment = fix.spelled.comment
    if not comment:
        return fix.script
    lines = [wrapped for line in _told(fix) for wrapped in wrap(printable(line), 78)]
    return "".join(f"{comment} {line}\n" for line in (*lines, *_commands(fix), *_undo(fix))) + fix.script


def _told(fix: Fix) -> Iterator[str]:
    plan = fix.plan
    count = f"{len(plan.openings)} rule{'' if len(plan.openings) == 1 else 's'}"
    yield f"option {plan.option}: {count if plan.is_proven else 'no proven plan'}"
    if not plan.edits and plan.before is plan.after:
        yield f"the backup traffic is {plan.before} as it is"
    else:
        yield from proof_lines(plan)
    yield from (f"note: {note}" for note in plan.notes)


def _commands(fix: Fix) -> Iterator[str]:
    """Yield what to type for the changes that are no NSG rules."""
    for change in fix.plan.changes:
        if change.commands:
            yield printable(f"{'also' if change.is_in_proof else 'first'} on {change.resource}:")
            yield from (f"  {printable(line)}" for command in change.commands for line in command.splitlines())


def _undo(fix: Fix) -> Iterator[str]:
    if fix.undo:
        yield "undo:"
        yield from (f"  {printable(line)}" for line in fix.undo.splitlines())
