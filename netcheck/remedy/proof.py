"""The proof of a plan in lines, as scripts and reports have it."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.remedy.plan import Plan
from netcheck.reports.text import packets_text


def proof_lines(plan: Plan) -> Iterator[str]:
    """Yield what was proven of a plan: the verdict without and with it, what it opens, what beyond, what it closes."""
    yield f"proof: the backup traffic is {plan.before} now, {plan.after} with this plan"
    if plan.opened:
        yield f"  the rules open {plan.opened.count_pairs():,} address-port pairs: {packets_text(plan.opened)}"
    beyond = plan.beyond.count_pairs()
    yield f"  not asked for by the option: {f'{beyond:,} of them: {packets_text(plan.beyond)}' if beyond else 'none'}"
    excess = plan.excess.count_pairs()
    yield f"  more than the backup traffic needs: {f'{excess:,} pairs' if excess else 'none'}"
    yield f"  closed: {packets_text(plan.closed) if plan.closed else 'none'}"


def change_lines(plan: Plan) -> Iterator[str]:
    """Yield what to type for the changes that are no NSG rules: those of the plan, and those that come before it."""
    for change in plan.changes:
        if change.commands:
            yield f"{'also' if change.is_in_proof else 'first'} on {change.resource}:"
            yield from (f"  {line}" for command in change.commands for line in command.splitlines())
