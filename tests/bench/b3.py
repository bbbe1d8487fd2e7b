"""B3: which rules are dead and which partly dead, exactly, in NSGs of both families and in ClassBench filter sets.

    python -m tests.bench.b3 [--rules 1000] [--sets acl1_1k,fw1_1k] [--rounds 3] [--peers PYTHON]

`--sets all` are all sets at hand, up to 10,000 filters. Ratios are to ours, the search for dead rules with their
covers.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.bench.b2 import V6_SHARE
from tests.bench.classbench import classbench_files, classbench_load
from tests.bench.loads import nsg_load
from tests.bench.plain import Load, write_load
from tests.bench.processes import Measured, add_peer_options, interleave, print_table, run_ours, run_peer
from tests.bench.tagfile import full_tags

JOB, PARTLY = "b3", "b3-partly"
PEERS = ("oxidd_peer", "z3_peer")
MOST_RULES_OF_NAIVE = 100


def loads(counts: Sequence[int], sets: Sequence[str]) -> Iterator[Load]:
    """Yield NSGs by number of rules, then ClassBench sets by name; `all` names every set at hand."""
    for count in counts:
        yield nsg_load(count, v6=V6_SHARE)
    for path in classbench_files():
        if path.name in sets or "all" in sets:
            yield classbench_load(path)


def rows(
    load: Load,
    options: argparse.Namespace,
    folder: Path,
) -> list[Measured]:
    """Run ours and the peers on a load, in interleaved rounds."""
    path = write_load(load, folder / f"{load.name}.load.json")
    peers = [*PEERS, *(["naive"] if len(load.rules) <= MOST_RULES_OF_NAIVE + 3 else [])]
    jobs = [partial(run_peer, peer, path, JOB, options.peers, options.limit) for peer in peers]
    mine = [partial(run_ours, path, job, options.limit) for job in (JOB, PARTLY)]
    return interleave([*mine, *jobs], options.rounds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default="1000", help="numbers of rules (default: %(default)s)")
    parser.add_argument("--sets", default="acl1_1k,fw1_1k", help="ClassBench sets, or `all` (default: %(default)s)")
    add_peer_options(parser)
    options = parser.parse_args()
    full_tags()
    counts = [int(word) for word in options.rules.split(",") if word]
    agrees = True
    with tempfile.TemporaryDirectory() as folder:
        for load in loads(counts, options.sets.split(",")):
            found = rows(load, options, Path(folder))
            title = f"B3, {load.name}: {len(load.rules)} rules, {len(found[0].digest.get('dead', ()))} dead"
            agrees = print_table(title, found, found[0]) and agrees
    return 0 if agrees else 1


if __name__ == "__main__":
    raise SystemExit(main())
