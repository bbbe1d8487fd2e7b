"""Who decided, as lines of text: the decision, and where the file says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision


def decider_lines(verdict: Verdict, decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield one line a decision; one that goes either way, as an unknown fact has it, is told once."""
    lines: dict[str, None] = {}
    for decision in decisions:
        is_open = verdict is Verdict.UNDETERMINED and replace(decision, passes=not decision.passes) in decisions
        lines[f"    {decision_text(decision, 'may allow or deny' if is_open else '')}"] = None
    yield from lines


def decision_text(decision: Decision, word: str = "") -> str:
    """Return who decided and where the file says so; `word` in place of what it decided."""
    named = [word for word in (f"by {decision.named}" if decision.rule else "", decision.note) if word]
    where = f" {decision.resource}" if decision.resource else ""
    at = f"  {decision.at}" if decision.at else ""
    told = f"{word or decision.access.lower()}{' ' if decision.rule else ': '}{', '.join(named)}"
    return f"{decision.hop}{where}: {told}{at}"
