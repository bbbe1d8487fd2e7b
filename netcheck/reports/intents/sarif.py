"""The outcome of intents as SARIF 2.1.0: one result a breach, at the rule that decides in the user's own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netcheck.diagnostics import printable
from netcheck.policy.decision import Decision
from netcheck.questions.catalog import CodeEntry
from netcheck.questions.intents.result import OPEN, Breach, IntentsReport, Judged
from netcheck.reports.decisions import decision_text
from netcheck.reports.diff_words import Names
from netcheck.reports.file_places import Place, place_in, place_of
from netcheck.reports.intents.words import breach_lines, shown_at
from netcheck.reports.sarif import Files, Value, message, sarif_log
from netcheck.reports.text import join

FINGERPRINT = "netcheckIntent/v1"


def intents_sarif(
    report: IntentsReport, catalog: Mapping[str, CodeEntry], version: str, exit_code: int, site_name: str = "SITE"
) -> Value:
    """Return the report as a SARIF log of one run; `catalog` explains the codes, which are its rules."""
    rules = [catalog[code] for code in catalog if code.startswith("NC24")]
    writing = _Writing(report, [one.code for one in rules], site_name)
    results = [writing.result(breach, judged) for judged in report.results for breach in judged.breaches]
    return sarif_log(results, rules, writing.files, version, exit_code)


class _Writing:
    """One run being written."""

    def __init__(self, report: IntentsReport, codes: Sequence[str], site_name: str) -> None:
        self._names = Names(report.site) if report.breaches else Names()
        self._codes, self._site_name, self._baseline = list(codes), site_name, report.baseline
        self.files = Files((report.site.file, report.file))

    def result(self, breach: Breach, judged: Judged) -> Value:
        """Return one breach; where the baseline knows it, it is suppressed."""
        place, decision = shown_at(breach, judged.intent)
        _, *lines = breach_lines(breach, self._names, self._site_name)
        head = printable(f"{judged.intent.title}: {breach.subject}: {breach.message}.")
        found: Value = {
            "ruleId": breach.code,
            "ruleIndex": self._codes.index(breach.code),
            "level": "warning" if breach.code == OPEN else "error",
            "message": message(f"{head}\n{join(lines)}"),
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
        intent = self._location(place_in(judged.intent.at.at), None)
        told: list[Value] = [{"id": 1, **intent, "message": message(f"intent {printable(judged.intent.title)}")}]
        for other in breach.deciders:
            if other is not shown and other.at and other.at != "-":
                where = self._location(place_of(other.at), other)
                told.append({"id": len(told) + 1, **where, "message": message(printable(decision_text(other)))})
        return told

    def _location(self, place: Place, decision: Decision | None) -> Value:
        if decision is None:
            return self.files.location(place)
        return self.files.location(place, decision.resource, decision.rule, str(decision.hop))
