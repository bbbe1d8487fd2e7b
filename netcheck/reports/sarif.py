"""What logs in SARIF 2.1.0 have in common: one run, its rules from the catalogue of codes, places in the user's files.

"Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS standard, 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from urllib.parse import quote

from netcheck.diagnostics import Severity, printable
from netcheck.questions.catalog import CodeEntry
from netcheck.reports.file_places import Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
Value = dict[str, object]


class Files:
    """The files that a run names; they get numbers in the order in which they occur."""

    def __init__(self, files: Iterable[str]) -> None:
        self._numbers: dict[str, int] = {}
        for file in files:
            self._index(file)

    def artifacts(self) -> list[Value]:
        """Return the files named so far."""
        return [{"location": {"uri": _uri(file)}, "roles": ["analysisTarget"]} for file in self._numbers]

    def location(self, place: Place, resource: str = "", rule: str = "", kind: str = "") -> Value:
        """Return a place, and what Azure calls that which stands there, where it has a name."""
        physical: Value = {"artifactLocation": {"uri": _uri(place.file), "index": self._index(place.file)}}
        if place.line:
            physical["region"] = {"startLine": place.line, "startColumn": place.column}
        found: Value = {"physicalLocation": physical}
        name = "/".join(filter(None, (resource, rule)))
        if name:
            found["logicalLocations"] = [{"fullyQualifiedName": printable(name), "kind": kind}]
        return found

    def _index(self, file: str) -> int:
        return self._numbers.setdefault(file, len(self._numbers))


def sarif_log(
    results: Sequence[Value], rules: Iterable[CodeEntry], files: Files, version: str, exit_code: int
) -> Value:
    """Return a log of one run; `files` are those that the results name."""
    driver = {"name": "netcheck", "semanticVersion": version, "rules": [_rule(one) for one in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "artifacts": files.artifacts(),
        "columnKind": "unicodeCodePoints",
        "results": list(results),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def message(text: str) -> Value:
    """Return a message. A viewer makes a link of `[text](target)`: no name may bring one in."""
    return {"text": text.replace("](", "] (")}


def _rule(entry: CodeEntry) -> Value:
    return {
        "id": entry.code,
        "name": "".join(word.capitalize() for word in entry.title.replace("-", " ").split()),
        "shortDescription": {"text": _sentence(entry.title)},
        "fullDescription": {"text": _plain(entry.parts["What it means"])},
        "help": {"text": _plain(entry.parts["What to do"]), "markdown": entry.doc},
        "defaultConfiguration": {"level": LEVELS[entry.severity]},
    }


def _plain(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _uri(file: str) -> str:
    """Return a file's name as a URI reference: relative ones stay relative to where netcheck ran."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "surrogateescape"), safe="/")
