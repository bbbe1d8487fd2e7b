"""z3: whether something is blocked, differs, or is dead, with one witness; no sets, no deciding rules.

    python -m tests.bench.peers.z3_peer LOADFILE b1|b2|b3

Solver: the finite-domain one (`QF_FD`), the fastest of z3's for these formulas. B3 asks one query a rule and stops at a
time limit; then it has no list of dead rules to compare, and the note says how far it came.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tests.bench.peers.common import (
    Outcome,
    Stopwatch,
    blocked_entry,
    differs_entry,
    digest_b3,
    is_candidate,
    library,
    probes,
    run,
)
from tests.bench.plain import BITS, Load, PlainRule, Spans, boxes, whole

MOST_SECONDS = 100.0
"""For the queries of one B3 run; the process has a limit of its own above this."""
_z3 = library("z3")


def within(value: Any, spans: Spans) -> Any:
    """Return the formula that a bit vector lies in the spans; True where they are all values."""
    width = value.size()
    if spans == ((0, (1 << width) - 1),):
        return _z3.BoolVal(True)
    terms = [
        value == first if first == last else _z3.And(_z3.ULE(first, value), _z3.ULE(value, last))
        for first, last in spans
    ]
    return _z3.Or(terms)


def fields(family: int) -> list[Any]:
    """Return a packet's fields in the order of a box."""
    widths = {"protocol": 8, "dport": 16, "sport": 16, "source": BITS[family], "destination": BITS[family]}
    return [_z3.BitVec(name, width) for name, width in widths.items()]


def is_in(packet: Sequence[Any], rule: PlainRule, family: int, ported: Spans) -> Any:
    """Return the formula that a rule matches a packet."""
    return _z3.Or(
        [
            _z3.And([within(value, spans) for value, spans in zip(packet, box, strict=True)])
            for box in boxes(rule, family, ported)
        ]
    )


def is_packet(packet: Sequence[Any], family: int, ported: Spans) -> Any:
    """Return the formula that a packet exists: one of a protocol without ports has the port 0 twice."""
    return _z3.Or(
        [
            _z3.And([within(value, spans) for value, spans in zip(packet, box, strict=True)])
            for box in whole(family, ported)
        ]
    )


def allowed(matches: Sequence[Any], rules: Sequence[PlainRule]) -> Any:
    """Return the formula that the first matching rule allows."""
    found = _z3.BoolVal(False)
    for match, rule in zip(reversed(matches), reversed(rules), strict=True):
        found = _z3.If(match, _z3.BoolVal(rule.allow), found)
    return found


def b1(load: Load) -> Outcome:
    """Ask whether any of the addresses is blocked on each port."""
    question, watch = load.question, Stopwatch()
    address = _z3.BitVec("destination", 32)
    solvers = {}
    for port, source_port in probes(question):
        rules = [rule for rule in load.rules if is_candidate(rule, question, port, source_port)]
        solver = _z3.SolverFor("QF_FD")
        solver.add(within(address, question.asked))
        solver.add(_z3.Not(allowed([within(address, rule.destination.v4) for rule in rules], rules)))
        solvers[port, source_port] = solver
    compiled = watch.lap()
    digest = {}
    witnesses = []
    for (port, source_port), solver in solvers.items():
        is_blocked = solver.check() == _z3.sat
        digest[blocked_entry(port, source_port)] = is_blocked
        if is_blocked:
            witnesses.append(f"tcp/{port} {solver.model()[address]}")
    return Outcome(compiled, watch.lap(), digest, "blocked, for example: " + ", ".join(witnesses))


def b2(load: Load) -> Outcome:
    """Ask whether the two lists differ anywhere."""
    compiled = asked = 0.0
    digest = {}
    for family in load.families():
        watch, packet = Stopwatch(), fields(family)
        sides = [
            allowed([is_in(packet, rule, family, load.ported) for rule in rules], rules)
            for rules in (load.rules, load.other)
        ]
        solver = _z3.SolverFor("QF_FD")
        solver.add(is_packet(packet, family, load.ported), sides[0] != sides[1])
        compiled += watch.lap()
        digest[differs_entry(family)] = solver.check() == _z3.sat
        asked += watch.lap()
    return Outcome(compiled, asked, digest)


def b3(load: Load) -> Outcome:
    """Ask of each rule whether it decides anything: whether it matches a packet that none before it matches."""
    compiled = asked = 0.0
    alive: set[int] = set()
    done, end = 0, time.perf_counter() + MOST_SECONDS
    for family in load.families():
        watch, packet = Stopwatch(), fields(family)
        matches = [is_in(packet, rule, family, load.ported) for rule in load.rules]
        solver = _z3.SolverFor("QF_FD")
        compiled += watch.lap()
        for index, match in enumerate(matches):
            left = end - time.perf_counter()
            if left <= 0:
                break
            solver.set("timeout", max(1, int(left * 1000)))
            solver.push()
            solver.add(match)
            verdict = solver.check()
            solver.pop()
            if verdict == _z3.unknown:
                break
            if verdict == _z3.sat:
                alive.add(index)
            solver.add(_z3.Not(match))
            done += 1
        asked += watch.lap()
    total = len(load.rules) * len(load.families())
    note = f"{done} of {total} queries" + ("" if done == total else f" in {MOST_SECONDS:.0f} s")
    dead = set(range(len(load.rules))) - alive
    return Outcome(compiled, asked, digest_b3(len(load.rules), dead) if done == total else {}, note)


if __name__ == "__main__":
    run("z3_peer", {"b1": b1, "b2": b2, "b3": b3})
