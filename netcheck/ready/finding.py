"""What a line of the checklist comes to: a status for each VM, or for the site, with the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The four answers of a line. A fact that is missing is never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "notApplicable"

    @property
    def words(self) -> str:
        """The status as people read it."""
        return {"unknown": "not known", "notApplicable": "not applicable"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """A status and why. `vm` is "" where it is about the site; `at` is the place in a file, "" where there is none."""

    status: Status
    told: str
    vm: str = ""
    at: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON."""
        return {"vm": self.vm or None, "status": str(self.status), "told": self.told, "at": self.at or None}


Findings = Iterator[Finding]


def passed(told: str, vm: str = "", at: object = "") -> Finding:
    """Return a pass."""
    return Finding(Status.PASS, told, vm, str(at))


def failed(told: str, vm: str = "", at: object = "") -> Finding:
    """Return a failure."""
    return Finding(Status.FAIL, told, vm, str(at))


def unknown(told: str, vm: str = "", at: object = "") -> Finding:
    """Return what a missing fact leaves open."""
    return Finding(Status.UNKNOWN, told, vm, str(at))


def not_applicable(told: str, vm: str = "", at: object = "") -> Finding:
    """Return that a line does not concern a VM."""
    return Finding(Status.NOT_APPLICABLE, told, vm, str(at))


def worst(statuses: Iterable[Status]) -> Status:
    """Return the status of several together: one failure is one, and one open fact leaves open what does not fail."""
    found = set(statuses)
    for status in (Status.FAIL, Status.UNKNOWN, Status.PASS):
        if status in found:
            return status
    return Status.NOT_APPLICABLE
