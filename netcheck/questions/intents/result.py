"""What became of intents: which hold, which fail and by which packets, and which nobody can tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from netcheck.model.flow import Flow
from netcheck.model.intents import Intent, KnownFailure
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.policy.decision import Decision
from netcheck.questions.answer import FORMAT, blocks, tags_dict
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

MUST_REACH, MUST_NOT_REACH, TOO_MUCH, TOO_LITTLE = "NC240", "NC241", "NC242", "NC243"
CHANGED, NO_BACKUP, OPEN = "NC244", "NC245", "NC246"


class Status(StrEnum):
    """Whether an intent holds. `known`: it fails, or is open, only as the baseline has it."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDETERMINED = "undetermined"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Part:
    """Packets that break an intent, decided alike. `sources` name the places they come from, where that is asked.

    `before` is who decided in the other description, for packets that fared otherwise there.
    """

    packets: PacketSet
    decided_by: tuple[Decision, ...]
    sources: tuple[str, ...] = ()
    before: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One way in which an intent does not hold: a code, what it is about, what is wrong, and the packets.

    `intent` is the title of the intent. `again` are the words of `netcheck reach` that ask for the same, where they
    differ from the witness's: through a proxy.
    """

    intent: str
    code: str
    subject: str
    message: str
    parts: tuple[Part, ...] = ()
    reasons: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    is_known: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody can tell from the site."""
        return self.code == OPEN

    @property
    def status(self) -> Status:
        """What the breach makes of its intent."""
        if self.is_known:
            return Status.KNOWN
        return Status.UNDETERMINED if self.is_open else Status.FAILS

    @property
    def packets(self) -> PacketSet:
        """All packets that break the intent in this way."""
        whole = EMPTY_PACKETS
        for part in self.parts:
            whole = whole | part.packets
        return whole

    @property
    def fingerprint(self) -> str:
        """What names the breach from run to run: no places, no packets, no rules."""
        said = json.dumps([self.code, key(self.intent), key(self.subject)])
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def witness(self) -> Flow | None:
        """The first packet that shows it, None where it is not about packets."""
        for part in self.parts:
            for h in part.packets.examples(1):
                return Flow(h.family, h.protocol, h.source, h.source_port, h.destination, h.destination_port)  # type: ignore[arg-type]  # families are 4 or 6
        return None

    @property
    def deciders(self) -> tuple[Decision, ...]:
        """Who decides about any of the packets, in order."""
        return tuple(dict.fromkeys(one for part in self.parts for one in part.decided_by))

    def to_dict(self, index: dict[Decision, int]) -> dict[str, object]:
        """Return the breach as JSON; `index` numbers the decisions of the whole report."""
        witness = self.witness
        return {
            "code": self.code,
            "status": str(self.status),
            "subject": self.subject,
            "message": self.message,
            "fingerprint": self.fingerprint,
            "packets": [block for part in self.parts for block in _blocks(part, index)],
            "witness": witness.to_dict() if witness is not None else None,
            "reasons": list(self.reasons),
        }


def _blocks(part: Part, index: dict[Decision, int]) -> Iterator[dict[str, object]]:
    sources = {"from": list(part.sources)} if part.sources else {}
    before = {"decidedBefore": [index[one] for one in part.before]} if part.before else {}
    for block in blocks(part.packets):
        yield {**sources, **block, "decidedBy": [index[one] for one in part.decided_by], **before}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One intent with what breaks it. `asked` is how many questions it stands for, `notes` what is left out of them."""

    intent: Intent
    kind: str
    asked: int
    breaches: tuple[Breach, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """A certain failure counts more than an open one, and both more than what the baseline knows."""
        found = {one.status for one in self.breaches}
        return next((s for s in (Status.FAILS, Status.UNDETERMINED, Status.KNOWN) if s in found), Status.HOLDS)

    def to_dict(self, index: dict[Decision, int]) -> dict[str, object]:
        """Return the outcome as JSON."""
        return {
            "name": self.intent.name or None,
            "kind": self.kind,
            "demand": self.intent.label,
            "why": self.intent.why or None,
            "at": str(self.intent.at.at),
            "status": str(self.status),
            "questions": self.asked,
            "breaches": [one.to_dict(index) for one in self.breaches],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class IntentsReport:
    """The outcome of all intents asked for. `gone` are failures of the baseline that are there no more."""

    site: Site = field(repr=False)
    file: str
    results: tuple[Judged, ...]
    baseline: str = ""
    gone: tuple[KnownFailure, ...] = ()

    @property
    def status(self) -> Status:
        """`fails` when one fails, else `undetermined` when one is open, else `holds`."""
        found = {one.status for one in self.results}
        return next((s for s in (Status.FAILS, Status.UNDETERMINED) if s in found), Status.HOLDS)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many intents have each status."""
        return {status: sum(one.status is status for one in self.results) for status in Status}

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """Everything that breaks an intent, in the order of the file."""
        return tuple(one for result in self.results for one in result.breaches)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON; `decidedBy` of a block indexes `decisions`."""
        every = [one for breach in self.breaches for part in breach.parts for one in (*part.decided_by, *part.before)]
        index = {decision: i for i, decision in enumerate(dict.fromkeys(every))}
        return {
            "format": FORMAT,
            "site": self.site.file,
            "intents": self.file,
            "status": str(self.status),
            "counts": {str(status): number for status, number in self.counts.items()},
            "results": [one.to_dict(index) for one in self.results],
            "decisions": [decision.to_dict() for decision in index],
            "baseline": {"file": self.baseline, "gone": [_gone(one) for one in self.gone]} if self.baseline else None,
            "tags": tags_dict(self.site.tags),
        }


def _gone(one: KnownFailure) -> dict[str, object]:
    return {"fingerprint": one.fingerprint, "intent": one.intent, "code": one.code, "subject": one.subject}
