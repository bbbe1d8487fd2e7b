"""B2: all packets of both families: what an NSG permits, and what the difference of two NSGs opens and closes.

    python -m tests.bench.b2 [--rules 200,1000] [--rounds 3] [--peers PYTHON]

The answers are exact numbers of packets; ratios are to ours.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.loads import edited, nsg_load, unrelated
from tests.bench.plain import Load, write_load
from tests.bench.processes import Measured, add_peer_options, interleave, print_table, run_ours, run_peer
from tests.bench.tagfile import full_tags

V6_SHARE = 0.15
PERMITTED, DIFF = "permitted", "b2"
PEERS = {PERMITTED: ("oxidd_peer",), DIFF: ("oxidd_peer", "z3_peer")}
MOST_RULES_OF_NAIVE = 60


def loads(count: int) -> Iterator[tuple[str, Load]]:
    """Yield (job, load): the permitted set of one NSG, then its difference from edited and from unrelated ones."""
    base = nsg_load(count, v6=V6_SHARE)
    yield PERMITTED, base
    for edits in (5, max(1, count // 10)):
        yield DIFF, edited(base, edits, v6=V6_SHARE)
    yield DIFF, unrelated(base, v6=V6_SHARE)


def rows(
    job: str,
    load: Load,
    options: argparse.Namespace,
    folder: Path,
) -> list[Measured]:
    """Run one job on a load, ours first, in interleaved rounds."""
    path = write_load(load, folder / f"{load.name}.load.json")
    peers = [*PEERS[job], *(["naive"] if job == DIFF and len(load.rules) <= MOST_RULES_OF_NAIVE + 3 else [])]
    jobs = [partial(run_peer, peer, path, job, options.peers, options.limit) for peer in peers]
    return interleave([partial(run_ours, path, job, options.limit), *jobs], options.rounds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default="200,1000", help="numbers of rules (default: %(default)s)")
    add_peer_options(parser)
    options = parser.parse_args()
    full_tags()
    agrees = True
    with tempfile.TemporaryDirectory() as folder:
        for count in (int(word) for word in options.rules.split(",")):
            for job, load in loads(count):
                found = rows(job, load, options, Path(folder))
                agrees = print_table(f"B2 {job}, {load.name}", found, found[0]) and agrees
    return 0 if agrees else 1


if __name__ == "__main__":
    raise SystemExit(main())
