"""`explain` as plain text: the way in one line, then each hop with the rules it looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.policy.trace import RuleTrace
from netcheck.questions.answer import Answer
from netcheck.questions.explain import Explanation, HopExplanation
from netcheck.reports.decisions import decision_text
from netcheck.reports.text import WIDTH, answer_text, finding_lines, join

_WORDS = {
    "sourcePort": "source port",
    "destinationPort": "destination port",
    "sourceGroup": "source group",
    "destinationGroup": "destination group",
}


def explain_text(
    explanations: Sequence[Explanation], answer: Answer | None, next_command: str = "", width: int = WIDTH
) -> str:
    """Return the report of `explain`: the answer as a whole if there is one, each flow, and what to type next."""
    blocks = [answer_text(answer, "", width)] if answer is not None else []
    blocks += [join(_explanation(one), width) for one in explanations]
    blocks += [join([f"next: {next_command}"], width)] if next_command else []
    return "\n".join(blocks)


def _explanation(one: Explanation) -> Iterator[str]:
    yield f"{one.verdict.upper()}  {one.flow}"
    yield f"  {one.chain}"
    for hop in one.hops:
        yield from _hop(hop)
    yield from (f"  note: {reason}" for reason in one.reasons)
    yield from finding_lines(one.findings)


def _hop(hop: HopExplanation) -> Iterator[str]:
    name = f" {hop.result.resource}" if hop.result.resource else ""
    direction = f" {hop.result.direction.lower()}" if hop.result.direction else ""
    yield f"  [{hop.result.hop}{name}{direction}] {hop.verdict}"
    if not hop.rules:
        if not hop.decisions:
            yield "    nothing is applied here: everything passes"
        yield from (f"    {decision_text(decision)}" for decision in hop.decisions)
    for trace in hop.rules:
        yield f"    {_rule(trace)}"
    yield from (f"    {d.note}" for d in hop.decisions if hop.rules and not d.rule)


def _rule(trace: RuleTrace) -> str:
    rule = trace.rule
    head = f"{rule.priority or '?':>5} {rule.access:<5} {rule.name}"
    if trace.matches:
        return f"{head}: decides  {rule.at}"
    if trace.matches is None:
        open_fields = [_WORDS.get(name, name) for name, value in trace.fields if value is None]
        return f"{head}: may match, {', '.join(open_fields)} cannot be told  {rule.at}"
    missed = [_WORDS.get(name, name) for name in trace.mismatches()]
    return f"{head}: passed over, {' and '.join(missed)} {'does' if len(missed) == 1 else 'do'} not match"
