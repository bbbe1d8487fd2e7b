"""What the peers share: their command line, their stopwatch, and one neutral form of answers, the digest.

A digest is a mapping of plain values. Two peers agree when the entries that both have are equal; a peer that cannot
tell something leaves the entry out.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.bench.plain import Load, PlainRule, Question, contains, fingerprint, merge, read_load, size

Digest: TypeAlias = dict[str, Any]
NO_RULE = -1
"""The deciding rule where a peer cannot tell."""


class Piece(NamedTuple):
    """Addresses that one rule decides alike."""

    first: int
    last: int
    allow: bool
    rule: int = NO_RULE


class Outcome(NamedTuple):
    """What a job took and found; `ask` is the question alone, `compile` what a second question would not need again."""

    compile: float
    ask: float
    digest: Digest
    note: str = ""


Job: TypeAlias = Callable[[Load], Outcome]


class Stopwatch:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since the last lap, and start the next."""
        now = time.perf_counter()
        lap, self._start = now - self._start, now
        return lap


def library(name: str) -> Any:
    """Import a peer's library; where it is missing, say so as the answer and end with status 3."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name or name}))
        raise SystemExit(3) from None


def run(peer: str, jobs: Mapping[str, Job]) -> None:
    """Do what the command line says, `LOADFILE JOB`, and print one line of JSON."""
    if len(sys.argv) != 3 or sys.argv[2] not in jobs:
        raise SystemExit(f"usage: python -m tests.bench.peers.{peer} LOADFILE {'|'.join(jobs)}")
    load = read_load(Path(sys.argv[1]))
    try:
        outcome = jobs[sys.argv[2]](load)
    except MemoryError as error:
        print(json.dumps({"failed": str(error), "peak_mib": peak_mib()}))
        raise SystemExit(4) from None
    line = {
        "peer": peer,
        "job": sys.argv[2],
        "compile": outcome.compile,
        "ask": outcome.ask,
        "seconds": outcome.compile + outcome.ask,
        "peak_mib": peak_mib(),
        "digest": outcome.digest,
        "note": outcome.note,
    }
    print(json.dumps(line))


def peak_mib() -> float:
    """Return the peak resident memory of this process so far, in MiB.

    `getrusage` on Linux also counts what the starting process had before it became this one; the kernel's own page
    does not.
    """
    page = Path("/proc/self/status")
    if page.is_file():
        return int(next(line for line in page.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def is_candidate(rule: PlainRule, question: Question, port: int, source_port: int) -> bool:
    """Return whether a rule fits the question of B1 in every field but the destination."""
    return (
        contains(rule.protocols, 6)
        and contains(rule.destination_ports, port)
        and contains(rule.source_ports, source_port)
        and contains(rule.source.v4, question.source)
    )


def probes(question: Question) -> list[tuple[int, int]]:
    """Return the pairs of destination port and source port at which answers of B1 are compared."""
    return [(port, source_port) for port in question.ports for source_port in question.source_ports]


def _entry(port: int, source_port: int) -> str:
    return f"tcp/{port} from {source_port}: "


def blocked_entry(port: int, source_port: int) -> str:
    """Return the name of the entry that says whether anything is blocked on a port."""
    return _entry(port, source_port) + "is blocked"


def points_entry(port: int, source_port: int) -> str:
    """Return the name of the entry of the answers at `Question.points`."""
    return _entry(port, source_port) + "points"


def differs_entry(family: int) -> str:
    """Return the name of the entry that says whether two lists differ at all."""
    return f"differs ipv{family}"


def digest_b1(question: Question, answers: Mapping[tuple[int, int], Iterable[Piece]]) -> Digest:
    """Return the answer of B1 in the neutral form: counts for people, fingerprints of all spans for comparison."""
    digest: Digest = {}
    for (port, source_port), pieces in answers.items():
        found = sorted(pieces)
        spans = {allow: merge((p.first, p.last) for p in found if p.allow is allow) for allow in (True, False)}
        at = _entry(port, source_port)
        digest[at + "reachable"], digest[at + "blocked"] = size(spans[True]), size(spans[False])
        digest[blocked_entry(port, source_port)] = bool(spans[False])
        digest[at + "spans"] = fingerprint([spans[True], spans[False]])
        if all(piece.rule != NO_RULE for piece in found):
            by_rule = {rule: merge((p.first, p.last) for p in found if p.rule == rule) for rule in _rules(found)}
            digest[at + "rules"] = fingerprint(sorted(by_rule.items()))
            digest[at + "deciding rules"] = len(by_rule)
            decided = [at_point(found, point) for point in question.points]
            digest[points_entry(port, source_port)] = digest_points((piece.allow, piece.rule) for piece in decided)
    return digest


def digest_points(decided: Iterable[tuple[bool, int]]) -> str:
    """Return the neutral form of action and deciding rule at each of `Question.points`, in order."""
    return fingerprint([list(one) for one in decided])


def _rules(pieces: Iterable[Piece]) -> list[int]:
    return sorted({piece.rule for piece in pieces})


def at_point(pieces: Sequence[Piece], address: int) -> Piece:
    """Return the piece of a sorted answer that holds an address."""
    piece = pieces[bisect_right(pieces, address, key=lambda one: one.first) - 1]
    assert piece.first <= address <= piece.last
    return piece


def digest_b2(
    permitted: Mapping[int, int], opened: Mapping[int, int] | None = None, closed: Mapping[int, int] | None = None
) -> Digest:
    """Return exact numbers of packets by family: what the first list permits, what the other opens and closes."""
    named = {"permitted": permitted, "opened": opened or {}, "closed": closed or {}}
    digest: Digest = {
        f"{name} ipv{family}": n for name, counts in named.items() for family, n in sorted(counts.items())
    }
    if opened is not None and closed is not None:
        digest |= {differs_entry(family): bool(opened[family] or closed[family]) for family in sorted(opened)}
    return digest


def digest_b3(rules: int, dead: Iterable[int], partly: Iterable[int] | None = None) -> Digest:
    """Return the indexes of rules that decide nothing, and of those that decide less than they match."""
    digest: Digest = {"rules": rules, "dead": sorted(dead)}
    if partly is not None:
        digest["partly dead"] = sorted(partly)
    return digest
