"""netaddr.IPSet, the way a user would script it: what is left of the addresses, minus what each rule matches.

    python -m tests.bench.peers.ipset LOADFILE b1

Only the rules that fit the question in their other fields are made into sets, each set once for both ports. The user
would collect reachable and blocked addresses and note the rule with each, so the answer tells the deciding rules too.
"""

from __future__ import annotations

from typing import Any

from tests.bench.peers.common import Outcome, Piece, Stopwatch, digest_b1, is_candidate, library, probes, run
from tests.bench.plain import Addresses, Load


def b1(load: Load) -> Outcome:
    """Answer B1."""
    netaddr = library("netaddr")
    question, watch = load.question, Stopwatch()
    storage = netaddr.IPSet(question.prefixes)
    sets: dict[Addresses, Any] = {}
    fitting: dict[tuple[int, int], list[tuple[int, bool, Any]]] = {}
    for port, source_port in probes(question):
        for index, rule in enumerate(load.rules):
            if is_candidate(rule, question, port, source_port):
                side = rule.destination
                if side not in sets:
                    sets[side] = netaddr.IPSet(prefix for prefix in side.prefixes if ":" not in prefix)
                fitting.setdefault((port, source_port), []).append((index, rule.allow, sets[side]))
    compiled = watch.lap()
    found = {}
    for at, rules in fitting.items():
        left = storage
        taken: list[tuple[int, bool, Any]] = []
        for index, allow, addresses in rules:
            hit = left & addresses
            if hit:
                taken.append((index, allow, hit))
                left = left - hit
                if not left:
                    break
        found[at] = taken
    asked = watch.lap()
    answers = {
        at: [Piece(int(r.first), int(r.last), allow, rule) for rule, allow, hit in taken for r in hit.iter_ipranges()]
        for at, taken in found.items()
    }
    return Outcome(compiled, asked, digest_b1(question, answers))


if __name__ == "__main__":
    run("ipset", {"b1": b1})
