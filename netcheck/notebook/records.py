"""Values as flat records, a row for each part: what a data frame is made of. Nothing is cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from netcheck.estate.matrix import Matrix
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import SETTLED, Answer, blocks
from netcheck.questions.check import CheckReport
from netcheck.questions.diff.diff import DiffReport
from netcheck.questions.finding import Finding, Findings
from netcheck.remedy.comparison import Comparison
from netcheck.reports.decisions import decision_text
from netcheck.reports.matrix_files import HEAD, matrix_rows

Record = Mapping[str, object]
COLUMNS: Mapping[type, tuple[str, ...]] = {
    Answer: (
        "verdict", "family", "protocol", "source", "source_ports", "destination", "destination_ports", "decided_by",
    ),
    CheckReport: ("vm", "verdict", "to", "via", "ports", "degraded", "reasons"),
    Comparison: (
        "option", "verdict", "feasible", "recommended", "rules_needed", "rules_limit", "addresses_opened",
        "addresses_required", "over_exposure", "why_not",
    ),
    DiffReport: (
        "change", "from", "family", "protocol", "source", "source_ports", "destination", "destination_ports", "before",
        "after", "before_decided_by", "after_decided_by",
    ),
    Matrix: HEAD,
    Findings: ("code", "kind", "severity", "resource", "rule", "direction", "at", "message"),
}  # fmt: skip
"""The columns of each kind of value, also where it has no row."""


def records(value: object) -> tuple[Sequence[str], list[Record]]:
    """Return the columns of a value and its rows."""
    match value:
        case Answer():
            rows: Iterable[Record] = _answer(value)
        case CheckReport():
            rows = _check(value)
        case Comparison():
            rows = _comparison(value)
        case DiffReport():
            rows = _diff(value)
        case Matrix():
            rows = (dict(zip(HEAD, row, strict=True)) for row in matrix_rows(value))
        case Finding():
            return records(Findings([value]))
        case Findings():
            rows = (_finding(one) for one in value)
        case _:
            raise TypeError(f"{type(value).__name__} has no records")
    return COLUMNS[type(value)], list(rows)


def _block(block: Mapping[str, object]) -> Record:
    return {
        "family": block["family"],
        "protocol": block["protocol"],
        "source": block["source"],
        "source_ports": block["sourcePorts"],
        "destination": block["destination"],
        "destination_ports": block["destinationPorts"],
    }


def _decided(decisions: Sequence[Decision]) -> list[str]:
    return [decision_text(one) for one in decisions]


def _answer(answer: Answer) -> Iterator[Record]:
    for verdict in SETTLED:
        for part in answer.parts:
            if part.verdict is verdict:
                for block in blocks(part.packets):
                    yield {"verdict": str(verdict), **_block(block), "decided_by": _decided(part.decided_by)}


def _check(report: CheckReport) -> Iterator[Record]:
    for entry in report.entries:
        asked = entry.answer.question
        yield {
            "vm": entry.vm,
            "verdict": str(entry.verdict),
            "to": asked.target,
            "via": asked.via,
            "ports": list(asked.ports),
            "degraded": entry.is_degraded,
            "reasons": list(entry.answer.reasons),
        }


def _comparison(comparison: Comparison) -> Iterator[Record]:
    for one in comparison.choices:
        yield {
            "option": str(one.option),
            "verdict": str(one.verdict),
            "feasible": one.is_feasible,
            "recommended": one.option is comparison.recommended,
            "rules_needed": one.rules_needed,
            "rules_limit": one.rules_limit,
            "addresses_opened": one.addresses_opened,
            "addresses_required": one.addresses_required,
            "over_exposure": one.over_exposure,
            "why_not": one.why_not,
        }


def _diff(report: DiffReport) -> Iterator[Record]:
    for one in report.changes:
        for block in blocks(one.packets):
            yield {
                "change": str(one.kind),
                "from": list(one.sources),
                **_block(block),
                "before": str(one.before.verdict),
                "after": str(one.after.verdict),
                "before_decided_by": _decided(one.before.decided_by),
                "after_decided_by": _decided(one.after.decided_by),
            }
    for backup in report.backup:
        sides = {"before": _word(backup.before), "after": _word(backup.after)}
        yield {"change": str(backup.kind), "from": [f"backup of {backup.vm}"], **sides}


def _word(verdict: Verdict | None) -> str:
    return str(verdict) if verdict is not None else "no such VM"


def _finding(one: Finding) -> Record:
    return {
        "code": one.code,
        "kind": one.kind,
        "severity": str(one.severity),
        "resource": one.resource,
        "rule": one.rule,
        "direction": one.direction,
        "at": one.at,
        "message": one.message,
    }
