"""The outcome of intents as SARIF 2.1.0: one result a breach, at the rule that decides in the user's own file.

"Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS standard, 2020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import quote

from netcheck.diagnostics import Severity, printable
from netcheck.policy.decision import Decision
from netcheck.questions.catalog import CodeEntry
from netcheck.questions.intents.result import OPEN, Breach, IntentsReport, Judged
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_words import Names
from netcheck.reports.intents.words import Place, breach_lines, place_of, shown_at
from netcheck.reports.text import join

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "netcheckIntent/v1"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
Value = dict[str, object]


def intents_sarif(
    report: IntentsReport, catalog: Mapping[str, CodeEntry], version: str, exit_code: int, site_name: str = "SITE"
) -> Value:
    """Return the report as a SARIF log of one run; `catalog` explains the codes, which are its rules."""
    rules = [catalog[code] for code in catalog if code.startswith("NC24")]
    writing = _Writing(report, [one.code for one in rules], site_name)
    results = [writing.result(breach, judged) for judged in report.results for breach in judged.breaches]
    driver = {"name": "netcheck", "semanticVersion": version, "rules": [_rule(one) for one in rules]}
    invocation = {"executionSuccessful": True, "exitCode": exit_code}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "artifacts": writing.artifacts(),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: CodeEntry) -> Value:
    return {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in entry.title.replace("-", " ").split()),
        "shortDescription": {"text": _sentence(entry.title)},
        "fullDescription": {"text": _plain(entry.parts["What it means"])},
        "help": {"text": _plain(entry.parts["What to do"]), "markdown": entry.doc},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _unlinked(text: str) -> str:
    """A viewer makes a link of `[text](target)`: no name may bring one in."""
    return text.replace("](", "] (")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


class _Writing:
    """One run being written: the files it names get numbers in the order in which they occur."""

    def __init__(self, report: IntentsReport, codes: Sequence[str], site_name: str) -> None:
        self._names = Names(report.site) if report.breaches else Names()
        self._codes, self._site_name, self._baseline = list(codes), site_name, report.baseline
        self._files: dict[str, int] = {}
        for file in (report.site.file, report.file):
            self._index(file)

    def artifacts(self) -> list[Value]:
        """Return the files named so far."""
        return [{"location": {"uri": _uri(file)}, "roles": ["analysisTarget"]} for file in self._files]

    def result(self, breach: Breach, judged: Judged) -> Value:
        """Return one breach; where the baseline knows it, it is suppressed."""
        place, decision = shown_at(breach, judged.intent)
        _, *lines = breach_lines(breach, self._names, self._site_name)
        head = printable(f"{judged.intent.title}: {breach.subject}: {breach.message}.")
        found: Value = {
            "ruleId": breach.code,
            "ruleIndex": self._codes.index(breach.code),
            "level": "warning" if breach.code == OPEN else "error",
            "message": {"text": _unlinked(f"{head}\n{join(lines)}")},
            "locations": [self._location(place, decision)],
            "relatedLocations": self._related(breach, judged, decision),
            "partialFingerprints": {FINGERPRINT: breach.fingerprint},
        }
        if breach.is_known:
            told = f"listed in {printable(self._baseline)}"
            found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": told}]
        return found

    def _related(self, breach: Breach, judged: Judged, shown: Decision | None) -> list[Value]:
        """Return where the intent stands, and who else decides."""
        at = judged.intent.at.at
        intent = self._location(Place(at.file, at.line, at.column), None)
        told: list[Value] = [
            {"id": 1, **intent, "message": {"text": _unlinked(f"intent {printable(judged.intent.title)}")}}
        ]
        for other in breach.deciders:
            if other is not shown and other.at and other.at != "-":
                text = _unlinked(printable(decision_text(other)))
                told.append(
                    {"id": len(told) + 1, **self._location(place_of(other.at), other), "message": {"text": text}}
                )
        return told

    def _location(self, place: Place, decision: Decision | None) -> Value:
        artifact = {"uri": _uri(place.file), "index": self._index(place.file)}
        physical: Value = {"artifactLocation": artifact}
        if place.line:
            physical["region"] = {"startLine": place.line, "startColumn": place.column}
        found: Value = {"physicalLocation": physical}
        if decision is not None and (decision.resource or decision.rule):
            full = "/".join(filter(None, (decision.resource, decision.rule)))
            found["logicalLocations"] = [{"fullyQualifiedName": printable(full), "kind": str(decision.hop)}]
        return found

    def _index(self, file: str) -> int:
        return self._files.setdefault(file, len(self._files))


def _uri(file: str) -> str:
    """Return a file's name as a URI reference: relative ones stay relative to where netcheck ran."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "surrogateescape"), safe="/")
